/* SPDX-License-Identifier: MIT
 * Two flows beside each other. */
#ifndef UI_VIEW_COMPARE_H
#define UI_VIEW_COMPARE_H

struct app;

/* Opens the comparison of the two flows that are marked; a toast says so when it is not two. */
void compare_marked(struct app *app);

#endif
