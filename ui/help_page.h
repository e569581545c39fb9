/* SPDX-License-Identifier: MIT
 * The pages of the help as text, made from the tables of keys, states and columns. */
#ifndef UI_HELP_PAGE_H
#define UI_HELP_PAGE_H

#include "text/text_lines.h"

struct app;
struct view_ops;

enum help_page { HELP_KEYS = 0, HELP_FILTERS, HELP_STATES, HELP_CONNECT, HELP_COMMANDS, HELP_PAGES };

/* about: the view whose keys are shown. */
void help_page_build(struct text_lines *t, enum help_page page, struct app *app,
    const struct view_ops *about, int width);

#endif
