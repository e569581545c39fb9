/* SPDX-License-Identifier: MIT
 * Copies of flows. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_message.h"
#include "flow/flow_store_internal.h"

static char *
tls_text_copy(const char *text)
{
	static char none[1];

	return text && text[0] ? mem_strdup(text) : none;
}

/* Of a connection that was read with its flow. */
static struct flow_conn *
conn_copy(struct flow_store *s, const struct flow_conn *from)
{
	struct flow_conn *c = mem_dup(from, sizeof *from);

	c->refs = 1;
	c->open = c->unsaved = c->process_due = false;
	store_charge(s, sizeof *c + STORE_ALLOC_BYTES);
	for (int side = 0; side < 2; side++) {
		if (!from->tls[side])
			continue;
		struct flow_tls *t = c->tls[side] = mem_dup(from->tls[side], sizeof *t);
		t->why = tls_text_copy(t->why);
		t->remedy = tls_text_copy(t->remedy);
		store_charge(s, sizeof *t + STORE_ALLOC_BYTES);
	}
	return c;
}

static struct span
head_copy(struct flow_store *s, struct span from)
{
	if (!from.p)
		return SPAN_NONE;
	store_charge(s, from.n + STORE_ALLOC_BYTES);
	s->session.dirty_bytes += from.n;
	return span_of(mem_dup(from.p, from.n), from.n);
}

static void
body_copy(struct flow_store *s, struct flow_body *b, const struct flow_body *from)
{
	for (unsigned i = 0; i < from->npieces; i++) {
		struct flow_piece p = from->piece[i];
		if (p.block)
			block_ref(p.block);
		else
			p.p = mem_dup(p.p, p.n);
		store_piece_add(s, b, &p);
	}
	b->seen = from->seen;
	b->shed = from->shed || b->kept < from->kept;
}

static void
messages_copy(struct flow_store *s, struct flow_detail *d, const struct flow_messages *from)
{
	for (unsigned i = 0; from && i < from->n; i++) {
		struct flow_message *m = flow_messages_add(&d->messages);
		*m = from->at[i];
		m->came = SPAN_NONE;
		m->sent = m->sent.p ? span_of(mem_dup(m->sent.p, m->sent.n), m->sent.n) : SPAN_NONE;
		store_charge(s, sizeof *m + m->sent.n);
	}
}

static void
detail_copy(struct flow_store *s, struct flow_detail *d, const struct flow_detail *from, bool live)
{
	for (int dir = 0; dir < 2; dir++) {
		d->head[dir] = head_copy(s, from->head[dir]);
		d->trailer[dir] = head_copy(s, from->trailer[dir]);
		body_copy(s, &d->body[dir], &from->body[dir]);
	}
	messages_copy(s, d, from->messages);
	d->sent_ns = from->sent_ns;
	d->conn_use = from->conn_use;
	d->server_conn = from->server_conn;
	d->server_use = from->server_use;
	memcpy(d->held_us, from->held_us, sizeof d->held_us);
	d->remedy = mem_strdup(from->remedy);
	if (d->remedy)
		store_charge(s, strlen(d->remedy) + STORE_ALLOC_BYTES);
	d->conn = from->conn;
	if (live && d->conn)
		d->conn->refs++;
	else if (d->conn)
		d->conn = conn_copy(s, d->conn);
}

static void
summary_copy(struct flow_store *s, struct flow *f, const struct flow *from)
{
	struct span *to[] = {&f->method, &f->host, &f->path, &f->content_type};
	const struct span of[] = {from->method, from->host, from->path, from->content_type};
	size_t n = of[0].n + of[1].n + of[2].n + of[3].n;
	char *p = f->text = mem_alloc(n + 1);

	for (int i = 0; i < 4; i++) {
		*to[i] = of[i].p ? span_of(p, of[i].n) : SPAN_NONE;
		if (of[i].n)
			memcpy(p, of[i].p, of[i].n);
		p += of[i].n;
	}
	f->why = mem_strdup(from->why);
	n += STORE_ALLOC_BYTES + (f->why ? strlen(f->why) + STORE_ALLOC_BYTES : 0);
	f->summary_bytes += (uint32_t)n;
	store_charge(s, n);
	f->wall_ns = from->wall_ns;
	f->mono_ns = from->mono_ns;
	f->first_byte_ns = from->first_byte_ns;
	f->end_ns = from->end_ns ? from->end_ns : clock_mono_ns();
	f->activity_s = from->activity_s;
	memcpy(f->activity, from->activity, sizeof f->activity);
	memcpy(f->bytes, from->bytes, sizeof f->bytes);
	f->status = from->status;
	f->port = from->port;
	f->proto = from->proto;
	f->tls = from->tls;
	f->answered_here = from->answered_here;
}

uint64_t
flow_store_duplicate(struct flow_store *s, uint64_t number, bool *gone)
{
	const struct flow *from = flow_store_open(s, number, gone);

	if (from && !from->detail) {
		*gone = true;
		return 0;
	}
	if (!from)
		return 0;
	struct flow *f = store_append(s);
	summary_copy(s, f, from);
	detail_copy(s, f->detail, from->detail, from == flow_store_find(s, number));
	/* What was open is copied as far as it went. */
	store_set_state(s, f, store_end_state(from, FLOW_S_DONE), f->end_ns);
	f->ended = true;
	s->stats.active--;
	s->stats.failed += flow_failed(f);
	uint64_t copy = f->number;
	if (from->comment) {
		flow_comments_put(&s->comments, copy, from->comment);
		store_comment_set(s, f, from->comment);
	}
	store_notify(s, f);
	if (from->comment)
		store_flag_changed(s, copy);
	if (s->watcher.ended)
		s->watcher.ended(s->watcher.arg, f);
	if (store_over_budget(s))
		store_trim(s);
	return copy;
}
