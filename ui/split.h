/* SPDX-License-Identifier: MIT
 * The root of the console: the flow list alone, or with the detail of its selected flow in a pane below or beside it.
 * What is on the screen follows from what was chosen and from the screen's size: a screen that is too small for two
 * panes shows the list, and both again when it has grown. */
#ifndef UI_SPLIT_H
#define UI_SPLIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "ui/cell.h"

struct app;
struct view;

enum split_layout { SPLIT_LIST = 0, SPLIT_BELOW, SPLIT_RIGHT, SPLIT_DETAIL, SPLIT_LAYOUTS };

struct split {
	enum split_layout chosen;
	bool detail_focused, zoomed;
	int percent[SPLIT_LAYOUTS]; /* of the list, with two panes */
	struct view *detail;        /* owned; NULL while the list alone was chosen */
	bool late;                  /* the detail is not that of the selected flow yet: draw again soon */
	struct area list_area, detail_area; /* as last drawn, with two panes; h 0: there are not two */
	bool refused;               /* the screen was too small when it was last drawn */
};

void split_init(struct split *s);
void split_fini(struct split *s);

/* What is on the screen. */
enum split_layout split_layout(const struct app *app);
/* The view that keys go to. */
struct view *split_focus(const struct app *app);
/* The detail below leaves the header one line on a screen of so many rows. */
bool split_takes_header(const struct app *app, int rows);
void split_draw(struct app *app, const struct area *a);
/* Appends the status of both panes. False: there are not two. */
bool split_status(struct app *app, struct buf *out);
/* The view that is drawn there; that of the keys where none is. */
struct view *split_under(struct app *app, int y, int x);
/* A click: the pane there gets the keys. */
void split_point(struct app *app, int y, int x);
/* The keys of the panes for the key bar; NULL: there is one pane. */
const char *split_hint(const struct app *app);

/* Enter in the list: goes to the detail. False: it has no place in the layout. */
bool split_open(struct app *app);
/* The list alone. False: it was alone. */
bool split_close(struct app *app);
/* Where the detail has the whole screen the list comes back. */
void split_show_list(struct app *app);

/* ---- commands ---- */

void cmd_layout(struct app *app, const char *arg); /* "list", "below", "right", "detail"; "": the next one */
void cmd_pane(struct app *app, const char *arg);   /* the other pane, or the next tab */
void cmd_resize(struct app *app, const char *arg); /* "less" or "more" for the list */
void cmd_zoom(struct app *app, const char *arg);

#endif
