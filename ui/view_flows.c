/* SPDX-License-Identifier: MIT
 * The flow list. */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_db.h"
#include "ui/app.h"
#include "ui/column.h"
#include "ui/flow_page.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"
#include "ui/view_empty.h"
#include "ui/view_flows_internal.h"

enum { ROW_TEXT_MAX = 4096, HEADING_FROM_ROWS = 8 };

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
flows_draw_heading(const struct app *app, const struct area *a, const int *width)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct flow_index *index = &app->index;
	int x = 0;

	for (unsigned i = 0; i < columns_count; i++) {
		if (!width[i])
			continue;
		int n = (int)strlen(columns[i].title), shown = n < width[i] ? n : width[i];
		int at = columns[i].right ? x + width[i] - shown : x;
		char title[16];
		snprintf(title, sizeof title, "%.*s", shown, columns[i].title); /* too short for a cut mark */
		cell_words(a, 0, at, shown, title, ROLE_TEXT);
		if (i == index->shown.column) /* behind the title */
			cell_words(a, 0, at + shown, 1, index->shown.reverse ? g->falling : g->sorted, ROLE_TEXT);
		x += width[i] + 1;
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
	/* Not f->marked: f may be a copy. */
	if (flow_set_has(flow_store_marked(r->app->s->store), f->number))
		cell_words(a, y, a->w >= 80 ? 1 : 0, 1, "*", ROLE_NOTE);
}

/* A row that is not in memory: it comes from the file in a moment, or never. */
static void
flows_draw_missing(const struct area *a, int y, const int *width, uint64_t id, const char *why)
{
	char text[80];

	snprintf(text, sizeof text, "%*llu %s", width[COLUMN_ID], (unsigned long long)id, why);
	cell_words(a, y, 0, a->w, text, ROLE_NOTE);
}

/* What is shown of it: while the screen is paused, as it was. */
static const struct flow *
flows_row(struct view_flows *v, struct app *app, uint64_t id, bool *gone)
{
	for (size_t i = 0; i < v->nstill; i++)
		if (v->still[i]->number == id)
			return v->still[i];
	const struct flow *f = flow_store_row(app->s->store, id, gone);
	if (!v->paused || !f || f->ended)
		return f;
	if (v->nstill == v->still_cap) {
		v->still_cap = v->still_cap ? v->still_cap * 2 : 64;
		v->still = mem_resize(v->still, v->still_cap, sizeof(struct flow *));
	}
	return v->still[v->nstill++] = flow_copy_summary(f);
}

static void
flows_draw_rows(struct view_flows *v, struct app *app, const struct area *a, const int *width)
{
	struct list_source src = flow_index_source(&app->index);
	struct flows_row row = {.app = app, .width = width, .glyphs = term_glyphs(app->term)};
	size_t n = src.count(src.arg);
	bool gone;

	buf_init(&row.text, ROW_TEXT_MAX);
	for (int y = 0; y < a->h && v->list.top + (size_t)y < n; y++) {
		uint64_t id = src.id(src.arg, v->list.top + (size_t)y);
		const struct flow *f = flows_row(v, app, id, &gone);
		if (f)
			flows_draw_row(&row, a, y, f);
		else
			flows_draw_missing(a, y, width, id,
			    !gone		 ? "..."
			    : app->s->reading ? "- cannot be read"
					      : "- not kept");
		app->awaited |= !f && !gone;
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
flows_still_free(struct view_flows *v)
{
	while (v->nstill)
		flow_free_loaded(v->still[--v->nstill]);
	free(v->still);
	v->still = NULL;
	v->still_cap = 0;
}

/* Follows app->paused. */
static void
flows_pause(struct view_flows *v, struct app *app)
{
	v->paused = app->paused;
	flow_index_pause(&app->index, app->paused);
	flows_still_free(v);
	v->paused_ns = app->env.now_ns;
}

/* A list that was followed stays at the flow that was looked at, if more have come since. */
static void
flows_return(struct view_flows *v, const struct list_source *src)
{
	v->opened = false;
	if (v->list.follow && src->count(src->arg) && src->newest(src->arg) != v->list.selected)
		v->list.follow = false;
}

static void
flows_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);
	int width[COLUMNS_MAX], rows, cols;

	if (app->paused != v->paused)
		flows_pause(v, app);
	if (v->paused)
		app->env.now_ns = v->paused_ns;
	term_size(app->term, &rows, &cols);
	column_widths(a->w, flow_store_last(app->s->store), width);
	int heading = rows >= HEADING_FROM_ROWS;
	struct area list = {.y = a->y + heading, .x = a->x, .h = a->h - heading, .w = a->w};
	if (heading)
		flows_draw_heading(app, a, width);
	if (v->opened)
		flows_return(v, &src);
	list_sync(&v->list, &src, list.h);
	if (!src.count(src.arg) && !flow_index_is_working(&app->index))
		view_empty_draw(app, &list);
	else
		flows_draw_rows(v, app, &list, width);
}

