/* SPDX-License-Identifier: MIT
 * The detail screen: one flow, a tab at a time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "text/text_body.h"
#include "text/text_view.h"
#include "ui/app.h"
#include "ui/flow_find.h"
#include "ui/flow_page.h"
#include "ui/flow_steps.h"
#include "ui/flow_text.h"
#include "ui/flow_title.h"
#include "ui/flow_viewer.h"
#include "ui/frontend.h"
#include "ui/pager_find.h"
#include "ui/rules.h"
#include "ui/tabs.h"
#include "ui/term.h"
#include "ui/view.h"
#include "ui/view_flow_internal.h"

enum {
	FLOW_TEXT_MAX = 16 << 20,
	FLOW_BUILD_SHARE = 20, /* making the text again takes one part in so many of the time */
	FLOW_CONN_LOOK = 256,  /* flows before this one that may be of its connection */
	FLOW_SETUP_NS = 1000000000,
	FLOW_STATUS_WIDE_FROM = 100,
	FLOW_STATUS_SEARCH_FROM = 120,
	FLOW_STATUS_SEARCH_MAX = 32, /* bytes of what was searched */
	FLOW_STATUS_HINT_FROM = 60,
	FLOW_STATUS_WORDS_FROM = 32,
	FLOW_FOLD_MAX = 64,  /* more levels than a body has */
	FLOW_ROWS_ROUND = 5, /* title, tabs, status, keys */
	FLOW_SOON_NS = 100000000,
	FLOW_BESIDE_FROM = 120 /* columns of a pane for head and body beside each other */
};

static const struct tab flow_tabs[] = {
    {.digit = '1', .title = "Request"},
    {.digit = '2', .title = "Response"},
    {.digit = '3', .title = "TLS"},
    {.digit = '4', .title = "Timing"},
    {.digit = '5', .title = "Connection", .shorter = "Conn"},
    {.digit = '6', .title = "Messages", .shorter = "Msgs"},
    {.digit = '7', .title = "Hex"},
};

static const struct flow_tab {
	bool live; /* facts may come after the flow's end */
	enum flow_title_kind title;
	void (*build)(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
} flow_pages[FLOW_TABS] = {
    [TAB_REQUEST] = {.build = flow_page_request},
    [TAB_RESPONSE] = {.build = flow_page_response},
    [TAB_TLS] = {.live = true, .build = flow_page_tls},
    [TAB_TIMING] = {.live = true, .title = FLOW_TITLE_CONNECTIONS, .build = flow_page_timing},
    [TAB_CONN] = {.live = true, .build = flow_page_conn},
    [TAB_MESSAGES] = {.title = FLOW_TITLE_MESSAGES, .build = flow_page_messages},
    [TAB_HEX] = {.build = flow_page_hex},
};

void
view_flow_rewind(struct view_flow *v)
{
	pager_move(&v->pager, MOVE_TOP);
	v->find.at = 0;
	v->steps.show = true;
}

/* Another flow is shown from its beginning. */
static void
flow_restart(struct view_flow *v)
{
	view_flow_rewind(v);
	v->steps.at = 0;
}

/* ---- tabs ---- */

static void
flow_tab(struct view *base, struct app *app, const char *which)
{
	struct view_flow *v = (struct view_flow *)base;
	unsigned tab = v->tab;

	(void)app;
	if (strcmp(which, "next") == 0)
		tab = (tab + 1) % FLOW_TABS;
	else if (strcmp(which, "prev") == 0)
		tab = (tab + FLOW_TABS - 1) % FLOW_TABS;
	for (unsigned i = 0; i < FLOW_TABS; i++)
		if (which[0] == flow_tabs[i].digit)
			tab = i;
	if (tab == v->tab)
		return;
	v->tab = tab;
	view_flow_rewind(v);
}

/* ---- text ---- */

/* The set-up of a connection is part of its first flow: the one before which no other had it. */
static bool
flow_is_first(struct app *app, const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);
	uint64_t setup = c && c->tls[FLOW_CLIENT] ? c->tls[FLOW_CLIENT]->at_us : 0;

	if (!c || c->nflows < 2)
		return true;
	setup = setup > c->server_us ? setup : c->server_us;
	if (f->mono_ns > c->mono_ns + setup * 1000 + FLOW_SETUP_NS)
		return false;
	for (uint64_t n = f->number - 1; n && n + FLOW_CONN_LOOK > f->number; n--) {
		const struct flow *other = flow_store_find(app->s->store, n);
		if (other && flow_conn(other) == c)
			return false;
	}
	return true;
}

