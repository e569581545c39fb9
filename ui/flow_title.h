/* SPDX-License-Identifier: MIT
 * The first lines of the detail screen: what flow it is and how it stands. */
#ifndef UI_FLOW_TITLE_H
#define UI_FLOW_TITLE_H

#include "base/buf.h"
#include "ui/cell.h"

struct app;
struct flow;

/* "#12424 POST api.example.test/v1/orders   OPEN" */
void flow_title_put_short(struct app *app, const struct flow *f, struct buf *out);
/* What the second line is about. */
enum flow_title_kind {
	FLOW_TITLE_MESSAGE,     /* the response, and whose it was */
	FLOW_TITLE_CONNECTIONS, /* which connections it used, and which use of them it was */
	FLOW_TITLE_MESSAGES     /* bytes of messages either way, of a flow that has some */
};

/* Draws them at the top of the area; on a low screen the second one goes. Returns the lines taken.
 */
int flow_title_draw(struct app *app, const struct flow *f, const struct area *a, enum flow_title_kind kind);

#endif
