/* SPDX-License-Identifier: MIT
 * Facts to flows. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_store_internal.h"
#include "proto/grpc_frame.h"
#include "proto/sse.h"

/* Most handshakes succeed and have nothing to say. */
static char *
tls_text_new(const char *text)
{
	static char none[1];

	return text[0] ? mem_strdup(text) : none;
}

/* Microseconds from one moment to a later one. */
static uint32_t
since_us(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;

	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static void
apply_conn_open(struct flow_store *s, const struct fact_conn_open *o)
{
	struct flow_conn *c = mem_zalloc(sizeof *c);

	c->key = o->f.conn;
	c->number = ++s->last_conn;
	c->refs = 1; /* the map's, until the connection closes */
	c->wall_ns = o->wall_ns;
	c->mono_ns = o->f.mono_ns;
	c->open = true;
	c->process_due = o->process_due;
	c->first = s->next;
	memcpy(c->client, o->client, sizeof c->client);
	memcpy(c->listener, o->listener, sizeof c->listener);
	store_charge(s, sizeof *c + STORE_ALLOC_BYTES);
	flow_map_put(&s->conns, c->key, c);
}

static void
apply_hello(struct flow_conn *c, const struct fact_conn_hello *h)
{
	c->hello_us = since_us(c->mono_ns, h->f.mono_ns);
	memcpy(c->sni, h->sni, sizeof c->sni);
	memcpy(c->client_alpn, h->alpn, sizeof c->client_alpn);
	memcpy(c->client_versions, h->versions, sizeof c->client_versions);
	memcpy(c->client_groups, h->groups, sizeof c->client_groups);
	memcpy(c->ja4, h->ja4, sizeof c->ja4);
	c->client_ech = h->ech;
	c->client_ticket = h->ticket;
}

static void
apply_server(struct flow_conn *c, const struct fact_conn_server *v)
{
	memcpy(c->server, v->server, sizeof c->server);
	memcpy(c->local, v->local, sizeof c->local);
	c->server_us = since_us(c->mono_ns, v->f.mono_ns);
	c->servers++;
	c->server_uses = 0;
	c->dns_us = v->dns_us;
	c->connect_us = v->connect_us;
}

static void
apply_tls(struct flow_store *s, struct flow_conn *c, const struct fact_conn_tls *v)
{
	struct flow_tls *t = c->tls[v->side];

	if (!t) {
		t = c->tls[v->side] = mem_zalloc(sizeof *t);
		store_charge(s, sizeof *t + STORE_ALLOC_BYTES);
	} else {
		flow_tls_free_texts(t);
	}
	t->why = tls_text_new(v->why);
	t->remedy = tls_text_new(v->remedy);
	t->done = v->ok;
	t->failed = !v->ok;
	t->resumed = v->resumed;
	t->verified = v->verified;
	t->ticket_offered = v->ticket_offered;
	t->ticket_kept = v->ticket_kept;
	t->leaf_minted = v->leaf_minted;
	t->handshake_us = v->handshake_us;
	t->at_us = since_us(c->mono_ns, v->f.mono_ns);
	t->chain_len = v->chain_len;
#define COPY(m) memcpy(t->m, v->m, sizeof t->m)
	COPY(version);
	COPY(cipher);
	COPY(group);
	COPY(alpn);
	COPY(alpn_offered);
	COPY(subject);
	COPY(issuer);
	COPY(not_before);
	COPY(not_after);
	COPY(san);
	COPY(sha256);
	COPY(leaf_key);
	COPY(staple);
	COPY(fail_class);
#undef COPY
}

/* Its map lets go of a connection that has closed and of which nothing more will be told. */
static void
conn_over(struct flow_store *s, struct flow_conn *c)
{
	if (c->open || c->process_due)
		return;
	flow_map_remove(&s->conns, c->key);
	store_conn_unref(s, c);
}

/* Rows of its flows change; those that have ended meanwhile are told of only now. */
static void
apply_process(struct flow_store *s, struct flow_conn *c, const struct fact_conn_process *v)
{
	uint64_t n = c->first > s->first ? c->first : s->first;
	unsigned left = c->nflows;

	c->pid = v->pid;
	memcpy(c->process, v->name, sizeof c->process);
	c->process_due = false;
	for (; left && n < s->next; n++) {
		struct flow *f = s->table[n & s->mask];
		if (flow_conn(f) != c)
			continue;
		left--;
		store_notify(s, f);
		store_tell_ended(s, f);
	}
}

static void
apply_conn(struct flow_store *s, const struct fact *fact)
{
	struct flow_conn *c = flow_map_find(&s->conns, fact->conn);

	if (!c)
		return;
	if (fact->type != FACT_CONN_CLOSE)
		store_touch_conn(s, c);
	if (fact->type == FACT_CONN_HELLO) {
		apply_hello(c, (const void *)fact);
	} else if (fact->type == FACT_CONN_SERVER) {
		apply_server(c, (const void *)fact);
	} else if (fact->type == FACT_CONN_TLS) {
		apply_tls(s, c, (const void *)fact);
		flow_tally_tls(&s->tally, (const void *)fact);
	} else if (fact->type == FACT_CONN_TICKET) {
		if (c->tls[FLOW_SERVER])
			c->tls[FLOW_SERVER]->ticket_kept = true;
	} else if (fact->type == FACT_CONN_PROCESS) {
		apply_process(s, c, (const void *)fact);
		conn_over(s, c);
	} else {
		c->open = false;
		conn_over(s, c);
	}
}

static void
summary_charge(struct flow_store *s, struct flow *f, size_t n)
{
	f->summary_bytes += (uint32_t)n;
	store_charge(s, n);
}

static void
apply_flow_open(struct flow_store *s, const struct fact_flow_open *o)
{
	struct flow *f = store_add(s, &o->f, o->wall_ns);

	f->proto = o->proto;
	f->tls = o->tls;
	f->port = o->port;
	f->text = mem_dup(o->host, o->host_n);
	f->host = span_of(f->text, o->host_n);
	summary_charge(s, f, o->host_n + STORE_ALLOC_BYTES);
	store_notify(s, f);
}

struct span
store_head_keep(struct flow_store *s, struct flow *f, unsigned dir, const struct fact_head *h)
{
	store_head_drop(s, &f->detail->head[dir]);
	f->detail->head[dir] = span_of(mem_dup(h->head, h->head_n), h->head_n);
	store_charge(s, h->head_n + STORE_ALLOC_BYTES);
	s->session.dirty_bytes += h->head_n;
	return f->detail->head[dir];
}

static void
apply_request(struct flow_store *s, const struct fact_head *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f) {
		f = store_add(s, &h->f, h->wall_ns);
	} else { /* the row of the connection becomes the row of its first request */
		f->wall_ns = h->wall_ns;
		f->mono_ns = h->f.mono_ns;
	}
	struct span head = store_head_keep(s, f, FLOW_REQUEST, h);
	f->detail->sent_ns = h->f.mono_ns;
	f->proto = FLOW_H1;
	f->tls = h->tls;
	f->port = h->port;
	f->method = span_of(head.p + h->method_off, h->method_n);
	f->path = span_of(head.p + h->path_off, h->path_n);
	/* Calls are POST: the heads of all others need not be looked through. */
	if (span_eq(f->method, SPAN_LIT("POST")) && grpc_type(flow_head_field(f, FLOW_REQUEST, "content-type")))
		f->proto = FLOW_GRPC;
	if (h->host_n)
		f->host = span_of(head.p + h->host_off, h->host_n);
	s->stats.http_flows++;
	store_set_state(s, f, h->state, h->f.mono_ns);
	store_notify(s, f);
}

