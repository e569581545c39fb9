/* SPDX-License-Identifier: MIT
 * Keys, commands and help agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/term.h"
#include "ui_fixture.h"

static void
test_every_key_has_a_command(void **state)
{
	(void)state;
	for (unsigned i = 0; i < keymap_count; i++) {
		const char *arg;
		const struct cmd *c = cmd_find(keymap[i].command, &arg);
		assert_non_null(c);
		if (!*c->usage)
			assert_string_equal(arg, "");
		if (strchr(c->usage, '|'))
			assert_non_null(strstr(c->usage, arg));
	}
}

static void
test_every_command_is_used_and_explained(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cmds_count; i++) {
		unsigned keys = 0;
		const char *arg;
		for (unsigned k = 0; k < keymap_count; k++)
			keys += cmd_find(keymap[k].command, &arg) == &cmds[i];
		assert_true(keys > 0);
		assert_true(*cmds[i].help);
		if (i)
			assert_true(strcmp(cmds[i - 1].name, cmds[i].name) < 0);
	}
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

static void
expect_help(struct app *app, struct terminal *term, unsigned scope)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	app_key(app, '?');
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
	assert_non_null(strstr(app->toast, "0.1"));
	assert_true(cmd_run(app, "delay 2"));
	assert_int_equal(app->delay_ns, 2000000000);
	assert_false(cmd_run(app, "delays"));
	app_free(app);
	term_close(term);
	fixture_fini(&fx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_key_has_a_command),
	    cmocka_unit_test(test_every_command_is_used_and_explained),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_help_lists_every_key),
	    cmocka_unit_test(test_all_keys_everywhere),
	    cmocka_unit_test(test_delay),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