static bool
flow_client_failed(const struct flow *f)
{
	const struct flow_tls *t = flow_conn(f) ? flow_conn(f)->tls[FLOW_CLIENT] : NULL;

	return t && t->failed;
}

static bool
flow_is_all_there(const struct flow *f)
{
	return flow_is_whole(f) && !flow_body_shed(f, FLOW_REQUEST) && !flow_body_shed(f, FLOW_RESPONSE);
}

/* Flows stand still when they have ended. The text of one that goes on is made again, but not so
 * often that a large one takes more than its share of the time. */
static bool
flow_text_serves(const struct view_flow *v, const struct app *app, const struct flow *f, int width)
{
	const struct flow_built *b = &v->built;

	if (v->text.escape != app->escape || b->number != f->number || b->tab != v->tab || b->part != app->hex_part || b->shown != v->shown ||
	    b->unfold != v->unfold || b->fold != v->fold || b->view[FLOW_REQUEST] != app->body_view[FLOW_REQUEST] ||
	    b->view[FLOW_RESPONSE] != app->body_view[FLOW_RESPONSE] || b->reading || b->again)
		return false;
	/* What memory has given up since stays as long as it is looked at; messages are looked at where they are. */
	if (v->tab == TAB_MESSAGES && b->whole != flow_is_all_there(f))
		return false;
	if (v->tab != TAB_MESSAGES && b->whole && b->ended && !flow_is_all_there(f))
		return true;
	if (b->width != width || b->beside != (v->pager.beside != NULL) || b->foot != view_flow_has_foot(v))
		return false;
	if (f->ended && b->ended && b->version == f->version && !flow_pages[v->tab].live)
		return true;
	return b->ended == f->ended && clock_mono_ns() < b->at_ns + b->cost_ns * FLOW_BUILD_SHARE;
}

static void
flow_collect(struct view_flow *v, const struct app *app, const struct flow *f)
{
	struct flow_part_bytes p;

	if (v->tab != TAB_HEX || !f) {
		pager_find_collect(&v->find, &v->text);
		return;
	}
	flow_page_part(f, (enum flow_part)app->hex_part, TEXT_BODY_MAX, v->text.escape, &p);
	/* What is hidden is not found: marks on it would tell what it is. */
	flow_page_part_mask(&p, v->text.escape);
	flow_find_hex(&v->find, &v->text, p.bytes);
	free((char *)p.bytes.p);
}

struct flow_page_env
view_flow_env(const struct view_flow *v, struct app *app, const struct flow *f, int width)
{
	bool beside = v->pager.beside;

	return (struct flow_page_env){
	    .width = width,
	    .escape = app->escape,
	    .head_width = beside ? pager_left_columns(width) : 0,
	    .body_width = beside ? pager_right_columns(width) : 0,
	    .now_ns = app->env.now_ns,
	    .body_max = (uint64_t)option_int(app->s->options, OPT_BODY_MAX),
	    .ca_path = app->s->ca_path,
	    .glyphs = term_glyphs(app->term),
	    .view = {app->body_view[FLOW_REQUEST], app->body_view[FLOW_RESPONSE]},
	    .part = (enum flow_part)app->hex_part,
	    .shown = (enum flow_shown)v->shown,
	    .unfold = v->unfold,
	    .fold = v->fold,
	    .first = f && flow_is_first(app, f),
	    .messages = v->messages,
	    .reading = v->reading,
	};
}

