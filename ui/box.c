/* SPDX-License-Identifier: MIT
 * Boxes. */
#include "ui/box.h"

static int
box_min(int a, int b)
{
	return a < b ? a : b;
}

static void
box_draw_frame(const struct area *b, const char *title, const struct glyphs *g)
{
	const int right = b->w - 1, low = b->h - 1;

	cell_fill(b, 0, 1, right - 1, g->hline, ROLE_RULE);
	cell_fill(b, low, 1, right - 1, g->hline, ROLE_RULE);
	for (int y = 1; y < low; y++) {
		cell_words(b, y, 0, 1, g->vline, ROLE_RULE);
		cell_words(b, y, right, 1, g->vline, ROLE_RULE);
	}
	for (int i = 0; i < 4; i++)
		cell_words(b, i < 2 ? 0 : low, i % 2 ? right : 0, 1, g->corner[i], ROLE_RULE);
	if (b->w < 8)
		return;
	int n = cell_words(b, 0, 3, b->w - 6, title, ROLE_STATUS);
	cell_words(b, 0, 2, 1, " ", ROLE_TEXT);
	cell_words(b, 0, 3 + n, 1, " ", ROLE_TEXT);
}

struct area
box_draw(const struct area *a, int rows, int cols, const char *title, const struct glyphs *g)
{
	const int frame = a->h > 2 ? 1 : 0;
	struct area b = {
	    .h = box_min(rows + 2 * frame, a->h), .w = box_min(cols + 2 * frame, a->w)};

	b.y = a->y + (a->h - b.h) / 2;
	b.x = a->x + (a->w - b.w) / 2;
	for (int y = 0; y < b.h; y++)
		cell_fill(&b, y, 0, b.w, " ", ROLE_TEXT);
	if (frame)
		box_draw_frame(&b, title, g);
	return (struct area){
	    .y = b.y + frame, .x = b.x + frame, .h = b.h - 2 * frame, .w = b.w - 2 * frame};
}
