/* SPDX-License-Identifier: MIT
 * All flows in memory, in order of arrival, under a budget. Flows stand in a circular table indexed by
 * number; two cursors walk it from the oldest: one sheds bodies, one heads, and when both have caught up
 * whole flows are evicted (docs/architecture.md, "Memory"). */
#include "flow/flow_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_map.h"

enum { STORE_LIST_MIN = 256 }; /* rows that stay whatever the budget */

struct flow_store {
	struct flow_store_limits limits;
	struct flow **table;          /* flow n is table[n & mask] */
	uint64_t mask;
	uint64_t first, next;         /* numbers in memory: first <= n < next */
	uint64_t body_cursor, head_cursor;
	struct flow **elder;          /* open or marked ones older than first, by number */
	size_t nelders, elders_cap;
	struct flow_map flows, conns; /* open ones by key */
	struct flow_watcher watcher;
	struct flow_store_stats stats;
};

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
	return s;
}

/* Most handshakes succeed and have nothing to say. */
static char *
tls_text_new(const char *text)
{
	static char none[1];

	return text[0] ? mem_strdup(text) : none;
}

static void
tls_text_free(char *text)
{
	if (text[0])
		free(text);
}

static void
conn_unref(struct flow_store *s, struct flow_conn *c)
{
	if (!c || --c->refs)
		return;
	for (int side = 0; side < 2; side++) {
		struct flow_tls *t = c->tls[side];
		if (!t)
			continue;
		s->stats.memory_bytes -= sizeof *t;
		tls_text_free(t->why);
		tls_text_free(t->remedy);
		free(t);
	}
	s->stats.memory_bytes -= sizeof *c;
	free(c);
}

static void
flow_charge(struct flow_store *s, struct flow *f, size_t n)
{
	f->mem_bytes += n;
	s->stats.memory_bytes += n;
}

static void
flow_uncharge(struct flow_store *s, struct flow *f, size_t n)
{
	f->mem_bytes -= n;
	s->stats.memory_bytes -= n;
}

/* What a piece costs: a shared block is charged whole, since it lives as long as the piece. */
static size_t
piece_cost(const struct flow_piece *p)
{
	return sizeof *p + (p->block && p->n < p->block->cap / 2 ? p->block->cap : p->n);
}

static void
body_drop(struct flow_store *s, struct flow *f, struct flow_body *b)
{
	size_t cost = 0;

	for (unsigned i = 0; i < b->npieces; i++) {
		cost += piece_cost(&b->piece[i]);
		if (b->piece[i].block)
			block_unref(b->piece[i].block);
		else
			free((char *)(uintptr_t)b->piece[i].p);
	}
	free(b->piece);
	flow_uncharge(s, f, cost);
	if (b->kept)
		b->shed = true;
	s->stats.shed_bytes += b->kept;
	b->piece = NULL;
	b->npieces = b->cap = 0;
	b->kept = 0;
}

static void
head_drop(struct flow_store *s, struct flow *f, struct span *h)
{
	if (h->p)
		flow_uncharge(s, f, h->n);
	free((char *)(uintptr_t)h->p);
	*h = SPAN_NONE;
}

static void
flow_free(struct flow_store *s, struct flow *f)
{
	for (int d = 0; d < 2; d++) {
		body_drop(s, f, &f->body[d]);
		head_drop(s, f, &f->head[d]);
		head_drop(s, f, &f->trailer[d]);
	}
	s->stats.memory_bytes -= f->mem_bytes;
	conn_unref(s, f->conn);
	free(f->name);
	free(f->why);
	free(f->remedy);
	free(f);
}

void
flow_store_free(struct flow_store *s)
{
	if (!s)
		return;
	for (uint64_t n = s->first; n < s->next; n++)
		flow_free(s, s->table[n & s->mask]);
	for (size_t i = 0; i < s->nelders; i++)
		flow_free(s, s->elder[i]);
	free(s->elder);
	for (size_t i = 0; i <= s->conns.mask; i++)
		conn_unref(s, s->conns.slot[i].value);
	flow_map_fini(&s->flows);
	flow_map_fini(&s->conns);
	free(s->table);
	free(s);
}

void
flow_store_watch(struct flow_store *s, const struct flow_watcher *w)
{
	s->watcher = *w;
}

uint64_t
flow_store_first(const struct flow_store *s)
{
	return s->first;
}

uint64_t
flow_store_last(const struct flow_store *s)
{
	return s->next - 1;
}

