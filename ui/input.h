/* SPDX-License-Identifier: MIT
 * Curses input to keys. */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include <stdbool.h>

#include "ui/key.h"
#include "ui/mouse.h"

/* The next key that was pressed, or KEYC_NONE when none waits: then *gone says whether reading
 * failed for good. KEYC_MOUSE: *m is what the mouse did. Never blocks longer than the escape delay. What terminals report without having
 * been asked is no key. */
int input_next(bool *gone, struct mouse *m);

#endif
