/* SPDX-License-Identifier: MIT
 * A view: one screen of the console, as a table of operations over the list or the pager machine.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include <stdint.h>

#include "base/buf.h"
#include "ui/cell.h"
#include "ui/list.h"

struct app;
struct flow;

/* Which keys a view has; a set, so that a key can stand for several views. */
enum view_scope {
	SCOPE_FLOWS = 1,
	SCOPE_FLOW = 2,
	SCOPE_HELP = 4,
	SCOPE_OUTPUT = 64,  /* what a command said */
	SCOPE_COMPARE = 128,
	SCOPE_ALL = SCOPE_FLOWS | SCOPE_FLOW | SCOPE_HELP | SCOPE_OUTPUT | SCOPE_COMPARE
};

struct view {
	const struct view_ops *ops;
};

/* What a view is about, for what is done with a flow. */
struct view_target {
	uint64_t flow;    /* the one that is selected or shown */
	unsigned part;    /* enum flow_part: the part that is shown of it */
	bool decoded;     /* it is shown without its content coding */
	bool list;        /* it stands in a list, where marks stand for several */
};

/* Operations left NULL do nothing. */
struct view_ops {
	const char *name; /* "flow list" */
	enum view_scope scope;
	bool header;      /* the meters stand above it */
	void (*draw)(struct view *v, struct app *app, const struct area *a);
	void (*status)(struct view *v, struct app *app, struct buf *out);
	void (*move)(struct view *v, struct app *app, enum move m);
	void (*open)(struct view *v, struct app *app);                    /* the selected thing */
	void (*follow)(struct view *v, struct app *app);                  /* on or off */
	void (*tab)(struct view *v, struct app *app, const char *which);  /* "next", "prev", "2" */
	void (*step)(struct view *v, struct app *app, int rows);          /* to another flow */
	/* Searches for the text (NULL: the one before) forwards or backwards from where the view is; says what came of it in a toast. */
	void (*find)(struct view *v, struct app *app, const char *text, bool backwards);
	void (*view_as)(struct view *v, struct app *app);                 /* next way to show a body */
	void (*viewer)(struct view *v, struct app *app);                  /* the body in an external program */
	void (*fold)(struct view *v, struct app *app, const char *how);   /* "toggle", "more", "less" */
	bool (*target)(struct view *v, struct app *app, struct view_target *out); /* false: nothing is selected */
	void (*turn)(struct view *v, struct app *app);                    /* once a turn of the loop: work in slices */
	void (*free)(struct view *v);
};

struct view *view_flows_new(void);
struct view *view_flow_new(uint64_t number);
struct view *view_help_new(const struct view_ops *about);

/* Moves the selection of a flow list by rows; returns the flow now selected. */
uint64_t view_flows_step(struct view *v, struct app *app, int rows);

/* What the commands of the flow list do; v is the root view. */
void view_flows_ask_filter(struct view *v, struct app *app);
void view_flows_filter(struct view *v, struct app *app, const char *words); /* "" clears */
void view_flows_sort_menu(struct view *v, struct app *app);
void view_flows_sort(struct view *v, struct app *app, const char *how); /* "size", "next", "prev", "reverse" */
void view_flows_mark(struct view *v, struct app *app, const char *how); /* "toggle", "none", "only" */
void view_flows_delete(struct view *v, struct app *app);
void view_flows_undo(struct view *v, struct app *app);
/* Gives up what is being searched, filtered or sorted; false: nothing was. */
bool view_flows_cancel(struct view *v, struct app *app);

#endif
