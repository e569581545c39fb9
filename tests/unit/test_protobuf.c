/* SPDX-License-Identifier: MIT
 * Protocol Buffers without a schema: fields, what they may be, and as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "proto/protobuf.h"
#include "text/text_protobuf.h"

/* ---- fields ---- */

/* A field is read at its last byte and not before. */
static void
check_field(struct span in, uint32_t number, enum protobuf_wire wire, uint64_t value)
{
	struct protobuf_field f;
	struct errmsg why;

	for (size_t n = 1; n < in.n; n++) {
		struct span part = span_of(in.p, n);
		int got = protobuf_next(&part, &f, &why);
		assert_true(got == ERR_SYNTAX ? why.text[0] && part.n == n : wire == PROTOBUF_LEN && f.data.n < f.data_n && !part.n);
	}
	assert_int_equal(protobuf_next(&in, &f, &why), 1);
	assert_int_equal(in.n, 0);
	assert_true(f.number == number && f.wire == wire && (wire == PROTOBUF_LEN ? f.data_n : f.value) == value);
	assert_int_equal(protobuf_next(&in, &f, &why), 0);
}

static void
test_fields(void **state)
{
	(void)state;
	check_field(SPAN_LIT("\x08\x96\x01"), 1, PROTOBUF_VARINT, 150);
	check_field(SPAN_LIT("\x12\x07testing"), 2, PROTOBUF_LEN, 7);
	check_field(SPAN_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1, PROTOBUF_VARINT, UINT64_MAX);
	check_field(SPAN_LIT("\x0d\x01\x02\x03\x04"), 1, PROTOBUF_I32, 0x04030201);
	check_field(SPAN_LIT("\x09\x01\0\0\0\0\0\0\x80"), 1, PROTOBUF_I64, 0x8000000000000001);
	check_field(SPAN_LIT("\xf8\xff\xff\xff\x0f\x01"), (1 << 29) - 1, PROTOBUF_VARINT, 1); /* the largest number */
	check_field(SPAN_LIT("\x0b"), 1, PROTOBUF_SGROUP, 0);
	check_field(SPAN_LIT("\x0c"), 1, PROTOBUF_EGROUP, 0);
}

