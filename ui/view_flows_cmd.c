/* SPDX-License-Identifier: MIT
 * What can be done to the flow list: search, sort, mark, delete, undo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "ui/column.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/view_flows_internal.h"

enum { TOAST_TEXT_MAX = 48 };

static const char flows_heading[] = "that is a heading: choose a flow below it", flows_none[] = "no flow is selected",
			 flows_mark_lost[] = "the mark is not kept: the file is only read";

static void
flows_undo_drop(struct flows_undo *u)
{
	free(u->words);
	flow_set_fini(&u->marked);
	flow_set_fini(&u->unmarked);
	flow_set_fini(&u->cleared);
}

void
flows_cmd_fini(struct view_flows *v)
{
	flows_bulk_fini(v);
	while (v->nundo)
		flows_undo_drop(&v->undo[--v->nundo]);
}

void
flows_undo_push(struct view_flows *v, struct flows_undo u)
{
	if (v->nundo == UNDO_MAX) {
		flows_undo_drop(&v->undo[0]);
		memmove(v->undo, v->undo + 1, (UNDO_MAX - 1) * sizeof v->undo[0]);
		v->nundo--;
	}
	v->undo[v->nundo++] = u;
}

/* ---- search ---- */

struct flows_match {
	uint64_t id;       /* of the row to go to; 0: none */
	size_t nth, all;   /* which of how many rows that match, from 1 */
	bool wrapped;
};

/* The next row that matches, in the order shown: one pass. */
static struct flows_match
find_in_rows(const struct list_source *src, const struct flow_set *found, size_t at, int step)
{
	struct flows_match first = {.id = 0}, before = first, after = first, last = first;
	size_t n = src->count(src->arg), nth = 0;

	for (size_t row = 0; row < n; row++) {
		uint64_t id = src->id(src->arg, row);
		if (!flow_set_has(found, id))
			continue;
		last = (struct flows_match){.id = id, .nth = ++nth};
		if (!first.id)
			first = last;
		if (row < at)
			before = last;
		if (row > at && !after.id)
			after = last;
	}
	struct flows_match m = step > 0 ? after : before;
	if (!m.id) {
		m = step > 0 ? first : last;
		m.wrapped = true;
	}
	m.all = nth;
	return m;
}

/* The same where rows stand in the order of their numbers. */
static struct flows_match
find_in_set(
    const struct list_source *src, const struct flow_set *found, uint64_t selected, int step)
{
	/* A paused list ends before what is new. */
	size_t n = src->count(src->arg) ? flow_set_bound(found, src->newest(src->arg) + 1) : 0;
	struct flows_match m = {.all = n};
	size_t i = flow_set_bound(found, step > 0 ? selected + 1 : selected);

	if (!n)
		return m;
	m.wrapped = step > 0 ? i >= n : i == 0;
	if (step > 0)
		i = m.wrapped ? 0 : i;
	else
		i = (m.wrapped ? n : i) - 1;
	m.id = found->number[i];
	m.nth = i + 1;
	return m;
}

static void
find_jump(struct view_flows *v, struct app *app)
{
	struct flow_index *x = &app->index;
	struct list_source src = flows_source(v, app);
	const struct flow_set *found = &x->find.set;
	char toast[160], text[TOAST_TEXT_MAX];
	int step = v->find_step;

	v->find_step = 0;
	escape_text(text, sizeof text, span_str(x->find_text), app->escape);
	struct flows_match m = src.ascending
				   ? find_in_set(&src, found, v->list.selected, step)
				   : find_in_rows(&src, found, list_selected_row(&v->list, &src), step);
	if (m.id) {
		list_select(&v->list, &src, m.id);
		snprintf(toast, sizeof toast, "%s%zu of %zu: %s",
		    m.wrapped ? "search wrapped: " : "", m.nth, m.all, text);
	} else {
		snprintf(toast, sizeof toast, "No match for %s", text);
	}
	app_toast(app, toast);
	if (!m.id) /* who looks away while it searches must not miss it */
		app->toast_until_ns = UINT64_MAX;
}

void
flows_cmd_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_flows *v = (struct view_flows *)base;

	flow_tree_unfold_all(&v->tree);
	if (text)
		flow_index_find(&app->index, text);
	if (!app->index.find_text[0]) {
		app_refuse(app, "nothing was searched for yet: / asks what");
		return;
	}
	v->find_step = backwards ? -1 : 1;
	flow_index_find_again(&app->index);
	flows_cmd_turn(base, app);
}

