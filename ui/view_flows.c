/* SPDX-License-Identifier: MIT
 * The flow list. */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/column.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"
#include "ui/view_empty.h"

enum { ROW_TEXT_MAX = 4096, COLUMNS_MAX = 24, HEADING_FROM_ROWS = 8 };

struct view_flows {
	struct view base;
	struct list list;
};

static enum role
flows_state_role(const struct flow *f)
{
	switch (f->state) {
	case FLOW_S_TLS_FAILED:
	case FLOW_S_ERROR:
	case FLOW_S_KILLED:
		return ROLE_BAD;
	case FLOW_S_STREAM:
		return ROLE_STREAM;
	case FLOW_S_DONE:
		return ROLE_GOOD;
	default:
		return ROLE_BUSY;
	}
}

static void
flows_draw_heading(const struct area *a, const int *width, const struct glyphs *g)
{
	int x = 0;

	for (unsigned i = 0; i < columns_count; i++) {
		if (!width[i])
			continue;
		int n = (int)strlen(columns[i].title), shown = n < width[i] ? n : width[i];
		int at = columns[i].right ? x + width[i] - shown : x;
		cell_words(a, 0, at, shown < n ? n : shown, columns[i].title, ROLE_TEXT);
		x += width[i];
		if (columns[i].sorted)
			cell_words(a, 0, x, 1, g->sorted, ROLE_TEXT);
		x++;
	}
	cell_paint(a, 0, 0, a->w, ROLE_HEADING);
}

struct flows_row {
	struct app *app;
	const int *width;
	const struct glyphs *glyphs;
	struct buf text;
};

static void
flows_draw_row(struct flows_row *r, const struct area *a, int y, const struct flow *f)
{
	struct cell_style style = {.glyphs = r->glyphs, .escapes = true};
	int x = 0;

	for (unsigned i = 0; i < columns_count; i++) {
		int w = r->width[i];
		if (!w)
			continue;
		buf_clear(&r->text);
		columns[i].text(&r->app->env, f, &r->text);
		style.role = columns[i].state ? flows_state_role(f) : ROLE_TEXT;
		int n = columns[i].right ? (int)r->text.n : 0; /* right-aligned ones are ASCII */
		cell_text(a, y, x + (n && n < w ? w - n : 0), w, buf_span(&r->text), &style);
		x += w + 1;
	}
	if (f->marked)
		cell_words(a, y, a->w >= 80 ? 1 : 0, 1, "*", ROLE_NOTE);
}

static void
flows_draw_rows(struct view_flows *v, struct app *app, const struct area *a, const int *width)
{
	struct list_source src = flow_index_source(&app->index);
	struct flows_row row = {.app = app, .width = width, .glyphs = term_glyphs(app->term)};
	size_t n = src.count(src.arg);

	buf_init(&row.text, ROW_TEXT_MAX);
	for (int y = 0; y < a->h && v->list.top + (size_t)y < n; y++) {
		uint64_t id = src.id(src.arg, v->list.top + (size_t)y);
		const struct flow *f = flow_store_find(app->s->store, id);
		if (!f)
			continue;
		flows_draw_row(&row, a, y, f);
		if (id != v->list.selected)
			continue;
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		if (theme_is_mono())
			cell_words(a, y, 0, 1, row.glyphs->selected, ROLE_SELECTED);
		app->cursor_y = a->y + y;
	}
	buf_fini(&row.text);
}

static void
flows_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);
	int width[COLUMNS_MAX], rows, cols;

	term_size(app->term, &rows, &cols);
	column_widths(a->w, flow_store_last(app->s->store), width);
	int heading = rows >= HEADING_FROM_ROWS;
	struct area list = {.y = a->y + heading, .x = a->x, .h = a->h - heading, .w = a->w};
	if (heading)
		flows_draw_heading(a, width, term_glyphs(app->term));
	list_sync(&v->list, &src, list.h);
	if (!src.count(src.arg))
		view_empty_draw(app, &list);
	else
		flows_draw_rows(v, app, &list, width);
}

static void
flows_status_filter(struct app *app, struct buf *out)
{
	const struct filter *f = &app->index.filter;

	if (!f->nwords) {
		buf_add_str(out, "no filter");
		return;
	}
	buf_add_str(out, "filter");
	for (unsigned i = 0; i < f->nwords; i++) {
		buf_add_str(out, " ");
		escape_add(out, span_str(f->word[i]), app->escape);
	}
}

static void
flows_status(struct view *base, struct app *app, struct buf *out)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);
	unsigned long long n = src.count(src.arg), total = app->stats.total;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	if (!n && !total) {
		buf_add_str(out, "waiting for the first connection | ");
		flows_status_filter(app, out);
		buf_add_str(out, v->list.follow ? " | follow on" : " | follow off");
		return;
	}
	unsigned long long at = n ? list_selected_row(&v->list, &src) + 1 : 0;
	if (cols < 40) {
		buf_addf(out, "%llu/%llu  h ? q", at, n);
		return;
	}
	buf_addf(out, "flow %llu/%llu | ", at, n);
	if (v->list.follow)
		buf_add_str(out, "follow on | ");
	else
		buf_addf(out, "follow off, %llu new below | ",
		    n ? (unsigned long long)list_unseen(&v->list, &src) : 0);
	flows_status_filter(app, out);
	if (app->index.filter.nwords)
		buf_addf(out, ", %llu/%llu shown", n, total);
	buf_add_str(out, " | sort ID");
}

static void
flows_move(struct view *base, struct app *app, enum move m)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);

	list_move(&v->list, &src, m);
}

static void
flows_open(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;

	if (v->list.selected)
		app_push(app, view_flow_new(v->list.selected));
}

static void
flows_follow(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);

	list_follow(&v->list, &src, !v->list.follow);
}

uint64_t
view_flows_step(struct view *base, struct app *app, int rows)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);

	if (rows)
		list_move(&v->list, &src, rows < 0 ? MOVE_UP : MOVE_DOWN);
	return v->list.selected;
}

static void
flows_free(struct view *base)
{
	free(base);
}

static const struct view_ops flows_ops = {
	.name = "flow list",
	.scope = SCOPE_FLOWS,
	.header = true,
	.draw = flows_draw,
	.status = flows_status,
	.move = flows_move,
	.open = flows_open,
	.follow = flows_follow,
	.free = flows_free,
};

struct view *
view_flows_new(void)
{
	struct view_flows *v = mem_zalloc(sizeof *v);

	v->base.ops = &flows_ops;
	v->list.follow = true;
	v->list.height = 1;
	return &v->base;
}
