/* SPDX-License-Identifier: MIT
 * HTTP/1.x heads and bodies, bytes in, values out (RFC 9112). Strict: what violates the grammar is
 * an error with a sentence that says what was wrong; nothing is guessed or repaired. No
 * allocation. */
#ifndef PROTO_H1_PARSE_H
#define PROTO_H1_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/http_head.h"

/* What is wrong with a message: the status to answer with (400, 414, 431, 501, 505; for responses
 * always 502) and a sentence naming the fault, e.g. "two Content-Length fields that differ". The
 * sentence may quote no bytes of the peer. */
struct h1_fault {
	int status;
	const char *why; /* static text */
};

/* Parses one head at p[0..n). *scan is where the search for the end of the head goes on; the caller
 * sets it to 0 for a new head and keeps it between calls with more bytes at the same p, so that
 * feeding byte by byte costs O(n). At most one empty line before a request line is skipped (RFC
 * 9112 2.2). Returns the bytes the head takes (skipped empty line included), 0 when more are
 * needed, or ERR_SYNTAX or ERR_LIMIT with *fault set. Faults that can be told before the head is
 * complete (a line with bare LF, NUL, a start line that cannot become one, more than
 * HTTP_HEAD_MAX_BYTES) are told at once, at the latest at the end of that line. On success the
 * spans of h point into p. */
long h1_parse_request(
    const char *p, size_t n, size_t *scan, struct http_head *h, struct h1_fault *fault);
long h1_parse_response(
    const char *p, size_t n, size_t *scan, struct http_head *h, struct h1_fault *fault);

/* How the end of a body is known (RFC 9112 6.3). */
enum h1_framing {
	H1_BODY_NONE = 0, /* there is none: the message ends with its head */
	H1_BODY_LENGTH,
	H1_BODY_CHUNKED,
	H1_BODY_CLOSE /* responses only: ends when the connection does */
};

/* Decides the framing of a message and refuses every ambiguous one (RFC 9112 6.1-6.3, pitfall P08):
 * Content-Length with Transfer-Encoding, any repeated or listed or malformed Content-Length (digits
 * only, no leading zeros except "0" itself, below 2^63), Transfer-Encoding other than exactly one
 * "chunked" (any case) -> 501 when a syntactically valid other coding is listed before a final
 * chunked, else 400; Transfer-Encoding in HTTP/1.0. Statuses 1xx, 204, 304 and answers to HEAD have
 * no body whatever the fields say, but their fields are checked all the same, except that
 * Transfer-Encoding or Content-Length in 1xx and 204 is tolerated (the forwarder drops it). Returns
 * 0 with framing and length (for H1_BODY_LENGTH; a length of 0 gives H1_BODY_NONE), or ERR_SYNTAX
 * with *fault. */
int h1_request_framing(
    const struct http_head *h, enum h1_framing *framing, uint64_t *length, struct h1_fault *fault);
int h1_response_framing(const struct http_head *h, bool to_head, enum h1_framing *framing,
    uint64_t *length, struct h1_fault *fault);

/* True when the sender keeps its connection open after this message (RFC 9112 9.3): HTTP/1.1
 * without "close", or HTTP/1.0 with "keep-alive" in Connection (or, for a request to a proxy,
 * Proxy-Connection). */
bool h1_head_persists(const struct http_head *h);

/* Incremental body reader. */
struct h1_body {
	enum h1_framing framing;
	uint64_t left;	    /* LENGTH: body bytes to come; CHUNKED: data bytes left in this chunk */
	uint64_t ext_bytes; /* chunk-extension bytes so far, limited to 16 KiB per message */
	uint8_t state;
	bool done;     /* the body has ended, trailer section included */
	bool trailers; /* CHUNKED: the last chunk was read; the trailer section begins */
};

void h1_body_init(struct h1_body *b, enum h1_framing framing, uint64_t length);

/* Consumes one step of p[0..n): returns the bytes taken, > 0 while n > 0 and the body is not done.
 * A run of body data within them is reported as p + *data_off, *data_n (0 when the step was framing
 * only). For CHUNKED it reads chunk-size lines, data and CRLFs strictly (RFC 9112 7.1: 1*HEXDIG,
 * below 2^63, no white space, CRLF only; extensions checked against the grammar with BWS refused,
 * ignored, bounded); a size line that is incomplete is consumed byte by byte into the state. Sets
 * b->done, or for CHUNKED b->trailers when the last-chunk line was consumed: from there the caller
 * uses h1_parse_trailers. Returns ERR_SYNTAX or ERR_LIMIT with *fault set. H1_BODY_CLOSE takes
 * everything and is never done. Faults of bodies and trailers carry the status for requests (400,
 * 431), whatever the direction. */
long h1_body_feed(struct h1_body *b, const char *p, size_t n, size_t *data_off, size_t *data_n,
    struct h1_fault *fault);

/* Parses the trailer section (fields and the final CRLF) like a head without start line; same
 * return values and *scan rule as h1_parse_request. Limit HTTP_HEAD_MAX_BYTES. On success sets
 * b->done. h->raw is the section. */
long h1_parse_trailers(struct h1_body *b, const char *p, size_t n, size_t *scan,
    struct http_head *h, struct h1_fault *fault);

#endif
