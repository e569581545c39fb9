/* SPDX-License-Identifier: MIT
 * Roles to curses attributes. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>

#include "ui/role.h"

/* Sets the colours up after the screen has started: on the terminal's own background, or attributes
 * only. */
void theme_start(bool colour);
/* Attributes of the role, with its colour pair in them. */
unsigned theme_attr(enum role r);
/* True when the environment or the terminal allows attributes only. */
bool theme_is_mono(void);

#endif