static void
flow_build(struct view_flow *v, struct app *app, const struct flow *f, int width)
{
	uint64_t begin = clock_mono_ns();

	if (flow_text_serves(v, app, f, width))
		return;
	v->reading = view_flow_read_messages(v, f);
	app->busy |= v->reading; /* the loop goes on at once */
	struct flow_page_env env = view_flow_env(v, app, f, width);
	struct message_rows rows = {.index = &v->pane.index};
	if (v->tab == TAB_TLS && flow_client_failed(f))
		handshakes_count(app->s->store, f, &env.handshakes);
	if (v->tab == TAB_MESSAGES)
		view_flow_build_messages(v, app, f, &env);
	env.rows = &rows;
	env.steps = &v->steps;
	env.foot = view_flow_has_foot(v) ? &v->foot : NULL;
	view_flow_sum(v, app, f);
	env.sha256 = v->sum.sha256;
	text_lines_clear(&v->text);
	v->text.escape = app->escape;
	text_lines_clear(&v->foot);
	v->foot.escape = app->escape;
	flow_steps_clear(&v->steps);
	flow_pages[v->tab].build(&v->text, f, &env);
	pager_invalidate(&v->pager);
	pager_invalidate(&v->foot_pager);
	if (v->text.cut)
		app_toast(app, "the text is too long to be shown whole");
	if (v->find.text[0])
		flow_collect(v, app, f);
	v->built = (struct flow_built){.number = f->number,
	    .tab = v->tab,
	    .part = app->hex_part,
	    .shown = v->shown,
	    .width = width,
	    .beside = v->pager.beside,
	    .foot = env.foot != NULL,
	    .unfold = v->unfold,
	    .fold = v->fold,
	    .view = {app->body_view[FLOW_REQUEST], app->body_view[FLOW_RESPONSE]},
	    .version = f->version,
	    .ended = f->ended,
	    .whole = flow_is_all_there(f),
	    .reading = v->reading,
	    .at_ns = begin,
	    .cost_ns = clock_mono_ns() - begin};
}

/* The flow that is shown; NULL as of flow_store_open, or none is. */
const struct flow *
view_flow_shown(const struct view_flow *v, struct app *app, bool *gone)
{
	*gone = true;
	return v->number ? flow_store_open(app->s->store, v->number, gone) : NULL;
}

/* The same for drawing and keys. Messages are looked at where they are: of a flow that is gone there is no list. */
static const struct flow *
flow_look(struct view_flow *v, struct app *app, bool *gone)
{
	const struct flow *f = view_flow_shown(v, app, gone);

	if (!f && *gone) {
		v->pane_of = 0;
		v->built.again = true;
	}
	return f;
}

/* The text that was made last is of this flow's tab: it stays when the flow does not. */
static bool
flow_has_text(const struct view_flow *v, const struct app *app)
{
	return v->text.escape == app->escape && v->number && v->built.number == v->number && v->built.tab == v->tab && v->tab != TAB_MESSAGES;
}

/* Keys that came together act before anything was drawn: the text has to be that of the tab they mean. */
bool
view_flow_ready(struct view_flow *v, struct app *app)
{
	bool gone;
	const struct flow *f = flow_look(v, app, &gone);
	int rows, cols;

	if (!f)
		return gone && flow_has_text(v, app);
	term_size(app->term, &rows, &cols);
	cols = v->width ? v->width : cols;
	v->height = v->height ? v->height : rows - FLOW_ROWS_ROUND;
	flow_build(v, app, f, cols);
	pager_layout(&v->pager, &v->text, cols, v->pager.height ? v->pager.height : rows - FLOW_ROWS_ROUND);
	return true;
}

static void
flow_draw_absent(const struct view_flow *v, const struct app *app, const struct area *a, bool gone)
{
	char words[sizeof(struct errmsg)];
	struct errmsg why;

	if (!v->number)
		snprintf(words, sizeof words, "No flow is selected");
	else if (gone && flow_store_open_error(app->s->store, &why))
		escape_text(words, sizeof words, span_str(why.text), app->escape);
	else
		snprintf(words, sizeof words,
		    gone ? "Flow %llu is no longer kept: memory limit, see --memory"
			 : "reading flow %llu from the session file ...",
		    (unsigned long long)v->number);
	cell_words(a, 0, 0, a->w, words, ROLE_NOTE);
}

