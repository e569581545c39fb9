/* SPDX-License-Identifier: MIT
 * WebSocket frames as they come: the same in one piece and cut anywhere; frames of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "proto/ws_stream.h"

#define BYTES(s) {s, sizeof(s) - 1}

enum { TOLD_MAX = 4096 };

/* What was read: each message as "opcode:payload;", then how it ended. bytes: all heads and payloads, joined. */
struct told {
	struct ws_stream s;
	struct buf message, bytes, text;
	bool broken;
};

static void
told_init(struct told *t)
{
	*t = (struct told){.s = {.client = true}};
	buf_init(&t->message, TOLD_MAX);
	buf_init(&t->bytes, TOLD_MAX);
	buf_init(&t->text, TOLD_MAX);
}

static void
told_fini(struct told *t)
{
	buf_fini(&t->message);
	buf_fini(&t->bytes);
	buf_fini(&t->text);
}

static void
tell(struct told *t, const struct ws_piece *p)
{
	char plain[256], *to = plain;

	if (!p->frame)
		return;
	buf_add_span(&t->bytes, p->head);
	buf_add_span(&t->bytes, p->payload);
	if (p->begins && !p->control)
		buf_clear(&t->message);
	ws_frame_unmask(p->frame, p->at, p->payload.p, p->payload.n, to);
	if (p->control) {
		if (p->begins)
			buf_addf(&t->text, "%u:", p->frame->opcode);
		buf_add(&t->text, plain, p->payload.n);
		buf_add_str(&t->text, p->ends ? ";" : "");
		return;
	}
	buf_add(&t->message, plain, p->payload.n);
	if (!p->ends)
		return;
	buf_addf(&t->text, "%u:", t->s.opcode);
	buf_add_span(&t->text, buf_span(&t->message));
	buf_add_str(&t->text, ";");
}

static void
feed(struct told *t, struct span in)
{
	struct ws_piece p;
	struct errmsg why;

	for (size_t at = 0; at < in.n && !t->broken; at += p.n) {
		t->broken = ws_stream_next(&t->s, span_of(in.p + at, in.n - at), &p, &why) != 0;
		if (t->broken)
			return;
		assert_true(p.n > 0 && p.n <= in.n - at);
		tell(t, &p);
	}
}

static const char *
text(struct told *t)
{
	buf_add(&t->text, "", 1);
	t->text.n--;
	return t->text.p;
}

/* A ping of no bytes, a text in three fragments around a pong, an empty text, a binary of 200, a close. */
static const char all[] = "\x89\x80" "\1\2\3\4" "\x01\x82" "\0\0\0\0" "ab" "\x8a\x81" "\0\0\0\0" "!" "\x00\x80" "\0\0\0\0" "\x80\x83" "\0\0\0\0" "cde"
			  "\x81\x80" "\0\0\0\0" "\x82\xfe\0\x80" "\0\0\0\0"
			  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			  "\x88\x82" "\0\0\0\0" "xy";
static const char all_told[] = "9:;10:!;1:abcde;1:;2:"
			       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			       ";8:xy;";

static void
check_all(struct told *t)
{
	assert_false(t->broken);
	assert_string_equal(text(t), all_told);
	assert_int_equal(t->bytes.n, sizeof all - 1);
	assert_memory_equal(t->bytes.p, all, sizeof all - 1);
	assert_true(ws_stream_between(&t->s));
}

static void
test_cut_anywhere(void **state)
{
	(void)state;
	for (size_t first = 0; first < sizeof all; first++) {
		for (size_t second = first; second < sizeof all; second++) {
			struct told t;
			told_init(&t);
			feed(&t, span_of(all, first));
			feed(&t, span_of(all + first, second - first));
			feed(&t, span_of(all + second, sizeof all - 1 - second));
			check_all(&t);
			told_fini(&t);
		}
	}
}

static void
test_byte_by_byte(void **state)
{
	struct told t;

	(void)state;
	told_init(&t);
	for (size_t i = 0; i < sizeof all - 1; i++)
		feed(&t, span_of(all + i, 1));
	check_all(&t);
	told_fini(&t);
}

static void
test_between(void **state)
{
	struct told t;
	static const char two[] = "\x01\x81" "\0\0\0\0" "a" "\x80\x81" "\0\0\0\0" "b";

	(void)state;
	told_init(&t);
	for (size_t i = 0; i < sizeof two - 1; i++) {
		assert_int_equal(ws_stream_between(&t.s), i == 0);
		feed(&t, span_of(two + i, 1));
	}
	assert_true(ws_stream_between(&t.s));
	told_fini(&t);
}

static void
test_broken(void **state)
{
	static const struct {
		struct span bytes;
		const char *before;
	} bad[] = {
	    {BYTES("\x81\x80" "\0\0\0\0" "\x80\x80" "\0\0\0\0"), "1:;"},	 /* continues nothing */
	    {BYTES("\x01\x80" "\0\0\0\0" "\x81\x80" "\0\0\0\0"), ""},	 /* inside another */
	    {BYTES("\x09\x80" "\0\0\0\0"), ""},				 /* a control frame of several */
	    {BYTES("\x89\xfe\0\x7e" "\0\0\0\0"), ""},			 /* a control frame that is too long */
	    {BYTES("\x82\xff\x80\0\0\0\0\0\0\0" "\0\0\0\0"), ""},		 /* a length that is negative */
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		for (size_t cut = 0; cut < bad[i].bytes.n; cut++) {
			struct told t;
			told_init(&t);
			feed(&t, span_of(bad[i].bytes.p, cut));
			feed(&t, span_of(bad[i].bytes.p + cut, bad[i].bytes.n - cut));
			assert_true(t.broken && t.s.broken && !ws_stream_between(&t.s));
			assert_string_equal(text(&t), bad[i].before);
			told_fini(&t);
		}
	}
}

static void
test_write(void **state)
{
	static const uint64_t sizes[] = {0, 1, 125, 126, 65535, 65536, (uint64_t)1 << 40};
	static const uint8_t mask[4] = {9, 8, 7, 6};
	char head[WS_HEAD_MAX_BYTES];
	struct ws_frame f;
	struct errmsg why;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		uint64_t size = sizes[i / 2];
		size_t n = ws_frame_write(head, WS_BINARY, size, i & 1 ? mask : NULL);
		assert_int_equal(ws_frame_parse(span_of(head, n), &f, &why), 1);
		assert_int_equal(f.head_n, n);
		assert_int_equal(f.payload_n, size);
		assert_true(f.fin && f.opcode == WS_BINARY && !f.rsv && f.masked == (i & 1));
		if (f.masked)
			assert_memory_equal(f.mask, mask, 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_byte_by_byte),
	    cmocka_unit_test(test_between),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
