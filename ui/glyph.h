/* SPDX-License-Identifier: MIT
 * The signs we draw with: ASCII for plain terminals and locales, lines and blocks elsewhere. */
#ifndef UI_GLYPH_H
#define UI_GLYPH_H

#include <stdbool.h>

enum { GLYPH_LEVELS = 8 };

struct glyphs {
	const char *name;
	const char *hline, *vline;
	const char *corner[4];     /* of a box: top left and right, bottom left and right */
	const char *cut;           /* end of what was cut off */
	const char *in, *out;      /* arrows: response, request */
	const char *sorted;        /* behind the column that orders the list */
	const char *falling;       /* likewise, largest first */
	const char *selected;      /* at the selected row, without colours */
	const char *bar;           /* a filled step of a bar */
	const char *open, *folded; /* before a heading of the tree */
	const char *level[GLYPH_LEVELS];
};

extern const struct glyphs glyphs_ascii, glyphs_box;

/* By the locale's character set and the terminal's name. */
const struct glyphs *glyphs_pick(bool utf8, const char *term);

#endif
