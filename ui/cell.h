/* SPDX-License-Identifier: MIT
 * Clipped output of measured width: every character drawn takes the columns that escape_width says.
 * Coordinates are within an area of the screen; nothing is drawn outside it. */
#ifndef UI_CELL_H
#define UI_CELL_H

#include "base/span.h"
#include "ui/glyph.h"
#include "ui/role.h"

struct area {
	int y, x, h, w;
};

struct cell_style {
	const struct glyphs *glyphs;
	enum role role;
	bool escapes; /* the text came through the escape function: show its escapes as such */
};

/* Draws escaped text in at most w columns; what does not fit ends in the cut mark. Returns the
 * columns taken. */
int cell_text(const struct area *a, int y, int x, int w, struct span text,
    const struct cell_style *style);
/* The same, but what has no room is left out of the middle of what stands behind the first `keep` bytes, at slashes where that can be:
 * "/v1/.../items?id=7". When that leaves too little room, the middle of all of it; of a text that is all kept, the end. */
int cell_text_middle(const struct area *a, int y, int x, int w, struct span text, size_t keep, const struct cell_style *style);
/* The glyphs of the screen from now on, static: its cut mark stands where words of our own end early. */
void cell_set_glyphs(const struct glyphs *g);
/* Words of our own. */
int cell_words(const struct area *a, int y, int x, int w, const char *words, enum role role);
/* Repeats a one-column glyph. */
void cell_fill(const struct area *a, int y, int x, int w, const char *glyph, enum role role);
/* Lays the attributes of the role over cells that stand there. */
void cell_paint(const struct area *a, int y, int x, int w, enum role role);
#endif
