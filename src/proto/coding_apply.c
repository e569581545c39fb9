/* SPDX-License-Identifier: MIT
 * Applies content codings again to a body that was edited. Whole bodies in memory, one call of the library each. */
#include "proto/coding.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "base/escape.h"
#include "proto/http_char.h"

enum {
	APPLY_GZIP_BITS = 15 + 16, /* zlib's way to ask for the wrapper */
	APPLY_MEM_LEVEL = 8,
	APPLY_BR_QUALITY = 5,
	APPLY_ZSTD_LEVEL = 3
};

static bool
apply_deflate(struct span in, struct buf *out, int bits)
{
	z_stream z = {0};

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, bits, APPLY_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t room = deflateBound(&z, in.n);
	char *p = buf_reserve(out, room);
	z.next_in = (Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = (Bytef *)p;
	z.avail_out = (uInt)room;
	bool whole = p && deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (whole)
		out->n += room - z.avail_out;
	deflateEnd(&z);
	return whole;
}

static bool
apply_gzip(struct span in, struct buf *out)
{
	return apply_deflate(in, out, APPLY_GZIP_BITS);
}

static bool
apply_zlib(struct span in, struct buf *out)
{
	return apply_deflate(in, out, MAX_WBITS);
}

static bool
apply_br(struct span in, struct buf *out)
{
	size_t room = BrotliEncoderMaxCompressedSize(in.n) + 16;
	char *p = buf_reserve(out, room);

	if (!p || !BrotliEncoderCompress(APPLY_BR_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, in.n,
	              (const uint8_t *)in.p, &room, (uint8_t *)p))
		return false;
	out->n += room;
	return true;
}

static bool
apply_zstd(struct span in, struct buf *out)
{
	size_t room = ZSTD_compressBound(in.n);
	char *p = buf_reserve(out, room);
	size_t n = p ? ZSTD_compress(p, room, in.p, in.n, APPLY_ZSTD_LEVEL) : 0;

	if (!p || ZSTD_isError(n))
		return false;
	out->n += n;
	return true;
}

static const struct {
	struct span name;
	bool (*apply)(struct span in, struct buf *out);
} apply_codings[] = {
    {SPAN_LIT("gzip"), apply_gzip},
    {SPAN_LIT("x-gzip"), apply_gzip},
    {SPAN_LIT("deflate"), apply_zlib},
    {SPAN_LIT("br"), apply_br},
    {SPAN_LIT("zstd"), apply_zstd},
};

static int
apply_one(struct span name, struct span in, struct buf *out, struct errmsg *why)
{
	char shown[CODING_NAME_MAX];

	for (size_t i = 0; i < sizeof apply_codings / sizeof *apply_codings; i++) {
		if (!span_ieq(apply_codings[i].name, name))
			continue;
		if (apply_codings[i].apply(in, out))
			return 0;
		return err_set(why, ERR_LIMIT, "the body is too large to be coded");
	}
	escape_text(shown, sizeof shown, name, 0);
	return err_set(why, ERR_NOTFOUND, "the coding %s is not known: send the body without it, or choose another", shown);
}

int
coding_apply(struct span list, struct span body, size_t max_bytes, struct buf *out, struct errmsg *why)
{
	buf_clear(out);
	out->max = max_bytes;
	if (body.n > max_bytes || buf_add_span(out, body))
		return err_set(why, ERR_LIMIT, "the body is too large to be coded");
	for (size_t at = 0; at < list.n;) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t n = comma ? (size_t)(comma - list.p) - at : list.n - at;
		struct span name = http_trim(span_of(list.p + at, n));
		struct buf next;
		at += n + 1;
		if (!name.n || span_ieq(name, SPAN_LIT("identity")))
			continue;
		buf_init(&next, max_bytes);
		int bad = apply_one(name, buf_span(out), &next, why);
		buf_fini(out);
		*out = next;
		if (bad)
			return bad;
	}
	return 0;
}
