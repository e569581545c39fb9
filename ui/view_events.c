/* SPDX-License-Identifier: MIT
 * The event log: one line an event, the newest last; what does not fit of the selected one stands below in full. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/app.h"
#include "ui/frontend.h"
#include "ui/pager_find.h"
#include "ui/status.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"

enum {
	EVENTS_LINE_MAX = 8 * FLOW_EVENT_TEXT_MAX, /* escaped, and the words before it */
	EVENTS_FULL_ROWS = 3,	 /* for the selected one, at most */
	EVENTS_FULL_FROM = 8,	 /* rows of the view */
	EVENTS_TITLE_FROM = 4,
	EVENTS_NARROW_BELOW = 40,
};

struct view_events {
	struct view base;
	struct list list; /* ids are indexes + 1 */
	uint64_t drawn_end; /* events there were when it was drawn last */
	char find[PAGER_FIND_TEXT_MAX];
};

/* ---- the ring as a list ---- */

static size_t
events_count(const void *arg)
{
	const struct flow_store *s = arg;

	return (size_t)(flow_store_event_end(s) - flow_store_event_first(s));
}

static uint64_t
events_id(const void *arg, size_t row)
{
	return flow_store_event_first(arg) + row + 1;
}

static size_t
events_row(const void *arg, uint64_t id)
{
	uint64_t first = flow_store_event_first(arg);

	return id > first ? (size_t)(id - 1 - first) : 0;
}

static size_t
events_newer(const void *arg, uint64_t id)
{
	uint64_t end = flow_store_event_end(arg);

	return end > id ? (size_t)(end - id) : 0;
}

static uint64_t
events_newest(const void *arg)
{
	return flow_store_event_end(arg);
}

static struct list_source
events_source(const struct app *app)
{
	return (struct list_source){.count = events_count,
	    .id = events_id,
	    .row = events_row,
	    .newer = events_newer,
	    .newest = events_newest,
	    .ascending = true,
	    .arg = app->s->store};
}

static const struct flow_event *
events_at(const struct app *app, uint64_t id)
{
	return id ? flow_store_event_at(app->s->store, id - 1) : NULL;
}

/* ---- drawing ---- */

static enum role
events_role(const struct flow_event *e)
{
	switch (e->level) {
	case FLOW_EVENT_ERROR:
		return ROLE_BAD;
	case FLOW_EVENT_WARNING:
		return ROLE_NOTE;
	default:
		return ROLE_TEXT;
	}
}

/* "14:03:27 warning #12 words": escaped. */
static void
events_put(struct app *app, const struct flow_event *e, int width, struct buf *out)
{
	static const char *const word[] = {"info   ", "warning", "error  "};
	char text[FMT_MAX];
	unsigned level = e->level <= FLOW_EVENT_ERROR ? e->level : FLOW_EVENT_ERROR;

	*fmt_time(&app->env.clock, text, e->wall_ns) = '\0';
	buf_clear(out);
	if (width < EVENTS_NARROW_BELOW)
		buf_addf(out, "%c ", word[level][0] & ~0x20);
	else
		buf_addf(out, "%s %s  ", text, word[level]);
	if (e->flow)
		buf_addf(out, "#%llu ", (unsigned long long)e->flow);
	escape_add(out, span_str(e->text), app->escape);
}

static void
events_draw_empty(const struct area *a)
{
	static const char *const words[] = {"Nothing has happened yet that is worth a line.", "",
	    "Warnings and errors will stand here: a rule that let a message go by itself, a session file that "
	    "cannot be written, a command that could not be carried out."};
	int y = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct span rest = span_str(words[i]), line;
		const struct cell_style style = {.glyphs = &glyphs_ascii, .role = ROLE_NOTE};
		if (!rest.n)
			y++;
		while (rest.n && y < a->h && status_wrap(&rest, a->w, &line))
			cell_text(a, y++, 0, a->w, line, &style);
	}
}

