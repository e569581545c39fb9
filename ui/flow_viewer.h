/* SPDX-License-Identifier: MIT
 * What of a flow the external viewer is given. */
#ifndef UI_FLOW_VIEWER_H
#define UI_FLOW_VIEWER_H

#include <stdbool.h>

#include "base/err.h"
#include "ui/flow_page.h"

struct app;
struct terminal;

/* Starts the viewer on a body (whole, as far as it is recorded) or a head. With decoded, content
 * codings are undone as far as that goes. Returns 0, or a negative enum err with why in words. */
int flow_viewer_open(struct terminal *t, const struct flow *f, enum flow_part part, bool decoded,
    struct errmsg *why);
/* The same for the flow of that number, and says why when nothing is shown. */
void flow_viewer_show(struct app *app, uint64_t number, enum flow_part part, bool decoded);

#endif
