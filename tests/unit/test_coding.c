/* SPDX-License-Identifier: MIT
 * Content codings undone: whole, cut at every byte, broken, and made to grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "proto/coding.h"

enum { GZIP = 15 + 16, ZLIB = 15, RAW = -15, BIG = 10 << 20 };

#define FOX "The quick brown fox jumps over the lazy dog. "
#define TEXT FOX FOX FOX FOX FOX FOX "END"
#define BYTES(a) span_of((const char *)(a), sizeof(a))

/* TEXT */
static const unsigned char br_text[] = {0x1b, 0x10, 0x01, 0x88, 0xac, 0x0e, 0x78, 0xd3, 0xa8, 0xa7, 0x6c,
    0x67, 0x09, 0x70, 0x67, 0xfa, 0xa2, 0x75, 0x91, 0x13, 0x15, 0x9a, 0x24, 0x33, 0x63, 0x6b, 0x10,
    0x97, 0xb9, 0xbc, 0x45, 0x54, 0xd6, 0x20, 0x67, 0x78, 0x7a, 0x2a, 0xec, 0x0d, 0x1c, 0x72, 0xe0,
    0x70, 0x81, 0x6f, 0x61, 0x21, 0x61, 0x0d, 0x3a, 0xad, 0x70, 0xd6, 0xf1, 0x38, 0x51, 0x9b, 0x82,
    0x23, 0x9c, 0xcd, 0x3e, 0x0d, 0x0e, 0x02};

/* 10 MiB of zeros */
static const unsigned char br_zeros[] = {0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20,
    0xf7, 0xfe, 0x2f, 0xff, 0xff, 0x3f, 0xf0, 0x4f, 0x00, 0xc4, 0x61, 0x11, 0x80, 0xee, 0xfd, 0x07};

/* gzip of "inner gzip, outer br\n" */
static const unsigned char br_of_gzip[] = {0x0b, 0x13, 0x80, 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x02, 0x03, 0xcb, 0xcc, 0xcb, 0x4b, 0x2d, 0x52, 0x48, 0xaf, 0xca, 0x2c, 0xd0, 0x51, 0xc8, 0x2f,
    0x2d, 0x01, 0xb2, 0x93, 0x8a, 0xb8, 0x00, 0xa4, 0xba, 0xc5, 0xc8, 0x15, 0x00, 0x00, 0x00, 0x03};

/* ---- what the tests compress ---- */

static struct span
deflated(struct span in, int bits)
{
	z_stream z = {0};
	size_t cap = in.n + in.n / 100 + 1024;
	char *out = malloc(cap);

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	cap -= z.avail_out;
	deflateEnd(&z);
	return span_of(out, cap);
}

static struct span
zstded(struct span in)
{
	size_t cap = ZSTD_compressBound(in.n);
	char *out = malloc(cap);
	size_t n = ZSTD_compress(out, cap, in.p, in.n, 3);

	assert_false(ZSTD_isError(n));
	return span_of(out, n);
}

static struct span
joined(struct span a, struct span b)
{
	char *out = malloc(a.n + b.n + 1);

	memcpy(out, a.p, a.n);
	memcpy(out + a.n, b.p, b.n);
	return span_of(out, a.n + b.n);
}

static struct span
zeros(size_t n)
{
	return span_of(calloc(n, 1), n);
}

static void
drop(struct span s)
{
	free((char *)s.p);
}

/* ---- comparing ---- */

static int
undo(const char *list, struct span body, struct buf *out, struct coding_result *r)
{
	/* Exactly as large as the input, so that the sanitizer sees a read past its end. */
	char *copy = malloc(body.n ? body.n : 1);

	if (body.n)
		memcpy(copy, body.p, body.n);
	buf_init(out, 0);
	int code = coding_undo(span_str(list), span_of(copy, body.n), &coding_limits_default, out, r);
	free(copy);
	assert_true(out->cap <= CODING_OUT_MAX_BYTES);
	assert_true(r->in_n <= body.n || r->changed);
	assert_true(r->end == CODING_WHOLE ? code == 0 && !r->coded : code < 0 && r->why.text[0]);
	return code;
}

static void
expect(const char *list, struct span body, enum coding_end end, struct span content, const char *why)
{
	struct coding_result r;
	struct buf out;

	undo(list, body, &out, &r);
	assert_int_equal(r.end, end);
	assert_true(span_eq(r.changed ? buf_span(&out) : body, content));
	assert_string_equal(r.why.text, why);
	buf_fini(&out);
}

