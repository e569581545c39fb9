/* SPDX-License-Identifier: MIT
 * What stands in the flow list while it is empty: how to get traffic here. */
#ifndef UI_VIEW_EMPTY_H
#define UI_VIEW_EMPTY_H

#include "base/buf.h"
#include "ui/cell.h"

struct app;

void view_empty_draw(struct app *app, const struct area *a);
/* Appends a command line that works as printed, in a shell of this user; at most width columns
 * where that can be: a longer one is continued on a second line. */
void view_empty_curl(struct app *app, int width, struct buf *out);

#endif
