/* SPDX-License-Identifier: MIT
 * The pager machine. */
#include "ui/pager.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum {
	PAGER_ESCAPE_MAX = 10, /* \u{10ffff} */
	PAGER_GAP = 3	       /* columns between two parts, the line among them */
};

static const enum role pager_roles[TEXT_ROLE_COUNT] = {
    [TEXT_PLAIN] = ROLE_TEXT,
    [TEXT_NAME] = ROLE_NAME,
    [TEXT_NOTE] = ROLE_NOTE,
    [TEXT_RULE] = ROLE_RULE,
    [TEXT_OFFSET] = ROLE_LABEL,
    [TEXT_GOOD] = ROLE_GOOD,
    [TEXT_BAD] = ROLE_BAD,
    [TEXT_ADDED] = ROLE_GOOD,
    [TEXT_REMOVED] = ROLE_BAD,
};

void
pager_fini(struct pager *p)
{
	free(p->row);
	*p = (struct pager){.text = NULL};
}

/* ---- wrapping ---- */

static void
pager_add(struct pager *p, uint32_t line, uint32_t off, uint32_t n)
{
	if (p->nrows == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 128;
		p->row = mem_resize(p->row, p->cap, sizeof *p->row);
	}
	p->row[p->nrows++] = (struct pager_row){.line = line, .off = off, .n = n};
}

/* Bytes of the escape at the start of s: it is not to be broken. */
static size_t
pager_escape_length(struct span s)
{
	size_t n = s.n > 1 && s.p[1] == 'x' ? 4 : 2,
	       max = s.n < PAGER_ESCAPE_MAX ? s.n : PAGER_ESCAPE_MAX;
	const char *end = s.n > 1 && s.p[1] == 'u' ? memchr(s.p, '}', max) : NULL;

	if (end)
		n = (size_t)(end - s.p) + 1;
	return n < s.n ? n : s.n;
}

/* What cannot be broken at the start of s, n > 0: its bytes, and its columns in *width. */
static size_t
pager_unit(struct span s, int *width)
{
	unsigned cp;
	size_t took;

	*width = 1;
	if (s.p[0] == '\\') {
		took = pager_escape_length(s);
		*width = (int)took;
		return took;
	}
	if ((unsigned char)s.p[0] < 0x80)
		return 1;
	took = escape_utf8_decode(s.p, s.n, &cp);
	if (took)
		*width = escape_width(cp) > 0 ? escape_width(cp) : 0;
	return took ? took : 1;
}

/* Bytes of s that fit in width columns, to the end of a word where one ends in the second half; at
 * least one character. */
static size_t
pager_fit(struct span s, int width)
{
	size_t i = 0, word = 0;

	while (i < s.n) {
		int w;
		size_t took = pager_unit(span_of(s.p + i, s.n - i), &w);
		width -= w;
		if (width < 0 && i)
			return word > i / 2 ? word : i;
		i += took;
		if (s.p[i - 1] == ' ')
			word = i;
	}
	return i;
}

static bool
pager_is_rule(const struct text_lines *t, const struct text_line *l)
{
	return l->npieces && t->piece[l->piece].role == TEXT_RULE;
}

static void
pager_wrap(struct pager *p, uint32_t line)
{
	const struct text_line *l = &p->text->line[line];
	const struct pager_row *before = p->nrows ? &p->row[p->nrows - 1] : NULL;
	uint32_t off, end;

	if (!l->npieces) {
		pager_add(p, line, before ? before->off + before->n : 0, 0);
		return;
	}
	const struct text_piece *last = &p->text->piece[l->piece + l->npieces - 1];
	off = p->text->piece[l->piece].off;
	end = last->off + last->n;
	if (pager_is_rule(p->text, l)) {
		pager_add(p, line, off, end - off);
		return;
	}
	while (off < end) {
		size_t n = pager_fit(span_of(p->text->bytes.p + off, end - off), p->width);
		pager_add(p, line, off, (uint32_t)n);
		off += (uint32_t)n;
	}
}

static void
pager_clamp(struct pager *p)
{
	size_t h = (size_t)p->height;

	if (p->top + h > p->nrows)
		p->top = p->nrows > h ? p->nrows - h : 0;
}

void
pager_invalidate(struct pager *p)
{
	p->text = NULL;
	if (p->beside)
		p->beside->text = NULL;
}

/* The lines from `from` up to `to`. */
static void
pager_lay(struct pager *p, const struct text_lines *text, size_t from, size_t to, int width)
{
	bool same = p->text == text && p->laid_from == from && p->laid_to == to && p->laid_bytes == text->bytes.n;
	/* The same text in another width stays at the same bytes. */
	bool follow = same && p->top && p->top < p->nrows;
	uint32_t at = follow ? p->row[p->top].off : 0;

	width = width > 0 ? width : 1;
	if (!same || p->width != width) {
		p->text = text;
		p->width = width;
		p->laid_from = from;
		p->laid_to = to;
		p->laid_bytes = text->bytes.n;
		p->nrows = 0;
		for (size_t i = from; i < to; i++)
			pager_wrap(p, (uint32_t)i);
		if (follow && p->nrows)
			p->top = pager_row_of(p, at);
	}
	pager_clamp(p);
}

