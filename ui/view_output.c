/* SPDX-License-Identifier: MIT
 * A text in a view of its own. */
#include "ui/view_output.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "text/text_plain.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/pager_find.h"
#include "ui/term.h"

enum { OUTPUT_TEXT_MAX = 16 << 20, OUTPUT_TITLE_MAX = 200, OUTPUT_NOTE_MAX = 120 };

struct view_output {
	struct view base;
	char title[OUTPUT_TITLE_MAX], note[OUTPUT_NOTE_MAX];
	bool bad;
	struct text_lines text;
	struct pager pager;
	struct pager_find find;
};

static void
output_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_output *v = (struct view_output *)base;
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style title = {.glyphs = g, .role = ROLE_STATUS, .escapes = true};
	const struct cell_style note = {.glyphs = g, .role = v->bad ? ROLE_BAD : ROLE_NOTE};
	int wide = (int)text_columns(span_str(v->note)) + 2, room = a->w > 2 * wide ? a->w - wide : a->w;
	int x = cell_text(a, 0, 0, room, span_str(v->title), &title);
	const struct area page = {.y = a->y + 1, .x = a->x, .h = a->h - 1, .w = a->w};

	if (room < a->w)
		cell_text(a, 0, x + 2, a->w - x - 2, span_str(v->note), &note);
	pager_layout(&v->pager, &v->text, page.w, page.h);
	pager_find_show(&v->find, &v->pager);
	pager_draw(&v->pager, &page, g);
	app->cursor_y = page.y;
	app->cursor_x = page.x;
}

static void
output_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_output *v = (const struct view_output *)base;
	const struct pager *p = &v->pager;
	size_t end = p->top + (size_t)p->height;

	(void)app;
	end = end < p->nrows ? end : p->nrows;
	buf_addf(out, "output | lines %zu-%zu/%zu%s | %s", p->nrows ? p->top + 1 : 0, end, p->nrows,
	    end - p->top == p->nrows ? " ALL" : "", v->note);
}

static void
output_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_output *)base)->pager, m);
}

static void
output_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	struct view_output *v = (struct view_output *)base;
	char toast[sizeof app->toast];

	if (text) {
		pager_find_set(&v->find, text);
		pager_find_collect(&v->find, &v->text);
	} else if (!v->find.text[0]) {
		app_toast(app, "nothing was searched for yet: / asks what");
		return;
	}
	pager_find_go(&v->find, &v->pager, backwards, toast, sizeof toast);
	app_toast(app, toast);
}

static void
output_free(struct view *base)
{
	struct view_output *v = (struct view_output *)base;

	pager_fini(&v->pager);
	pager_find_fini(&v->find);
	text_lines_fini(&v->text);
	free(v);
}

static const struct view_ops output_ops = {
    .name = "output",
    .scope = SCOPE_OUTPUT,
    .draw = output_draw,
    .status = output_status,
    .move = output_move,
    .find = output_find,
    .free = output_free,
};

struct view *
view_output_new(const char *title, const char *note, bool bad, struct span text)
{
	struct view_output *v = mem_zalloc(sizeof *v);

	v->base.ops = &output_ops;
	v->bad = bad;
	snprintf(v->title, sizeof v->title, "%s", title);
	snprintf(v->note, sizeof v->note, "%s", note);
	text_lines_init(&v->text, OUTPUT_TEXT_MAX, text_locale_utf8() ? ESCAPE_UTF8 : 0);
	if (text.n)
		text_plain(&v->text, text);
	else
		text_lines_note(&v->text, "The command said nothing.");
	return &v->base;
}