/* What a text has said is still being done. */
static void
flow_turn(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;
	bool gone;
	const struct flow *f = v->reading ? view_flow_shown(v, app, &gone) : NULL;

	if (!f)
		return;
	v->reading = view_flow_read_messages(v, f);
	app->busy |= v->reading;
	app->dirty = true;
}

/* Tabs and text from line y on; f NULL: what was made of it before stays. */
static void
flow_draw_text(struct view_flow *v, struct app *app, const struct flow *f, const struct area *a, int y)
{
	tabs_spots(&app->spots, a, y, flow_tabs, FLOW_TABS, v->tab);
	tabs_draw(a, y++, flow_tabs, FLOW_TABS, v->tab);
	struct area page = {.y = a->y + y, .x = a->x, .h = a->h - y, .w = a->w};
	v->width = page.w;
	v->height = page.h;
	v->x = page.x;
	v->y = page.y;
	v->page_y = y;
	if (f)
		flow_build(v, app, f, page.w);
	app->cursor_y = page.y;
	if (view_flow_has_list(v)) {
		view_flow_draw_list(v, app, f, &page);
		return;
	}
	/* The text of a flow that is gone, or has lost a body, is not made again for another size. */
	if (v->built.foot)
		view_flow_draw_foot(v, app, &page);
	pager_layout(&v->pager, &v->text, page.w, page.h);
	if (v->turned)
		pager_show_line(&v->pager, v->line);
	v->turned = false;
	pager_find_show(&v->find, &v->pager);
	flow_steps_show(&v->steps, &v->pager);
	pager_draw(&v->pager, &page, term_glyphs(app->term));
	int step = app_top(app) == &v->base ? flow_steps_paint(&v->steps, &v->pager, &page, term_glyphs(app->term)) : -1;
	app->cursor_y += step > 0 ? step : 0;
}

/* Head and body beside or below each other. */
static void
flow_arrange(struct view_flow *v, bool beside)
{
	if (beside == (v->pager.beside != NULL))
		return;
	v->turned = true;
	v->line = pager_line(&v->pager);
	v->pager.beside = beside ? &v->body : NULL;
}

static void
flow_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_flow *v = (struct view_flow *)base;
	bool gone;
	const struct flow *f = flow_look(v, app, &gone);

	app->cursor_y = a->y;
	flow_arrange(v, false);
	int y = 1;
	if (f) {
		y = flow_title_draw(app, f, a, flow_pages[v->tab].title);
	} else {
		app->awaited |= !gone;
		flow_draw_absent(v, app, a, gone);
		if (!gone || !flow_has_text(v, app))
			return;
	}
	flow_draw_text(v, app, f, a, y);
}

/* ---- as a pane ---- */

bool
view_flow_show(struct view *base, uint64_t number, enum show_when when)
{
	struct view_flow *v = (struct view_flow *)base;
	const struct flow_built *b = &v->built;
	uint64_t wait = b->cost_ns * FLOW_BUILD_SHARE;

	if (v->number == number)
		return true;
	if (when == SHOW_SOON && wait > FLOW_SOON_NS)
		wait = FLOW_SOON_NS;
	if (when != SHOW_AT_ONCE && number && clock_mono_ns() < b->at_ns + wait)
		return false;
	v->number = number;
	flow_restart(v);
	if (!number) {
		text_lines_clear(&v->text);
		text_lines_clear(&v->foot);
		flow_steps_clear(&v->steps);
		pager_invalidate(&v->pager);
		pager_layout(&v->pager, &v->text, 1, 1);
		v->built = (struct flow_built){.number = 0};
	}
	return true;
}

uint64_t
view_flow_number(const struct view *base)
{
	return ((const struct view_flow *)base)->number;
}

void
view_flow_draw_page(struct view *base, struct app *app, const struct area *a)
{
	struct view_flow *v = (struct view_flow *)base;
	bool gone;
	const struct flow *f = flow_look(v, app, &gone);

	app->cursor_y = a->y;
	flow_arrange(v, a->w >= FLOW_BESIDE_FROM && option_bool(app->s->options, OPT_BODY_BESIDE));
	if (f || (gone && flow_has_text(v, app))) {
		flow_draw_text(v, app, f, a, 0);
		return;
	}
	app->awaited |= !gone;
	flow_draw_absent(v, app, a, gone);
}