int
pager_left_columns(int width)
{
	return (width - PAGER_GAP) / 2;
}

int
pager_right_columns(int width)
{
	return width - PAGER_GAP - pager_left_columns(width);
}

void
pager_layout(struct pager *p, const struct text_lines *text, int width, int height)
{
	struct pager *right = p->beside;
	bool two = right && text->beside && text->beside < text->nlines;
	size_t left_to = two ? text->beside : text->nlines;

	p->height = height > 0 ? height : 1;
	p->column = two;
	pager_lay(p, text, 0, left_to, two ? pager_left_columns(width) : width);
	if (!right)
		return;
	right->height = p->height;
	right->column = two;
	pager_lay(right, text, left_to, text->nlines, pager_right_columns(width));
}

/* ---- two columns ---- */

struct pager *
pager_at(struct pager *p, int x)
{
	return p->column && p->beside && x > p->width + PAGER_GAP / 2 ? p->beside : p;
}

struct pager *
pager_of(struct pager *p, uint32_t off)
{
	bool right = p->column && p->beside && p->beside->nrows && off >= p->beside->row[0].off;

	return right ? p->beside : p;
}

size_t
pager_line(const struct pager *p)
{
	const struct pager *part = p->column && p->beside && p->beside->top ? p->beside : p;

	return part->top < part->nrows ? part->row[part->top].line : 0;
}

void
pager_show_line(struct pager *p, size_t line)
{
	struct pager *part = p->column && p->beside && line >= p->beside->laid_from ? p->beside : p;

	pager_move(p, MOVE_TOP);
	while (part->top < part->nrows && part->row[part->top].line < line)
		part->top++;
	pager_clamp(part);
}

const struct pager *
pager_longest(const struct pager *p)
{
	return p->beside && p->beside->nrows > p->nrows ? p->beside : p;
}

/* ---- moving ---- */

void
pager_move(struct pager *p, enum move m)
{
	size_t page = p->height > 1 ? (size_t)p->height - 1 : 1, half = (page + 1) / 2;
	const size_t step[MOVE_COUNT] = {
	    [MOVE_UP] = 1,
	    [MOVE_DOWN] = 1,
	    [MOVE_PAGE_UP] = page,
	    [MOVE_PAGE_DOWN] = page,
	    [MOVE_HALF_UP] = half,
	    [MOVE_HALF_DOWN] = half,
	    [MOVE_TOP] = p->nrows,
	    [MOVE_END] = p->nrows,
	};
	bool up = m == MOVE_UP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP || m == MOVE_TOP;

	if (up)
		p->top = p->top > step[m] ? p->top - step[m] : 0;
	else
		p->top += step[m];
	pager_clamp(p);
	if (p->beside)
		pager_move(p->beside, m);
}

void
pager_scroll(struct pager *p, int rows)
{
	size_t up = rows < 0 ? (size_t)-rows : 0;

	p->top = p->top > up ? p->top - up : 0;
	p->top += rows > 0 ? (size_t)rows : 0;
	pager_clamp(p);
}

