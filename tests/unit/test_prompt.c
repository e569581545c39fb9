/* SPDX-License-Identifier: MIT
 * The line that is typed: editing by whole characters, history, what is shown of it. And the pace at
 * which frames follow each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "ui/key.h"
#include "ui/pace.h"
#include "ui/prompt.h"

static struct prompt p;
static char answered[PROMPT_TEXT_MAX];
static int changes, cancels;

static void
on_answer(struct app *app, const char *text)
{
	(void)app;
	snprintf(answered, sizeof answered, "%s", text);
}

static void
on_change(struct app *app, const char *text)
{
	(void)app;
	assert_string_equal(text, p.text);
	changes++;
}

static void
on_cancel(struct app *app)
{
	(void)app;
	cancels++;
}

static void
ask(enum prompt_history history, const char *text)
{
	answered[0] = '\0';
	prompt_ask_line(&p, &(struct prompt_line){.label = "Filter: ",
				.text = text,
				.history = history,
				.changed = on_change,
				.answer = on_answer,
				.cancelled = on_cancel});
}

static void
key(int k)
{
	prompt_key(&p, NULL, k);
	assert_int_equal(strlen(p.text), p.n);
	assert_true(p.cursor <= p.n);
}

/* Types UTF-8 as the terminal gives it: code points. */
static void
type(const char *s)
{
	size_t n = strlen(s);

	while (n) {
		unsigned cp;
		size_t took = escape_utf8_decode(s, n, &cp);
		key((int)cp);
		s += took;
		n -= took;
	}
}

static void
expect(const char *before, const char *behind)
{
	char want[PROMPT_TEXT_MAX];

	snprintf(want, sizeof want, "%s%s", before, behind);
	assert_string_equal(p.text, want);
	assert_int_equal(p.cursor, strlen(before));
}

static int
teardown(void **state)
{
	(void)state;
	prompt_fini(&p);
	changes = cancels = 0;
	return 0;
}

static void
test_editing(void **state)
{
	(void)state;
	ask(HISTORY_NONE, NULL);
	type("host api");
	expect("host api", "");
	key(KEYC_HOME);
	key(KEY_CTRL_OF('f'));
	key(KEYC_DELETE);
	expect("h", "st api");
	type("o");
	key(KEYC_END);
	key(KEY_CTRL_OF('b'));
	key(KEYC_LEFT);
	key(KEYC_BACKSPACE);
	expect("host ", "pi");
	key(KEY_CTRL_OF('w'));
	expect("", "pi");
	key(KEYC_BACKSPACE);
	expect("", "pi");
	key(KEY_CTRL_OF('e'));
	key(KEYC_DELETE);
	key(KEYC_RIGHT);
	expect("pi", "");
	key(KEYC_LEFT);
	key(KEY_CTRL_OF('k'));
	expect("p", "");
	type("q r");
	key(KEY_CTRL_OF('a'));
	key(KEY_CTRL_OF('d'));
	key(KEYC_RIGHT);
	key(KEY_CTRL_OF('u'));
	expect("", " r");
	key(KEYC_ENTER);
	assert_false(p.active);
	assert_string_equal(answered, " r");
}

static void
test_characters_are_whole(void **state)
{
	(void)state;
	ask(HISTORY_NONE, NULL);
	type("a日e\xcc\x81\xf0\x9f\x98\x80");
	expect("a日e\xcc\x81\xf0\x9f\x98\x80", "");
	key(KEYC_LEFT);
	key(KEYC_LEFT); /* e and its accent */
	expect("a日", "e\xcc\x81\xf0\x9f\x98\x80");
	key(KEYC_BACKSPACE);
	expect("a", "e\xcc\x81\xf0\x9f\x98\x80");
	key(KEYC_DELETE);
	expect("a", "\xf0\x9f\x98\x80");
	type("ß\xe2\x80\xae");
	expect("aß\xe2\x80\xae", "\xf0\x9f\x98\x80");
	/* Neither controls nor special keys are text. */
	key(0x9b);
	key(KEYC_PGUP);
	key(KEYC_F4);
	key(KEYC_TAB);
	expect("aß\xe2\x80\xae", "\xf0\x9f\x98\x80");
}

static void
test_bytes_that_are_no_text(void **state)
{
	(void)state;
	ask(HISTORY_NONE, "a\xff\xc3");
	key(KEYC_BACKSPACE);
	expect("a\xff", "");
	key(KEYC_LEFT);
	expect("a", "\xff");
}

static void
test_full(void **state)
{
	(void)state;
	ask(HISTORY_NONE, NULL);
	for (int i = 0; i < 2000; i++)
		key(i < 1000 ? 'x' : 0x65e5);
	assert_true(p.n < sizeof p.text && p.n > sizeof p.text - 4);
}

static void
test_changes_and_notes(void **state)
{
	(void)state;
	ask(HISTORY_NONE, "ab");
	snprintf(p.note, sizeof p.note, "2 of 3");
	key(KEYC_LEFT);
	key(KEYC_HOME);
	key(KEYC_BACKSPACE);
	assert_int_equal(changes, 0);
	assert_string_equal(p.note, "2 of 3");
	type("x");
	assert_int_equal(changes, 1);
	assert_string_equal(p.note, "");
	key(KEYC_ESC);
	assert_int_equal(cancels, 1);
	assert_string_equal(answered, "");
	assert_false(p.active);
}

static void
refuse(const char *text, struct prompt_refusal *r)
{
	(void)text;
	snprintf(r->why, sizeof r->why, "no");
}

