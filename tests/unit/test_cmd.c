/* SPDX-License-Identifier: MIT
 * Command lines: what completes them, what refuses them, what they set; scripts; the history file; the options screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/option.h"
#include "screen_fixture.h"
#include "ui/cmd.h"
#include "ui/cmd_complete.h"
#include "ui/completion.h"
#include "ui/history.h"
#include "ui/key.h"
#include "ui/nearest.h"
#include "ui/term.h"
#include "ui/theme.h"

static char dir[64], path[128];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/test_cmd.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/file", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	theme_set("dark");
	return 0;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static char *
get(const char *name)
{
	static char text[65536];
	FILE *f = fopen(name, "r");

	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* ---- completion ---- */

/* The first names, with a comma between them. */
static void
expect_completion(const char *line, size_t from, const char *want)
{
	static struct completion c;
	char got[512] = "";

	cmd_complete(line, strlen(line), &c);
	for (unsigned i = 0; i < c.n && strlen(got) < strlen(want); i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? "," : "", c.item[i].text);
	assert_string_equal(got, want);
	if (!*want)
		assert_int_equal(c.n, 0);
	else
		assert_int_equal(c.from, from);
}

static void
test_completion(void **state)
{
	(void)state;
	expect_completion("", 0, "active,back,bind ");
	expect_completion("so", 0, "sort ,source ");
	expect_completion("wcfg", 0, "write-config"); /* its letters in that order */
	expect_completion("sort st", 5, "START");
	expect_completion("sort re", 5, "REQ.SIZE,reverse");
	expect_completion("theme m", 6, "mono");
	expect_completion("move h", 5, "half-up,half-down");
	expect_completion("set th", 4, "threads=,theme=");
	expect_completion("set theme=", 10, "dark,light");
	expect_completion("set theme h", 10, "high");
	expect_completion("set via=y", 8, "yes");
	expect_completion("set delay=", 10, "");
	expect_completion("set nothing=", 12, "");
	expect_completion("bind x sor", 7, "sort ");
	expect_completion("bind list x set the", 16, "theme=");
	expect_completion("bind li", 5, "list");
	expect_completion("bind x bind y move to", 19, "top");
	expect_completion("ca help fire", 8, "firefox");
	expect_completion("ca ", 3, "help");
	expect_completion("undo ", 5, "");
	expect_completion("nonsense x", 9, "");
	expect_completion("   ", 3, "active,back");
}

static void
test_completion_of_files(void **state)
{
	char line[200], want[300];
	(void)state;
	put(path, "");
	snprintf(line, sizeof line, "source %s/fi", dir);
	snprintf(want, sizeof want, "%s", path);
	expect_completion(line, 7, want);
	snprintf(line, sizeof line, "source %.*s", (int)strlen(dir) - 1, dir);
	snprintf(want, sizeof want, "%s/", dir);
	expect_completion(line, 7, want);
	expect_completion("source /nonexistent/x", 7, "");
}

/* ---- refusals ---- */

static void
expect_refusal(const char *line, size_t at, const char *why, const char *proposal)
{
	struct prompt_refusal r;

	cmd_check(line, &r);
	if (!*why)
		assert_string_equal(r.why, "");
	assert_non_null(strstr(r.why, why));
	assert_int_equal(r.at, at);
	assert_string_equal(r.proposal, proposal);
}

static void
test_refusals(void **state)
{
	(void)state;
	expect_refusal("sort", 4, "", "");
	expect_refusal("srot size", 0, "Try: sort", "sort size");
	expect_refusal("  quti", 2, "Try: quit", "quit");
	expect_refusal("writ", 0, "Try: write-config", "write-config");
	expect_refusal("zzzzzz", 0, "there is no command zzzzzz", "");
	expect_refusal("undo this", 5, "takes no argument", "");
	expect_refusal("set dleay=2", 4, "Try: set delay", "");
	expect_refusal("set delay=fast", 10, "is not a time", "");
	expect_refusal("set theme pink", 10, "There are: dark", "");
	expect_refusal("set keys=emacs", 9, "There are: top, mitm, vi", "");
	expect_refusal("set filter=code >> 4", 11, "filter: ", "");
	expect_refusal("set delay!", 4, "not a switch", "");
	expect_refusal("set delay?x", 4, "write NAME=VALUE", "");
	expect_refusal("bind x slort", 5, "Try: sort", "");
	expect_refusal("\033[2J", 0, "\\x1b[2J", "");
}

