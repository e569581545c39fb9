/* SPDX-License-Identifier: MIT
 * A framed area over the view, which menus and questions stand in. */
#ifndef UI_BOX_H
#define UI_BOX_H

#include "ui/cell.h"

/* Draws an empty box around rows of cols columns in the middle of the area, smaller when there is
 * no room, and without a frame when the area has no more than two lines. Returns what is within. */
struct area box_draw(const struct area *a, int rows, int cols, const char *title,
    const struct glyphs *g);

#endif
