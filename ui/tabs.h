/* SPDX-License-Identifier: MIT
 * A line of tabs, each with the digit that opens it. */
#ifndef UI_TABS_H
#define UI_TABS_H

#include "ui/cell.h"
#include "ui/spots.h"

struct tab {
	char digit;
	const char *title, *shorter; /* shorter: where the titles do not fit; NULL: there is none */
};

/* All titles when there is room, else shorter ones, else digits and the title of the open one. */
void tabs_draw(const struct area *a, int y, const struct tab *tab, unsigned n, unsigned open);
/* Notes where they are drawn: each stands for the key of its digit. */
void tabs_spots(struct spots *s, const struct area *a, int y, const struct tab *tab, unsigned n, unsigned open);
/* The tab that a command names: "next", "prev", or by its digit; the open one when it names none. */
unsigned tabs_choose(const struct tab *tab, unsigned n, unsigned open, const char *which);

#endif
