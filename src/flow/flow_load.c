/* SPDX-License-Identifier: MIT
 * Flows of a session file become flows of this store. */
#include "flow/flow_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_db.h"
#include "flow/flow_import.h"
#include "flow/flow_map.h"
#include "flow/flow_message.h"
#include "flow/flow_store_internal.h"

/* Connections whose further flows find them again; of one that comes back later there is another copy. */
enum { LOAD_CONNS = 512 };

struct load_conn {
	uint64_t number;        /* in the file; 0: free */
	struct flow_conn *conn; /* with a reference */
	uint64_t used;
};

struct flow_load {
	struct flow_store *store;
	struct flow_import *import;
	struct load_conn conn[LOAD_CONNS];
	uint64_t tick;
	struct flow_map numbers; /* in the file -> here */
	struct flow *next;       /* taken, and has no room yet; NULL */
	struct flow_load_result result;
	bool over;
};

/* ---- connections ---- */

static struct load_conn *
conn_slot(struct flow_load *l, uint64_t number)
{
	struct load_conn *oldest = &l->conn[0];

	for (unsigned i = 0; i < LOAD_CONNS; i++) {
		if (l->conn[i].number == number)
			return &l->conn[i];
		if (l->conn[i].used < oldest->used)
			oldest = &l->conn[i];
	}
	return oldest;
}

static void
conn_adopt(struct flow_store *s, struct flow_conn *c)
{
	c->key = 0;
	c->number = ++s->last_conn;
	c->nflows = 0;
	c->first = s->next;
	store_charge(s, sizeof *c + STORE_ALLOC_BYTES);
	for (int side = 0; side < 2; side++)
		if (c->tls[side])
			store_charge(s, sizeof *c->tls[side] + STORE_ALLOC_BYTES);
}

/* The connection that was read with a flow, in whose place the one that is here already comes. */
static struct flow_conn *
conn_take(struct flow_load *l, struct flow_conn *read)
{
	struct flow_store *s = l->store;
	struct load_conn *slot = conn_slot(l, read->number);

	slot->used = ++l->tick;
	if (slot->number == read->number) {
		flow_conn_free_loaded(read);
	} else {
		store_conn_unref(s, slot->conn);
		slot->number = read->number;
		slot->conn = read; /* its one reference is the slot's */
		conn_adopt(s, read);
	}
	slot->conn->refs++;
	if (slot->conn->nflows++ == 0)
		store_touch_conn(s, slot->conn);
	return slot->conn;
}

/* ---- what it costs ---- */

static size_t
text_cost(const char *text)
{
	return text ? strlen(text) + STORE_ALLOC_BYTES : 0;
}

static size_t
message_cost(struct span head, struct span trailer, const struct flow_body *b)
{
	size_t n = (head.p ? head.n + STORE_ALLOC_BYTES : 0) + (trailer.p ? trailer.n + STORE_ALLOC_BYTES : 0);

	for (unsigned i = 0; i < b->npieces; i++)
		n += store_piece_cost(&b->piece[i]);
	return n;
}

/* Of the texts of its summary: what store_append does not charge. */
static size_t
summary_cost(const struct flow *f)
{
	return f->method.n + f->host.n + f->path.n + f->content_type.n + STORE_ALLOC_BYTES + text_cost(f->why);
}

static size_t
detail_cost(const struct flow_detail *d)
{
	size_t n = text_cost(d->remedy) + flow_messages_cost(d->messages);

	for (int dir = 0; dir < 2; dir++) {
		const struct flow_version *v = d->original[dir];
		n += message_cost(d->head[dir], d->trailer[dir], &d->body[dir]);
		if (v)
			n += message_cost(v->head, v->trailer, &v->body) + sizeof *v + STORE_ALLOC_BYTES;
	}
	return n;
}

/* An eighth is left to what is recorded next: what is in the list does not give way at once. */
static bool
has_room(const struct flow_store *s, const struct flow *f)
{
	uint64_t max = s->limits.memory_max_bytes, more = sizeof *f + sizeof *f->detail + summary_cost(f) + detail_cost(f->detail);

	return s->stats.memory_bytes + more <= max - max / 8;
}

/* ---- flows ---- */

/* What was not read of it is nowhere any more; its pieces get new numbers in the file that is written. */
static void
body_adopt(struct flow_body *b, uint32_t first_seq)
{
	uint64_t here = flow_body_copy(b, NULL, SIZE_MAX);

	b->shed |= here < b->kept;
	b->kept = here;
	b->spilled = 0;
	b->saved = 0;
	b->first_seq = b->next_seq = first_seq;
}

