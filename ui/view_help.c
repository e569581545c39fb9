/* SPDX-License-Identifier: MIT
 * The help: pages in a box over the view that it is about. What is typed is looked for in all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "ui/app.h"
#include "ui/box.h"
#include "ui/cmd.h"
#include "ui/help_page.h"
#include "ui/key.h"
#include "ui/page.h"
#include "ui/tabs.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"

enum {
	HELP_BOX_FROM_COLS = 70, /* smaller: the whole screen */
	HELP_BOX_FROM_ROWS = 18,
	HELP_BOX_COLS = 106, /* within the box, at most */
	HELP_BOX_ROWS = 36,
	HELP_TITLE_FROM_ROWS = 6,
	HELP_WORD_MAX = 32,
	HELP_STATUS_WIDE_FROM = 60,
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
	struct help_items items;
	size_t at;       /* the chosen item */
	bool show;       /* it is to be scrolled to with the next drawing */
	char word[HELP_WORD_MAX + 1]; /* that was typed; "": pages are shown */
	size_t found;    /* lines that hold it */
	unsigned built_page;
	int built_width; /* 0: not yet */
};

static void
help_build(struct view_help *v, struct app *app, int width)
{
	if (v->built_page == v->page && v->built_width == width)
		return;
	const struct help_writer w = {
	    .t = &v->text.text, .items = &v->items, .app = app, .about = v->about, .width = width};
	text_lines_clear(&v->text.text);
	help_items_clear(&v->items);
	v->found = v->word[0] ? help_page_search(&w, v->word) : 0;
	if (v->word[0] && !v->found)
		text_lines_note(w.t, "Nothing in the help has this. Esc shows the pages again");
	else if (!v->word[0])
		help_page_build(&w, (enum help_page)v->page);
	if (app->language) /* over a line that is typed nothing runs */
		help_items_clear(&v->items);
	page_made(&v->text);
	v->built_page = v->page;
	v->built_width = width;
}

/* Another page, or another word. */
static void
help_turn_over(struct view_help *v)
{
	v->built_width = 0;
	v->text.pager.top = 0;
	v->at = 0;
}

/* ---- the chosen item ---- */

static const struct help_item *
help_chosen(const struct view_help *v)
{
	return v->at < v->items.n ? &v->items.item[v->at] : NULL;
}

/* Where the words of the item stand in a row of the pager. False: not in this one. */
static bool
help_item_in_row(const struct view_help *v, const struct help_item *item, size_t row, int *x, int *w)
{
	const struct pager_row *r = &v->text.pager.row[row];
	const char *bytes = v->text.text.bytes.p;
	uint32_t from = item->off > r->off ? item->off : r->off;
	uint32_t end = item->off + item->n < r->off + r->n ? item->off + item->n : r->off + r->n;

	if (from >= end)
		return false;
	while (from < end && bytes[from] == ' ')
		from++;
	*x = (int)text_columns(span_of(bytes + r->off, from - r->off));
	*w = (int)text_columns(span_of(bytes + from, end - from));
	return true;
}

static void
help_paint(struct view_help *v, struct app *app, const struct area *a)
{
	const struct help_item *item = help_chosen(v);
	const struct pager *p = &v->text.pager;
	bool first = true;
	int x, w;

	for (int y = 0; item && y < a->h && p->top + (size_t)y < p->nrows; y++) {
		if (!help_item_in_row(v, item, p->top + (size_t)y, &x, &w))
			continue;
		cell_paint(a, y, x, w, ROLE_SELECTED);
		if (!first)
			continue;
		if (theme_is_mono() && x > 0)
			cell_words(a, y, x - 1, 1, term_glyphs(app->term)->selected, ROLE_SELECTED);
		app->cursor_y = a->y + y;
		app->cursor_x = a->x + x;
		first = false;
	}
}

static bool
help_is_in_sight(const struct view_help *v, size_t i)
{
	const struct pager *p = &v->text.pager;
	size_t row = pager_row_of(p, v->items.item[i].off);

	return row >= p->top && row < p->top + (size_t)p->height;
}

/* What was scrolled away gives way to the nearest that is on the screen. */
static void
help_choose_in_sight(struct view_help *v, bool up)
{
	size_t n = v->items.n;

	if (!n || !v->text.pager.nrows || help_is_in_sight(v, v->at))
		return;
	for (size_t i = 0; i < n; i++) {
		size_t at = up ? n - 1 - i : i;
		if (!help_is_in_sight(v, at))
			continue;
		v->at = at;
		return;
	}
}

/* ---- drawing ---- */