void
view_flow_put_lines(const struct view *base, struct buf *out)
{
	const struct view_flow *v = (const struct view_flow *)base;
	const struct pager *p = pager_longest(&v->pager);
	size_t end = p->top + (size_t)p->height;

	if (view_flow_has_list(v)) {
		message_pane_put_status(&v->pane, out);
		return;
	}
	end = end < p->nrows ? end : p->nrows;
	buf_addf(out, "lines %zu-%zu/%zu", p->nrows ? p->top + 1 : 0, end, p->nrows);
}

/* ---- status ---- */

static void
flow_put_search(const struct view_flow *v, const struct app *app, int cols, struct buf *out)
{
	char word[FLOW_STATUS_SEARCH_MAX];

	if (cols < FLOW_STATUS_SEARCH_FROM)
		return;
	escape_text(word, sizeof word, span_str(v->find.text[0] ? v->find.text : "none"), app->escape);
	buf_addf(out, " | search: %s", word);
}

static void
flow_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_flow *v = (const struct view_flow *)base;
	const struct pager *p = &v->pager;
	struct list_source src = flow_index_source(&app->index);
	size_t n = src.count(src.arg), row = src.row(src.arg, v->number),
	       end = p->top + (size_t)p->height;
	int rows, cols;

	end = end < p->nrows ? end : p->nrows;
	term_size(app->term, &rows, &cols);
	row = row < n ? row + 1 : n;
	if (cols < FLOW_STATUS_WORDS_FROM && view_flow_has_list(v)) {
		message_pane_put_place(&v->pane, out);
		return;
	}
	if (cols < FLOW_STATUS_WORDS_FROM) {
		buf_addf(
		    out, "%zu/%zu  %zu-%zu/%zu", row, n, p->nrows ? p->top + 1 : 0, end, p->nrows);
		return;
	}
	if (cols >= FLOW_STATUS_HINT_FROM && view_flow_hex_status(v, app, out)) {
		flow_put_search(v, app, cols, out);
		if (cols >= FLOW_STATUS_WIDE_FROM)
			buf_addf(out, " | flow %zu/%zu", row, n);
		return;
	}
	buf_addf(out, "flow %zu/%zu", row, n);
	if (app->index.chosen)
		buf_add_str(out, " shown");
	if (app->index.chosen && cols >= FLOW_STATUS_WIDE_FROM)
		buf_addf(out, " (%llu total)", (unsigned long long)flow_index_total(&app->index));
	if (view_flow_has_list(v)) {
		buf_add_str(out, " | ");
		message_pane_put_status(&v->pane, out);
		message_pane_put_filter(&v->pane, app, cols >= FLOW_STATUS_WIDE_FROM, out);
		return;
	}
	bool all = p->nrows && end - p->top == p->nrows, steps = v->steps.n && cols >= FLOW_STATUS_HINT_FROM;
	if (!all || !steps)
		buf_addf(out, " | lines %zu-%zu/%zu%s", p->nrows ? p->top + 1 : 0, end, p->nrows, all ? " ALL" : "");
	if (steps)
		buf_addf(out, " | Enter on a step %s", cols >= FLOW_STATUS_WIDE_FROM ? "opens the matching TLS or Hex offset" : "shows its bytes");
	if (!steps)
		flow_put_search(v, app, cols, out);
	if (cols >= FLOW_STATUS_WIDE_FROM && steps)
		buf_add_str(out, " | J/K next/prev flow keeps this tab");
	else if (cols >= FLOW_STATUS_WIDE_FROM)
		buf_addf(out, " | J/K next/prev flow, tab stays on %s", flow_tabs[v->tab].title);
	else if (cols >= FLOW_STATUS_HINT_FROM && !app->stats.held)
		buf_add_str(out, steps ? " | J/K keeps this tab" : " | J/K next/prev flow keeps this tab");
}

/* ---- keys ---- */

