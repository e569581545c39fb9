/* SPDX-License-Identifier: MIT
 * The help: what is typed is looked for, what is chosen is run where the help was opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/option.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/mouse.h"
#include "ui/term.h"
#include "screen_fixture.h"

static void
start(struct screen *s, const char *term)
{
	screen_open(s, term, 24, 80);
	fixture_add_gallery(&s->fx);
	app_tick(s->app);
	app_draw(s->app);
}

static bool
shows(struct screen *s, const char *words)
{
	struct buf out;

	screen_dump(s, &out);
	bool found = strstr(out.p, words) != NULL;
	buf_fini(&out);
	return found;
}

static unsigned
scope(const struct screen *s)
{
	return app_top(s->app)->ops->scope;
}

static void
press(struct screen *s, int key)
{
	app_key(s->app, key);
	app_draw(s->app);
}

static void
test_typed(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color");
	/* Letters that are commands elsewhere, digits and q behind the first of them. */
	screen_keys(&s, "hjkq2 G");
	assert_true(shows(&s, "jkq2 G_"));
	press(&s, KEYC_BACKSPACE);
	assert_true(shows(&s, "jkq2 _"));
	press(&s, KEY_CTRL_OF('u'));
	assert_true(shows(&s, "[1 Keys]"));
	assert_false(shows(&s, "_"));
	/* In capitals or not, in every page. */
	screen_keys(&s, "cODE");
	assert_true(shows(&s, "count flows by host, code"));
	assert_true(shows(&s, "code = 5xx   state in (F, E)"));
	assert_false(shows(&s, "a page down"));
	press(&s, KEYC_ESC);
	assert_int_equal(scope(&s), SCOPE_HELP);
	assert_true(shows(&s, "a page down"));
	screen_keys(&s, "2");
	assert_true(shows(&s, "[2 Filters]"));
	screen_keys(&s, "q");
	assert_int_equal(scope(&s), SCOPE_FLOWS);
	screen_keys(&s, "h");
	press(&s, KEYC_ESC);
	assert_int_equal(scope(&s), SCOPE_FLOWS);
	/* Words in any order; keys of other views, which do not run here. */
	screen_keys(&s, "hlist clear");
	assert_true(shows(&s, "clear"));
	assert_false(shows(&s, "Nothing in the help has this"));
	press(&s, KEYC_ESC);
	screen_keys(&s, "header list zzz");
	assert_true(shows(&s, "Nothing in the help has this"));
	press(&s, KEYC_ESC);
	screen_keys(&s, "same tab");
	assert_true(shows(&s, "keys of an open flow"));
	assert_true(shows(&s, " J: next flow, same tab"));
	press(&s, KEYC_ENTER);
	assert_true(s.app->refused);
	assert_int_equal(scope(&s), SCOPE_HELP);
	press(&s, KEYC_ESC);
	screen_keys(&s, "q");
	screen_keys(&s, "g\rhsame tab"); /* there they are its own */
	assert_false(shows(&s, "keys of an open flow"));
	screen_keys(&s, "\r");
	assert_int_equal(scope(&s), SCOPE_FLOW);
	screen_keys(&s, "q");
	/* What others call it. */
	screen_keys(&s, "hinterCEPT");
	assert_true(shows(&s, "here it is called breakpoint:"));
	assert_true(shows(&s, "i: breakpoint rules"));
	press(&s, KEYC_ESC);
	screen_keys(&s, "q");
	/* What begins with a key of the help; more than there is room for. */
	screen_keys(&s, "h/quit!\r");
	assert_true(shows(&s, "quit!_"));
	for (int i = 0; i < 100; i++)
		press(&s, 'z');
	assert_int_equal(scope(&s), SCOPE_HELP);
	assert_true(shows(&s, "Nothing in the help has this"));
	press(&s, KEYC_ENTER);
	assert_true(s.app->refused);
	assert_int_equal(scope(&s), SCOPE_HELP);
	screen_close(&s);
}

