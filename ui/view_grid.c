/* SPDX-License-Identifier: MIT
 * The grid editor. A row is typed as one line, NAME: VALUE, so that both can be changed and pasted at once. */
#include "ui/view_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "text/text_mask.h"
#include "ui/app.h"
#include "ui/term.h"
#include "ui/view.h"

enum { GRID_LINE_MAX = 4 * PROMPT_TEXT_MAX, GRID_NAME_COLUMNS = 24 };

struct view_grid {
	struct view base;
	struct view_grid_about about;
	struct h1_message_fields f;
	unsigned row, top;
	int height;
	bool changed, adding;
};

/* The top view is a grid whenever its prompt is answered. */
static struct view_grid *
grid_of(struct app *app)
{
	return (struct view_grid *)app_top(app);
}

static void
grid_draw_row(const struct view_grid *v, const struct app *app, const struct area *a, int y, unsigned i)
{
	const struct h1_message_field *f = &v->f.field[i];
	struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_NAME, .escapes = true};
	char text[GRID_LINE_MAX];
	int name = a->w / 3 < GRID_NAME_COLUMNS ? a->w / 3 : GRID_NAME_COLUMNS;

	cell_words(a, y, 0, 1, i == v->row ? style.glyphs->selected : " ", ROLE_TEXT);
	escape_text(text, sizeof text, span_str(f->name), app->escape);
	int used = cell_text(a, y, 2, name, span_str(text), &style);
	if (!v->about.bare || f->value[0]) /* else it is part of the name, or not there */
		cell_words(a, y, 2 + used, 2, v->about.between, ROLE_TEXT);
	style.role = ROLE_TEXT;
	char *own;
	bool cookies = strcmp(v->about.title, "cookies") == 0;
	struct span value = text_mask_value(span_str(f->name), span_str(f->value), v->about.between[0], cookies, app->escape, &own);
	escape_text(text, sizeof text, value, app->escape);
	free(own);
	cell_text(a, y, name + 4, a->w - name - 4, span_str(text), &style);
	if (i == v->row)
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
}

static void
grid_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_grid *v = (struct view_grid *)base;
	const struct glyphs *g = term_glyphs(app->term);
	char title[96];

	v->height = a->h > 2 ? a->h - 1 : 1;
	if (v->row < v->top)
		v->top = v->row;
	if (v->row >= v->top + (unsigned)v->height)
		v->top = v->row - (unsigned)v->height + 1;
	snprintf(title, sizeof title, " %s %u ", v->about.title, v->f.n);
	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, 0, 2, a->w - 4, title, ROLE_RULE);
	if (!v->f.n)
		cell_words(a, 1, 2, a->w - 2, "There are none.  a adds one", ROLE_NOTE);
	for (int y = 0; y < v->height && v->top + (unsigned)y < v->f.n; y++)
		grid_draw_row(v, app, a, y + 1, v->top + (unsigned)y);
	app->cursor_y = a->y + 1 + (int)(v->row - v->top);
}

static void
grid_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_grid *v = (const struct view_grid *)base;

	(void)app;
	buf_addf(out, "%s %u of %u%s | q takes them over, ^C gives up", v->about.title, v->f.n ? v->row + 1 : 0, v->f.n,
	    v->changed ? ", changed" : "");
}

static void
grid_move(struct view *base, struct app *app, enum move m)
{
	struct view_grid *v = (struct view_grid *)base;
	static const int step[MOVE_COUNT] = {[MOVE_UP] = -1, [MOVE_DOWN] = 1};
	int page = m == MOVE_PAGE_UP || m == MOVE_PAGE_DOWN ? v->height : v->height / 2 + 1;
	long to = (long)v->row;

	(void)app;
	if (m == MOVE_TOP)
		to = 0;
	else if (m == MOVE_END)
		to = (long)v->f.n - 1;
	else if (step[m])
		to += step[m];
	else
		to += m == MOVE_PAGE_UP || m == MOVE_HALF_UP ? -page : page;
	to = to >= (long)v->f.n ? (long)v->f.n - 1 : to;
	v->row = to < 0 ? 0 : (unsigned)to;
}

/* ---- a row as a line ---- */

