/* SPDX-License-Identifier: MIT
 * The header's forms and the split screen, drawn into memory and compared with tests/unit/screens. UPDATE=1 rewrites
 * those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/meter.h"
#include "ui/mouse.h"
#include "ui/term.h"
#include "screen_fixture.h"

static void
screen_start(struct screen *s, const char *term, int rows, int cols)
{
	screen_open(s, term, rows, cols);
	s->fx.source.nlisten = 2;
	app_tick(s->app);
	fixture_add_gallery(&s->fx);
	fixture_busy(&s->fx);
	clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
	app_tick(s->app);
	app_draw(s->app);
}

/* What is on the screen after those keys, without the message of the last one. */
static void
screen_end(struct screen *s, const char *what, const char *keys)
{
	char name[64];
	int rows, cols;

	term_size(s->term, &rows, &cols);
	screen_keys(s, keys);
	s->app->toast[0] = '\0';
	snprintf(name, sizeof name, "%s-%dx%d", what, cols, rows);
	screen_expect(s, name);
	screen_close(s);
}

static void
screen_one(const char *what, const char *keys, int rows, int cols)
{
	struct screen s;

	screen_start(&s, "xterm-256color", rows, cols);
	screen_end(&s, what, keys);
}

static void
screen_sizes(const char *what, const char *keys)
{
	static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		screen_one(what, keys, sizes[i][0], sizes[i][1]);
}

static void
test_header(void **state)
{
	(void)state;
	screen_sizes("header-exploded", "1234");
	screen_sizes("header-line", "H");
	screen_sizes("header-off", "HH");
	screen_one("header-net-off", "1122", 24, 80);
	screen_one("header-lat-exploded", "4", 24, 80);
	screen_one("header-bars", "t", 24, 80);
	screen_one("header-bars", "t", 36, 120);
	screen_one("header-numbers", "tt", 24, 80);
	screen_one("header-numbers", "tt", 36, 120);
	/* The wide one begins at 100 columns, with shorter graphs. */
	screen_one("header-exploded", "1234", 36, 99);
	screen_one("header-exploded", "1234", 36, 100);
	screen_one("header-exploded", "1234", 36, 117);
	screen_one("header-exploded", "1234", 36, 118);
	screen_one("header-bars", "t", 36, 100);
	screen_one("header-bars-line", "tH", 24, 80);
}

static void
expect_toast(struct screen *s, const char *keys, const char *toast)
{
	screen_keys(s, keys);
	assert_string_equal(s->app->toast, toast);
}

/* A block that cannot be shown as asked says why. */
static void
test_header_says_why_not(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	expect_toast(&s, "4", "header: lat exploded");
	expect_toast(&s, "4", "header: lat off; 4 shows it again");
	expect_toast(&s, "H", "header in one line");
	expect_toast(&s, "4", "header: lat line; H shows the whole header");
	expect_toast(&s, "HH", "header full");
	term_set_size(s.term, 20, 80);
	expect_toast(&s, "4", "header: lat exploded; this screen is too small for it");
	expect_toast(&s, "HHt", "header: numbers with bars; it is off, H shows it");
	screen_close(&s);
}

/* Of a session file there are no rates, whatever was asked for. */
static void
test_header_of_a_file(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 36, 120);
	s.fx.source.reading = true;
	s.fx.source.session = "run.flows";
	screen_keys(&s, "123");
	expect_toast(&s, "4", "header: lat exploded; a file is read: nothing passes, there are no rates");
	assert_int_equal(meter_rows(s.app, 36, 120), 2);
	expect_toast(&s, "4", "header: lat off; 4 shows it again");
	expect_toast(&s, "H", "header in one line");
	assert_int_equal(meter_rows(s.app, 36, 120), 1);
	screen_close(&s);
}

/* Esc closes it from either pane, and never the program. */
static void
test_escape(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	for (int detail = 0; detail < 2; detail++) {
		screen_keys(&s, detail ? "-\t" : "-");
		assert_int_equal(split_layout(s.app), SPLIT_BELOW);
		app_key(s.app, KEYC_ESC);
		assert_int_equal(split_layout(s.app), SPLIT_LIST);
	}
	app_key(s.app, KEYC_ESC);
	assert_false(s.app->quit || s.app->prompt.active);
	screen_close(&s);
}

