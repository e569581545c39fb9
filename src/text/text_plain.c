/* SPDX-License-Identifier: MIT
 * Plain text to lines. */
#include "text/text_plain.h"

#include "text/text_head.h"

static void
text_plain_line(struct text_lines *t, struct span line)
{
	size_t from = 0, column = 0;

	text_lines_begin(t);
	for (size_t i = 0; i <= line.n; i++) {
		if (i < line.n && line.p[i] != '\t')
			continue;
		size_t piece = t->bytes.n;
		text_lines_add(t, TEXT_PLAIN, span_of(line.p + from, i - from));
		from = i + 1;
		if (i == line.n || t->cut)
			break;
		if (t->bytes.n > piece)
			column += text_columns(span_of(t->bytes.p + piece, t->bytes.n - piece));
		size_t gap = 8 - column % 8;
		text_lines_ready(t, TEXT_PLAIN, span_of("        ", gap));
		column += gap;
	}
}

void
text_plain(struct text_lines *t, struct span body)
{
	struct span line;

	while (!t->cut && text_next_line(&body, &line))
		text_plain_line(t, line);
}
