/* SPDX-License-Identifier: MIT
 * What the files of the flow list share: view_flows.c draws and moves, view_flows_cmd.c searches, sorts, marks, deletes, view_flows_filter.c
 * asks for expressions. */
#ifndef UI_VIEW_FLOWS_INTERNAL_H
#define UI_VIEW_FLOWS_INTERNAL_H

#include "ui/app.h"
#include "ui/flow_values.h"
#include "ui/view.h"

enum { UNDO_MAX = 64 };

/* What `u` takes back: one of these. */
struct flows_undo {
	uint64_t deleted;            /* a flow; 0: none */
	char *words;                 /* the filter before; owned; NULL: none */
	struct flow_set marked;      /* flows that a filter marked */
};

struct view_flows {
	struct view base;
	struct list list;
	struct flows_undo undo[UNDO_MAX]; /* the last nundo ones, oldest first */
	unsigned nundo;
	int find_step;               /* where to jump when the search is complete: 1, -1; 0: nowhere */
	bool trying;                 /* matches of a filter that is being typed are counted */
	bool adding;                 /* what is typed is a term to be added to the filter */
	size_t picked;               /* of the flows that T found: so many have been looked at */
	struct flow_set newly;       /* of those, the ones that were not marked before */
	struct flow_values *values;  /* what a completion proposes; NULL: nothing is asked */
	bool opened;                 /* a flow was opened: it is the selected one when the list comes back */
	/* While the screen is paused: the rows that may still change, as they were when they were first shown. */
	struct flow **still;
	size_t nstill, still_cap;
	bool paused;
	uint64_t paused_ns;          /* monotonic */
};

void flows_undo_push(struct view_flows *v, struct flows_undo u); /* takes u over */
void flows_undo_drop(struct flows_undo *u);
/* view_flows_filter.c: the prompt's counts and the marking, in slices. */
void flows_filter_turn(struct view_flows *v, struct app *app);
void flows_filter_fini(struct view_flows *v);
/* "; not kept ..." when the session file is only read; else "". */
const char *flows_not_kept(const struct app *app);

void flows_cmd_turn(struct view *base, struct app *app);
void flows_cmd_find(struct view *base, struct app *app, const char *text, bool backwards);
void flows_cmd_fini(struct view_flows *v);

#endif