/* However much is exploded, half of the screen is the flows'. */
static void
test_header_yields(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	screen_keys(&s, "1");
	term_set_size(s.term, 60, 80);
	s.app->figures.nworkers = 64;
	screen_expect(&s, "header-64-workers-80x60");
	screen_keys(&s, "234");
	for (int rows = 3; rows < 70; rows++)
		for (int cols = 10; cols < 200; cols += 30) {
			assert_in_range(meter_rows(s.app, rows, cols), 1, rows < 8 ? 1 : rows / 2 - 3);
			term_set_size(s.term, rows, cols);
			app_draw(s.app);
		}
	screen_close(&s);
}

static void
test_header_words(void **state)
{
	static const char *const good[] = {"full", "line", "off", "full net=exploded tls=off graph=bars",
	    "line lat=exploded graph=none", "full net=off tls=exploded certs=exploded lat=exploded graph=bars"};
	static const char *const bad[] = {"fuller", "full net", "net=", "net=spark", "graph=exploded", "graph=", "=", "ful"};
	char text[HEADER_TEXT_MAX];
	struct errmsg why;
	struct header h;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(header_parse(&h, good[i], &why), 0);
		header_text(&h, text);
		assert_string_equal(text, good[i]);
	}
	assert_int_equal(header_parse(&h, "  graph=bars  off ", &why), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(header_parse(&h, bad[i], &why), ERR_SYNTAX);
	header_text(&h, text);
	assert_string_equal(text, "off graph=bars"); /* as it was */
	struct options *o = options_new();
	assert_int_equal(header_parse(&h, option_str(o, OPT_HEADER), &why), 0);
	header_text(&h, text);
	assert_string_equal(text, option_str(o, OPT_HEADER));
	options_free(o);
}

/* ---- split ---- */

static void
test_split(void **state)
{
	(void)state;
	screen_one("split-below", "gj-", 24, 80);
	screen_one("split-below", "gj-\t2", 36, 120);
	screen_one("split-below-narrow", "gj-", 18, 60);
	screen_one("split-right", "gj-\t2", 40, 160);
	screen_one("split-right", "gj--", 36, 120);
	screen_one("split-right", "gj--", 24, 80);
	screen_one("split-detail", "gj---2", 24, 80);
	screen_one("split-zoomed-detail", "gj-\t\\", 24, 80);
	screen_one("split-zoomed-list", "gj-\\", 24, 80);
	screen_one("split-help", "gj-h", 24, 80);
	screen_one("split-less", "gj-[[[[", 24, 80);
	screen_one("split-too-small", "gj-", 10, 40);
	screen_one("split-too-small", "gj-", 5, 20);
}

/* Two panes on a screen that is made too small for them: the list alone, and both again later. */
static void
test_split_made_small(void **state)
{
	static const struct {
		const char *keys, *small, *large;
	} cases[] = {
	    {"gj-", "split-below-small-20x5", "split-below-80x24"},
	    {"gj--", "split-right-small-20x5", "split-right-80x24"},
	    {"gj-\t2", "split-below-detail-small-20x5", NULL},
	    {"gj---2", "split-detail-20x5", "split-detail-80x24"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct screen s;
		screen_start(&s, "xterm-256color", 24, 80);
		screen_keys(&s, cases[i].keys);
		s.app->toast[0] = '\0';
		term_set_size(s.term, 5, 20);
		screen_expect(&s, cases[i].small);
		term_set_size(s.term, 24, 80);
		if (cases[i].large)
			screen_expect(&s, cases[i].large);
		screen_close(&s);
	}
}

static void
test_split_plain_terminal(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "vt100", 24, 80);
	screen_keys(&s, "gj-");
	screen_expect(&s, "split-vt100");
	screen_close(&s);
}

static void
expect_layout(struct screen *s, const char *keys, enum split_layout l)
{
	screen_keys(s, keys);
	assert_int_equal(split_layout(s->app), l);
}

static void
test_split_order(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	expect_layout(&s, "-", SPLIT_BELOW);
	expect_layout(&s, "-", SPLIT_RIGHT);
	expect_layout(&s, "-", SPLIT_DETAIL);
	expect_layout(&s, "-", SPLIT_LIST);
	assert_null(s.app->split.detail);
	term_set_size(s.term, 30, 160);
	expect_layout(&s, "-", SPLIT_RIGHT);
	expect_layout(&s, "-", SPLIT_BELOW);
	term_set_size(s.term, 24, 70); /* not wide enough for two beside each other */
	expect_layout(&s, "-", SPLIT_DETAIL);
	expect_layout(&s, "q", SPLIT_LIST);
	assert_false(s.app->quit);
	term_set_size(s.term, 17, 80);
	expect_toast(&s, "-", "the screen is too small for two panes");
	expect_layout(&s, "", SPLIT_LIST);
	expect_toast(&s, "\\", "there is one pane: - splits the screen");
	expect_toast(&s, "[", "there is one pane: - splits the screen");
	expect_toast(&s, "\t", "there is one pane: - splits the screen");
	assert_true(cmd_run(s.app, "layout right"));
	expect_layout(&s, "", SPLIT_LIST);
	screen_close(&s);
}