/* Where the elder with that number stands, or would. */
static size_t
elder_index(const struct flow_store *s, uint64_t number)
{
	size_t lo = 0, hi = s->nelders;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->elder[mid]->number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct flow *
flow_store_find(const struct flow_store *s, uint64_t number)
{
	if (number >= s->first)
		return number < s->next ? s->table[number & s->mask] : NULL;
	size_t i = elder_index(s, number);
	return i < s->nelders && s->elder[i]->number == number ? s->elder[i] : NULL;
}

void
flow_store_stats(const struct flow_store *s, struct flow_store_stats *out)
{
	*out = s->stats;
	out->memory_max_bytes = s->limits.memory_max_bytes;
}

/* ---- budget ---- */

static bool
flow_pinned(const struct flow *f)
{
	return f->marked || !f->ended;
}

/* Copies what the summary shows out of the heads before they go, so that a row stays a row. */
static void
heads_drop(struct flow_store *s, struct flow *f)
{
	struct span *keep[] = {&f->method, &f->host, &f->path, &f->content_type};
	size_t n = 0;

	if (!f->head[0].p && !f->head[1].p)
		return;
	for (unsigned i = 0; i < 4; i++)
		n += keep[i]->n;
	char *name = mem_alloc(n + 1), *p = name;
	for (unsigned i = 0; i < 4; i++) {
		if (keep[i]->n)
			memcpy(p, keep[i]->p, keep[i]->n);
		keep[i]->p = p;
		p += keep[i]->n;
	}
	free(f->name);
	f->name = name;
	flow_charge(s, f, n);
	for (int d = 0; d < 2; d++) {
		head_drop(s, f, &f->head[d]);
		head_drop(s, f, &f->trailer[d]);
	}
	f->version++;
}

static void
elder_add(struct flow_store *s, struct flow *f)
{
	if (s->nelders == s->elders_cap) {
		s->elders_cap = s->elders_cap ? s->elders_cap * 2 : 64;
		s->elder = mem_resize(s->elder, s->elders_cap, sizeof *s->elder);
	}
	s->elder[s->nelders++] = f;
}

/* An open flow that has become an elder has ended: nothing keeps it any more. */
static void
elder_drop(struct flow_store *s, struct flow *f)
{
	size_t i = elder_index(s, f->number);

	if (f->number >= s->first || f->marked)
		return;
	memmove(s->elder + i, s->elder + i + 1, (s->nelders - i - 1) * sizeof *s->elder);
	s->nelders--;
	s->stats.evicted++;
	flow_free(s, f);
}

/* The oldest leaves the list. One open or marked flow must not keep all that came after it. */
static void
evict_first(struct flow_store *s)
{
	struct flow *f = s->table[s->first & s->mask];

	s->table[s->first & s->mask] = NULL;
	s->first++;
	if (flow_pinned(f)) {
		elder_add(s, f);
		return;
	}
	flow_free(s, f);
	s->stats.evicted++;
}

static bool
over_budget(const struct flow_store *s)
{
	return s->stats.memory_bytes > s->limits.memory_max_bytes;
}

/* Brings memory under the budget: bodies first, then heads, then whole flows, oldest first; what is open
 * or marked stays. Summaries keep at least a quarter of the budget for bodies and heads of new flows. */
static void
store_trim(struct flow_store *s)
{
	for (; over_budget(s) && s->body_cursor < s->next; s->body_cursor++) {
		struct flow *f = flow_store_find(s, s->body_cursor);
		if (f && !f->marked) {
			body_drop(s, f, &f->body[0]);
			body_drop(s, f, &f->body[1]);
			f->version++;
		}
	}
	for (; over_budget(s) && s->head_cursor < s->next; s->head_cursor++) {
		struct flow *f = flow_store_find(s, s->head_cursor);
		if (f && !flow_pinned(f))
			heads_drop(s, f);
	}
	while (over_budget(s) && s->next - s->first > STORE_LIST_MIN)
		evict_first(s);
	/* Summaries alone must not crowd out everything else for good. */
	while (s->next - s->first > STORE_LIST_MIN &&
	    s->head_cursor > s->next - (s->next - s->first) / 4)
		evict_first(s);
	if (s->body_cursor < s->first)
		s->body_cursor = s->first;
	if (s->head_cursor < s->first)
		s->head_cursor = s->first;
}

/* ---- applying facts ---- */

static void
set_state(struct flow_store *s, struct flow *f, unsigned state)
{
	s->stats.by_state[f->state]--;
	f->state = (uint8_t)state;
	s->stats.by_state[f->state]++;
	f->version++;
}

static void
notify(struct flow_store *s, const struct flow *f)
{
	if (s->watcher.changed)
		s->watcher.changed(s->watcher.arg, f);
}

static struct flow *
flow_add(struct flow_store *s, const struct fact *fact, uint64_t wall_ns)
{
	struct flow *f = mem_zalloc(sizeof *f);

	if (s->next - s->first > s->mask) {
		uint64_t mask = s->mask * 2 + 1;
		struct flow **table = mem_array(mask + 1, sizeof *table);
		for (uint64_t n = s->first; n < s->next; n++)
			table[n & mask] = s->table[n & s->mask];
		free(s->table);
		s->table = table;
		s->mask = mask;
	}
	f->number = s->next++;
	f->key = fact->flow;
	f->conn = flow_map_find(&s->conns, fact->conn);
	if (f->conn) {
		f->conn->refs++;
		f->conn->nflows++;
	}
	f->wall_ns = wall_ns;
	f->mono_ns = fact->mono_ns;
	s->table[f->number & s->mask] = f;
	flow_map_put(&s->flows, f->key, f);
	flow_charge(s, f, sizeof *f);
	s->stats.total++;
	s->stats.active++;
	s->stats.by_state[f->state]++;
	return f;
}

static void
apply_conn_open(struct flow_store *s, const struct fact_conn_open *o)
{
	struct flow_conn *c = mem_zalloc(sizeof *c);

	c->key = o->f.conn;
	c->refs = 1; /* the map's, until the connection closes */
	c->wall_ns = o->wall_ns;
	c->mono_ns = o->f.mono_ns;
	c->open = true;
	memcpy(c->client, o->client, sizeof c->client);
	memcpy(c->listener, o->listener, sizeof c->listener);
	s->stats.memory_bytes += sizeof *c;
	flow_map_put(&s->conns, c->key, c);
}

static void
apply_hello(struct flow_conn *c, const struct fact_conn_hello *h)
{
	memcpy(c->sni, h->sni, sizeof c->sni);
	memcpy(c->client_alpn, h->alpn, sizeof c->client_alpn);
	memcpy(c->client_versions, h->versions, sizeof c->client_versions);
}

static void
apply_server(struct flow_conn *c, const struct fact_conn_server *v)
{
	memcpy(c->server, v->server, sizeof c->server);
	memcpy(c->local, v->local, sizeof c->local);
	c->dns_us = v->dns_us;
	c->connect_us = v->connect_us;
}

static void
apply_tls(struct flow_store *s, struct flow_conn *c, const struct fact_conn_tls *v)
{
	struct flow_tls *t = c->tls[v->side];

	if (!t) {
		t = c->tls[v->side] = mem_zalloc(sizeof *t);
		s->stats.memory_bytes += sizeof *t;
	} else {
		tls_text_free(t->why);
		tls_text_free(t->remedy);
	}
	t->why = tls_text_new(v->why);
	t->remedy = tls_text_new(v->remedy);
	t->done = v->ok;
	t->failed = !v->ok;
	t->resumed = v->resumed;
	t->verified = v->verified;
	t->handshake_us = v->handshake_us;
	t->chain_len = v->chain_len;
#define COPY(m) memcpy(t->m, v->m, sizeof t->m)
	COPY(version);
	COPY(cipher);
	COPY(group);
	COPY(alpn);
	COPY(subject);
	COPY(issuer);
	COPY(not_before);
	COPY(not_after);
	COPY(san);
	COPY(sha256);
	COPY(fail_class);
#undef COPY
}

static void
apply_conn(struct flow_store *s, const struct fact *fact)
{
	struct flow_conn *c = flow_map_find(&s->conns, fact->conn);

	if (!c)
		return;
	if (fact->type == FACT_CONN_HELLO) {
		apply_hello(c, (const void *)fact);
	} else if (fact->type == FACT_CONN_SERVER) {
		apply_server(c, (const void *)fact);
	} else if (fact->type == FACT_CONN_TLS) {
		apply_tls(s, c, (const void *)fact);
	} else {
		c->open = false;
		flow_map_remove(&s->conns, fact->conn);
		conn_unref(s, c);
	}
}

static void
apply_flow_open(struct flow_store *s, const struct fact_flow_open *o)
{
	struct flow *f = flow_add(s, &o->f, o->wall_ns);

	f->proto = o->proto;
	f->tls = o->tls;
	f->port = o->port;
	f->name = mem_dup(o->host, o->host_n);
	f->host = span_of(f->name, o->host_n);
	flow_charge(s, f, o->host_n);
	notify(s, f);
}

static struct span
head_keep(struct flow_store *s, struct flow *f, unsigned dir, const struct fact_head *h)
{
	head_drop(s, f, &f->head[dir]);
	f->head[dir] = span_of(mem_dup(h->head, h->head_n), h->head_n);
	flow_charge(s, f, h->head_n);
	return f->head[dir];
}

static void
apply_request(struct flow_store *s, const struct fact_head *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f) {
		f = flow_add(s, &h->f, h->wall_ns);
	} else { /* the row of the connection becomes the row of its first request */
		f->wall_ns = h->wall_ns;
		f->mono_ns = h->f.mono_ns;
	}
	struct span head = head_keep(s, f, FLOW_REQUEST, h);
	f->proto = FLOW_H1;
	f->tls = h->tls;
	f->port = h->port;
	f->method = span_of(head.p + h->method_off, h->method_n);
	f->path = span_of(head.p + h->path_off, h->path_n);
	if (h->host_n)
		f->host = span_of(head.p + h->host_off, h->host_n);
	s->stats.http_flows++;
	set_state(s, f, h->state);
	notify(s, f);
}

