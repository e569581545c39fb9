/* SPDX-License-Identifier: MIT
 * Heads and bodies as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "text/text_head.h"
#include "text/text_hex.h"
#include "text/text_pick.h"
#include "text/text_plain.h"

/* The lines joined by newlines, in a buffer that the next call overwrites. */
static const char *
joined(const struct text_lines *t)
{
	static char out[16384];
	size_t n = 0;

	for (size_t i = 0; i < t->nlines; i++) {
		for (uint32_t k = 0; k < t->line[i].npieces; k++) {
			struct span s = text_lines_piece(t, &t->piece[t->line[i].piece + k]);
			memcpy(out + n, s.p, s.n);
			n += s.n;
		}
		out[n++] = '\n';
	}
	out[n] = '\0';
	return out;
}

static void
test_head(void **state)
{
	struct text_lines t;
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type:  a/b\r\nX: a\x1b]0;b\r\n"
	    " folded\r\nlonger-than-any-column-for-names: v\nno colon\r\n\r\n";
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_head(&t, SPAN_LIT(head));
	assert_string_equal(joined(&t),
	    "Server:       x\n"
	    "Content-Type: a/b\n"
	    "X:            a\\x1b]0;b  (!) 1 control byte escaped\n"
	    "              folded\n"
	    "longer-than-any-column-for-names: v\n"
	    "              no colon\n");
	assert_int_equal(text_head_count(SPAN_LIT(head)), 6);
	assert_true(span_eq(text_head_start(SPAN_LIT(head)), SPAN_LIT("HTTP/1.1 200 OK")));
	assert_int_equal(text_head_count(SPAN_LIT("")), 0);
	assert_int_equal(text_head_start(SPAN_LIT("")).n, 0);
	text_lines_fini(&t);
}

static void
test_plain(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_plain(&t, SPAN_LIT("one\r\n\n\tx\n日\ty\nab\x07\rc"));
	assert_string_equal(joined(&t), "one\n\n        x\n日      y\nab\\x07\\x0dc\n");
	text_lines_fini(&t);
}

static void
test_hex(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_hex(&t, SPAN_LIT("body \x1b]0;PWNED\\\xff" "x"));
	assert_string_equal(joined(&t),
	    " 00000000  62 6f 64 79 20 1b 5d 30  3b 50 57 4e 45 44 5c ff  body .]0;PWNED\\.\n"
	    " 00000010  78                                                x\n");
	text_lines_fini(&t);
}

static void
test_pick(void **state)
{
	(void)state;
	assert_string_equal(text_pick(SPAN_LIT(""), SPAN_LIT("{\"a\": 1}\n"))->name, "text");
	assert_string_equal(text_pick(SPAN_LIT(""), SPAN_LIT(""))->name, "text");
	assert_string_equal(
	    text_pick(SPAN_LIT("image/png"), SPAN_LIT("\x89PNG\r\n\x1a\n\0\0"))->name, "hex");
	assert_string_equal(
	    text_pick(SPAN_LIT("text/plain"), SPAN_LIT("caf\xe9 latin one"))->name, "text");
	/* A sequence that the look at the beginning cuts is not held against the text. */
	char *long_text = malloc(4097);
	memset(long_text, 'a', 4095);
	memcpy(long_text + 4095, "é", 2);
	assert_string_equal(text_pick(SPAN_LIT(""), span_of(long_text, 4097))->name, "text");
	free(long_text);
}

/* At the maximum the text ends with what fitted, and says so. */
static void
test_maximum(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 10, ESCAPE_UTF8);
	text_plain(&t, SPAN_LIT("12345\n67890"));
	assert_false(t.cut);
	assert_string_equal(joined(&t), "12345\n67890\n");
	text_lines_clear(&t);
	text_plain(&t, SPAN_LIT("12345\n678901\nmore\n"));
	assert_true(t.cut);
	assert_string_equal(joined(&t), "12345\n67890\n");
	text_lines_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_pick),
	    cmocka_unit_test(test_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
