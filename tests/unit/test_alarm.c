/* SPDX-License-Identifier: MIT
 * What is told once for many: repeated failures, flows that left memory, a clock that was set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ui/app.h"
#include "screen_fixture.h"

#define NS_PER_S 1000000000ull

static const struct fixture_flow expired = {
	.proto = FLOW_TLS,
	.state = FLOW_S_TLS_FAILED,
	.host = "old.example.test",
	.time_ms = 4,
	.why = "the certificate has expired \x1b]0;x\x07",
	.server_fail = "expired",
};

static void
start(struct screen *s)
{
	screen_open(s, "xterm-256color", 24, 80);
	app_tick(s->app);
}

/* Both clocks go on, the wall clock by some seconds more. */
static void
pass(struct screen *s, uint64_t seconds, int64_t jump)
{
	clock_stop(clock_mono_ns() + seconds * NS_PER_S, clock_wall_ns() + (seconds + (uint64_t)jump) * NS_PER_S);
	app_tick(s->app);
}

static uint64_t
events(const struct screen *s)
{
	return flow_store_event_end(s->fx.store);
}

static const char *
last_event(const struct screen *s)
{
	return events(s) ? flow_store_event_at(s->fx.store, events(s) - 1)->text : "";
}

static void
test_repeated_failures(void **state)
{
	struct screen s;

	(void)state;
	start(&s);
	for (int i = 0; i < 12; i++)
		fixture_add(&s.fx, &expired);
	pass(&s, 9, 0);
	assert_int_equal(events(&s), 0);
	pass(&s, 1, 0);
	assert_int_equal(events(&s), 1);
	assert_string_equal(last_event(&s),
	    "handshake failed: old.example.test:443 the certificate has expired \x1b]0;x\x07, 12 flows in 10 s");
	assert_string_equal(s.app->toast,
	    "handshake failed: old.example.test:443 the certificate has expired \\x1b]0;x\\x07, 12 flows in 10 s");
	/* What waits for a key stays. */
	for (int i = 0; i < 3; i++)
		fixture_add(&s.fx, &expired);
	app_toast(s.app, "script: line 3 was refused");
	s.app->toast_until_ns = UINT64_MAX;
	pass(&s, 10, 0);
	assert_int_equal(events(&s), 2);
	assert_string_equal(s.app->toast, "script: line 3 was refused");
	/* Two are no series: their rows say it. */
	fixture_add(&s.fx, &expired);
	fixture_add(&s.fx, &expired);
	pass(&s, 20, 0);
	assert_int_equal(events(&s), 2);
	screen_close(&s);
}

static void
add_failures(struct screen *s, int first, int hosts, int each)
{
	char host[32];

	for (int i = 0; i < hosts * each; i++) {
		struct fixture_flow other = expired;
		snprintf(host, sizeof host, "h%d.example.test", first + i % hosts);
		other.host = host;
		fixture_add(&s->fx, &other);
	}
}

/* More causes than there are places: none is told wrongly, none is forgotten, and a series is still seen. */
static void
test_many_causes(void **state)
{
	struct screen s;

	(void)state;
	start(&s);
	add_failures(&s, 1, 3 * ALARM_GROUPS_MAX, 1);
	add_failures(&s, 99, 1, 3);
	pass(&s, 10, 0);
	assert_int_equal(events(&s), 2);
	assert_non_null(strstr(flow_store_event_at(s.fx.store, 0)->text, "handshake failed: h99.example.test:443 "));
	assert_non_null(strstr(flow_store_event_at(s.fx.store, 0)->text, ", 3 flows in 10 s"));
	assert_string_equal(last_event(&s), "failed: many servers or causes, 48 flows in 10 s");
	assert_string_equal(s.app->toast, last_event(&s));
	/* A network that is gone: thousands, in turns or one after another. */
	add_failures(&s, 0, 1000, 4);
	for (int i = 1000; i < 2000; i++)
		add_failures(&s, i, 1, 4);
	pass(&s, 10, 0);
	assert_true(events(&s) <= 2 + ALARM_GROUPS_MAX + 1);
	assert_string_equal(last_event(&s), "failed: many servers or causes, 7936 flows in 10 s");
	pass(&s, 10, 0);
	assert_true(events(&s) <= 2 + ALARM_GROUPS_MAX + 1);
	screen_close(&s);
}

static void
test_eviction_is_told_once_a_burst(void **state)
{
	struct flow_store_stats st;
	struct screen s;
	char want[96];

	(void)state;
	start(&s);
	flow_store_limit_memory(s.fx.store, 100 << 10);
	fixture_add_many(&s.fx, 3000);
	flow_store_stats(s.fx.store, &st);
	assert_true(st.evicted > 1000);
	pass(&s, 1, 0);
	assert_int_equal(events(&s), 1);
	snprintf(want, sizeof want, "FLOWS EVICTED %llu: memory limit 100.0K, :set memory", (unsigned long long)st.evicted);
	assert_string_equal(last_event(&s), want);
	for (int i = 0; i < 59; i++) {
		fixture_add_many(&s.fx, 10);
		pass(&s, 1, 0);
	}
	assert_int_equal(events(&s), 1);
	pass(&s, 1, 0);
	assert_int_equal(events(&s), 2);
	assert_string_equal(last_event(&s), "FLOWS EVICTED 590: memory limit 100.0K, :set memory");
	pass(&s, 100, 0);
	assert_int_equal(events(&s), 2);
	screen_close(&s);
}

static void
test_a_clock_that_was_set(void **state)
{
	struct screen s;

	(void)state;
	start(&s);
	s.fx.figures.requests = 1000;
	pass(&s, 1, 0);
	pass(&s, 1, 2); /* not worth a word */
	assert_int_equal(events(&s), 0);
	s.fx.figures.requests = 1500;
	pass(&s, 1, -3600);
	assert_string_equal(last_event(&s), "CLOCK JUMP -3600 s, rates go on");
	assert_true(s.app->rates.now[RATE_REQUESTS] > 499 && s.app->rates.now[RATE_REQUESTS] < 501);
	s.fx.figures.requests = 2000;
	pass(&s, 1, 86400);
	assert_string_equal(last_event(&s), "CLOCK JUMP +86400 s, rates go on");
	assert_true(s.app->rates.now[RATE_REQUESTS] > 499 && s.app->rates.now[RATE_REQUESTS] < 501);
	pass(&s, 1, 0);
	assert_int_equal(events(&s), 2);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_repeated_failures),
	    cmocka_unit_test(test_many_causes),
	    cmocka_unit_test(test_eviction_is_told_once_a_burst),
	    cmocka_unit_test(test_a_clock_that_was_set),
	};
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
