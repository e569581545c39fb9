/* SPDX-License-Identifier: MIT
 * Slow hosts, and tallies of handshakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow_fact.h"
#include "flow/flow_tally.h"
#include "ui/hosts.h"

static void
test_percentiles(void **state)
{
	struct hosts h = {.host = NULL};
	const struct host *top[HOSTS_TOP_MAX];
	(void)state;
	assert_int_equal(hosts_slowest(&h, top), 0);
	for (unsigned i = 1; i <= 100; i++)
		hosts_add(&h, span_str("a"), i * 1000);
	assert_int_equal(hosts_slowest(&h, top), 1);
	assert_int_equal(top[0]->n, 100);
	assert_int_equal(top[0]->max_us, 100000);
	assert_in_range(host_percentile_us(top[0], 0.50), 50000, 75000);
	assert_in_range(host_percentile_us(top[0], 0.95), 95000, 100000);
	hosts_add(&h, span_str("edges"), 0);
	hosts_add(&h, span_str("edges"), UINT64_MAX);
	for (uint64_t us = 1; us; us <<= 1) {
		struct hosts one = {.host = NULL};
		hosts_add(&one, span_str("x"), us);
		hosts_add(&one, span_str("x"), us - 1);
		assert_in_range(host_percentile_us(&one.host[0], 0.95), us - 1, us);
		hosts_fini(&one);
	}
	hosts_fini(&h);
}

static void
test_slowest_first(void **state)
{
	struct hosts h = {.host = NULL};
	const struct host *top[HOSTS_TOP_MAX];
	char name[16];
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "h%u", i * 7 % 20);
		hosts_add(&h, span_str(name), 1000ull << (i * 7 % 20));
	}
	assert_int_equal(hosts_slowest(&h, top), HOSTS_TOP_MAX);
	for (unsigned i = 0; i < HOSTS_TOP_MAX; i++) {
		snprintf(name, sizeof name, "h%u", 19 - i);
		assert_string_equal(top[i]->name, name);
	}
	hosts_fini(&h);
}

/* Many hosts that are seen once never push out those that are called all the time, nor fill memory. */
static void
test_bounded(void **state)
{
	struct hosts h = {.host = NULL};
	const struct host *top[HOSTS_TOP_MAX];
	char name[200];
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "%u.example.test", i);
		hosts_add(&h, span_str(name), 1000);
		hosts_add(&h, span_str("often.example.test"), 500000);
	}
	assert_int_equal(h.n, HOSTS_MAX);
	hosts_slowest(&h, top);
	assert_string_equal(top[0]->name, "often.example.test");
	assert_int_equal(top[0]->n, 20000);
	memset(name, 'x', sizeof name);
	hosts_add(&h, span_of(name, sizeof name), 9000000);
	hosts_slowest(&h, top);
	assert_int_equal(strlen(top[0]->name), HOSTS_NAME_MAX - 1);
	hosts_add(&h, SPAN_NONE, 1);
	hosts_fini(&h);
}

static void
test_tally(void **state)
{
	struct flow_tally t = {.version = {{.nrows = 0}}};
	struct fact_conn_tls v = {.side = FLOW_SERVER, .ok = true};
	unsigned order[TALLY_ROWS];
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(v.version, sizeof v.version, i % 3 ? "TLSv1.3" : "TLSv1.2");
		flow_tally_tls(&t, &v);
	}
	assert_int_equal(tally_order(&t.version[FLOW_SERVER], order), 2);
	assert_string_equal(t.version[FLOW_SERVER].row[order[0]].name, "TLSv1.3");
	assert_int_equal(t.version[FLOW_SERVER].row[order[0]].n, 6);
	assert_int_equal(t.version[FLOW_CLIENT].nrows, 0);
	v.ok = false;
	v.side = FLOW_CLIENT;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(v.fail_class, sizeof v.fail_class, "class_%u", i);
		flow_tally_tls(&t, &v);
	}
	assert_int_equal(tally_order(&t.failure[FLOW_CLIENT], order), TALLY_ROWS);
	assert_int_equal(t.failure[FLOW_CLIENT].others, 100 - TALLY_ROWS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_percentiles),
	    cmocka_unit_test(test_slowest_first),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_tally),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
