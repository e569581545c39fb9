/* SPDX-License-Identifier: MIT
 * What opens over the list or in its place: prompts, menus, dialogs, outputs, comparisons and empty states, drawn into memory and
 * compared with tests/unit/screens. UPDATE=1 rewrites those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_intent.h"
#include "ui/app.h"
#include "ui/history.h"
#include "ui/key.h"
#include "ui/term.h"
#include "ui/view_output.h"
#include "screen_fixture.h"

enum { TURNS = 200, WAIT_MS_MAX = 5000 };

static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};

static void
screen_start(struct screen *s, int rows, int cols)
{
	screen_open(s, "xterm-256color", rows, cols);
	app_tick(s->app);
	fixture_add_gallery(&s->fx);
	fixture_busy(&s->fx);
	clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
	app_tick(s->app);
	app_draw(s->app);
}

/* Keys, and all the work that they begin. */
static void
screen_act(struct screen *s, const char *keys)
{
	for (; *keys; keys++) {
		app_key(s->app, *keys == '\x1b' ? KEYC_ESC : *keys == '\x1d' ? KEYC_F1 : (unsigned char)*keys);
		for (int i = 0; i < TURNS; i++)
			app_turn(s->app);
		app_draw(s->app);
	}
}

static void
screen_sizes_until(const char *what, const char *keys, bool (*done)(const struct app *))
{
	char name[64];
	struct screen s;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		screen_start(&s, sizes[i][0], sizes[i][1]);
		screen_act(&s, keys);
		for (int ms = 0; done && !done(s.app) && ms < WAIT_MS_MAX; ms++) {
			poll(NULL, 0, 1);
			app_turn(s.app);
		}
		app_draw(s.app);
		snprintf(name, sizeof name, "%s-%dx%d", what, sizes[i][1], sizes[i][0]);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
screen_sizes(const char *what, const char *keys)
{
	screen_sizes_until(what, keys, NULL);
}

static bool
asks_or_offers(const struct app *app)
{
	return app->prompt.active || app->menu.active;
}

static void
test_filter(void **state)
{
	(void)state;
	screen_sizes("filter", "f");
	screen_sizes("filter-popup", "fco");
	screen_sizes("filter-values", "fcode = 4");
	screen_sizes("filter-hosts", "fhost = a");
	screen_sizes("filter-word", "fzzz");
	screen_sizes("filter-pattern", "fpath ~ ^/v1");
	screen_sizes("filter-refused", "fcode >> 400\r");
	screen_sizes("filter-on", "fcode = 200\r");
	screen_sizes("filter-none", "fpath ~ statci\r");
	screen_sizes("filter-add", "fcode = 200\rohost ~");
	screen_sizes("mark-matching", "Tcode");
	screen_sizes("no-marks", "M");
}

/* What was typed stays while the language is looked up and what is recent is looked through. */
static void
test_line_help(void **state)
{
	struct screen s;

	(void)state;
	screen_sizes("filter-recent", "fhost ~ api\rf\x15" "code = 200\rf\x15" "host ~ api\rf\x15pa\x12");
	screen_sizes("filter-language", "fhost ~ a\x1d");
	screen_start(&s, 24, 80);
	screen_act(&s, "fhost ~ api\rf\x15" "code = 200\rf\x15path ~ z\x12");
	assert_true(s.app->prompt.recent);
	assert_int_equal(s.app->prompt.completion.n, 2);
	screen_act(&s, "\x1b"); /* leaves the text */
	assert_true(s.app->prompt.active && !s.app->prompt.recent);
	assert_string_equal(s.app->prompt.text, "path ~ z");
	screen_act(&s, "\x12\x12\r"); /* takes the older one, and does not apply it yet */
	assert_true(s.app->prompt.active);
	assert_string_equal(s.app->prompt.text, "host ~ api");
	assert_string_equal(s.app->index.want.words, "code = 200");
	screen_act(&s, "\x12z"); /* another key closes the list and acts */
	assert_string_equal(s.app->prompt.text, "host ~ apiz");
	screen_act(&s, "\x1dGgj5:/zq");
	assert_null(s.app->language);
	assert_true(s.app->prompt.active);
	assert_string_equal(s.app->prompt.text, "host ~ apiz");
	screen_act(&s, "\x1d\x1b\x1d\x1d\r");
	assert_null(s.app->language);
	assert_string_equal(s.app->index.want.words, "host ~ apiz");
	screen_act(&s, ":\x1d"); /* no expression */
	assert_null(s.app->language);
	screen_act(&s, "\x1bopath\x1d");
	assert_non_null(s.app->language);
	screen_close(&s); /* with the help open */
	screen_start(&s, 24, 80);
	screen_act(&s, "f\x12");
	assert_false(s.app->prompt.recent);
	assert_string_equal(s.app->prompt.note, "nothing was typed here before");
	screen_close(&s);
}

/* A file of the past that somebody has written to. */
static void
test_hostile_past(void **state)
{
	static const char lines[] = "fhost ~ \x1b]0;PWNED\x07\nf\xff\xfe\x80\nf\xe2\x80\xae" "gnp\n"
				    "f\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\n";

	(void)state;
	for (int small = 0; small < 2; small++) {
		char path[] = "/tmp/mitmtop-past-XXXXXX";
		struct screen s;
		struct errmsg why;
		int fd = mkstemp(path);
		assert_int_equal(write(fd, lines, sizeof lines - 1), sizeof lines - 1);
		close(fd);
		screen_start(&s, small ? 5 : 24, small ? 20 : 80);
		assert_int_equal(history_open(&s.app->prompt, path, &why), 0);
		screen_act(&s, "f\x12");
		screen_expect(&s, small ? "filter-hostile-20x5" : "filter-hostile-80x24");
		screen_act(&s, "\x12\x12\x12\x12\r"); /* the text is what it was, and no expression */
		assert_string_equal(s.app->prompt.text, "host ~ \x1b]0;PWNED\x07");
		screen_close(&s);
		unlink(path);
	}
}

static void
test_toast(void **state)
{
	(void)state;
	screen_sizes("toast", "\x13");
	screen_sizes("no-match", "/zzz\r");
	screen_sizes("marks", "gmjjm");
}

static void
test_command(void **state)
{
	(void)state;
	screen_sizes("command-values", ":set theme=");
	screen_sizes("command-refused", ":nothing\r");
}

static void
take_intent(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

/* Commands that ask for more, and a request of one's own. */
static void
test_asking(void **state)
{
	char name[64];
	struct screen s;

	(void)state;
	screen_sizes("load", "L");
	screen_sizes("load-command", ":load /none/run.flows");
	screen_sizes("shell", "!date -u");
	screen_sizes("comment", "gj;seen before");
	screen_sizes("new-command", ":new https://api.example.test/v1");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		screen_start(&s, sizes[i][0], sizes[i][1]);
		s.fx.source.intend = take_intent;
		screen_act(&s, ":new https://api.example.test/v1\r");
		snprintf(name, sizeof name, "new-%dx%d", sizes[i][1], sizes[i][0]);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
test_copy(void **state)
{
	(void)state;
	screen_sizes("copy", "gjy");
}

/* Of a home of its own, in which a file is. */
static void
test_save(void **state)
{
	char home[] = "/tmp/mitmtop-screens-XXXXXX";
	char *path;

	(void)state;
	assert_non_null(mkdtemp(home));
	setenv("HOME", home, 1);
	path = mem_printf("%s/flows", home);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	screen_sizes("save", "gjw");
	screen_sizes("save-where", "gjw2");
	screen_sizes_until("save-there", "gjw1~/flows\r", asks_or_offers);
	screen_sizes_until("save-there-body", "gjw2~/flows\r", asks_or_offers);
	screen_sizes_until("save-refused", "gjw2~/none/flows\r", asks_or_offers);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(home), 0);
	free(path);
	setenv("HOME", "/home/u", 1);
}

static void
test_output(void **state)
{
	char name[64];
	struct screen s;

	(void)state;
	screen_sizes("pipe", "gj|jq .");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		screen_start(&s, sizes[i][0], sizes[i][1]);
		app_push(s.app,
		    view_output_new("| sort -u", "exit status 3, 61 B", true,
		        SPAN_LIT("one line\na title \x1b]0;PWNED\x07 and \x1b[2J that clears\n\ttab\n\xff\xfe no text\n")));
		app_draw(s.app);
		snprintf(name, sizeof name, "output-%dx%d", sizes[i][1], sizes[i][0]);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
test_compare(void **state)
{
	(void)state;
	screen_sizes("compare-request", "gmjm&1");
	screen_sizes("compare-response", "gmjm&2");
}

static void
test_split(void **state)
{
	(void)state;
	screen_sizes("layout-below", "gj-");
	screen_sizes("layout-right", "gj--");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_line_help),
	    cmocka_unit_test(test_hostile_past),
	    cmocka_unit_test(test_toast),
	    cmocka_unit_test(test_command),
	    cmocka_unit_test(test_asking),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_save),
	    cmocka_unit_test(test_output),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_split),
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
