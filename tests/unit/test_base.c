/* SPDX-License-Identifier: MIT
 * Buffers at their maximum, histogram percentiles, spans, blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/block.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hist.h"
#include "base/span.h"

static void
test_buf_takes_its_maximum_and_not_one_more(void **state)
{
	(void)state;
	struct buf b;
	char x[100] = {0};
	buf_init(&b, 150);
	assert_int_equal(buf_add(&b, x, 100), 0);
	assert_int_equal(buf_add(&b, x, 50), 0);
	assert_int_equal(buf_add(&b, x, 1), ERR_LIMIT);
	assert_int_equal(b.n, 150);
	buf_consume(&b, 149);
	assert_int_equal(b.n, 1);
	buf_fini(&b);
}

static void
test_buf_formats(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 64);
	assert_int_equal(buf_addf(&b, "%d-%s", 42, "x"), 0);
	assert_true(span_eq(buf_span(&b), SPAN_LIT("42-x")));
	buf_fini(&b);
}

static void
test_percentiles_are_within_an_eighth(void **state)
{
	(void)state;
	static struct hist h;
	uint64_t sum[HIST_BUCKETS] = {0};
	for (uint64_t i = 1; i <= 100000; i++)
		hist_add(&h, i);
	hist_sum(&h, sum);
	assert_int_equal(hist_count(sum), 100000);
	assert_in_range(hist_percentile(sum, 0.5), 43750, 50001);
	assert_in_range(hist_percentile(sum, 0.99), 86000, 99001);
}

static void
test_histogram_takes_extremes(void **state)
{
	(void)state;
	static struct hist h;
	uint64_t sum[HIST_BUCKETS] = {0};
	assert_int_equal(hist_percentile(sum, 0.5), 0);
	hist_add(&h, 0);
	hist_add(&h, UINT64_MAX);
	hist_sum(&h, sum);
	assert_int_equal(hist_count(sum), 2);
}

static void
test_spans_compare_without_case(void **state)
{
	(void)state;
	assert_true(span_ieq(SPAN_LIT("Host"), SPAN_LIT("hOST")));
	assert_false(span_ieq(SPAN_LIT("a@"), SPAN_LIT("a`")));
	assert_false(span_ieq(SPAN_LIT("ab"), SPAN_LIT("abc")));
	assert_true(span_eq(SPAN_NONE, SPAN_LIT("")));
}

static void
test_blocks_count_references(void **state)
{
	(void)state;
	struct block *b = block_new(16);
	assert_true(block_sole(b));
	block_ref(b);
	assert_false(block_sole(b));
	block_unref(b);
	assert_true(block_sole(b));
	block_unref(b);
	block_unref(NULL);
}

static void
test_pool_reuses_blocks_that_come_back(void **state)
{
	(void)state;
	struct block_pool *p = block_pool_new();
	struct block *first = block_pool_take(p), *b[300];
	assert_int_equal(first->cap, BLOCK_BYTES);
	block_pool_give(p, first);
	assert_ptr_equal(block_pool_take(p), first);
	for (int i = 0; i < 300; i++)
		b[i] = block_pool_take(p);
	for (int i = 0; i < 300; i++)
		block_unref(b[i]);
	block_pool_close(p);
	/* One is still out: the pool's memory lives until it returns (checked by the address sanitizer). */
	first->p[BLOCK_BYTES - 1] = 'x';
	block_unref(first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf_takes_its_maximum_and_not_one_more),
	    cmocka_unit_test(test_buf_formats),
	    cmocka_unit_test(test_percentiles_are_within_an_eighth),
	    cmocka_unit_test(test_histogram_takes_extremes),
	    cmocka_unit_test(test_spans_compare_without_case),
	    cmocka_unit_test(test_blocks_count_references),
	    cmocka_unit_test(test_pool_reuses_blocks_that_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
