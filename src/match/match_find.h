/* SPDX-License-Identifier: MIT
 * Finding bytes in bytes, without regard to the case of ASCII letters. */
#ifndef MATCH_MATCH_FIND_H
#define MATCH_MATCH_FIND_H

#include <stdbool.h>

#include "base/span.h"

/* Whether needle, in lower case, stands in hay whatever the case there. An empty needle stands everywhere. Takes time in proportion to
 * the length of hay for all but contrived texts, and to the product of both for those. */
bool match_find(struct span hay, struct span needle_lower);

/* a compared with b, which is in lower case. */
bool match_same(struct span a, struct span b_lower);

/* The lower case of an ASCII letter; any other byte as it is. */
static inline char
match_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

#endif
