/* SPDX-License-Identifier: MIT
 * The ways into a message that is edited: its start line, grids of its fields, its body, the whole in an external editor. */
#ifndef UI_EDIT_PARTS_H
#define UI_EDIT_PARTS_H

#include "base/span.h"

struct app;
struct edit;

enum edit_outside { EDIT_OUTSIDE_ALL = 0, EDIT_OUTSIDE_HEAD, EDIT_OUTSIDE_BODY };

/* What a question is about, since an answer brings nothing but its text. */
struct edit_asked {
	struct edit *e;            /* borrowed */
	enum edit_outside outside;
	struct span refused;       /* text from an editor that could not be taken; owned */
};

/* Opens the part of the edit on the top view: line, fields, trailers, query, cookies, form, body, editor (the whole message, or the head when the
 * body is not text), body-editor. A toast says why when it cannot. */
void edit_part_open(struct app *app, struct edit *e, const char *what);

#endif
