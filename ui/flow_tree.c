/* SPDX-License-Identifier: MIT
 * Headings between the rows of the index. */
#include "ui/flow_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_store.h"
#include "ui/flow_index.h"
#include "ui/flow_text.h"

void
flow_tree_open(struct flow_tree *t, struct flow_index *x, unsigned column)
{
	flow_tree_close(t);
	t->index = x;
	t->column = column;
}

void
flow_tree_close(struct flow_tree *t)
{
	free(t->group);
	flow_set_fini(&t->folded);
	*t = (struct flow_tree){.index = NULL};
}

bool
flow_tree_is_shown(const struct flow_tree *t)
{
	const struct flow_index *x = t->index;

	return x && x->sorted && x->shown.column == t->column && flow_order_count(&x->order) <= TREE_FLOWS_MAX;
}

/* ---- groups ---- */

static uint64_t
group_id(struct span key)
{
	uint64_t h = 14695981039346656037ull;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 1099511628211ull;
	return TREE_HEADING | h >> 1;
}

static struct tree_group *
tree_add(struct flow_tree *t, uint64_t id, size_t first)
{
	if (t->ngroups == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->group = mem_resize(t->group, t->cap, sizeof *t->group);
	}
	t->group[t->ngroups] = (struct tree_group){
	    .id = id, .first = first, .folded = flow_set_has(&t->folded, id), .known = true};
	return &t->group[t->ngroups++];
}

static void
group_count(struct tree_group *g, const struct flow *f)
{
	g->n++;
	g->known &= f != NULL;
	if (!f)
		return;
	g->failed += flow_failed(f);
	g->bytes += flow_text_bytes(f);
}

static void
tree_place(struct flow_tree *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->ngroups; i++) {
		t->group[i].at = at;
		at += 1 + (t->group[i].folded ? 0 : t->group[i].n);
	}
}

static void
tree_sync(struct flow_tree *t)
{
	const struct flow_index *x = t->index;
	struct list_source src = flow_index_source(t->index);
	size_t n = src.count(src.arg);
	struct tree_group *g = NULL;
	struct span before = SPAN_NONE;

	if (t->built == x->changes)
		return;
	t->built = x->changes;
	t->ngroups = 0;
	for (size_t row = 0; row < n; row++) {
		struct span key = flow_index_key(x, row);
		if (!g || memcmp(before.p, key.p, key.n) != 0)
			g = tree_add(t, group_id(key), row);
		before = key;
		group_count(g, flow_store_find(x->store, src.id(src.arg, row)));
	}
	tree_place(t);
}

/* The last group for which that member is not above what is asked for. */
static struct tree_group *
tree_bound(const struct flow_tree *t, size_t row, bool of_index)
{
	size_t low = 0, high = t->ngroups;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;
		const struct tree_group *g = &t->group[middle];
		if ((of_index ? g->first : g->at) <= row)
			low = middle;
		else
			high = middle;
	}
	return &t->group[low];
}

const struct tree_group *
flow_tree_group(struct flow_tree *t, uint64_t id)
{
	tree_sync(t);
	for (size_t i = 0; i < t->ngroups && (id & TREE_HEADING); i++)
		if (t->group[i].id == id)
			return &t->group[i];
	if (!t->ngroups || (id & TREE_HEADING))
		return NULL;
	struct list_source src = flow_index_source(t->index);
	return tree_bound(t, src.row(src.arg, id), true);
}

void
flow_tree_fold(struct flow_tree *t, uint64_t heading, bool folded)
{
	struct tree_group *g = (struct tree_group *)(uintptr_t)flow_tree_group(t, heading);

	if (folded)
		flow_set_add(&t->folded, heading);
	else
		flow_set_remove(&t->folded, heading);
	if (g)
		g->folded = folded;
	tree_place(t);
}

void
flow_tree_unfold_all(struct flow_tree *t)
{
	flow_set_clear(&t->folded);
	for (size_t i = 0; i < t->ngroups; i++)
		t->group[i].folded = false;
	tree_place(t);
}

/* ---- rows ---- */

static struct flow_tree *
tree_of(const void *arg)
{
	struct flow_tree *t = (struct flow_tree *)(uintptr_t)arg;

	tree_sync(t);
	return t;
}

static size_t
tree_count(const void *arg)
{
	const struct flow_tree *t = tree_of(arg);
	const struct tree_group *g = t->ngroups ? &t->group[t->ngroups - 1] : NULL;

	return g ? g->at + 1 + (g->folded ? 0 : g->n) : 0;
}

static uint64_t
tree_id(const void *arg, size_t row)
{
	const struct flow_tree *t = tree_of(arg);
	const struct tree_group *g = tree_bound(t, row, false);
	struct list_source src = flow_index_source(t->index);

	return row == g->at ? g->id : src.id(src.arg, g->first + (row - g->at - 1));
}

static size_t
tree_row(const void *arg, uint64_t id)
{
	struct flow_tree *t = tree_of(arg);
	const struct tree_group *g = flow_tree_group(t, id);

	if (!g || (id & TREE_HEADING) || g->folded)
		return g ? g->at : 0;
	struct list_source src = flow_index_source(t->index);
	size_t row = src.row(src.arg, id);
	return g->at + 1 + (row >= g->first ? row - g->first : 0);
}

static size_t
tree_newer(const void *arg, uint64_t id)
{
	struct list_source src = flow_index_source(tree_of(arg)->index);

	return src.newer(src.arg, id);
}

static uint64_t
tree_newest(const void *arg)
{
	struct list_source src = flow_index_source(tree_of(arg)->index);

	return src.newest(src.arg);
}

struct list_source
flow_tree_source(struct flow_tree *t)
{
	return (struct list_source){.count = tree_count,
	    .id = tree_id,
	    .row = tree_row,
	    .newer = tree_newer,
	    .newest = tree_newest,
	    .arg = t};
}