/* Rows that the whole text of the selected event takes; 0: its line has it all, or there is no room. */
static int
events_full_rows(struct view_events *v, struct app *app, const struct area *a, struct buf *text)
{
	const struct flow_event *e = events_at(app, v->list.selected);
	struct span rest, line;
	int n = 0;

	if (!e || a->h < EVENTS_FULL_FROM)
		return 0;
	events_put(app, e, a->w, text);
	if (text_columns(buf_span(text)) <= (size_t)a->w)
		return 0;
	for (rest = buf_span(text); rest.n && n < EVENTS_FULL_ROWS && status_wrap(&rest, a->w, &line);)
		n++;
	return n;
}

/* text holds it. */
static void
events_draw_full(const struct area *a, const struct glyphs *g, const struct buf *text)
{
	const struct cell_style style = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	struct span rest = buf_span(text), line;

	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	for (int y = 1; y < a->h && rest.n; y++) {
		if (y == a->h - 1)
			line = rest;
		else if (!status_wrap(&rest, a->w, &line))
			break;
		cell_text(a, y, 0, a->w, line, &style);
	}
}

static void
events_draw_rows(struct view_events *v, struct app *app, const struct area *a, struct buf *text)
{
	const struct list_source src = events_source(app);
	struct cell_style style = {.glyphs = term_glyphs(app->term), .escapes = true};
	size_t n = src.count(src.arg);

	for (int y = 0; y < a->h && v->list.top + (size_t)y < n; y++) {
		uint64_t id = src.id(src.arg, v->list.top + (size_t)y);
		const struct flow_event *e = events_at(app, id);
		events_put(app, e, a->w, text);
		style.role = events_role(e);
		cell_text(a, y, 0, a->w, buf_span(text), &style);
		if (id != v->list.selected)
			continue;
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		app->cursor_y = a->y + y;
	}
}

static void
events_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_events *v = (struct view_events *)base;
	const struct list_source src = events_source(app);
	int title = a->h >= EVENTS_TITLE_FROM;
	struct area rows = {.y = a->y + title, .x = a->x, .h = a->h - title, .w = a->w};
	struct buf text;

	app->cursor_y = a->y;
	v->drawn_end = flow_store_event_end(app->s->store);
	if (title)
		cell_words(a, 0, 0, a->w, "Event log", ROLE_STATUS);
	if (!src.count(src.arg)) {
		events_draw_empty(&rows);
		return;
	}
	buf_init(&text, EVENTS_LINE_MAX);
	list_sync(&v->list, &src, rows.h);
	int full = events_full_rows(v, app, a, &text);
	if (full) {
		const struct area below = {.y = a->y + a->h - full - 1, .x = a->x, .h = full + 1, .w = a->w};
		events_draw_full(&below, term_glyphs(app->term), &text);
		rows.h -= full + 1;
		list_sync(&v->list, &src, rows.h);
	}
	events_draw_rows(v, app, &rows, &text);
	buf_fini(&text);
}

static void
events_status(struct view *base, struct app *app, struct buf *out)
{
	struct view_events *v = (struct view_events *)base;
	const struct list_source src = events_source(app);
	size_t n = src.count(src.arg);

	buf_addf(out, "event %zu/%zu", n ? list_selected_row(&v->list, &src) + 1 : 0, n);
	if (v->list.follow)
		buf_add_str(out, " | follow on");
	else
		buf_addf(out, " | follow off, %zu new below", n ? list_unseen(&v->list, &src) : 0);
	if (flow_store_event_first(app->s->store))
		buf_addf(out, " | the latest %d", FLOW_EVENTS_MAX);
}

/* ---- keys ---- */

static void
events_move(struct view *base, struct app *app, enum move m)
{
	struct view_events *v = (struct view_events *)base;
	const struct list_source src = events_source(app);

	list_move(&v->list, &src, m);
}

