/* SPDX-License-Identifier: MIT
 * Hexadecimal lines. */
#include "text/text_hex.h"

#include <stdio.h>

enum { HEX_BYTES = 16 };

static void
text_hex_line(struct text_lines *t, size_t offset, struct span part)
{
	static const char digits[] = "0123456789abcdef";
	char hex[HEX_BYTES * 3 + 4], ascii[HEX_BYTES + 1];
	size_t n = 0;

	for (size_t i = 0; i < HEX_BYTES; i++) {
		unsigned char c = i < part.n ? (unsigned char)part.p[i] : 0;
		bool there = i < part.n;
		if (i == HEX_BYTES / 2)
			hex[n++] = ' ';
		hex[n++] = there ? digits[c >> 4] : ' ';
		hex[n++] = there ? digits[c & 15] : ' ';
		hex[n++] = ' ';
		if (there)
			ascii[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	}
	hex[n++] = ' ';
	hex[n] = '\0';
	ascii[part.n] = '\0';
	text_lines_begin(t);
	text_lines_addf(t, TEXT_OFFSET, " %08zx  ", offset);
	text_lines_words(t, TEXT_PLAIN, hex);
	/* Not TEXT_PLAIN through the escape: a backslash is one column here. */
	text_lines_words(t, TEXT_NAME, ascii);
}

void
text_hex(struct text_lines *t, struct span body)
{
	for (size_t i = 0; i < body.n && !t->cut; i += HEX_BYTES) {
		size_t n = body.n - i < HEX_BYTES ? body.n - i : HEX_BYTES;
		text_hex_line(t, i, span_of(body.p + i, n));
	}
}
