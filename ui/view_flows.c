/* SPDX-License-Identifier: MIT
 * The flow list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "flow/flow_db.h"
#include "ui/app.h"
#include "ui/cmd_held.h"
#include "ui/column.h"
#include "ui/flow_page.h"
#include "ui/flow_viewer.h"
#include "ui/frontend.h"
#include "ui/rules.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"
#include "ui/view_empty.h"
#include "ui/view_flows_internal.h"

enum { ROW_TEXT_MAX = 8192, HEADING_FROM_ROWS = 8, STATUS_WIDE_FROM = 100, STATUS_ALL_FROM = 80 };

static enum role
flows_state_role(const struct flow *f)
{
	switch (f->state) {
	case FLOW_S_TLS_FAILED:
	case FLOW_S_ERROR:
	case FLOW_S_KILLED:
		return ROLE_BAD;
	case FLOW_S_HELD:
		return ROLE_TOAST;
	case FLOW_S_STREAM:
	case FLOW_S_PASS:
		return ROLE_STREAM;
	case FLOW_S_DONE:
		return ROLE_GOOD;
	default:
		return ROLE_BUSY;
	}
}

static void
flows_draw_heading(const struct app *app, const struct area *a, const struct column_layout *l)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct flow_index *index = &app->index;

	for (unsigned i = 0; i < l->n; i++) {
		const struct column_slot *c = &l->slot[i];
		int n = (int)strlen(c->title), shown = n < c->w ? n : c->w;
		int at = columns[c->column].right ? c->x + c->w - shown : c->x;
		char title[16];
		snprintf(title, sizeof title, "%.*s", shown, c->title); /* too short for a cut mark */
		cell_words(a, 0, at, shown, title, ROLE_TEXT);
		if (c->column == index->shown.column) /* behind the title; at the edge of the screen before it */
			cell_words(a, 0, at + shown < a->w ? at + shown : at - 1, 1, index->shown.reverse ? g->falling : g->sorted,
			    ROLE_TEXT);
	}
	cell_paint(a, 0, 0, a->w, ROLE_HEADING);
}

struct flows_row {
	struct app *app;
	const struct column_layout *layout;
	const struct glyphs *glyphs;
	struct buf text;
};

static void
flows_draw_row(struct flows_row *r, const struct area *a, int y, const struct flow *f)
{
	struct cell_style style = {.glyphs = r->glyphs, .escapes = true};
	const struct app *app = r->app;

	for (unsigned i = 0; i < r->layout->n; i++) {
		const struct column_slot *slot = &r->layout->slot[i];
		const struct column *c = &columns[slot->column];
		buf_clear(&r->text);
		c->text(&r->app->env, f, &r->text);
		bool sorted = app->sort_shown && slot->column == app->index.shown.column;
		style.role = sorted ? ROLE_SORTED : c->state ? flows_state_role(f) : ROLE_TEXT;
		if (!c->width && app->env.middle) {
			cell_text_middle(a, y, slot->x, slot->w, buf_span(&r->text), app->env.path_at, &style);
			continue;
		}
		int n = c->right ? (int)r->text.n : 0; /* right-aligned ones are ASCII */
		cell_text(a, y, slot->x + (n && n < slot->w ? slot->w - n : 0), slot->w,
		    buf_span(&r->text), &style);
	}
	int mark = a->w >= 80;
	/* Not f->marked: f may be a copy. */
	if (flow_set_has(flow_store_marked(app->s->store), f->number))
		cell_words(a, y, mark, 1, "*", ROLE_NOTE);
	if (f->edited || f->replay)
		cell_words(a, y, mark + 1, 1, f->edited ? "~" : "@", ROLE_NOTE);
}

