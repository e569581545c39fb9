/* SPDX-License-Identifier: MIT
 * Which renderer shows a body best. */
#ifndef TEXT_TEXT_PICK_H
#define TEXT_TEXT_PICK_H

#include "base/span.h"
#include "text/text_lines.h"

struct text_renderer {
	const char *name; /* "text", "hex" */
	void (*render)(struct text_lines *t, struct span body);
};

/* By the declared type first, by the bytes when it does not tell. Never NULL. */
const struct text_renderer *text_pick(struct span content_type, struct span body);

#endif
