/* SPDX-License-Identifier: MIT
 * Regular expressions with limits: the only file that knows pcre2. What a hostile text makes expensive is given up and counts as no
 * match; nothing is allocated while matching. */
#ifndef MATCH_MATCH_REGEX_H
#define MATCH_MATCH_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct match_regex;

enum match_regex_flags {
	MATCH_REGEX_CASE = 1,  /* with regard to case */
	MATCH_REGEX_DOTALL = 2 /* a dot matches a line feed too */
};

/* ^ and $ match at every line. NULL when the pattern is refused: *at is the byte of it, why (of size bytes) the reason. */
struct match_regex *match_regex_new(struct span pattern, int flags, size_t *at, char *why, size_t size);
void match_regex_free(struct match_regex *r); /* NULL is allowed */

/* Whether r matches somewhere in text. */
bool match_regex_find(struct match_regex *r, struct span text);

#endif
