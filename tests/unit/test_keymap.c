/* SPDX-License-Identifier: MIT
 * Keys, commands and help agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/option.h"
#include "flow/flow_intent.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/out.h"
#include "ui/problem.h"
#include "ui/quit.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui_fixture.h"

static void
expect_command(const char *line)
{
	struct prompt_refusal r;
	const char *arg;
	const struct cmd *c = cmd_find(line, &arg);

	assert_non_null(c);
	cmd_check(line, &r);
	assert_string_equal(r.why, "");
	if (strchr(c->usage, '|'))
		assert_non_null(strstr(c->usage, arg));
}

static void
test_every_key_has_a_command(void **state)
{
	unsigned n;
	(void)state;
	for (unsigned i = 0; i < keymap_count; i++)
		expect_command(keymap[i].command);
	for (unsigned p = 0; keys_preset_name(p); p++) {
		const struct key_binding *b = keys_preset_rows(p, &n);
		for (unsigned i = 0; i < n; i++)
			if (b[i].command)
				expect_command(b[i].command);
	}
}

static void
test_every_command_is_explained(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cmds_count; i++) {
		assert_true(*cmds[i].help);
		if (i)
			assert_true(strcmp(cmds[i - 1].name, cmds[i].name) < 0);
	}
}

/* A function key acts wherever its letter does, and does the same. */
static void
test_function_keys(void **state)
{
	static const int pairs[][2] = {{KEYC_F1, 'h'}, {KEYC_F2, 'O'}, {KEYC_F3, '/'}, {KEYC_F4, 'f'}, {KEYC_F5, 'V'}, {KEYC_F6, 'S'},
	    {KEYC_F9, 'X'}, {KEYC_F10, 'Q'}};
	struct options *o = options_new();
	struct keys k = {.n = 0};

	(void)state;
	assert_int_equal(keys_load(&k, o, NULL), 0);
	for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		for (unsigned scope = 1; scope <= SCOPE_ALL; scope <<= 1) {
			const char *f = keys_find(&k, scope, pairs[i][0]), *letter = keys_find(&k, scope, pairs[i][1]);
			assert_string_equal(f ? f : "", letter ? letter : "");
		}
	}
	keys_fini(&k);
	options_free(o);
}

/* In one view a key means one thing, and the first row of a command explains it. */
static void
test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < keymap_count; i++) {
		for (unsigned k = i + 1; k < keymap_count; k++)
			assert_false(
			    keymap[i].key == keymap[k].key && (keymap[i].scope & keymap[k].scope));
		if (!keymap[i].help) {
			assert_true(i > 0);
			assert_string_equal(keymap[i].command, keymap[i - 1].command);
		}
	}
}

/* A preset leaves each key with one meaning in a view, and help, the way out and the prompt where they can be reached. */
static void
test_presets(void **state)
{
	(void)state;
	for (unsigned p = 0; keys_preset_name(p); p++) {
		struct options *o = options_new();
		struct keys k = {.n = 0};
		assert_int_equal(option_set(o, "keys", keys_preset_name(p), NULL), 0);
		assert_int_equal(keys_load(&k, o, NULL), 0);
		for (unsigned i = 0; i < k.n; i++)
			for (unsigned j = i + 1; j < k.n; j++)
				assert_false(k.row[i].key == k.row[j].key && (k.row[i].scope & k.row[j].scope));
		for (unsigned scope = SCOPE_FLOWS; scope <= SCOPE_FREQ; scope <<= 1) {
			if (!(SCOPE_ALL & scope))
				continue;
			if (scope != SCOPE_HELP) /* it is typed there */
				assert_string_equal(keys_find(&k, scope, '?'), "help");
			assert_string_equal(keys_find(&k, scope, ':'), "command");
			assert_string_equal(keys_find(&k, scope, 'q'),
			    scope == SCOPE_GRID ? "do take" : scope == SCOPE_EDIT ? "do leave" : "back");
			assert_string_equal(keys_find(&k, scope, KEY_CTRL_OF('c')), scope == SCOPE_GRID ? "back" : "cancel");
		}
		keys_fini(&k);
		options_free(o);
	}
}

