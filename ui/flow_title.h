/* SPDX-License-Identifier: MIT
 * The first lines of the detail screen: what flow it is and how it stands. */
#ifndef UI_FLOW_TITLE_H
#define UI_FLOW_TITLE_H

#include "ui/cell.h"

struct app;
struct flow;

/* Draws them at the top of the area; on a low screen the second one goes. Returns the lines taken.
 */
int flow_title_draw(struct app *app, const struct flow *f, const struct area *a);

#endif
