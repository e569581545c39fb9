/* SPDX-License-Identifier: MIT
 * Curses input to keys. */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "ui/key.h"

/* The next key that was pressed, or KEYC_NONE when none waits. Never blocks longer than the escape
 * delay. */
int input_next(void);

#endif
