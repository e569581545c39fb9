/* SPDX-License-Identifier: MIT
 * The table of flows and the list over it. Flows stand in a circular table indexed by number. */
#include "flow/flow_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_reader.h"
#include "flow/flow_store_internal.h"

struct flow_store *
flow_store_new(const struct flow_store_limits *limits)
{
	struct flow_store *s = mem_zalloc(sizeof *s);

	s->limits = *limits;
	s->mask = 1023;
	s->table = mem_array(s->mask + 1, sizeof *s->table);
	s->first = s->next = s->body_cursor = s->head_cursor = 1;
	flow_map_init(&s->flows);
	flow_map_init(&s->conns);
	flow_map_init(&s->sent);
	store_session_init(s);
	return s;
}

void
flow_store_limit_memory(struct flow_store *s, uint64_t memory_max_bytes)
{
	s->limits.memory_max_bytes = memory_max_bytes;
}

void
store_conn_unref(struct flow_store *s, struct flow_conn *c)
{
	if (!c || --c->refs)
		return;
	for (int side = 0; side < 2; side++) {
		struct flow_tls *t = c->tls[side];
		if (!t)
			continue;
		store_uncharge(s, sizeof *t + STORE_ALLOC_BYTES);
		flow_tls_free_texts(t);
		free(t);
	}
	store_uncharge(s, sizeof *c + STORE_ALLOC_BYTES);
	free(c);
}

void
store_flow_free(struct flow_store *s, struct flow *f)
{
	if (f->detail)
		store_detail_free(s, f);
	store_uncharge(s, f->summary_bytes);
	free(f->text);
	free(f->why);
	free(f->comment);
	free(f);
}

void
flow_store_free(struct flow_store *s)
{
	if (!s)
		return;
	store_session_fini(s);
	for (uint64_t n = s->first; n < s->next; n++)
		store_flow_free(s, s->table[n & s->mask]);
	for (size_t i = 0; i < s->nelders; i++)
		store_flow_free(s, s->elder[i]);
	free(s->elder);
	for (size_t i = 0; i <= s->conns.mask; i++)
		store_conn_unref(s, s->conns.slot[i].value);
	for (size_t i = 0; i <= s->sent.mask; i++)
		free(s->sent.slot[i].value);
	flow_map_fini(&s->sent);
	flow_comments_fini(&s->comments);
	flow_events_fini(&s->events);
	free(s->held.flow);
	flow_map_fini(&s->flows);
	flow_map_fini(&s->conns);
	flow_set_fini(&s->marked);
	flow_set_fini(&s->deleted);
	free(s->table);
	free(s);
}

void
flow_store_watch(struct flow_store *s, const struct flow_watcher *w)
{
	s->watcher = *w;
}

const struct flow_tally *
flow_store_tally(const struct flow_store *s)
{
	return &s->tally;
}

uint64_t
flow_store_first(const struct flow_store *s)
{
	return s->session.reader ? 1 : s->first;
}

uint64_t
flow_store_last(const struct flow_store *s)
{
	return s->next - 1;
}

/* ---- elders: flows that have left the list's part in memory and are kept all the same ---- */

void
store_elder_add(struct flow_store *s, struct flow *f)
{
	if (s->nelders == s->elders_cap) {
		s->elders_cap = s->elders_cap ? s->elders_cap * 2 : 64;
		s->elder = mem_resize(s->elder, s->elders_cap, sizeof *s->elder);
	}
	s->elder[s->nelders++] = f;
}

void
store_elder_remove(struct flow_store *s, const struct flow *f)
{
	size_t i = flow_bound(s->elder, s->nelders, f->number);

	CHECK(i < s->nelders && s->elder[i] == f);
	memmove(s->elder + i, s->elder + i + 1, (s->nelders - i - 1) * sizeof *s->elder);
	s->nelders--;
}

struct flow *
flow_store_find(const struct flow_store *s, uint64_t number)
{
	if (number >= s->first)
		return number < s->next ? s->table[number & s->mask] : NULL;
	size_t i = flow_bound(s->elder, s->nelders, number);
	return i < s->nelders && s->elder[i]->number == number ? s->elder[i] : NULL;
}

static void
table_grow(struct flow_store *s)
{
	uint64_t mask = s->mask * 2 + 1;
	struct flow **table = mem_array(mask + 1, sizeof *table);

	for (uint64_t n = s->first; n < s->next; n++)
		table[n & mask] = s->table[n & s->mask];
	free(s->table);
	s->table = table;
	s->mask = mask;
}