static void
flows_status_filter(struct app *app, struct buf *out)
{
	const struct flow_index *x = &app->index;
	unsigned percent;
	const char *doing = flow_index_progress(x, &percent);

	if (*doing) {
		buf_addf(out, "%s %u %%, ^C gives up", doing, percent);
		return;
	}
	if (!x->shown.filter.nwords) {
		buf_add_str(out, x->shown.only_marked ? "only marked" : "no filter");
		return;
	}
	buf_add_str(out, "filter ");
	escape_add(out, span_str(x->shown.words), app->escape);
	if (x->shown.only_marked)
		buf_add_str(out, ", only marked");
}

/* A session file of which nothing was seen yet, or a proxy that nobody has called. */
static void
flows_status_empty(struct view_flows *v, struct app *app, struct buf *out)
{
	if (app->s->reading)
		buf_add_str(out, "the session file is empty");
	else
		buf_add_str(out, "waiting for the first connection");
	buf_add_str(out, " | ");
	flows_status_filter(app, out);
	buf_add_str(out, v->list.follow ? " | follow on" : " | follow off");
}

static void
flows_status(struct view *base, struct app *app, struct buf *out)
{
	struct view_flows *v = (struct view_flows *)base;
	struct flow_index *x = &app->index;
	struct list_source src = flow_index_source(x);
	unsigned long long n = src.count(src.arg), total = flow_index_total(x);
	int rows, cols;

	term_size(app->term, &rows, &cols);
	if (!n && !app->stats.total) {
		flows_status_empty(v, app, out);
		return;
	}
	if (v->paused)
		buf_add_str(out, cols < 40 ? "PAUSED " : "PAUSED | ");
	unsigned long long at = n ? list_selected_row(&v->list, &src) + 1 : 0;
	if (cols < 40) {
		buf_addf(out, "%llu/%llu  h ? q", at, n);
		return;
	}
	buf_addf(out, "flow %llu/%llu | ", at, n);
	if (v->list.follow)
		buf_add_str(out, "follow on | ");
	else /* in another order what is new may stand anywhere */
		buf_addf(out, "follow off, %llu new%s | ",
		    n ? (unsigned long long)list_unseen(&v->list, &src) : 0,
		    src.ascending ? " below" : x->sorted ? "" : " above");
	flows_status_filter(app, out);
	if (flow_index_filters(x))
		buf_addf(out, ", %llu/%llu shown", n, total);
	buf_addf(out, " | sort %s%s", columns[x->shown.column].title, x->shown.reverse ? " falling" : "");
	if (app->stats.marked)
		buf_addf(out, " | MARK %llu", (unsigned long long)app->stats.marked);
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

	if (!v->list.selected)
		return;
	v->opened = true;
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

	flows_return(v, &src);
	v->opened = true;
	if (rows)
		list_move(&v->list, &src, rows < 0 ? MOVE_UP : MOVE_DOWN);
	return v->list.selected;
}

static bool
flows_target(struct view *base, struct app *app, struct view_target *out)
{
	const struct view_flows *v = (const struct view_flows *)base;

	(void)app;
	*out = (struct view_target){
	    .flow = v->list.selected, .part = FLOW_PART_RESPONSE, .decoded = true, .list = true};
	return out->flow != 0;
}

static void
flows_free(struct view *base)
{
	struct view_flows *v = (struct view_flows *)base;

	flows_still_free(v);
	flows_cmd_fini(v);
	free(v);
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
	.find = flows_cmd_find,
	.target = flows_target,
	.turn = flows_cmd_turn,
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
