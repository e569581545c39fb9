/* SPDX-License-Identifier: MIT
 * Marks in hexadecimal lines, in every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/text_hex.h"
#include "ui/flow_find.h"

enum { BYTES = 100, WIDTH_MAX = 220 };

/* As the tab Hex is made of them. */
static void
page_of(struct text_lines *t, struct span bytes, int width)
{
	text_lines_clear(t);
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "response body as received");
	text_hex(t, bytes, width);
	text_lines_note(t, "(100 bytes)");
}

/* What stands in the marks of the first match, one behind the other, without blanks. */
static void
marked(const struct text_lines *t, const struct pager_find *f, char *out)
{
	for (size_t i = 0; i < f->nranges && f->range[i].number == f->range[0].number; i++)
		for (uint32_t k = 0; k < f->range[i].n; k++)
			if (t->bytes.p[f->range[i].off + k] != ' ')
				*out++ = t->bytes.p[f->range[i].off + k];
	*out = '\0';
}

static void
expect_marks(struct pager_find *f, const struct text_lines *t, struct span bytes, const char *text, const char *want)
{
	char got[4 * BYTES];

	pager_find_set(f, text);
	flow_find_hex(f, t, bytes);
	assert_true(f->count == 1 && f->nranges);
	marked(t, f, got);
	assert_string_equal(got, want);
}

static void
test_marks_in_every_width(void **state)
{
	struct pager_find f = {.count = 0};
	char data[BYTES], digits[32], text[16];
	struct text_lines t;

	(void)state;
	for (int i = 0; i < BYTES; i++)
		data[i] = (char)('!' + i % 94);
	memset(data + 94, 0, BYTES - 94);
	text_lines_init(&t, 1 << 20, 0);
	for (int width = 4; width <= WIDTH_MAX; width++) {
		page_of(&t, span_of(data, BYTES), width);
		for (int at = 0; at + 5 <= 94; at++) {
			snprintf(digits, sizeof digits, "hex:%02x%02x%02x%02x%02x", data[at], data[at + 1], data[at + 2], data[at + 3], data[at + 4]);
			expect_marks(&f, &t, span_of(data, BYTES), digits, digits + 4);
			snprintf(text, sizeof text, "%.5s", data + at);
			/* Without capitals both cases are found, and some stand there twice. */
			if (strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strncmp(text, "hex:", 4))
				expect_marks(&f, &t, span_of(data, BYTES), text, text);
		}
	}
	text_lines_fini(&t);
	pager_find_fini(&f);
}

/* More of a body comes while the text of what was there still stands. */
static void
test_bytes_that_the_text_lacks(void **state)
{
	struct pager_find f = {.count = 0};
	char data[BYTES];
	struct text_lines t;

	(void)state;
	memset(data, 'N', BYTES);
	text_lines_init(&t, 1 << 20, 0);
	for (int width = 20; width <= WIDTH_MAX; width += 40) {
		for (size_t had = 1; had < BYTES; had++) {
			page_of(&t, span_of(data, had), width);
			for (int digits = 0; digits < 2; digits++) {
				pager_find_set(&f, digits ? "hex:4e4e4e" : "NNN");
				flow_find_hex(&f, &t, span_of(data, BYTES));
				for (size_t i = 0; i < f.nranges; i++)
					for (uint32_t k = 0; k < f.range[i].n; k++)
						assert_non_null(memchr("4e N", t.bytes.p[f.range[i].off + k], 4));
			}
		}
		/* There were none. */
		page_of(&t, SPAN_LIT(""), width);
		flow_find_hex(&f, &t, span_of(data, BYTES));
		assert_int_equal(f.nranges, 0);
	}
	text_lines_fini(&t);
	pager_find_fini(&f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_marks_in_every_width),
	    cmocka_unit_test(test_bytes_that_the_text_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