struct flow *
store_append(struct flow_store *s)
{
	struct flow *f = mem_zalloc(sizeof *f);

	if (s->next - s->first > s->mask)
		table_grow(s);
	f->number = s->next++;
	f->detail = mem_zalloc(sizeof *f->detail);
	s->table[f->number & s->mask] = f;
	f->summary_bytes = sizeof *f + STORE_ALLOC_BYTES;
	store_charge(s, f->summary_bytes + sizeof *f->detail + STORE_ALLOC_BYTES);
	s->stats.total++;
	s->stats.active++;
	s->stats.by_state[f->state]++;
	return f;
}

struct flow *
store_add(struct flow_store *s, const struct fact *fact, uint64_t wall_ns)
{
	struct flow *f = store_append(s);

	f->key = fact->flow;
	f->detail->conn = flow_map_find(&s->conns, fact->conn);
	if (f->detail->conn) {
		f->detail->conn->refs++;
		if (f->detail->conn->nflows++ == 0)
			store_touch_conn(s, f->detail->conn);
		f->detail->conn_use = f->detail->conn->nflows;
	}
	f->wall_ns = wall_ns;
	f->mono_ns = fact->mono_ns;
	flow_map_put(&s->flows, f->key, f);
	store_sent_begun(s, f);
	return f;
}

enum flow_state
store_end_state(const struct flow *f, enum flow_state otherwise)
{
	switch (f->state) {
	case FLOW_S_DONE:
	case FLOW_S_TLS_FAILED:
	case FLOW_S_ERROR:
	case FLOW_S_KILLED:
	case FLOW_S_PASS:
		return (enum flow_state)f->state;
	default:
		return otherwise;
	}
}

void
store_notify(struct flow_store *s, struct flow *f)
{
	store_touch(s, f);
	if (s->watcher.changed)
		s->watcher.changed(s->watcher.arg, f);
}

void
store_tell_ended(struct flow_store *s, struct flow *f)
{
	if (!f->untold)
		return;
	f->untold = false;
	if (s->watcher.ended)
		s->watcher.ended(s->watcher.arg, f);
}

/* What was held is none of the times that it passed through: of the exchange, or of the connection before its first request. */
static void
count_held(struct flow_store *s, struct flow *f, uint64_t now_ns)
{
	const struct flow_hold *h = &f->detail->hold;
	struct flow_conn *c = f->detail->conn;
	uint64_t us = now_ns > h->since_ns ? (now_ns - h->since_ns) / 1000 : 0;

	if (!h->hello) {
		f->detail->held_us[f->first_byte_ns != 0] += us;
	} else if (c) {
		c->hello_held_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
		store_touch_conn(s, c);
	}
}

void
store_set_state(struct flow_store *s, struct flow *f, enum flow_state state, uint64_t now_ns)
{
	if (f->state == FLOW_S_HELD) {
		count_held(s, f, now_ns);
		store_held_remove(s, f);
		f->detail->hold = (struct flow_hold){.since_ns = 0};
	}
	if (state == FLOW_S_BODY && flow_has_body_messages(f))
		state = FLOW_S_STREAM;
	s->stats.by_state[f->state]--;
	f->state = (uint8_t)state;
	s->stats.by_state[f->state]++;
}

/* ---- the held queue ---- */

/* Holds come in order but for what different workers say at the same time. */
void
store_held_add(struct flow_store *s, const struct flow *f)
{
	struct store_held *h = &s->held;
	uint64_t since = f->detail->hold.since_ns;

	if (h->n == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 16;
		h->flow = mem_resize(h->flow, h->cap, sizeof *h->flow);
	}
	size_t at = h->n++;
	for (; at && h->flow[at - 1].since_ns > since; at--)
		h->flow[at] = h->flow[at - 1];
	h->flow[at] = (struct held){.number = f->number, .since_ns = since};
}

void
store_held_remove(struct flow_store *s, const struct flow *f)
{
	struct store_held *h = &s->held;
	size_t i = 0;

	while (i < h->n && h->flow[i].number != f->number)
		i++;
	CHECK(i < h->n);
	memmove(h->flow + i, h->flow + i + 1, (h->n - i - 1) * sizeof *h->flow);
	h->n--;
}

