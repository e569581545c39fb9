/* SPDX-License-Identifier: MIT
 * The pager machine: lines of spans, wrapped to the width, scrolled. */
#ifndef UI_PAGER_H
#define UI_PAGER_H

#include <stddef.h>
#include <stdint.h>

#include "text/text_lines.h"
#include "ui/cell.h"
#include "ui/list.h"

struct pager_row {
	uint32_t line;     /* in the text */
	uint32_t off, n;   /* bytes of the text in this row */
};

struct pager {
	const struct text_lines *text; /* borrowed */
	struct pager_row *row;
	size_t nrows, cap;
	size_t top;
	int width, height;
};

void pager_fini(struct pager *p);
/* Wraps the text again, after it or the width has changed; keeps the position as far as it exists.
 */
void pager_layout(struct pager *p, const struct text_lines *text, int width, int height);
void pager_move(struct pager *p, enum move m);
void pager_draw(const struct pager *p, const struct area *a, const struct glyphs *g);

#endif
