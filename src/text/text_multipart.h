/* SPDX-License-Identifier: MIT
 * multipart bodies (RFC 2046 5.1): the head of each part, and its body by the view that fits it. */
#ifndef TEXT_TEXT_MULTIPART_H
#define TEXT_TEXT_MULTIPART_H

#include "text/text_view.h"

enum {
	TEXT_MULTIPART_NESTING_MAX = 3, /* parts deeper inside are shown as text or hex */
	TEXT_MULTIPART_PARTS_MAX = 200, /* of one body */
	TEXT_MULTIPART_BOUNDARY_MAX = 70
};

/* A multipart type with a boundary. */
bool text_multipart_fits(struct span content_type, struct span body);
int text_multipart(struct text_lines *t, struct span body, struct text_view_env *env);

#endif