/* What was wrong with a question that was given up is not held against the next one. */
static void
test_refusal_ends(void **state)
{
	(void)state;
	ask(HISTORY_NONE, "ab");
	p.line.check = refuse;
	key(KEYC_ENTER);
	assert_true(p.active);
	assert_string_equal(p.refusal.why, "no");
	key(KEYC_ESC);
	ask(HISTORY_NONE, "cd");
	assert_string_equal(p.refusal.why, "");
	key(KEYC_ENTER);
	assert_string_equal(answered, "cd");
}

static void
enter(const char *text, int end)
{
	ask(HISTORY_FILTER, NULL);
	type(text);
	key(end);
}

static void
test_history(void **state)
{
	(void)state;
	enter("one", KEYC_ENTER);
	enter("two", KEY_CTRL_OF('c'));
	enter("two", KEY_CTRL_OF('g'));
	enter("", KEYC_ENTER);
	ask(HISTORY_FILTER, NULL);
	type("dra");
	key(KEYC_UP);
	expect("two", ""); /* given up, and yet kept; not twice */
	key(KEYC_UP);
	expect("one", "");
	key(KEYC_UP);
	expect("one", "");
	key(KEYC_DOWN);
	type("!");
	key(KEYC_DOWN);
	expect("dra", "");
	key(KEYC_DOWN);
	expect("dra", "");
	key(KEYC_ESC);
	/* Each kind of line has its own. */
	ask(HISTORY_FIND, NULL);
	key(KEYC_UP);
	expect("", "");
	key(KEYC_ESC);
	prompt_ask(&p, false, "Delay:", on_answer);
	key(KEYC_UP);
	expect("", "");
	key(KEYC_ESC);
	for (int i = 0; i < PROMPT_PAST_MAX + 10; i++) {
		char text[16];
		snprintf(text, sizeof text, "n%d", i);
		enter(text, KEYC_ENTER);
	}
	ask(HISTORY_FILTER, NULL);
	for (int i = 0; i < PROMPT_PAST_MAX + 50; i++)
		key(KEYC_UP);
	expect("n10", "");
}

static void
test_yes_or_no(void **state)
{
	(void)state;
	answered[0] = '\0';
	prompt_ask(&p, true, "Quit?", on_answer);
	key('x');
	assert_true(p.active);
	key(KEY_CTRL_OF('c'));
	assert_false(p.active);
	assert_string_equal(answered, "");
	prompt_ask(&p, true, "Quit?", on_answer);
	key('Y');
	assert_string_equal(answered, "y");
}

/* What is shown in that width, with | at the cursor. */
static void
expect_shown(int width, const char *want)
{
	struct buf out;
	char text[4096];
	int cursor;

	buf_init(&out, 1 << 16);
	bool cut = prompt_show(&p, width, ESCAPE_UTF8, &out, &cursor);
	assert_true(cursor + cut < width);
	snprintf(text, sizeof text, "%s%.*s %d", cut ? "<" : "", (int)out.n, out.p ? out.p : "", cursor);
	assert_string_equal(text, want);
	buf_fini(&out);
}

static void
test_what_is_shown(void **state)
{
	(void)state;
	ask(HISTORY_NONE, "0123456789");
	expect_shown(20, "0123456789 10");
	expect_shown(11, "0123456789 10");
	expect_shown(10, "<23456789 8");
	key(KEYC_HOME);
	expect_shown(10, "0123456789 0");
	ask(HISTORY_NONE, "日本語日本語");
	expect_shown(8, "<日本語 6");
	ask(HISTORY_NONE, "a\x1b\\");
	expect_shown(20, "a\\x1b\\\\ 7");
	key(KEYC_LEFT);
	expect_shown(20, "a\\x1b\\\\ 5");
	expect_shown(2, "<\\\\ 0");
}

/* A flood of full frames stays within the budget, small frames come ten a second, keys at once. */
static void
test_pace(void **state)
{
	struct pace pace = {.due_ns = 0};
	uint64_t now = 5000000000u, bytes = 0;
	(void)state;
	assert_int_equal(pace_wait_ms(&pace, now, false), 0);
	pace_drawn(&pace, now, 100, PACE_CELLS);
	assert_int_equal(pace_wait_ms(&pace, now, true), 0);
	assert_in_range(pace_wait_ms(&pace, now, false), 100, 101);
	for (uint64_t end = now + 10000000000u; now < end; now += 1000000) {
		if (pace_wait_ms(&pace, now, false))
			continue;
		pace_drawn(&pace, now, 12000, PACE_CELLS);
		bytes += 12000;
	}
	assert_in_range(bytes, 250000, 300000);
	/* Keys run up debt, but not for long. */
	for (int i = 0; i < 50; i++)
		pace_drawn(&pace, now, 12000, PACE_CELLS);
	assert_int_equal(pace_wait_ms(&pace, now, true), 0);
	assert_in_range(pace_wait_ms(&pace, now, false), 900, 1001);
	/* A larger screen has a larger budget. */
	pace.due_ns = 0;
	pace_drawn(&pace, now, 12000, 4 * PACE_CELLS);
	assert_in_range(pace_wait_ms(&pace, now, false), 100, 120);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_editing, teardown),
	    cmocka_unit_test_teardown(test_characters_are_whole, teardown),
	    cmocka_unit_test_teardown(test_bytes_that_are_no_text, teardown),
	    cmocka_unit_test_teardown(test_full, teardown),
	    cmocka_unit_test_teardown(test_changes_and_notes, teardown),
	    cmocka_unit_test_teardown(test_refusal_ends, teardown),
	    cmocka_unit_test_teardown(test_history, teardown),
	    cmocka_unit_test_teardown(test_yes_or_no, teardown),
	    cmocka_unit_test_teardown(test_what_is_shown, teardown),
	    cmocka_unit_test(test_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
