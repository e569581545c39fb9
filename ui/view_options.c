/* SPDX-License-Identifier: MIT
 * The options: a table of all of them, with the help of the selected one below it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/cmd_set.h"
#include "ui/frontend.h"
#include "ui/option_use.h"
#include "ui/status.h"
#include "ui/term.h"
#include "ui/theme.h"

enum {
	NAME_COLUMN = 2,
	VALUE_COLUMN = 22,
	FROM_WIDTH = 13,
	FROM_FROM_COLS = 60,    /* narrower: where a value comes from is not shown */
	HEADING_FROM_ROWS = 8,
	HELP_FROM_ROWS = 6,
	HELP_ROWS = 3,
	TEXT_MAX = 512,
	FIND_MAX = 80,
};

struct view_options {
	struct view base;
	struct list list;
	unsigned order[OPT_COUNT]; /* ids by name */
	char find[FIND_MAX];
};

/* ---- rows: the id of a row in the list is its number, from 1 ---- */

static size_t
rows_count(const void *arg)
{
	(void)arg;
	return OPT_COUNT;
}

static uint64_t
rows_id(const void *arg, size_t row)
{
	(void)arg;
	return row + 1;
}

static size_t
rows_row(const void *arg, uint64_t id)
{
	(void)arg;
	return id ? (size_t)id - 1 : 0;
}

static size_t
rows_newer(const void *arg, uint64_t id)
{
	(void)arg;
	return OPT_COUNT - (size_t)id;
}

static uint64_t
rows_newest(const void *arg)
{
	(void)arg;
	return OPT_COUNT;
}

static const struct list_source rows = {
    .count = rows_count,
    .id = rows_id,
    .row = rows_row,
    .newer = rows_newer,
    .newest = rows_newest,
    .ascending = true,
};

static enum option_id
options_at(const struct view_options *v, size_t row)
{
	return (enum option_id)v->order[row < OPT_COUNT ? row : 0];
}

static enum option_id
options_selected(const struct view_options *v)
{
	return options_at(v, list_selected_row(&v->list, &rows));
}

/* ---- drawing ---- */

static const char *
options_from(const struct app *app, enum option_id id)
{
	static const char *const from[] = {
	    [OPTION_BUILT_IN] = "default",
	    [OPTION_FILE] = "config file",
	    [OPTION_ARGS] = "command line",
	    [OPTION_CONSOLE] = "set here",
	};
	return from[option_source(app->s->options, id)];
}

static void
options_draw_row(struct app *app, const struct area *a, int y, enum option_id id)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct options *o = app->s->options;
	bool changed = option_source(o, id) == OPTION_CONSOLE, other = !option_is_default(o, id);
	enum role role = changed ? ROLE_STREAM : ROLE_TEXT;
	const struct cell_style style = {.glyphs = g, .role = role, .escapes = true};
	int from = a->w >= FROM_FROM_COLS ? FROM_WIDTH : 0;
	int value = a->w < 2 * VALUE_COLUMN ? a->w / 2 : VALUE_COLUMN;
	char text[TEXT_MAX];

	cell_words(a, y, 1, 1, changed ? "~" : other ? "*" : " ", ROLE_NOTE);
	cell_words(a, y, NAME_COLUMN, value - NAME_COLUMN - 1, option_rows[id].name, role);
	option_use_text(app, id, text, sizeof text);
	cell_text(a, y, value, a->w - value - from, span_str(text), &style);
	if (from)
		cell_words(a, y, a->w - from + 1, from - 1, options_from(app, id), ROLE_NOTE);
}

static void
options_draw_list(struct view_options *v, struct app *app, const struct area *a)
{
	list_sync(&v->list, &rows, a->h);
	for (int y = 0; y < a->h && v->list.top + (size_t)y < OPT_COUNT; y++) {
		size_t row = v->list.top + (size_t)y;
		options_draw_row(app, a, y, options_at(v, row));
		if (row + 1 != v->list.selected)
			continue;
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		if (theme_is_mono())
			cell_words(a, y, 0, 1, term_glyphs(app->term)->selected, ROLE_SELECTED);
		app->cursor_y = a->y + y;
		app->cursor_x = a->x;
	}
}

/* What the option is for, its range and its default. */
static void
options_draw_help(struct view_options *v, const struct app *app, const struct area *a)
{
	const struct option_row *row = &option_rows[options_selected(v)];
	char text[TEXT_MAX], lo[32], hi[32];
	struct span rest, line;
	const struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_TEXT};
	int n = snprintf(text, sizeof text, "%s. Default %s", row->help, *row->dflt ? row->dflt : "-");

	if (row->max > 1 && row->type != OPTION_BOOL) {
		option_number_text(row->type, row->min, lo, sizeof lo);
		option_number_text(row->type, row->max, hi, sizeof hi);
		n += snprintf(text + n, sizeof text - (size_t)n, ", from %s to %s", lo, hi);
	}
	for (unsigned i = 0; option_use_choice(options_selected(v), i) && n < (int)sizeof text; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", i ? " " : "; one of ",
		    option_use_choice(options_selected(v), i));
	cell_fill(a, 0, 0, a->w, term_glyphs(app->term)->hline, ROLE_RULE);
	rest = span_str(text);
	for (int y = 1; y < a->h && status_wrap(&rest, a->w - 2, &line); y++)
		cell_text(a, y, 1, a->w - 2, line, &style);
}

