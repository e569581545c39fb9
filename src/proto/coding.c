/* SPDX-License-Identifier: MIT
 * Content codings: one pump, three decompressors. */
#include "proto/coding.h"

#include <limits.h>

#include <brotli/decode.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "base/escape.h"
#include "proto/http_char.h"

enum {
	CODING_STEP_BYTES = 32768, /* room made for one step */
	CODING_GZIP_BITS = 15 + 16 /* zlib's way to ask for the wrapper */
};

const struct coding_limits coding_limits_default = {
    CODING_OUT_MAX_BYTES, CODING_RATIO_MAX, CODING_LAYERS_MAX};

enum coding_step { CODING_MORE, CODING_DONE, CODING_FAILED };

struct coding_run;

struct coding_codec {
	struct span name;
	bool (*open)(struct coding_run *run); /* false: no memory; closed all the same */
	/* Reads from in and writes to room. A step that does neither has come to the end of the
	 * input. */
	enum coding_step (*step)(struct coding_run *run);
	void (*close)(struct coding_run *run);
};

/* One layer being undone. */
struct coding_run {
	const struct coding_codec *codec;
	struct span in; /* not read yet */
	char *room;	/* where the next bytes go */
	size_t room_n;
	const char *why; /* of a failure, in the words of the library */
	z_stream z;
	BrotliDecoderState *br;
	ZSTD_DCtx *zstd;
};

/* ---- gzip and deflate ---- */

static bool
coding_open_gzip(struct coding_run *run)
{
	return inflateInit2(&run->z, CODING_GZIP_BITS) == Z_OK;
}

/* Half of the senders of "deflate" leave out the zlib wrapper that RFC 9110 8.4.1.2 asks for. */
static bool
coding_open_deflate(struct coding_run *run)
{
	const unsigned char *p = (const unsigned char *)run->in.p;
	bool wrapped = run->in.n >= 2 && (p[0] & 0x0f) == Z_DEFLATED &&
		       p[0] >> 4 <= MAX_WBITS - 8 && (p[0] << 8 | p[1]) % 31 == 0;

	return inflateInit2(&run->z, wrapped ? MAX_WBITS : -MAX_WBITS) == Z_OK;
}

static int
coding_inflate(struct coding_run *run)
{
	uInt in_n = run->in.n < UINT_MAX ? (uInt)run->in.n : UINT_MAX;
	uInt out_n = (uInt)run->room_n; /* at most CODING_STEP_BYTES */

	run->z.next_in = (z_const Bytef *)run->in.p;
	run->z.avail_in = in_n;
	run->z.next_out = (Bytef *)run->room;
	run->z.avail_out = out_n;
	int got = inflate(&run->z, Z_NO_FLUSH);
	in_n -= run->z.avail_in;
	out_n -= run->z.avail_out;
	run->in = span_of(run->in.p + in_n, run->in.n - in_n);
	run->room += out_n;
	run->room_n -= out_n;
	return got;
}

static enum coding_step
coding_step_deflate(struct coding_run *run)
{
	int got = coding_inflate(run);

	if (got == Z_STREAM_END)
		return CODING_DONE;
	if (got == Z_OK || got == Z_BUF_ERROR)
		return CODING_MORE;
	run->why = got == Z_NEED_DICT ? "it needs a dictionary" : run->z.msg;
	return CODING_FAILED;
}

static enum coding_step
coding_step_gzip(struct coding_run *run)
{
	enum coding_step step = coding_step_deflate(run);
	bool more = run->in.n >= 2 && memcmp(run->in.p, "\x1f\x8b", 2) == 0;

	if (step == CODING_DONE && more && inflateReset(&run->z) == Z_OK)
		return CODING_MORE;
	return step;
}

static void
coding_close_inflate(struct coding_run *run)
{
	inflateEnd(&run->z);
}

/* ---- br ---- */

static bool
coding_open_br(struct coding_run *run)
{
	run->br = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	return run->br;
}

