/* SPDX-License-Identifier: MIT
 * What is wrong with keeping the flows, until it is over or Esc hides it. */
#ifndef UI_PROBLEM_H
#define UI_PROBLEM_H

#include <stdbool.h>

#include "ui/cell.h"

struct app;

/* Asks the store how things are. */
void problem_tick(struct app *app);
bool problem_is_shown(const struct app *app);
/* While it is shown some keys are its own: Esc hides it; in the list Enter opens the event log at it, and w saves the flows
 * elsewhere when their file cannot be written. */
bool problem_takes_key(const struct app *app, int key);
/* Does what such a key is for; false: it is none. */
bool problem_key(struct app *app, int key);
/* Those keys for the key bar, "Enter Details  Esc Hide"; NULL: it is not shown. */
const char *problem_hint(const struct app *app);
/* Lines it takes above the status line on a screen of that size; 0: none, also when it has to stand
 * in the status line. */
int problem_rows(const struct app *app, int rows, int cols);
void problem_draw(struct app *app, const struct area *a);

#endif