/* A row that is not in memory: it comes from the file in a moment, or never. */
static void
flows_draw_missing(const struct area *a, int y, const struct column_layout *l, uint64_t id, const char *why)
{
	char text[80];

	snprintf(text, sizeof text, "%*llu %s", l->slot[0].w, (unsigned long long)id, why);
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
flows_draw_rows(struct view_flows *v, struct app *app, const struct area *a, const struct column_layout *l)
{
	struct list_source src = flows_source(v, app);
	struct flows_row row = {.app = app, .layout = l, .glyphs = term_glyphs(app->term)};
	size_t n = src.count(src.arg);
	bool gone;

	buf_init(&row.text, ROW_TEXT_MAX);
	for (int y = 0; y < a->h && v->list.top + (size_t)y < n; y++) {
		uint64_t id = src.id(src.arg, v->list.top + (size_t)y);
		bool heading = id & TREE_HEADING;
		const struct flow *f = heading ? NULL : flows_row(v, app, id, &gone);
		if (heading)
			flows_tree_draw(v, app, a, y, id);
		else if (f)
			flows_draw_row(&row, a, y, f);
		else
			flows_draw_missing(a, y, l, id,
			    !gone		 ? "..."
			    : app->s->reading ? "- cannot be read"
					      : "- not kept");
		app->awaited |= !heading && !f && !gone;
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

void
view_flows_layout(const struct app *app, struct column_layout *l)
{
	const struct view_flows *v = (const struct view_flows *)app->view[0];
	int rows, cols = v->width; /* of its pane, as last drawn */

	if (!cols)
		term_size(app->term, &rows, &cols);
	column_layout_make(l, &app->columns, cols, flow_store_last(app->s->store), app->url);
}

static void
flows_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);
	struct column_layout layout;
	int rows, cols;

	if (app->paused != v->paused)
		flows_pause(v, app);
	if (v->paused)
		app->env.now_ns = v->paused_ns;
	term_size(app->term, &rows, &cols);
	v->width = a->w;
	view_flows_layout(app, &layout);
	app->env.path = layout.path;
	app->env.middle = strcmp(option_str(app->s->options, OPT_CUT), "middle") == 0;
	int heading = rows >= HEADING_FROM_ROWS;
	struct area list = {.y = a->y + heading, .x = a->x, .h = a->h - heading, .w = a->w};
	int most = (int)option_int(app->s->options, OPT_ROWS);
	if (heading)
		flows_draw_heading(app, a, &layout);
	if (v->opened)
		flows_return(v, &src);
	if (src.count(src.arg) && most && list.h > most)
		list.h = most;
	list_sync(&v->list, &src, list.h);
	if (!src.count(src.arg) && !flow_index_is_working(&app->index))
		view_empty_draw(app, &list);
	else
		flows_draw_rows(v, app, &list, &layout);
}

static void
flows_status_filter(struct app *app, struct buf *out)
{
	const struct flow_index *x = &app->index;
	unsigned percent;
	const char *doing = flow_index_progress(x, &percent);

	if (flows_bulk_status((const struct view_flows *)app->view[0], out))
		return;
	if (*doing) {
		buf_addf(out, "%s %u %%, ^C gives up", doing, percent);
		return;
	}
	if (!x->shown.match) {
		buf_add_str(out, x->shown.only_active && x->shown.only_marked ? "only active, marked"
				 : x->shown.only_active			      ? "only active"
				 : x->shown.only_marked			      ? "only marked"
									      : "no filter");
		return;
	}
	buf_add_str(out, "filter ");
	escape_add(out, span_str(x->shown.words), app->escape);
	if (x->shown.only_marked)
		buf_add_str(out, ", only marked");
	if (x->shown.only_active)
		buf_add_str(out, ", only active");
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

/* What is held: the rule, or how many there are. */
static void
flows_status_rules(const struct app *app, struct buf *out)
{
	unsigned on = rules_on(&app->rules);

	if (on > 1)
		buf_addf(out, " | break: %u rules", on);
	for (unsigned i = 0; on == 1 && i < app->rules.n; i++) {
		if (!app->rules.rule[i].on)
			continue;
		buf_add_str(out, " | break: ");
		escape_add(out, span_str(app->rules.rule[i].expr), app->escape);
	}
}

static void
flows_status_marks(const struct app *app, const char *before, const char *behind, struct buf *out)
{
	if (app->stats.marked)
		buf_addf(out, "%sMARK %llu%s", before, (unsigned long long)app->stats.marked, behind);
}

static unsigned long long
flows_shown(struct flow_index *x)
{
	struct list_source src = flow_index_source(x);

	return src.count(src.arg);
}

static void
flows_status(struct view *base, struct app *app, struct buf *out)
{
	struct view_flows *v = (struct view_flows *)base;
	struct flow_index *x = &app->index;
	struct list_source src = flows_source(v, app);
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
		if (!app->stats.held) /* there is no room for both */
			buf_addf(out, "%llu/%llu", at, n);
		buf_add_str(out, "  h ? q");
		return;
	}
	bool tree = flow_tree_is_shown(&v->tree);
	if (cols < STATUS_ALL_FROM) /* it would be cut behind what changes by itself */
		flows_status_marks(app, "", " | ", out);
	if (!app->stats.held || cols >= STATUS_WIDE_FROM) /* the clock has its place */
		buf_addf(out, "%s %llu/%llu | ", tree ? "row" : "flow", at, n);
	if (v->list.follow)
		buf_add_str(out, "follow on | ");
	else /* in another order what is new may stand anywhere */
		buf_addf(out, "follow off, %llu new%s | ",
		    n ? (unsigned long long)list_unseen(&v->list, &src) : 0,
		    src.ascending ? " below" : x->sorted ? "" : " above");
	flows_status_filter(app, out);
	if (flow_index_filters(x))
		buf_addf(out, ", %llu/%llu shown", flows_shown(x), total);
	if (tree)
		buf_addf(out, " | tree by %s", columns[v->tree.column].title);
	else
		buf_addf(out, " | sort %s%s", columns[x->shown.column].title, x->shown.reverse ? " falling" : "");
	if (cols >= STATUS_WIDE_FROM)
		flows_status_rules(app, out);
	if (cols >= STATUS_ALL_FROM)
		flows_status_marks(app, " | ", "", out);
}

static void
flows_move(struct view *base, struct app *app, enum move m)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);

	list_move(&v->list, &src, m);
}

