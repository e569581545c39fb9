/* SPDX-License-Identifier: MIT
 * What the files of the flow list share: view_flows.c draws and moves, view_flows_cmd.c searches, sorts, marks, deletes, view_flows_filter.c
 * asks for expressions, view_flows_behind.c is about the flow that is open over it. */
#ifndef UI_VIEW_FLOWS_INTERNAL_H
#define UI_VIEW_FLOWS_INTERNAL_H

#include "ui/app.h"
#include "ui/flow_tree.h"
#include "ui/flow_values.h"
#include "ui/view.h"

enum { UNDO_MAX = 64 };

/* What `u` takes back: one of these. */
struct flows_undo {
	uint64_t deleted;            /* a flow; 0: none */
	char *words;                 /* the filter before; owned; NULL: none */
	struct flow_set marked;      /* flows that a filter marked */
	struct flow_set cleared;     /* flows that were taken off the list together */
};

enum bulk_what { BULK_NONE = 0, BULK_CLEAR, BULK_RESTORE, BULK_UNMARK };

/* Something that is being done to very many flows. */
struct flows_bulk {
	enum bulk_what what;
	bool by_set;                 /* to those of set; else to the n from first on */
	bool hidden;                 /* to those that are not in set */
	bool as_before;              /* it takes something back */
	struct flow_set set, done;   /* done: it took effect on them */
	uint64_t first;
	size_t at, n;                /* so many of how many have been looked at */
};

struct view_flows {
	struct view base;
	struct list list;
	int width;                   /* of its columns, as last drawn; 0: not yet */
	struct flows_undo undo[UNDO_MAX]; /* the last nundo ones, oldest first */
	unsigned nundo;
	int find_step;               /* where to jump when the search is complete: 1, -1; 0: nowhere */
	bool trying;                 /* matches of a filter that is being typed are counted */
	bool adding;                 /* what is typed is a term to be added to the filter */
	size_t expr_at;              /* where the expression begins in the line that is typed */
	size_t picked;               /* of the flows that T found: so many have been looked at */
	struct flow_set newly;       /* of those, the ones that were not marked before */
	struct flows_bulk bulk;
	struct flow_values *values;  /* what a completion proposes; NULL: nothing is asked */
	bool opened;                 /* a flow was opened: it is the selected one when the list comes back */
	/* While the screen is paused: the rows that may still change, as they were when they were first shown. */
	struct flow **still;
	size_t nstill, still_cap;
	struct flow_tree tree;
	struct { unsigned column; bool reverse; } before; /* the order that the tree took the place of */
	bool paused;
	uint64_t paused_ns;          /* monotonic */
};

void flows_undo_push(struct view_flows *v, struct flows_undo u); /* takes u over */
/* view_flows_filter.c: the prompt's counts and the marking, in slices. */
void flows_filter_turn(struct view_flows *v, struct app *app);
void flows_filter_fini(struct view_flows *v);
/* "; not kept ..." when the session file is only read; else "". */
const char *flows_not_kept(const struct app *app);

/* view_flows_bulk.c. Each does what is little at once. */
void flows_bulk_restore(struct view_flows *v, struct app *app, struct flow_set *cleared); /* takes it over */
void flows_bulk_unmark(struct view_flows *v, struct app *app, const struct flow_set *which, bool as_before);
/* False, with a toast, while something is going on. */
bool flows_bulk_is_free(const struct view_flows *v, struct app *app);
void flows_bulk_turn(struct view_flows *v, struct app *app);
/* What was done stays done; false: nothing was going on. */
bool flows_bulk_cancel(struct view_flows *v, struct app *app);
/* "clearing 45 %, ^C gives up", appended; false: nothing is going on. */
bool flows_bulk_status(const struct view_flows *v, struct buf *out);
void flows_bulk_fini(struct view_flows *v);

void flows_cmd_turn(struct view *base, struct app *app);
void flows_cmd_find(struct view *base, struct app *app, const char *text, bool backwards);
/* The rows as they are shown: with headings in the tree. */
struct list_source flows_source(struct view_flows *v, struct app *app);
/* The heading of that id, on a line of the list. */
void flows_tree_draw(struct view_flows *v, struct app *app, const struct area *a, int y, uint64_t id);
/* The list without headings again: a flow is selected. */
void flows_tree_leave(struct view_flows *v, struct app *app);
/* Once a turn: leaves a tree that has become too long. */
void flows_tree_turn(struct view_flows *v, struct app *app);
/* Folds or unfolds what is selected, if that is a heading. */
bool flows_tree_open(struct view_flows *v);
/* view_flows_behind.c: the flow that is open over the list or beside it, with the keys; 0: none. */
uint64_t flows_open_over(const struct app *app);
void flows_open_next(struct view_flows *v, struct app *app);
void flows_cmd_fini(struct view_flows *v);

#endif
