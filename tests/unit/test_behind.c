/* SPDX-License-Identifier: MIT
 * What the keys of the list do while a flow is open over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/app.h"
#include "ui/key.h"
#include "ui/term.h"
#include "screen_fixture.h"

enum { TURNS = 50 };

/* Keys, and all the work that they begin. */
static void
press(struct screen *s, const char *keys)
{
	for (; *keys; keys++) {
		app_key(s->app, (unsigned char)*keys);
		for (int i = 0; i < TURNS; i++)
			app_turn(s->app);
		app_draw(s->app);
	}
}

static void
start(struct screen *s)
{
	screen_open(s, "xterm-256color", 24, 80);
	fixture_add_gallery(&s->fx);
	app_tick(s->app);
	app_draw(s->app);
}

static uint64_t
open_flow(const struct screen *s)
{
	return app_top(s->app)->ops->scope == SCOPE_FLOW ? view_flow_number(app_top(s->app)) : 0;
}

static void
expect_said(struct screen *s, const char *keys, const char *words)
{
	press(s, keys);
	if (!strstr(s->app->toast, words))
		fail_msg("%s: \"%s\" and not \"%s\"", keys, s->app->toast, words);
}

static void
test_delete(void **state)
{
	struct screen s;
	bool follow;
	(void)state;
	start(&s);
	press(&s, "gj\r2");
	assert_int_equal(open_flow(&s), 2);
	expect_said(&s, "d", "flow 2 deleted, u brings it back");
	assert_int_equal(open_flow(&s), 3);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 3);
	expect_said(&s, "u", "flow 2 is back");
	assert_int_equal(open_flow(&s), 2);
	/* One that the list does not show goes as well. */
	press(&s, "fcode = 401\r");
	expect_said(&s, "d", "flow 2 deleted");
	assert_true(flow_set_has(flow_store_deleted(s.fx.store), 2));
	press(&s, "q=g\r");
	/* With the last one the list comes back. */
	for (unsigned i = 0; i < 100 && open_flow(&s); i++)
		press(&s, "d");
	assert_int_equal(s.app->nviews, 1);
	struct list_source src = flow_index_source(&s.app->index);
	assert_int_equal(src.count(src.arg), 0);
	screen_close(&s);
}

static void
test_delete_in_panes(void **state)
{
	struct screen s;
	(void)state;
	start(&s);
	press(&s, "gj-\t");
	assert_int_equal(open_flow(&s), 2);
	press(&s, "d");
	assert_int_equal(open_flow(&s), 3);
	press(&s, "u");
	assert_int_equal(open_flow(&s), 2);
	press(&s, "V"); /* headings are no flows */
	for (unsigned i = 0; i < 100; i++)
		press(&s, "d");
	assert_int_equal(open_flow(&s), 0);
	screen_close(&s);
}

static void
test_said(void **state)
{
	static const char *const cases[][2] = {
	    {"M", "only marked flows"}, {"M", "all flows again"}, {"I", "only active flows"}, {"I", "no longer only"},
	    {"\x0f", "no filter: all"}, {"fapi\r", "J and K go through that"}, {"ocode = 200\r", "J and K go through that"},
	    {"\x0f", "filter "}, {"u", "is back"}, {"=", "J and K go through all"}, {"s2\r", "delay 2.0 s"},
	    {"c", "whole URLs"}, {"c", "shows paths"}, {"p", "stands still"}, {"p", "goes on"}, {"H", "in one line, above the list"},
	    {">", "sorted by"}, {"<", "sorted by"}, {"Ss", "sorted by"}, {"V", "tree by connection"}, {"VV", "by process"},
	    {"V", "no groups"}, {"Tcode = 200\r", "marked"}, {"U", "unmarked"},
	};
	struct screen s;
	(void)state;
	start(&s);
	press(&s, "gj\r");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		expect_said(&s, cases[i][0], cases[i][1]);
		assert_int_equal(open_flow(&s), 2);
	}
	press(&s, "L");
	assert_true(s.app->prompt.active);
	assert_string_equal(s.app->prompt.text, "load ");
	screen_close(&s);
}

/* What has to be seen brings the list back. */
static void
test_comes_back(void **state)
{
	struct screen s;
	(void)state;
	start(&s);
	press(&s, "gj\rC");
	assert_true(s.app->chooser.active);
	assert_int_equal(s.app->nviews, 1);
	press(&s, "qg---");
	assert_int_equal(split_layout(s.app), SPLIT_DETAIL);
	press(&s, "C");
	assert_int_equal(split_layout(s.app), SPLIT_LIST);
	press(&s, "qg-\t\\C");
	assert_int_equal(split_layout(s.app), SPLIT_LIST);
	press(&s, "q\\q");
	/* Counted from a flow: those that have the value are listed. */
	press(&s, "gj\r#h");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_FREQ);
	press(&s, "\r");
	assert_int_equal(s.app->nviews, 1);
	assert_true(flow_index_filters(&s.app->index));
	screen_close(&s);
}

/* The filter of the list, but where messages are listed theirs; F4 is always the list's. */
static void
test_filter_key(void **state)
{
	struct screen s;
	(void)state;
	start(&s);
	press(&s, "gj\rf");
	assert_string_equal(s.app->prompt.question, "Filter: ");
	screen_expect(&s, "behind-filter-80x24");
	app_key(s.app, KEYC_ESC);
	app_key(s.app, KEYC_F4);
	assert_string_equal(s.app->prompt.question, "Filter: ");
	screen_close(&s);
}

static void
test_elsewhere(void **state)
{
	struct screen s;
	(void)state;
	start(&s);
	expect_said(&s, "gj\rT\x03" "E", "");
	expect_said(&s, "s", "s works in the flow list: q goes there");
	expect_said(&s, "%", "% does nothing here, h is help");
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delete),
	    cmocka_unit_test(test_delete_in_panes),
	    cmocka_unit_test(test_said),
	    cmocka_unit_test(test_comes_back),
	    cmocka_unit_test(test_filter_key),
	    cmocka_unit_test(test_elsewhere),
	};

	setenv("TZ", "UTC", 1);
	setenv("HOME", "/home/u", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
