/* SPDX-License-Identifier: MIT
 * The pager machine and the search in its text, without a screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "ui/pager_find.h"

static void
text_of(struct text_lines *t, const char *const *line, size_t n)
{
	text_lines_init(t, 1 << 20, ESCAPE_UTF8);
	for (size_t i = 0; i < n; i++) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_PLAIN, span_str(line[i]));
	}
}

static void
expect_row(const struct pager *p, size_t row, const char *want)
{
	const struct pager_row *r = &p->row[row];

	assert_true(row < p->nrows);
	assert_int_equal(r->n, strlen(want));
	assert_memory_equal(p->text->bytes.p + r->off, want, r->n);
}

static void
test_wraps_between_words_and_never_in_an_escape(void **state)
{
	static const char *const lines[] = {"two words", "",
	    "abcdefg\x1b"
	    "h",
	    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"};
	struct text_lines t;
	struct pager p = {.text = NULL};

	(void)state;
	text_of(&t, lines, 4);
	pager_layout(&p, &t, 7, 4);
	expect_row(&p, 0, "two ");
	expect_row(&p, 1, "words");
	expect_row(&p, 2, "");
	expect_row(&p, 3, "abcdefg");
	expect_row(&p, 4, "\\x1bh");
	expect_row(&p, 5, lines[3]);
	pager_layout(&p, &t, 5, 4);
	expect_row(&p, p.nrows - 2, "\xe6\x97\xa5\xe6\x97\xa5");
	/* Narrower than a character: one a row. */
	pager_layout(&p, &t, 1, 4);
	expect_row(&p, p.nrows - 1, "\xe6\x97\xa5");
	pager_fini(&p);
	text_lines_fini(&t);
}

static void
test_the_same_bytes_stay_on_top(void **state)
{
	struct text_lines t;
	struct pager p = {.text = NULL};

	(void)state;
	text_lines_init(&t, 1 << 20, 0);
	for (int i = 0; i < 100; i++) {
		text_lines_begin(&t);
		text_lines_addf(&t, TEXT_PLAIN, "line %03d has some words in it", i);
	}
	pager_layout(&p, &t, 80, 10);
	for (int i = 0; i < 50; i++)
		pager_move(&p, MOVE_DOWN);
	pager_layout(&p, &t, 12, 10);
	assert_int_equal(p.row[p.top].line, 50);
	pager_layout(&p, &t, 80, 20);
	assert_int_equal(p.top, 50);
	pager_move(&p, MOVE_END);
	assert_int_equal(p.top, 80);
	pager_fini(&p);
	text_lines_fini(&t);
}

/* What was wrapped is not wrapped again until the text is another. */
static void
test_wraps_once(void **state)
{
	static const char *const lines[] = {"abc"};
	struct text_lines t;
	struct pager p = {.text = NULL};

	(void)state;
	text_of(&t, lines, 1);
	pager_layout(&p, &t, 10, 4);
	p.row[0].n = 2;
	pager_layout(&p, &t, 10, 5);
	assert_int_equal(p.row[0].n, 2);
	pager_invalidate(&p);
	pager_layout(&p, &t, 10, 5);
	assert_int_equal(p.row[0].n, 3);
	text_lines_begin(&t);
	pager_layout(&p, &t, 10, 5);
	assert_int_equal(p.nrows, 2);
	pager_fini(&p);
	text_lines_fini(&t);
}

static void
expect_find(struct pager_find *f, struct pager *p, bool backwards, const char *want)
{
	char got[160];

	pager_find_go(f, p, backwards, got, sizeof got);
	assert_string_equal(got, want);
}

static void
test_find(void **state)
{
	static const char *const lines[] = {
	    "one Foo", "nothing", "foofoo and \xc3\xa4\\FOO", "last"};
	struct text_lines t;
	struct pager p = {.text = NULL};
	struct pager_find f = {.range = NULL};

	(void)state;
	text_of(&t, lines, 4);
	pager_layout(&p, &t, 40, 2);
	pager_find_set(&f, "foo");
	pager_find_collect(&f, &t);
	assert_int_equal(f.count, 4);
	expect_find(&f, &p, true, "search wrapped: 4 of 4");
	assert_int_equal(p.row[pager_row_of(&p, f.range[3].off)].line, 2);
	expect_find(&f, &p, false, "search wrapped: 1 of 4");
	assert_int_equal(p.top, 0);
	expect_find(&f, &p, false, "2 of 4");
	pager_find_set(&f, "Foo");
	pager_find_collect(&f, &t);
	assert_int_equal(f.count, 1);
	/* As it stands on the screen: a backslash is two. */
	pager_find_set(&f, "\\\\F");
	pager_find_collect(&f, &t);
	assert_int_equal(f.count, 1);
	pager_find_set(&f, "foon");
	pager_find_collect(&f, &t);
	expect_find(&f, &p, false, "No match for foon");
	pager_find_fini(&f);
	pager_fini(&p);
	text_lines_fini(&t);
}

