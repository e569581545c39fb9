/* SPDX-License-Identifier: MIT
 * The detail screen, among its own files. */
#ifndef UI_VIEW_FLOW_INTERNAL_H
#define UI_VIEW_FLOW_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/text_lines.h"
#include "ui/cell.h"
#include "ui/flow_page.h"
#include "ui/flow_steps.h"
#include "ui/frontend.h"
#include "ui/message_pane.h"
#include "ui/pager.h"
#include "ui/pager_find.h"
#include "ui/view.h"

struct app;
struct body_messages;
struct flow;

enum { TAB_REQUEST = 0, TAB_RESPONSE, TAB_TLS, TAB_TIMING, TAB_CONN, TAB_MESSAGES, TAB_HEX, FLOW_TABS };

/* What a text was made from. */
struct flow_built {
	uint64_t number;
	unsigned tab, part, shown;
	int width;
	const char *view[2];
	bool beside, foot;
	bool unfold;
	unsigned fold;
	uint32_t version;
	bool ended, whole;
	bool again;   /* it is to be made again: another filter */
	bool reading; /* it says how far bodies were looked through for messages */
	uint64_t at_ns, cost_ns; /* when, and how long it took */
};

/* Size and SHA-256 of what the tab Hex shows. */
struct flow_sum {
	uint64_t number; /* of that flow and part, as they were then; 0: of none */
	unsigned part;
	uint32_t version;
	int escape;
	uint64_t passed; /* bytes of its body */
	uint64_t size;
	char sha256[FRONTEND_SHA256_BYTES]; /* "": not all is there, it is too large, or some of it is masked */
};

struct view_flow {
	struct view base;
	uint64_t number;
	unsigned tab;
	unsigned shown; /* enum flow_shown: stays while flows are stepped through */
	int width, height; /* of the text with what stays below it, as last drawn; 0: not yet */
	int x, y;  /* column and row of the screen where it begins */
	struct text_lines text;
	struct pager pager, body; /* body: what stands beside, as long as pager.beside is set */
	bool turned;       /* that was changed: `line` of the text is to stay on top */
	size_t line;
	struct pager_find find;
	struct flow_steps steps; /* of the tab Timing */
	struct text_lines foot;  /* the same: what stays below the text */
	struct pager foot_pager;
	struct flow_built built;
	struct flow_sum sum;
	struct body_messages *messages; /* of the flow that is shown, once its tab Messages was */
	bool reading; /* there is more to look through for them */
	struct message_pane pane; /* the tab Messages, when there are any */
	uint64_t pane_of; /* number of the flow whose they are; 0: none */
	int page_y; /* line of the view where the text begins, as last drawn */
	bool unfold;   /* long fields stand in full */
	unsigned fold; /* levels of nesting that are shown; 0: all */
};

/* The flow that is shown; NULL as of flow_store_open, or none is. */
const struct flow *view_flow_shown(const struct view_flow *v, struct app *app, bool *gone);
/* Keys that came together act before anything was drawn: makes the text of the tab they mean. False: there is none. */
bool view_flow_ready(struct view_flow *v, struct app *app);
/* What its text depends on; f NULL: the flow is not there. */
struct flow_page_env view_flow_env(const struct view_flow *v, struct app *app, const struct flow *f, int width);

/* To the first line. */
void view_flow_rewind(struct view_flow *v);

/* ---- the tab Timing ---- */

/* There is room for what stays below the text. */
bool view_flow_has_foot(const struct view_flow *v);
/* Draws it; the area becomes that of the text. */
void view_flow_draw_foot(struct view_flow *v, const struct app *app, struct area *page);
/* Shows what the chosen step is about: there is one. */
void view_flow_open_step(struct view_flow *v, struct app *app);

/* ---- the tab Hex ---- */

/* Works out the sum of what it shows, once for what stands there. Nothing in other tabs. */
void view_flow_sum(struct view_flow *v, struct app *app, const struct flow *f);
/* Where the bytes begin on the screen, how many there are, and the sum; false: it shows none. */
bool view_flow_hex_status(const struct view_flow *v, struct app *app, struct buf *out);

/* ---- the tab Messages ---- */

/* The page is a list of messages. */
bool view_flow_has_list(const struct view_flow *v);
/* Looks through bodies for messages, a slice at a time. True: there is more. */
bool view_flow_read_messages(struct view_flow *v, const struct flow *f);
/* What messages there are now. The list stays where it was, but of a flow that goes on the newest is what is looked for. */
void view_flow_build_messages(struct view_flow *v, struct app *app, const struct flow *f, struct flow_page_env *env);
/* f NULL: what was drawn last stays. */
void view_flow_draw_list(struct view_flow *v, struct app *app, const struct flow *f, const struct area *page);
void view_flow_find_message(struct view_flow *v, struct app *app, const struct flow *f, const char *text, bool backwards);
/* The selected message in $PAGER. */
void view_flow_view_message(struct view *base, struct app *app);
/* As in view_ops. */
void view_flow_click(struct view *base, struct app *app, int y, int x);
void view_flow_follow(struct view *base, struct app *app);
bool view_flow_back(struct view *base, struct app *app);
void view_flow_filter(struct view *base, struct app *app, const char *words);
bool view_flow_takes_key(struct view *base, struct app *app, int key);
int view_flow_bytes(struct view *base, struct app *app, struct buf *out, struct errmsg *why);

#endif
