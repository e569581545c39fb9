/* SPDX-License-Identifier: MIT
 * Borrowed bytes: a pointer and a length. A span owns nothing; how long it stays valid is said by
 * whoever lends it. An absent value is p == NULL, an empty one is p != NULL and n == 0. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_LIT(s) ((struct span){(s), sizeof(s) - 1})
#define SPAN_NONE ((struct span){NULL, 0})

static inline struct span
span_of(const char *p, size_t n)
{
	return (struct span){p, n};
}

static inline struct span
span_str(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equality of ASCII text without regard to case; bytes above 0x7f must be equal. */
static inline bool
span_ieq(struct span a, struct span b)
{
	for (size_t i = 0; a.n == b.n && i < a.n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return a.n == b.n;
}

#endif