static void
test_preset_vi(void **state)
{
	struct options *o = options_new();
	struct keys k = {.n = 0};
	char names[64];
	(void)state;
	option_set(o, "keys", "vi", NULL);
	keys_load(&k, o, NULL);
	assert_string_equal(keys_find(&k, SCOPE_FLOW, 'h'), "tab prev");
	assert_string_equal(keys_find(&k, SCOPE_FLOW, 'l'), "tab next");
	assert_string_equal(keys_find(&k, SCOPE_FLOWS, 'l'), "open");
	assert_null(keys_find(&k, SCOPE_FLOWS, 'h'));
	/* The help stays in the key bar, at another key. */
	for (unsigned i = 0; i < k.n; i++) {
		if (strcmp(k.row[i].command, "help") != 0 || !keys_is_first(&k, i, SCOPE_FLOWS))
			continue;
		keys_names(&k, i, SCOPE_FLOWS, names, sizeof names);
		assert_string_equal(names, "? F1");
		assert_string_equal(k.row[i].bar, "Help");
	}
	keys_fini(&k);
	options_free(o);
}

static void
test_bind_lines(void **state)
{
	static const struct {
		const char *line, *why;
		unsigned scope;
		int key;
		const char *command;
	} cases[] = {
	    {"x sort next", NULL, SCOPE_ALL, 'x', "sort next"},
	    {"list C-x delete", NULL, SCOPE_FLOWS, KEY_CTRL_OF('x'), "delete"},
	    {"  detail   PageDown   tab 2", NULL, SCOPE_FLOW, KEYC_PGDN, "tab 2"},
	    {"# pause", NULL, SCOPE_ALL, '#', "pause"},
	    {"space", NULL, SCOPE_ALL, ' ', ""},
	    {"xy pause", "is no key", 0, 0, NULL},
	    {"\xc3 pause", "is no key", 0, 0, NULL},
	    {"\xc3\xa9 pause", NULL, SCOPE_ALL, 0xe9, "pause"},
	    {"", "no key is given", 0, 0, NULL},
	    {"list", "no key is given", 0, 0, NULL},
	    {"^C quit", "always cancels", 0, 0, NULL},
	    {"x slort next", "Try: sort", 0, 0, NULL},
	    {"x bind y bind z nonsense", "no command nonsense", 0, 0, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct key_line l;
		struct errmsg why = {.text = ""};
		int bad = key_line_parse(&l, cases[i].line, &why);
		if (cases[i].why) {
			assert_int_not_equal(bad, 0);
			assert_non_null(strstr(why.text, cases[i].why));
			continue;
		}
		assert_int_equal(bad, 0);
		assert_int_equal(l.scope, cases[i].scope);
		assert_int_equal(l.key, cases[i].key);
		assert_string_equal(l.command, cases[i].command);
	}
}

static void
expect_help(struct app *app, struct terminal *term, unsigned scope)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	app_key(app, '?');
	app_draw(app);
	term_dump(term, &out);
	app_key(app, KEYC_END); /* what has no room on the first page */
	app_draw(app);
	term_dump(term, &out);
	buf_add(&out, "", 1);
	for (unsigned i = 0; i < keymap_count; i++) {
		char name[16];
		if (!(keymap[i].scope & scope))
			continue;
		keyc_name(keymap[i].key, name, sizeof name);
		assert_non_null(strstr(out.p, name));
		if (keymap[i].help)
			assert_non_null(strstr(out.p, keymap[i].help));
	}
	app_key(app, 'q');
	buf_fini(&out);
}

static void
test_help_lists_every_key(void **state)
{
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	struct terminal *term = term_open_sink("xterm-256color", 60, 120);
	struct app *app = app_new(&fx.source, term);
	app_draw(app);
	expect_help(app, term, SCOPE_FLOWS);
	app_key(app, KEYC_ENTER);
	expect_help(app, term, SCOPE_FLOW);
	assert_int_equal(app->nviews, 2);
	app_free(app);
	term_close(term);
	fixture_fini(&fx);
}

/* Any keys in any order leave the program standing. */
static void
test_all_keys_everywhere(void **state)
{
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	fx.figures.client_open = 1;
	struct terminal *term = term_open_sink("xterm-256color", 24, 80);
	struct app *app = app_new(&fx.source, term);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 7 * keymap_count; i++) {
			app_key(app, keymap[i * 31 % keymap_count].key);
			app_key(app, 'n');
			app->quit = false;
			app_draw(app);
		}
		fixture_add_gallery(&fx);
	}
	app_free(app);
	term_close(term);
	fixture_fini(&fx);
}

