/* SPDX-License-Identifier: MIT
 * Roles to curses attributes. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>

#include "ui/role.h"

/* Sets the colours up after the screen has started: those of the theme, or attributes only when the
 * environment wants none or the terminal has none. */
void theme_start(bool colour);
/* False, and nothing changes, when no theme has that name. May be called before the screen starts. */
bool theme_set(const char *name);
const char *theme_name(void);
/* The themes' names; NULL behind the last. */
const char *theme_name_at(unsigned i);
/* The environment asks for none: NO_COLOR is set. */
bool theme_refused(void);
/* Why there can be no colours: "NO_COLOR is set". NULL: there can. */
const char *theme_no_colour(void);
/* Attributes of the role, with its colour pair in them. */
unsigned theme_attr(enum role r);
/* True when there are attributes only, by choice or of necessity. */
bool theme_is_mono(void);

#endif