static void
help_title(const struct view_help *v, int cols, char *out, size_t size)
{
	if (v->word[0] && cols < HELP_BOX_FROM_COLS)
		snprintf(out, size, "Search: %s_", v->word);
	else if (v->word[0])
		snprintf(out, size, "Help: %s   (search: %s_   Enter runs, Esc clears)", v->about->name, v->word);
	else if (cols >= HELP_BOX_FROM_COLS)
		snprintf(out, size, "Help: %s   (type to search, 1-%u topics, q closes)", v->about->name, HELP_PAGES);
	else
		snprintf(out, size, "Help: %s  (q closes)", v->about->name);
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
	char title[128];

	if (app->language)
		snprintf(title, sizeof title, "Help: expressions   (1-%u topics, F1 goes back to the line)", HELP_PAGES);
	else
		help_title(v, a->w, title, sizeof title);
	if (box) {
		app_draw_view(app, app->nviews - (app->language ? 1 : 2), a); /* the view below goes on, as far as it is to be seen */
		in = box_draw(a, rows, cols, title, g);
		in.x++;
		in.w -= 2;
	} else if (a->h >= HELP_TITLE_FROM_ROWS) {
		cell_words(&in, y++, 0, in.w, title, ROLE_STATUS);
	}
	app->spots.n = 0; /* the view below is covered */
	if (!v->word[0]) /* else digits are typed */
		tabs_spots(&app->spots, &in, y, help_tabs, HELP_PAGES, v->page);
	tabs_draw(&in, y++, help_tabs, HELP_PAGES, v->page);
	y += box;
	const struct area page = {.y = in.y + y, .x = in.x, .h = in.h - y, .w = in.w};
	help_build(v, app, page.w);
	if (v->show && help_chosen(v)) {
		pager_layout(&v->text.pager, &v->text.text, page.w, page.h);
		pager_show(&v->text.pager, pager_row_of(&v->text.pager, help_chosen(v)->off));
	}
	v->show = false;
	page_draw(&v->text, app, &page);
	help_paint(v, app, &page);
	app->body = page; /* not that of the view below */
}

static void
help_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_help *v = (const struct view_help *)base;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	if (v->word[0])
		buf_addf(out, "%s_ | %zu found", v->word, v->found);
	else
		buf_add_str(out, "help");
	buf_add_str(out, " | ");
	page_put_lines(&v->text, out);
	if (cols >= HELP_STATUS_WIDE_FROM && help_chosen(v))
		buf_addf(out, " | Enter runs what is chosen%s", v->word[0] ? ", Esc clears" : "");
}

/* ---- keys ---- */

static void
help_move(struct view *base, struct app *app, enum move m)
{
	struct view_help *v = (struct view_help *)base;
	bool up = m == MOVE_UP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP || m == MOVE_TOP;

	(void)app;
	if ((m != MOVE_UP && m != MOVE_DOWN) || !v->items.n) {
		pager_move(&v->text.pager, m);
		help_choose_in_sight(v, !up);
		return;
	}
	if (up && v->at)
		v->at--;
	else if (!up && v->at + 1 < v->items.n)
		v->at++;
	else
		pager_move(&v->text.pager, m); /* what has nothing to choose, above or below */
	v->show = true;
}

static void
help_tab(struct view *base, struct app *app, const char *which)
{
	struct view_help *v = (struct view_help *)base;

	(void)app;
	v->page = tabs_choose(help_tabs, HELP_PAGES, v->page, which);
	v->word[0] = '\0';
	help_turn_over(v);
}

/* Closes the help first: the command is for the view that it was opened from. */
static void
help_open(struct view *base, struct app *app)
{
	const struct help_item *item = help_chosen((const struct view_help *)base);

	if (!item) {
		app_refuse(app, "there is nothing to run here: keys, filters and commands can be");
		return;
	}
	char *command = mem_strdup(item->command);
	app_pop(app);
	cmd_run(app, command);
	free(command);
}

static void
help_click(struct view *base, struct app *app, int y, int x)
{
	struct view_help *v = (struct view_help *)base;
	size_t row = v->text.pager.top + (size_t)y;
	int at, w;

	for (size_t i = 0; row < v->text.pager.nrows && i < v->items.n; i++) {
		if (!help_item_in_row(v, &v->items.item[i], row, &at, &w) || x < at || x >= at + w)
			continue;
		if (i == v->at)
			help_open(base, app);
		else
			v->at = i;
		return;
	}
}

static bool
help_type(struct view_help *v, int key)
{
	size_t n = strlen(v->word);

	if (key == KEYC_BACKSPACE && n)
		v->word[n - 1] = '\0';
	else if ((key == KEYC_ESC || key == KEY_CTRL_OF('u')) && n)
		v->word[0] = '\0';
	else if (key >= ' ' && key < 0x7f && n < HELP_WORD_MAX)
		snprintf(v->word + n, 2, "%c", key);
	else
		return key >= ' ' && key < 0x7f;
	help_turn_over(v);
	return true;
}

/* What is printable is typed, but for the keys of the help while nothing is. */
static bool
help_key(struct view *base, struct app *app, int key)
{
	struct view_help *v = (struct view_help *)base;

	if (!v->word[0] && keys_find(&app->keys, SCOPE_HELP, key))
		return false;
	return help_type(v, key);
}

/* For what begins with a key of the help. */
static void
help_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_help *v = (struct view_help *)base;
	size_t n = 0;

	(void)backwards;
	(void)app;
	for (; text && *text && n < HELP_WORD_MAX; text++)
		if (*text >= ' ' && *text < 0x7f)
			v->word[n++] = *text;
	v->word[n] = '\0';
	help_turn_over(v);
}

static const char *
help_hint(const struct view *base)
{
	return ((const struct view_help *)base)->word[0] ? "Enter Run  Up Dn Choose  Esc Clear  Bksp Less" : NULL;
}

static void
help_free(struct view *base)
{
	struct view_help *v = (struct view_help *)base;

	help_items_fini(&v->items);
	page_fini(&v->text);
	free(v);
}

static const struct view_ops help_ops = {
    .name = "help",
    .scope = SCOPE_HELP,
    .draw = help_draw,
    .status = help_status,
    .move = help_move,
    .open = help_open,
    .click = help_click,
    .key = help_key,
    .tab = help_tab,
    .find = help_find,
    .hint = help_hint,
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
