/* SPDX-License-Identifier: MIT
 * A text edited in place, on the whole screen. */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "text/text_lines.h"
#include "ui/app.h"
#include "ui/editor.h"
#include "ui/key.h"
#include "ui/term.h"
#include "ui/view_text.h"

enum { TEXT_SHOWN_MAX = 8 * EDITOR_MAX_BYTES, TEXT_MARGIN = 8 };

struct view_text {
	struct view base;
	struct editor editor;
	struct view_text_done done;
	size_t top;  /* line on the first row */
	int left;    /* columns scrolled out */
	int height;
	char title[80];
};

static int
text_cursor_column(const struct view_text *v, int escape)
{
	struct buf shown;

	buf_init(&shown, TEXT_SHOWN_MAX);
	escape_add(&shown, editor_before_cursor(&v->editor), escape);
	int column = (int)text_columns(buf_span(&shown));
	buf_fini(&shown);
	return column;
}

/* Scrolls as far as shows the cursor. */
static void
text_scroll(struct view_text *v, int column, int h, int w)
{
	size_t line = editor_line(&v->editor);

	v->height = h > 0 ? h : 1;
	if (line < v->top)
		v->top = line;
	if (line >= v->top + (size_t)v->height)
		v->top = line - (size_t)v->height + 1;
	if (column < v->left)
		v->left = column > TEXT_MARGIN ? column - TEXT_MARGIN : 0;
	if (column >= v->left + w)
		v->left = column - w + TEXT_MARGIN;
}

/* The part of escaped text from that column on. */
static struct span
text_from_column(struct span s, int left)
{
	while (left > 0 && s.n) {
		unsigned cp;
		size_t took = escape_utf8_decode(s.p, s.n, &cp);
		int width = took ? escape_width(cp) : 1;
		left -= width > 0 ? width : 0;
		took = took ? took : 1;
		s = span_of(s.p + took, s.n - took);
	}
	return s;
}

static void
text_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_text *v = (struct view_text *)base;
	const struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_TEXT, .escapes = true};
	int column = text_cursor_column(v, app->escape);
	struct buf shown;

	text_scroll(v, column, a->h - 1, a->w);
	cell_fill(a, 0, 0, a->w, style.glyphs->hline, ROLE_RULE);
	cell_words(a, 0, 3, a->w - 6, v->title, ROLE_RULE);
	buf_init(&shown, TEXT_SHOWN_MAX);
	size_t at = editor_line_start(&v->editor, v->top), last = editor_lines(&v->editor);
	for (int y = 0; y < v->height && v->top + (size_t)y < last; y++) {
		struct span line = editor_line_at(&v->editor, at);
		buf_clear(&shown);
		escape_add(&shown, line, app->escape);
		cell_text(a, y + 1, 0, a->w, text_from_column(buf_span(&shown), v->left), &style);
		at = editor_line_start(&v->editor, v->top + (size_t)y + 1);
	}
	buf_fini(&shown);
	app->cursor_y = a->y + 1 + (int)(editor_line(&v->editor) - v->top);
	app->cursor_x = a->x + column - v->left;
}

static void
text_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_text *v = (const struct view_text *)base;

	(void)app;
	buf_addf(out, "line %zu of %zu | %zu bytes | %s", editor_line(&v->editor) + 1, editor_lines(&v->editor),
	    v->editor.text.n, v->editor.changed ? "changed" : "unchanged");
}

static bool
text_key(struct view *base, struct app *app, int key)
{
	struct view_text *v = (struct view_text *)base;

	(void)app;
	if (key == KEYC_ESC || key == KEY_CTRL_OF('c'))
		return false;
	if (editor_key(&v->editor, key, v->height > 1 ? v->height - 1 : 1))
		return true;
	/* Keys of all views but characters: redraw, suspend. */
	return key < ' ' && key != KEY_CTRL_OF('l') && key != KEY_CTRL_OF('z');
}

static void
text_act(struct view *base, struct app *app, const char *what)
{
	struct view_text *v = (struct view_text *)base;

	size_t at;

	if (strcmp(what, "take") == 0 && v->editor.changed && v->done.check &&
	    !v->done.check(app, buf_span(&v->editor.text), &at)) {
		v->editor.cursor = at;
		return;
	}
	if (strcmp(what, "take") == 0 && v->editor.changed)
		v->done.done(app, v->done.arg, buf_span(&v->editor.text));
	if (strcmp(what, "take") != 0)
		app_toast(app, "given up: the text is as it was");
	app_pop(app);
}

static void
text_free(struct view *base)
{
	struct view_text *v = (struct view_text *)base;

	editor_fini(&v->editor);
	free(v);
}

static const struct view_ops text_ops = {
    .name = "text editor",
    .scope = SCOPE_TEXT,
    .draw = text_draw,
    .status = text_status,
    .act = text_act,
    .key = text_key,
    .free = text_free,
};

struct view *
view_text_new(const char *title, struct span text, const struct view_text_done *done)
{
	struct view_text *v = mem_zalloc(sizeof *v);

	v->base.ops = &text_ops;
	v->done = *done;
	snprintf(v->title, sizeof v->title, "%s", title);
	editor_init(&v->editor, text);
	return &v->base;
}
