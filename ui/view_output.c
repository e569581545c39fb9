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
#include "ui/page.h"
#include "ui/term.h"

enum { OUTPUT_TEXT_MAX = 16 << 20, OUTPUT_TITLE_MAX = 200, OUTPUT_NOTE_MAX = 120 };

struct view_output {
	struct view base;
	char title[OUTPUT_TITLE_MAX], note[OUTPUT_NOTE_MAX];
	bool bad;
	struct page page;
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
	page_draw(&v->page, app, &page);
}

static void
output_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_output *v = (const struct view_output *)base;

	(void)app;
	buf_add_str(out, "output | ");
	page_put_lines(&v->page, out);
	buf_addf(out, " | %s", v->note);
}

static void
output_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_output *)base)->page.pager, m);
}

static void
output_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	page_find(&((struct view_output *)base)->page, app, text, backwards);
}

static void
output_free(struct view *base)
{
	struct view_output *v = (struct view_output *)base;

	page_fini(&v->page);
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
	page_init(&v->page, OUTPUT_TEXT_MAX);
	if (text.n)
		text_plain(&v->page.text, text);
	else
		text_lines_note(&v->page.text, "The command said nothing.");
	return &v->base;
}