/* What is set, and where it lies, as it is in this run. */
static void
test_in_force(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color");
	cmd_run(s.app, "delay 0.25");
	screen_keys(&s, "hdelay between");
	assert_true(shows(&s, "delay between updates of the rates (0.25 s)"));
	press(&s, KEYC_ESC);
	press(&s, KEYC_END);
	assert_true(shows(&s, "files   configuration: /srv/mitmtop/config   CA: /srv/mitmtop/ca.pem"));
	assert_true(shows(&s, "This help: man mitmtop"));
	screen_close(&s);
}

static void
test_run(void **state)
{
	struct screen s;
	bool follow;
	(void)state;
	start(&s, "xterm-256color");
	screen_keys(&s, "ghfollow the newest\r");
	assert_int_equal(scope(&s), SCOPE_FLOWS);
	view_flows_selected(s.app->view[0], &follow);
	assert_true(follow);
	/* In the flow that it was opened from. */
	screen_keys(&s, "g\rhhex\r");
	assert_int_equal(scope(&s), SCOPE_FLOW);
	assert_true(shows(&s, "[7 Hex]"));
	/* What needs words is asked for; an example stands ready. */
	screen_keys(&s, "qhadd the flows of\r");
	assert_string_equal(s.app->prompt.text, "load ");
	press(&s, KEYC_ESC);
	screen_keys(&s, "h2code = 5xx\r");
	assert_string_equal(s.app->prompt.text, "filter code = 5xx");
	press(&s, KEYC_ESC);
	screen_keys(&s, "htls.version");
	press(&s, KEYC_ENTER);
	assert_string_equal(s.app->prompt.text, "filter tls.version ");
	press(&s, KEYC_ESC);
	screen_keys(&s, "hcredentials");
	press(&s, KEYC_ENTER);
	assert_string_equal(s.app->prompt.text, "set mask=");
	press(&s, KEYC_ESC);
	/* The chosen one moves, and stays in sight. */
	screen_keys(&s, "h");
	for (int i = 0; i < 300; i++)
		press(&s, KEYC_DOWN);
	press(&s, KEYC_UP);
	press(&s, KEYC_PGUP);
	press(&s, KEYC_HOME);
	press(&s, KEYC_DOWN);
	press(&s, KEYC_ENTER); /* the second: up */
	assert_int_equal(scope(&s), SCOPE_FLOWS);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 1);
	/* Nothing to run. */
	screen_keys(&s, "h3\r");
	assert_int_equal(scope(&s), SCOPE_HELP);
	assert_non_null(strstr(s.app->toast, "nothing to run"));
	screen_close(&s);
}

static void
click(struct screen *s, int y, int x)
{
	mouse_act(s->app, &(struct mouse){.what = MOUSE_CLICK, .y = y, .x = x});
	app_draw(s->app);
}

static void
test_click(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color");
	screen_keys(&s, "hwhole URLs");
	click(&s, 5, 10); /* the line is chosen already: it is run */
	assert_int_equal(scope(&s), SCOPE_FLOWS);
	assert_true(s.app->url);
	screen_keys(&s, "hwhole URLs");
	click(&s, 7, 10); /* the command below: chosen, then run */
	assert_int_equal(scope(&s), SCOPE_HELP);
	click(&s, 7, 10);
	assert_false(s.app->url);
	/* Tabs are not clicked while digits are text. */
	screen_keys(&s, "hx");
	click(&s, 2, 14);
	assert_true(shows(&s, "search: x_"));
	screen_close(&s);
}

/* A key that is bound in the help by hand is none that is typed. */
static void
test_bound(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color");
	assert_true(cmd_run(s.app, "bind help l tab next"));
	screen_keys(&s, "hl");
	assert_true(shows(&s, "[2 Filters]"));
	screen_keys(&s, "al");
	assert_true(shows(&s, "search: al_"));
	screen_close(&s);
}

static void
test_mono(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "vt100");
	screen_keys(&s, "h");
	press(&s, KEYC_DOWN);
	screen_expect(&s, "help-chosen-vt100");
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_in_force),
	    cmocka_unit_test(test_run),
	    cmocka_unit_test(test_click),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_mono),
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