size_t
flow_store_held(const struct flow_store *s, uint64_t *out, size_t max)
{
	size_t n = s->held.n < max ? s->held.n : max;

	for (size_t i = 0; i < n; i++)
		out[i] = s->held.flow[i].number;
	return n;
}

void
flow_store_stats(const struct flow_store *s, struct flow_store_stats *out)
{
	*out = s->stats;
	out->memory_max_bytes = s->limits.memory_max_bytes;
	out->marked = s->marked.n - s->marked_deleted;
	out->saved = s->session.saved;
	out->session_bytes = s->session.problem_bytes;
	out->held = s->held.n;
	out->held_since_ns = s->held.n ? s->held.flow[0].since_ns : 0;
}

/* ---- what people mark and delete ---- */

const struct flow_set *
flow_store_marked(const struct flow_store *s)
{
	return &s->marked;
}

const struct flow_set *
flow_store_deleted(const struct flow_store *s)
{
	return &s->deleted;
}

static struct flow *
find_any(const struct flow_store *s, uint64_t number)
{
	struct flow *f = flow_store_find(s, number);

	return f || !s->session.reader ? f : flow_reader_cached(s->session.reader, number);
}

void
store_refresh(const struct flow_store *s, struct flow *read)
{
	const char *comment = flow_comments_find(&s->comments, read->number);

	read->marked = flow_set_has(&s->marked, read->number);
	read->deleted = flow_set_has(&s->deleted, read->number);
	if (comment && strcmp(comment, read->comment ? read->comment : "") != 0) {
		free(read->comment);
		read->comment = comment[0] ? mem_strdup(comment) : NULL;
	}
}

/* Marks and comments are kept apart from the flows, which may not be in memory. */
void
store_flag_changed(struct flow_store *s, uint64_t number)
{
	struct flow *f = find_any(s, number);

	if (f) {
		f->marked = flow_set_has(&s->marked, number);
		f->deleted = flow_set_has(&s->deleted, number);
		f->version++;
	}
	if (s->session.saver)
		flow_set_add(&s->session.marks, number);
	if (flow_store_find(s, number) && s->watcher.changed)
		s->watcher.changed(s->watcher.arg, f);
}

static void
store_count_both(struct flow_store *s, size_t n, bool on)
{
	s->marked_deleted += on ? n : -n;
}

void
flow_store_mark(struct flow_store *s, uint64_t number, bool on)
{
	struct flow *f = flow_store_find(s, number);

	if (on ? !flow_set_add(&s->marked, number) : !flow_set_remove(&s->marked, number))
		return;
	store_count_both(s, flow_set_has(&s->deleted, number), on);
	store_flag_changed(s, number);
	if (f && !on && f->ended && number < s->first)
		store_elder_ended(s, f);
}

void
flow_store_delete(struct flow_store *s, uint64_t number, bool on)
{
	if (on ? !flow_set_add(&s->deleted, number) : !flow_set_remove(&s->deleted, number))
		return;
	store_count_both(s, flow_set_has(&s->marked, number), on);
	store_flag_changed(s, number);
}

/* ---- many at once: every set is gone through once ---- */

static void
store_put_many(struct flow_set *set, const uint64_t *number, size_t n, bool on)
{
	if (on)
		flow_set_join(set, number, n);
	else
		flow_set_subtract(set, number, n);
}

/* What the file alone has gets its marks when it is read. */
static void
store_flags_changed(struct flow_store *s, const uint64_t *number, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct flow *f = flow_store_find(s, number[i]);
		if (!f)
			continue;
		f->marked = flow_set_has(&s->marked, number[i]);
		f->deleted = flow_set_has(&s->deleted, number[i]);
		f->version++;
	}
	if (s->session.saver)
		flow_set_join(&s->session.marks, number, n);
}

void
flow_store_mark_many(struct flow_store *s, const uint64_t *number, size_t n, bool on)
{
	store_put_many(&s->marked, number, n, on);
	store_count_both(s, flow_set_common(&s->deleted, number, n), on);
	store_flags_changed(s, number, n);
	for (size_t i = 0; i < n && number[i] < s->first && !on; i++) {
		struct flow *f = flow_store_find(s, number[i]);
		if (f && f->ended)
			store_elder_ended(s, f);
	}
}

void
flow_store_delete_many(struct flow_store *s, const uint64_t *number, size_t n, bool on)
{
	store_put_many(&s->deleted, number, n, on);
	store_count_both(s, flow_set_common(&s->marked, number, n), on);
	store_flags_changed(s, number, n);
}