void
view_flows_detail(struct app *app)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	if (!v->list.selected)
		app_refuse(app, "no flow is selected");
	if (!v->list.selected || split_open(app))
		return;
	v->opened = true;
	app_push(app, view_flow_new(v->list.selected));
}

/* What is held waits for the user: it opens as what can be done with it. */
static void
flows_open(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	const struct flow *f;

	if (flows_tree_open(v))
		return;
	f = app->s->intend ? flow_store_find(app->s->store, v->list.selected) : NULL;
	if (f && f->state == FLOW_S_HELD && f->detail && !flow_hello_held(f))
		cmd_edit(app, "");
	else
		view_flows_detail(app);
}

static void
flows_follow(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);

	list_follow(&v->list, &src, !v->list.follow);
	app_toast(app, v->list.follow ? "follow on: the newest flow is selected" : "follow off");
}

uint64_t
view_flows_selected(const struct view *base, bool *follow)
{
	const struct view_flows *v = (const struct view_flows *)base;

	*follow = v->list.follow;
	return v->list.selected;
}

uint64_t
view_flows_step(struct view *base, struct app *app, int rows)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);

	flows_return(v, &src);
	v->opened = true;
	uint64_t from = v->list.selected, before;
	do { /* past headings */
		before = v->list.selected;
		if (rows)
			list_move(&v->list, &src, rows < 0 ? MOVE_UP : MOVE_DOWN);
	} while (v->list.selected & TREE_HEADING && before != v->list.selected);
	if (v->list.selected & TREE_HEADING)
		list_select(&v->list, &src, from);
	return v->list.selected;
}

void
view_flows_select(struct view *base, struct app *app, uint64_t number)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flow_index_source(&app->index);

	list_select(&v->list, &src, number);
	v->opened = true;
}

static uint64_t
flows_flow(struct view *base, struct app *app)
{
	(void)app;
	return ((struct view_flows *)base)->list.selected;
}

static void
flows_click(struct view *base, struct app *app, int y, int x)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);
	struct column_layout l;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	int heading = rows >= HEADING_FROM_ROWS;
	if (y >= heading) {
		if (y - heading < v->list.height && list_point(&v->list, &src, y - heading))
			flows_open(base, app);
		return;
	}
	view_flows_layout(app, &l);
	for (unsigned i = 0; i < l.n; i++) /* the blank behind a title, where its marker stands, belongs to it */
		if (x >= l.slot[i].x && x <= l.slot[i].x + l.slot[i].w)
			view_flows_sort_by(app, l.slot[i].column);
}

static void
flows_wheel(struct view *base, struct app *app, int x, int rows)
{
	struct view_flows *v = (struct view_flows *)base;
	struct list_source src = flows_source(v, app);

	(void)x;
	list_scroll(&v->list, &src, rows);
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
flows_viewer(struct view *base, struct app *app)
{
	uint64_t number = ((const struct view_flows *)base)->list.selected;

	if (!number || (number & TREE_HEADING))
		app_refuse(app, "no flow is selected");
	else
		flow_viewer_show(app, number, FLOW_PART_RESPONSE, true);
}

static void
flows_free(struct view *base)
{
	struct view_flows *v = (struct view_flows *)base;

	flows_still_free(v);
	flow_tree_close(&v->tree);
	flows_cmd_fini(v);
	flows_filter_fini(v);
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
	.flow = flows_flow,
	.target = flows_target,
	.viewer = flows_viewer,
	.turn = flows_cmd_turn,
	.click = flows_click,
	.wheel = flows_wheel,
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