bool
view_flows_goto(struct app *app, uint64_t number)
{
	struct view_flows *v = (struct view_flows *)app->view[0];
	struct list_source src = flows_source(v, app);

	flow_tree_unfold_all(&v->tree);
	list_select(&v->list, &src, number);
	return v->list.selected == number;
}

/* ---- sort ---- */

/* Large and slow ones first, as top does. */
static bool
sort_falls(unsigned column)
{
	return columns[column].right && columns[column].key && column != COLUMN_ID;
}

static void
sort_by(struct app *app, unsigned column, bool reverse)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	if (v->tree.index && column != v->tree.column)
		flows_tree_leave(v, app);
	struct list_source src = flows_source(v, app); /* of what is left: the tree's is gone */
	bool followed = v->list.follow && (column != COLUMN_ID || reverse);
	if (followed)
		list_follow(&v->list, &src, false);
	flow_index_sort(&app->index, column, reverse);
	if (followed) /* no flow was chosen: the slowest or largest is what is looked for */
		list_move(&v->list, &src, MOVE_TOP);
	char toast[96];
	snprintf(toast, sizeof toast, "the list is sorted by %s%s: J and K go that way", columns[column].title, reverse ? " falling" : "");
	view_flows_say(app, toast);
}

static unsigned
sort_menu_rows(struct menu_row *row, unsigned *column, unsigned current, unsigned *selected)
{
	unsigned n = 0;

	for (unsigned i = 0; i < columns_count && n < MENU_ROWS_MAX; i++) {
		if (!column_sorts(i))
			continue;
		if (i == current)
			*selected = n;
		column[n] = i;
		row[n++] = (struct menu_row){.name = columns[i].title, .what = columns[i].what};
	}
	return n;
}

/* Each row is picked by the first letter of its title that no other row has and the menu does not use. */
static void
sort_menu_letters(struct menu_row *row, unsigned n)
{
	char taken[MENU_ROWS_MAX + 4] = "jkq";

	for (unsigned i = 0; i < n; i++) {
		const char *c = row[i].name;
		while (*c && (*c < 'A' || strchr(taken, *c | 0x20)))
			c++;
		if (!*c)
			continue;
		row[i].key = *c | 0x20;
		taken[strlen(taken)] = (char)row[i].key;
	}
}

static void
sort_picked(struct app *app, unsigned i)
{
	struct menu_row row[MENU_ROWS_MAX];
	unsigned column[MENU_ROWS_MAX], selected;

	sort_menu_rows(row, column, 0, &selected);
	sort_by(app, column[i], sort_falls(column[i]));
}

void
view_flows_sort_menu(struct view *base, struct app *app)
{
	struct menu_row row[MENU_ROWS_MAX];
	unsigned column[MENU_ROWS_MAX], selected = 0;
	unsigned n = sort_menu_rows(row, column, app->index.want.column, &selected);

	(void)base;
	sort_menu_letters(row, n);
	menu_open(&app->menu, "Sort by", row, n, selected, sort_picked);
}

/* The next column that is on the screen. */
static unsigned
sort_neighbour(const struct app *app, unsigned from, int step)
{
	struct column_layout l;
	unsigned i = 0;

	view_flows_layout(app, &l);
	while (i < l.n && l.slot[i].column != from)
		i++;
	if (i == l.n) /* it is not on the screen */
		i = step > 0 ? l.n - 1 : 0;
	for (unsigned tries = 0; tries < l.n; tries++) {
		i = (i + l.n + (unsigned)step) % l.n;
		if (column_sorts(l.slot[i].column))
			return l.slot[i].column;
	}
	return from;
}

/* Some columns have no order: ACTIVITY draws a shape. */
static void
sort_refuse(struct app *app, unsigned column)
{
	char toast[96];

	if (column >= columns_count)
		snprintf(toast, sizeof toast, "there is no such column: S lists what can be sorted by");
	else
		snprintf(toast, sizeof toast, "the list has no order by %s: S lists what it can be sorted by", columns[column].title);
	app_error(app, 0, toast);
}

