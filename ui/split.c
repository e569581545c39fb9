/* SPDX-License-Identifier: MIT
 * Two panes: the list, and the detail of its selected flow. */
#include "ui/split.h"

#include <string.h>

#include "ui/app.h"
#include "ui/flow_title.h"
#include "ui/frontend.h"
#include "ui/term.h"

enum {
	SPLIT_ROWS_MIN = 18, /* of the screen */
	SPLIT_COLS_MIN = 60,
	SPLIT_RIGHT_COLS_MIN = 80,
	SPLIT_WIDE_ROWS = 30, /* from here on the detail is offered at the right first, */
	SPLIT_WIDE_COLS = 160,
	SPLIT_HEADER_ROWS = 30, /* and from here on the header stays whole above it */
	SPLIT_PERCENT = 50,
	SPLIT_PERCENT_MIN = 20,
	SPLIT_PERCENT_MAX = 80,
	SPLIT_PERCENT_STEP = 5,
	SPLIT_PANE_ROWS = 4,
	SPLIT_PANE_COLS = 24,
	SPLIT_WORDS_COLS = 60,
	SPLIT_TITLE_MAX = 4096,
};

static const char split_small[] = "the screen is too small for two panes";
static const char split_single[] = "there is one pane: - splits the screen";

void
split_init(struct split *s)
{
	*s = (struct split){.chosen = SPLIT_LIST};
	for (int i = 0; i < SPLIT_LAYOUTS; i++)
		s->percent[i] = SPLIT_PERCENT;
}

void
split_fini(struct split *s)
{
	if (s->detail)
		s->detail->ops->free(s->detail);
	s->detail = NULL;
}

/* ---- layout ---- */

static bool
split_has_two(enum split_layout l)
{
	return l == SPLIT_BELOW || l == SPLIT_RIGHT;
}

static bool
split_fits(const struct app *app, enum split_layout l)
{
	int rows, cols;

	term_size(app->term, &rows, &cols);
	if (!split_has_two(l))
		return true;
	return rows >= SPLIT_ROWS_MIN && cols >= (l == SPLIT_RIGHT ? SPLIT_RIGHT_COLS_MIN : SPLIT_COLS_MIN);
}

enum split_layout
split_layout(const struct app *app)
{
	const struct split *s = &app->split;

	if (!split_fits(app, s->chosen))
		return SPLIT_LIST;
	if (split_has_two(s->chosen) && s->zoomed)
		return s->detail_focused ? SPLIT_DETAIL : SPLIT_LIST;
	return s->chosen;
}

/* Two panes were chosen and the screen holds them, though one of them may have all of it. */
static bool
split_is_on(const struct app *app)
{
	return app->nviews == 1 && split_has_two(app->split.chosen) && split_fits(app, app->split.chosen);
}

struct view *
split_focus(const struct app *app)
{
	const struct split *s = &app->split;
	bool detail = s->detail && s->detail_focused && split_fits(app, s->chosen);

	return detail ? s->detail : app->view[0];
}

bool
split_takes_header(const struct app *app, int rows)
{
	return rows < SPLIT_HEADER_ROWS && split_layout(app) == SPLIT_BELOW;
}

/* ---- the flow of the detail ---- */

/* The detail follows the list as long as that has the keys: what is being read stays. */
static void
split_sync(struct app *app, bool at_once)
{
	struct split *s = &app->split;
	bool follow;
	uint64_t selected = view_flows_selected(app->view[0], &follow);

	if (s->detail && split_focus(app) != s->detail)
		s->late = !view_flow_show(s->detail, selected, at_once ? SHOW_AT_ONCE : follow ? SHOW_AT_LEISURE : SHOW_SOON);
}

/* ---- drawing ---- */

/* A rule with the title of the flow, and which pane has the keys. */
static void
split_draw_rule(struct app *app, const struct area *a)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = g, .role = ROLE_STATUS, .escapes = true};
	const char *pane = app->split.detail_focused ? " detail" : " list";
	const char *words = a->w >= SPLIT_WORDS_COLS ? " focused, Tab " : " ";
	int n = (int)(strlen(pane) + strlen(words)), x = a->w - n - 2;
	struct buf title;
	uint64_t number = view_flow_number(app->split.detail);
	bool gone;

	const struct flow *f = number ? flow_store_open(app->s->store, number, &gone) : NULL;
	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, 0, x, n, pane, ROLE_NOTE);
	cell_words(a, 0, x + (int)strlen(pane), n, words, ROLE_NOTE);
	if (!f)
		return;
	buf_init(&title, SPLIT_TITLE_MAX);
	buf_add_str(&title, " ");
	flow_title_put_short(app, f, &title);
	buf_add_str(&title, " ");
	cell_text(a, 0, 2, x - 3, buf_span(&title), &style);
	buf_fini(&title);
}

