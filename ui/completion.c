/* SPDX-License-Identifier: MIT
 * The list of completions. */
#include "ui/completion.h"

#include <stdio.h>

#include "base/escape.h"
#include "text/text_lines.h"
#include "ui/box.h"
#include "ui/theme.h"

enum {
	COMPLETION_ROWS = 8,
	COMPLETION_FOOT = 3,      /* a rule and two lines */
	COMPLETION_FOOT_FROM = 10,/* rows of the area for a foot */
	COMPLETION_NAME_MAX = 40, /* columns */
	COMPLETION_COUNT = 8,
	COMPLETION_SHOWN_MAX = 1024
};

void
completion_clear(struct completion *c, size_t from, size_t to)
{
	c->open = c->wanted = false;
	c->from = from;
	c->to = to;
	c->n = c->selected = c->top = 0;
	c->title = NULL;
}

struct completion_item *
completion_add(struct completion *c, struct span text, const char *what)
{
	struct completion_item *i = &c->item[c->n];

	if (c->n == COMPLETION_MAX || text.n >= sizeof i->text)
		return NULL;
	*i = (struct completion_item){.count = COMPLETION_NO_COUNT};
	memcpy(i->text, text.p, text.n);
	snprintf(i->what, sizeof i->what, "%s", what);
	c->n++;
	return i;
}

bool
completion_begins(const char *text, struct span prefix)
{
	size_t n = strlen(text);

	return n >= prefix.n && span_ieq(span_of(text, prefix.n), prefix);
}

void
completion_move(struct completion *c, int rows)
{
	int at = (int)c->selected + rows;

	if (c->n)
		c->selected = at < 0 ? 0 : at >= (int)c->n ? c->n - 1 : (unsigned)at;
}

struct completion_layout {
	int name, what, count; /* columns */
	int rows, foot;
};

static int
completion_columns(const char *text, int escape, struct buf *out)
{
	buf_clear(out);
	escape_add(out, span_str(text), escape);
	return (int)text_columns(buf_span(out));
}

static struct completion_layout
completion_lay_out(const struct completion *c, const struct area *a, int escape, struct buf *shown)
{
	struct completion_layout l = {.rows = (int)c->n};

	for (unsigned i = 0; i < c->n; i++) {
		int name = completion_columns(c->item[i].text, escape, shown), what = (int)strlen(c->item[i].what);
		l.name = name > l.name ? name : l.name;
		l.what = what > l.what ? what : l.what;
		if (c->item[i].count != COMPLETION_NO_COUNT)
			l.count = COMPLETION_COUNT;
		if (a->h >= COMPLETION_FOOT_FROM && (c->item[i].after || c->item[i].example))
			l.foot = COMPLETION_FOOT;
	}
	l.name = l.name < COMPLETION_NAME_MAX ? l.name : COMPLETION_NAME_MAX;
	l.rows = l.rows < COMPLETION_ROWS ? l.rows : COMPLETION_ROWS;
	if (l.rows + l.foot + 2 > a->h)
		l.rows = a->h - l.foot - 2 > 1 ? a->h - l.foot - 2 : 1;
	return l;
}

static void
completion_draw_item(const struct completion_item *i, const struct area *in, int y, const struct completion_layout *l,
    const struct glyphs *g, struct span text)
{
	const struct cell_style name = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	char count[32];
	int x = 2;

	cell_text(in, y, x, l->name, text, &name);
	x += l->name + 2;
	if (l->what && x < in->w)
		cell_words(in, y, x, in->w - x, i->what, ROLE_NOTE);
	x += l->what + (l->what ? 2 : 0);
	if (i->count == COMPLETION_NO_COUNT || x + l->count > in->w)
		return;
	snprintf(count, sizeof count, "%*llu", l->count, (unsigned long long)i->count);
	cell_words(in, y, x, in->w - x, count, ROLE_NOTE);
}

static void
completion_draw_foot(const struct completion_item *i, const struct area *in, int y, const struct glyphs *g)
{
	char line[160];

	cell_fill(in, y, 1, in->w - 2, g->hline, ROLE_RULE);
	snprintf(line, sizeof line, "after it:  %s", i->after ? i->after : "");
	if (i->after)
		cell_words(in, y + 1, 1, in->w - 1, line, ROLE_NOTE);
	snprintf(line, sizeof line, "example:   %s", i->example ? i->example : "");
	if (i->example)
		cell_words(in, y + 2, 1, in->w - 1, line, ROLE_NOTE);
}

static void
completion_scroll(struct completion *c, unsigned shown)
{
	if (c->selected < c->top)
		c->top = c->selected;
	if (c->selected >= c->top + shown)
		c->top = c->selected - shown + 1;
}

void
completion_draw(struct completion *c, struct span word, const struct area *a, const struct glyphs *g, int escape)
{
	enum { FOOT_COLUMNS = 46, FREE_TITLE_COLUMNS = 14 };
	struct buf shown;
	char title[64] = "completing: ";

	buf_init(&shown, COMPLETION_SHOWN_MAX);
	struct completion_layout l = completion_lay_out(c, a, escape, &shown);
	int cols = 3 + l.name + 2 + l.what + 2 + l.count, h = l.rows + l.foot + 2;
	if (l.foot && cols < FOOT_COLUMNS)
		cols = FOOT_COLUMNS;
	cols = cols + 2 < a->w - 2 ? cols : a->w - 4;
	if (h > a->h || cols < 8) {
		buf_fini(&shown);
		return;
	}
	size_t n = strlen(title);
	escape_text(title + n, sizeof title - n, word, escape);
	const struct area box = {.y = a->y + a->h - h, .x = a->x + 2, .h = h, .w = cols + 2};
	struct area in = box_draw(&box, l.rows + l.foot, cols, c->title ? c->title : word.n ? title : cols >= FREE_TITLE_COLUMNS ? "completing" : "", g);
	completion_scroll(c, (unsigned)l.rows);
	for (int y = 0; y < l.rows && c->top + (unsigned)y < c->n; y++) {
		const struct completion_item *i = &c->item[c->top + (unsigned)y];
		completion_columns(i->text, escape, &shown);
		completion_draw_item(i, &in, y, &l, g, buf_span(&shown));
	}
	int y = (int)(c->selected - c->top);
	cell_paint(&in, y, 0, in.w, ROLE_SELECTED);
	if (theme_is_mono())
		cell_words(&in, y, 0, 1, g->selected, ROLE_SELECTED);
	if (l.foot)
		completion_draw_foot(&c->item[c->selected], &in, l.rows, g);
	buf_fini(&shown);
}
