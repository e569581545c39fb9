/* SPDX-License-Identifier: MIT
 * The text editor's machine. Lines are found by looking for them: the text is small. */
#include "ui/editor.h"

#include <string.h>

#include "base/escape.h"
#include "ui/key.h"

void
editor_init(struct editor *e, struct span text)
{
	*e = (struct editor){.cursor = 0};
	buf_init(&e->text, EDITOR_MAX_BYTES);
	buf_add_span(&e->text, text);
}

void
editor_fini(struct editor *e)
{
	buf_fini(&e->text);
}

/* ---- places ---- */

static size_t
code_point(const struct editor *e, size_t at, int *width)
{
	unsigned cp;
	size_t took = escape_utf8_decode(e->text.p + at, e->text.n - at, &cp);

	*width = took ? escape_width(cp) : -1;
	return took ? took : 1;
}

/* Where the character behind that place begins; a line end is one. */
static size_t
char_after(const struct editor *e, size_t at)
{
	int width;

	if (at >= e->text.n)
		return e->text.n;
	if (e->text.p[at] == '\r' && at + 1 < e->text.n && e->text.p[at + 1] == '\n')
		return at + 2;
	at += code_point(e, at, &width);
	while (at < e->text.n && e->text.p[at - 1] != '\n') {
		size_t n = code_point(e, at, &width);
		if (width != 0)
			break;
		at += n;
	}
	return at;
}

static size_t
line_begin(const struct editor *e, size_t at)
{
	while (at && e->text.p[at - 1] != '\n')
		at--;
	return at;
}

/* The end of the line that begins there, before its line end. */
static size_t
line_end(const struct editor *e, size_t from)
{
	const char *eol = from < e->text.n ? memchr(e->text.p + from, '\n', e->text.n - from) : NULL;
	size_t end = eol ? (size_t)(eol - e->text.p) : e->text.n;

	return eol && end > from && e->text.p[end - 1] == '\r' ? end - 1 : end;
}

static size_t
char_before(const struct editor *e, size_t at)
{
	size_t from = at ? line_begin(e, at - 1) : 0, next;

	while (from < at && (next = char_after(e, from)) < at)
		from = next;
	return from;
}

static size_t
column_of(const struct editor *e, size_t at)
{
	size_t column = 0;

	for (size_t p = line_begin(e, at); p < at; p = char_after(e, p))
		column++;
	return column;
}

static size_t
place_in_line(const struct editor *e, size_t from, size_t column)
{
	size_t end = line_end(e, from);

	for (; column && from < end; column--)
		from = char_after(e, from);
	return from;
}

struct span
editor_line_at(const struct editor *e, size_t from)
{
	return from < e->text.n ? span_of(e->text.p + from, line_end(e, from) - from) : SPAN_LIT("");
}

size_t
editor_line_start(const struct editor *e, size_t n)
{
	size_t at = 0;

	while (n--) {
		const char *eol = at < e->text.n ? memchr(e->text.p + at, '\n', e->text.n - at) : NULL;
		if (!eol)
			return e->text.n;
		at = (size_t)(eol - e->text.p) + 1;
	}
	return at;
}

static size_t
lines_before(const struct editor *e, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < at; i++)
		n += e->text.p[i] == '\n';
	return n;
}

size_t
editor_line(const struct editor *e)
{
	return lines_before(e, e->cursor);
}

size_t
editor_lines(const struct editor *e)
{
	return lines_before(e, e->text.n) + 1;
}

struct span
editor_before_cursor(const struct editor *e)
{
	size_t from = line_begin(e, e->cursor);

	return e->cursor > from ? span_of(e->text.p + from, e->cursor - from) : SPAN_LIT("");
}

/* ---- changes ---- */

static void
cut(struct editor *e, size_t from, size_t to)
{
	if (from >= to)
		return;
	memmove(e->text.p + from, e->text.p + to, e->text.n - to);
	e->text.n -= to - from;
	e->cursor = from;
	e->changed = true;
}

static void
insert(struct editor *e, const char *p, size_t n)
{
	if (!buf_reserve(&e->text, n))
		return;
	memmove(e->text.p + e->cursor + n, e->text.p + e->cursor, e->text.n - e->cursor);
	memcpy(e->text.p + e->cursor, p, n);
	e->text.n += n;
	e->cursor += n;
	e->changed = true;
}

static void
insert_code_point(struct editor *e, unsigned cp)
{
	char c[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	c[0] = n == 1 ? (char)cp : (char)((0xf0u << (4 - n)) | cp >> 6 * (n - 1));
	for (size_t i = 1; i < n; i++)
		c[i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
	insert(e, c, n);
}

/* A text whose lines end in CRLF keeps to it. */
static void
insert_line_end(struct editor *e)
{
	const char *eol = e->text.n ? memchr(e->text.p, '\n', e->text.n) : NULL;

	if (eol && eol > e->text.p && eol[-1] == '\r')
		insert(e, "\r\n", 2);
	else
		insert(e, "\n", 1);
}

static void
move_lines(struct editor *e, long lines)
{
	long to = (long)editor_line(e) + lines, last = (long)editor_lines(e) - 1;

	to = to < 0 ? 0 : to > last ? last : to;
	e->cursor = place_in_line(e, editor_line_start(e, (size_t)to), e->goal);
}

static bool
key_vertical(struct editor *e, int key, int page)
{
	switch (key) {
	case KEYC_UP:
		move_lines(e, -1);
		return true;
	case KEYC_DOWN:
		move_lines(e, 1);
		return true;
	case KEYC_PGUP:
		move_lines(e, -page);
		return true;
	case KEYC_PGDN:
		move_lines(e, page);
		return true;
	default:
		return false;
	}
}

bool
editor_key(struct editor *e, int key, int page)
{
	size_t begin = line_begin(e, e->cursor), end = line_end(e, begin);

	if (key_vertical(e, key, page))
		return true;
	switch (key) {
	case KEYC_LEFT:
		e->cursor = char_before(e, e->cursor);
		break;
	case KEYC_RIGHT:
		e->cursor = char_after(e, e->cursor);
		break;
	case KEYC_HOME:
	case KEY_CTRL_OF('a'):
		e->cursor = begin;
		break;
	case KEYC_END:
	case KEY_CTRL_OF('e'):
		e->cursor = end;
		break;
	case KEYC_ENTER:
		insert_line_end(e);
		break;
	case KEYC_BACKSPACE:
	case KEY_CTRL_OF('h'):
		cut(e, char_before(e, e->cursor), e->cursor);
		break;
	case KEYC_DELETE:
	case KEY_CTRL_OF('d'):
		cut(e, e->cursor, char_after(e, e->cursor));
		break;
	case KEY_CTRL_OF('k'): /* the line, then its end */
		cut(e, e->cursor, e->cursor < end ? end : char_after(e, end));
		break;
	case KEY_CTRL_OF('u'):
		cut(e, begin, e->cursor);
		break;
	default:
		if (key != KEYC_TAB && (key < ' ' || key >= KEYC_UP || key == KEYC_BACKSPACE))
			return false;
		insert_code_point(e, (unsigned)key);
	}
	e->goal = column_of(e, e->cursor);
	return true;
}