/* Never 0, which says that it was not. */
void
store_response_seen(struct flow *f, uint64_t now_ns)
{
	uint64_t held_ns = f->detail->held_us[0] * 1000;

	f->first_byte_ns = now_ns > held_ns ? now_ns - held_ns : 1;
}

/* The server connection that is there now is the one that has answered, or that all went over. */
static void
flow_served(struct flow *f)
{
	struct flow_conn *c = f->detail->conn;

	if (!c || !c->servers || f->detail->server_conn)
		return;
	f->detail->server_conn = c->servers;
	f->detail->server_use = ++c->server_uses;
}

static void
apply_response(struct flow_store *s, const struct fact_head *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f)
		return;
	struct span head = store_head_keep(s, f, FLOW_RESPONSE, h);
	f->content_type = span_of(head.p + h->type_off, h->type_n);
	f->status = h->status;
	if (f->proto == FLOW_H1)
		f->proto = f->status == 200 && sse_is_type(f->content_type) ? FLOW_SSE : grpc_type(f->content_type) ? FLOW_GRPC : FLOW_H1;
	store_set_state(s, f, h->state, h->f.mono_ns);
	store_response_seen(f, h->f.mono_ns);
	if (!f->answered_here)
		flow_served(f);
	store_notify(s, f);
}

