/* SPDX-License-Identifier: MIT
 * What the files of the flow list share: view_flows.c draws and moves, view_flows_cmd.c changes what is listed. */
#ifndef UI_VIEW_FLOWS_INTERNAL_H
#define UI_VIEW_FLOWS_INTERNAL_H

#include "ui/app.h"
#include "ui/view.h"

enum { UNDO_MAX = 64 };

/* What `u` takes back. */
struct flows_undo {
	uint64_t deleted;            /* a flow; 0: a filter */
	char *words;                 /* the filter before; owned */
};

struct view_flows {
	struct view base;
	struct list list;
	int width;                   /* of its columns, as last drawn; 0: not yet */
	struct flows_undo undo[UNDO_MAX]; /* the last nundo ones, oldest first */
	unsigned nundo;
	int find_step;               /* where to jump when the search is complete: 1, -1; 0: nowhere */
	bool trying;                 /* matches of a filter that is being typed are counted */
	bool opened;                 /* a flow was opened: it is the selected one when the list comes back */
	/* While the screen is paused: the rows that may still change, as they were when they were first shown. */
	struct flow **still;
	size_t nstill, still_cap;
	bool paused;
	uint64_t paused_ns;          /* monotonic */
};

void flows_cmd_turn(struct view *base, struct app *app);
void flows_cmd_find(struct view *base, struct app *app, const char *text, bool backwards);
void flows_cmd_fini(struct view_flows *v);

#endif
