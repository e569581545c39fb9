/* SPDX-License-Identifier: MIT
 * Tabs. */
#include "ui/tabs.h"

#include <string.h>

enum { TAB_AROUND = 4 /* digit, blank and what stands on either side */ };

static const char *
tab_title(const struct tab *t, bool shorter)
{
	return shorter && t->shorter ? t->shorter : t->title;
}

static bool
tabs_fit(const struct tab *tab, unsigned n, bool shorter, int width)
{
	for (unsigned i = 0; i < n; i++)
		width -= (int)strlen(tab_title(&tab[i], shorter)) + TAB_AROUND;
	return width >= 0;
}

void
tabs_spots(struct spots *s, const struct area *a, int y, const struct tab *tab, unsigned n, unsigned open)
{
	bool shorter = !tabs_fit(tab, n, false, a->w),
	     names = !shorter || tabs_fit(tab, n, true, a->w);
	int x = 0;

	for (unsigned i = 0; i < n; i++) {
		bool named = names || i == open;
		int apart = named || (i && i - 1 != open);
		int w = apart + 1 + (named ? 2 + (int)strlen(tab_title(&tab[i], shorter)) : 0);
		if (x + w <= a->w)
			spots_add(s, a->y + y, a->x + x, w, tab[i].digit);
		x += w;
	}
}

void
tabs_draw(const struct area *a, int y, const struct tab *tab, unsigned n, unsigned open)
{
	bool shorter = !tabs_fit(tab, n, false, a->w),
	     names = !shorter || tabs_fit(tab, n, true, a->w);
	int x = 0;

	for (unsigned i = 0; i < n; i++) {
		bool is_open = i == open, named = names || is_open;
		const char digit[] = {tab[i].digit, named ? ' ' : '\0', '\0'};
		/* Brackets keep the digits beside them apart as well as blanks do. */
		bool apart = named || (i && i - 1 != open);
		if (apart)
			x += cell_words(a, y, x, 1, is_open ? "[" : " ", ROLE_TEXT);
		int from = x;
		x += cell_words(a, y, x, 2, digit, ROLE_KEY);
		if (named)
			x += cell_words(a, y, x, a->w - x, tab_title(&tab[i], shorter), ROLE_TEXT);
		if (is_open)
			cell_paint(a, y, from, x - from, ROLE_TAB);
		if (named)
			x += cell_words(a, y, x, 1, is_open ? "]" : " ", ROLE_TEXT);
	}
}

unsigned
tabs_choose(const struct tab *tab, unsigned n, unsigned open, const char *which)
{
	if (strcmp(which, "next") == 0)
		return (open + 1) % n;
	if (strcmp(which, "prev") == 0)
		return (open + n - 1) % n;
	for (unsigned i = 0; i < n; i++)
		if (which[0] == tab[i].digit)
			open = i;
	return open;
}