static void
events_follow(struct view *base, struct app *app)
{
	struct view_events *v = (struct view_events *)base;
	const struct list_source src = events_source(app);

	list_follow(&v->list, &src, !v->list.follow);
}

static void
events_open(struct view *base, struct app *app)
{
	const struct view_events *v = (struct view_events *)base;
	const struct flow_event *e = events_at(app, v->list.selected);

	if (!e || !e->flow) {
		app_toast(app, e ? "this event is not about one flow" : "there is no event yet");
		return;
	}
	uint64_t flow = e->flow;
	view_flows_select(app->view[0], app, flow);
	app_push(app, view_flow_new(flow));
}

/* One of at most FLOW_EVENTS_MAX short lines. */
static bool
events_match(struct app *app, const struct view_events *v, uint64_t id, struct buf *text)
{
	struct span needle = span_str(v->find);

	events_put(app, events_at(app, id), EVENTS_NARROW_BELOW, text);
	return pager_find_in(buf_span(text), 0, needle, pager_find_folds(v->find)) < text->n;
}

static void
events_find(struct view *base, struct app *app, const char *words, bool backwards)
{
	struct view_events *v = (struct view_events *)base;
	const struct list_source src = events_source(app);
	size_t n = src.count(src.arg), at = list_selected_row(&v->list, &src);
	char toast[sizeof app->toast];
	struct buf text;
	size_t i = 1;

	if (words)
		snprintf(v->find, sizeof v->find, "%s", words);
	if (!v->find[0] || !n) {
		app_toast(app, n ? "nothing was searched for yet: / asks what" : "there is no event yet");
		return;
	}
	buf_init(&text, EVENTS_LINE_MAX);
	while (i <= n && !events_match(app, v, src.id(src.arg, (backwards ? at + n - i : at + i) % n), &text))
		i++;
	buf_fini(&text);
	if (i > n) {
		int used = snprintf(toast, sizeof toast, "No match for ");
		escape_text(toast + used, sizeof toast - (size_t)used, span_str(v->find), app->escape);
		app_toast(app, toast);
		return;
	}
	if (backwards ? i > at : at + i >= n)
		app_toast(app, "search wrapped");
	list_select(&v->list, &src, src.id(src.arg, (backwards ? at + n - i : at + i) % n));
}

static uint64_t
events_flow(struct view *base, struct app *app)
{
	const struct flow_event *e = events_at(app, ((struct view_events *)base)->list.selected);

	return e ? e->flow : 0;
}

/* What comes in while it is open is to be seen. */
static void
events_turn(struct view *base, struct app *app)
{
	const struct view_events *v = (struct view_events *)base;

	if (v->drawn_end != flow_store_event_end(app->s->store))
		app->dirty = true;
}

static void
events_free(struct view *base)
{
	free(base);
}

static const struct view_ops events_ops = {
    .name = "event log",
    .scope = SCOPE_EVENTS,
    .draw = events_draw,
    .status = events_status,
    .move = events_move,
    .open = events_open,
    .follow = events_follow,
    .find = events_find,
    .flow = events_flow,
    .turn = events_turn,
    .free = events_free,
};

static struct view *
view_events_new(void)
{
	struct view_events *v = mem_zalloc(sizeof *v);

	v->base.ops = &events_ops;
	v->list.follow = true;
	v->list.height = 1;
	return &v->base;
}

void
view_events_show(struct app *app)
{
	unsigned i = 0;

	while (i < app->nviews && app->view[i]->ops != &events_ops)
		i++;
	if (i == app->nviews)
		app_push(app, view_events_new());
	while (app->nviews > i + 1)
		app_pop(app);
}

void
view_events_show_at(struct app *app, uint64_t index)
{
	const struct list_source src = events_source(app);

	view_events_show(app);
	struct view *v = app_top(app);
	if (v->ops != &events_ops)
		return; /* too many views are open */
	struct list *l = &((struct view_events *)v)->list;
	l->follow = false;
	list_select(l, &src, index + 1);
}
