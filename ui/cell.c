/* SPDX-License-Identifier: MIT
 * Text to curses cells. */
#include "ui/cell.h"

#include <curses.h>
#include <string.h>
#include <wchar.h>

#include "base/escape.h"
#include "ui/theme.h"

enum { CELL_MARKS = 2, CELL_MIDDLE_FROM = 8 /* columns of a text that is cut in the middle */ };

static const struct glyphs *cell_glyphs = &glyphs_ascii;

/* One character with its combining marks. */
struct cell_char {
	wchar_t wide[CELL_MARKS + 2];
	int width;
	size_t took;
};

/* The character at the start of s; anything that escape would not have let through becomes a
 * question mark. */
static struct cell_char
cell_next(struct span s)
{
	struct cell_char c = {.wide = {L'?'}, .width = 1, .took = 1};
	unsigned cp;
	size_t took = escape_utf8_decode(s.p, s.n, &cp);

	if (!took || escape_width(cp) <= 0)
		return c;
	c.wide[0] = (wchar_t)cp;
	c.width = escape_width(cp);
	c.took = took;
	for (int i = 1; i <= CELL_MARKS && c.took < s.n; i++) {
		took = escape_utf8_decode(s.p + c.took, s.n - c.took, &cp);
		if (!took || escape_width(cp) != 0)
			break;
		c.wide[i] = (wchar_t)cp;
		c.took += took;
	}
	return c;
}

static void
cell_put(const struct area *a, int y, int x, const struct cell_char *c, unsigned attr)
{
	cchar_t cell;

	if (y < 0 || y >= a->h || x < 0 || x + c->width > a->w)
		return;
	setcchar(
	    &cell, c->wide, (attr_t)attr & ~(attr_t)A_COLOR, (short)PAIR_NUMBER((int)attr), NULL);
	mvadd_wch(a->y + y, a->x + x, &cell);
}

/* Bytes of the escape sequence of escape_add at the start of s. */
static size_t
cell_escape_length(struct span s)
{
	const char *end;

	if (s.n < 2)
		return s.n;
	if (s.p[1] == 'x')
		return s.n < 4 ? s.n : 4;
	if (s.p[1] != 'u')
		return 2;
	end = memchr(s.p, '}', s.n);
	return end ? (size_t)(end - s.p) + 1 : s.n;
}

/* True when the text takes more than w columns. */
static bool
cell_overflows(struct span text, int w)
{
	if (text.n <= (size_t)w)
		return false; /* no character takes more columns than bytes */
	while (text.n && w >= 0) {
		struct cell_char c = cell_next(text);
		w -= c.width;
		text = span_of(text.p + c.took, text.n - c.took);
	}
	return w < 0;
}

int
cell_text(
    const struct area *a, int y, int x, int w, struct span text, const struct cell_style *style)
{
	bool cut = cell_overflows(text, w);
	int used = 0, room = cut ? w - 1 : w;
	size_t escape_left = 0;
	unsigned plain = theme_attr(style->role);
	unsigned dim = style->escapes ? theme_attr(ROLE_ESCAPE) : plain;

	while (text.n && w > 0) {
		struct cell_char c = cell_next(text);
		if (used + c.width > room)
			break;
		if (!escape_left && text.p[0] == '\\')
			escape_left = cell_escape_length(text);
		cell_put(a, y, x + used, &c, escape_left ? dim : plain);
		escape_left -= escape_left ? 1 : 0; /* escapes are ASCII: a byte is a character */
		used += c.width;
		text = span_of(text.p + c.took, text.n - c.took);
	}
	if (cut && w > 0) {
		struct cell_char mark = cell_next(span_str(style->glyphs->cut));
		cell_put(a, y, x + used++, &mark, plain);
	}
	return used;
}

/* What must not be torn apart at the start of s: an escape, or a character with its marks. Returns its bytes. */
static size_t
cell_unit(struct span s, bool escapes, int *width)
{
	struct cell_char c = cell_next(s);

	if (escapes && s.p[0] == '\\') {
		c.took = cell_escape_length(s);
		c.width = (int)c.took;
	}
	*width = c.width;
	return c.took;
}

static int
cell_columns(struct span s)
{
	int columns = 0;

	while (s.n) {
		struct cell_char c = cell_next(s);
		columns += c.width;
		s = span_of(s.p + c.took, s.n - c.took);
	}
	return columns;
}

/* The beginning that fits in w columns, up to a slash if there is one behind its first character. */
static struct span
cell_head_of(struct span text, int w, bool escapes)
{
	size_t n = 0, slash = 0;
	int width;

	while (n < text.n) {
		size_t took = cell_unit(span_of(text.p + n, text.n - n), escapes, &width);
		if (width > w)
			break;
		w -= width;
		n += took;
		if (n > 1 && text.p[n - 1] == '/')
			slash = n;
	}
	return span_of(text.p, slash ? slash : n);
}

/* The end that fits in w columns, from a slash on if there is one before the last character. */
static struct span
cell_tail_of(struct span text, int w, bool escapes)
{
	int left = cell_columns(text), width;

	while (text.n && left > w) {
		size_t took = cell_unit(text, escapes, &width);
		left -= width;
		text = span_of(text.p + took, text.n - took);
	}
	const char *slash = text.n ? memchr(text.p, '/', text.n - 1) : NULL;
	return slash ? span_of(slash, (size_t)(text.p + text.n - slash)) : text;
}

int
cell_text_middle(const struct area *a, int y, int x, int w, struct span text, size_t keep, const struct cell_style *style)
{
	struct span first = span_of(text.p, keep < text.n ? keep : 0);
	int before = cell_columns(first);

	if (!cell_overflows(text, w) || w <= CELL_MIDDLE_FROM || keep >= text.n)
		return cell_text(a, y, x, w, text, style);
	if (w - before <= CELL_MIDDLE_FROM)
		before = (int)(first.n = 0);
	struct span rest = span_of(text.p + first.n, text.n - first.n);
	int room = w - before - 1;
	struct span tail = cell_tail_of(rest, room * 3 / 4, style->escapes);
	int end = cell_columns(tail);
	struct span head = cell_head_of(rest, room - end, style->escapes);
	int used = cell_text(a, y, x, before, first, style);
	used += cell_text(a, y, x + used, room - end, head, style);
	used += cell_text(a, y, x + used, 1, span_str(style->glyphs->cut), style);
	return used + cell_text(a, y, x + used, end, tail, style);
}

void
cell_set_glyphs(const struct glyphs *g)
{
	cell_glyphs = g;
}

int
cell_words(const struct area *a, int y, int x, int w, const char *words, enum role role)
{
	const struct cell_style style = {.glyphs = cell_glyphs, .role = role};

	return cell_text(a, y, x, w, span_str(words), &style);
}

void
cell_fill(const struct area *a, int y, int x, int w, const char *glyph, enum role role)
{
	struct cell_char c = cell_next(span_str(glyph));

	for (int i = 0; i < w; i++)
		cell_put(a, y, x + i, &c, theme_attr(role));
}

void
cell_paint(const struct area *a, int y, int x, int w, enum role role)
{
	unsigned attr = theme_attr(role);

	if (x + w > a->w)
		w = a->w - x;
	if (y >= 0 && y < a->h && w > 0)
		mvchgat(a->y + y, a->x + x, w, (attr_t)attr & ~(attr_t)A_COLOR,
		    (short)PAIR_NUMBER((int)attr), NULL);
}
