/* SPDX-License-Identifier: MIT
 * Bytes in hexadecimal with their offset before them and the printable ASCII behind. */
#ifndef TEXT_TEXT_HEX_H
#define TEXT_TEXT_HEX_H

#include "base/span.h"
#include "text/text_lines.h"

/* How the digits of a line lie. */
struct text_hex_form {
	unsigned per_line; /* bytes */
	unsigned step;     /* columns of one byte: 3 with a blank behind it, 2 without */
	unsigned group;    /* a blank more after as many */
	int width;         /* columns of the whole line */
};

/* The one whose digits take so many columns in a line that text_hex has made; NULL: none. */
const struct text_hex_form *text_hex_form_of(size_t digits_columns);

/* The column of a byte's first digit, counted from the first digit of the line. */
static inline size_t
text_hex_column(const struct text_hex_form *f, size_t byte)
{
	return byte * f->step + byte / f->group;
}

/* As many bytes a line as fit the columns of width: 32, 16, 8 or 4, of 32 rather spaced than packed in fours; 16 when
 * width is 0. */
void text_hex(struct text_lines *t, struct span body, int width);

#endif
