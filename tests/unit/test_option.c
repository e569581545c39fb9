/* SPDX-License-Identifier: MIT
 * The option store: defaults, units, ranges, lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "conf/option.h"

static void
defaults_of_the_table(void **state)
{
	struct options *o = options_new();

	(void)state;
	assert_false(option_bool(o, OPT_HEADLESS));
	assert_int_equal(option_int(o, OPT_MEMORY), 0);
	assert_int_equal(option_int(o, OPT_DELAY), 1000);
	assert_string_equal(option_str(o, OPT_CA), "");
	assert_int_equal(option_list_count(o, OPT_LISTEN), 1);
	assert_string_equal(option_list_item(o, OPT_LISTEN, 0), "127.0.0.1:8080");
	assert_string_equal(option_list_item(o, OPT_LISTEN, 1), "");
	for (int i = 0; i < OPT_COUNT; i++)
		assert_false(option_is_set(o, (enum option_id)i));
	options_free(o);
}

static int64_t
number(enum option_id id, const char *text)
{
	struct options *o = options_new();
	struct errmsg why;
	int bad = option_set(o, option_rows[id].name, text, &why);
	int64_t n = bad ? bad : option_int(o, id);

	assert_int_equal(option_is_set(o, id), !bad);
	options_free(o);
	return n;
}

static void
sizes_take_binary_units(void **state)
{
	(void)state;
	assert_int_equal(number(OPT_MEMORY, "256M"), 256 << 20);
	assert_int_equal(number(OPT_MEMORY, "1g"), 1 << 30);
	assert_int_equal(number(OPT_BODY_MAX, "64k"), 65536);
	assert_int_equal(number(OPT_BODY_MAX, "1.5k"), 1536);
	assert_int_equal(number(OPT_BODY_MAX, "0"), 0);
	assert_int_equal(number(OPT_BODY_MAX, "64q"), ERR_SYNTAX);
	assert_int_equal(number(OPT_BODY_MAX, ""), ERR_SYNTAX);
	assert_int_equal(number(OPT_BODY_MAX, "-1"), ERR_SYNTAX);
}

static void
durations_are_in_seconds_without_a_unit(void **state)
{
	(void)state;
	assert_int_equal(number(OPT_DELAY, "1s"), 1000);
	assert_int_equal(number(OPT_DELAY, "250ms"), 250);
	assert_int_equal(number(OPT_DELAY, "5m"), 300000);
	assert_int_equal(number(OPT_DELAY, "2.5"), 2500);
	assert_int_equal(number(OPT_DELAY, ".5"), 500);
	assert_int_equal(number(OPT_DELAY, "1h"), 3600000);
	assert_int_equal(number(OPT_DELAY, "1.2.3"), ERR_SYNTAX);
	assert_int_equal(number(OPT_DELAY, "."), ERR_SYNTAX);
	assert_int_equal(number(OPT_DELAY, "1 s"), ERR_SYNTAX);
}

static void
ranges_hold_at_and_past_their_ends(void **state)
{
	(void)state;
	assert_int_equal(number(OPT_DELAY, "100ms"), 100);
	assert_int_equal(number(OPT_DELAY, "99ms"), ERR_RANGE);
	assert_int_equal(number(OPT_DELAY, "3600001ms"), ERR_RANGE);
	assert_int_equal(number(OPT_THREADS, "64"), 64);
	assert_int_equal(number(OPT_THREADS, "65"), ERR_RANGE);
	assert_int_equal(number(OPT_THREADS, "1.5"), ERR_SYNTAX);
	assert_int_equal(number(OPT_THREADS, "99999999999999999999999999999"), ERR_RANGE);
}

static void
an_error_tells_what_is_allowed_and_changes_nothing(void **state)
{
	struct options *o = options_new();
	struct errmsg why;

	(void)state;
	assert_int_equal(option_set(o, "delay", "1ms", &why), ERR_RANGE);
	assert_string_equal(why.text, "delay: 1ms is outside 100ms to 1h");
	assert_int_equal(option_set(o, "threads", "many", &why), ERR_SYNTAX);
	assert_string_equal(why.text, "threads: 'many' is not a whole number");
	assert_int_equal(option_set(o, "via", "maybe", &why), ERR_SYNTAX);
	assert_string_equal(why.text, "via: 'maybe' is neither yes nor no");
	assert_int_equal(option_set(o, "nonsense", "1", &why), ERR_NOTFOUND);
	assert_string_equal(why.text, "there is no option 'nonsense'");
	assert_int_equal(option_int(o, OPT_DELAY), 1000);
	options_free(o);
}

static void
switches_take_eight_words(void **state)
{
	static const char *const words[] = {"no", "yes", "False", "TRUE", "off", "on", "0", "1"};
	struct options *o = options_new();

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(option_set(o, "via", words[i], NULL), 0);
		assert_int_equal(option_bool(o, OPT_VIA), i % 2);
	}
	options_free(o);
}

static void
a_source_replaces_a_list_and_then_appends(void **state)
{
	struct options *o = options_new();
	char text[64];

	(void)state;
	assert_int_equal(option_set(o, "listen", "1", NULL), 0);
	assert_int_equal(option_set(o, "listen", "2", NULL), 0);
	assert_int_equal(option_list_count(o, OPT_LISTEN), 2);
	options_next_source(o);
	assert_int_equal(option_list_count(o, OPT_LISTEN), 2);
	assert_int_equal(option_set(o, "listen", "3", NULL), 0);
	assert_int_equal(option_set(o, "listen", "4", NULL), 0);
	option_text(o, OPT_LISTEN, text, sizeof text);
	assert_string_equal(text, "3 4");
	assert_int_equal(option_set(o, "listen", "", NULL), ERR_SYNTAX);
	for (int i = 0; i < 62; i++)
		assert_int_equal(option_set(o, "listen", "5", NULL), 0);
	assert_int_equal(option_set(o, "listen", "6", NULL), ERR_LIMIT);
	options_free(o);
}

static void
texts_are_taken_back(void **state)
{
	struct options *a = options_new(), *b = options_new();
	char text[128], again[128];

	(void)state;
	for (int i = 0; i < OPT_COUNT; i++) {
		option_text(a, (enum option_id)i, text, sizeof text);
		if (option_rows[i].type == OPTION_LIST && !*text)
			continue; /* an item is never empty */
		assert_int_equal(option_set(b, option_rows[i].name, text, NULL), 0);
		option_text(b, (enum option_id)i, again, sizeof again);
		assert_string_equal(text, again);
	}
	options_free(a);
	options_free(b);
}

