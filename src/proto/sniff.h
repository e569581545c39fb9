/* SPDX-License-Identifier: MIT
 * First bytes of a byte stream -> likely protocol. */
#ifndef PROTO_SNIFF_H
#define PROTO_SNIFF_H

#include <stddef.h>

enum sniff {
	SNIFF_MORE,  /* cannot be told yet */
	SNIFF_TLS,   /* a ClientHello */
	SNIFF_HTTP1, /* an HTTP/1.x request line, or the beginning of one that only HTTP/1 can be */
	SNIFF_HTTP2, /* the HTTP/2 connection preface (RFC 9113 3.4) */
	SNIFF_RAW    /* none of these */
};

/* Judges p[0..n). A complete first line that is METHOD SP target SP HTTP/1.x is SNIFF_HTTP1; an
 * incomplete one whose beginning is a well-known method (GET, HEAD, POST, PUT, DELETE, CONNECT,
 * OPTIONS, TRACE, PATCH) and a space is too; a beginning that can still become either is SNIFF_MORE
 * (never for more than 32 bytes unless the line so far is a token, a space and target characters,
 * and never for more than 8192); all else is SNIFF_RAW. n == 0 is SNIFF_MORE. One empty
 * line before a request line is passed over. A verdict other than SNIFF_MORE stays when more bytes
 * come. */
enum sniff sniff_first_bytes(const char *p, size_t n);

#endif
