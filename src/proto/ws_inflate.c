/* SPDX-License-Identifier: MIT
 * permessage-deflate: one raw deflate stream for all messages, each without the end of its last empty block. */
#include "proto/ws_inflate.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/mem.h"

enum {
	INFLATE_STEP_BYTES = 16384,
	INFLATE_WINDOW_BYTES = 1 << MAX_WBITS
};

struct ws_inflate {
	z_stream z;
	size_t left; /* bytes that may still come out */
	bool ready;  /* z is set up */
	struct errmsg broken;
	int code; /* of broken; 0: it is not */
};

struct ws_inflate *
ws_inflate_new(size_t out_max_bytes)
{
	struct ws_inflate *z = mem_zalloc(sizeof *z);

	z->left = out_max_bytes;
	z->ready = inflateInit2(&z->z, -MAX_WBITS) == Z_OK;
	if (!z->ready)
		z->code = err_set(&z->broken, ERR_SYNTAX, "no memory for the decompressor");
	return z;
}

void
ws_inflate_free(struct ws_inflate *z)
{
	if (z && z->ready)
		inflateEnd(&z->z);
	free(z);
}

/* A sender may end a message with a last block (7.2.3.4); what follows may still refer to what was before. */
static bool
inflate_go_on(struct ws_inflate *z)
{
	Bytef *window = mem_alloc(INFLATE_WINDOW_BYTES);
	uInt n = INFLATE_WINDOW_BYTES;
	bool good = inflateGetDictionary(&z->z, window, &n) == Z_OK && inflateReset(&z->z) == Z_OK &&
		    inflateSetDictionary(&z->z, window, n) == Z_OK;

	free(window);
	return good;
}

static int
inflate_fail(struct ws_inflate *z, const char *what)
{
	return z->code = err_set(&z->broken, ERR_SYNTAX, "compressed data is broken: %s", what ? what : "no reason is given");
}

/* Feeds it one piece and takes what comes out. */
static int
inflate_piece(struct ws_inflate *z, struct span in, struct buf *out)
{
	z->z.next_in = (z_const Bytef *)in.p;
	z->z.avail_in = in.n < UINT_MAX ? (uInt)in.n : UINT_MAX;
	for (;;) {
		size_t room = z->left < INFLATE_STEP_BYTES ? z->left : INFLATE_STEP_BYTES;
		char probe, *to = room ? buf_reserve(out, room) : &probe;
		uInt out_n = room ? (uInt)room : 1;
		z->z.next_out = (Bytef *)to;
		z->z.avail_out = out_n;
		int got = inflate(&z->z, Z_NO_FLUSH);
		size_t made = out_n - z->z.avail_out;
		if (made && !room)
			return z->code = err_set(&z->broken, ERR_LIMIT, "too much to be shown when inflated");
		out->n += made;
		z->left -= made;
		if (got == Z_STREAM_END && !inflate_go_on(z))
			return inflate_fail(z, "it cannot go on after its end");
		if (got != Z_OK && got != Z_BUF_ERROR && got != Z_STREAM_END)
			return inflate_fail(z, got == Z_NEED_DICT ? "it needs a dictionary" : z->z.msg);
		if (got != Z_STREAM_END && (z->z.avail_out || got == Z_BUF_ERROR))
			return 0;
		if (got == Z_STREAM_END && !z->z.avail_in)
			return 0;
	}
}

int
ws_inflate_message(struct ws_inflate *z, struct span in, bool whole, struct buf *out, struct errmsg *why)
{
	static const struct span tail = SPAN_LIT("\x00\x00\xff\xff");

	buf_clear(out);
	out->max = z->left > out->cap ? z->left : out->cap;
	if (z->code)
		return err_set(why, z->code, "%s", z->broken.text);
	if (inflate_piece(z, in, out) || (whole && inflate_piece(z, tail, out)))
		return err_set(why, z->code, "%s", z->broken.text);
	return 0;
}

void
ws_inflate_allow(struct ws_inflate *z, size_t out_max_bytes)
{
	z->left = out_max_bytes;
}
