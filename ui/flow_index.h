/* SPDX-License-Identifier: MIT
 * Which flow stands in which row: those that are shown, in the order of a column. Filtering, sorting and searching go over all
 * flows in slices (flow_index_turn), also those that only the session file holds; until a slice completes it the list is as it was. */
#ifndef UI_FLOW_INDEX_H
#define UI_FLOW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_set.h"
#include "ui/filter.h"
#include "ui/flow_order.h"
#include "ui/list.h"

struct flow_store;
struct flow_scan;

/* Flows that match, and perhaps their order, while they are being collected. */
struct index_work {
	struct flow_scan *scan;  /* NULL: none is going on */
	uint64_t first, last;
	struct flow_set set;
	struct flow_order order;
	bool sorted;
};

/* Which flows, in which order. */
struct index_choice {
	char words[FILTER_TEXT_MAX]; /* as they were given */
	struct filter filter;
	bool only_marked;
	bool only_active;            /* those that have not ended */
	unsigned column;
	bool reverse;
};

struct flow_index {
	struct flow_store *store; /* borrowed */
	struct index_choice want; /* what the list shall show */
	struct index_choice shown;/* what it shows: the same when no work is going on */
	bool chosen;              /* base says which flows; else all of the store */
	struct flow_set base;
	uint64_t changes;         /* of a list in another order than that of the numbers: counts up */
	bool sorted;              /* order says where they stand; else by number */
	struct flow_order order;
	struct index_work work;
	/* What was searched for: found is complete when find has no scan. */
	struct filter phrase;
	struct index_work find;
	bool find_stale;          /* other flows are shown since: the search has to be made again */
	/* While paused: the rows are these, or all of first..last where none were chosen. */
	bool paused;
	uint64_t pause_first, pause_last;
	struct flow_set still;
	uint64_t trimmed;         /* flows below this number have been seen to be gone */
	uint64_t trial_n;         /* matches of the filter being typed, so far */
	struct filter trial;
	struct flow_scan *trial_scan;
	struct errmsg damage;     /* what kept the last pass from reading all of the file; "" for nothing */
};

void flow_index_init(struct flow_index *x, struct flow_store *store, const char *words);
void flow_index_fini(struct flow_index *x);

/* Each begins what may take a while, or does it at once when it is little. */
void flow_index_filter(struct flow_index *x, const char *words);
void flow_index_only_marked(struct flow_index *x, bool on);
void flow_index_only_active(struct flow_index *x, bool on);
void flow_index_sort(struct flow_index *x, unsigned column, bool reverse);
void flow_index_find(struct flow_index *x, const char *phrase); /* "" ends it */
/* Searches for the same once more, if what is shown is not what was searched. */
void flow_index_find_again(struct flow_index *x);
/* Counts how many flows match words that are being typed; NULL ends it. */
void flow_index_try(struct flow_index *x, const char *words);

/* Does some of the work: a few milliseconds. True while there is more that can be done now. */
bool flow_index_turn(struct flow_index *x);
/* Gives up what is going on; the list stays as it is. False: nothing was going on. */
bool flow_index_cancel(struct flow_index *x);
bool flow_index_is_working(const struct flow_index *x);
/* True when the list is to show less than all that is not deleted. */
bool flow_index_filters(const struct flow_index *x);
/* "filtering" or its like, and how far it is; "" when nothing is going on. */
const char *flow_index_progress(const struct flow_index *x, unsigned *percent);

/* To be called for every flow that is new or has changed. */
void flow_index_changed(struct flow_index *x, const struct flow *f);
/* The user has taken the flow off the list or put it back, has marked or unmarked it, and the store knows: takes effect at
 * once, also on a screen that is paused. */
void flow_index_deleted(struct flow_index *x, uint64_t number);
void flow_index_marked(struct flow_index *x, uint64_t number);
/* To be called before reading, after the store may have let flows go: takes in what has changed. */
void flow_index_trim(struct flow_index *x);
/* The list's view of it; valid as long as x. */
struct list_source flow_index_source(struct flow_index *x);

/* What the row of a list in another order is sorted by: flow_order_key. */
struct span flow_index_key(const struct flow_index *x, size_t row);
/* The flow has a row. */
bool flow_index_shows(const struct flow_index *x, uint64_t number);

/* While on, the rows stand still: what is new is not taken in. */
void flow_index_pause(struct flow_index *x, bool on);
/* Flows in the list before they were filtered. */
uint64_t flow_index_total(const struct flow_index *x);

#endif