static void
test_nearest(void **state)
{
	struct nearest near = nearest_to("dealy", 5);
	(void)state;
	nearest_offer(&near, "head");
	assert_null(near.best);
	nearest_offer(&near, "relay");
	nearest_offer(&near, "delay");
	assert_string_equal(near.best, "delay");
	near = nearest_to("a-word-that-is-longer-than-the-table-of-it", 42);
	nearest_offer(&near, "a-word-that-is-longer-than-the-table-of-it");
	assert_null(near.best);
	near = nearest_to("", 0);
	nearest_offer(&near, "x");
	assert_null(near.best);
}

/* ---- set ---- */

static void
test_set(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	cmd_run(s.app, "set delay=250ms");
	assert_int_equal(s.app->delay_ns, 250000000);
	assert_string_equal(s.app->toast, "delay 250ms");
	cmd_run(s.app, "set delay 2");
	assert_int_equal(s.app->delay_ns, 2000000000);
	cmd_run(s.app, "set delay = 3");
	cmd_run(s.app, "set delay?");
	assert_string_equal(s.app->toast, "delay 3s");
	cmd_run(s.app, "set delay&");
	assert_int_equal(s.app->delay_ns, 1000000000);
	cmd_run(s.app, "set delay");
	assert_string_equal(s.app->toast, "delay 1s (default)");
	cmd_run(s.app, "set theme=light");
	assert_string_equal(theme_name(), "light");
	app_theme(s.app, "high"); /* the key sets the option too */
	assert_string_equal(option_str(s.fx.options, OPT_THEME), "high");
	assert_int_equal(option_source(s.fx.options, OPT_THEME), OPTION_CONSOLE);
	cmd_run(s.app, "set keep!");
	assert_true(option_bool(s.fx.options, OPT_KEEP));
	assert_string_equal(s.app->toast, "keep yes");
	cmd_run(s.app, "set body-max=2M");
	assert_string_equal(s.app->toast, "body-max 2M, at the next start (W writes it)");
	assert_false(s.app->refused);
	cmd_run(s.app, "set body-max=x");
	assert_true(s.app->refused);
	assert_int_equal(option_int(s.fx.options, OPT_BODY_MAX), 2 << 20);
	screen_close(&s);
}

static void
test_keys_change_at_once(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	cmd_run(s.app, "set keys=vi");
	app_key(s.app, 'h');
	assert_int_equal(s.app->nviews, 1);
	assert_non_null(strstr(s.app->toast, "does nothing"));
	cmd_run(s.app, "bind h help commands");
	app_key(s.app, 'h');
	assert_int_equal(s.app->nviews, 2);
	app_key(s.app, 'q');
	cmd_run(s.app, "bind h pause");
	assert_int_equal(option_list_count(s.fx.options, OPT_BIND), 1);
	app_key(s.app, 'h');
	assert_true(s.app->paused);
	cmd_run(s.app, "unbind h");
	app_key(s.app, 'h');
	assert_true(s.app->paused);
	cmd_run(s.app, "bind h");
	assert_true(s.app->refused);
	screen_close(&s);
}

/* Keys that commands press, in circles as well. */
static void
test_key_command(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	cmd_run(s.app, "key : s e t Space d e l a y = 4 Enter");
	assert_int_equal(s.app->delay_ns, 4000000000);
	s.app->refused = false;
	cmd_run(s.app, "key x nokey p");
	assert_true(s.app->refused);
	assert_false(s.app->paused);
	cmd_run(s.app, "bind x key x x");
	app_key(s.app, 'x');
	assert_non_null(strstr(s.app->toast, "given up"));
	assert_int_equal(s.app->key_depth, 0);
	screen_close(&s);
}

/* A bound command that takes its own row away is run to its end. */
static void
test_bound_changes_keys(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	cmd_run(s.app, "bind x bind x pause");
	app_key(s.app, 'x');
	assert_non_null(strstr(s.app->toast, "x: pause"));
	app_key(s.app, 'x');
	assert_true(s.app->paused);
	cmd_run(s.app, "bind F2 set keys=vi");
	cmd_run(s.app, "bind x key F2 p");
	app_key(s.app, 'x');
	assert_false(s.app->paused);
	screen_close(&s);
}

/* What was asked about a view is not answered to another one. */
static void
test_question_ends_with_view(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	cmd_run(s.app, "help");
	cmd_run(s.app, "find");
	assert_true(s.app->prompt.active);
	cmd_run(s.app, "back");
	assert_false(s.app->prompt.active);
	cmd_run(s.app, "find");
	cmd_run(s.app, "help");
	assert_false(s.app->prompt.active);
	screen_close(&s);
}

/* The tree is left for the order of another column, while the list is followed. */
static void
test_sort_leaves_tree(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	for (int i = 0; i < 2; i++) {
		screen_keys(&s, "VF");
		cmd_run(s.app, "sort size");
		screen_keys(&s, "Fj");
	}
	screen_close(&s);
}

/* ---- scripts ---- */