void
view_flows_sort_by(struct app *app, unsigned column)
{
	const struct flow_index *x = &app->index;

	if (column_sorts(column)) {
		sort_by(app, column, column == x->want.column ? !x->want.reverse : sort_falls(column));
		return;
	}
	sort_refuse(app, column);
}

void
view_flows_sort(struct view *base, struct app *app, const char *how)
{
	const struct flow_index *x = &app->index;
	unsigned column;

	(void)base;
	if (strcmp(how, "reverse") == 0) {
		sort_by(app, x->want.column, !x->want.reverse);
		return;
	}
	if (strcmp(how, "next") == 0 || strcmp(how, "prev") == 0)
		column = sort_neighbour(app, x->want.column, how[0] == 'n' ? 1 : -1);
	else
		column = column_find(how);
	if (column_sorts(column))
		sort_by(app, column, sort_falls(column));
	else
		sort_refuse(app, column);
}

void
view_flows_only_active(struct app *app)
{
	flow_index_only_active(&app->index, !app->index.want.only_active);
	app_toast(app, app->index.want.only_active ? "only active flows; I shows all again" : "no longer only active flows");
}

/* ---- marks, delete, undo ---- */

/* A file that is only read keeps nothing of what is done to its flows. */
const char *
flows_not_kept(const struct app *app)
{
	return app->s->reading ? "; not kept: the file is only read" : "";
}

/* The row after the one that leaves the list is selected, on the same line; after the last one the row before. */
static void
select_after(struct view_flows *v, struct app *app, size_t row, size_t n, uint64_t next)
{
	struct list_source src = flows_source(v, app);

	if (src.count(src.arg) >= n)
		return;
	v->list.before = v->list.selected;
	v->list.selected = next;
	if (row + 1 == n && v->list.line > 0)
		v->list.place = --v->list.line;
}

static uint64_t
row_after(const struct list_source *src, size_t row, size_t n)
{
	return n < 2 ? 0 : src->id(src->arg, row + 1 < n ? row + 1 : row - 1);
}

static void
mark_toggle(struct view_flows *v, struct app *app, bool step)
{
	struct flow_store *store = app->s->store;
	struct list_source src = flows_source(v, app);
	size_t row = list_selected_row(&v->list, &src), n = src.count(src.arg);
	uint64_t number = v->list.selected, next = row_after(&src, row, n);

	flow_store_mark(store, number, !flow_set_has(flow_store_marked(store), number));
	flow_index_marked(&app->index, number);
	if (src.count(src.arg) < n)
		select_after(v, app, row, n, next);
	else if (step)
		list_move(&v->list, &src, MOVE_DOWN);
}

/* The flow that is open, whatever the list has selected. */
static void
mark_toggle_open(struct app *app, uint64_t number)
{
	struct flow_store *store = app->s->store;
	bool on = !flow_set_has(flow_store_marked(store), number);
	char toast[64];

	flow_store_mark(store, number, on);
	flow_index_marked(&app->index, number);
	snprintf(toast, sizeof toast, "flow %llu is %s", (unsigned long long)number, on ? "marked" : "no longer marked");
	app_toast(app, *flows_not_kept(app) ? flows_mark_lost : toast);
}

void
view_flows_mark(struct view *base, struct app *app, const char *how)
{
	struct view_flows *v = (struct view_flows *)base;
	bool open = app_top(app)->ops->scope == SCOPE_FLOW && view_flow_number(app_top(app));

	if (strcmp(how, "only") == 0) {
		flow_index_only_marked(&app->index, !app->index.want.only_marked);
		view_flows_say(app, app->index.want.only_marked ? "the list shows only marked flows; M shows all again" : "the list shows all flows again");
	} else if (strcmp(how, "none") == 0) {
		flows_bulk_unmark(v, app, flow_store_marked(app->s->store), false);
	} else if (open) {
		mark_toggle_open(app, view_flow_number(app_top(app)));
	} else if (v->list.selected & TREE_HEADING) {
		app_refuse(app, flows_heading);
	} else if (!v->list.selected) {
		app_refuse(app, flows_none);
	} else {
		mark_toggle(v, app, strcmp(how, "step") == 0);
		if (*flows_not_kept(app))
			app_toast(app, flows_mark_lost);
		else if (app_top(app) != base)
			app_toast(app, "the selected flow of the list is marked, or no longer");
	}
}

