/* SPDX-License-Identifier: MIT
 * What options change about the look of the screens, compared with tests/unit/screens. UPDATE=1 rewrites those. */
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
#include "base/mem.h"
#include "flow/flow_intent.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/mouse.h"
#include "ui/term.h"
#include "screen_fixture.h"

static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};

static void
start(struct screen *s, const char *term, int rows, int cols, void (*fill)(struct fixture *))
{
	clock_stop(FIXTURE_MONO_NS, FIXTURE_WALL_NS);
	screen_open(s, term, rows, cols);
	app_tick(s->app);
	fill(&s->fx);
	app_tick(s->app);
	app_draw(s->app);
}

static void
all_sizes(const char *what, const char *command, const char *keys, void (*fill)(struct fixture *))
{
	char name[64];
	struct screen s;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		start(&s, "xterm-256color", sizes[i][0], sizes[i][1], fill);
		assert_true(cmd_run(s.app, command));
		s.app->toast[0] = '\0';
		screen_keys(&s, keys);
		snprintf(name, sizeof name, "%s-%dx%d", what, sizes[i][1], sizes[i][0]);
		screen_expect(&s, name);
		screen_close(&s);
	}
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

/* ---- cut ---- */

static void
fill_paths(struct fixture *fx)
{
	static const char *const paths[] = {
	    "/v1/accounts/12345/orders/2026/items?id=7",
	    "/short",
	    "/one-very-long-name-without-any-slash-in-it-at-all-that-goes-on-and-on-and-on-and-on.tar.gz",
	    "/a/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e/\xe6\x97\xa5\xe6\x9c\xac?q=\xe8\xaa\x9e",
	    "/x\x1b]0;t\x07/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x1b\x1b\x1b\x1b\x1b\x1b",
	    "/e\xcc\x81/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/e\xcc\x81\xcc\x82",
	};
	char *huge = mem_zalloc(3001);

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		fixture_add(fx, &(struct fixture_flow){.state = FLOW_S_DONE, .method = "GET", .host = "api.example.test",
				    .path = paths[i], .status = 200, .time_ms = 9});
	memset(huge, 'm', 3000);
	for (unsigned from = 0; from < 3000; from += 1200)
		memcpy(huge + from, "/first/", 7);
	memcpy(huge + 2995, "/last", 5);
	for (unsigned from = 0; from < 3000; from += 1200) /* longer than what is looked at at once, and much longer */
		fixture_add(fx, &(struct fixture_flow){.state = FLOW_S_DONE, .method = "GET", .host = "api.example.test",
				    .path = huge + from, .status = 200, .time_ms = 9});
	free(huge);
	fixture_add(fx, &(struct fixture_flow){.proto = FLOW_TLS, .state = FLOW_S_TLS_FAILED, .host = "bank.example.test",
			    .why = "client alert unknown_ca (48): the client does not trust the proxy's certificate / no other reason is known"});
}

static void
test_cut(void **state)
{
	struct screen s;
	(void)state;
	all_sizes("cut-middle", "set cut middle", "g", fill_paths);
	all_sizes("cut-middle-url", "set cut middle", "gc", fill_paths);
	start(&s, "vt100", 24, 80, fill_paths);
	assert_true(cmd_run(s.app, "set cut=middle"));
	s.app->toast[0] = '\0';
	screen_expect(&s, "cut-middle-vt100");
	assert_true(cmd_run(s.app, "set cut=start"));
	assert_true(s.app->refused);
	assert_true(shows(&s, "/v1/+/items?id=7"));
	assert_true(cmd_run(s.app, "set cut&"));
	assert_false(shows(&s, "/v1/+/items?id=7"));
	screen_close(&s);
}

/* ---- mask ---- */

static const char secret[] = "hunter2";

static void
fill_secrets(struct fixture *fx)
{
	fixture_add(fx, &(struct fixture_flow){.state = FLOW_S_DONE, .method = "POST", .host = "api.example.test",
			    .path = "/login?next=/&token=hunter2", .status = 200, .time_ms = 9, .type = "application/json",
			    .asked = "Authorization: Bearer hunter2\r\nCookie: sid=hunter2; theme=hunter2\r\n"
				     "Content-Type: application/x-www-form-urlencoded\r\n",
			    .sent = "user=anna&password=hunter2&go=1",
			    .fields = "Set-Cookie: sid=hunter2; Path=/; HttpOnly\r\nLocation: https://u:hunter2@api.example.test/?secret=hunter2\r\n",
			    .body = "{\"user\": \"anna\", \"password\": \"hunter2\", \"tokens\": [\"hunter2\", 7], \"n\": 7}"});
	fixture_add(fx, &(struct fixture_flow){.state = FLOW_S_DONE, .method = "POST", .host = "api.example.test",
			    .path = "/upload?token=hunter2", .status = 200, .time_ms = 9, .type = "text/html",
			    .asked = "Proxy-Authorization: Basic hunter2\r\nContent-Type: multipart/form-data; boundary=b\r\n",
			    .sent = "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--\r\n",
			    .body = "<a href=\"/?token=hunter2\">password=hunter2</a>"});
}

