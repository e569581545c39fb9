/* SPDX-License-Identifier: MIT
 * Two flows beside each other. */
#include "ui/view_compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_set.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/compare_page.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/out.h"
#include "ui/page.h"
#include "ui/tabs.h"
#include "ui/term.h"
#include "ui/view.h"

enum { COMPARE_PAGE_MAX = 32 << 20, COMPARE_TABS = 2, COMPARE_TITLE_FROM = 6 };

static const struct tab compare_tabs[COMPARE_TABS] = {{.digit = '1', .title = "Request"}, {.digit = '2', .title = "Response"}};

struct view_compare {
	struct view base;
	struct compare_side side[2];
	int escape;   /* app->escape when they were taken */
	unsigned tab; /* enum flow_dir */
	struct page page;
	int built_width; /* 0: not built */
	uint32_t *place; /* offsets in the text: where lines begin to differ */
	size_t nplaces, cap;
	size_t at;       /* the one gone to last, from 1; 0: none */
};

/* A place is the first of lines that differ in a row. */
static void
compare_find_places(struct view_compare *v)
{
	bool before = false;

	v->nplaces = v->at = 0;
	for (size_t i = 0; i < v->page.text.nlines; i++) {
		bool differs = compare_line_differs(&v->page.text, i);
		if (differs && !before) {
			if (v->nplaces == v->cap) {
				v->cap = v->cap ? v->cap * 2 : 64;
				v->place = mem_resize(v->place, v->cap, sizeof *v->place);
			}
			v->place[v->nplaces++] = v->page.text.piece[v->page.text.line[i].piece].off;
		}
		before = differs;
	}
}

static void
compare_build(struct view_compare *v, int width)
{
	if (v->built_width == width)
		return;
	v->built_width = width;
	text_lines_clear(&v->page.text);
	compare_page(&v->page.text, &v->side[0], &v->side[1], (enum flow_dir)v->tab, width);
	page_made(&v->page);
	compare_find_places(v);
}

static void
compare_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_compare *v = (struct view_compare *)base;
	char title[96];
	int y = 0;

	app->cursor_y = a->y;
	if (v->escape != app->escape) { /* it was made of what was shown then */
		cell_words(a, 0, 0, a->w, "mask was switched since they were compared: q, then & again", ROLE_NOTE);
		return;
	}
	compare_build(v, a->w);
	if (a->h >= COMPARE_TITLE_FROM) {
		snprintf(title, sizeof title, "compare  - #%llu  + #%llu   %zu place%s differ%s", (unsigned long long)v->side[0].number,
		    (unsigned long long)v->side[1].number, v->nplaces, v->nplaces == 1 ? "" : "s", v->nplaces == 1 ? "s" : "");
		cell_words(a, y++, 0, a->w, title, ROLE_STATUS);
	}
	tabs_draw(a, y++, compare_tabs, COMPARE_TABS, v->tab);
	const struct area page = {.y = a->y + y, .x = a->x, .h = a->h - y, .w = a->w};
	page_draw(&v->page, app, &page);
}

static void
compare_status(struct view *base, struct app *app, struct buf *out)
{
	(void)app;
	page_put_lines(&((const struct view_compare *)base)->page, out);
	buf_add_str(out, " | n/N next/previous difference");
}

static void
compare_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_compare *)base)->page.pager, m);
}

static void
compare_tab(struct view *base, struct app *app, const char *which)
{
	struct view_compare *v = (struct view_compare *)base;
	unsigned tab = which[0] == 'n' || which[0] == 'p' ? !v->tab : (unsigned)(which[0] - '1');

	(void)app;
	if (tab >= COMPARE_TABS || tab == v->tab)
		return;
	v->tab = tab;
	v->built_width = 0;
	v->page.pager.top = 0;
}

static void
compare_step(struct view_compare *v, struct app *app, bool backwards)
{
	char toast[64];
	size_t n = v->nplaces;

	if (!n) {
		app_toast(app, "nothing differs here");
		return;
	}
	if (backwards)
		v->at = v->at > 1 ? v->at - 1 : n;
	else
		v->at = v->at < n ? v->at + 1 : 1;
	pager_show(&v->page.pager, pager_row_of(&v->page.pager, v->place[v->at - 1]));
	snprintf(toast, sizeof toast, "difference %zu of %zu", v->at, n);
	app_toast(app, toast);
}

/* Text is searched for; the next of anything is the next difference. */
static void
compare_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_compare *v = (struct view_compare *)base;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	compare_build(v, cols);
	pager_layout(&v->page.pager, &v->page.text, cols, v->page.pager.height ? v->page.pager.height : rows);
	if (!text) {
		compare_step(v, app, backwards);
		return;
	}
	page_find(&v->page, app, text, backwards);
}

static void
compare_free(struct view *base)
{
	struct view_compare *v = (struct view_compare *)base;

	compare_side_fini(&v->side[0]);
	compare_side_fini(&v->side[1]);
	page_fini(&v->page);
	free(v->place);
	free(v);
}

static const struct view_ops compare_ops = {
    .name = "compare",
    .scope = SCOPE_COMPARE,
    .draw = compare_draw,
    .status = compare_status,
    .move = compare_move,
    .tab = compare_tab,
    .find = compare_find,
    .free = compare_free,
};

/* ---- opening ---- */

static bool
compare_take(struct app *app, const struct flow *f)
{
	struct compare_side *side = app->out->compared;

	compare_side_take(&side[side[0].number != 0], f, app->escape);
	return true;
}

static void
compare_open(struct app *app)
{
	struct compare_side *side = app->out->compared;

	if (!side[1].number) {
		compare_side_fini(&side[0]);
		app_toast(app, "one of the two flows is no longer kept");
		return;
	}
	struct view_compare *v = mem_zalloc(sizeof *v);
	v->base.ops = &compare_ops;
	v->tab = FLOW_RESPONSE;
	v->escape = app->escape;
	memcpy(v->side, side, sizeof v->side);
	memset(side, 0, sizeof v->side);
	page_init(&v->page, COMPARE_PAGE_MAX);
	app_push(app, &v->base);
}

/* A replay, and what it repeats: the flow that is shown or selected, else the only one that is marked. */
static bool
compare_replay(struct app *app, const struct flow_set *marked, uint64_t *pair)
{
	struct view *v = app_top(app);
	const uint64_t subject[2] = {v->ops->flow ? v->ops->flow(v, app) : 0, marked->n == 1 ? marked->number[0] : 0};

	for (unsigned i = 0; i < 2 && marked->n < 2; i++) {
		const struct flow *f = subject[i] ? flow_store_find(app->s->store, subject[i]) : NULL;
		if (!f || !f->detail || !f->detail->replay_of)
			continue;
		pair[0] = f->detail->replay_of;
		pair[1] = subject[i];
		return true;
	}
	return false;
}

void
compare_marked(struct app *app)
{
	const struct flow_set *marked = flow_store_marked(app->s->store);
	uint64_t pair[2];
	char toast[120];

	if (marked->n == 2) {
		memcpy(pair, marked->number, sizeof pair);
	} else if (!compare_replay(app, marked, pair)) {
		snprintf(toast, sizeof toast, "compare wants two marked flows, %zu %s: m marks, U unmarks all; or a replay", marked->n,
		    marked->n == 1 ? "is" : "are");
		app_refuse(app, toast);
		return;
	}
	if (!out_is_free(app))
		return;
	compare_side_fini(&app->out->compared[0]);
	compare_side_fini(&app->out->compared[1]);
	gather_start(&app->out->gather, app, mem_dup(pair, sizeof pair), 2, compare_take, compare_open);
}