static void
test_delay(void **state)
{
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	struct terminal *term = term_open_sink("xterm-256color", 24, 80);
	struct app *app = app_new(&fx.source, term);
	for (const char *k = "s0.5\r"; *k; k++)
		app_key(app, (unsigned char)*k);
	assert_int_equal(app->delay_ns, 500000000);
	for (const char *k = "s0\r"; *k; k++)
		app_key(app, (unsigned char)*k);
	assert_int_equal(app->delay_ns, 500000000);
	assert_non_null(strstr(app->prompt.refusal.why, "0.1")); /* and the line can be mended */
	app_key(app, KEYC_ESC);
	assert_true(cmd_run(app, "delay 2"));
	assert_int_equal(app->delay_ns, 2000000000);
	assert_false(cmd_run(app, "delays"));
	app_free(app);
	term_close(term);
	fixture_fini(&fx);
}

/* An app on a screen that goes nowhere. */
struct console {
	struct fixture fx;
	struct terminal *term;
	struct app *app;
};

static void
console_open(struct console *c, const char *term)
{
	fixture_init(&c->fx);
	fixture_add_gallery(&c->fx);
	c->term = term_open_sink(term, 24, 80);
	c->app = app_new(&c->fx.source, c->term);
	app_draw(c->app);
}

static void
console_close(struct console *c)
{
	theme_set("dark");
	app_free(c->app);
	term_close(c->term);
	fixture_fini(&c->fx);
}

static void
test_quit_question(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	app_key(c.app, 'q');
	assert_true(quit_is_asked(c.app)); /* its flows are in no file */
	app_key(c.app, 'n');
	c.app->leaving.saved = c.app->stats.total;
	app_key(c.app, 'q');
	assert_true(c.app->quit); /* nobody is cut off, nothing is lost */
	c.app->quit = false;
	c.fx.figures.client_open = 1;
	app_key(c.app, 'q');
	assert_true(quit_is_asked(c.app));
	app_key(c.app, 'n');
	assert_false(c.app->quit || quit_is_asked(c.app));
	app_key(c.app, KEY_CTRL_OF('c'));
	assert_true(quit_is_asked(c.app));
	app_key(c.app, KEY_CTRL_OF('c'));
	assert_true(c.app->quit);
	console_close(&c);
}

/* A save that is going on is not dropped without a word. */
static void
test_quit_while_saving(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	struct save *save = &c.app->out->save;
	save->collecting = true;
	flow_store_stats(c.fx.store, &c.app->stats);
	c.app->leaving.saved = c.app->stats.total;
	app_key(c.app, 'q');
	assert_true(quit_is_asked(c.app));
	assert_non_null(strchr(c.app->prompt.keys, 'w'));
	app_key(c.app, 'w');
	app_tick(c.app);
	assert_false(c.app->quit || quit_is_asked(c.app));
	save->collecting = false; /* it failed: nothing to ask about any more, but nothing was saved */
	app_tick(c.app);
	assert_false(c.app->quit || quit_is_asked(c.app));
	save->collecting = true;
	app_key(c.app, 'q');
	app_key(c.app, 'w');
	c.fx.figures.client_open = 1;
	save->collecting = false;
	app_tick(c.app);
	assert_true(quit_is_asked(c.app));
	c.app->prompt.active = false;
	c.fx.figures.client_open = 0;
	save->collecting = true;
	app_key(c.app, 'q');
	app_key(c.app, 'w');
	save->collecting = false;
	save->saved = true;
	app_tick(c.app);
	assert_true(c.app->quit);
	console_close(&c);
}

static void
take_intent(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

/* Draining ends when nobody is left, and ^C ends it at once. */
static void
test_quit_drains(void **state)
{
	struct console c;
	uint64_t now = FIXTURE_MONO_NS;
	(void)state;
	console_open(&c, "xterm-256color");
	c.fx.source.intend = take_intent;
	c.fx.figures.client_open = 2;
	app_key(c.app, 'q');
	app_key(c.app, 'g');
	assert_true(c.app->leaving.draining);
	for (unsigned left = 2; left; left--) {
		c.fx.figures.client_open = left;
		clock_stop(now += 300000000, FIXTURE_WALL_NS);
		app_tick(c.app);
		assert_false(c.app->quit);
	}
	c.fx.figures.client_open = 0;
	clock_stop(now + 300000000, FIXTURE_WALL_NS);
	app_tick(c.app);
	assert_true(c.app->quit);
	c.app->quit = false;
	app_key(c.app, KEY_CTRL_OF('c'));
	assert_true(c.app->quit);
	console_close(&c);
}

/* Keys go to the question, else to the menu, else to the view. */
static void
pick_row(struct app *app, unsigned row)
{
	static const char *const words[] = {"first", "second", "third"};

	app_toast(app, words[row]);
}

static void
test_menu(void **state)
{
	static const struct menu_row rows[] = {{'x', "X", "one"}, {0, "Y", ""}, {'q', "Z", ""}};
	static const struct {
		int keys[4];
		const char *toast;
	} cases[] = {
	    {{KEYC_ENTER}, "first"},
	    {{'j', KEYC_DOWN, KEYC_UP, KEYC_ENTER}, "second"},
	    {{KEYC_END, KEYC_DOWN, KEYC_ENTER}, "third"},
	    {{'q'}, "third"},
	    {{'j', 'x'}, "first"},
	    {{KEYC_ESC}, ""},
	    {{KEY_CTRL_OF('c')}, ""},
	};
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		menu_open(&c.app->menu, "Test", rows, 3, 0, pick_row);
		for (int k = 0; k < 4 && cases[i].keys[k]; k++) {
			assert_true(c.app->menu.active);
			app_key(c.app, cases[i].keys[k]);
			app_draw(c.app);
		}
		assert_false(c.app->menu.active);
		assert_string_equal(c.app->toast, cases[i].toast);
		assert_false(c.app->quit);
	}
	console_close(&c);
}