/* Whole, then cut at every byte: what came out is the beginning of the content. */
static void
expect_every_cut(const char *list, struct span body, struct span content)
{
	struct coding_result r;
	struct buf out;

	expect(list, body, CODING_WHOLE, content, "");
	for (size_t n = 1; n < body.n; n++) {
		undo(list, span_of(body.p, n), &out, &r);
		assert_int_equal(r.end, CODING_CUT_SHORT);
		assert_int_equal(r.in_n, n);
		assert_true(r.coded == (out.n == 0));
		assert_true(out.n <= content.n && span_eq(buf_span(&out), span_of(content.p, out.n)));
		buf_fini(&out);
	}
}

/* ---- tests ---- */

static void
test_every_coding(void **state)
{
	const struct span text = SPAN_LIT(TEXT);
	struct span gzip = deflated(text, GZIP), wrapped = deflated(text, ZLIB);
	struct span raw = deflated(text, RAW), zstd = zstded(text);

	(void)state;
	expect_every_cut("gzip", gzip, text);
	expect_every_cut("X-GZip", gzip, text);
	expect_every_cut("deflate", wrapped, text);
	expect_every_cut("deflate", raw, text);
	expect_every_cut("BR", BYTES(br_text), text);
	expect_every_cut("zstd", zstd, text);
	drop(gzip), drop(wrapped), drop(raw), drop(zstd);
}

/* Random data has no repetitions: raw deflate then keeps it as it is. */
static void
test_larger_than_a_step(void **state)
{
	char *p = malloc(300000);
	struct span text = span_of(p, 300000);
	static const int bits[] = {GZIP, ZLIB, RAW};

	(void)state;
	for (size_t i = 0, x = 1; i < text.n; i++, x = x * 1103515245 + 12345)
		p[i] = (char)(x >> 16);
	for (int i = 0; i < 3; i++) {
		struct span s = deflated(text, bits[i]);
		expect(i ? "deflate" : "gzip", s, CODING_WHOLE, text, "");
		drop(s);
	}
	struct span s = zstded(text);
	expect("zstd", s, CODING_WHOLE, text, "");
	drop(s);
	free(p);
}

static void
test_nothing_to_undo(void **state)
{
	const struct span body = SPAN_LIT("as it is");
	struct coding_result r;
	struct buf out;

	(void)state;
	expect("", body, CODING_WHOLE, body, "");
	expect("identity", body, CODING_WHOLE, body, "");
	expect(" , Identity ,, ", body, CODING_WHOLE, body, "");
	expect("gzip", SPAN_LIT(""), CODING_WHOLE, SPAN_LIT(""), "");
	assert_int_equal(undo("identity,", body, &out, &r), 0);
	assert_false(r.changed || r.coded);
	assert_string_equal(r.coding, "");
	buf_fini(&out);
}

/* Several members and frames are one body; other bytes behind the end are left off and told. */
static void
test_after_the_end(void **state)
{
	struct span gzip = deflated(SPAN_LIT("one "), GZIP), two = joined(gzip, gzip);
	struct span zstd = zstded(SPAN_LIT("one ")), frames = joined(zstd, zstd);
	struct span skip = joined(SPAN_LIT("\x53\x2a\x4d\x18\x03\0\0\0abc"), zstd);
	struct span tail = joined(two, SPAN_LIT("\x1f")), zeros_tail = joined(gzip, SPAN_LIT("\0\0\0"));
	struct span br = joined(BYTES(br_text), SPAN_LIT("!!")), zstd_tail = joined(frames, SPAN_LIT("\x28\xb5"));

	(void)state;
	expect("gzip", two, CODING_WHOLE, SPAN_LIT("one one "), "");
	expect("zstd", frames, CODING_WHOLE, SPAN_LIT("one one "), "");
	expect("zstd", skip, CODING_WHOLE, SPAN_LIT("one "), "");
	expect("gzip", tail, CODING_WHOLE, SPAN_LIT("one one "), "1 byte follows the end of the gzip data");
	expect("gzip", zeros_tail, CODING_WHOLE, SPAN_LIT("one "), "3 bytes follow the end of the gzip data");
	expect("br", br, CODING_WHOLE, SPAN_LIT(TEXT), "2 bytes follow the end of the br data");
	expect("zstd", zstd_tail, CODING_WHOLE, SPAN_LIT("one one "),
	    "2 bytes follow the end of the zstd data");
	/* The second member is cut after the first has come out whole. */
	two.n--;
	expect("gzip", two, CODING_CUT_SHORT, SPAN_LIT("one one "), "gzip data ends early, after byte 47");
	drop(gzip), drop(two), drop(zstd), drop(frames), drop(skip), drop(tail);
	drop(zeros_tail), drop(br), drop(zstd_tail);
}

