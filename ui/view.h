/* SPDX-License-Identifier: MIT
 * A view: one screen of the console, as a table of operations over the list or the pager machine.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/cell.h"
#include "ui/list.h"

struct app;
struct completion;
struct column_layout;
struct flow;

/* Which keys a view has; a set, so that a key can stand for several views. */
enum view_scope {
	SCOPE_FLOWS = 1,
	SCOPE_FLOW = 2,
	SCOPE_HELP = 4,
	SCOPE_EDIT = 8,
	SCOPE_GRID = 16,
	SCOPE_TEXT = 32,     /* every character is text */
	SCOPE_EVENTS = 64,
	SCOPE_COMPARE = 128,
	SCOPE_RULES = 256,
	SCOPE_OUTPUT = 512,  /* what a command said */
	SCOPE_OPTIONS = 1024,
	SCOPE_FREQ = 2048,
	SCOPE_CA = 4096,     /* how a client is made to trust the certificate */
	SCOPE_BACK = SCOPE_FLOW | SCOPE_HELP | SCOPE_CA | SCOPE_EVENTS | SCOPE_RULES | SCOPE_FREQ | SCOPE_OPTIONS | SCOPE_OUTPUT |
	             SCOPE_COMPARE, /* q closes them */
	SCOPE_ALL = SCOPE_FLOWS | SCOPE_BACK | SCOPE_EDIT | SCOPE_GRID
};

struct view {
	const struct view_ops *ops;
};

/* What a view is about, for what is done with a flow. */
struct view_target {
	uint64_t flow;    /* the one that is selected or shown */
	unsigned part;    /* enum flow_part: the part that is shown of it */
	bool decoded;     /* it is shown without its content coding */
	bool message;     /* what is selected is a message of it, which view_ops.bytes gives */
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
	void (*versions)(struct view *v, struct app *app);                /* the message as sent on, as it came, what differs */
	uint64_t (*flow)(struct view *v, struct app *app);                /* number of the flow that a command means; 0: none */
	void (*viewer)(struct view *v, struct app *app);                  /* the body in an external program */
	/* What the keys of this view alone ask for: the argument of the command "do". */
	void (*act)(struct view *v, struct app *app, const char *what);
	/* Sees every key before the key table does; true: it was its own. */
	bool (*key)(struct view *v, struct app *app, int key);
	void (*fold)(struct view *v, struct app *app, const char *how);   /* "toggle", "more", "less" */
	/* What the key bar shows while it acts (BAR_OFFERED): whether it does so on what is shown now. */
	bool (*offers)(struct view *v, struct app *app, const char *command);
	/* The key bar while the view takes most keys as text, "Enter Run  Esc Clear"; NULL: that of its keys. */
	const char *(*hint)(const struct view *v);
	bool (*back)(struct view *v, struct app *app);                    /* leaves a part of itself; false: it is the view that is to be left */
	bool (*target)(struct view *v, struct app *app, struct view_target *out); /* false: nothing is selected */
	/* Lists those of its messages alone that the words ask for, "": all; NULL: asks for words. */
	void (*filter)(struct view *v, struct app *app, const char *words);
	/* Appends the message of view_target.message; returns 0, ERR_NOTFOUND or ERR_LIMIT with why. */
	int (*bytes)(struct view *v, struct app *app, struct buf *out, struct errmsg *why);
	void (*turn)(struct view *v, struct app *app);                    /* once a turn of the loop: work in slices */
	/* A click at that line and column of the view. */
	void (*click)(struct view *v, struct app *app, int y, int x);
	/* The mouse's wheel was turned by so many rows at that column of the screen; without this it moves as keys do. */
	void (*wheel)(struct view *v, struct app *app, int x, int rows);
	/* The line of the breakpoint rule that suits what is shown; false: the user has to say which. */
	bool (*rule)(struct view *v, struct app *app, char *out, size_t size);
	void (*free)(struct view *v);
};

struct view *view_flows_new(void);
struct view *view_flow_new(uint64_t number);
/* Parts of the detail, for who shows it beside the list. */
enum show_when { SHOW_AT_ONCE, SHOW_SOON, SHOW_AT_LEISURE };
/* Asks what to count flows by, and shows the table. */
void view_freq_ask(struct app *app);
struct view *view_help_new(const struct view_ops *about);
/* The same, open at a page: "commands"; false: there is none of that name. */
bool view_help_topic(struct view *v, const char *name);
struct view *view_options_new(void);
/* What the command of the options does: the selected one back to its default. */
void view_options_default(struct view *v, struct app *app);
/* How to make a client trust the certificate: "curl"; NULL when that client is not known. */
struct view *view_ca_new(const char *client);

