/* SPDX-License-Identifier: MIT
 * The container of lines of pieces. */
#include "text/text_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum { TEXT_ESCAPE_COLUMNS = 8 /* most that an escape takes */ };

void
text_lines_init(struct text_lines *t, size_t max_bytes, int escape_flags)
{
	*t = (struct text_lines){.escape = escape_flags};
	buf_init(&t->bytes, max_bytes);
}

void
text_lines_fini(struct text_lines *t)
{
	buf_fini(&t->bytes);
	free(t->piece);
	free(t->line);
	*t = (struct text_lines){.escape = t->escape};
}

void
text_lines_clear(struct text_lines *t)
{
	buf_clear(&t->bytes);
	t->npieces = t->nlines = t->beside = 0;
	t->folds = 0;
	t->cut = false;
}

void
text_lines_beside(struct text_lines *t)
{
	t->beside = t->nlines;
}

void
text_lines_begin(struct text_lines *t)
{
	if (t->cut)
		return;
	if (t->nlines == t->line_cap) {
		t->line_cap = t->line_cap ? t->line_cap * 2 : 64;
		t->line = mem_resize(t->line, t->line_cap, sizeof *t->line);
	}
	t->line[t->nlines++] = (struct text_line){.piece = (uint32_t)t->npieces};
}

/* Makes what was appended since `off` a piece of the last line, or part of its last one. */
static void
text_lines_close_piece(struct text_lines *t, enum text_role role, size_t off)
{
	struct text_line *line = &t->line[t->nlines - 1];
	struct text_piece *last = line->npieces ? &t->piece[t->npieces - 1] : NULL;

	if (t->bytes.n == off)
		return;
	if (last && last->role == role && last->off + last->n == off) {
		last->n += (uint32_t)(t->bytes.n - off);
		return;
	}
	if (t->npieces == t->piece_cap) {
		t->piece_cap = t->piece_cap ? t->piece_cap * 2 : 128;
		t->piece = mem_resize(t->piece, t->piece_cap, sizeof *t->piece);
	}
	t->piece[t->npieces++] = (struct text_piece){
	    .off = (uint32_t)off, .n = (uint32_t)(t->bytes.n - off), .role = (uint8_t)role};
	line->npieces++;
}

void
text_lines_add(struct text_lines *t, enum text_role role, struct span raw)
{
	size_t off = t->bytes.n;

	if (t->cut)
		return;
	if (!t->nlines)
		text_lines_begin(t);
	if (raw.n && escape_add(&t->bytes, raw, t->escape))
		t->cut = true;
	text_lines_close_piece(t, role, off);
}

void
text_lines_words(struct text_lines *t, enum text_role role, const char *s)
{
	text_lines_ready(t, role, span_str(s));
}

void
text_lines_ready(struct text_lines *t, enum text_role role, struct span s)
{
	size_t off = t->bytes.n;

	if (t->cut)
		return;
	if (!t->nlines)
		text_lines_begin(t);
	if (buf_add_span(&t->bytes, s))
		t->cut = true;
	text_lines_close_piece(t, role, off);
}

void
text_lines_note(struct text_lines *t, const char *words)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_NOTE, words);
}

void
text_lines_addf(struct text_lines *t, enum text_role role, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	text_lines_words(t, role, line);
}

static size_t
text_lines_column(const struct text_lines *t)
{
	const struct text_line *l = &t->line[t->nlines - 1];
	size_t columns = 0;

	for (uint32_t i = 0; i < l->npieces; i++)
		columns += text_columns(text_lines_piece(t, &t->piece[l->piece + i]));
	return columns;
}

void
text_lines_pad(struct text_lines *t, size_t column, size_t least)
{
	char spaces[128];
	size_t at = t->nlines ? text_lines_column(t) : 0;
	size_t n = column > at ? column - at : 0;

	n = n < least ? least : n;
	n = n < sizeof spaces ? n : sizeof spaces - 1;
	memset(spaces, ' ', n);
	spaces[n] = '\0';
	text_lines_words(t, TEXT_PLAIN, spaces);
}

struct span
text_lines_piece(const struct text_lines *t, const struct text_piece *p)
{
	return span_of(t->bytes.p + p->off, p->n);
}

size_t
text_columns(struct span escaped)
{
	size_t columns = 0, took;
	unsigned cp;

	for (size_t i = 0; i < escaped.n; i += took) {
		took = escape_utf8_decode(escaped.p + i, escaped.n - i, &cp);
		int width = took ? escape_width(cp) : 1;
		took = took ? took : 1;
		columns += width > 0 ? (size_t)width : 0;
	}
	return columns;
}

struct span
text_lines_cut(const struct text_lines *t, struct span raw, size_t columns)
{
	size_t i = 0, used = 0;

	while (i < raw.n) {
		unsigned cp = 0;
		size_t took = escape_utf8_decode(raw.p + i, raw.n - i, &cp);
		int width = took ? escape_width(cp) : -1;
		bool escaped = width < 0 || (cp >= 0x80 && !(t->escape & ESCAPE_UTF8));
		used += !took ? 4 : escaped ? TEXT_ESCAPE_COLUMNS : cp == '\\' ? 2 : (size_t)width;
		if (used > columns)
			break;
		i += took ? took : 1;
	}
	return span_of(raw.p, i);
}