static void
flow_move(struct view *base, struct app *app, enum move m)
{
	struct view_flow *v = (struct view_flow *)base;

	if (!view_flow_ready(v, app))
		return;
	if (view_flow_has_list(v))
		message_pane_move(&v->pane, m);
	else if (v->steps.n)
		flow_steps_move(&v->steps, &v->pager, m);
	else
		pager_move(&v->pager, m);
}

static void
flow_wheel(struct view *base, struct app *app, int x, int rows)
{
	struct view_flow *v = (struct view_flow *)base;
	struct pager *p;

	if (!view_flow_ready(v, app))
		return;
	if (view_flow_has_list(v)) {
		for (int i = 0; i < rows || i < -rows; i++)
			message_pane_move(&v->pane, rows < 0 ? MOVE_UP : MOVE_DOWN);
		return;
	}
	p = pager_at(&v->pager, x - v->x);
	pager_scroll(p, rows);
}

/* The list below is the order that is stepped through, and stays on what was looked at last. */
static void
flow_step(struct view *base, struct app *app, int rows)
{
	struct view_flow *v = (struct view_flow *)base;

	uint64_t before = v->number;

	v->number = view_flows_step(app->view[0], app, rows);
	if (v->number == before)
		app_refuse(app, rows < 0 ? "this is the first flow" : "this is the last flow");
	flow_restart(v);
}

static void
flow_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_flow *v = (struct view_flow *)base;
	char toast[sizeof app->toast];
	bool gone;

	if (!view_flow_ready(v, app))
		return;
	const struct flow *f = view_flow_shown(v, app, &gone);
	if (view_flow_has_list(v)) {
		view_flow_find_message(v, app, f, text, backwards);
		return;
	}
	if (text) {
		/* What is folded would not be found. */
		v->unfold = true;
		v->fold = 0;
		view_flow_ready(v, app);
		pager_find_set(&v->find, text);
		flow_collect(v, app, f);
	} else if (!v->find.text[0]) {
		app_toast(app, "nothing was searched for yet: / asks what");
		return;
	}
	if (v->tab == TAB_HEX && !flow_find_is_pattern(v->find.text))
		snprintf(toast, sizeof toast, "hex: wants pairs of digits, such as hex:1b5d");
	else
		pager_find_go(&v->find, &v->pager, backwards, toast, sizeof toast);
	app_toast(app, toast);
}

static void
flow_fold_level(struct view_flow *v, struct app *app, bool more)
{
	char toast[80];

	if (!more && !v->fold) {
		app_toast(app, "all levels are shown; { folds");
		return;
	}
	if (more)
		v->fold = v->fold > 1 ? v->fold - 1 : 1;
	else
		v->fold = v->fold < FLOW_FOLD_MAX ? v->fold + 1 : 0;
	snprintf(toast, sizeof toast, "bodies: %u level%s shown, } shows more, Enter all", v->fold, v->fold == 1 ? "" : "s");
	app_toast(app, v->fold ? toast : "bodies: all levels are shown");
}

static void
flow_fold(struct view *base, struct app *app, const char *how)
{
	struct view_flow *v = (struct view_flow *)base;

	bool levels = v->tab == TAB_REQUEST || v->tab == TAB_RESPONSE;

	if (view_flow_ready(v, app) && view_flow_has_list(v) && strcmp(how, "toggle") == 0) {
		message_pane_enter(&v->pane);
		return;
	}
	if (!levels && v->tab != TAB_MESSAGES) {
		app_toast(app, "nothing is folded here: in Request and Response long fields are");
		return;
	}
	if (!view_flow_ready(v, app))
		return;
	if (strcmp(how, "toggle") != 0 && !levels) {
		app_toast(app, "{ and } fold bodies: in Request and Response");
		return;
	}
	if (strcmp(how, "toggle") != 0) {
		flow_fold_level(v, app, strcmp(how, "more") == 0);
		return;
	}
	v->unfold = v->text.folds > 0;
	v->fold = 0;
	bool before = v->text.folds > 0;
	if (view_flow_ready(v, app) && !before && !v->text.folds)
		app_toast(app, levels ? "nothing is folded here, and no field is long" : "there is no message to be shown");
}

