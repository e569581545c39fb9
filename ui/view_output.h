/* SPDX-License-Identifier: MIT
 * A text in a view of its own: what a command said. */
#ifndef UI_VIEW_OUTPUT_H
#define UI_VIEW_OUTPUT_H

#include "base/span.h"
#include "ui/view.h"

/* title and note: printable; copied. note stands behind the title, in the colour of a failure when bad. text: any bytes, copied. */
struct view *view_output_new(const char *title, const char *note, bool bad, struct span text);

#endif
