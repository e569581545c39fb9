/* SPDX-License-Identifier: MIT
 * The help about expressions over the line in which one is typed: the line stays as it is. */
#ifndef UI_LANGUAGE_H
#define UI_LANGUAGE_H

#include <stdbool.h>

#include "ui/cell.h"

struct app;

/* True when the key was the help's: F1 in such a line opens it, and closes it; while it is open all keys are its. */
bool language_key(struct app *app, int key);
/* Draws it with the view below; only when app->language. */
void language_draw(struct app *app, const struct area *a);
void language_close(struct app *app);

#endif
