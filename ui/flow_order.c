/* SPDX-License-Identifier: MIT
 * Sorting by runs: each is sorted when it is full, and two of like size become one, so that no step takes long. */
#include "ui/flow_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "ui/column.h"

enum { RUN_ENTRIES = 4096, TEXT_KEY_BYTES = 40, SETTLE_COST_FACTOR = 20, NEAR_ROWS = 128 };

static size_t
order_stride(const struct flow_order *o)
{
	return o->key_bytes + sizeof(uint64_t);
}

void
flow_order_init(struct flow_order *o, unsigned column)
{
	*o = (struct flow_order){.column = column,
	    .key_bytes = columns[column].text_key ? TEXT_KEY_BYTES : sizeof(uint64_t)};
}

void
flow_order_fini(struct flow_order *o)
{
	for (unsigned i = 0; i < o->nruns; i++)
		free(o->run[i].p);
	free(o->fresh.p);
	flow_set_fini(&o->changed);
	flow_set_fini(&o->open);
	*o = (struct flow_order){.nruns = 0};
}

static void
put_number(unsigned char *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint64_t
get_number(const unsigned char *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Text without regard to case, as far as the key goes; equal keys are in the order of the numbers. */
static void
order_key(struct flow_order *o, const struct flow *f, unsigned char *p)
{
	const struct column *c = &columns[o->column];

	if (c->grows && f->key && !f->ended) /* what was read from a file has no key: it grows no more */
		flow_set_add(&o->open, f->number);
	memset(p, 0, o->key_bytes);
	if (c->text_key) {
		struct span s = c->text_key(f);
		for (size_t i = 0; i < s.n && i < o->key_bytes; i++)
			p[i] = (unsigned char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	} else {
		put_number(p, c->key(f));
	}
	put_number(p + o->key_bytes, f->number);
}

static void
run_reserve(struct order_run *r, size_t n, size_t stride)
{
	if (r->cap >= n)
		return;
	r->cap = r->cap * 2 > n ? r->cap * 2 : n;
	r->p = mem_resize(r->p, r->cap, stride);
}

static int
order_compare(const void *a, const void *b, void *stride)
{
	return memcmp(a, b, *(const size_t *)stride);
}

/* Makes one run of two; both are taken over. */
static struct order_run
run_merge(struct order_run a, struct order_run b, size_t stride)
{
	struct order_run out = {.n = a.n + b.n};
	const unsigned char *pa = a.p, *ea = a.p + a.n * stride, *pb = b.p, *eb = b.p + b.n * stride;

	run_reserve(&out, out.n ? out.n : 1, stride);
	unsigned char *to = out.p;
	while (pa < ea && pb < eb) {
		const unsigned char **from = memcmp(pa, pb, stride) <= 0 ? &pa : &pb;
		memcpy(to, *from, stride);
		*from += stride;
		to += stride;
	}
	memcpy(to, pa, (size_t)(ea - pa));
	memcpy(to + (ea - pa), pb, (size_t)(eb - pb));
	free(a.p);
	free(b.p);
	return out;
}

static void
order_merge_last(struct flow_order *o)
{
	o->run[o->nruns - 2] =
	    run_merge(o->run[o->nruns - 2], o->run[o->nruns - 1], order_stride(o));
	o->nruns--;
}

static void
order_push_fresh(struct flow_order *o)
{
	size_t stride = order_stride(o);

	if (!o->fresh.n)
		return;
	qsort_r(o->fresh.p, o->fresh.n, stride, order_compare, &stride);
	if (o->nruns == ORDER_RUNS_MAX)
		order_merge_last(o);
	o->run[o->nruns++] = o->fresh;
	o->fresh = (struct order_run){.n = 0};
	o->row_id = 0;
}

void
flow_order_add(struct flow_order *o, const struct flow *f)
{
	size_t stride = order_stride(o);

	run_reserve(&o->fresh, RUN_ENTRIES, stride);
	order_key(o, f, o->fresh.p + o->fresh.n++ * stride);
	if (o->fresh.n < RUN_ENTRIES)
		return;
	order_push_fresh(o);
	while (o->nruns > 1 && o->run[o->nruns - 2].n <= o->run[o->nruns - 1].n)
		order_merge_last(o);
}

bool
flow_order_finish(struct flow_order *o)
{
	order_push_fresh(o);
	if (o->nruns > 1)
		order_merge_last(o);
	return o->nruns <= 1;
}

void
flow_order_changed(struct flow_order *o, uint64_t number)
{
	flow_set_add(&o->changed, number);
}

/* Takes those that have changed out of the run. */
static void
order_remove_changed(struct flow_order *o)
{
	struct order_run *r = &o->run[0];
	size_t stride = order_stride(o), n = 0;
	uint64_t low = o->changed.number[0], high = o->changed.number[o->changed.n - 1];

	if (!o->nruns)
		return;
	for (size_t i = 0; i < r->n; i++) {
		const unsigned char *p = r->p + i * stride;
		uint64_t number = get_number(p + o->key_bytes);
		if (number >= low && number <= high && flow_set_has(&o->changed, number))
			continue;
		if (n != i)
			memcpy(r->p + n * stride, p, stride);
		n++;
	}
	r->n = n;
}

void
flow_order_keep(struct flow_order *o, const struct flow_set *shown)
{
	struct order_run *r = &o->run[0];
	size_t stride = order_stride(o), n = 0;

	for (size_t i = 0; o->nruns && i < r->n; i++) {
		const unsigned char *p = r->p + i * stride;
		if (!flow_set_has(shown, get_number(p + o->key_bytes)))
			continue;
		if (n != i)
			memcpy(r->p + n * stride, p, stride);
		n++;
	}
	r->n = n;
	o->row_id = 0;
}

/* What has grown has changed. */
static void
order_note_grown(struct flow_order *o, const struct flow_store *store)
{
	uint64_t versions = 0;

	for (size_t i = 0; i < o->open.n; i++) {
		const struct flow *f = flow_store_find(store, o->open.number[i]);
		versions += f ? f->version : 0;
	}
	for (size_t i = 0; i < o->open.n && versions != o->open_versions; i++)
		flow_set_add(&o->changed, o->open.number[i]);
	o->open_versions = versions;
}

/* Puts what has changed in its place. */
static void
order_place_changed(struct flow_order *o, struct flow_store *store, const struct flow_set *shown)
{
	struct flow_set later = {.number = NULL};
	bool gone;

	order_remove_changed(o);
	for (size_t i = 0; i < o->changed.n; i++) {
		uint64_t number = o->changed.number[i];
		bool in = shown ? flow_set_has(shown, number)
				: number >= flow_store_first(store) && number <= flow_store_last(store);
		const struct flow *f = in ? flow_store_row(store, number, &gone) : NULL;
		flow_set_remove(&o->open, number);
		if (f) {
			run_reserve(&o->fresh, o->fresh.n + 1, order_stride(o));
			order_key(o, f, o->fresh.p + o->fresh.n++ * order_stride(o));
		} else if (in && !gone) {
			flow_set_add(&later, number); /* it is being read */
		}
	}
	flow_set_fini(&o->changed);
	o->changed = later;
	while (!flow_order_finish(o)) {
		/* The run and what is new: two steps at most. */
	}
	o->row_id = 0;
}

bool
flow_order_settle(struct flow_order *o, struct flow_store *store, const struct flow_set *shown,
    uint64_t now_ns)
{
	if (now_ns < o->settle_ns)
		return false;
	order_note_grown(o, store);
	if (!o->changed.n)
		return false;
	order_place_changed(o, store, shown);
	uint64_t end = clock_mono_ns();
	o->settle_ns = end + SETTLE_COST_FACTOR * (end - now_ns);
	return true;
}

void
flow_order_put(struct flow_order *o, struct flow_store *store, const struct flow_set *shown,
    uint64_t number)
{
	struct flow_set others = o->changed;

	flow_set_remove(&others, number);
	o->changed = (struct flow_set){.number = NULL};
	flow_set_add(&o->changed, number);
	order_place_changed(o, store, shown);
	if (o->changed.n) /* it is being read */
		flow_set_add(&others, number);
	flow_set_fini(&o->changed);
	o->changed = others;
}

size_t
flow_order_count(const struct flow_order *o)
{
	return o->nruns ? o->run[0].n : 0;
}

uint64_t
flow_order_id(const struct flow_order *o, size_t row)
{
	return get_number(o->run[0].p + row * order_stride(o) + o->key_bytes);
}

struct span
flow_order_key(const struct flow_order *o, size_t row)
{
	return span_of((const char *)o->run[0].p + row * order_stride(o), o->key_bytes);
}

/* Row of the number among from..end; the count of all when it is not there. */
static size_t
order_look(const struct flow_order *o, const unsigned char *number, size_t from, size_t end)
{
	size_t stride = order_stride(o);

	for (size_t i = from; i < end; i++)
		if (memcmp(o->run[0].p + i * stride + o->key_bytes, number, sizeof(uint64_t)) == 0)
			return i;
	return flow_order_count(o);
}

size_t
flow_order_row(struct flow_order *o, uint64_t number)
{
	size_t n = flow_order_count(o), i;
	unsigned char want[sizeof number];

	if (number == o->row_id)
		return o->row;
	put_number(want, number);
	/* A step or a page away from the last one, mostly. */
	size_t from = o->row > NEAR_ROWS ? o->row - NEAR_ROWS : 0;
	i = order_look(o, want, from, from + 2 * NEAR_ROWS < n ? from + 2 * NEAR_ROWS : n);
	if (i == n)
		i = order_look(o, want, 0, n);
	if (i == n) /* gone: what stands where it stood is near */
		return o->row;
	o->row_id = number;
	o->row = i;
	return i;
}
