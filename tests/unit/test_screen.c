/* SPDX-License-Identifier: MIT
 * The console's screens, drawn into memory and compared with tests/unit/screens. UPDATE=1 rewrites
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
#include "ui/app.h"
#include "ui/key.h"
#include "ui/term.h"
#include "screen_fixture.h"

static const struct screen_size {
	const char *name;
	int rows, cols;
} sizes[] = {{"80x24", 24, 80}, {"120x36", 36, 120}, {"80x18", 18, 80}, {"40x10", 10, 40},
    {"20x5", 5, 20}, {"10x3", 3, 10}};

/* Set before the keys, as the store would say it. */
static const char *screen_problem[PROBLEM_KINDS] = {"", ""};

/* Draws the same thing in every size, reached by those keys. */
static void
screen_sizes(const char *what, const char *keys, void (*fill)(struct fixture *))
{
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct screen s;
		char name[64];

		screen_open(&s, "xterm-256color", sizes[i].rows, sizes[i].cols);
		app_tick(s.app);
		if (fill)
			fill(&s.fx);
		clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
		app_tick(s.app);
		app_draw(s.app);
		for (int k = 0; k < PROBLEM_KINDS; k++)
			snprintf(s.app->problem[k].text, sizeof s.app->problem[k].text, "%s", screen_problem[k]);
		screen_keys(&s, keys);
		snprintf(name, sizeof name, "%s-%s", what, sizes[i].name);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
fill_gallery(struct fixture *fx)
{
	fixture_add_gallery(fx);
	fixture_busy(fx);
}

static void
test_empty(void **state)
{
	(void)state;
	screen_sizes("empty", "", NULL);
}

static void
test_list(void **state)
{
	(void)state;
	screen_sizes("list", "kk", fill_gallery);
}

static void
test_detail(void **state)
{
	(void)state;
	screen_sizes("request", "gj\r", fill_gallery);
	screen_sizes("response", "gj\r2", fill_gallery);
	screen_sizes("tls-client-failed", "gjj\r3", fill_gallery);
	screen_sizes("tls-server-failed", "gjjj\r3", fill_gallery);
	screen_sizes("tls", "g\r3", fill_gallery);
	screen_sizes("error", "gjjjjjj\r2", fill_gallery);
	screen_sizes("hostile", "gjjjjjjjj\r2", fill_gallery);
}

static void
test_help(void **state)
{
	(void)state;
	screen_sizes("help-list", "h", fill_gallery);
	screen_sizes("help-flow", "\rh", fill_gallery);
}

static void
test_quit_asks(void **state)
{
	(void)state;
	screen_sizes("quit", "q", fill_gallery);
	screen_sizes("cleared", ":clear\r", fill_gallery);
}

/* What the user killed has not failed: neither in the header nor in the tree. */
static void
fill_killed(struct fixture *fx)
{
	static const struct {
		enum flow_state state;
		const char *path, *why;
	} rows[] = {{FLOW_S_DONE, "/done", NULL}, {FLOW_S_KILLED, "/killed", "killed"}, {FLOW_S_ERROR, "/gone", "connection refused"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		fixture_add(fx, &(struct fixture_flow){.proto = FLOW_H1, .state = rows[i].state, .plain = true,
				    .method = "GET", .host = "one.test", .path = rows[i].path, .time_ms = 5, .why = rows[i].why});
}

static void
test_asks(void **state)
{
	(void)state;
	screen_sizes("find", "/a phrase \\ that is rather longer than what a narrow screen can show", fill_gallery);
	screen_sizes("delay", "s0.5", fill_gallery);
	screen_sizes("sort", "S", fill_gallery);
	screen_sizes("chooser", "Cjjj ", fill_gallery);
	screen_sizes("url", "cx", fill_gallery);
	screen_sizes("count", "#", fill_gallery);
	screen_sizes("freq", "#hj", fill_gallery);
	screen_sizes("freq-type", "#y", fill_gallery);
	screen_sizes("tree-conn", "V", fill_gallery);
	screen_sizes("tree-host", "VVgjjj\r", fill_gallery);
	screen_sizes("tree-killed", "VV", fill_killed);
}

static void
test_paused(void **state)
{
	(void)state;
	screen_sizes("paused", "p", fill_gallery);
}

static void
test_problem(void **state)
{
	(void)state;
	screen_problem[PROBLEM_SAVE] = "SAVE STOPPED  cannot write /data/run.flows: No space left on device after 812.0 MiB, 9120 flows. "
				       "The traffic goes on";
	screen_sizes("problem", "", fill_gallery);
	screen_problem[PROBLEM_DAMAGE] = "NOT ALL WAS READ  row 12 of /data/run.flows is damaged. Some flows are missing here";
	screen_sizes("problem-1-of-2", "", fill_gallery);
	screen_sizes("problem-2-of-2", "\x1b", fill_gallery);
	screen_problem[PROBLEM_SAVE] = "";
	screen_sizes("problem-damage", "", fill_gallery);
	screen_problem[PROBLEM_DAMAGE] = "";
}

/* What a frame costs on a screen of 120x36, everything changed and as a flood changes it. The budget
 * of ui/pace.h is set by these. */
static void
test_frame_bytes(void **state)
{
	(void)state;
	struct screen s;

	screen_open(&s, "xterm-256color", 36, 120);
	fixture_add_many(&s.fx, 100);
	app_draw(s.app);
	term_redraw(s.term);
	app_draw(s.app);
	assert_in_range(term_frame_bytes(s.term), 2000, 8000);
	size_t most = 0;
	for (int i = 0; i < 20; i++) {
		fixture_add_many(&s.fx, 50);
		app_draw(s.app);
		most = most < term_frame_bytes(s.term) ? term_frame_bytes(s.term) : most;
	}
	print_message("flood frame: at most %zu bytes\n", most);
	assert_true(most < 8000);
	app_draw(s.app);
	assert_true(term_frame_bytes(s.term) < 100); /* nothing has changed */
	screen_close(&s);
}

static void
test_plain_terminal(void **state)
{
	(void)state;
	struct screen s;

	screen_open(&s, "vt100", 24, 80);
	app_tick(s.app);
	fill_gallery(&s.fx);
	clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
	app_tick(s.app);
	screen_expect(&s, "list-vt100");
	screen_close(&s);
}

/* The selected flow stays on its line while 5000 others arrive, and a resize there and back changes
 * nothing. */
static void
test_selection_holds(void **state)
{
	(void)state;
	struct screen s;

	screen_open(&s, "xterm-256color", 24, 80);
	fixture_add_many(&s.fx, 1000);
	app_draw(s.app);
	screen_keys(&s, "kkkkk");
	int line = s.app->cursor_y;
	fixture_add_many(&s.fx, 5000);
	app_draw(s.app);
	assert_int_equal(s.app->cursor_y, line);
	screen_expect(&s, "flood");
	term_set_size(s.term, 5, 20);
	app_draw(s.app);
	term_set_size(s.term, 3, 10);
	app_draw(s.app);
	term_set_size(s.term, 24, 80);
	app_draw(s.app);
	assert_int_equal(view_flows_step(s.app->view[0], s.app, 0), 995);
	screen_close(&s);
}

static void
test_toast_lets_the_key_act(void **state)
{
	(void)state;
	struct screen s;

	screen_open(&s, "xterm-256color", 24, 80);
	fixture_add_many(&s.fx, 5);
	app_draw(s.app);
	app_key(s.app, KEY_CTRL_OF('s'));
	assert_string_equal(s.app->toast, "terminal flow control is off");
	screen_keys(&s, "k");
	assert_string_equal(s.app->toast, "");
	assert_int_equal(view_flows_step(s.app->view[0], s.app, 0), 4);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_detail),
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_quit_asks),
	    cmocka_unit_test(test_asks),
	    cmocka_unit_test(test_paused),
	    cmocka_unit_test(test_problem),
	    cmocka_unit_test(test_frame_bytes),
	    cmocka_unit_test(test_plain_terminal),
	    cmocka_unit_test(test_selection_holds),
	    cmocka_unit_test(test_toast_lets_the_key_act),
	};

	setenv("TZ", "UTC", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
