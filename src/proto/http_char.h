/* SPDX-License-Identifier: MIT
 * Classes of bytes in HTTP/1 messages, and what is read with them (RFC 9110 5.5, 5.6; RFC 3986). */
#ifndef PROTO_HTTP_CHAR_H
#define PROTO_HTTP_CHAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum http_char_class {
	HTTP_C_TOKEN = 0x01,  /* tchar */
	HTTP_C_VALUE = 0x02,  /* in a field value: tab, space, VCHAR, obs-text */
	HTTP_C_TARGET = 0x04, /* in a request-target: VCHAR but '#', and bytes above 0x7f */
	HTTP_C_HOST = 0x08,   /* in a name for DNS: letters, digits, '-', '_', '.' */
	HTTP_C_DIGIT = 0x10,
	HTTP_C_HEX = 0x20,
	HTTP_C_8BIT = 0x80
};

extern const unsigned char http_char[256];

static inline bool
http_char_is(char c, enum http_char_class set)
{
	return http_char[(unsigned char)c] & set;
}

/* The value of a hexadecimal digit. */
static inline unsigned
http_hex_value(char c)
{
	return (unsigned)((c & 0x0f) + (c & 0x40 ? 9 : 0));
}

/* How many of the first bytes of s are of the class. */
static inline size_t
http_char_run(struct span s, enum http_char_class set)
{
	size_t n = 0;

	while (n < s.n && http_char_is(s.p[n], set))
		n++;
	return n;
}

/* How many of the first bytes of s may stand in a field value; s.n when all may. */
size_t http_value_len(struct span s);

/* s without the white space (space, tab) round it. */
static inline struct span
http_trim(struct span s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* "type/subtype" of a Content-Type, without its parameters; empty when there is none. */
struct span http_media_type(struct span content_type);

/* Takes the next element off a comma-separated list (RFC 9110 5.6.1): false at its end. Empty
 * elements are reported as they are; *rest must start out non-NULL and ends as NULL. */
bool http_list_next(struct span *rest, struct span *element);

#endif
