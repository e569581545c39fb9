/* SPDX-License-Identifier: MIT
 * WebSocket frames and messages: byte by byte, at their limits, broken, and inflated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "proto/ws_frame.h"
#include "proto/ws_inflate.h"

#define BYTES(s) span_of(s, sizeof(s) - 1)

/* ---- frames ---- */

/* The examples of RFC 6455 5.7. */
static void
test_examples(void **state)
{
	(void)state;
	struct errmsg why;
	struct ws_frame f;
	char out[8];

	assert_int_equal(ws_frame_parse(BYTES("\x81\x05Hello"), &f, &why), 1);
	assert_true(f.fin && !f.masked && f.opcode == WS_TEXT && f.rsv == 0 && f.payload_n == 5 && f.head_n == 2);
	assert_int_equal(ws_frame_parse(BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), &f, &why), 1);
	assert_true(f.fin && f.masked && f.payload_n == 5 && f.head_n == 6);
	ws_frame_unmask(&f, 0, "\x7f\x9f\x4d\x51\x58", 5, out);
	assert_memory_equal(out, "Hello", 5);
	ws_frame_unmask(&f, 3, "\x51\x58", 2, out); /* from inside */
	assert_memory_equal(out, "lo", 2);
	assert_int_equal(ws_frame_parse(BYTES("\x82\x7e\x01\x00"), &f, &why), 1);
	assert_true(f.payload_n == 256 && f.head_n == 4 && f.opcode == WS_BINARY);
	assert_int_equal(ws_frame_parse(BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), &f, &why), 1);
	assert_true(f.payload_n == 65536 && f.head_n == 10);
	assert_int_equal(ws_frame_parse(BYTES("\xc1\x00"), &f, &why), 1);
	assert_int_equal(f.rsv, WS_RSV1);
}