static void
run_script(struct screen *s, const char *text)
{
	struct errmsg why;

	put(path, text);
	assert_int_equal(script_source(s->app, path, &why), 0);
	for (int i = 0; i < 100 && script_is_running(s->app) && !s->app->script.wait_flows; i++) {
		app_turn(s->app);
		app_draw(s->app);
	}
}

static void
test_script(void **state)
{
	char text[400], want[200];
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	run_script(&s, "# a comment\n\n  # another\nset delay=2\r\nset theme=light\n");
	assert_false(script_is_running(s.app));
	assert_int_equal(s.app->delay_ns, 2000000000);
	assert_string_equal(theme_name(), "light");

	run_script(&s, "set delay=3\n\nnonsense\nset delay=4\n");
	assert_false(script_is_running(s.app));
	assert_int_equal(s.app->delay_ns, 3000000000);
	snprintf(want, sizeof want, "%s:3: there is no command nonsense", path);
	assert_string_equal(s.app->toast, want);

	run_script(&s, "theme pink\nset delay=4\n");
	snprintf(want, sizeof want, "%s:1: there is no theme pink", path);
	assert_string_equal(s.app->toast, want);
	assert_int_equal(s.app->delay_ns, 3000000000);

	/* A file that runs itself has an end. */
	snprintf(text, sizeof text, "source %s\n", path);
	run_script(&s, text);
	assert_false(script_is_running(s.app));
	assert_non_null(strstr(s.app->toast, "within each other"));

	run_script(&s, "wait-flows 3 60\nset delay=5");
	assert_true(script_is_running(s.app));
	fixture_add_many(&s.fx, 3);
	app_turn(s.app);
	assert_false(script_is_running(s.app));
	assert_int_equal(s.app->delay_ns, 5000000000);

	run_script(&s, "wait-flows 4 0\nset delay=6");
	assert_int_equal(s.app->delay_ns, 5000000000);
	app_turn(s.app);
	assert_non_null(strstr(s.app->toast, "3 of 4 flows"));
	assert_int_equal(s.app->delay_ns, 5000000000);

	run_script(&s, "wait-flows 9 60\nset delay=6");
	app_key(s.app, KEY_CTRL_OF('c'));
	assert_false(script_is_running(s.app) || s.app->quit);
	assert_int_equal(script_source(s.app, "/nonexistent", &(struct errmsg){.text = ""}), ERR_SYSTEM);
	assert_int_equal(script_source(s.app, dir, &(struct errmsg){.text = ""}), ERR_REFUSED);
	screen_close(&s);
}

static void
test_dump_screen(void **state)
{
	char text[400], out[160];
	struct screen s;
	struct stat st;
	struct buf shown;
	(void)state;
	snprintf(out, sizeof out, "%s/out", dir);
	screen_open(&s, "xterm-256color", 24, 80);
	fixture_add_gallery(&s.fx);
	snprintf(text, sizeof text, "key g j\ndump-screen %s\n", out);
	run_script(&s, text);
	screen_dump(&s, &shown);
	assert_string_equal(get(out), shown.p);
	buf_fini(&shown);
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	put(out, "mine");
	run_script(&s, text);
	assert_string_equal(get(out), "mine");
	assert_non_null(strstr(s.app->toast, "there already"));
	snprintf(text, sizeof text, "dump-screen ! %s\n", out);
	run_script(&s, text);
	assert_true(strlen(get(out)) > 100);
	unlink(out);
	screen_close(&s);
}

/* ---- history ---- */