static void
flow_open(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;

	if (v->tab == TAB_TIMING && view_flow_ready(v, app) && v->steps.n)
		view_flow_open_step(v, app);
	else
		flow_fold(base, app, "toggle");
}

/* As in lists: what is chosen already is opened. */
static void
flow_click(struct view *base, struct app *app, int y, int x)
{
	struct view_flow *v = (struct view_flow *)base;
	const struct flow_step *before = flow_steps_chosen(&v->steps);

	if (view_flow_has_list(v))
		view_flow_click(base, app, y, x);
	else if (v->tab == TAB_TIMING && flow_steps_choose(&v->steps, &v->pager, app->body.y + y - v->y) &&
	    flow_steps_chosen(&v->steps) == before)
		view_flow_open_step(v, app);
}

static void
flow_view_as(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;
	char toast[80];

	if (v->tab == TAB_HEX) {
		app->hex_part = (app->hex_part + 1) % FLOW_PART_COUNT;
		view_flow_rewind(v);
		return;
	}
	if (view_flow_ready(v, app) && view_flow_has_list(v)) {
		message_pane_view_as(&v->pane, app);
		return;
	}
	if (v->tab != TAB_REQUEST && v->tab != TAB_RESPONSE) {
		app_toast(app, "t shows bodies another way: in Request, Response, Messages and Hex");
		return;
	}
	enum flow_dir dir = v->tab == TAB_REQUEST ? FLOW_REQUEST : FLOW_RESPONSE;
	app->body_view[dir] = text_view_next(app->body_view[dir]);
	snprintf(toast, sizeof toast, "%s bodies as %s",
	    dir == FLOW_REQUEST ? "request" : "response",
	    app->body_view[dir] ? app->body_view[dir] : "their type says (auto)");
	app_toast(app, toast);
}

static enum flow_part
flow_shown_part(const struct view_flow *v, const struct app *app)
{
	if (v->tab == TAB_HEX)
		return (enum flow_part)app->hex_part;
	return v->tab == TAB_REQUEST ? FLOW_PART_REQUEST : FLOW_PART_RESPONSE;
}

static bool
flow_target(struct view *base, struct app *app, struct view_target *out)
{
	const struct view_flow *v = (const struct view_flow *)base;

	*out = (struct view_target){
	    .flow = v->number, .part = flow_shown_part(v, app), .decoded = v->tab != TAB_HEX, .message = view_flow_has_list(v)};
	return true;
}

/* A body that the tab is about was recorded, at least in part. */
static bool
flow_has_body_here(const struct view_flow *v, const struct app *app, const struct flow *f)
{
	enum flow_part part = flow_shown_part(v, app);
	enum flow_part_of of = flow_part_of(part);
	enum flow_dir dir = flow_part_dir(part);

	if ((of == FLOW_PART_OF_HEAD || of == FLOW_PART_OF_RAW) && flow_head(f, dir).p)
		return true;
	return of != FLOW_PART_OF_HEAD && flow_body(f, dir)->kept;
}

/* 1 or 0: a command of the tab Messages, which acts or does not; -1: another. */
static int
flow_offers_of_messages(const struct view_flow *v, const struct app *app, const struct flow *f, const char *command)
{
	bool socket = app->s->intend && v->tab == TAB_MESSAGES && f->proto == FLOW_WS && !f->ended;

	if (strcmp(command, "drop") == 0)
		return socket && f->state == FLOW_S_HELD;
	if (strcmp(command, "inject") == 0)
		return socket;
	if (strcmp(command, "message-filter") == 0 || strcmp(command, "follow") == 0)
		return view_flow_has_list(v);
	return -1;
}

static bool
flow_offers(struct view *base, struct app *app, const char *command)
{
	const struct view_flow *v = (const struct view_flow *)base;
	bool gone, body = v->tab == TAB_REQUEST || v->tab == TAB_RESPONSE || v->tab == TAB_HEX;
	const struct flow *f = view_flow_shown(v, app, &gone);

	if (!f)
		return false;
	if (strcmp(command, "passthrough ask") == 0)
		return app->s->intend && (flow_client_failed(f) || flow_hello_held(f));
	if (strcmp(command, "edit") == 0 || strcmp(command, "replay") == 0)
		return app->s->intend && f->method.p;
	int of_messages = flow_offers_of_messages(v, app, f, command);
	if (of_messages >= 0)
		return of_messages;
	if (view_flow_has_list(v) || (strcmp(command, "view-as") == 0 && v->tab == TAB_HEX))
		return true;
	return body && flow_has_body_here(v, app, f);
}