/* Shows another flow (0: none), unless the text of the last one has cost too much for that just now: false. */
bool view_flow_show(struct view *v, uint64_t number, enum show_when when);
uint64_t view_flow_number(const struct view *v);
/* Tabs and text without the title. */
void view_flow_draw_page(struct view *v, struct app *app, const struct area *a);
/* "lines 1-9/31" */
void view_flow_put_lines(const struct view *v, struct buf *out);

struct view *view_help_new(const struct view_ops *about);
/* Brings the event log to the top: the one that is open, or a new one. */
void view_events_show(struct app *app);
/* The same, on the line of that number (flow_store_event_at), or the nearest one that is kept. */
void view_events_show_at(struct app *app, uint64_t index);

/* The selected flow, 0: none; *follow: it is the newest, whichever that is. */
uint64_t view_flows_selected(const struct view *v, bool *follow);
/* Moves the selection of a flow list by rows; returns the flow now selected. */
uint64_t view_flows_step(struct view *v, struct app *app, int rows);
/* Selects that flow, or one near to it when the list does not show it. */
void view_flows_select(struct view *v, struct app *app, uint64_t number);

/* What the commands of the flow list do; v is the root view. */
void view_flows_ask_filter(struct view *v, struct app *app);
void view_flows_filter(struct view *v, struct app *app, const char *words); /* "" clears; one that is wrong is told in a toast */
/* While a line is typed whose bytes from `at` on are an expression: the prompt's note says how many flows match, and what can stand at
 * the cursor is offered. To be ended when the line is. */
void view_flows_expr_typed(struct app *app, const char *text, size_t at);
void view_flows_expr_complete(struct app *app, const char *text, size_t at, size_t cursor, struct completion *c);
void view_flows_expr_end(struct app *app);
void view_flows_ask_term(struct view *v, struct app *app); /* to be added to the filter */
void view_flows_ask_find(struct app *app); /* words, or an expression */
void view_flows_ask_mark(struct view *v, struct app *app);
void view_flows_show_filter(struct view *v, struct app *app);
void view_flows_sort_menu(struct view *v, struct app *app);
void view_flows_sort(struct view *v, struct app *app, const char *how); /* "size", "next", "prev", "reverse" */
void view_flows_mark(struct view *v, struct app *app, const char *how); /* "toggle", "none", "only" */
/* From the list to a tree by connection, by host, and back. */
void view_flows_tree(struct app *app);
void view_flows_fold(struct app *app);   /* the group of what is selected */
void view_flows_unfold(struct app *app); /* a heading; a flow is opened */
bool view_flows_goto(struct app *app, uint64_t number); /* selects it; false: it is not among those shown */
void view_flows_detail(struct app *app); /* the selected flow in the detail view, also one that is held */
void view_flows_only_active(struct app *app);
/* Leaves those that the filter shows of which the term is true as well. */
void view_flows_narrow(struct app *app, const char *term);
/* How the columns lie on the screen as it is now. */
void view_flows_layout(const struct app *app, struct column_layout *l);
/* Sorts by the column, or the other way round when that is what it is sorted by. */
void view_flows_sort_by(struct app *app, unsigned column);
/* The flow that is open, else the selected one; an open one gives way to the next, and is shown again when it is brought back. */
void view_flows_delete(struct view *v, struct app *app);
void view_flows_undo(struct view *v, struct app *app);
/* The list is on the screen. */
bool view_flows_is_seen(const struct app *app);
/* A toast of what has changed in the list, for who looks at a flow that covers it; the list itself shows what it says. */
void view_flows_say(struct app *app, const char *toast);
/* Closes what is open over the list. */
void view_flows_come_back(struct app *app);
/* Takes flows that have ended off the list; `u` brings them back. ask: after a question, all of them. */
enum flows_clear { CLEAR_ALL, CLEAR_SHOWN, CLEAR_HIDDEN };
void view_flows_clear(struct view *v, struct app *app, enum flows_clear which);
void view_flows_clear_ask(struct app *app);
/* Gives up what is being searched, filtered or sorted; false: nothing was. */
bool view_flows_cancel(struct view *v, struct app *app);

#endif
