/* SPDX-License-Identifier: MIT
 * JSON (RFC 8259) indented, token by token: order, numbers and escapes stay as they were received.
 */
#ifndef TEXT_TEXT_JSON_H
#define TEXT_TEXT_JSON_H

#include "text/text_view.h"

enum { TEXT_JSON_DEPTH_MAX = 64 }; /* what is nested deeper is shown without line breaks */

/* Declared as JSON, or the body of a type that tells little and its beginning is an object or
 * array. */
bool text_json_fits(struct span content_type, struct span body);
/* Whether the body is nothing but JSON values; if not, *line is where it fails, 1 the first. */
bool text_json_check(struct span body, size_t *line);
/* Any number of values, one after the other (JSON lines too). */
int text_json(struct text_lines *t, struct span body, struct text_view_env *env);

#endif