static int
split_size(int whole, int percent, int least)
{
	int n = whole * percent / 100;

	n = n > whole - 1 - least ? whole - 1 - least : n;
	return n < least ? least : n;
}

/* The areas of both panes; the detail's begins with its rule. */
static void
split_areas(const struct app *app, enum split_layout l, const struct area *a, struct area *list, struct area *detail)
{
	int percent = app->split.percent[l];

	*list = *detail = *a;
	if (l == SPLIT_RIGHT) {
		list->w = split_size(a->w, percent, SPLIT_PANE_COLS);
		detail->x += list->w + 1;
		detail->w -= list->w + 1;
	} else {
		list->h = split_size(a->h, percent, SPLIT_PANE_ROWS);
		detail->y += list->h;
		detail->h -= list->h;
	}
}

static void
split_draw_two(struct app *app, enum split_layout l, const struct area *a)
{
	struct split *s = &app->split;
	struct view *list = app->view[0];
	struct area top, rest;

	split_areas(app, l, a, &top, &rest);
	list->ops->draw(list, app, &top);
	int y = app->cursor_y, x = app->cursor_x;
	split_sync(app, false);
	for (int i = 0; l == SPLIT_RIGHT && i < a->h; i++)
		cell_fill(a, i, top.w, 1, term_glyphs(app->term)->vline, ROLE_RULE);
	split_draw_rule(app, &rest);
	const struct area page = {.y = rest.y + 1, .x = rest.x, .h = rest.h - 1, .w = rest.w};
	view_flow_draw_page(s->detail, app, &page);
	s->list_area = top;
	s->detail_area = page;
	app->body = s->detail_focused ? page : top;
	app->cursor_x = rest.x;
	if (!s->detail_focused) {
		app->cursor_y = y;
		app->cursor_x = x;
	}
}

/* Says so once when the screen has become too small, and takes it back. */
static void
split_refuse(struct app *app)
{
	bool refused = !split_fits(app, app->split.chosen);

	if (refused && !app->split.refused)
		app_toast(app, split_small);
	else if (!refused && app->split.refused && strcmp(app->toast, split_small) == 0)
		app->toast[0] = '\0';
	app->split.refused = refused;
}

void
split_draw(struct app *app, const struct area *a)
{
	struct split *s = &app->split;
	enum split_layout l = split_layout(app);
	struct view *list = app->view[0];

	split_refuse(app);
	s->late = false;
	s->list_area = s->detail_area = (struct area){.h = 0};
	if (split_focus(app) == s->detail) /* new flows do not take it away */
		view_flows_step(list, app, 0);
	if (split_has_two(l))
		split_draw_two(app, l, a);
	else if (l == SPLIT_DETAIL)
		s->detail->ops->draw(s->detail, app, a);
	else
		list->ops->draw(list, app, a);
}

static bool
split_is_in(const struct area *a, int y, int x)
{
	return y >= a->y && y < a->y + a->h && x >= a->x && x < a->x + a->w;
}

struct view *
split_under(struct app *app, int y, int x)
{
	const struct split *s = &app->split;

	if (app->nviews > 1)
		return app_top(app);
	if (split_is_in(&s->list_area, y, x))
		return app->view[0];
	return s->detail && split_is_in(&s->detail_area, y, x) ? s->detail : app_top(app);
}

void
split_point(struct app *app, int y, int x)
{
	struct split *s = &app->split;
	const struct area *l = &s->list_area;
	bool list = split_is_in(l, y, x);

	if (!l->h || app->nviews > 1 || y >= app->body.y + app->body.h + l->h)
		return;
	s->detail_focused = !list;
	if (list)
		app->body = *l;
}

bool
split_status(struct app *app, struct buf *out)
{
	struct view *list = app->view[0];

	if (app->nviews > 1 || !split_has_two(split_layout(app)))
		return false;
	list->ops->status(list, app, out);
	buf_add_str(out, " | ");
	view_flow_put_lines(app->split.detail, out);
	return true;
}

const char *
split_hint(const struct app *app)
{
	if (!split_is_on(app))
		return NULL;
	return app->split.zoomed ? "Tab Pane  - Layout  \\ Both" : "Tab Pane  - Layout  \\ Zoom  [] Resize";
}