static void
sources_and_defaults(void **state)
{
	struct options *o = options_new();

	(void)state;
	assert_int_equal(option_source(o, OPT_DELAY), OPTION_BUILT_IN);
	assert_true(option_is_default(o, OPT_DELAY));
	option_set(o, "bind", "x pause", NULL);
	assert_int_equal(option_source(o, OPT_BIND), OPTION_FILE);
	options_next_source(o);
	option_set(o, "delay", "2", NULL);
	assert_int_equal(option_source(o, OPT_DELAY), OPTION_ARGS);
	assert_int_not_equal(option_set(o, "delay", "x", NULL), 0);
	options_next_source(o);
	options_next_source(o);
	option_reset(o, OPT_DELAY);
	assert_int_equal(option_int(o, OPT_DELAY), 1000);
	assert_int_equal(option_source(o, OPT_DELAY), OPTION_CONSOLE);
	assert_true(option_is_default(o, OPT_DELAY));
	option_set(o, "listen", "1", NULL);
	assert_false(option_is_default(o, OPT_LISTEN));
	option_reset(o, OPT_LISTEN);
	assert_true(option_is_default(o, OPT_LISTEN));
	/* What the console adds to a list does not replace what the file says. */
	assert_int_equal(option_list_add(o, OPT_BIND, "xy pause", NULL), 0);
	assert_int_equal(option_list_count(o, OPT_BIND), 2);
	assert_true(option_list_remove(o, OPT_BIND, "x"));
	assert_false(option_list_remove(o, OPT_BIND, "x"));
	assert_string_equal(option_list_item(o, OPT_BIND, 0), "xy pause");
	assert_true(option_list_remove(o, OPT_BIND, "xy"));
	assert_true(option_is_default(o, OPT_BIND));
	options_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_of_the_table),
	    cmocka_unit_test(sizes_take_binary_units),
	    cmocka_unit_test(durations_are_in_seconds_without_a_unit),
	    cmocka_unit_test(ranges_hold_at_and_past_their_ends),
	    cmocka_unit_test(an_error_tells_what_is_allowed_and_changes_nothing),
	    cmocka_unit_test(switches_take_eight_words),
	    cmocka_unit_test(a_source_replaces_a_list_and_then_appends),
	    cmocka_unit_test(texts_are_taken_back),
	    cmocka_unit_test(sources_and_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