static enum coding_step
coding_step_br(struct coding_run *run)
{
	const uint8_t *in = (const uint8_t *)run->in.p;
	uint8_t *out = (uint8_t *)run->room;
	BrotliDecoderResult got =
	    BrotliDecoderDecompressStream(run->br, &run->in.n, &in, &run->room_n, &out, NULL);

	run->in.p = (const char *)in;
	run->room = (char *)out;
	if (got == BROTLI_DECODER_RESULT_ERROR)
		run->why = BrotliDecoderErrorString(BrotliDecoderGetErrorCode(run->br));
	return got == BROTLI_DECODER_RESULT_ERROR     ? CODING_FAILED
	       : got == BROTLI_DECODER_RESULT_SUCCESS ? CODING_DONE
						      : CODING_MORE;
}

static void
coding_close_br(struct coding_run *run)
{
	if (run->br)
		BrotliDecoderDestroyInstance(run->br);
}

/* ---- zstd ---- */

static bool
coding_open_zstd(struct coding_run *run)
{
	run->zstd = ZSTD_createDCtx();
	return run->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
				run->zstd, ZSTD_d_windowLogMax, CODING_WINDOW_LOG_MAX));
}

/* Whether another frame follows (RFC 8878 3.1): of data, or one to be skipped. */
static bool
coding_zstd_more(struct span in)
{
	if (in.n < 4)
		return false;
	bool skippable =
	    ((unsigned char)in.p[0] & 0xf0) == 0x50 && memcmp(in.p + 1, "\x2a\x4d\x18", 3) == 0;
	return skippable || memcmp(in.p, "\x28\xb5\x2f\xfd", 4) == 0;
}

static enum coding_step
coding_step_zstd(struct coding_run *run)
{
	ZSTD_inBuffer in = {run->in.p, run->in.n, 0};
	ZSTD_outBuffer out = {run->room, run->room_n, 0};
	size_t got = ZSTD_decompressStream(run->zstd, &out, &in);

	run->in = span_of(run->in.p + in.pos, run->in.n - in.pos);
	run->room += out.pos;
	run->room_n -= out.pos;
	if (ZSTD_isError(got)) {
		run->why = ZSTD_getErrorName(got);
		return CODING_FAILED;
	}
	return got == 0 && !coding_zstd_more(run->in) ? CODING_DONE : CODING_MORE;
}

static void
coding_close_zstd(struct coding_run *run)
{
	ZSTD_freeDCtx(run->zstd);
}

/* ---- one layer ---- */

static const struct coding_codec coding_codecs[] = {
    {SPAN_LIT("gzip"), coding_open_gzip, coding_step_gzip, coding_close_inflate},
    {SPAN_LIT("x-gzip"), coding_open_gzip, coding_step_gzip, coding_close_inflate},
    {SPAN_LIT("deflate"), coding_open_deflate, coding_step_deflate, coding_close_inflate},
    {SPAN_LIT("br"), coding_open_br, coding_step_br, coding_close_br},
    {SPAN_LIT("zstd"), coding_open_zstd, coding_step_zstd, coding_close_zstd},
};

static const struct coding_codec *
coding_find(struct span name)
{
	for (size_t i = 0; i < sizeof coding_codecs / sizeof *coding_codecs; i++)
		if (span_ieq(coding_codecs[i].name, name))
			return &coding_codecs[i];
	return NULL;
}

/* Runs the decompressor until it ends. Output that has exactly the maximum is not capped: only a
 * byte more, caught by the probe, is. */
static enum coding_end
coding_pump(struct coding_run *run, const struct coding_limits *l, struct buf *out)
{
	const size_t in_n = run->in.n;
	char probe;

	for (;;) {
		size_t room = out->max - out->n, left = run->in.n;
		room = room < CODING_STEP_BYTES ? room : CODING_STEP_BYTES;
		run->room = room ? buf_reserve(out, room) : &probe;
		run->room_n = room ? room : 1;
		enum coding_step step = run->codec->step(run);
		size_t made = (room ? room : 1) - run->room_n;
		if (made && !room)
			return CODING_CAPPED;
		out->n += made;
		if (out->n > CODING_RATIO_FROM_BYTES && out->n / l->ratio_max > in_n)
			return CODING_BOMB;
		if (step != CODING_MORE)
			return step == CODING_DONE ? CODING_WHOLE : CODING_BROKEN;
		if (!made && left == run->in.n)
			return CODING_CUT_SHORT;
	}
}