/* ---- commands ---- */

bool
split_open(struct app *app)
{
	if (!split_is_on(app))
		return false;
	split_sync(app, true);
	app->split.detail_focused = true;
	return true;
}

bool
split_close(struct app *app)
{
	if (app->nviews > 1 || app->split.chosen == SPLIT_LIST)
		return false;
	split_fini(&app->split);
	app->split.chosen = SPLIT_LIST;
	app->split.detail_focused = app->split.zoomed = false;
	return true;
}

void
split_show_list(struct app *app)
{
	if (app->split.chosen == SPLIT_DETAIL)
		split_close(app);
	else if (app->split.zoomed)
		app->split.detail_focused = false;
}

static enum split_layout
split_next(const struct app *app)
{
	static const enum split_layout orders[2][SPLIT_LAYOUTS] = {
	    {SPLIT_LIST, SPLIT_BELOW, SPLIT_RIGHT, SPLIT_DETAIL},
	    {SPLIT_LIST, SPLIT_RIGHT, SPLIT_BELOW, SPLIT_DETAIL},
	};
	int rows, cols, i = 0;

	term_size(app->term, &rows, &cols);
	const enum split_layout *order = orders[rows >= SPLIT_WIDE_ROWS && cols >= SPLIT_WIDE_COLS];
	while (order[i] != app->split.chosen)
		i++;
	do
		i = (i + 1) % SPLIT_LAYOUTS;
	while (!split_fits(app, order[i]));
	return order[i];
}

/* A detail that covers the list becomes the pane. */
static void
split_adopt(struct app *app)
{
	struct split *s = &app->split;

	split_fini(s);
	s->detail = app->view[--app->nviews];
	s->chosen = SPLIT_LIST;
	s->detail_focused = true;
}

static void
split_choose(struct app *app, enum split_layout l)
{
	struct split *s = &app->split;

	if (l == SPLIT_LIST) {
		split_close(app);
		return;
	}
	if (!s->detail)
		s->detail = view_flow_new(0);
	if (!s->detail_focused)
		split_sync(app, true);
	if (l == SPLIT_DETAIL)
		s->detail_focused = true;
	s->chosen = l;
	s->zoomed = false;
	s->refused = false;
}

void
cmd_layout(struct app *app, const char *arg)
{
	static const char *const names[SPLIT_LAYOUTS] = {"list", "below", "right", "detail"};
	enum split_layout l = SPLIT_LAYOUTS;
	bool covered = app->nviews == 2 && app_top(app)->ops->scope == SCOPE_FLOW;

	if (app->nviews > 1 && !covered) {
		app_refuse(app, "panes are of the flow list: q goes back to it");
		return;
	}
	if (!split_fits(app, SPLIT_BELOW)) {
		app_refuse(app, split_small);
		return;
	}
	for (int i = 0; i < SPLIT_LAYOUTS; i++)
		if (strcmp(arg, names[i]) == 0)
			l = (enum split_layout)i;
	if (!split_fits(app, l)) {
		app_refuse(app, split_small);
		return;
	}
	if (covered)
		split_adopt(app);
	split_choose(app, l == SPLIT_LAYOUTS ? split_next(app) : l);
}

void
cmd_pane(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (split_is_on(app)) {
		split_sync(app, true);
		app->split.detail_focused = !app->split.detail_focused;
	} else if (v->ops->tab) {
		v->ops->tab(v, app, "next");
	} else {
		app_refuse(app, split_single);
	}
}

void
cmd_resize(struct app *app, const char *arg)
{
	int *percent = &app->split.percent[app->split.chosen];
	int to = *percent + (*arg == 'l' ? -SPLIT_PERCENT_STEP : SPLIT_PERCENT_STEP);

	if (!split_is_on(app))
		app_refuse(app, split_single);
	else if (app->split.zoomed)
		app_refuse(app, "one pane has the whole screen: \\ shows both");
	else if (to >= SPLIT_PERCENT_MIN && to <= SPLIT_PERCENT_MAX)
		*percent = to;
	else
		app_refuse(app, *arg == 'l' ? "the list is as small as it gets" : "the detail is as small as it gets");
}

void
cmd_zoom(struct app *app, const char *arg)
{
	(void)arg;
	if (!split_is_on(app))
		app_refuse(app, split_single);
	else
		app->split.zoomed = !app->split.zoomed;
}
