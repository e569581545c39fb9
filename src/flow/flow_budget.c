/* SPDX-License-Identifier: MIT
 * The memory budget. Two cursors walk the table from the oldest flow: one sheds bodies, one details, and when both have caught up
 * whole flows leave memory (docs/architecture.md, "Memory"). With a session file only what is in it is let go; what is not yet
 * waits, and so does the engine. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_reader.h"
#include "flow/flow_store_internal.h"

/* What a piece costs: a shared block is charged whole, since it lives as long as the piece. */
size_t
store_piece_cost(const struct flow_piece *p)
{
	if (!p->block)
		return sizeof *p + p->n + STORE_ALLOC_BYTES;
	return sizeof *p + (p->n < p->block->cap / 2 ? p->block->cap : p->n);
}

/* Frees the first n pieces; `saved`: they are in the session file. */
static void
pieces_drop(struct flow_store *s, struct flow_body *b, unsigned n, bool saved)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		bytes += b->piece[i].n;
		store_uncharge(s, store_piece_cost(&b->piece[i]));
		if (b->piece[i].block)
			block_unref(b->piece[i].block);
		else
			free((char *)(uintptr_t)b->piece[i].p);
	}
	b->npieces -= n;
	b->saved -= b->saved < n ? b->saved : n;
	memmove(b->piece, b->piece + n, b->npieces * sizeof *b->piece);
	if (!b->npieces) {
		free(b->piece);
		b->piece = NULL;
		b->cap = 0;
	}
	if (saved) {
		b->spilled += bytes;
	} else if (bytes) {
		b->kept -= bytes;
		b->shed = true;
		s->stats.shed_bytes += bytes;
	}
}

void
store_body_drop(struct flow_store *s, struct flow_body *b, bool saved)
{
	if (b->npieces)
		pieces_drop(s, b, b->npieces, saved);
}

static void
original_free(struct flow_store *s, struct flow_version *v, bool saved)
{
	if (!v)
		return;
	store_body_drop(s, &v->body, saved);
	store_head_drop(s, &v->head);
	store_head_drop(s, &v->trailer);
	store_uncharge(s, sizeof *v + STORE_ALLOC_BYTES);
	free(v);
}

void
store_head_drop(struct flow_store *s, struct span *h)
{
	if (h->p)
		store_uncharge(s, h->n + STORE_ALLOC_BYTES);
	free((char *)(uintptr_t)h->p);
	*h = SPAN_NONE;
}

void
store_detail_free(struct flow_store *s, struct flow *f)
{
	struct flow_detail *d = f->detail;

	store_tell_ended(s, f);
	for (int dir = 0; dir < 2; dir++) {
		original_free(s, d->original[dir], f->spilled);
		store_body_drop(s, &d->body[dir], f->spilled);
		store_head_drop(s, &d->head[dir]);
		store_head_drop(s, &d->trailer[dir]);
	}
	store_messages_drop(s, d);
	store_conn_unref(s, d->conn);
	if (d->remedy)
		store_uncharge(s, strlen(d->remedy) + STORE_ALLOC_BYTES);
	free(d->remedy);
	store_uncharge(s, sizeof *d + STORE_ALLOC_BYTES);
	free(d);
	f->detail = NULL;
}

static bool
flow_pinned(const struct flow *f)
{
	return f->marked || !f->ended;
}

/* It goes, all or in part, before it is in the session file. Each flow counts once. */
static void
count_lost(struct flow_store *s, struct flow *f)
{
	if (!s->session.saver || f->lost)
		return;
	f->lost = true;
	s->session.lost++;
}

static bool
is_unsaved(const struct flow *f)
{
	return f->detail && (f->unsaved || !f->batch);
}

/* Copies what the summary shows out of the heads before they go, so that a row stays a row. */
static void
detail_drop(struct flow_store *s, struct flow *f, bool saved)
{
	if (is_unsaved(f))
		count_lost(s, f);
	struct span *keep[] = {&f->method, &f->host, &f->path, &f->content_type};
	size_t n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += keep[i]->n;
	char *text = mem_alloc(n + 1), *p = text;
	for (unsigned i = 0; i < 4; i++) {
		if (keep[i]->n)
			memcpy(p, keep[i]->p, keep[i]->n);
		if (keep[i]->p)
			keep[i]->p = p;
		p += keep[i]->n;
	}
	free(f->text);
	f->text = text;
	store_uncharge(s, f->summary_bytes);
	f->summary_bytes = (uint32_t)(sizeof *f + STORE_ALLOC_BYTES + n + STORE_ALLOC_BYTES +
				      (f->why ? strlen(f->why) + STORE_ALLOC_BYTES : 0) +
				      (f->comment ? strlen(f->comment) + STORE_ALLOC_BYTES : 0));
	store_charge(s, f->summary_bytes);
	f->spilled = saved;
	store_detail_free(s, f);
	f->version++;
}

