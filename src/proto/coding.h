/* SPDX-License-Identifier: MIT
 * Undoes the content codings of a body (RFC 9110 8.4.1) so that it can be looked at or edited, and applies them again; what is
 * forwarded untouched never passes here. Memory is bounded: two layers of at most out_max_bytes and the
 * window of one decompressor (at most 16 MiB, br) at a time. */
#ifndef PROTO_CODING_H
#define PROTO_CODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	CODING_OUT_MAX_BYTES = 4 << 20,	   /* of every layer */
	CODING_RATIO_MAX = 1000,	   /* output to input of one layer ... */
	CODING_RATIO_FROM_BYTES = 1 << 20, /* ... once it gave more than this */
	CODING_LAYERS_MAX = 5,
	CODING_WINDOW_LOG_MAX = 23, /* zstd: 8 MiB (RFC 9659) */
	CODING_NAME_MAX = 16
};

struct coding_limits {
	size_t out_max_bytes;
	unsigned ratio_max;
	unsigned layers_max;
};

extern const struct coding_limits coding_limits_default;

enum coding_end {
	CODING_WHOLE = 0, /* all of it was undone, or there was nothing to undo */
	CODING_CUT_SHORT, /* the input ended before its coding did */
	CODING_BROKEN,
	CODING_CAPPED, /* out_max_bytes */
	CODING_BOMB,   /* ratio_max */
	CODING_UNKNOWN,
	CODING_TOO_MANY /* layers_max */
};

struct coding_result {
	enum coding_end end;
	bool changed; /* out holds what at least one coding gave; else the body is what it was */
	bool coded;   /* codings are left: what there is now is no part of the content */
	size_t in_n;		      /* bytes that the layer concerned had read when it stopped */
	char coding[CODING_NAME_MAX]; /* the layer concerned, printable; "" when there was none */
	struct errmsg why; /* in words; when WHOLE: empty, or about bytes after the end */
};

/* Undoes the codings of list (the values of Content-Encoding, joined by commas), the last one
 * first: gzip, x-gzip, deflate (in a zlib wrapper or without), br, zstd, identity. gzip may have
 * several members and zstd several frames. out must be initialised and empty; its maximum becomes
 * that of l. Whatever the end, out holds what the last coding gave that gave anything. An empty
 * body is whole under any coding. Returns 0, ERR_SYNTAX (cut short, broken), ERR_LIMIT (capped,
 * bomb, too many) or ERR_NOTFOUND (unknown). */
int coding_undo(struct span list, struct span body, const struct coding_limits *l, struct buf *out,
    struct coding_result *r);

/* Applies the codings of list, the first one first, so that coding_undo gives the body again. out must be initialised; what was in it is
 * gone, and its maximum becomes max_bytes (< 4 GiB), also that of every layer. An empty body is coded like any other. Returns 0, ERR_NOTFOUND (a coding that is not
 * known) or ERR_LIMIT, with *why; out is empty then. */
int coding_apply(struct span list, struct span body, size_t max_bytes, struct buf *out, struct errmsg *why);

#endif