/* A line split into name and value; the name is empty when the line is none. */
static void
grid_split(const struct view_grid *v, const char *line, char *name, const char **value)
{
	char sep = v->about.between[0];
	const char *at = strchr(line, sep);
	size_t n = at ? (size_t)(at - line) : v->about.bare ? strlen(line) : 0;

	/* "a=" is not "a": the sign stays with a name that has no value. */
	n += v->about.bare && at && !at[1];
	memcpy(name, line, n);
	name[n] = '\0';
	*value = at ? at + 1 + strspn(at + 1, sep == ':' ? " " : "") : "";
}

static void
grid_check_field(struct app *app, const char *text, struct prompt_refusal *r)
{
	const char *at = strchr(text, ':');

	(void)app;
	r->at = at ? 0 : strlen(text);
	if (!at || at == text)
		snprintf(r->why, sizeof r->why, "a field is NAME: VALUE");
}

static void
grid_answer(struct app *app, const char *text)
{
	struct view_grid *v = grid_of(app);
	char name[PROMPT_TEXT_MAX];
	const char *value;

	if (!*text)
		return;
	grid_split(v, text, name, &value);
	if (v->adding) {
		v->row = v->f.n ? v->row + 1 : 0;
		h1_fields_insert(&v->f, v->row, name, value);
	} else {
		h1_fields_set(&v->f, v->row, name, value);
	}
	v->changed = true;
}

static void
grid_ask(struct view_grid *v, struct app *app, bool adding)
{
	char text[PROMPT_TEXT_MAX] = "";
	bool field = v->about.between[0] == ':';

	if (!adding && v->f.n) {
		const struct h1_message_field *f = &v->f.field[v->row];
		bool bare = v->about.bare && !f->value[0];
		int n = snprintf(text, sizeof text, "%s%s%s", f->name, bare ? "" : v->about.between, f->value);
		if (n >= (int)sizeof text) {
			app_toast(app, "too long for a line: e edits the whole message in $EDITOR");
			return;
		}
	} else if (!adding) {
		return;
	}
	v->adding = adding;
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = field ? "Field: " : "Value: ",
					  .text = text,
					  .history = HISTORY_NONE,
					  .check = field ? grid_check_field : NULL,
					  .answer = grid_answer});
}

static void
grid_open(struct view *base, struct app *app)
{
	grid_ask((struct view_grid *)base, app, false);
}

static void
grid_shift(struct view_grid *v, int by)
{
	long to = (long)v->row + by;

	if (to < 0 || to >= (long)v->f.n)
		return;
	h1_fields_move(&v->f, v->row, (unsigned)to);
	v->row = (unsigned)to;
	v->changed = true;
}

static void
grid_act(struct view *base, struct app *app, const char *what)
{
	struct view_grid *v = (struct view_grid *)base;

	if (strcmp(what, "add") == 0) {
		grid_ask(v, app, true);
	} else if (strcmp(what, "take") == 0) {
		if (v->changed)
			v->about.done(app, v->about.arg, &v->f);
		app_pop(app);
	} else if (!v->f.n) {
		app_toast(app, "there is no row: a adds one");
	} else if (strcmp(what, "remove") == 0) {
		h1_fields_remove(&v->f, v->row);
		v->row -= v->row == v->f.n && v->row;
		v->changed = true;
	} else if (strcmp(what, "double") == 0) {
		h1_fields_insert(&v->f, v->row + 1, v->f.field[v->row].name, v->f.field[v->row].value);
		v->row++;
		v->changed = true;
	} else if (strcmp(what, "up") == 0) {
		grid_shift(v, -1);
	} else if (strcmp(what, "down") == 0) {
		grid_shift(v, 1);
	}
}

static void
grid_free(struct view *base)
{
	struct view_grid *v = (struct view_grid *)base;

	h1_fields_fini(&v->f);
	free(v);
}

static const struct view_ops grid_ops = {
    .name = "grid editor",
    .scope = SCOPE_GRID,
    .draw = grid_draw,
    .status = grid_status,
    .move = grid_move,
    .open = grid_open,
    .act = grid_act,
    .free = grid_free,
};

struct view *
view_grid_new(const struct h1_message_fields *f, const struct view_grid_about *about)
{
	struct view_grid *v = mem_zalloc(sizeof *v);

	v->base.ops = &grid_ops;
	v->about = *about;
	h1_fields_copy(&v->f, f);
	return &v->base;
}