static uint64_t
shown(const struct screen *s)
{
	return view_flow_number(s->app->split.detail);
}

static void
test_split_keys(void **state)
{
	struct screen s;
	bool follow;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	screen_keys(&s, "g-");
	assert_int_equal(shown(&s), 1);
	screen_keys(&s, "jj");
	assert_int_equal(shown(&s), 3);
	screen_keys(&s, "\t"); /* the detail has the keys: the list stays */
	screen_keys(&s, "j");
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 3);
	screen_keys(&s, "J");
	assert_int_equal(shown(&s), 4);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 4);
	screen_keys(&s, "KK");
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 2);
	screen_keys(&s, "\tj");
	assert_int_equal(shown(&s), 3);
	screen_keys(&s, "\r"); /* Enter goes to the detail, and covers nothing */
	assert_int_equal(s.app->nviews, 1);
	assert_true(s.app->split.detail_focused);
	for (int i = 0; i < 30; i++)
		screen_keys(&s, "[");
	assert_string_equal(s.app->toast, "the list is as small as it gets");
	for (int i = 0; i < 30; i++)
		screen_keys(&s, "]");
	assert_string_equal(s.app->toast, "the detail is as small as it gets");
	screen_keys(&s, "q");
	assert_int_equal(split_layout(s.app), SPLIT_LIST);
	assert_false(s.app->quit);
	screen_keys(&s, "q");
	screen_close(&s);
}

/* A detail that covers the list comes down to stand beside it, with its tab. */
static void
test_split_of_a_detail(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	screen_keys(&s, "gj\r2-");
	assert_int_equal(s.app->nviews, 1);
	assert_int_equal(split_layout(s.app), SPLIT_BELOW);
	assert_int_equal(shown(&s), 2);
	screen_expect(&s, "split-of-a-detail-80x24");
	screen_close(&s);
}

/* While the list has the keys the detail follows the newest flow, while the detail has them nothing takes it away. */
static void
test_split_follow(void **state)
{
	struct screen s;
	(void)state;
	screen_start(&s, "xterm-256color", 24, 80);
	screen_keys(&s, "G-F");
	fixture_add_many(&s.fx, 5);
	app_draw(s.app);
	uint64_t newest = flow_store_last(s.fx.store);
	bool follow;
	view_flows_selected(s.app->view[0], &follow);
	if (!follow)
		screen_keys(&s, "F");
	assert_int_equal(shown(&s), newest);
	screen_keys(&s, "\t");
	fixture_add_many(&s.fx, 50);
	app_draw(s.app);
	assert_int_equal(shown(&s), newest);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), newest);
	assert_false(follow);
	screen_close(&s);
}

/* A screen that was small for a while changes nothing. */
static void
test_split_resized(void **state)
{
	static const int sizes[][2] = {{5, 20}, {3, 10}, {17, 120}, {36, 59}, {36, 120}};
	struct screen s;
	struct buf before, after;
	(void)state;
	screen_start(&s, "xterm-256color", 36, 120);
	screen_keys(&s, "gjj-]\t2");
	screen_dump(&s, &before);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		term_set_size(s.term, sizes[i][0], sizes[i][1]);
		app_draw(s.app);
		if (i < 4)
			assert_string_equal(s.app->toast, "the screen is too small for two panes");
	}
	screen_dump(&s, &after);
	assert_string_equal(before.p, after.p);
	buf_fini(&before);
	buf_fini(&after);
	screen_close(&s);
}

/* No flow, one, and none again. */
static void
test_split_empty(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	app_draw(s.app);
	screen_keys(&s, "-");
	screen_expect(&s, "split-empty-80x24");
	screen_keys(&s, "\tjJKt2v/x\r");
	screen_keys(&s, "\t");
	fixture_add_many(&s.fx, 1);
	screen_keys(&s, "");
	app_draw(s.app);
	assert_int_equal(shown(&s), 1);
	screen_keys(&s, "d");
	assert_int_equal(shown(&s), 0);
	screen_keys(&s, "--");
	assert_int_equal(split_layout(s.app), SPLIT_DETAIL);
	screen_expect(&s, "split-empty-detail-80x24");
	fixture_add_many(&s.fx, 2);
	screen_keys(&s, "J");
	assert_true(shown(&s) >= 2);
	screen_close(&s);
}