/* As the store would have told it. */
static void
problem_is(struct app *app, enum problem_kind kind, const char *text)
{
	struct problem *p = &app->problem[kind];

	snprintf(p->text, sizeof p->text, "%s", text);
	snprintf(p->cause, sizeof p->cause, "%s", text);
	p->hidden = false;
}

static void
test_escape_hides_the_problem_first(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	app_key(c.app, KEYC_ENTER);
	problem_is(c.app, PROBLEM_SAVE, "no space left");
	problem_is(c.app, PROBLEM_DAMAGE, "it is damaged");
	app_key(c.app, KEYC_ESC);
	assert_ptr_equal(problem_shown(c.app), &c.app->problem[PROBLEM_DAMAGE]);
	app_key(c.app, KEYC_ESC);
	assert_null(problem_shown(c.app));
	assert_int_equal(c.app->nviews, 2);
	app_key(c.app, KEYC_ESC);
	assert_int_equal(c.app->nviews, 1);
	/* It is over as soon as the store says so. */
	app_tick(c.app);
	assert_string_equal(c.app->problem[PROBLEM_SAVE].text, "");
	assert_string_equal(c.app->problem[PROBLEM_DAMAGE].text, "");
	console_close(&c);
}

/* Keys that mean the same in the list and in a flow, and function keys. */
static void
test_keys_of_list_and_detail(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	app_key(c.app, 'g');
	app_key(c.app, KEYC_ENTER);
	uint64_t number = view_flow_number(app_top(c.app));
	app_key(c.app, 'm');
	assert_true(flow_set_has(flow_store_marked(c.fx.store), number));
	assert_string_equal(c.app->toast, "flow 1 is marked");
	app_key(c.app, 'm');
	assert_false(flow_set_has(flow_store_marked(c.fx.store), number));
	assert_string_equal(c.app->toast, "flow 1 is no longer marked");
	app_key(c.app, 'q');
	app_key(c.app, KEYC_F5);
	assert_string_equal(c.app->toast, "tree by connection; V again: by host");
	app_key(c.app, 'g'); /* a heading */
	app_key(c.app, 'v');
	assert_string_equal(c.app->toast, "no flow is selected");
	console_close(&c);
}

/* In the list Enter shows it in the event log, and w saves elsewhere; what stands over the list keeps its keys. */
static void
test_keys_of_the_problem(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	for (int i = 0; i < 3; i++) {
		c.app->problem[PROBLEM_SAVE].event = flow_store_event_end(c.fx.store);
		flow_store_event(c.fx.store, FLOW_EVENT_ERROR, 7, "no space left");
	}
	c.app->problem[PROBLEM_SAVE].event--;
	problem_is(c.app, PROBLEM_SAVE, "SAVE STOPPED  no space left");
	app_key(c.app, 'w');
	assert_true(c.app->prompt.active);
	assert_non_null(strstr(c.app->prompt.question, "all"));
	app_key(c.app, KEYC_ESC);
	assert_non_null(problem_shown(c.app));
	app_key(c.app, 'h');
	app_key(c.app, KEYC_ENTER);
	assert_int_equal(app_top(c.app)->ops->scope, SCOPE_HELP);
	app_key(c.app, 'q');
	app_key(c.app, KEYC_ENTER);
	assert_int_equal(app_top(c.app)->ops->scope, SCOPE_EVENTS);
	assert_null(problem_shown(c.app));
	struct buf line;
	buf_init(&line, 256);
	app_top(c.app)->ops->status(app_top(c.app), c.app, &line);
	buf_add(&line, "", 1);
	assert_non_null(strstr(line.p, "event 2/3"));
	buf_fini(&line);
	/* What was not read cannot be saved: w is that of the list. */
	app_key(c.app, 'q');
	problem_is(c.app, PROBLEM_DAMAGE, "NOT ALL WAS READ  it is damaged");
	assert_false(problem_takes_key(c.app, 'w'));
	assert_true(problem_takes_key(c.app, KEYC_ENTER));
	console_close(&c);
}

