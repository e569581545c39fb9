/* SPDX-License-Identifier: MIT
 * Secrets that are not to be seen on the screen: credentials, cookies and what goes by the name of a password. Only copies that are
 * drawn are masked, never what was recorded. */
#ifndef TEXT_TEXT_MASK_H
#define TEXT_TEXT_MASK_H

#include <stdbool.h>

#include "base/span.h"

/* A flag beside enum escape_flags, as in text_lines.escape. */
enum { TEXT_MASK = 1 << 8 };

enum text_mask_what {
	TEXT_MASK_TARGET, /* a URL, or part of one: its query, a password before the host */
	TEXT_MASK_FIELDS, /* field lines: Authorization, Proxy-Authorization, Cookie, Set-Cookie; URLs in others */
	TEXT_MASK_HEAD,   /* a start line and fields */
	TEXT_MASK_BODY    /* anything without a content coding: forms, multipart/form-data, JSON, whatever its type says */
};

/* With TEXT_MASK among the flags a copy with '*' in the place of each byte that is secret (of a number in JSON '0'), so that sizes and
 * offsets stay; *own is to be freed. Else raw itself, and *own is NULL. The result is valid as long as raw and *own are. */
struct span text_mask(enum text_mask_what what, struct span raw, int flags, char **own);
/* The same for the value of one field, parameter or cookie that stands apart from its name. between: ':' of a field, '=' of others. */
struct span text_mask_value(struct span name, struct span value, char between, bool cookie, int flags, char **own);
/* What a field of that name holds is secret as a whole. */
bool text_mask_is_secret_field(struct span name);

#endif