static void
options_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_options *v = (struct view_options *)base;
	int heading = a->h >= HEADING_FROM_ROWS, help = a->h >= HELP_FROM_ROWS ? HELP_ROWS : 0;
	int value = a->w < 2 * VALUE_COLUMN ? a->w / 2 : VALUE_COLUMN;
	const struct area list = {.y = a->y + heading, .x = a->x, .h = a->h - heading - help, .w = a->w};
	const struct area below = {.y = a->y + a->h - help, .x = a->x, .h = help, .w = a->w};

	if (heading) {
		cell_words(a, 0, NAME_COLUMN, value - NAME_COLUMN, "OPTION", ROLE_TEXT);
		cell_words(a, 0, value, a->w - value, "VALUE", ROLE_TEXT);
		if (a->w >= FROM_FROM_COLS)
			cell_words(a, 0, a->w - FROM_WIDTH + 1, FROM_WIDTH - 1, "FROM", ROLE_TEXT);
		cell_paint(a, 0, 0, a->w, ROLE_HEADING);
	}
	options_draw_list(v, app, &list);
	if (help)
		options_draw_help(v, app, &below);
}

static void
options_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_options *v = (struct view_options *)base;
	unsigned changed = 0;

	for (int i = 0; i < OPT_COUNT; i++)
		changed += option_source(app->s->options, (enum option_id)i) == OPTION_CONSOLE;
	buf_addf(out, "option %zu/%d", list_selected_row(&v->list, &rows) + 1, OPT_COUNT);
	if (changed)
		buf_addf(out, " | %u set here, W writes %s", changed, changed == 1 ? "it" : "them");
}

/* ---- what can be done ---- */

static void
options_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	list_move(&((struct view_options *)base)->list, &rows, m);
}

/* A switch is turned, a choice goes on to the next; all else is asked for. */
static void
options_change(struct view *base, struct app *app)
{
	enum option_id id = options_selected((struct view_options *)base);
	const struct option_row *row = &option_rows[id];
	char value[TEXT_MAX], line[TEXT_MAX + 64];
	unsigned i = 0;

	option_text(app->s->options, id, value, sizeof value);
	while (option_use_choice(id, i) && strcmp(option_use_choice(id, i), value) != 0)
		i++;
	const char *next = option_use_choice(id, i) ? option_use_choice(id, i + 1) : NULL;
	if (option_use_choice(id, 0)) {
		snprintf(line, sizeof line, "set %s=%s", row->name, next ? next : option_use_choice(id, 0));
		cmd_run(app, line);
		return;
	}
	snprintf(line, sizeof line, "set %s=%s", row->name, row->type == OPTION_LIST ? "" : value);
	cmd_command(app, line);
}

void
view_options_default(struct view *base, struct app *app)
{
	char line[80];

	snprintf(line, sizeof line, "set %s&", option_rows[options_selected((struct view_options *)base)].name);
	cmd_run(app, line);
}

static void
options_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_options *v = (struct view_options *)base;
	size_t at = list_selected_row(&v->list, &rows);
	char toast[sizeof app->toast], shown[FIND_MAX];

	if (text)
		snprintf(v->find, sizeof v->find, "%s", text);
	for (size_t i = 1; *v->find && i <= OPT_COUNT; i++) {
		size_t row = (backwards ? at + OPT_COUNT - i : at + i) % OPT_COUNT;
		const struct option_row *o = &option_rows[options_at(v, row)];
		if (!strcasestr(o->name, v->find) && !strcasestr(o->help, v->find))
			continue;
		list_select(&v->list, &rows, row + 1);
		return;
	}
	escape_text(shown, sizeof shown, span_str(v->find), app->escape);
	snprintf(toast, sizeof toast, *shown ? "No match for %s" : "nothing was searched for yet: / asks what", shown);
	app_toast(app, toast);
}

static void
view_options_free(struct view *base)
{
	free(base);
}

static const struct view_ops options_ops = {
    .name = "options",
    .scope = SCOPE_OPTIONS,
    .draw = options_draw,
    .status = options_status,
    .move = options_move,
    .open = options_change,
    .find = options_find,
    .free = view_options_free,
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(option_rows[*(const unsigned *)a].name, option_rows[*(const unsigned *)b].name);
}

struct view *
view_options_new(void)
{
	struct view_options *v = mem_zalloc(sizeof *v);

	v->base.ops = &options_ops;
	v->list.selected = 1;
	v->list.height = 1;
	for (unsigned i = 0; i < OPT_COUNT; i++)
		v->order[i] = i;
	qsort(v->order, OPT_COUNT, sizeof v->order[0], by_name);
	return &v->base;
}
