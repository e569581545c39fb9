/* SPDX-License-Identifier: MIT
 * Hexadecimal lines. By hand, without printf: a body may be a hundred thousand of them. */
#include "text/text_hex.h"

enum {
	HEX_LINE_MAX = 32, /* bytes a line */
	HEX_GROUP = 8,	   /* a wider gap after as many */
	HEX_OFFSET_DIGITS = 8
};

static const char hex_digits[] = "0123456789abcdef";

/* Bytes a line: 16 take 77 columns. */
static size_t
hex_per_line(int width)
{
	if (width <= 0)
		return 16;
	return width >= 150 ? 32 : width >= 77 ? 16 : width >= 44 ? 8 : 4;
}

static void
hex_offset(struct text_lines *t, size_t offset)
{
	char s[HEX_OFFSET_DIGITS + 3] = " ";

	for (int i = HEX_OFFSET_DIGITS; i > 0; i--, offset >>= 4)
		s[i] = hex_digits[offset & 15];
	s[HEX_OFFSET_DIGITS + 1] = s[HEX_OFFSET_DIGITS + 2] = ' ';
	text_lines_ready(t, TEXT_OFFSET, span_of(s, sizeof s));
}

static void
hex_line(struct text_lines *t, size_t offset, struct span part, size_t per_line)
{
	char hex[HEX_LINE_MAX * 3 + HEX_LINE_MAX / HEX_GROUP + 1], ascii[HEX_LINE_MAX];
	size_t n = per_line * 3 + (per_line - 1) / HEX_GROUP + 1;
	char *to = hex;

	memset(hex, ' ', n);
	for (size_t i = 0; i < part.n; i++, to += 3) {
		unsigned char c = (unsigned char)part.p[i];
		to += i && i % HEX_GROUP == 0;
		to[0] = hex_digits[c >> 4];
		to[1] = hex_digits[c & 15];
		ascii[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	}
	text_lines_begin(t);
	hex_offset(t, offset);
	text_lines_ready(t, TEXT_PLAIN, span_of(hex, n));
	/* Not through the escape: a backslash is one column here. */
	text_lines_ready(t, TEXT_NAME, span_of(ascii, part.n));
}

void
text_hex(struct text_lines *t, struct span body, int width)
{
	size_t per_line = hex_per_line(width);

	for (size_t i = 0; i < body.n && !t->cut; i += per_line) {
		size_t n = body.n - i < per_line ? body.n - i : per_line;
		hex_line(t, i, span_of(body.p + i, n), per_line);
	}
}