void
store_piece_add(struct flow_store *s, struct flow_body *b, const struct flow_piece *p)
{
	if (b->npieces == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 1;
		b->piece = mem_resize(b->piece, b->cap, sizeof *b->piece);
	}
	b->piece[b->npieces++] = *p;
	b->kept += p->n;
	s->session.dirty_bytes += p->n;
	store_charge(s, store_piece_cost(p));
}

/* One of the latest seconds in which there was traffic. */
static void
count_activity(struct flow *f, uint64_t now_ns, uint32_t n)
{
	uint64_t s = now_ns > f->mono_ns ? (now_ns - f->mono_ns) / 1000000000u : 0;
	uint32_t second = s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
	enum { LATEST = sizeof f->activity - 1 };

	if (!n)
		return;
	if (second > f->activity_s || !f->activity[LATEST]) {
		memmove(f->activity, f->activity + 1, LATEST);
		f->detail->before_bytes = second == f->activity_s + 1ull ? f->detail->second_bytes : 0;
		f->activity_s = second;
		f->detail->second_bytes = 0;
	}
	f->detail->second_bytes += n;
	f->activity[LATEST] = (uint8_t)(64 - __builtin_clzll(f->detail->second_bytes));
}

/* For flow_piece.came_ms. */
static uint32_t
piece_came(const struct flow *f, uint64_t now_ns)
{
	uint64_t ms = now_ns > f->mono_ns ? (now_ns - f->mono_ns) / 1000000u : 0;

	return ms < UINT32_MAX ? (uint32_t)ms + 1 : 0;
}

static void
apply_body(struct flow_store *s, const struct fact_body *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);
	struct flow_body *b = f ? &f->detail->body[v->dir] : NULL;
	bool keep = f && v->kept_n && !b->shed &&
	    (f->marked || f->state == FLOW_S_HELD || f->number >= s->body_cursor || store_saving(s));

	if (f) {
		f->bytes[v->dir] += v->n;
		b->seen += f->state == FLOW_S_PASS ? 0 : v->n;
		count_activity(f, v->f.mono_ns, v->n);
		if (v->dir == FLOW_REQUEST)
			f->detail->sent_ns = v->f.mono_ns;
		store_touch(s, f);
	}
	if (!keep) {
		block_unref(v->block);
		if (b && v->n && f->state != FLOW_S_PASS) {
			b->shed = true;
			s->stats.shed_bytes += v->n;
		}
		return;
	}
	store_piece_add(s, b, &(struct flow_piece){.block = v->block,
				  .p = v->block ? v->p : mem_dup(v->data, v->kept_n),
				  .n = v->kept_n,
				  .came_ms = piece_came(f, v->f.mono_ns)});
	if (v->kept_n < v->n) {
		b->shed = true;
		s->stats.shed_bytes += v->n - v->kept_n;
	}
}

static void
apply_trailer(struct flow_store *s, const struct fact_trailer *t)
{
	struct flow *f = flow_map_find(&s->flows, t->f.flow);

	if (!f)
		return;
	store_head_drop(s, &f->detail->trailer[t->dir]);
	f->detail->trailer[t->dir] = span_of(mem_dup(t->data, t->n), t->n);
	store_charge(s, t->n + STORE_ALLOC_BYTES);
	store_touch(s, f);
}

