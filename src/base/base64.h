/* SPDX-License-Identifier: MIT
 * Base64 (RFC 4648 section 4), with padding. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/span.h"

/* How many characters n bytes become. */
static inline size_t
base64_length(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* Writes base64_length(s.n) characters, no NUL. */
void base64_write(char *out, struct span s);

#endif
