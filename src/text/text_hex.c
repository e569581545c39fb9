/* SPDX-License-Identifier: MIT
 * Hexadecimal lines. By hand, without printf: a body may be a hundred thousand of them. */
#include "text/text_hex.h"

enum {
	HEX_LINE_MAX = 32, /* bytes a line */
	HEX_DIGITS_MAX = HEX_LINE_MAX * 3 + HEX_LINE_MAX / 8 + 1,
	HEX_OFFSET_DIGITS = 8
};

static const char hex_digits[] = "0123456789abcdef";

static const struct text_hex_form hex_forms[] = {
    {32, 3, 8, 143}, {32, 2, 4, 116}, {16, 3, 8, 77}, {8, 3, 8, 44}, {4, 3, 8, 0}};
enum { HEX_FORMS = sizeof hex_forms / sizeof hex_forms[0] };

static const struct text_hex_form *
hex_form(int width)
{
	const struct text_hex_form *f = hex_forms;

	if (width <= 0)
		width = 77;
	while (width < f->width)
		f++;
	return f;
}

/* Two blanks stand behind them. */
static size_t
hex_columns(const struct text_hex_form *f)
{
	return text_hex_column(f, f->per_line - 1) + 4;
}

const struct text_hex_form *
text_hex_form_of(size_t digits_columns)
{
	for (int i = 0; i < HEX_FORMS; i++)
		if (hex_columns(&hex_forms[i]) == digits_columns)
			return &hex_forms[i];
	return NULL;
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
hex_line(struct text_lines *t, size_t offset, struct span part, const struct text_hex_form *f)
{
	char hex[HEX_DIGITS_MAX], ascii[HEX_LINE_MAX];
	size_t n = hex_columns(f);

	memset(hex, ' ', n);
	for (size_t i = 0; i < part.n; i++) {
		unsigned char c = (unsigned char)part.p[i];
		char *to = hex + text_hex_column(f, i);
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
	const struct text_hex_form *f = hex_form(width);

	for (size_t i = 0; i < body.n && !t->cut; i += f->per_line) {
		size_t n = body.n - i < f->per_line ? body.n - i : f->per_line;
		hex_line(t, i, span_of(body.p + i, n), f);
	}
}