static void
coding_tell(struct coding_result *r, const struct coding_run *run, const struct coding_limits *l)
{
	struct errmsg *m = &r->why;

	if (r->end == CODING_CUT_SHORT)
		err_set(m, 0, "%s data ends early, after byte %zu", r->coding, r->in_n);
	else if (r->end == CODING_BROKEN)
		err_set(m, 0, "%s data is broken at byte %zu: %s", r->coding, r->in_n,
		    run->why ? run->why : "the decompressor gives no reason");
	else if (r->end == CODING_CAPPED)
		err_set(m, 0, "%s data is more than %zu KiB when decoded", r->coding,
		    l->out_max_bytes / 1024);
	else if (r->end == CODING_BOMB)
		err_set(
		    m, 0, "%s data grows more than %u times when decoded", r->coding, l->ratio_max);
	else if (run->in.n)
		err_set(m, 0, "%zu byte%s follow%s the end of the %s data", run->in.n,
		    run->in.n == 1 ? "" : "s", run->in.n == 1 ? "s" : "", r->coding);
}

/* Undoes one coding. out is replaced by what it gave, unless that is nothing because it failed:
 * then false. */
static bool
coding_undo_one(const struct coding_codec *codec, struct span in, const struct coding_limits *l,
    struct buf *out, struct coding_result *r)
{
	struct coding_run run = {.codec = codec, .in = in};
	struct buf next;

	buf_init(&next, l->out_max_bytes);
	run.why = "no memory for the decompressor";
	r->end = CODING_BROKEN;
	if (codec->open(&run)) {
		run.why = NULL;
		r->end = coding_pump(&run, l, &next);
	}
	r->in_n = in.n - run.in.n;
	coding_tell(r, &run, l);
	codec->close(&run);
	bool gave = r->end == CODING_WHOLE || next.n;
	if (gave) {
		buf_fini(out);
		*out = next;
		r->changed = true;
	} else {
		buf_fini(&next);
	}
	return gave;
}

/* ---- the list ---- */

/* Takes the last element off a list that names a coding: what was applied last is undone first. */
static bool
coding_list_last(struct span *list, struct span *name)
{
	while (list->n) {
		const char *comma = memrchr(list->p, ',', list->n);
		size_t from = comma ? (size_t)(comma - list->p) + 1 : 0;
		*name = http_trim(span_of(list->p + from, list->n - from));
		list->n = comma ? from - 1 : 0;
		if (name->n && !span_ieq(*name, SPAN_LIT("identity")))
			return true;
	}
	return false;
}

static int
coding_code(enum coding_end end)
{
	if (end == CODING_WHOLE)
		return 0;
	if (end == CODING_UNKNOWN)
		return ERR_NOTFOUND;
	return end == CODING_CUT_SHORT || end == CODING_BROKEN ? ERR_SYNTAX : ERR_LIMIT;
}

/* Undoes the coding of that name; false when it gave nothing. */
static bool
coding_undo_named(struct span name, struct span in, const struct coding_limits *l, struct buf *out,
    struct coding_result *r)
{
	const struct coding_codec *codec = coding_find(name);

	escape_text(r->coding, sizeof r->coding, name, 0);
	if (codec)
		return coding_undo_one(codec, in, l, out, r);
	r->end = CODING_UNKNOWN;
	err_set(&r->why, 0, "the coding %s is not known", r->coding);
	return false;
}

int
coding_undo(struct span list, struct span body, const struct coding_limits *l, struct buf *out,
    struct coding_result *r)
{
	struct span name;
	unsigned layers = 0;
	bool gave = true;

	*r = (struct coding_result){.end = CODING_WHOLE};
	out->max = l->out_max_bytes;
	while (body.n && r->end == CODING_WHOLE && coding_list_last(&list, &name)) {
		r->in_n = 0;
		if (layers++ < l->layers_max) {
			gave =
			    coding_undo_named(name, r->changed ? buf_span(out) : body, l, out, r);
			continue;
		}
		r->end = CODING_TOO_MANY;
		gave = false;
		escape_text(r->coding, sizeof r->coding, name, 0);
		err_set(&r->why, 0, "more than %u codings, one inside the other", l->layers_max);
	}
	r->coded = r->end != CODING_WHOLE && (!gave || coding_list_last(&list, &name));
	return coding_code(r->end);
}
