/* SPDX-License-Identifier: MIT
 * The edit screen: a message, what was changed in it, and what to do with it. */
#ifndef UI_VIEW_EDIT_H
#define UI_VIEW_EDIT_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct edit;
struct view;

/* Takes the edit over. */
struct view *view_edit_new(struct edit *e);
/* An edit that is on the screen is of that flow, and changes its message. */
bool view_edit_is_changed(const struct app *app, uint64_t number);
/* The message of an edit that is on the screen has changed. */
void view_edit_changed(struct app *app);

#endif