/* It may be open, and not among those that the list shows. */
static void
delete_flow(struct view_flows *v, struct app *app, uint64_t number)
{
	struct list_source src = flows_source(v, app);
	bool selected = v->list.selected == number;
	size_t row = list_selected_row(&v->list, &src), n = src.count(src.arg);
	uint64_t next = selected ? row_after(&src, row, n) : 0;
	char toast[120];

	flow_store_delete(app->s->store, number, true);
	flow_index_deleted(&app->index, number);
	if (selected)
		select_after(v, app, row, n, next);
	flows_undo_push(v, (struct flows_undo){.deleted = number});
	snprintf(toast, sizeof toast, "flow %llu deleted, u brings it back%s",
	    (unsigned long long)number, flows_not_kept(app));
	app_toast(app, toast);
}

void
view_flows_delete(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	uint64_t open = flows_open_over(app), number = open ? open : v->list.selected;

	if (!number || (number & TREE_HEADING)) {
		app_refuse(app, number ? flows_heading : flows_none);
		return;
	}
	if (open && v->list.selected != open)
		view_flows_goto(app, open);
	if (open && flow_set_has(flow_store_deleted(app->s->store), open)) {
		app_refuse(app, "the flow is deleted already: u brings it back");
		return;
	}
	delete_flow(v, app, number);
	if (open)
		flows_open_next(v, app);
}

void
view_flows_undo(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	char toast[160], words[TOAST_TEXT_MAX];

	if (!v->nundo) {
		app_refuse(app, "there is nothing to undo");
		return;
	}
	if (!flows_bulk_is_free(v, app))
		return;
	struct flows_undo u = v->undo[--v->nundo];
	if (u.deleted) {
		struct list_source src = flows_source(v, app);
		flow_store_delete(app->s->store, u.deleted, false);
		flow_index_deleted(&app->index, u.deleted);
		list_select(&v->list, &src, u.deleted);
		snprintf(toast, sizeof toast, "flow %llu is back%s", (unsigned long long)u.deleted,
		    v->list.selected == u.deleted ? "" : ", but does not match what is shown");
		if (app_top(app)->ops->scope == SCOPE_FLOW)
			view_flow_show(app_top(app), u.deleted, SHOW_AT_ONCE);
	} else if (!u.words) {
		if (u.cleared.n)
			flows_bulk_restore(v, app, &u.cleared);
		else if (u.unmarked.n)
			flows_bulk_mark_again(v, app, &u.unmarked);
		else
			flows_bulk_unmark(v, app, &u.marked, true);
		flows_undo_drop(&u);
		return;
	} else {
		flow_index_filter(&app->index, u.words, NULL);
		escape_text(words, sizeof words, span_str(u.words), app->escape);
		snprintf(toast, sizeof toast, *words ? "filter %s is back" : "no filter, as before", words);
	}
	flows_undo_drop(&u);
	app_toast(app, toast);
}

bool
view_flows_cancel(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	struct flow_index *x = &app->index;

	if (flows_bulk_cancel(v, app))
		return true;
	v->find_step = 0;
	if (!flow_index_cancel(x))
		return false;
	/* The filter that never came to be is nothing to undo. */
	const struct flows_undo *u = v->nundo ? &v->undo[v->nundo - 1] : NULL;
	if (u && u->words && strcmp(u->words, x->shown.words) == 0)
		flows_undo_drop(&v->undo[--v->nundo]);
	app_toast(app, "given up; the list is as it was");
	return true;
}

/* ---- slices ---- */

void
flows_cmd_turn(struct view *base, struct app *app)
{
	struct view_flows *v = (struct view_flows *)base;
	struct flow_index *x = &app->index;
	unsigned percent;

	if (flow_index_turn(x))
		app->busy = true;
	flows_bulk_turn(v, app);
	flows_tree_turn(v, app);
	if (v->find_step) /* the filter has changed meanwhile */
		flow_index_find_again(x);
	if (v->find_step && !x->find.pass.scan && !flow_index_is_working(x)) {
		find_jump(v, app);
		app->dirty = true;
	}
	flows_filter_turn(v, app);
	if (*flow_index_progress(x, &percent))
		app->dirty = true;
}
