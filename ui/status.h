/* SPDX-License-Identifier: MIT
 * The last two lines: what the view says or a message or a question, and the keys of the moment. */
#ifndef UI_STATUS_H
#define UI_STATUS_H

#include <stdbool.h>

#include "base/span.h"
#include "ui/cell.h"

struct app;

int status_rows(int screen_rows);
/* More while a line is refused: they cover the foot of the view. */
int status_asked_rows(const struct app *app, int screen_rows);
void status_draw(struct app *app, const struct area *a, const struct glyphs *g);
/* Takes the next line of at most w columns off escaped text, to the end of a word if it can. False at
 * the end. */
bool status_wrap(struct span *rest, int w, struct span *line);

#endif
