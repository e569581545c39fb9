/* SPDX-License-Identifier: MIT
 * Which flow stands in which row. */
#include "ui/flow_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_store.h"

void
flow_index_init(struct flow_index *x, const struct flow_store *store, const char *words)
{
	*x = (struct flow_index){.store = store};
	filter_set(&x->filter, words);
	if (!x->filter.nwords)
		return;
	for (uint64_t i = flow_store_first(store); i <= flow_store_last(store); i++)
		flow_index_changed(x, flow_store_find(store, i));
}

void
flow_index_fini(struct flow_index *x)
{
	free(x->number);
	x->number = NULL;
}

static size_t
index_bound(const struct flow_index *x, uint64_t number)
{
	size_t lo = x->skip, hi = x->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (x->number[mid] < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
flow_index_changed(struct flow_index *x, const struct flow *f)
{
	if (!x->filter.nwords || !f || !filter_match(&x->filter, f))
		return;
	size_t at = index_bound(x, f->number);
	if (at < x->n && x->number[at] == f->number)
		return;
	if (x->n == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 256;
		x->number = mem_resize(x->number, x->cap, sizeof *x->number);
	}
	memmove(x->number + at + 1, x->number + at, (x->n - at) * sizeof *x->number);
	x->number[at] = f->number;
	x->n++;
}

void
flow_index_trim(struct flow_index *x)
{
	uint64_t first = flow_store_first(x->store);

	while (x->skip < x->n && x->number[x->skip] < first)
		x->skip++;
	/* Moving down only when most is gone keeps the cost of a flow constant. */
	if (x->skip > 1024 && x->skip > x->n / 2) {
		memmove(x->number, x->number + x->skip, (x->n - x->skip) * sizeof *x->number);
		x->n -= x->skip;
		x->skip = 0;
	}
}

static size_t
index_count(const void *arg)
{
	const struct flow_index *x = arg;

	if (x->filter.nwords)
		return x->n - x->skip;
	return (size_t)(flow_store_last(x->store) + 1 - flow_store_first(x->store));
}

static uint64_t
index_id(const void *arg, size_t row)
{
	const struct flow_index *x = arg;

	return x->filter.nwords ? x->number[x->skip + row] : flow_store_first(x->store) + row;
}

static size_t
index_row(const void *arg, uint64_t id)
{
	const struct flow_index *x = arg;
	uint64_t first = flow_store_first(x->store);

	if (x->filter.nwords)
		return index_bound(x, id) - x->skip;
	return id > first ? (size_t)(id - first) : 0;
}

struct list_source
flow_index_source(const struct flow_index *x)
{
	return (struct list_source){
	    .count = index_count, .id = index_id, .row = index_row, .arg = x};
}
