/* SPDX-License-Identifier: MIT
 * The list of breakpoint rules. */
#ifndef UI_VIEW_RULES_H
#define UI_VIEW_RULES_H

struct app;
struct view;

struct view *view_rules_new(void);
/* Asks for a rule, on the prompt, where text stands; it is added and switched on. */
void view_rules_ask(struct app *app, const char *text);
/* Adds a rule from its line; a toast says what came of it. */
void view_rules_add(struct app *app, const char *line);

#endif