/* A head is known at its last byte and not before. */
static void
test_heads_byte_by_byte(void **state)
{
	(void)state;
	static const struct span heads[] = {{"\x81\x7d", 2}, {"\x81\x7e\x00\x7e", 4}, {"\x82\xfe\xff\xff" "abcd", 8},
	    {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" "abcd", WS_HEAD_MAX_BYTES}, {"\x01\x80" "abcd", 6}};
	struct errmsg why;
	struct ws_frame f;

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		for (size_t n = 0; n < heads[i].n; n++)
			assert_int_equal(ws_frame_parse(span_of(heads[i].p, n), &f, &why), 0);
		assert_int_equal(ws_frame_parse(heads[i], &f, &why), 1);
		assert_int_equal(f.head_n, heads[i].n);
	}
}

static void
test_broken_frames(void **state)
{
	(void)state;
	struct errmsg why;
	struct ws_frame f;

	assert_int_equal(ws_frame_parse(BYTES("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), &f, &why), ERR_SYNTAX);
	assert_string_equal(why.text, "the length of a frame has its highest bit set");
	assert_int_equal(ws_frame_parse(BYTES("\x09\x00"), &f, &why), ERR_SYNTAX);
	assert_string_equal(why.text, "a control frame comes in fragments");
	assert_int_equal(ws_frame_parse(BYTES("\x89\x7d"), &f, &why), 1); /* 125 is the most */
	assert_int_equal(ws_frame_parse(BYTES("\x89\x7e\x00\x7e"), &f, &why), ERR_SYNTAX);
	assert_string_equal(why.text, "a control frame has more than 125 bytes");
}

/* ---- messages ---- */

static void
expect(struct ws_walk *w, enum ws_step step, unsigned opcode, unsigned frames, const char *data)
{
	struct ws_message m = {.data = SPAN_LIT("")};
	struct errmsg why;

	assert_int_equal(ws_walk_next(w, &m, &why), step);
	if (step != WS_MESSAGE && step != WS_CUT)
		return;
	assert_int_equal(m.frames, frames);
	assert_int_equal(m.whole, step == WS_MESSAGE);
	assert_int_equal(m.opcode, frames ? opcode : 0);
	assert_true(span_eq(m.data, span_str(data)));
}

#define PART1 "\x01\x03" "Hel"
#define PING "\x89\x02" "hi"
#define PART2 "\x80\x02" "lo"

/* A ping between two fragments comes before the message that they make up. */
static void
test_fragments(void **state)
{
	(void)state;
	static const char in[] = PART1 PING PART2 "\x82\x00" "\x88\x02\x03\xe8";
	struct ws_walk w;

	ws_walk_init(&w, BYTES(in), false);
	expect(&w, WS_MESSAGE, WS_PING, 1, "hi");
	expect(&w, WS_MESSAGE, WS_TEXT, 2, "Hello");
	expect(&w, WS_MESSAGE, WS_BINARY, 1, "");
	expect(&w, WS_MESSAGE, WS_CLOSE, 1, "\x03\xe8");
	expect(&w, WS_END, 0, 0, "");
	ws_walk_fini(&w);
}

/* Cut anywhere: what was whole stays the same, and the end says what it is. */
static void
test_cut_anywhere(void **state)
{
	(void)state;
	static const char in[] = PART1 PING PART2;
	static const struct {
		size_t n;
		const char *data; /* of the cut message; NULL: not even the head of a frame */
		unsigned frames;
		bool ping;	  /* came before it */
	} cut[] = {{1, NULL, 0, false}, {2, "", 1, false}, {3, "H", 1, false}, {4, "He", 1, false}, {5, "Hel", 1, false},
	    {6, "Hel", 1, false}, {7, "Hel", 1, false}, {8, "Hel", 1, false}, {9, "Hel", 1, true}, {10, "Hel", 1, true},
	    {11, "Hel", 2, true}, {12, "Hell", 2, true}};

	for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
		char *copy = malloc(cut[i].n); /* so that a read past the end is seen */
		struct ws_walk w;
		memcpy(copy, in, cut[i].n);
		ws_walk_init(&w, span_of(copy, cut[i].n), false);
		if (cut[i].ping)
			expect(&w, WS_MESSAGE, WS_PING, 1, "hi");
		expect(&w, WS_CUT, WS_TEXT, cut[i].frames, cut[i].data ? cut[i].data : "");
		ws_walk_fini(&w);
		free(copy);
	}
}

static void
test_cut_control(void **state)
{
	(void)state;
	struct ws_walk w;

	ws_walk_init(&w, BYTES("\x89\x05" "pi"), false);
	expect(&w, WS_CUT, WS_PING, 1, "pi");
	ws_walk_fini(&w);
	ws_walk_init(&w, BYTES(""), false);
	expect(&w, WS_END, 0, 0, "");
	ws_walk_fini(&w);
	/* A frame that says it has more than there ever will be. */
	ws_walk_init(&w, BYTES("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" "abc"), false);
	expect(&w, WS_CUT, WS_BINARY, 1, "abc");
	ws_walk_fini(&w);
}

static void
test_broken_messages(void **state)
{
	(void)state;
	struct ws_walk w;

	ws_walk_init(&w, BYTES("\x81\x01" "a" "\x80\x00"), false);
	expect(&w, WS_MESSAGE, WS_TEXT, 1, "a");
	expect(&w, WS_BROKEN, 0, 0, "");
	assert_int_equal(w.at, 3);
	ws_walk_fini(&w);
	ws_walk_init(&w, BYTES("\x01\x01" "a" "\x81\x01" "b"), false);
	expect(&w, WS_BROKEN, 0, 0, "");
	assert_int_equal(w.at, 3);
	ws_walk_fini(&w);
}

static void
test_masks(void **state)
{
	(void)state;
	struct errmsg why;
	struct ws_message m;
	struct ws_walk w;

	for (int client = 0; client < 2; client++) {
		ws_walk_init(&w, BYTES("\x81\x81\x01\x02\x03\x04\x60" "\x81\x01" "a"), client);
		assert_int_equal(ws_walk_next(&w, &m, &why), WS_MESSAGE);
		assert_true(span_eq(m.data, SPAN_LIT("a")));
		assert_int_equal(m.mask_wrong, !client);
		assert_int_equal(ws_walk_next(&w, &m, &why), WS_MESSAGE);
		assert_int_equal(m.mask_wrong, client);
		ws_walk_fini(&w);
	}
}

/* ---- compression ---- */

static void
test_agreed(void **state)
{
	(void)state;
	static const char *const yes[] = {"permessage-deflate", "Permessage-Deflate; server_max_window_bits=10",
	    "x-other, permessage-deflate ;client_no_context_takeover", " ,permessage-deflate"};
	static const char *const no[] = {"", "x-webkit-deflate-frame", "x; permessage-deflate", "permessage-deflated", ",;,"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		assert_true(ws_deflate_agreed(span_str(yes[i])));
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		assert_false(ws_deflate_agreed(span_str(no[i])));
	assert_false(ws_deflate_agreed(SPAN_NONE));
}

static void
test_alone(void **state)
{
	static const char both[] = "x; server_no_context_takeover, permessage-deflate; client_max_window_bits=9 ; Client_No_Context_Takeover ,y";

	(void)state;
	assert_true(ws_deflate_alone(span_str(both), true));
	assert_false(ws_deflate_alone(span_str(both), false));
	assert_true(ws_deflate_alone(span_str("permessage-deflate;server_no_context_takeover"), false));
	assert_false(ws_deflate_alone(span_str("permessage-deflate"), true));
	assert_false(ws_deflate_alone(span_str("client_no_context_takeover"), true));
	assert_false(ws_deflate_alone(SPAN_NONE, true));
}

static void
inflated(struct ws_inflate *z, struct span in, const char *want)
{
	struct errmsg why;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(ws_inflate_message(z, in, true, &out, &why), 0);
	assert_true(span_eq(buf_span(&out), span_str(want)));
	buf_fini(&out);
}

/* The examples of RFC 7692 7.2.3: alone, with what came before, without compression, with a last block, in two blocks. */
static void
test_inflate_examples(void **state)
{
	(void)state;
	struct ws_inflate *z = ws_inflate_new(1000);

	inflated(z, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");
	inflated(z, BYTES("\xf2\x00\x11\x00\x00"), "Hello");
	inflated(z, BYTES("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello");
	inflated(z, BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello");
	inflated(z, BYTES("\xf2\x00\x11\x00\x00"), "Hello"); /* still refers to what came before the last block */
	inflated(z, BYTES("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello");
	inflated(z, BYTES("\x00"), "");
	ws_inflate_free(z);
}

static void
test_inflate_cut(void **state)
{
	(void)state;
	struct ws_inflate *z = ws_inflate_new(1000);
	struct errmsg why;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(ws_inflate_message(z, BYTES("\xf2\x48\xcd"), false, &out, &why), 0);
	assert_true(out.n < 5 && memcmp(out.p, "Hello", out.n) == 0);
	buf_fini(&out);
	ws_inflate_free(z);
}

/* After a fault nothing can be known of what follows. */
static void
test_inflate_broken(void **state)
{
	(void)state;
	struct ws_inflate *z = ws_inflate_new(1000);
	struct errmsg why;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(ws_inflate_message(z, BYTES("\x06\xff\xff"), true, &out, &why), ERR_SYNTAX);
	assert_non_null(strstr(why.text, "compressed data is broken: "));
	assert_int_equal(ws_inflate_message(z, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), true, &out, &why), ERR_SYNTAX);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
	ws_inflate_free(z);
}

/* All messages together stay within the maximum, to the byte. */
static void
test_inflate_limit(void **state)
{
	(void)state;
	struct errmsg why;

	for (size_t max = 8; max <= 11; max++) {
		struct ws_inflate *z = ws_inflate_new(max);
		struct buf out;
		buf_init(&out, 0);
		assert_int_equal(ws_inflate_message(z, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), true, &out, &why), 0);
		int second = ws_inflate_message(z, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), true, &out, &why);
		assert_int_equal(second, max < 10 ? ERR_LIMIT : 0);
		assert_int_equal(out.n, max < 10 ? max - 5 : 5);
		buf_fini(&out);
		ws_inflate_free(z);
	}
}

/* 64 MiB of zeros in 64 KiB: the maximum holds. */
static void
test_inflate_bomb(void **state)
{
	(void)state;
	enum { ZEROS = 64 << 20, CAP = 1 << 20, MAX = 4 << 20 };
	z_stream d = {0};
	char *zeros = calloc(1, ZEROS), *small = malloc(CAP);
	struct ws_inflate *z = ws_inflate_new(MAX);
	struct errmsg why;
	struct buf out;

	assert_int_equal(deflateInit2(&d, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
	d.next_in = (Bytef *)zeros;
	d.avail_in = ZEROS;
	d.next_out = (Bytef *)small;
	d.avail_out = CAP;
	assert_int_equal(deflate(&d, Z_SYNC_FLUSH), Z_OK);
	buf_init(&out, 0);
	assert_int_equal(ws_inflate_message(z, span_of(small, CAP - d.avail_out - 4), true, &out, &why), ERR_LIMIT);
	assert_int_equal(out.n, MAX);
	buf_fini(&out);
	ws_inflate_free(z);
	deflateEnd(&d);
	free(zeros);
	free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_heads_byte_by_byte),
	    cmocka_unit_test(test_broken_frames),
	    cmocka_unit_test(test_fragments),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_cut_control),
	    cmocka_unit_test(test_broken_messages),
	    cmocka_unit_test(test_masks),
	    cmocka_unit_test(test_agreed),
	    cmocka_unit_test(test_alone),
	    cmocka_unit_test(test_inflate_examples),
	    cmocka_unit_test(test_inflate_cut),
	    cmocka_unit_test(test_inflate_broken),
	    cmocka_unit_test(test_inflate_limit),
	    cmocka_unit_test(test_inflate_bomb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
