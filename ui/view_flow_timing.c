/* SPDX-License-Identifier: MIT
 * What the detail screen does in the tab Timing. */
#include "ui/app.h"
#include "ui/cmd_held.h"
#include "ui/term.h"
#include "ui/view_flow_internal.h"

enum { FOOT_FROM = 12 /* rows of the page */ };

bool
view_flow_has_foot(const struct view_flow *v)
{
	return v->tab == TAB_TIMING && v->height >= FOOT_FROM;
}

void
view_flow_draw_foot(struct view_flow *v, const struct app *app, struct area *page)
{
	pager_layout(&v->foot_pager, &v->foot, page->w, page->h);
	int h = (int)v->foot_pager.nrows < page->h / 2 ? (int)v->foot_pager.nrows : page->h / 2;
	const struct area foot = {.y = page->y + page->h - h, .x = page->x, .h = h, .w = page->w};

	page->h -= h;
	pager_draw(&v->foot_pager, &foot, term_glyphs(app->term));
}

/* What stands on top of what a step opens. */
enum place { PLACE_TOP = 0, PLACE_CLIENT, PLACE_SERVER, PLACE_END };

static const struct {
	unsigned tab;
	enum flow_part part;
	enum place place;
} step_opens[] = {
    [FLOW_STEP_CONN] = {.tab = TAB_CONN},
    [FLOW_STEP_TLS_CLIENT] = {.tab = TAB_TLS, .place = PLACE_CLIENT},
    [FLOW_STEP_TLS_SERVER] = {.tab = TAB_TLS, .place = PLACE_SERVER},
    [FLOW_STEP_REQUEST] = {.tab = TAB_REQUEST},
    [FLOW_STEP_REQUEST_BEGIN] = {.tab = TAB_HEX, .part = FLOW_PART_REQUEST_RAW},
    [FLOW_STEP_REQUEST_END] = {.tab = TAB_HEX, .part = FLOW_PART_REQUEST_RAW, .place = PLACE_END},
    [FLOW_STEP_RESPONSE] = {.tab = TAB_RESPONSE},
    [FLOW_STEP_RESPONSE_BEGIN] = {.tab = TAB_HEX, .part = FLOW_PART_RESPONSE_RAW},
    [FLOW_STEP_RESPONSE_END] = {.tab = TAB_HEX, .part = FLOW_PART_RESPONSE_RAW, .place = PLACE_END},
};

/* The line that has the heading; the first one when none has it. */
static size_t
heading_line(const struct text_lines *t, struct span title)
{
	for (size_t i = 0; i < t->nlines; i++) {
		const struct text_piece *p = t->line[i].npieces ? &t->piece[t->line[i].piece] : NULL;
		if (p && p->role == TEXT_RULE && span_eq(text_lines_piece(t, p), title))
			return i;
	}
	return 0;
}

static void
show_place(struct view_flow *v, enum place place)
{
	if (place == PLACE_END)
		pager_move(&v->pager, MOVE_END);
	else if (place == PLACE_CLIENT || place == PLACE_SERVER)
		pager_show_line(&v->pager, heading_line(&v->text, span_str(flow_page_tls_title[place == PLACE_CLIENT ? FLOW_CLIENT : FLOW_SERVER])));
}

void
view_flow_open_step(struct view_flow *v, struct app *app)
{
	enum flow_step_about about = flow_steps_chosen(&v->steps)->about;

	if (about == FLOW_STEP_HELD) {
		cmd_edit(app, "");
		return;
	}
	v->tab = step_opens[about].tab;
	if (v->tab == TAB_HEX)
		app->hex_part = step_opens[about].part;
	view_flow_rewind(v);
	if (view_flow_ready(v, app))
		show_place(v, step_opens[about].place);
}
