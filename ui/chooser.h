/* SPDX-License-Identifier: MIT
 * The column chooser: which columns the list has, where and how wide, in a box over it. What is changed is seen at once. */
#ifndef UI_CHOOSER_H
#define UI_CHOOSER_H

#include <stdbool.h>

#include "ui/cell.h"

struct app;

struct chooser {
	bool active;
	unsigned selected, top; /* places of the set; the first on the screen */
	struct area rows;       /* where they were drawn */
};

void chooser_open(struct app *app);
/* Space on or off, + - width, J K place, s sort, r as it was at first, Up, Down, j, k, Home, End; Enter, Esc, q and ^C are done. */
void chooser_key(struct app *app, int key);
/* A click on a row selects it, on the selected row it is Space. */
void chooser_click(struct app *app, int y, int x);
/* In a box over the area; at any size the selected row is seen. */
void chooser_draw(struct app *app, const struct area *a);

#endif
