/* SPDX-License-Identifier: MIT
 * The edit screen: a message, what was changed in it, and what to do with it. */
#ifndef UI_VIEW_EDIT_H
#define UI_VIEW_EDIT_H

struct app;
struct edit;
struct view;

/* Takes the edit over. */
struct view *view_edit_new(struct edit *e);
/* The message of an edit that is on the screen has changed. */
void view_edit_changed(struct app *app);

#endif
