/* SPDX-License-Identifier: MIT
 * What is held now, as rows: on the screen of the rules and below a message that is edited. */
#ifndef UI_HELD_QUEUE_H
#define UI_HELD_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "ui/cell.h"

struct app;

enum { HELD_QUEUE_MAX = 64 };

/* Held messages, at most HELD_QUEUE_MAX. */
size_t held_queue_count(const struct app *app);
/* Draws them from line y of the area down, oldest first; that of the flow `selected` (0: none) stands out and is among them however few lines there are. */
void held_queue_draw(struct app *app, const struct area *a, int y, uint64_t selected);

#endif