static void
apply_state(struct flow_store *s, const struct fact_state *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);

	if (!f)
		return;
	if (v->proto != FLOW_H1 || !flow_has_body_messages(f)) /* which the engine does not look for */
		f->proto = v->proto;
	if (v->status) {
		f->status = v->status;
		f->answered_here = true;
	}
	store_set_state(s, f, v->state, v->f.mono_ns);
	store_notify(s, f);
}

static void
set_why(struct flow_store *s, struct flow *f, char *why)
{
	size_t had = f->why ? strlen(f->why) + STORE_ALLOC_BYTES : 0;

	free(f->why);
	f->why = why;
	f->summary_bytes -= (uint32_t)had;
	store_uncharge(s, had);
	summary_charge(s, f, strlen(f->why) + STORE_ALLOC_BYTES);
}

static void
apply_pass(struct flow_store *s, const struct fact_pass *p)
{
	struct flow *f = flow_map_find(&s->flows, p->f.flow);

	if (!f)
		return;
	f->proto = FLOW_TLS;
	f->tls = true;
	set_why(s, f, mem_printf("(passthrough %.*s)", (int)p->n, p->pattern));
	store_set_state(s, f, FLOW_S_PASS, p->f.mono_ns);
	store_notify(s, f);
}

static void
apply_flow_end(struct flow_store *s, const struct fact_flow_end *e)
{
	struct flow *f = flow_map_remove(&s->flows, e->f.flow);

	if (!f)
		return;
	f->ended = true;
	f->end_ns = e->f.mono_ns;
	if (!f->method.p)
		flow_served(f);
	if (e->why_n)
		set_why(s, f, mem_dup(e->text, e->why_n));
	if (e->remedy_n) {
		f->detail->remedy = mem_dup(e->text + e->why_n, e->remedy_n);
		store_charge(s, strlen(f->detail->remedy) + STORE_ALLOC_BYTES);
	}
	store_set_state(s, f, e->state, e->f.mono_ns);
	s->stats.active--;
	s->stats.failed += flow_failed(f);
	store_notify(s, f);
	f->untold = true;
	if (!flow_conn(f) || !flow_conn(f)->process_due)
		store_tell_ended(s, f);
	store_elder_ended(s, f);
}

void
flow_store_apply(struct flow_store *s, const struct fact *f)
{
	switch (f->type) {
	case FACT_CONN_OPEN:
		apply_conn_open(s, (const void *)f);
		break;
	case FACT_CONN_HELLO:
	case FACT_CONN_SERVER:
	case FACT_CONN_TLS:
	case FACT_CONN_TICKET:
	case FACT_CONN_CLOSE:
	case FACT_CONN_PROCESS:
		apply_conn(s, f);
		break;
	case FACT_FLOW_OPEN:
		apply_flow_open(s, (const void *)f);
		break;
	case FACT_REQUEST:
		apply_request(s, (const void *)f);
		break;
	case FACT_RESPONSE:
		apply_response(s, (const void *)f);
		break;
	case FACT_BODY:
		apply_body(s, (const void *)f);
		break;
	case FACT_TRAILER:
		apply_trailer(s, (const void *)f);
		break;
	case FACT_MESSAGE:
		store_apply_message(s, (const void *)f);
		break;
	case FACT_STATE:
		apply_state(s, (const void *)f);
		break;
	case FACT_HELD:
		store_apply_held(s, (const void *)f);
		break;
	case FACT_EDIT:
		store_apply_edit(s, (const void *)f);
		break;
	case FACT_SENT:
		store_apply_sent(s, (const void *)f);
		break;
	case FACT_PASS:
		apply_pass(s, (const void *)f);
		break;
	case FACT_EVENT:
		store_apply_event(s, (const void *)f);
		break;
	case FACT_FLOW_END:
		apply_flow_end(s, (const void *)f);
		break;
	default:
		CHECK(!"a known type of fact");
	}
	if (store_over_budget(s))
		store_trim(s);
}
