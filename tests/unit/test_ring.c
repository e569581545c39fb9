/* SPDX-License-Identifier: MIT
 * The ring: order, wrap-around, fullness, and two threads at full speed. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ring.h"

static void
test_empty_ring_has_nothing(void **state)
{
	(void)state;
	struct ring *r = ring_new(4096);
	assert_null(ring_peek(r));
	assert_int_equal(ring_used(r), 0);
	ring_free(r);
}

static void
test_records_come_out_in_order_across_many_wraps(void **state)
{
	(void)state;
	struct ring *r = ring_new(4096);
	uint32_t in = 0, out = 0;
	while (out < 20000) {
		for (;;) {
			size_t n = 4 + in % 900;
			uint32_t *p = ring_reserve(r, n);
			if (!p)
				break;
			memset(p, (int)(in & 0xff), n);
			*p = in++;
			ring_commit(r);
		}
		const uint32_t *q = ring_peek(r);
		assert_non_null(q);
		assert_int_equal(*q, out);
		size_t n = 4 + out % 900;
		for (size_t i = 4; i < n; i++)
			assert_int_equal(((const uint8_t *)q)[i], out & 0xff);
		out++;
		ring_release(r);
	}
	ring_free(r);
}

static void
test_uncommitted_record_is_invisible(void **state)
{
	(void)state;
	struct ring *r = ring_new(4096);
	assert_non_null(ring_reserve(r, 8));
	assert_null(ring_peek(r));
	ring_commit(r);
	assert_non_null(ring_peek(r));
	ring_free(r);
}

static void
test_full_ring_refuses_and_recovers(void **state)
{
	(void)state;
	struct ring *r = ring_new(4096);
	int n = 0;
	while (ring_reserve(r, 1000)) {
		ring_commit(r);
		n++;
	}
	assert_in_range(n, 3, 4);
	assert_null(ring_reserve(r, 1000));
	assert_non_null(ring_peek(r));
	ring_release(r);
	assert_non_null(ring_reserve(r, 1000));
	ring_free(r);
}

enum { THREADED = 300000 };

static void *
produce(void *arg)
{
	for (uint64_t i = 0; i < THREADED;) {
		uint64_t *p = ring_reserve(arg, 8 + i % 40);
		if (!p) {
			sched_yield();
			continue;
		}
		*p = i++;
		ring_commit(arg);
	}
	return NULL;
}

static void
test_two_threads_agree(void **state)
{
	(void)state;
	struct ring *r = ring_new(8192);
	pthread_t t;
	assert_int_equal(pthread_create(&t, NULL, produce, r), 0);
	for (uint64_t i = 0; i < THREADED;) {
		const uint64_t *p = ring_peek(r);
		if (!p) {
			sched_yield();
			continue;
		}
		if (*p != i)
			assert_int_equal(*p, i);
		i++;
		ring_release(r);
	}
	pthread_join(t, NULL);
	assert_null(ring_peek(r));
	ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty_ring_has_nothing),
	    cmocka_unit_test(test_records_come_out_in_order_across_many_wraps),
	    cmocka_unit_test(test_uncommitted_record_is_invisible),
	    cmocka_unit_test(test_full_ring_refuses_and_recovers),
	    cmocka_unit_test(test_two_threads_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