size_t
pager_row_of(const struct pager *p, uint32_t off)
{
	size_t lo = 0, hi = p->nrows;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;
		if (p->row[mid].off <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

void
pager_show(struct pager *p, size_t row)
{
	size_t h = (size_t)p->height, below = h > 2 ? 1 : 0;

	if (row < p->top)
		p->top = row;
	else if (row + below >= p->top + h)
		p->top = row + below + 1 - h;
	pager_clamp(p);
}

/* ---- drawing ---- */

/* "left           right": between two columns there is a line already. */
static void
pager_draw_heading(const struct pager *p, const struct text_line *l, const struct area *a, int y,
    const struct glyphs *g)
{
	const struct text_piece *piece = &p->text->piece[l->piece];
	struct cell_style left = {.glyphs = g, .role = ROLE_LABEL},
			  right = {.glyphs = g, .role = ROLE_NOTE};
	int used = cell_text(a, y, 0, a->w, text_lines_piece(p->text, piece), &left);

	if (l->npieces < 2)
		return;
	struct span note = text_lines_piece(p->text, piece + 1);
	int columns = (int)text_columns(note);
	if (a->w - columns >= used + 2)
		cell_text(a, y, a->w - columns, columns, note, &right);
}

/* "-- left --------- right --" */
static void
pager_draw_rule(const struct pager *p, const struct text_line *l, const struct area *a, int y,
    const struct glyphs *g)
{
	const struct text_piece *piece = &p->text->piece[l->piece];
	struct cell_style left = {.glyphs = g, .role = ROLE_LABEL},
			  right = {.glyphs = g, .role = ROLE_NOTE};
	struct span text = text_lines_piece(p->text, piece);

	cell_fill(a, y, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, y, 2, 1, " ", ROLE_RULE);
	int used = cell_text(a, y, 3, a->w - 6, text, &left);
	cell_words(a, y, 3 + used, 1, " ", ROLE_RULE);
	if (l->npieces < 2)
		return;
	text = text_lines_piece(p->text, piece + 1);
	int columns = (int)text_columns(text), x = a->w - columns - 3;
	if (x < used + 6)
		return;
	cell_words(a, y, x - 1, 1, " ", ROLE_RULE);
	cell_text(a, y, x, columns, text, &right);
	cell_words(a, y, x + columns, 1, " ", ROLE_RULE);
}

/* Index of the first piece of the line that ends behind off: a line may have very many. */
static uint32_t
pager_piece_at(const struct text_lines *t, const struct text_line *l, uint32_t off)
{
	uint32_t lo = 0, hi = l->npieces;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct text_piece *piece = &t->piece[l->piece + mid];
		if (piece->off + piece->n <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
pager_draw_row(const struct pager *p, const struct pager_row *row, const struct area *a, int y,
    const struct glyphs *g)
{
	const struct text_line *l = &p->text->line[row->line];
	uint32_t end = row->off + row->n;
	int x = 0;

	for (uint32_t i = pager_piece_at(p->text, l, row->off); i < l->npieces; i++) {
		const struct text_piece *piece = &p->text->piece[l->piece + i];
		uint32_t from = piece->off > row->off ? piece->off : row->off;
		uint32_t to = piece->off + piece->n < end ? piece->off + piece->n : end;
		if (from >= to)
			break;
		struct cell_style style = {.glyphs = g,
		    .role = pager_roles[piece->role],
		    .escapes = piece->role == TEXT_PLAIN};
		x += cell_text(
		    a, y, x, a->w - x, span_of(p->text->bytes.p + from, to - from), &style);
	}
}

void
pager_draw_line(const struct text_lines *t, size_t line, const struct area *a, int y, const struct glyphs *g)
{
	const struct pager p = {.text = t};
	const struct text_line *l = &t->line[line];

	if (!l->npieces)
		return;
	if (pager_is_rule(t, l)) {
		pager_draw_rule(&p, l, a, y, g);
		return;
	}
	const struct text_piece *first = &t->piece[l->piece], *last = first + l->npieces - 1;
	const struct pager_row row = {.line = (uint32_t)line, .off = first->off, .n = last->off + last->n - first->off};
	pager_draw_row(&p, &row, a, y, g);
}

/* Index of the first range that ends behind off. */
static size_t
pager_range_at(const struct pager *p, uint32_t off)
{
	size_t lo = 0, hi = p->nranges;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (p->range[mid].off + p->range[mid].n <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
pager_paint_row(const struct pager *p, const struct pager_row *row, const struct area *a, int y)
{
	uint32_t end = row->off + row->n;

	for (size_t i = pager_range_at(p, row->off); i < p->nranges && p->range[i].off < end; i++) {
		const struct pager_range *r = &p->range[i];
		uint32_t from = r->off > row->off ? r->off : row->off;
		uint32_t to = r->off + r->n < end ? r->off + r->n : end;
		const char *text = p->text->bytes.p;
		size_t x = text_columns(span_of(text + row->off, from - row->off));
		size_t w = text_columns(span_of(text + from, to - from));
		cell_paint(
		    a, y, (int)x, (int)w, r->number == p->current ? ROLE_TAB : ROLE_SELECTED);
	}
}

static void
pager_draw_part(const struct pager *p, const struct area *a, const struct glyphs *g)
{
	void (*const rule)(const struct pager *, const struct text_line *, const struct area *, int, const struct glyphs *) =
	    p->column ? pager_draw_heading : pager_draw_rule;

	for (int y = 0; y < a->h && p->top + (size_t)y < p->nrows; y++) {
		const struct pager_row *row = &p->row[p->top + (size_t)y];
		if (pager_is_rule(p->text, &p->text->line[row->line])) {
			rule(p, &p->text->line[row->line], a, y, g);
			continue;
		}
		pager_draw_row(p, row, a, y, g);
		pager_paint_row(p, row, a, y);
	}
}

void
pager_draw(const struct pager *p, const struct area *a, const struct glyphs *g)
{
	struct area left = *a, right = *a;

	if (!p->column || !p->beside) {
		pager_draw_part(p, a, g);
		return;
	}
	left.w = p->width;
	right.x += p->width + PAGER_GAP;
	right.w = p->beside->width;
	pager_draw_part(p, &left, g);
	for (int y = 0; y < a->h; y++)
		cell_fill(a, y, p->width + 1, 1, g->vline, ROLE_RULE);
	pager_draw_part(p->beside, &right, g);
}
