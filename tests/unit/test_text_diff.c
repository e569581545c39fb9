/* SPDX-License-Identifier: MIT
 * The line diff: what it finds is right, as short as possible where the texts are near, and bounded where they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/text_diff.h"

/* Words of one letter each as lines. */
static size_t
letters(const char *s, struct span *line)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		line[i] = span_of(s + i, 1);
	return n;
}

/* Both texts have to come out of the runs again, in order and whole. */
static void
check_runs(const struct text_diff *d, const struct span *a, size_t na, const struct span *b, size_t nb)
{
	size_t x = 0, y = 0, removed = 0, added = 0;

	for (size_t i = 0; i < d->nruns; i++) {
		const struct text_diff_run *r = &d->run[i];
		assert_true(r->n > 0);
		assert_int_equal(r->a, x);
		assert_int_equal(r->b, y);
		if (i) {
			assert_int_not_equal(r->op, r[-1].op);
			assert_false(r->op == TEXT_DIFF_REMOVED && r[-1].op == TEXT_DIFF_ADDED);
		}
		for (size_t k = 0; r->op == TEXT_DIFF_SAME && k < r->n; k++)
			assert_true(span_eq(a[x + k], b[y + k]));
		x += r->op != TEXT_DIFF_ADDED ? r->n : 0;
		y += r->op != TEXT_DIFF_REMOVED ? r->n : 0;
		removed += r->op == TEXT_DIFF_REMOVED ? r->n : 0;
		added += r->op == TEXT_DIFF_ADDED ? r->n : 0;
	}
	assert_int_equal(x, na);
	assert_int_equal(y, nb);
	assert_int_equal(removed, d->removed);
	assert_int_equal(added, d->added);
}

static size_t
edits(const char *a, const char *b)
{
	struct span la[64], lb[64];
	size_t na = letters(a, la), nb = letters(b, lb);
	struct text_diff d;

	text_diff_init(&d, la, na, lb, nb);
	check_runs(&d, la, na, lb, nb);
	size_t n = d.removed + d.added;
	assert_int_equal(text_diff_same(&d), n == 0);
	text_diff_fini(&d);
	return n;
}

static size_t
changed(const char *a, const char *b)
{
	struct span la[64], lb[64];
	size_t na = letters(a, la), nb = letters(b, lb);
	struct text_diff d;

	text_diff_init(&d, la, na, lb, nb);
	size_t n = d.changed;
	text_diff_fini(&d);
	return n;
}

static void
test_changed(void **state)
{
	(void)state;
	assert_int_equal(changed("abc", "abc"), 0);
	assert_int_equal(changed("abc", "aXc"), 1);
	assert_int_equal(changed("abc", "ac"), 1);
	assert_int_equal(changed("ac", "abc"), 1);
	assert_int_equal(changed("abcde", "aXYcZ"), 4);
	assert_int_equal(changed("", "abc"), 3);
}

static void
test_shortest(void **state)
{
	(void)state;
	assert_int_equal(edits("", ""), 0);
	assert_int_equal(edits("a", ""), 1);
	assert_int_equal(edits("", "ab"), 2);
	assert_int_equal(edits("abc", "abc"), 0);
	assert_int_equal(edits("abc", "xyz"), 6);
	assert_int_equal(edits("abcabba", "cbabac"), 5);
	assert_int_equal(edits("abcdef", "abXdef"), 2);
	assert_int_equal(edits("aaaa", "aa"), 2);
	assert_int_equal(edits("ab", "ba"), 2);
}

/* Length of the longest common subsequence, the slow way. */
static size_t
common(const char *a, size_t na, const char *b, size_t nb)
{
	static size_t row[2][64];

	memset(row, 0, sizeof row);
	for (size_t i = 1; i <= na; i++)
		for (size_t j = 1; j <= nb; j++) {
			size_t up = row[(i - 1) & 1][j], left = row[i & 1][j - 1];
			row[i & 1][j] = a[i - 1] == b[j - 1] ? row[(i - 1) & 1][j - 1] + 1
					: up > left	     ? up
							     : left;
		}
	return na && nb ? row[na & 1][nb] : 0;
}