static void
test_pause(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	app_key(c.app, 'p');
	assert_true(c.app->paused);
	app_key(c.app, 'p');
	assert_false(c.app->paused);
	console_close(&c);
}

static char *
screen_text(struct console *c)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	c->app->toast[0] = '\0';
	app_draw(c->app);
	term_dump(c->term, &out);
	buf_add(&out, "", 1);
	return out.p;
}

/* Themes change attributes and no text; mono alone marks the selected row with a sign. */
static void
test_themes(void **state)
{
	struct console c;
	(void)state;
	console_open(&c, "xterm-256color");
	char *dark = screen_text(&c);
	for (unsigned i = 1; theme_name_at(i); i++) {
		app_key(c.app, 'Z');
		assert_string_equal(theme_name(), theme_name_at(i));
		assert_non_null(strstr(c.app->toast, theme_name()));
		assert_int_equal(theme_is_mono(), strcmp(theme_name(), "mono") == 0);
		char *text = screen_text(&c);
		if (!theme_is_mono())
			assert_string_equal(text, dark);
		free(text);
	}
	app_key(c.app, 'Z');
	assert_string_equal(theme_name(), "dark");
	app_key(c.app, 'Z');
	app_key(c.app, 'z');
	assert_string_equal(theme_name(), "mono");
	app_key(c.app, 'z');
	assert_string_equal(theme_name(), "light");
	app_theme(c.app, "pink");
	assert_string_equal(theme_name(), "light");
	assert_non_null(strstr(c.app->toast, "pink"));
	free(dark);
	console_close(&c);
}

static void
test_no_colour(void **state)
{
	struct console c;
	(void)state;
	setenv("NO_COLOR", "1", 1);
	console_open(&c, "xterm-256color");
	app_key(c.app, 'Z');
	assert_true(theme_is_mono());
	assert_string_equal(c.app->toast, "NO_COLOR is set");
	for (int r = 0; r < ROLE_COUNT; r++)
		assert_int_equal(theme_attr((enum role)r) & 0xff00, 0); /* no colour pair */
	console_close(&c);
	unsetenv("NO_COLOR");
	console_open(&c, "vt100");
	assert_true(theme_is_mono());
	app_key(c.app, 'z');
	assert_string_equal(c.app->toast, "this terminal has no colours");
	console_close(&c);
}

static void
test_write_config(void **state)
{
	char dir[] = "/tmp/test_keymap.XXXXXX", path[64], text[256] = "";
	struct console c;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/config", dir);
	console_open(&c, "xterm-256color");
	c.fx.source.config_path = path;
	app_theme(c.app, "high");
	cmd_run(c.app, "delay 2.5");
	app_key(c.app, 'W');
	assert_non_null(strstr(c.app->toast, path));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, "set delay 2500ms\nset theme high\n");
	c.fx.source.config_path = "/proc/nowhere/config";
	app_key(c.app, 'W');
	assert_non_null(strstr(c.app->toast, "cannot"));
	console_close(&c);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_key_has_a_command),
	    cmocka_unit_test(test_every_command_is_explained),
	    cmocka_unit_test(test_function_keys),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_presets),
	    cmocka_unit_test(test_preset_vi),
	    cmocka_unit_test(test_bind_lines),
	    cmocka_unit_test(test_help_lists_every_key),
	    cmocka_unit_test(test_all_keys_everywhere),
	    cmocka_unit_test(test_delay),
	    cmocka_unit_test(test_quit_question),
	    cmocka_unit_test(test_quit_while_saving),
	    cmocka_unit_test(test_quit_drains),
	    cmocka_unit_test(test_menu),
	    cmocka_unit_test(test_escape_hides_the_problem_first),
	    cmocka_unit_test(test_keys_of_the_problem),
	    cmocka_unit_test(test_keys_of_list_and_detail),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_themes),
	    cmocka_unit_test(test_no_colour),
	    cmocka_unit_test(test_write_config),
	};
	setlocale(LC_ALL, "C.UTF-8");
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