static void
expect_hidden(struct screen *s, const char *keys)
{
	struct buf out;

	screen_dump(s, &out);
	if (strstr(out.p, secret))
		fail_msg("after %s:\n%s", keys, out.p);
	buf_fini(&out);
}

static void
take_intent(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

/* Every way to look at a message. */
static void
test_mask_everywhere(void **state)
{
	static const char *const ways[] = {"g", "c", "gj", "\r", "1", "t", "t", "t", "t", "t", "t", "2", "t", "t", "t", "t", "t", "t", "3", "4", "5",
	    "6", "7", "t", "t", "t", "J", "1", "t", "t", "t", "2", "7", "t", "t", "t", "q", "-", "\t", "2", "-", "-", "-", "e", "2", "q", "4", "q", "5",
	    "q", "7", "q", "1", "\x03", "q", "Um", "gm", "&", "1", "q", "fpath = ", "\x1b", "fres.header[set-cookie] = ", "\x1b",
	    "freq.header[authorization] = ", "\x1b", "#h", "q", "E", "q", "y", "\x1b", "V", "V"};
	struct screen s;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned seen = 0;
		start(&s, "xterm-256color", sizes[i][0], sizes[i][1], fill_secrets);
		s.fx.source.intend = take_intent;
		assert_true(cmd_run(s.app, "set mask on"));
		for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
			if (strcmp(ways[k], "1") == 0 && app_top(s.app)->ops->scope == SCOPE_EDIT)
				continue; /* what is typed in is shown as it is */
			for (const char *key = ways[k]; *key; key++) {
				app_key(s.app, *key == '\x1b' ? KEYC_ESC : *key == '\r' ? KEYC_ENTER : *key == '\t' ? KEYC_TAB : (unsigned char)*key);
				for (int t = 0; t < 20; t++)
					app_turn(s.app);
				app_draw(s.app);
			}
			expect_hidden(&s, ways[k]);
			seen |= app_top(s.app)->ops->scope;
		}
		assert_int_equal(seen & (SCOPE_EDIT | SCOPE_GRID | SCOPE_COMPARE | SCOPE_FREQ), SCOPE_EDIT | SCOPE_GRID | SCOPE_COMPARE | SCOPE_FREQ);
		screen_close(&s);
	}
}

/* Marks would tell what is hidden; what is shown for it is found. */
static void
test_mask_find(void **state)
{
	static const char *const ways[] = {"g\r7", "g\r7ttt", "g\r7tttt", "g\r7ttttt", "g\r7tttttt", "g\r7ttttttt"};
	struct screen s;
	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		start(&s, "xterm-256color", 24, 80, fill_secrets);
		screen_keys(&s, ways[i]);
		screen_keys(&s, "/hunter2\r");
		assert_non_null(strstr(s.app->toast, "1 of "));
		assert_true(cmd_run(s.app, "set mask on"));
		screen_keys(&s, "/hunter2\r");
		assert_string_equal(s.app->toast, "No match for hunter2");
		screen_keys(&s, "/hex:68756e74\r");
		assert_string_equal(s.app->toast, "No match for hex:68756e74");
		screen_keys(&s, "/hex:2a2a2a2a2a2a2a\r");
		assert_non_null(strstr(s.app->toast, "1 of "));
		screen_close(&s);
	}
}

static void
test_mask(void **state)
{
	struct screen s;
	(void)state;
	all_sizes("mask-list", "set mask on", "g", fill_secrets);
	all_sizes("mask-request", "set mask on", "g\r", fill_secrets);
	all_sizes("mask-response", "set mask on", "g\r2", fill_secrets);
	all_sizes("mask-hex", "set mask on", "g\r7tttttt", fill_secrets);
	all_sizes("mask-hex-raw", "set mask on", "g\r7ttttttt", fill_secrets);
	/* What is open when it is switched is masked, and shown again. */
	start(&s, "xterm-256color", 24, 80, fill_secrets);
	screen_keys(&s, "g\r2");
	assert_true(shows(&s, secret));
	assert_true(cmd_run(s.app, "set mask=yes"));
	assert_false(shows(&s, secret));
	s.app->toast[0] = '\0';
	assert_true(shows(&s, "MASK | flow 1/2"));
	assert_true(cmd_run(s.app, "set mask!"));
	assert_true(shows(&s, secret));
	screen_keys(&s, "qUgmjm&");
	for (int i = 0; i < 20; i++)
		app_turn(s.app);
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_COMPARE);
	assert_true(shows(&s, secret));
	assert_true(cmd_run(s.app, "set mask on"));
	assert_false(shows(&s, secret));
	assert_true(shows(&s, "compare  - #1  + #2")); /* made anew */
	assert_true(cmd_run(s.app, "set mask!"));
	assert_true(shows(&s, secret));
	screen_close(&s);
}

