/* SPDX-License-Identifier: MIT
 * The tab Messages: the list of a flow's messages, one of them selected, and below it that one in full. A screen without room for both has the
 * list. */
#ifndef UI_MESSAGE_PANE_H
#define UI_MESSAGE_PANE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/cell.h"
#include "ui/list.h"
#include "ui/message_filter.h"
#include "ui/message_index.h"
#include "ui/page.h"

struct app;
struct flow;

struct message_pane {
	struct message_index index;
	struct list list;
	bool whole;		     /* the selected message has all of the page: what moves is its text */
	const char *view;	     /* how it is shown: a name of text_view.h; NULL: by what it is */
	struct text_lines text, head; /* lines of the list as drawn last, and the heading of the message */
	struct page page;	     /* the message ... */
	uint64_t made;		     /* ... of this id; 0: none */
	bool stale;		     /* it is to be made again; what of it is on the screen stays */
	int made_width;
	struct message_rows rows;    /* as drawn last */
	int rows_y;		     /* where the first of them stood in the page */
	struct message_filter filter;
	char find[PAGER_FIND_TEXT_MAX]; /* in the list; "": nothing */
};

/* What the pane is told each time about the flow it shows. */
struct message_flow {
	struct app *app;
	const struct flow *f; /* NULL, for message_pane_draw alone: what was drawn last stays */
	struct flow_page_env *env;
};

void message_pane_init(struct message_pane *p);
void message_pane_fini(struct message_pane *p);
/* Another flow is shown: from its first message on, or following the newest. */
void message_pane_open(struct message_pane *p, bool follow);
/* Takes in what messages the flow has now. */
void message_pane_read(struct message_pane *p, const struct message_flow *m);
/* There are messages to show; else the page is text that says why not. */
static inline bool
message_pane_active(const struct message_pane *p)
{
	return p->index.n > 0 || p->index.hidden > 0;
}
void message_pane_draw(struct message_pane *p, const struct message_flow *m, const struct area *a);
/* "message 3/12", and behind it whether it is followed, or what of a whole one is shown. */
void message_pane_put_place(const struct message_pane *p, struct buf *out);
void message_pane_put_status(const struct message_pane *p, struct buf *out);
void message_pane_move(struct message_pane *p, enum move move);
/* A click at that line of the page. */
void message_pane_click(struct message_pane *p, int y);
/* The filter, after what message_pane_put_status says; hint: with an example. */
void message_pane_put_filter(const struct message_pane *p, const struct app *app, bool hint, struct buf *out);
/* Follows the newest message, or no longer; says so in a toast. */
void message_pane_follow(struct message_pane *p, struct app *app);
/* The selected message in all of the page, or below the list again. */
void message_pane_enter(struct message_pane *p);
/* False: the list has its place already. */
bool message_pane_leave(struct message_pane *p);
void message_pane_view_as(struct message_pane *p, struct app *app);
/* As view_ops.find: for messages whose data has the text, or in the text of the one that has the page. */
void message_pane_find(struct message_pane *p, const struct message_flow *m, const char *text, bool backwards);
/* Appends the payload of the selected message; returns 0, ERR_NOTFOUND or ERR_LIMIT with why. */
int message_pane_bytes(const struct message_pane *p, const struct message_flow *m, struct buf *out, struct errmsg *why);

#endif
