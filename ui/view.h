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
struct column_layout;
struct flow;

/* Which keys a view has; a set, so that a key can stand for several views. */
enum view_scope {
	SCOPE_FLOWS = 1,
	SCOPE_FLOW = 2,
	SCOPE_HELP = 4,
	SCOPE_FREQ = 8,
	SCOPE_ALL = SCOPE_FLOWS | SCOPE_FLOW | SCOPE_HELP | SCOPE_FREQ
};

struct view {
	const struct view_ops *ops;
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
	void (*turn)(struct view *v, struct app *app);                    /* once a turn of the loop: work in slices */
	/* A click at that line and column of the view, and rows that the mouse's wheel was turned by; without wheel it moves as keys do. */
	void (*click)(struct view *v, struct app *app, int y, int x);
	void (*wheel)(struct view *v, struct app *app, int rows);
	void (*free)(struct view *v);
};

struct view *view_flows_new(void);
struct view *view_flow_new(uint64_t number);
/* Asks what to count flows by, and shows the table. */
void view_freq_ask(struct app *app);
struct view *view_help_new(const struct view_ops *about);

/* Moves the selection of a flow list by rows; returns the flow now selected. */
uint64_t view_flows_step(struct view *v, struct app *app, int rows);

/* What the commands of the flow list do; v is the root view. */
void view_flows_ask_filter(struct view *v, struct app *app);
void view_flows_filter(struct view *v, struct app *app, const char *words); /* "" clears */
void view_flows_sort_menu(struct view *v, struct app *app);
void view_flows_sort(struct view *v, struct app *app, const char *how); /* "size", "next", "prev", "reverse" */
void view_flows_mark(struct view *v, struct app *app, const char *how); /* "toggle", "none", "only" */
/* From the list to a tree by connection, by host, and back. */
void view_flows_tree(struct app *app);
void view_flows_fold(struct app *app);   /* the group of what is selected */
void view_flows_unfold(struct app *app); /* a heading; a flow is opened */
void view_flows_only_active(struct app *app);
/* Leaves those that the filter shows of which the term is true as well. */
void view_flows_narrow(struct app *app, const char *term);
/* How the columns lie on the screen as it is now. */
void view_flows_layout(const struct app *app, struct column_layout *l);
/* Sorts by the column, or the other way round when that is what it is sorted by. */
void view_flows_sort_by(struct app *app, unsigned column);
void view_flows_delete(struct view *v, struct app *app);
void view_flows_undo(struct view *v, struct app *app);
/* Gives up what is being searched, filtered or sorted; false: nothing was. */
bool view_flows_cancel(struct view *v, struct app *app);

#endif