static void
apply_response(struct flow_store *s, const struct fact_head *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f)
		return;
	struct span head = head_keep(s, f, FLOW_RESPONSE, h);
	f->content_type = span_of(head.p + h->type_off, h->type_n);
	f->status = h->status;
	f->first_byte_ns = h->f.mono_ns;
	set_state(s, f, h->state);
	notify(s, f);
}

static struct flow_piece *
piece_add(struct flow_body *b)
{
	if (b->npieces == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 1;
		b->piece = mem_resize(b->piece, b->cap, sizeof *b->piece);
	}
	return &b->piece[b->npieces++];
}

static void
apply_body(struct flow_store *s, const struct fact_body *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);
	struct flow_body *b = f ? &f->body[v->dir] : NULL;
	bool keep = f && v->kept_n && (f->marked || f->number >= s->body_cursor) && !b->shed;

	if (f) {
		f->bytes[v->dir] += v->n;
		b->seen += v->n;
		f->version++;
	}
	if (!keep) {
		block_unref(v->block);
		if (b && v->n) {
			b->shed = true;
			s->stats.shed_bytes += v->n;
		}
		return;
	}
	struct flow_piece *p = piece_add(b);
	*p = (struct flow_piece){.block = v->block,
	    .p = v->block ? v->p : mem_dup(v->data, v->kept_n),
	    .n = v->kept_n};
	b->kept += v->kept_n;
	flow_charge(s, f, piece_cost(p));
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
	head_drop(s, f, &f->trailer[t->dir]);
	f->trailer[t->dir] = span_of(mem_dup(t->data, t->n), t->n);
	flow_charge(s, f, t->n);
	f->version++;
}

