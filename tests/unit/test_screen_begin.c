/* SPDX-License-Identifier: MIT
 * What stands on the screen before there are flows, and the self-test. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/option.h"
#include "flow/flow_store.h"
#include "screen_fixture.h"
#include "ui/cmd.h"
#include "ui/term.h"

static void
expect_line(struct screen *s, const char *words)
{
	struct buf b;

	app_turn(s->app);
	app_draw(s->app);
	screen_dump(s, &b);
	if (!strstr(b.p, words))
		fail_msg("no \"%s\" in\n%s", words, b.p);
	buf_fini(&b);
}

/* ---- the empty list ---- */

static void
test_who_has_connected(void **state)
{
	struct screen s;
	struct figures *f;

	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	s.fx.source.listen[0] = "0.0.0.0:8080";
	s.fx.source.listen[1] = "[::]:8443";
	s.fx.source.nlisten = 2;
	f = &s.fx.figures;
	f->listener[0].accepted = 1;
	f->listener[1].accepted = 12;
	f->client_open = 3;
	f->nlisteners = 2;
	s.app->tick_ns = 0;
	app_tick(s.app);
	app_draw(s.app);
	screen_expect(&s, "empty-seen-80x24");
	screen_close(&s);
}

static unsigned here_n[2];

static unsigned
here_fake(void *arg, bool v6, char (*out)[FRONTEND_ADDRESS_MAX], unsigned max)
{
	unsigned n = here_n[v6] < max ? here_n[v6] : max;

	(void)arg;
	for (unsigned i = 0; i < n; i++)
		snprintf(out[i], FRONTEND_ADDRESS_MAX, v6 ? "fd00::%u" : "10.0.0.%u", i + 5);
	return n;
}

static void
expect_empty(const char *name, int rows, int cols, const char *listen, const char *second)
{
	struct screen s;

	screen_open(&s, "xterm-256color", rows, cols);
	s.fx.source.host_addresses = here_fake;
	s.fx.source.listen[0] = listen;
	s.fx.source.listen[1] = second;
	s.fx.source.nlisten = second ? 2 : 1;
	s.fx.figures.nlisteners = s.fx.source.nlisten;
	s.app->tick_ns = 0;
	app_tick(s.app);
	screen_expect(&s, name);
	screen_close(&s);
}

/* The addresses of this machine at which a listener is reached. */
static void
test_where_it_listens(void **state)
{
	static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};
	char name[64];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		here_n[0] = 1;
		here_n[1] = 2;
		snprintf(name, sizeof name, "empty-all-%dx%d", sizes[i][1], sizes[i][0]);
		expect_empty(name, sizes[i][0], sizes[i][1], "0.0.0.0:8080", NULL);
		snprintf(name, sizeof name, "empty-two-%dx%d", sizes[i][1], sizes[i][0]);
		expect_empty(name, sizes[i][0], sizes[i][1], "[::]:8080", "0.0.0.0:8443");
	}
	here_n[0] = 100; /* more than there is room for */
	expect_empty("empty-many-80x24", 24, 80, "0.0.0.0:8080", NULL);
	here_n[0] = 0; /* no network */
	expect_empty("empty-none-80x24", 24, 80, "0.0.0.0:8080", NULL);
	expect_empty("empty-one-80x24", 24, 80, "10.0.0.5:8080", NULL);
}

static void
test_without_the_page(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	assert_true(cmd_run(s.app, "set ca-page=no"));
	s.app->toast[0] = '\0';
	app_draw(s.app);
	screen_expect(&s, "empty-no-page-80x24");
	screen_close(&s);
}

/* ---- the self-test ---- */

static struct fake {
	bool none, running, done;
	unsigned stopped;
	struct frontend_selftest result;
} fake;

static int
fake_start(void *arg, int ready_fd, struct errmsg *why)
{
	(void)arg;
	assert_true(ready_fd >= 0 && !fake.running);
	if (fake.none)
		return err_set(why, ERR_NOTFOUND, "nobody listens");
	fake.running = true;
	return 0;
}

static bool
fake_done(void *arg, struct frontend_selftest *out)
{
	(void)arg;
	if (!fake.done)
		return false;
	fake.running = fake.done = false;
	*out = fake.result;
	return true;
}

static void
fake_stop(void *arg)
{
	(void)arg;
	fake.running = false;
	fake.stopped++;
}

static void
begin(struct screen *s)
{
	fake = (struct fake){.none = false};
	screen_open(s, "xterm-256color", 24, 80);
	s->fx.source.selftest_start = fake_start;
	s->fx.source.selftest_done = fake_done;
	s->fx.source.selftest_stop = fake_stop;
	assert_true(cmd_run(s->app, "selftest"));
	assert_false(s->app->refused);
}

static const char *
last_event(struct screen *s)
{
	return flow_store_event_at(s->fx.store, flow_store_event_end(s->fx.store) - 1)->text;
}

static void
test_it_came_through(void **state)
{
	struct screen s;

	(void)state;
	begin(&s);
	expect_line(&s, "self-test: asking the proxy ...");
	cmd_run(s.app, "selftest");
	assert_true(s.app->refused);
	expect_line(&s, "a self-test is running already: ^C gives it up");
	fake.result = (struct frontend_selftest){.ok = true, .ms = 12};
	fake.done = true;
	expect_line(&s, "self-test ok: HTTPS through the proxy in 12 ms");
	assert_string_equal(last_event(&s), "self-test ok: HTTPS through the proxy in 12 ms");
	screen_close(&s);
	assert_int_equal(fake.stopped, 0);
}

static void
test_it_failed(void **state)
{
	struct screen s;

	(void)state;
	begin(&s);
	fixture_add_many(&s.fx, 3);
	fake.result = (struct frontend_selftest){.ms = 5000, .text = "no answer within 5 s while connecting to the listener"};
	fake.done = true;
	expect_line(&s, "self-test failed after 5000 ms: no answer within 5 s while connecting");
	assert_non_null(strstr(last_event(&s), "connecting to the listener"));
	fake.none = true;
	cmd_run(s.app, "selftest");
	assert_true(s.app->refused);
	expect_line(&s, "self-test: nobody listens");
	screen_close(&s);
}

static void
test_it_is_given_up(void **state)
{
	struct screen s;

	(void)state;
	begin(&s);
	cmd_run(s.app, "cancel");
	expect_line(&s, "the self-test was given up");
	assert_int_equal(fake.stopped, 1);
	cmd_run(s.app, "selftest");
	assert_true(fake.running);
	screen_close(&s); /* while it runs */
	assert_int_equal(fake.stopped, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_has_connected),
	    cmocka_unit_test(test_where_it_listens),
	    cmocka_unit_test(test_without_the_page),
	    cmocka_unit_test(test_it_came_through),
	    cmocka_unit_test(test_it_failed),
	    cmocka_unit_test(test_it_is_given_up),
	};

	setenv("TZ", "UTC", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
