/* SPDX-License-Identifier: MIT
 * Bytes as hexadecimal digits: every byte comes back, and what is wrong is named by its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/hex_text.h"

static struct buf text, bytes;

static int
setup(void **state)
{
	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&bytes, 1000);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_fini(&text);
	buf_fini(&bytes);
	return 0;
}

static void
reads(const char *from, const char *want, size_t n)
{
	struct errmsg why;
	size_t at;

	buf_clear(&bytes);
	assert_int_equal(hex_text_read(span_str(from), &bytes, &at, &why), 0);
	assert_int_equal(bytes.n, n);
	assert_memory_equal(buf_span(&bytes).p, want, n);
}

static void
refuses(const char *from, const char *words, size_t want_at)
{
	struct errmsg why;
	size_t at;

	buf_clear(&bytes);
	assert_int_not_equal(hex_text_read(span_str(from), &bytes, &at, &why), 0);
	assert_string_equal(why.text, words);
	assert_int_equal(at, want_at);
}

static void
test_every_byte_comes_back(void **state)
{
	(void)state;
	char all[600];
	struct errmsg why;
	size_t at;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	for (size_t n = 0; n <= sizeof all; n++) {
		buf_clear(&text);
		buf_clear(&bytes);
		hex_text_write(span_of(all, n), &text);
		assert_true(text.n <= (n + 15) / 16 * HEX_TEXT_LINE_BYTES);
		assert_int_equal(hex_text_read(buf_span(&text), &bytes, &at, &why), 0);
		assert_int_equal(bytes.n, n);
		assert_int_equal(at, text.n);
		if (n)
			assert_memory_equal(bytes.p, all, n);
	}
	buf_clear(&text);
	hex_text_write(SPAN_LIT("\x1f\x8b|a: 0123456789abc"), &text);
	buf_add(&text, "", 1);
	assert_string_equal(text.p, "00000000: 1f 8b 7c 61 3a 20 30 31  32 33 34 35 36 37 38 39  |..|a: 0123456789|\n"
				    "00000010: 61 62 63                                          |abc|\n");
}

static void
test_it_may_be_typed_freely(void **state)
{
	(void)state;
	reads("", "", 0);
	reads("\n\r\n  \t\n", "", 0);
	reads("0aFf", "\x0a\xff", 2);
	reads("000000ff:00 11 |", "\x00\x11", 2);
	reads("00000000: 41 42\r\n43\n|nothing|\n", "ABC", 3);
}

static void
test_what_is_wrong_is_named(void **state)
{
	(void)state;
	refuses("41 4", "line 1, column 4: one digit alone: a byte has two", 3);
	refuses("41\n00000010: 42 4g 43", "line 2, column 14: one digit alone: a byte has two", 16);
	refuses("41\n\n  x2", "line 3, column 3: no hexadecimal digit", 6);
	refuses("ff:00 11", "line 1, column 3: no hexadecimal digit", 2); /* no number, but perhaps bytes */
	refuses("41 | 22", "line 1, column 5: more than a line's characters behind the bar", 4);
	refuses("41 |A|42", "line 1, column 7: more than a line's characters behind the bar", 6);
	refuses("00000000: 41 |A|00000010: 42 |B|", "line 1, column 17: more than a line's characters behind the bar", 16); /* joined */
	refuses("41 |0123|56789abcdef|00000010: 42 |B|", "line 1, column 22: more than a line's characters behind the bar", 21);
	refuses("41 \xc3\xa4", "line 1, column 4: no hexadecimal digit", 3);
	buf_clear(&text);
	for (int i = 0; i < 1001; i++)
		buf_add_str(&text, "41");
	buf_add(&text, "", 1);
	refuses(text.p, "line 1, column 2001: too many bytes", 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_every_byte_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_it_may_be_typed_freely, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_wrong_is_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
