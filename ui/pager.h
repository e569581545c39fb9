/* SPDX-License-Identifier: MIT
 * The pager machine: lines of spans, wrapped to the width, scrolled. Wrapping is done once for a
 * text and a width; a redraw costs what is on the screen, however long the text is.
 * A pager with another one `beside` it shows a text in two columns when the text has a part for
 * the right one (text_lines_beside): what is done with the left one is done with both. */
#ifndef UI_PAGER_H
#define UI_PAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/text_lines.h"
#include "ui/cell.h"
#include "ui/list.h"

/* Rows are in the order of their bytes in the text. */
struct pager_row {
	uint32_t line;	 /* in the text */
	uint32_t off, n; /* bytes of the text in this row */
};

/* Bytes of the text to be painted over: a match of a search or a part of one. */
struct pager_range {
	uint32_t off, n;
	uint32_t number; /* of the match, from 1 */
};

struct pager {
	const struct text_lines *text; /* borrowed */
	struct pager *beside;	       /* the right column; borrowed; NULL: there is one */
	struct pager_row *row;
	size_t nrows, cap;
	size_t top;
	int width, height;
	size_t laid_from, laid_to;	 /* lines of the text that were wrapped */
	size_t laid_bytes;		 /* of the text then */
	bool column;			 /* one of two */
	const struct pager_range *range; /* borrowed; ascending by off; NULL: none */
	size_t nranges;
	uint32_t current; /* number of the match that stands out; 0: none */
};

void pager_fini(struct pager *p);
/* Wraps the text if it or the width is another than last time; keeps the position as far as it
 * exists. */
void pager_layout(struct pager *p, const struct text_lines *text, int width, int height);
/* The text has changed though it may be as long as before: the next layout wraps it. */
void pager_invalidate(struct pager *p);
/* Each column moves as far as it goes. */
void pager_move(struct pager *p, enum move m);
/* This one alone. */
void pager_scroll(struct pager *p, int rows);
/* The column at that column of the screen, when the left one begins at 0. */
struct pager *pager_at(struct pager *p, int x);
/* The column that holds the byte of the text. */
struct pager *pager_of(struct pager *p, uint32_t off);
/* The column that has more rows. */
const struct pager *pager_longest(const struct pager *p);
/* Columns of the left part of a width, and of the right one. */
int pager_left_columns(int width);
int pager_right_columns(int width);
/* The row that holds the byte of the text. There must be rows. */
size_t pager_row_of(const struct pager *p, uint32_t off);
/* The line of the text on top: that of the right column when it was scrolled. */
size_t pager_line(const struct pager *p);
/* Scrolls the column that has the line so that it is on top, as far as that goes, and the other one to its top. */
void pager_show_line(struct pager *p, size_t line);
/* Scrolls as little as shows the row, not on the last line. */
void pager_show(struct pager *p, size_t row);
/* A line of a text by itself, as far as it has room. */
void pager_draw_line(const struct text_lines *t, size_t line, const struct area *a, int y, const struct glyphs *g);
void pager_draw(const struct pager *p, const struct area *a, const struct glyphs *g);

#endif
