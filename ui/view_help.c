/* SPDX-License-Identifier: MIT
 * The help: pages in a box over the view that it is about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/app.h"
#include "ui/box.h"
#include "ui/flow_text.h"
#include "ui/help_page.h"
#include "ui/page.h"
#include "ui/tabs.h"
#include "ui/term.h"
#include "ui/view.h"

enum {
	HELP_TEXT_MAX = 65536,
	HELP_BOX_FROM_COLS = 70, /* smaller: the whole screen */
	HELP_BOX_FROM_ROWS = 18,
	HELP_BOX_COLS = 106, /* within the box, at most */
	HELP_BOX_ROWS = 36,
	HELP_TITLE_FROM_ROWS = 6,
};

static const struct tab help_tabs[HELP_PAGES] = {
    [HELP_KEYS] = {.digit = '1', .title = "Keys"},
    [HELP_FILTERS] = {.digit = '2', .title = "Filters"},
    [HELP_STATES] = {.digit = '3', .title = "States, columns", .shorter = "States"},
    [HELP_CONNECT] = {.digit = '4', .title = "Connect a client", .shorter = "Connect"},
    [HELP_COMMANDS] = {.digit = '5', .title = "Commands"},
};

struct view_help {
	struct view base;
	const struct view_ops *about;
	unsigned page;
	struct page text;
	unsigned built_page;
	int built_width; /* 0: not yet */
};

static void
help_build(struct view_help *v, struct app *app, int width)
{
	if (v->built_page == v->page && v->built_width == width)
		return;
	text_lines_clear(&v->text.text);
	help_page_build(&v->text.text, (enum help_page)v->page, app, v->about, width);
	page_made(&v->text);
	v->built_page = v->page;
	v->built_width = width;
}

static void
help_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_help *v = (struct view_help *)base;
	const struct glyphs *g = term_glyphs(app->term);
	bool box = a->w >= HELP_BOX_FROM_COLS && a->h >= HELP_BOX_FROM_ROWS;
	int cols = a->w - 6 < HELP_BOX_COLS ? a->w - 6 : HELP_BOX_COLS;
	int rows = a->h - 4 < HELP_BOX_ROWS ? a->h - 4 : HELP_BOX_ROWS, y = 0;
	struct area in = *a;
	char title[96];

	if (app->language)
		snprintf(title, sizeof title, "Help: expressions   (1-%u topics, F1 goes back to the line)", HELP_PAGES);
	else if (a->w >= HELP_BOX_FROM_COLS)
		snprintf(title, sizeof title, "Help: %s   (/ searches, 1-%u topics, q closes)",
		    v->about->name, HELP_PAGES);
	else
		snprintf(title, sizeof title, "Help: %s  (q closes)", v->about->name);
	if (box) {
		app_draw_view(app, app->nviews - (app->language ? 1 : 2), a); /* the view below goes on, as far as it is to be seen */
		in = box_draw(a, rows, cols, title, g);
		in.x++;
		in.w -= 2;
	} else if (a->h >= HELP_TITLE_FROM_ROWS) {
		cell_words(&in, y++, 0, in.w, title, ROLE_STATUS);
	}
	app->spots.n = 0; /* the view below is covered */
	tabs_spots(&app->spots, &in, y, help_tabs, HELP_PAGES, v->page);
	tabs_draw(&in, y++, help_tabs, HELP_PAGES, v->page);
	y += box;
	const struct area page = {.y = in.y + y, .x = in.x, .h = in.h - y, .w = in.w};
	help_build(v, app, page.w);
	page_draw(&v->text, app, &page);
}

static void
help_status(struct view *base, struct app *app, struct buf *out)
{
	(void)app;
	buf_add_str(out, "help | ");
	page_put_lines(&((struct view_help *)base)->text, out);
}

static void
help_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_help *)base)->text.pager, m);
}

static void
help_tab(struct view *base, struct app *app, const char *which)
{
	struct view_help *v = (struct view_help *)base;

	(void)app;
	v->page = tabs_choose(help_tabs, HELP_PAGES, v->page, which);
	v->text.pager.top = 0;
	v->text.find.at = 0;
}

static void
help_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	page_find(&((struct view_help *)base)->text, app, text, backwards);
}

static void
help_free(struct view *base)
{
	struct view_help *v = (struct view_help *)base;

	page_fini(&v->text);
	free(v);
}

static const struct view_ops help_ops = {
    .name = "help",
    .scope = SCOPE_HELP,
    .draw = help_draw,
    .status = help_status,
    .move = help_move,
    .tab = help_tab,
    .find = help_find,
    .free = help_free,
};

struct view *
view_help_new(const struct view_ops *about)
{
	struct view_help *v = mem_zalloc(sizeof *v);

	v->base.ops = &help_ops;
	v->about = about;
	page_init(&v->text, HELP_TEXT_MAX);
	return &v->base;
}

bool
view_help_topic(struct view *base, const char *name)
{
	struct view_help *v = (struct view_help *)base;

	for (unsigned i = 0; i < HELP_PAGES; i++) {
		const char *title = help_tabs[i].shorter ? help_tabs[i].shorter : help_tabs[i].title;
		if (strcasecmp(title, name) != 0)
			continue;
		v->page = i;
		return true;
	}
	return false;
}
