/* SPDX-License-Identifier: MIT
 * The question before clients are cut off. */
#ifndef UI_QUIT_H
#define UI_QUIT_H

#include <stdbool.h>

#include "ui/cell.h"

struct app;

/* Quits at once when no client is connected, else asks. */
void quit_ask(struct app *app);
bool quit_is_asked(const struct app *app);
/* True when a screen of that size has room for the box; else the question stands in the last lines. */
bool quit_has_box(int rows, int cols);
void quit_draw(struct app *app, const struct area *a);

#endif