static void
flow_versions(struct view *base, struct app *app)
{
	static const char *const word[FLOW_SHOWN_COUNT] = {
	    "as sent on (edited)", "as it came (original)", "what was edited: - original, + edited"};
	struct view_flow *v = (struct view_flow *)base;
	bool gone;
	const struct flow *f = flow_store_open(app->s->store, v->number, &gone);
	enum flow_dir dir = v->tab == TAB_REQUEST ? FLOW_REQUEST : FLOW_RESPONSE;

	if (v->tab != TAB_REQUEST && v->tab != TAB_RESPONSE && v->tab != TAB_MESSAGES) {
		app_toast(app, "R shows what was edited: in Request, Response and Messages");
		return;
	}
	if (v->tab == TAB_MESSAGES && !(f && f->proto == FLOW_WS && f->edited)) {
		app_toast(app, "no message was edited");
		return;
	}
	if (v->tab != TAB_MESSAGES && (!f || !flow_original(f, dir))) {
		app_toast(app, dir == FLOW_REQUEST ? "the request was not edited" : "the response was not edited");
		return;
	}
	v->shown = (v->shown + 1) % FLOW_SHOWN_COUNT;
	view_flow_rewind(v);
	app_toast(app, word[v->shown]);
}

static bool
flow_rule(struct view *base, struct app *app, char *out, size_t size)
{
	const struct view_flow *v = (const struct view_flow *)base;
	bool gone;
	const struct flow *f = view_flow_shown(v, app, &gone);
	if (!f)
		return false;
	return v->tab == TAB_TLS ? rule_of_failure(f, out, size) : v->tab == TAB_RESPONSE && rule_of_waiting(f, out, size);
}

static uint64_t
flow_number(struct view *base, struct app *app)
{
	(void)app;
	return ((struct view_flow *)base)->number;
}

static void
flow_view_outside(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;

	if (view_flow_has_list(v))
		view_flow_view_message(base, app);
	else
		flow_viewer_show(app, v->number, flow_shown_part(v, app), v->tab != TAB_HEX);
}

static void
flow_free(struct view *base)
{
	struct view_flow *v = (struct view_flow *)base;

	pager_fini(&v->pager);
	pager_fini(&v->body);
	pager_fini(&v->foot_pager);
	text_lines_fini(&v->foot);
	pager_find_fini(&v->find);
	text_lines_fini(&v->text);
	message_pane_fini(&v->pane);
	body_messages_free(v->messages);
	free(v);
}

static const struct view_ops flow_ops = {
    .name = "flow",
    .scope = SCOPE_FLOW,
    .draw = flow_draw,
    .status = flow_status,
    .move = flow_move,
    .open = flow_open,
    .wheel = flow_wheel,
    .click = flow_click,
    .follow = view_flow_follow,
    .back = view_flow_back,
    .filter = view_flow_filter,
    .key = view_flow_takes_key,
    .tab = flow_tab,
    .step = flow_step,
    .find = flow_find,
    .view_as = flow_view_as,
    .versions = flow_versions,
    .flow = flow_number,
    .viewer = flow_view_outside,
    .fold = flow_fold,
    .target = flow_target,
    .rule = flow_rule,
    .offers = flow_offers,
    .bytes = view_flow_bytes,
    .turn = flow_turn,
    .free = flow_free,
};

struct view *
view_flow_new(uint64_t number)
{
	struct view_flow *v = mem_zalloc(sizeof *v);

	v->base.ops = &flow_ops;
	v->number = number;
	message_pane_init(&v->pane);
	text_lines_init(&v->text, FLOW_TEXT_MAX, text_locale_utf8() ? ESCAPE_UTF8 : 0);
	text_lines_init(&v->foot, FLOW_TEXT_MAX, v->text.escape);
	return &v->base;
}
