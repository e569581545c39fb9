/* SPDX-License-Identifier: MIT
 * The lines that heads and trailer sections share (RFC 9112 2.2, 5): internal to the HTTP/1
 * parsers. */
#ifndef PROTO_H1_LINES_H
#define PROTO_H1_LINES_H

#include "proto/h1_parse.h"

/* What is to be read: p[first..n), a start line when there is a reader for one, fields, an empty
 * line. */
struct h1_lines {
	const char *p;
	size_t n;
	size_t first;
	int (*start_line)(struct http_head *h, struct span line, struct h1_fault *fault);
	struct http_head *h;
	struct h1_fault *fault;
};

/* Reads on from *scan: same return values and rule for *scan as h1_parse_request. Every line is
 * judged when its end is seen, so that the verdict does not depend on how the bytes were split. */
long h1_lines_read(const struct h1_lines *l, size_t *scan);

static inline int
h1_fail(struct h1_fault *fault, int code, int status, const char *why)
{
	*fault = (struct h1_fault){status, why};
	return code;
}

#endif
