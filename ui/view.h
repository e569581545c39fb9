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
	SCOPE_EVENTS = 64,
	SCOPE_ALL = SCOPE_FLOWS | SCOPE_FLOW | SCOPE_HELP | SCOPE_EVENTS
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
	void (*versions)(struct view *v, struct app *app);                /* the message as sent on, as it came, what differs */
	uint64_t (*flow)(struct view *v, struct app *app);                /* number of the flow that a command means; 0: none */
	void (*viewer)(struct view *v, struct app *app);                  /* the body in an external program */
	void (*turn)(struct view *v, struct app *app);                    /* once a turn of the loop: work in slices */
	void (*free)(struct view *v);
};

struct view *view_flows_new(void);
struct view *view_flow_new(uint64_t number);
struct view *view_help_new(const struct view_ops *about);
struct view *view_events_new(void);
/* Brings the event log to the top: the one that is open, or a new one. */
void view_events_show(struct app *app);

/* Moves the selection of a flow list by rows; returns the flow now selected. */
uint64_t view_flows_step(struct view *v, struct app *app, int rows);
/* Selects that flow, or one near to it when the list does not show it. */
void view_flows_select(struct view *v, struct app *app, uint64_t number);

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