static void
detail_adopt(struct flow_load *l, struct flow_detail *d)
{
	for (int dir = 0; dir < 2; dir++) {
		struct flow_version *v = d->original[dir];
		if (v) {
			body_adopt(&v->body, 0);
			v->end_seq = v->body.npieces;
		}
		body_adopt(&d->body[dir], v ? v->end_seq : 0);
	}
	if (d->messages)
		d->messages->saved = 0;
	d->replay_of = (uintptr_t)flow_map_find(&l->numbers, d->replay_of);
	if (d->conn)
		d->conn = conn_take(l, d->conn);
}

/* The flow that was read takes the place of the empty one. */
static struct flow *
place(struct flow_store *s, struct flow *read)
{
	struct flow *f = store_append(s);
	struct flow empty = *f;

	free(f->detail);
	*f = *read;
	free(read);
	f->number = empty.number;
	f->state = empty.state;
	f->summary_bytes = empty.summary_bytes + (uint32_t)summary_cost(f);
	f->marked = f->deleted = f->spilled = false;
	f->comment = NULL;
	store_charge(s, summary_cost(f) + detail_cost(f->detail));
	s->session.dirty_bytes += detail_cost(f->detail);
	return f;
}

static void
comment_adopt(struct flow_store *s, struct flow *f, char *comment)
{
	if (comment && strlen(comment) > FLOW_COMMENT_MAX)
		comment[FLOW_COMMENT_MAX] = '\0';
	if (comment && *comment) {
		flow_comments_put(&s->comments, f->number, comment);
		store_comment_set(s, f, comment);
		store_flag_changed(s, f->number);
	}
	free(comment);
}

static void
adopt(struct flow_load *l, struct flow *read)
{
	struct flow_store *s = l->store;
	/* One that was open when its recording ended has ended by that. */
	enum flow_state state = store_end_state(read, FLOW_S_ERROR);
	bool marked = read->marked;
	char *comment = read->comment;
	uint64_t there = read->number;
	struct flow *f = place(s, read);
	uint64_t number = f->number;

	detail_adopt(l, f->detail);
	flow_map_put(&l->numbers, there, (void *)(uintptr_t)number);
	store_set_state(s, f, state, f->end_ns);
	s->stats.active--;
	s->stats.failed += flow_failed(f);
	store_notify(s, f);
	comment_adopt(s, f, comment);
	if (marked)
		flow_store_mark(s, number, true);
	l->result.flows++;
	l->result.last = number;
	if (!l->result.first)
		l->result.first = number;
	if (store_over_budget(s))
		store_trim(s);
}

/* ---- the load ---- */

struct flow_load *
flow_load_start(struct flow_store *s, const char *path, const char *in_use, int ready_fd)
{
	struct flow_load *l = mem_zalloc(sizeof *l);

	l->store = s;
	l->import = flow_import_start(path, in_use, ready_fd);
	if (l->import) {
		flow_map_init(&l->numbers);
		return l;
	}
	free(l);
	return NULL;
}

static enum flow_load_state
ended(struct flow_load *l)
{
	l->over = true;
	return FLOW_LOAD_OVER;
}

static enum flow_load_state
turn_idle(struct flow_load *l)
{
	struct flow_import_end end;

	if (!flow_import_done(l->import, &end))
		return FLOW_LOAD_WAIT;
	l->result.why = end.why;
	l->result.unreadable = end.unreadable;
	l->result.damage = end.damage;
	return ended(l);
}

enum flow_load_state
flow_load_turn(struct flow_load *l, uint64_t end_ns)
{
	struct flow_store *s = l->store;

	if (l->over)
		return FLOW_LOAD_OVER;
	do {
		if (!l->next)
			l->next = flow_import_take(l->import);
		if (!l->next)
			return turn_idle(l);
		if (store_saving(s) && flow_store_congested(s))
			return FLOW_LOAD_WAIT;
		if (!store_saving(s) && !has_room(s, l->next)) {
			l->result.full = true;
			return ended(l);
		}
		adopt(l, l->next);
		l->next = NULL;
	} while (clock_mono_ns() < end_ns);
	return FLOW_LOAD_MORE;
}

const struct flow_load_result *
flow_load_result(const struct flow_load *l)
{
	return &l->result;
}

unsigned
flow_load_percent(const struct flow_load *l)
{
	return flow_import_percent(l->import);
}

void
flow_load_free(struct flow_load *l)
{
	if (!l)
		return;
	flow_import_free(l->import);
	flow_free_loaded(l->next);
	for (unsigned i = 0; i < LOAD_CONNS; i++)
		store_conn_unref(l->store, l->conn[i].conn);
	flow_map_fini(&l->numbers);
	free(l);
}
