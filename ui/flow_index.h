/* SPDX-License-Identifier: MIT
 * The flows that are shown, in order of their numbers: all of the store, or those that match the
 * filter. */
#ifndef UI_FLOW_INDEX_H
#define UI_FLOW_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "ui/filter.h"
#include "ui/list.h"

struct flow_store;

struct flow_index {
	const struct flow_store *store; /* borrowed */
	struct filter filter;
	uint64_t *number;               /* ascending; only with a filter */
	size_t n, cap, skip;            /* number[skip..n) are still in the store */
};

void flow_index_init(struct flow_index *x, const struct flow_store *store, const char *words);
void flow_index_fini(struct flow_index *x);
/* To be called for every flow that is new or has changed: what it is filtered by may have become
 * known. */
void flow_index_changed(struct flow_index *x, const struct flow *f);
/* To be called before reading, after the store may have let flows go. */
void flow_index_trim(struct flow_index *x);
/* The list's view of it; valid as long as x. */
struct list_source flow_index_source(const struct flow_index *x);

#endif
