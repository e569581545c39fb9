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
	for (int i = 0; i < 3 * PROMPT_TEXT_MAX; i++)
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
refuse(struct app *app, const char *text, struct prompt_refusal *r)
{
	(void)app;
	(void)text;
	snprintf(r->why, sizeof r->why, "no");
}

static void
refuse_and_mend(struct app *app, const char *text, struct prompt_refusal *r)
{
	(void)app;
	if (strcmp(text, "mended") == 0)
		return;
	snprintf(r->why, sizeof r->why, "no");
	snprintf(r->proposal, sizeof r->proposal, "mended");
}

/* Words that begin like the one at the cursor. */
static void
complete(struct app *app, const char *text, size_t cursor, struct completion *c)
{
	static const char *const words[] = {"code ", "comment ", "host ", "conn "};
	size_t from = cursor;
	(void)app;
	while (from && text[from - 1] != ' ')
		from--;
	completion_clear(c, from, cursor + strcspn(text + cursor, " "));
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (completion_begins(words[i], span_of(text + from, cursor - from)))
			assert_non_null(completion_add(c, span_str(words[i]), "a word"));
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

/* Tab puts the proposal in place, and only then. */
static void
test_mended(void **state)
{
	(void)state;
	ask(HISTORY_NONE, "ab");
	p.line.check = refuse_and_mend;
	key(KEYC_TAB);
	expect("ab", "");
	key(KEYC_ENTER);
	assert_true(p.active);
	key(KEYC_TAB);
	expect("mended", "");
	assert_string_equal(p.refusal.why, "");
	key(KEYC_ENTER);
	assert_false(p.active);
	assert_string_equal(answered, "mended");
}

static void
test_completion(void **state)
{
	(void)state;
	ask(HISTORY_FILTER, "past");
	key(KEYC_ENTER);
	ask(HISTORY_FILTER, NULL);
	p.line.complete = complete;
	assert_false(p.completion.open);
	key(KEYC_UP); /* closed: the past */
	expect("past", "");
	assert_false(p.completion.open);
	key(KEY_CTRL_OF('u'));
	assert_false(p.completion.open); /* an empty word opens nothing */
	type("co");
	assert_true(p.completion.open);
	assert_int_equal(p.completion.n, 3);
	key(KEYC_UP);
	assert_int_equal(p.completion.selected, 0);
	key(KEYC_DOWN);
	key(KEYC_DOWN);
	key(KEYC_DOWN);
	assert_int_equal(p.completion.selected, 2);
	expect("co", "");
	key(KEYC_UP);
	key(KEYC_TAB);
	expect("comment ", "");
	assert_false(p.completion.open);
	key(KEYC_TAB); /* all that can stand here */
	assert_true(p.completion.open);
	assert_int_equal(p.completion.n, 4);
	key(KEYC_LEFT);
	assert_false(p.completion.open);
	/* In the middle: the whole word gives way, and one blank is enough. */
	key(KEY_CTRL_OF('u'));
	key(KEY_CTRL_OF('k'));
	type("hx y");
	key(KEYC_LEFT);
	key(KEYC_LEFT);
	key(KEYC_LEFT);
	key(KEYC_TAB);
	expect("host ", "y");
	/* A word that is all there opens nothing. */
	key(KEY_CTRL_OF('u'));
	key(KEY_CTRL_OF('k'));
	type("host");
	assert_false(p.completion.open);
	key(KEYC_ESC);
}

/* What does not fit is not put in place; the list has an end. */
static void
test_completion_limits(void **state)
{
	static struct completion c;
	char text[PROMPT_TEXT_MAX];
	(void)state;
	completion_clear(&c, 0, 0);
	memset(text, 'x', sizeof text);
	assert_null(completion_add(&c, span_of(text, COMPLETION_TEXT_MAX), ""));
	assert_non_null(completion_add(&c, span_of(text, COMPLETION_TEXT_MAX - 1), ""));
	for (int i = 1; i < COMPLETION_MAX; i++)
		assert_non_null(completion_add(&c, SPAN_LIT("w"), ""));
	assert_null(completion_add(&c, SPAN_LIT("w"), ""));
	completion_move(&c, COMPLETION_MAX * 2);
	assert_int_equal(c.selected, COMPLETION_MAX - 1);
	text[PROMPT_TEXT_MAX - 1] = '\0';
	text[PROMPT_TEXT_MAX - 4] = ' ';
	ask(HISTORY_NONE, text);
	p.line.complete = complete;
	key(KEYC_BACKSPACE);
	key(KEYC_BACKSPACE);
	type("h");
	key(KEYC_TAB);
	assert_true(p.n < PROMPT_TEXT_MAX && p.n == strlen(p.text));
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
	    cmocka_unit_test_teardown(test_mended, teardown),
	    cmocka_unit_test_teardown(test_completion, teardown),
	    cmocka_unit_test_teardown(test_completion_limits, teardown),
	    cmocka_unit_test_teardown(test_yes_or_no, teardown),
	    cmocka_unit_test_teardown(test_what_is_shown, teardown),
	    cmocka_unit_test(test_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