static void
test_random(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[2][40];
		size_t n[2];
		for (int side = 0; side < 2; side++) {
			n[side] = (size_t)rand_r(&seed) % 39;
			for (size_t i = 0; i < n[side]; i++)
				text[side][i] = (char)('a' + rand_r(&seed) % (2 + round % 5));
			text[side][n[side]] = '\0';
		}
		assert_int_equal(
		    edits(text[0], text[1]), n[0] + n[1] - 2 * common(text[0], n[0], text[1], n[1]));
	}
}

static struct span *
numbered(char *store, size_t n, unsigned first, unsigned step)
{
	struct span *line = mem_array(n + 1, sizeof *line);

	for (size_t i = 0; i < n; i++) {
		char *p = store + i * 12;
		line[i] = span_of(p, (size_t)snprintf(p, 12, "%u", first + (unsigned)i * step));
	}
	return line;
}

/* Far more changes than one stretch takes, and more lines than are compared. */
static void
test_far_apart(void **state)
{
	enum { N = TEXT_DIFF_LINES_MAX + 5 };
	char *sa = mem_alloc(N * 12), *sb = mem_alloc(N * 12);
	struct span *a = numbered(sa, N, 0, 2), *b = numbered(sb, N, 0, 3);
	struct text_diff d;

	(void)state;
	text_diff_init(&d, a, N, b, N);
	assert_true(d.cut);
	check_runs(&d, a, TEXT_DIFF_LINES_MAX, b, TEXT_DIFF_LINES_MAX);
	text_diff_fini(&d);
	text_diff_init(&d, a, 3000, b, 2000);
	assert_false(d.cut);
	check_runs(&d, a, 3000, b, 2000);
	/* Numbers up to 6000 that 6 divides are in both; nothing better than all of them can be found. */
	assert_in_range(d.removed + d.added, 3000, 3200);
	text_diff_fini(&d);
	free(a);
	free(b);
	free(sa);
	free(sb);
}

static void
test_split(void **state)
{
	size_t n;
	struct span *line = text_diff_split(SPAN_LIT("one\r\ntwo\n\nlast\r"), &n);

	(void)state;
	assert_int_equal(n, 4);
	assert_true(span_eq(line[0], SPAN_LIT("one")));
	assert_true(span_eq(line[1], SPAN_LIT("two")));
	assert_int_equal(line[2].n, 0);
	assert_true(span_eq(line[3], SPAN_LIT("last\r")));
	free(line);
	line = text_diff_split(SPAN_NONE, &n);
	assert_int_equal(n, 0);
	free(line);
}

static void
lines_from(struct text_lines *t, const char *words)
{
	text_lines_init(t, 1 << 16, 0);
	for (const char *p = words; *p; p++) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_NAME, span_of(p, 1));
		text_lines_words(t, TEXT_PLAIN, ":");
		text_lines_add(t, TEXT_PLAIN, span_of(p, 1));
	}
}

static void
test_show(void **state)
{
	struct text_lines a, b, out;

	(void)state;
	lines_from(&a, "abcdefgh");
	lines_from(&b, "abcXefgh");
	text_lines_init(&out, 1 << 16, 0);
	assert_int_equal(text_diff_show(&out, &a, &b, 1), 1);
	assert_int_equal(out.nlines, 6);
	size_t n;
	struct span *line = text_diff_split_lines(&out, &n);
	const char *want[] = {"  (2 equal lines)", "  c:c", "- d:d", "+ X:X", "  e:e", "  (3 equal lines)"};
	for (size_t i = 0; i < n; i++)
		assert_true(span_eq(line[i], span_str(want[i])));
	assert_int_equal(out.piece[out.line[2].piece].role, TEXT_REMOVED);
	assert_int_equal(out.piece[out.line[3].piece].role, TEXT_ADDED);
	free(line);
	text_lines_clear(&out);
	assert_int_equal(text_diff_show(&out, &a, &b, SIZE_MAX), 1);
	assert_int_equal(out.nlines, 9);
	text_lines_clear(&out);
	assert_int_equal(text_diff_show(&out, &a, &a, 0), 0);
	assert_int_equal(out.piece[out.line[0].piece].role, TEXT_NOTE);
	text_lines_fini(&a);
	text_lines_fini(&b);
	text_lines_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_shortest),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_far_apart),
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
