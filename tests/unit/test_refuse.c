/* SPDX-License-Identifier: MIT
 * Nothing is refused in silence: every key and every command, in each view, with flows and without, either changes what is on the
 * screen or says why it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "screen_fixture.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/term.h"

enum { ROWS = 24, COLS = 80, TINY_ROWS = 6, TINY_COLS = 30 };

/* How a view is come to, by commands, and whether there are flows then. */
static const struct place {
	const char *commands[3];
	bool flows, reading;
} places[] = {
    {{NULL}, false, false},
    {{NULL}, false, true},
    {{NULL}, true, false},
    {{NULL}, true, true},
    {{"open"}, true, false},
    {{"open"}, true, true},
    {{"help"}, false, false},
    {{"events"}, false, false},
    {{"options"}, false, false},
    {{"break host ~ a", "break"}, true, false},
    {{"new GET http://example.test/"}, false, false},
    {{"new GET http://example.test/", "do fields"}, false, false},
};

/* Moving at an end is seen to do nothing, and drawing again is not seen; these write files, or do what others do. */
static const char *const silent[] = {"move", "redraw", "toast", "key", "write-config", "dump-screen", "viewer",
    "tab 1", "do up"};

static const char view_commands[] = "help events options set break";

static void
intend(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

static void
place_open(struct screen *s, const struct place *p, int rows, int cols)
{
	screen_open(s, "xterm-256color", rows, cols);
	s->fx.source.intend = p->reading ? NULL : intend;
	s->fx.source.reading = p->reading;
	s->fx.source.session = p->reading ? "day.mitmtop" : NULL;
	if (p->flows)
		fixture_add_gallery(&s->fx);
	screen_keys(s, "");
	app_turn(s->app);
	app_draw(s->app);
	for (size_t i = 0; i < 3 && p->commands[i]; i++) {
		assert_true(cmd_run(s->app, p->commands[i]));
		s->app->toast[0] = '\0';
		s->app->prompt.active = false;
		app_draw(s->app);
	}
}

static bool
is_silent(const char *command)
{
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		if (strncmp(command, silent[i], strlen(silent[i])) == 0)
			return true;
	return false;
}

static void
screen_of(struct screen *s, struct buf *out)
{
	app_turn(s->app);
	app_draw(s->app);
	screen_dump(s, out);
}

/* Runs the command, or presses the key when there is one, in that place; false when nothing is to be seen of it. */
static bool
is_seen(const struct place *p, const char *command, int key, int rows, int cols)
{
	struct screen s;
	struct buf before, after;
	struct prompt_refusal r;
	char name[16] = "";

	cmd_check(command, &r);
	if (r.why[0])
		return true;
	place_open(&s, p, rows, cols);
	const struct view *v = app_top(s.app);
	screen_of(&s, &before);
	if (key == KEYC_NONE)
		assert_true(cmd_run(s.app, command));
	else
		app_key(s.app, key);
	/* A view that is asked for and there already is to be seen. */
	bool seen = app_top(s.app) != v || strstr(view_commands, command) || s.app->toast[0] || s.app->prompt.active || s.app->quit || s.app->leave;
	screen_of(&s, &after);
	seen = seen || before.n != after.n || memcmp(before.p, after.p, before.n) != 0;
	buf_fini(&before);
	buf_fini(&after);
	screen_close(&s);
	keyc_name(key, name, sizeof name);
	if (!seen)
		print_error("silent: '%s' %s in %s%s%s\n", command, name, p->commands[0] ? p->commands[0] : "list",
		    p->flows ? "" : ", empty", p->reading ? ", reading" : "");
	return seen;
}

static void
expect_all_seen(int rows, int cols)
{
	unsigned unseen = 0;

	for (size_t p = 0; p < sizeof places / sizeof *places; p++)
		for (unsigned i = 0; i < cmds_count; i++)
			if (!is_silent(cmds[i].name))
				unseen += !is_seen(&places[p], cmds[i].name, KEYC_NONE, rows, cols);
	assert_int_equal(unseen, 0);
}

static void
test_commands(void **state)
{
	(void)state;
	expect_all_seen(ROWS, COLS);
}

static void
test_commands_on_a_tiny_screen(void **state)
{
	(void)state;
	expect_all_seen(TINY_ROWS, TINY_COLS);
}

static void
test_keys(void **state)
{
	struct screen s;
	unsigned unseen = 0;

	(void)state;
	for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
		place_open(&s, &places[p], ROWS, COLS);
		unsigned scope = app_top(s.app)->ops->scope;
		screen_close(&s);
		for (unsigned i = 0; i < keymap_count; i++)
			if (keymap[i].scope & scope && !is_silent(keymap[i].command))
				unseen += !is_seen(&places[p], keymap[i].command, keymap[i].key, ROWS, COLS);
	}
	assert_int_equal(unseen, 0);
}

