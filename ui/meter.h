/* SPDX-License-Identifier: MIT
 * The header: a table of meters, as many of them as the screen affords. */
#ifndef UI_METER_H
#define UI_METER_H

#include "ui/cell.h"

struct app;

/* Lines the header takes on a screen of that size; at least half of it stays for the list. */
int meter_rows(const struct app *app, int screen_rows, int screen_cols);
void meter_draw(struct app *app, const struct area *a, const struct glyphs *g);

#endif
