/* SPDX-License-Identifier: MIT
 * The last two lines: what the view says or a message or a question, and the keys. */
#ifndef UI_STATUS_H
#define UI_STATUS_H

#include "ui/cell.h"

struct app;

int status_rows(int screen_rows);
void status_draw(struct app *app, const struct area *a, const struct glyphs *g);

#endif