static void
test_no_fields(void **state)
{
	(void)state;
	static const struct {
		struct span in;
		const char *why;
	} cases[] = {
	    {SPAN_LIT("\x00\x01"), "no field has the number 0"},
	    {SPAN_LIT("\x80\x80\x80\x80\x10\x01"), "no field has the number 536870912"},
	    {SPAN_LIT("\x0e\x01"), "field 1 has the unknown wire type 6"},
	    {SPAN_LIT("\x80"), "the number of a field does not end"},
	    {SPAN_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "the value of field 1 does not end"}, /* 65 bits */
	    {SPAN_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x01"), "the value of field 1 does not end"},
	    {SPAN_LIT("\x0d\x01\x02\x03"), "the value of field 1 does not end"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span in = cases[i].in;
		struct protobuf_field f;
		struct errmsg why = {""};
		assert_int_equal(protobuf_next(&in, &f, &why), ERR_SYNTAX);
		assert_string_equal(why.text, cases[i].why);
		assert_ptr_equal(in.p, cases[i].in.p);
	}
}

static void
test_guess(void **state)
{
	(void)state;
	assert_int_equal(protobuf_guess(SPAN_LIT("")), PROTOBUF_TEXT);
	assert_int_equal(protobuf_guess(SPAN_LIT("testing")), PROTOBUF_TEXT);
	assert_int_equal(protobuf_guess(SPAN_LIT("caf\xc3\xa9\n")), PROTOBUF_TEXT);
	assert_int_equal(protobuf_guess(SPAN_LIT("caf\xe9")), PROTOBUF_BYTES);
	assert_int_equal(protobuf_guess(SPAN_LIT("\x08\x01")), PROTOBUF_MESSAGE);
	assert_int_equal(protobuf_guess(SPAN_LIT("\n\x03" "abc")), PROTOBUF_MESSAGE);
	assert_int_equal(protobuf_guess(SPAN_LIT("\n\nabcdefghij")), PROTOBUF_MESSAGE); /* both: with line ends, a message */
	assert_int_equal(protobuf_guess(SPAN_LIT("\x08\x01\x0c")), PROTOBUF_BYTES);
	assert_int_equal(protobuf_guess(SPAN_LIT("\x0b\x08\x01\x0c")), PROTOBUF_MESSAGE);
	assert_false(protobuf_is_message(SPAN_LIT("\x0b\x08\x01")));
	assert_false(protobuf_is_message(SPAN_LIT("\x0b\x14")));
}

/* ---- lines ---- */

static void
check_lines(struct text_lines *t, const char *expect)
{
	char out[4096];
	size_t n = 0;

	for (size_t i = 0; i < t->nlines; i++) {
		for (uint32_t k = 0; k < t->line[i].npieces; k++) {
			struct span s = text_lines_piece(t, &t->piece[t->line[i].piece + k]);
			assert_true(n + s.n + 2 < sizeof out);
			memcpy(out + n, s.p, s.n);
			n += s.n;
		}
		out[n++] = '\n';
	}
	out[n] = '\0';
	assert_string_equal(out, expect);
	text_lines_fini(t);
}

static void
check_shown(struct span body, struct text_view_env env, const char *expect)
{
	struct text_lines t;

	env.width = 80;
	text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
	int code = text_protobuf(&t, body, &env);
	assert_int_equal(code == 0, env.why.text[0] == '\0');
	check_lines(&t, expect);
}

#define MESSAGE \
	"\x08\x96\x01" "\x12\x07testing" "\x1a\x06\x08\x01\x12\x02" "a\\" "\x21\0\0\0\0\0\0\xf8\x3f" "\x2d\0\0\x80\xbf" "\x32\x03\xff\xfe\xfd" \
	"\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "\x43\x08\x05\x44"

static void
test_lines(void **state)
{
	(void)state;
	const struct text_view_env whole = {.fold = 0};

	check_shown(SPAN_LIT(MESSAGE), whole,
	    "1 varint 150\n2 len \"testing\"\n3 len {\n  1 varint 1\n  2 len \"a\\\\\"\n}\n4 i64 0x3ff8000000000000 (1.5)\n"
	    "5 i32 0xbf800000 (-1)\n6 len 3 bytes: ff fe fd\n7 varint 18446744073709551615 (-1)\n8 group {\n  1 varint 5\n}\n");
	check_shown(SPAN_LIT(""), whole, "");
	check_shown(SPAN_LIT("\x1a\x04\x08\x01\x08\x02\x43\x08\x05\x44\x08\x07"), (struct text_view_env){.fold = 1},
	    "3 len {\xe2\x80\xa6" "4 B}\n8 group {\xe2\x80\xa6}\n1 varint 7\n");
}

static void
test_not_protobuf(void **state)
{
	(void)state;
	const struct text_view_env whole = {.fold = 0}, partial = {.partial = true};

	check_shown(SPAN_LIT("\x08\x01\x07xyz"), whole,
	    "1 varint 1\nnot protobuf at byte 2: no field has the number 0\n"
	    " 00000000  07 78 79 7a                                       .xyz\n");
	check_shown(SPAN_LIT("\x08\x01\x12\x05" "ab"), whole,
	    "1 varint 1\nnot protobuf at byte 2: the value of field 2 does not end\n"
	    " 00000000  12 05 61 62                                       ..ab\n");
	check_shown(SPAN_LIT("\x08\x01\x12\x05" "ab"), partial, "1 varint 1\n2 len 5 bytes: 61 62  (in part)\n");
	check_shown(SPAN_LIT("\x08\x01\x09" "abc"), partial, "1 varint 1\n");
	check_shown(SPAN_LIT("\x0b\x08\x01"), whole,
	    "1 group {\n  1 varint 1\nnot protobuf at byte 3: a group does not end\n");
	check_shown(SPAN_LIT("\x0b\x08\x01"), partial, "1 group {\n  1 varint 1\n");
}

/* Messages in messages: as deep as is shown, and deeper. */
static void
test_depth(void **state)
{
	(void)state;
	char in[256];
	size_t n = 0;
	struct text_view_env env = {.width = 80};
	struct text_lines t;

	for (int i = 40; i--; n += 2) {
		in[n] = '\x0a';
		in[n + 1] = (char)(i * 2 + 2);
	}
	memcpy(in + n, "\x08\x01", 2);
	text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
	assert_int_equal(text_protobuf(&t, span_of(in, n + 2), &env), 0);
	assert_int_equal(t.nlines, 2 * PROTOBUF_DEPTH_MAX - 1);
	text_lines_fini(&t);
	memset(in, '\x0b', PROTOBUF_DEPTH_MAX + 1);
	text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
	assert_int_equal(text_protobuf(&t, span_of(in, PROTOBUF_DEPTH_MAX + 1), &env), ERR_SYNTAX);
	assert_string_equal(env.why.text, "not protobuf at byte 32: groups are nested deeper than 32");
	text_lines_fini(&t);
}

static void
test_one_line(void **state)
{
	(void)state;
	struct text_lines t;

	text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
	text_lines_begin(&t);
	assert_true(text_protobuf_line(&t, SPAN_LIT(MESSAGE), 200));
	check_lines(&t,
	    "1: 150  2: \"testing\"  3: {6 B}  4: 0x3ff8000000000000  5: 0xbf800000  6: ff fe fd  7: 18446744073709551615  8: {  1: 5  }\n");
	for (size_t columns = 0; columns < 200; columns++) {
		text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
		text_lines_begin(&t);
		text_protobuf_line(&t, SPAN_LIT("\x12\x30" "a string that is longer than the room there is.." "\x08\x01"), columns);
		assert_true(text_columns(buf_span(&t.bytes)) <= columns);
		text_lines_fini(&t);
	}
	text_lines_init(&t, 1 << 16, ESCAPE_UTF8);
	text_lines_begin(&t);
	assert_false(text_protobuf_line(&t, SPAN_LIT("{\"a\":1}"), 80));
	text_lines_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_no_fields),
	    cmocka_unit_test(test_guess),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_not_protobuf),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
