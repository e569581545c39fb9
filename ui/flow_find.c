/* SPDX-License-Identifier: MIT
 * Bytes found, marked in their hexadecimal lines. */
#include "ui/flow_find.h"

#include <stdlib.h>
#include <string.h>

#include "text/text_hex.h"

enum { HEX_FIRST_LINE = 1 /* below the rule */, HEX_PIECE = 1, ASCII_PIECE = 2 };

/* Where in a line of text_hex the bytes stand. */
struct hex_lines {
	const struct text_lines *t;
	const struct text_hex_form *form;
	bool digits; /* marked as digits, else as characters */
};

/* The pieces of that line; NULL: it is not one of bytes. */
static const struct text_piece *
hex_lines_pieces(const struct text_lines *t, size_t line)
{
	const struct text_line *l = line < t->nlines ? &t->line[line] : NULL;
	bool bytes = l && l->npieces > ASCII_PIECE && t->piece[l->piece].role == TEXT_OFFSET;

	return bytes ? &t->piece[l->piece] : NULL;
}

/* From the columns that the digits of the first line take. */
static const struct text_hex_form *
hex_lines_form(const struct text_lines *t)
{
	const struct text_piece *p = hex_lines_pieces(t, HEX_FIRST_LINE);

	return p ? text_hex_form_of(p[HEX_PIECE].n) : NULL;
}

/* Bytes that stand in the text: more may have come since it was made. */
static size_t
hex_lines_bytes(const struct hex_lines *h)
{
	size_t line = h->t->nlines - 1;

	while (!hex_lines_pieces(h->t, line))
		line--;
	return (line - HEX_FIRST_LINE) * h->form->per_line + hex_lines_pieces(h->t, line)[ASCII_PIECE].n;
}

/* The line's part from byte i to byte `to`, both counted within it, `to` behind i. */
static void
hex_lines_mark(const struct hex_lines *h, struct pager_find *f, size_t line, size_t i, size_t to,
    uint32_t number)
{
	const struct text_line *l = &h->t->line[HEX_FIRST_LINE + line];
	const struct text_piece *p = &h->t->piece[l->piece + (h->digits ? HEX_PIECE : ASCII_PIECE)];
	size_t from = h->digits ? text_hex_column(h->form, i) : i;
	size_t end = h->digits ? text_hex_column(h->form, to - 1) + 2 : to;

	pager_find_add(f, p->off + (uint32_t)from, (uint32_t)(end - from), number);
}

static void
hex_lines_add(const struct hex_lines *h, struct pager_find *f, size_t at, size_t n)
{
	uint32_t number = pager_find_next(f);

	while (n && number) {
		size_t line = at / h->form->per_line, i = at % h->form->per_line;
		size_t here = h->form->per_line - i < n ? h->form->per_line - i : n;
		hex_lines_mark(h, f, line, i, i + here, number);
		at += here;
		n -= here;
	}
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) & 15) : -1;
}

size_t
flow_find_hex_bytes(const char *text, char *out)
{
	size_t n = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return 0;
		out[n++] = (char)(high << 4 | low);
		text += 2;
	}
	return n;
}

bool
flow_find_is_pattern(const char *text)
{
	char raw[PAGER_FIND_TEXT_MAX];

	return strncmp(text, "hex:", 4) != 0 || flow_find_hex_bytes(text + 4, raw) > 0;
}

void
flow_find_hex(struct pager_find *f, const struct text_lines *t, struct span bytes)
{
	struct hex_lines h = {.t = t, .digits = strncmp(f->text, "hex:", 4) == 0};
	char raw[PAGER_FIND_TEXT_MAX];
	struct span needle = span_str(f->text);
	bool fold = !h.digits && pager_find_folds(f->text);

	pager_find_forget(f);
	if (h.digits)
		needle = span_of(raw, flow_find_hex_bytes(f->text + 4, raw));
	h.form = hex_lines_form(t);
	if (!h.form || !needle.n)
		return;
	if (bytes.n > hex_lines_bytes(&h))
		bytes.n = hex_lines_bytes(&h);
	for (size_t at = pager_find_in(bytes, 0, needle, fold); at < bytes.n && !f->more;
	     at = pager_find_in(bytes, at + needle.n, needle, fold))
		hex_lines_add(&h, f, at, needle.n);
}

bool
flow_find_hex_offset(const struct text_lines *t, size_t line, uint64_t *offset)
{
	for (line = line < t->nlines ? line : t->nlines; line >= HEX_FIRST_LINE && t->nlines; line--) {
		const struct text_line *l = line < t->nlines ? &t->line[line] : NULL;
		if (!l || !l->npieces || t->piece[l->piece].role != TEXT_OFFSET)
			continue;
		/* Blanks stand behind it. */
		*offset = strtoull(text_lines_piece(t, &t->piece[l->piece]).p, NULL, 16);
		return true;
	}
	return false;
}