/* ---- head and body beside each other ---- */

static void
columns_start(struct screen *s, const char *term, int rows, int cols)
{
	static const struct fixture_flow order = {.proto = FLOW_H1,
	    .state = FLOW_S_DONE,
	    .method = "GET",
	    .host = "api.example.test",
	    .path = "/v1/orders/7",
	    .status = 200,
	    .type = "application/json",
	    .fields = "ETag: \"7f\"\r\nX-Line: 1\r\nX-Trace: 00-4bf92f3577b34da6-00f067aa0ba902b7-01\r\nVary: Accept\r\n"
		      "Via: 1.1 edge\r\nAge: 4\r\nX-Frame-Options: DENY\r\nCache-Control: max-age=60\r\nX-Cache: HIT\r\n",
	    .body = "{\"customer\":\"C-9931\",\"lines\":[{\"sku\":\"a1\",\"qty\":3},{\"sku\":\"b2\",\"qty\":1},{\"sku\":\"c3\",\"qty\":2}],"
		    "\"note\":\"玄関に置いてください 😀\",\"total\":\"129.90\"}",
	    .ttfb_ms = 11,
	    .time_ms = 38};

	screen_start(s, term, rows, cols);
	fixture_add(&s->fx, &order);
	screen_keys(s, "G-\t2");
}

static void
columns_one(const char *what, const char *keys, int rows, int cols)
{
	struct screen s;

	columns_start(&s, "xterm-256color", rows, cols);
	screen_end(&s, what, keys);
}

static void
test_columns(void **state)
{
	(void)state;
	columns_one("split-columns", "", 36, 120);
	columns_one("split-columns", "-", 40, 180);
	columns_one("split-columns", "", 24, 80); /* no room: below it */
	columns_one("split-columns-right", "", 40, 250);
	columns_one("split-columns-end", "G", 36, 120);
	columns_one("split-columns-folded", "{", 36, 120);
	columns_one("split-columns-find", "/total\r", 36, 120);
	columns_one("split-columns-narrow", "", 36, 119);
	columns_one("split-columns-off", ":set body-beside=no\r", 36, 120);
	columns_one("split-columns-whole", "\\", 36, 120);
	columns_one("split-columns-request", "1", 36, 120);
}

static void
test_columns_plain_terminal(void **state)
{
	struct screen s;
	(void)state;
	columns_start(&s, "vt100", 36, 120);
	screen_expect(&s, "split-columns-vt100");
	screen_close(&s);
}

static void
expect_lines(struct screen *s, const char *want)
{
	struct buf b;

	app_draw(s->app);
	buf_init(&b, 64);
	view_flow_put_lines(s->app->split.detail, &b);
	assert_int_equal(b.n, strlen(want));
	assert_memory_equal(b.p, want, b.n);
	buf_fini(&b);
}

/* The wheel scrolls what is under the pointer, and takes the keys nowhere. */
static void
test_columns_wheel(void **state)
{
	struct screen s;
	(void)state;
	columns_start(&s, "xterm-256color", 36, 120);
	const struct area *page = &s.app->split.detail_area;
	struct mouse body = {.what = MOUSE_WHEEL_DOWN, .y = page->y + 3, .x = 90}, head = body, list = {.what = MOUSE_WHEEL_DOWN, .y = 9, .x = 90};
	head.x = 10;

	expect_lines(&s, "lines 1-12/20");
	mouse_act(s.app, &body);
	expect_lines(&s, "lines 4-15/20");
	mouse_act(s.app, &head);
	expect_lines(&s, "lines 4-15/20");
	mouse_act(s.app, &list);
	expect_lines(&s, "lines 4-15/20");
	assert_true(s.app->split.detail_focused);
	screen_keys(&s, "\t");
	mouse_act(s.app, &body);
	expect_lines(&s, "lines 7-18/20");
	assert_false(s.app->split.detail_focused);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_header_says_why_not),
	    cmocka_unit_test(test_header_of_a_file),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_header_yields),
	    cmocka_unit_test(test_header_words),
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_split_made_small),
	    cmocka_unit_test(test_split_plain_terminal),
	    cmocka_unit_test(test_split_order),
	    cmocka_unit_test(test_split_keys),
	    cmocka_unit_test(test_split_of_a_detail),
	    cmocka_unit_test(test_split_follow),
	    cmocka_unit_test(test_split_resized),
	    cmocka_unit_test(test_split_empty),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_columns_plain_terminal),
	    cmocka_unit_test(test_columns_wheel),
	};

	setenv("TZ", "UTC", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