/* ---- rows, and the header ---- */

static void
fill_many(struct fixture *fx)
{
	fixture_add_many(fx, 40);
}

static void
click(struct screen *s, int y, int x)
{
	mouse_act(s->app, &(struct mouse){.what = MOUSE_CLICK, .y = y, .x = x});
	app_draw(s->app);
}

static void
test_rows(void **state)
{
	struct screen s;
	bool follow;
	(void)state;
	all_sizes("rows-3", "set rows 3", "g", fill_many);
	start(&s, "xterm-256color", 24, 80, fill_many);
	assert_true(cmd_run(s.app, "set rows=3"));
	screen_keys(&s, "gjjj"); /* it scrolls, and pages are so long */
	screen_expect(&s, "rows-scrolled-80x24");
	app_key(s.app, KEYC_PGDN);
	app_draw(s.app);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 7);
	click(&s, 12, 20); /* below the last one there is nothing */
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 7);
	click(&s, 7, 20);
	assert_int_equal(view_flows_selected(s.app->view[0], &follow), 5);
	assert_true(cmd_run(s.app, "set rows=-1"));
	assert_true(s.app->refused);
	assert_true(cmd_run(s.app, "set rows&"));
	app_draw(s.app);
	assert_true(shows(&s, "      14 D"));
	screen_close(&s);
}

static void
test_header_clicked(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color", 24, 80, fill_many);
	click(&s, 0, 5); /* the title and the counts are no blocks */
	click(&s, 1, 5);
	assert_string_equal(s.app->toast, "");
	click(&s, 3, 40);
	assert_int_equal(s.app->header.block[BLOCK_TLS], SHOW_EXPLODED);
	click(&s, 5, 10); /* a line of it */
	assert_int_equal(s.app->header.block[BLOCK_TLS], SHOW_OFF);
	assert_string_equal(s.app->toast, "header: tls off; 2 shows it again");
	click(&s, 3, 0); /* the next one has come up */
	assert_int_equal(s.app->header.block[BLOCK_CERTS], SHOW_EXPLODED);
	/* The list with its header below a menu or a prompt; a flow has none. */
	screen_keys(&s, "S");
	click(&s, 2, 3);
	assert_int_equal(s.app->header.block[BLOCK_NET], SHOW_LINE);
	screen_keys(&s, "g\r");
	click(&s, 2, 3);
	assert_int_equal(s.app->header.block[BLOCK_NET], SHOW_LINE);
	screen_keys(&s, "qh");
	click(&s, 2, 3);
	assert_int_equal(s.app->header.block[BLOCK_NET], SHOW_LINE);
	screen_keys(&s, "q-\t"); /* with two panes too, and the keys stay where they are */
	term_set_size(s.term, 36, 120);
	app_draw(s.app);
	click(&s, 2, 3);
	assert_int_equal(s.app->header.block[BLOCK_NET], SHOW_EXPLODED);
	assert_true(s.app->split.detail_focused);
	screen_keys(&s, "\t");
	for (int y = 0; y < 36; y++) { /* the title, the counts, the status line and the key bar are of no pane */
		if (y > 1 && y < 34)
			continue;
		click(&s, y, 119);
		assert_false(s.app->split.detail_focused);
	}
	assert_true(cmd_run(s.app, "set mouse=no"));
	click(&s, 2, 3);
	assert_int_equal(s.app->header.block[BLOCK_NET], SHOW_EXPLODED);
	screen_close(&s);
}

/* The smallest status line names the key of the help that is in force. */
static void
test_smallest_status(void **state)
{
	struct screen s;
	(void)state;
	start(&s, "xterm-256color", 5, 20, fill_many);
	screen_keys(&s, "g");
	assert_true(shows(&s, "1/40  h ? q"));
	assert_true(cmd_run(s.app, "set keys=vi"));
	screen_keys(&s, "g");
	assert_true(shows(&s, "1/40  ? q"));
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_mask_everywhere),
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_mask_find),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_smallest_status),
	    cmocka_unit_test(test_header_clicked),
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