static void
apply_state(struct flow_store *s, const struct fact_state *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);

	if (!f)
		return;
	f->proto = v->proto;
	if (v->status) {
		f->status = v->status;
		f->answered_here = true;
	}
	set_state(s, f, v->state);
	notify(s, f);
}

static void
apply_flow_end(struct flow_store *s, const struct fact_flow_end *e)
{
	struct flow *f = flow_map_remove(&s->flows, e->f.flow);

	if (!f)
		return;
	f->ended = true;
	f->end_ns = e->f.mono_ns;
	if (e->why_n)
		f->why = mem_dup(e->text, e->why_n);
	if (e->remedy_n)
		f->remedy = mem_dup(e->text + e->why_n, e->remedy_n);
	flow_charge(s, f, (size_t)e->why_n + e->remedy_n);
	set_state(s, f, e->state);
	s->stats.active--;
	if (e->state == FLOW_S_ERROR || e->state == FLOW_S_TLS_FAILED)
		s->stats.failed++;
	notify(s, f);
	if (s->watcher.ended)
		s->watcher.ended(s->watcher.arg, f);
	elder_drop(s, f);
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
	case FACT_CONN_CLOSE:
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
	case FACT_STATE:
		apply_state(s, (const void *)f);
		break;
	case FACT_FLOW_END:
		apply_flow_end(s, (const void *)f);
		break;
	default:
		CHECK(!"a known type of fact");
	}
	if (over_budget(s))
		store_trim(s);
}