static void
test_history(void **state)
{
	struct prompt p = {.active = false};
	struct errmsg why;
	struct stat st;
	char link[160];
	(void)state;
	snprintf(path, sizeof path, "%s/deeper/history", dir);
	assert_int_equal(history_open(&p, path, &why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	history_add(path, HISTORY_COMMAND, "set delay=2");
	history_add(path, HISTORY_FILTER, "code = 500");
	history_add(path, HISTORY_SHELL, "wc -c");
	history_add(path, HISTORY_PATH, "~/blob");
	FILE *f = fopen(path, "a");
	assert_int_equal(fwrite("\0/etc\n", 1, 6, f), 6); /* hostile, or damaged */
	fclose(f);
	history_add(path, HISTORY_RULE, "both api");
	prompt_fini(&p);
	assert_int_equal(history_open(&p, path, &why), 0);
	assert_string_equal(p.past[HISTORY_COMMAND].line[0], "set delay=2");
	assert_string_equal(p.past[HISTORY_FILTER].line[0], "code = 500");
	assert_string_equal(p.past[HISTORY_SHELL].line[0], "wc -c");
	assert_string_equal(p.past[HISTORY_PATH].line[0], "~/blob");
	assert_string_equal(p.past[HISTORY_RULE].line[0], "both api");
	assert_int_equal(p.past[HISTORY_FIND].n, 0);
	prompt_fini(&p);
	/* Bounded. */
	for (int i = 0; i < HISTORY_LINES_MAX + 20; i++) {
		char line[32];
		snprintf(line, sizeof line, "line %d", i);
		history_add(path, HISTORY_COMMAND, line);
	}
	assert_int_equal(history_open(&p, path, &why), 0);
	assert_int_equal(p.past[HISTORY_COMMAND].n, HISTORY_LINES_MAX);
	assert_string_equal(p.past[HISTORY_COMMAND].line[0], "line 20");
	unsigned lines = 0;
	for (const char *c = get(path); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, HISTORY_LINES_MAX);
	prompt_fini(&p);
	/* What is no line of ours does no harm. */
	put(path, "\n?x\n:\n:good\nf\xff\n:not ended");
	assert_int_equal(history_open(&p, path, &why), 0);
	assert_int_equal(p.past[HISTORY_COMMAND].n, 2);
	prompt_fini(&p);
	snprintf(link, sizeof link, "%s/link", dir);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(history_open(&p, link, &why), ERR_SYSTEM);
	assert_null(p.history_path);
	unlink(link);
	unlink(path);
	snprintf(path, sizeof path, "%s/deeper", dir);
	rmdir(path);
}

/* ---- screens ---- */

static void
test_screens(void **state)
{
	static const struct {
		const char *name;
		int rows, cols;
	} sizes[] = {{"80x24", 24, 80}, {"120x36", 36, 120}, {"40x10", 10, 40}, {"20x5", 5, 20}};
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct screen s;
		char name[64];
		screen_open(&s, "xterm-256color", sizes[i].rows, sizes[i].cols);
		clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
		option_set(s.fx.options, "theme", "dark", NULL);
		cmd_run(s.app, "set delay=2");
		app_tick(s.app);
		app_draw(s.app);
		screen_keys(&s, "O/connect\r");
		s.app->toast[0] = '\0';
		snprintf(name, sizeof name, "options-%s", sizes[i].name);
		screen_expect(&s, name);
		screen_keys(&s, "d\rxyz\r");
		snprintf(name, sizeof name, "options-refused-%s", sizes[i].name);
		screen_expect(&s, name);
		app_key(s.app, KEYC_ESC);
		screen_keys(&s, "q:so");
		snprintf(name, sizeof name, "command-%s", sizes[i].name);
		screen_expect(&s, name);
		app_key(s.app, KEYC_ESC);
		cmd_run(s.app, "ca help firefox");
		snprintf(name, sizeof name, "ca-help-%s", sizes[i].name);
		screen_expect(&s, name);
		cmd_run(s.app, "help commands");
		snprintf(name, sizeof name, "help-commands-%s", sizes[i].name);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

/* Enter turns a switch, goes to the next of some, and asks for the rest. */
static void
test_options_screen(void **state)
{
	struct screen s;
	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	screen_keys(&s, "O/keep\r\r");
	assert_true(option_bool(s.fx.options, OPT_KEEP));
	screen_keys(&s, "d");
	assert_false(option_bool(s.fx.options, OPT_KEEP));
	screen_keys(&s, "/theme\r\r");
	assert_string_equal(theme_name(), "light");
	screen_keys(&s, "/delay\r\r");
	assert_string_equal(s.app->prompt.text, "set delay=1s");
	app_key(s.app, KEY_CTRL_OF('u'));
	screen_keys(&s, "set delay=5\r");
	assert_int_equal(s.app->delay_ns, 5000000000);
	screen_keys(&s, "/nothing like it\r");
	assert_non_null(strstr(s.app->toast, "No match"));
	screen_keys(&s, "nNq");
	assert_int_equal(s.app->nviews, 1);
	/* Views that open each other come to an end. */
	for (int i = 0; i < 20; i++) {
		cmd_run(s.app, "help");
		cmd_run(s.app, "options");
		app_draw(s.app);
	}
	assert_true(s.app->nviews < APP_VIEWS_MAX);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_completion),
	    cmocka_unit_test_setup_teardown(test_completion_of_files, setup, teardown),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test_teardown(test_set, teardown),
	    cmocka_unit_test(test_keys_change_at_once),
	    cmocka_unit_test(test_key_command),
	    cmocka_unit_test(test_bound_changes_keys),
	    cmocka_unit_test(test_question_ends_with_view),
	    cmocka_unit_test(test_sort_leaves_tree),
	    cmocka_unit_test_setup_teardown(test_script, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dump_screen, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_history, setup, teardown),
	    cmocka_unit_test_teardown(test_options_screen, teardown),
	    cmocka_unit_test_teardown(test_screens, teardown),
	};
	setlocale(LC_ALL, "C.UTF-8");
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
