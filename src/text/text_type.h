/* SPDX-License-Identifier: MIT
 * Media types as in Content-Type: the type itself and its parameters (RFC 9110 8.3.1). */
#ifndef TEXT_TEXT_TYPE_H
#define TEXT_TEXT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* "type/subtype" without parameters and white space; empty when there is none. */
struct span text_type_name(struct span content_type);
bool text_type_is(struct span content_type, const char *name);
bool text_type_starts(struct span content_type, const char *prefix); /* "text/" */
bool text_type_ends(struct span content_type, const char *suffix);   /* "+json" */

/* Copies the value of a parameter, unquoted and terminated, to out[0..size). Returns its length; 0
 * when it is absent, empty or does not fit. */
size_t text_type_param(struct span content_type, const char *name, char *out, size_t size);

#endif