static void
test_broken(void **state)
{
	struct span text = SPAN_LIT(TEXT), gzip = deflated(text, GZIP), zstd = zstded(text);
	struct coding_result r;
	struct buf out;

	(void)state;
	expect("gzip", SPAN_LIT("no gzip at all"), CODING_BROKEN, SPAN_LIT("no gzip at all"),
	    "gzip data is broken at byte 2: incorrect header check");
	undo("zstd", SPAN_LIT("no zstd"), &out, &r);
	assert_true(r.end == CODING_BROKEN && r.coded && !r.changed);
	assert_non_null(strstr(r.why.text, "zstd data is broken at byte 0: "));
	buf_fini(&out);
	expect("deflate", SPAN_LIT("\x07"), CODING_BROKEN, SPAN_LIT("\x07"),
	    "deflate data is broken at byte 1: invalid block type");
	/* A dictionary that only the peers know (RFC 1950 FDICT). */
	expect("deflate", SPAN_LIT("\x78\x20\0\0\0\1x"), CODING_BROKEN, SPAN_LIT("\x78\x20\0\0\0\1x"),
	    "deflate data is broken at byte 6: it needs a dictionary");
	undo("br", SPAN_LIT("\xff\xff\xff\xff"), &out, &r);
	assert_true(r.end == CODING_BROKEN && r.coded && !r.changed);
	buf_fini(&out);
	/* The check sum is the last to be looked at: all of the text is there. */
	((char *)gzip.p)[gzip.n - 5] ^= 1;
	expect("gzip", gzip, CODING_BROKEN, text, "gzip data is broken at byte 66: incorrect data check");
	for (size_t i = 0; i < gzip.n; i++) {
		((char *)gzip.p)[i] ^= 0x55;
		undo("gzip", gzip, &out, &r);
		buf_fini(&out);
		((char *)gzip.p)[i] ^= 0x55;
	}
	for (size_t i = 0; i < zstd.n; i++) {
		((char *)zstd.p)[i] ^= 0x55;
		undo("zstd", zstd, &out, &r);
		buf_fini(&out);
		((char *)zstd.p)[i] ^= 0x55;
	}
	drop(gzip), drop(zstd);
}

/* A frame that wants a window of 16 MiB is refused before any is allocated. */
static void
test_window(void **state)
{
	static const char head[] = "\x28\xb5\x2f\xfd\x00\x70\x01\x00\x00"; /* 2^(10 + 14) */
	static const char fits[] = "\x28\xb5\x2f\xfd\x00\x68\x01\x00\x00"; /* 2^(10 + 13) */

	struct coding_result r;
	struct buf out;

	(void)state;
	undo("zstd", SPAN_LIT(head), &out, &r);
	assert_true(r.end == CODING_BROKEN && r.coded && !r.changed);
	assert_non_null(strstr(r.why.text, "memory"));
	buf_fini(&out);
	expect("zstd", SPAN_LIT(fits), CODING_WHOLE, SPAN_LIT(""), "");
}

static void
expect_stopped(const char *list, struct span body, enum coding_end end, size_t least, const char *why)
{
	struct coding_result r;
	struct buf out;

	assert_int_equal(undo(list, body, &out, &r), ERR_LIMIT);
	assert_int_equal(r.end, end);
	assert_true(out.n >= least && out.n <= CODING_OUT_MAX_BYTES);
	assert_string_equal(r.why.text, why);
	assert_true(r.changed && !r.coded);
	buf_fini(&out);
}

