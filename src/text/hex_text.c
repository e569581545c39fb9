/* SPDX-License-Identifier: MIT
 * Hexadecimal digits as a text. */
#include "text/hex_text.h"

#include <string.h>

enum { HEX_TEXT_PER_LINE = 16, HEX_TEXT_GROUP = 8, HEX_TEXT_NUMBER = 8 };

static void
write_line(size_t offset, struct span part, struct buf *out)
{
	buf_addf(out, "%08zx:", offset);
	for (size_t i = 0; i < HEX_TEXT_PER_LINE; i++) {
		buf_add_str(out, i == HEX_TEXT_GROUP ? "  " : " ");
		if (i < part.n)
			buf_addf(out, "%02x", (unsigned char)part.p[i]);
		else
			buf_add_str(out, "  ");
	}
	buf_add_str(out, "  |");
	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i];
		buf_add(out, c >= 0x20 && c < 0x7f ? &c : ".", 1);
	}
	buf_add_str(out, "|\n");
}

void
hex_text_write(struct span bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.n; i += HEX_TEXT_PER_LINE) {
		size_t n = bytes.n - i < HEX_TEXT_PER_LINE ? bytes.n - i : HEX_TEXT_PER_LINE;
		write_line(i, span_of(bytes.p + i, n), out);
	}
}

/* -1: it is none. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where the digits of the line begin: behind its number, if it has one. Fewer digits before a colon may be bytes. */
static size_t
after_number(struct span line)
{
	size_t i = 0;

	while (i < line.n && digit(line.p[i]) >= 0)
		i++;
	return i >= HEX_TEXT_NUMBER && i < line.n && line.p[i] == ':' ? i + 1 : 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Are those from the bar on the characters of one line? Of a line that was joined with the next one bytes would be lost. */
static bool
is_column(struct span s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s.n <= HEX_TEXT_PER_LINE + 2 && s.p[s.n - 1] == '|';
}

/* Where too much begins behind the bar at i: most likely where a line end was. */
static size_t
after_column(struct span line, size_t i)
{
	size_t full = i + HEX_TEXT_PER_LINE + 2;
	const char *bar = memchr(line.p + i + 1, '|', line.n - i - 1);

	if (full <= line.n && line.p[full - 1] == '|')
		return full;
	return bar ? (size_t)(bar - line.p) + 1 : i + 1;
}

/* Takes the bytes of a line; returns where it stopped, line.n at its end. */
static size_t
read_line(struct span line, struct buf *out, const char **fault)
{
	size_t i = after_number(line);

	while (i < line.n && line.p[i] != '|') {
		int high = digit(line.p[i]), low = i + 1 < line.n ? digit(line.p[i + 1]) : -1;
		char byte = (char)(high * 16 + low);
		if (is_blank(line.p[i])) {
			i++;
			continue;
		}
		*fault = high < 0 ? "no hexadecimal digit" : low < 0 ? "one digit alone: a byte has two" : buf_add(out, &byte, 1) ? "too many bytes" : NULL;
		if (*fault)
			return i;
		i += 2;
	}
	if (i < line.n && !is_column(span_of(line.p + i, line.n - i))) {
		*fault = "more than a line's characters behind the bar";
		return after_column(line, i);
	}
	return line.n;
}

int
hex_text_read(struct span text, struct buf *out, size_t *at, struct errmsg *why)
{
	const char *fault = NULL;

	*at = 0;
	for (unsigned number = 1; *at < text.n; number++) {
		const char *from = text.p + *at, *end = memchr(from, '\n', text.n - *at);
		struct span line = span_of(from, end ? (size_t)(end - from) : text.n - *at);
		size_t stop = read_line(line, out, &fault);
		if (fault) {
			*at += stop;
			return err_set(why, ERR_SYNTAX, "line %u, column %zu: %s", number, stop + 1, fault);
		}
		*at += line.n + (end != NULL);
	}
	return 0;
}
