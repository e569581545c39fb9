/* SPDX-License-Identifier: MIT
 * Which flow stands in which row: those that are shown, in the order of a column. Filtering, sorting and searching go over all
 * flows in slices (flow_index_turn), also those that only the session file holds; until a slice completes it the list is as it was. A filter
 * is an expression (match/match.h). What it says of a flow is looked at whenever the flow changes, of open
 * ones at every tick as well, and of all now and then where the clock decides. */
#ifndef UI_FLOW_INDEX_H
#define UI_FLOW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_set.h"
#include "flow/flow_subject.h"
#include "match/match.h"
#include "ui/flow_order.h"
#include "ui/flow_pass.h"
#include "ui/list.h"
#include "ui/phrase.h"

struct flow_store;

enum { INDEX_WORDS_MAX = MATCH_TEXT_MAX + 1 };

/* Flows that match, and perhaps their order, while they are being collected. */
struct index_work {
	struct flow_pass pass;   /* its scan is NULL: none is going on */
	struct flow_set set;
	struct flow_order order;
	bool sorted;
	bool quiet;              /* the same filter once more, since time has passed */
	uint64_t begin_ns;
};

/* Which flows, in which order. */
struct index_choice {
	char words[INDEX_WORDS_MAX]; /* the filter as it was given */
	struct match *match;     /* NULL: none */
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
	bool stale;               /* the list is not what is to be shown until the work is done: it cannot be given up */
	/* What was searched for: found is complete when find has no scan. */
	char find_text[INDEX_WORDS_MAX]; /* "": nothing */
	struct phrase phrase;
	struct match *find_match; /* NULL: the phrase */
	struct index_work find;
	bool find_stale;          /* other flows are shown since: the search has to be made again */
	/* While paused: the rows are these, or all of first..last where none were chosen. */
	bool paused;
	uint64_t pause_first, pause_last;
	struct flow_set still;
	uint64_t trimmed;         /* flows below this number have been seen to be gone */
	uint64_t trial_n;         /* matches of the filter being typed, so far */
	struct match *trial_match;
	struct flow_pass trial;
	/* Flows to be marked: complete when pick has no scan. */
	struct match *pick_match; /* NULL: none are asked for */
	struct index_work pick;
	struct flow_subject subject;
	struct flow_set later;    /* flows that a change left undecided until they are read */
	struct flow_fetch *later_fetch;
	struct flow_set open;     /* open flows, while there is a filter */
	uint64_t refresh_ns;      /* when all are to be tested again; 0: never */
	struct errmsg damage;     /* what kept the last pass from reading all of the file; "" for nothing */
};

void flow_index_init(struct flow_index *x, struct flow_store *store, const char *words);
void flow_index_fini(struct flow_index *x);

/* Each begins what may take a while, or does it at once when it is little. ERR_SYNTAX, with *e (may be NULL): the expression is refused, nothing
 * changes. */
int flow_index_filter(struct flow_index *x, const char *words, struct match_error *e);
void flow_index_only_marked(struct flow_index *x, bool on);
void flow_index_only_active(struct flow_index *x, bool on);
void flow_index_sort(struct flow_index *x, unsigned column, bool reverse);
/* An expression when the text begins with ~, or has an operator and is a right one; else a phrase (ui/phrase.h); "" ends it. */
void flow_index_find(struct flow_index *x, const char *text);
/* Searches for the same once more, if what is shown is not what was searched. */
void flow_index_find_again(struct flow_index *x);
/* Counts how many flows match an expression that is being typed; NULL ends it. As flow_index_filter. */
int flow_index_try(struct flow_index *x, const char *words, struct match_error *e);
/* Collects the flows that are shown and match in pick.set. As flow_index_filter. */
int flow_index_pick(struct flow_index *x, const char *words, struct match_error *e);
void flow_index_pick_end(struct flow_index *x);

/* Does some of the work: a few milliseconds. True while there is more that can be done now. */
bool flow_index_turn(struct flow_index *x);
/* Gives up what is going on; the list stays as it is. False: nothing was going on. */
bool flow_index_cancel(struct flow_index *x);
bool flow_index_is_working(const struct flow_index *x);
/* True when the list is to show less than all that is not deleted. */
bool flow_index_filters(const struct flow_index *x);
/* "filtering" or its like, and how far it is; "" when nothing is going on. */
const char *flow_index_progress(const struct flow_index *x, unsigned *percent);

/* To be called once a tick: how far open flows have come, and what the clock decides. */
void flow_index_tick(struct flow_index *x);
/* Goes over all flows again: many marks have changed. */
void flow_index_again(struct flow_index *x);
/* To be called for every flow that is new or has changed. */
void flow_index_changed(struct flow_index *x, const struct flow *f);
/* The user has taken the flow off the list or put it back, has marked or unmarked it, and the store knows: takes effect at
 * once, also on a screen that is paused. */
void flow_index_deleted(struct flow_index *x, uint64_t number);
void flow_index_marked(struct flow_index *x, uint64_t number);
/* The same of many flows: n of them, ascending, have been deleted; many are back, which takes a pass over all. */
void flow_index_cleared(struct flow_index *x, const uint64_t *number, size_t n);
void flow_index_restored(struct flow_index *x);
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
