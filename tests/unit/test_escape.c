/* SPDX-License-Identifier: MIT
 * Untrusted bytes: what reaches a terminal, and that it can always be told from what came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/escape.h"

static const struct escape_case {
	const char *in;
	size_t n;
	int flags;
	const char *want;
} cases[] = {
#define IN(s) s, sizeof(s) - 1
	{IN(""), ESCAPE_UTF8, ""},
	{IN("plain text ~"), ESCAPE_UTF8, "plain text ~"},
	{IN("a\\b"), ESCAPE_UTF8, "a\\\\b"},
	{IN("\x1b]0;PWNED\x07"), ESCAPE_UTF8, "\\x1b]0;PWNED\\x07"},
	{IN("\0\x7f\n\r"), ESCAPE_UTF8, "\\x00\\x7f\\x0a\\x0d"},
	{IN("a\tb"), ESCAPE_UTF8, "a\\x09b"},
	{IN("a\tb"), ESCAPE_UTF8 | ESCAPE_KEEP_TAB, "a\tb"},
	{IN("日本 é 😀"), ESCAPE_UTF8, "日本 é 😀"},
	{IN("日 é 😀"), 0, "\\u{65e5} \\u{00e9} \\u{1f600}"},
	{IN("\xc2\x9b" "31m"), ESCAPE_UTF8, "\\u{009b}31m"},           /* C1 CSI */
	{IN("\x9b" "31m"), ESCAPE_UTF8, "\\x9b31m"},                   /* the same in 8 bits */
	{IN("\xe2\x80\xae" "gnp"), ESCAPE_UTF8, "\\u{202e}gnp"},     /* bidi override */
	{IN("\xe2\x81\xa6"), ESCAPE_UTF8, "\\u{2066}"},              /* bidi isolate */
	{IN("a\xe2\x80\x8b" "b"), ESCAPE_UTF8, "a\\u{200b}b"},       /* zero width space */
	{IN("\xe2\x80\x8d"), ESCAPE_UTF8, "\\u{200d}"},              /* ZWJ */
	{IN("\xef\xb8\x8f"), ESCAPE_UTF8, "\\u{fe0f}"},              /* variation selector */
	{IN("\xee\x80\x80"), ESCAPE_UTF8, "\\u{e000}"},              /* private use */
	{IN("\xcd\xb8"), ESCAPE_UTF8, "\\u{0378}"},                   /* unassigned */
	{IN("\xf4\x8f\xbf\xbf"), ESCAPE_UTF8, "\\u{10ffff}"},
	{IN("\xc0\x80"), ESCAPE_UTF8, "\\xc0\\x80"},                /* overlong NUL */
	{IN("\xe0\x80\xaf"), ESCAPE_UTF8, "\\xe0\\x80\\xaf"},    /* overlong slash */
	{IN("\xed\xa0\x80"), ESCAPE_UTF8, "\\xed\\xa0\\x80"},    /* surrogate */
	{IN("\xf4\x90\x80\x80"), ESCAPE_UTF8, "\\xf4\\x90\\x80\\x80"},
	{IN("\xe6\x97"), ESCAPE_UTF8, "\\xe6\\x97"},                /* cut short */
	{IN("\xcc\x81" "a"), ESCAPE_UTF8, "\\u{0301}a"},              /* a mark without a base */
	{IN("e\xcc\x81\xcc\x82\xcc\x83x"), ESCAPE_UTF8, "e\xcc\x81\xcc\x82\\u{0303}x"},
	{IN("\x01\xcc\x81"), ESCAPE_UTF8, "\\x01\\u{0301}"},       /* nor on an escape */
	{IN("\xe2\x80\xa8"), ESCAPE_UTF8, "\\u{2028}"},              /* line separator */
	{IN("\xef\xbb\xbf"), ESCAPE_UTF8, "\\u{feff}"},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct escape_case *c = &cases[i];
		char out[256];
		struct buf b;
		buf_init(&b, 256);
		size_t n = escape_text(out, sizeof out, span_of(c->in, c->n), c->flags);
		assert_string_equal(out, c->want);
		assert_int_equal(n, strlen(c->want));
		assert_int_equal(escape_add(&b, span_of(c->in, c->n), c->flags), 0);
		buf_add(&b, "", 1);
		assert_string_equal(b.p, c->want);
		buf_fini(&b);
	}
}

static void
test_every_byte_alone(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char in = (char)c, out[16];
		size_t n = escape_text(out, sizeof out, span_of(&in, 1), ESCAPE_UTF8);
		for (size_t i = 0; i < n; i++)
			assert_in_range((unsigned char)out[i], 0x20, 0x7e);
		assert_int_equal(n, c == '\\' ? 2 : c >= 0x20 && c < 0x7f ? 1 : 4);
	}
}

/* Cut at a whole character or escape, whatever the room. */
static void
test_room(void **state)
{
	static const char in[] = "a\x1b日\xe2\x80\xae\\z";
	static const size_t whole[] = {0, 1, 5, 8, 16, 18, 19};
	(void)state;
	for (size_t room = 1; room < 24; room++) {
		char out[32];
		memset(out, 'X', sizeof out);
		size_t n = escape_text(out, room, span_of(in, sizeof in - 1), ESCAPE_UTF8),
		       want = 0;
		for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
			want = whole[i] < room ? whole[i] : want;
		assert_int_equal(n, want);
		assert_int_equal(out[n], 0);
		assert_int_equal(out[room], 'X');
	}
}

static void
test_limit(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 6);
	assert_int_equal(escape_add(&b, SPAN_LIT("abcdef"), 0), 0);
	buf_clear(&b);
	assert_int_equal(escape_add(&b, SPAN_LIT("abcdefg"), 0), ERR_LIMIT);
	assert_int_equal(b.n, 6);
	buf_clear(&b);
	assert_int_equal(escape_add(&b, SPAN_LIT("abc\x01"), 0), ERR_LIMIT);
	assert_int_equal(b.n, 3);
	buf_fini(&b);
}

static void
test_width(void **state)
{
	(void)state;
	assert_int_equal(escape_width('a'), 1);
	assert_int_equal(escape_width(0x1b), -1);
	assert_int_equal(escape_width(0x7f), -1);
	assert_int_equal(escape_width(0x80), -1);
	assert_int_equal(escape_width(0xa0), 1);
	assert_int_equal(escape_width(0xad), -1);
	assert_int_equal(escape_width(0x301), 0);
	assert_int_equal(escape_width(0x1100), 2);
	assert_int_equal(escape_width(0x65e5), 2);
	assert_int_equal(escape_width(0xac00), 2);
	assert_int_equal(escape_width(0xff21), 2);
	assert_int_equal(escape_width(0x2588), 1);
	assert_int_equal(escape_width(0x1f600), 2);
	assert_int_equal(escape_width(0xd800), -1);
	assert_int_equal(escape_width(0x10ffff), -1);
	assert_int_equal(escape_width(0x110000), -1);
	assert_int_equal(escape_width(0xe0001), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_every_byte_alone),
	    cmocka_unit_test(test_room),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_width),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