bool
store_over_budget(const struct flow_store *s)
{
	return s->stats.memory_bytes > s->limits.memory_max_bytes;
}

/* May the flow's memory go? Without a file, or when it cannot be written, it must. */
static bool
may_go(const struct flow_store *s, const struct flow *f)
{
	return !store_saving(s) || store_is_saved(s, f);
}

/* Do the cursors wait for it? What is open changes for a long time: they pass it, and store_trim_saved sees to it. */
static bool
waits(const struct flow_store *s, const struct flow *f)
{
	return f && f->ended && !may_go(s, f);
}

/* What is marked stays, and so does what is held: it may be being edited. */
static bool
bodies_may_go(const struct flow *f)
{
	return f->detail && !f->marked && f->state != FLOW_S_HELD;
}

static void
body_drop(struct flow_store *s, struct flow *f, struct flow_body *b, bool saved)
{
	if (saved && b->saved)
		pieces_drop(s, b, b->saved, true);
	if (!store_saving(s) && b->npieces > b->saved)
		count_lost(s, f);
	if (!store_saving(s))
		store_body_drop(s, b, false);
}

static void
bodies_drop(struct flow_store *s, struct flow *f)
{
	bool saved = s->session.saver && f->batch && f->batch <= s->session.done_batch;

	for (int dir = 0; dir < 2; dir++) {
		body_drop(s, f, &f->detail->body[dir], saved);
		if (f->detail->original[dir])
			body_drop(s, f, &f->detail->original[dir]->body, saved);
	}
	f->version++;
}

static void
leave_memory(struct flow_store *s, struct flow *f)
{
	if (f->deleted && !s->session.reader)
		flow_set_remove(&s->deleted, f->number);
	if (s->session.reader)
		flow_reader_forget(s->session.reader, f->number);
	f->spilled = s->session.saver && store_is_saved(s, f);
	if (is_unsaved(f))
		count_lost(s, f);
	s->stats.evicted += !s->session.saver;
	store_flow_free(s, f);
}

/* The oldest leaves the list's part in memory. One open or marked flow must not keep all that came after it. */
static void
evict_first(struct flow_store *s)
{
	struct flow *f = s->table[s->first & s->mask];

	s->table[s->first & s->mask] = NULL;
	s->first++;
	if (flow_pinned(f))
		store_elder_add(s, f);
	else
		leave_memory(s, f);
}

void
store_elder_ended(struct flow_store *s, struct flow *f)
{
	if (f->number >= s->first || f->marked || !may_go(s, f))
		return;
	store_elder_remove(s, f);
	leave_memory(s, f);
}

/* One step of a cursor, which does not come nearer to the newest flow than `spare`. False: it cannot go on. */
static bool
trim_body(struct flow_store *s, uint64_t spare)
{
	struct flow *f = flow_store_find(s, s->body_cursor);

	if (s->body_cursor + spare >= s->next || waits(s, f))
		return false;
	if (f && bodies_may_go(f))
		bodies_drop(s, f);
	s->body_cursor++;
	return true;
}

static bool
trim_detail(struct flow_store *s, uint64_t spare)
{
	struct flow *f = flow_store_find(s, s->head_cursor);

	if (s->head_cursor + spare >= s->next || waits(s, f))
		return false;
	if (f && f->detail && !flow_pinned(f))
		detail_drop(s, f, s->session.saver && store_is_saved(s, f));
	s->head_cursor++;
	return true;
}

static bool
trim_first(struct flow_store *s)
{
	struct flow *f = s->table[s->first & s->mask];

	if (s->next - s->first <= STORE_LIST_MIN || (!flow_pinned(f) && !may_go(s, f)))
		return false;
	evict_first(s);
	if (s->body_cursor < s->first)
		s->body_cursor = s->first;
	if (s->head_cursor < s->first)
		s->head_cursor = s->first;
	return true;
}

/* Bodies first, then details, then whole flows, oldest first; what is open or marked stays. The newest eighth of a long list keeps its
 * bodies and the newest quarter its details: what has just come is what people look at. */
void
store_trim(struct flow_store *s)
{
	bool more = true;

	while (more && store_over_budget(s)) {
		uint64_t n = s->next - s->first;
		store_forget_conns(s);
		more = trim_body(s, n > STORE_LIST_MIN ? n / 8 : 0) ||
		    trim_detail(s, n > STORE_LIST_MIN ? n / 4 : 0) || trim_first(s) || trim_body(s, 0) ||
		    trim_detail(s, 0);
	}
}

void
store_trim_saved(struct flow_store *s, struct flow *f)
{
	if (f->number < s->body_cursor && bodies_may_go(f))
		bodies_drop(s, f);
	if (f->number < s->head_cursor && f->detail && !flow_pinned(f) && store_is_saved(s, f))
		detail_drop(s, f, true);
	if (f->number < s->first && f->ended)
		store_elder_ended(s, f);
}