/* Lines end matches, and there is an end to counting. */
static void
test_find_limits(void **state)
{
	struct text_lines t;
	struct pager p = {.text = NULL};
	struct pager_find f = {.range = NULL};
	char line[PAGER_FIND_MAX / 10 + 1];

	(void)state;
	text_lines_init(&t, 1 << 22, 0);
	memset(line, 'a', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	for (int i = 0; i < 11; i++) {
		text_lines_begin(&t);
		text_lines_add(&t, TEXT_PLAIN, span_str(line));
	}
	pager_layout(&p, &t, 80, 10);
	pager_find_set(&f, "a");
	pager_find_collect(&f, &t);
	expect_find(&f, &p, true, "search wrapped: 100000 of 100000+");
	memset(line, 'b', sizeof line - 1);
	pager_find_set(&f, "ab");
	pager_find_collect(&f, &t);
	assert_int_equal(f.count, 0);
	pager_find_fini(&f);
	pager_fini(&p);
	text_lines_fini(&t);
}

/* Twelve lines at the left and thirty at the right. */
static void
text_of_two(struct text_lines *t)
{
	text_lines_init(t, 1 << 20, 0);
	for (int i = 0; i < 42; i++) {
		if (i == 12)
			text_lines_beside(t);
		text_lines_begin(t);
		text_lines_addf(t, TEXT_PLAIN, "%s line %d", i < 12 ? "left" : "right", i);
	}
}

static void
test_two_columns(void **state)
{
	struct text_lines t;
	struct pager right = {.text = NULL}, p = {.beside = &right};

	(void)state;
	text_of_two(&t);
	pager_layout(&p, &t, 43, 10);
	assert_int_equal(p.width, 20);
	assert_int_equal(right.width, 20);
	assert_int_equal(p.nrows, 12);
	assert_int_equal(right.nrows, 30);
	expect_row(&right, 0, "right line 12");
	assert_ptr_equal(pager_longest(&p), &right);
	assert_ptr_equal(pager_at(&p, 20), &p);
	assert_ptr_equal(pager_at(&p, 23), &right);
	/* Keys move both, each to its own end; the wheel one. */
	pager_move(&p, MOVE_PAGE_DOWN);
	assert_int_equal(p.top, 2);
	assert_int_equal(right.top, 9);
	pager_move(&p, MOVE_END);
	assert_int_equal(right.top, 20);
	pager_move(&p, MOVE_TOP);
	pager_scroll(&right, 3);
	assert_int_equal(p.top, 0);
	assert_int_equal(right.top, 3);
	pager_scroll(&right, -9);
	pager_scroll(&p, 9);
	assert_int_equal(p.top, 2);
	assert_int_equal(right.top, 0);
	/* Below each other and back: what was read stays. */
	pager_scroll(&right, 3);
	size_t line = pager_line(&p);
	assert_int_equal(line, 15);
	p.beside = NULL;
	pager_layout(&p, &t, 43, 10);
	assert_int_equal(p.nrows, 42);
	pager_show_line(&p, line);
	assert_int_equal(p.row[p.top].line, 15);
	p.beside = &right;
	pager_layout(&p, &t, 43, 10);
	pager_scroll(&right, 9);
	pager_show_line(&p, 15);
	assert_int_equal(p.top, 0);
	assert_int_equal(right.top, 3);
	pager_show_line(&p, 1);
	assert_int_equal(p.top, 1);
	assert_int_equal(right.top, 0);
	p.beside = NULL;
	pager_layout(&p, &t, 43, 10);
	assert_ptr_equal(pager_at(&p, 30), &p);
	pager_fini(&p);
	pager_fini(&right);
	text_lines_fini(&t);
}

/* A search goes through the left column, then through the right one, and scrolls that which has the match. */
static void
test_find_in_two_columns(void **state)
{
	struct text_lines t;
	struct pager right = {.text = NULL}, p = {.beside = &right};
	struct pager_find f = {.range = NULL};

	(void)state;
	text_of_two(&t);
	pager_layout(&p, &t, 43, 10);
	pager_find_set(&f, " 1");
	pager_find_collect(&f, &t);
	assert_int_equal(f.count, 3 + 8); /* 1 10 11; 12 to 19 */
	pager_find_show(&f, &p);
	assert_int_equal(right.nranges, p.nranges);
	expect_find(&f, &p, false, "1 of 11");
	expect_find(&f, &p, false, "2 of 11");
	expect_find(&f, &p, false, "3 of 11");
	assert_int_equal(p.top, 2);
	assert_int_equal(right.top, 0);
	expect_find(&f, &p, false, "4 of 11");
	expect_find(&f, &p, true, "3 of 11");
	expect_find(&f, &p, true, "2 of 11");
	expect_find(&f, &p, true, "1 of 11");
	expect_find(&f, &p, true, "search wrapped: 11 of 11");
	assert_int_equal(p.top, 1);
	assert_int_equal(right.top, 0);
	/* From the screen: nothing in what is left of the left column. */
	pager_move(&p, MOVE_END);
	pager_find_set(&f, "right line 3");
	pager_find_collect(&f, &t);
	expect_find(&f, &p, false, "3 of 10");
	pager_find_set(&f, "left line 2");
	pager_find_collect(&f, &t);
	expect_find(&f, &p, false, "1 of 1");
	expect_find(&f, &p, false, "search wrapped: 1 of 1");
	pager_find_fini(&f);
	pager_fini(&p);
	pager_fini(&right);
	text_lines_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wraps_between_words_and_never_in_an_escape),
	    cmocka_unit_test(test_the_same_bytes_stay_on_top),
	    cmocka_unit_test(test_wraps_once),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_find_limits),
	    cmocka_unit_test(test_two_columns),
	    cmocka_unit_test(test_find_in_two_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