/* One word too many, a word that is none: said before anything is done. */
static void
test_arguments(void **state)
{
	static const char *const lines[][2] = {
	    {"layout sideways", "layout takes list, below, right, detail"},
	    {"tab", "tab takes next, prev, 1, 2, 3, 4, 5, 6, 7"},
	    {"resume al", "resume takes all"},
	    {"header fullest", "header takes full, line, off"},
	    {"mark none really", "mark takes toggle, step, none, only, matching"},
	    {"mark none", ""},
	    {"resume", ""},
	    {"find prev ", ""},
	};
	struct prompt_refusal r;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		cmd_check(lines[i][0], &r);
		assert_string_equal(r.why, lines[i][1]);
	}
}

/* Views that open views come to an end, and none is lost for it. */
static void
test_many_views(void **state)
{
	struct screen s;

	(void)state;
	place_open(&s, &places[0], ROWS, COLS);
	for (int i = 0; i < 2 * APP_VIEWS_MAX; i++)
		cmd_run(s.app, "new GET http://example.test/");
	assert_string_equal(s.app->toast, "too many views are open: q goes back");
	assert_true(s.app->nviews <= APP_VIEWS_MAX);
	screen_close(&s);
}

/* A toast goes with the next key; what failed stays until Esc, is in the event log, and no other key is for it. */
static void
test_error_stays(void **state)
{
	struct screen s;

	(void)state;
	place_open(&s, &places[0], ROWS, COLS);
	uint64_t before = flow_store_event_end(s.fx.store);
	cmd_run(s.app, "undo");
	assert_string_equal(s.app->toast, "there is nothing to undo");
	app_key(s.app, 'g');
	assert_string_equal(s.app->toast, "");
	assert_int_equal(flow_store_event_end(s.fx.store), before);

	cmd_run(s.app, "set delay=never");
	char said[sizeof s.app->toast];
	memcpy(said, s.app->toast, sizeof said);
	assert_string_not_equal(said, "");
	app_tick(s.app);
	clock_stop(clock_mono_ns() + 60000000000ull, clock_wall_ns() + 60000000000ull);
	app_tick(s.app);
	app_key(s.app, 'j');
	app_key(s.app, ':');
	assert_true(s.app->prompt.active);
	app_key(s.app, KEYC_ESC);
	assert_false(s.app->prompt.active);
	assert_string_equal(s.app->toast, said);
	assert_string_equal(flow_store_event_at(s.fx.store, flow_store_event_end(s.fx.store) - 1)->text, said);
	app_key(s.app, KEYC_ESC);
	assert_string_equal(s.app->toast, "");
	assert_false(s.app->quit || s.app->prompt.active);
	/* A newer message takes its place, and goes as it always does. */
	cmd_run(s.app, "set delay=never");
	cmd_run(s.app, "toast hello");
	assert_string_equal(s.app->toast, "hello");
	app_key(s.app, 'g');
	assert_string_equal(s.app->toast, "");
	screen_close(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_commands_on_a_tiny_screen),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_arguments),
	    cmocka_unit_test(test_many_views),
	    cmocka_unit_test(test_error_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
