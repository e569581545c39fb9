/* SPDX-License-Identifier: MIT
 * Heads as lines: names in one column, values in the next. */
#include "text/text_head.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "text/text_mask.h"

enum { TEXT_FOLD_ROOM_MIN = 8 };
enum { TEXT_NAME_COLUMN_MAX = 17 }; /* longer names push only their own value */

bool
text_next_line(struct span *rest, struct span *line)
{
	if (!rest->n)
		return false;
	const char *end = memchr(rest->p, '\n', rest->n);
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	size_t whole = end ? n + 1 : n;

	if (n && end && rest->p[n - 1] == '\r')
		n--;
	*line = span_of(rest->p, n);
	*rest = span_of(rest->p + whole, rest->n - whole);
	return true;
}

struct span
text_head_start(struct span head)
{
	struct span line = SPAN_LIT("");

	text_next_line(&head, &line);
	return line;
}

/* Splits a field line; a line without a colon, such as a fold, is all value. */
static struct span
text_head_name(struct span line)
{
	const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;

	return span_of(line.p, colon ? (size_t)(colon - line.p) : 0);
}

/* Column of the values, and the number of fields. */
static size_t
text_head_measure(struct span fields, unsigned *count)
{
	struct span line;
	size_t widest = 0;

	*count = 0;
	while (text_next_line(&fields, &line)) {
		if (!line.n)
			continue;
		++*count;
		size_t n = text_head_name(line).n;
		if (n > widest && n <= TEXT_NAME_COLUMN_MAX)
			widest = n;
	}
	return widest + 2;
}

/* What follows the start line. */
static struct span
text_head_rest(struct span head)
{
	struct span line;

	text_next_line(&head, &line);
	return head;
}

unsigned
text_head_count(struct span head)
{
	unsigned count;

	text_head_measure(text_head_rest(head), &count);
	return count;
}

static unsigned
text_head_controls(struct span value)
{
	unsigned n = 0;

	for (size_t i = 0; i < value.n; i++)
		n += (unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f;
	return n;
}

/* A long value and what is left out of it. */
static void
text_head_fold(struct text_lines *t, struct span value, size_t column, size_t width)
{
	const char *cut = t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...";
	char note[48];
	int n = snprintf(note, sizeof note, "%s (%zu B, Enter unfolds)", cut, value.n);
	size_t taken = column + (size_t)n, room = width > taken + TEXT_FOLD_ROOM_MIN ? width - taken : TEXT_FOLD_ROOM_MIN;

	text_lines_add(t, TEXT_PLAIN, text_lines_cut(t, value, room));
	text_lines_words(t, TEXT_NOTE, note);
	t->folds++;
}

/* width: of the screen, where long values are folded; 0: they are not. */
static void
text_head_field(struct text_lines *t, struct span line, size_t column, int width)
{
	struct span name = text_head_name(line);
	size_t off = name.n ? name.n + 1 : 0;

	text_lines_begin(t);
	text_lines_add(t, TEXT_NAME, name);
	if (name.n)
		text_lines_words(t, TEXT_NAME, ":");
	while (off < line.n && (line.p[off] == ' ' || line.p[off] == '\t'))
		off++;
	text_lines_pad(t, column, name.n ? 1 : 0);
	struct span value = span_of(line.p + off, line.n - off);
	if (width && value.n >= TEXT_HEAD_FOLD_FROM) {
		text_head_fold(t, value, column > name.n + 2 ? column : name.n + 2, (size_t)width);
		return;
	}
	text_lines_add(t, TEXT_PLAIN, value);
	unsigned controls = text_head_controls(value);
	if (controls)
		text_lines_addf(t, TEXT_NOTE, "  (!) %u control byte%s escaped", controls,
		    controls == 1 ? "" : "s");
}

static void
text_head_table(struct text_lines *t, struct span raw, int width)
{
	unsigned count;
	char *own;
	struct span fields = text_mask(TEXT_MASK_FIELDS, raw, t->escape, &own);
	size_t column = text_head_measure(fields, &count);
	struct span line;

	while (!t->cut && text_next_line(&fields, &line))
		if (line.n)
			text_head_field(t, line, column, width);
	free(own);
}

void
text_head_fields(struct text_lines *t, struct span fields)
{
	text_head_table(t, fields, 0);
}

void
text_head(struct text_lines *t, struct span head)
{
	text_head_fields(t, text_head_rest(head));
}

void
text_head_folded(struct text_lines *t, struct span head, int width)
{
	text_head_table(t, text_head_rest(head), width);
}