static void
test_bombs(void **state)
{
	struct span big = zeros(BIG), gzip = deflated(big, GZIP), zstd = zstded(big);

	(void)state;
	expect_stopped("gzip", gzip, CODING_CAPPED, CODING_OUT_MAX_BYTES,
	    "gzip data is more than 4096 KiB when decoded");
	expect_stopped("zstd", zstd, CODING_BOMB, CODING_RATIO_FROM_BYTES,
	    "zstd data grows more than 1000 times when decoded");
	expect_stopped("br", BYTES(br_zeros), CODING_BOMB, CODING_RATIO_FROM_BYTES,
	    "br data grows more than 1000 times when decoded");
	/* Five layers that each would blow up. */
	struct span inner = gzip;
	for (int i = 1; i < CODING_LAYERS_MAX; i++) {
		struct span outer = deflated(inner, GZIP);
		drop(inner);
		inner = outer;
	}
	expect_stopped("gzip, gzip, gzip, gzip, gzip", inner, CODING_CAPPED, CODING_OUT_MAX_BYTES,
	    "gzip data is more than 4096 KiB when decoded");
	drop(inner), drop(zstd), drop(big);
}

/* Exactly the maximum is whole; a byte more is not. */
static void
test_maximum(void **state)
{
	const struct coding_limits l = {1000, 1000, 2};
	struct coding_result r;
	struct buf out;

	(void)state;
	for (size_t n = 999; n <= 1001; n++) {
		struct span body = zeros(n), gzip = deflated(body, GZIP), zstd = zstded(body);
		buf_init(&out, 0);
		coding_undo(SPAN_LIT("gzip"), gzip, &l, &out, &r);
		assert_int_equal(r.end, n > 1000 ? CODING_CAPPED : CODING_WHOLE);
		assert_int_equal(out.n, n > 1000 ? 1000 : n);
		buf_fini(&out);
		buf_init(&out, 0);
		coding_undo(SPAN_LIT("zstd"), zstd, &l, &out, &r);
		assert_int_equal(r.end, n > 1000 ? CODING_CAPPED : CODING_WHOLE);
		assert_int_equal(out.n, n > 1000 ? 1000 : n);
		buf_fini(&out);
		drop(body), drop(gzip), drop(zstd);
	}
}

static void
test_lists(void **state)
{
	const struct span text = SPAN_LIT("inner gzip, outer br\n");
	struct span five = joined(text, SPAN_LIT(""));
	struct coding_result r;
	struct buf out;

	(void)state;
	expect("gzip, br", BYTES(br_of_gzip), CODING_WHOLE, text, "");
	expect(",GZIP,identity , bR\t,", BYTES(br_of_gzip), CODING_WHOLE, text, "");
	/* Not undone by the wrong one, and nothing further then. */
	undo("br, gzip", BYTES(br_of_gzip), &out, &r);
	assert_true(r.end == CODING_BROKEN && r.coded && !r.changed);
	assert_string_equal(r.coding, "gzip");
	buf_fini(&out);
	/* What the outer coding gave stays, though it is no content. */
	undo("zstd, br", BYTES(br_of_gzip), &out, &r);
	assert_true(r.end == CODING_BROKEN && r.coded && r.changed && out.n == sizeof br_of_gzip - 4);
	buf_fini(&out);
	undo("gzip, br", span_of((const char *)br_of_gzip, 30), &out, &r);
	assert_true(r.end == CODING_CUT_SHORT && r.coded && r.changed);
	buf_fini(&out);
	for (int i = 0; i < CODING_LAYERS_MAX; i++) {
		struct span outer = deflated(five, GZIP);
		drop(five);
		five = outer;
	}
	expect("gzip,gzip,gzip,gzip,gzip", five, CODING_WHOLE, text, "");
	expect("br,gzip,gzip,gzip,gzip,gzip", five, CODING_TOO_MANY, text,
	    "more than 5 codings, one inside the other");
	drop(five);
}

static void
test_unknown(void **state)
{
	struct span body = SPAN_LIT("body");
	struct coding_result r;
	struct buf out;

	(void)state;
	expect("compress", body, CODING_UNKNOWN, body, "the coding compress is not known");
	expect("gz\x1b[2Jip", body, CODING_UNKNOWN, body, "the coding gz\\x1b[2Jip is not known");
	assert_int_equal(undo("a-very-long-name-of-a-coding", body, &out, &r), ERR_NOTFOUND);
	assert_string_equal(r.coding, "a-very-long-nam");
	assert_true(r.coded && !r.changed);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_coding),
	    cmocka_unit_test(test_larger_than_a_step),
	    cmocka_unit_test(test_nothing_to_undo),
	    cmocka_unit_test(test_after_the_end),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_bombs),
	    cmocka_unit_test(test_maximum),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
