/* SPDX-License-Identifier: MIT
 * The expression language: the tables of match_cases.h, limits, completion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "match/match.h"
#include "match/match_find.h"
#include "tests/unit/match_cases.h"
#include "tests/unit/match_fixture.h"

static struct match *
compiled(const char *text)
{
	struct match_error e = {0};
	struct match *m = match_new(text, &e);

	if (!m)
		print_message("%s: at %zu: %s\n", text, e.at, e.why);
	assert_non_null(m);
	return m;
}

static enum match_result
eval_on(const char *text, struct match_sample *sample)
{
	struct match *m = compiled(text);
	enum match_result r = match_eval(m, &(struct match_subject){&match_sample_ops, sample});

	match_free(m);
	return r;
}

static void
test_rows(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof match_rows / sizeof *match_rows; i++) {
		struct match_sample samples[MATCH_SAMPLES];
		struct match_error e = {0};
		struct match *m = match_new(match_rows[i].text, &e);
		char got[MATCH_SAMPLES + 1] = "";

		match_samples(samples);
		for (int k = 0; m && k < MATCH_SAMPLES; k++)
			got[k] = "ny?"[match_eval(m, &(struct match_subject){&match_sample_ops, &samples[k]})];
		if (!m || strcmp(got, match_rows[i].want) != 0) {
			print_message("%s: %s, wanted %s (at %zu: %s)\n", match_rows[i].text, got, match_rows[i].want, e.at, e.why);
			bad++;
		}
		match_free(m);
	}
	assert_int_equal(bad, 0);
}

static void
test_refusals(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof match_refusals / sizeof *match_refusals; i++) {
		const struct match_refusal *r = &match_refusals[i];
		struct match_error e = {0};
		struct match *m = match_new(r->text, &e);

		if (m || e.at != r->at || strncmp(e.why, r->why, strlen(r->why)) != 0 || strcmp(e.proposal, r->proposal) != 0) {
			print_message("%s: at %zu '%s' try '%s'; wanted at %zu '%s' try '%s'\n", r->text, e.at, e.why, e.proposal, r->at,
			    r->why, r->proposal);
			bad++;
		}
		match_free(m);
	}
	assert_int_equal(bad, 0);
	assert_null(match_new("(", NULL));
}

/* Text of n copies of a part between two others. */
static const char *
repeated(char *out, size_t size, const char *before, const char *part, unsigned n, const char *after)
{
	size_t at = (size_t)snprintf(out, size, "%s", before);

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, size - at, "%s", part);
	snprintf(out + at, size - at, "%s", after);
	return out;
}

static void
assert_refused(const char *text, size_t at, const char *why)
{
	struct match_error e = {0};

	assert_null(match_new(text, &e));
	assert_string_equal(e.why, why);
	assert_int_equal(e.at, at);
}

static void
test_limits(void **state)
{
	char text[4096];

	(void)state;
	match_free(compiled(repeated(text, sizeof text, "", "a ", MATCH_TERMS_MAX, "")));
	assert_refused(repeated(text, sizeof text, "", "a ", MATCH_TERMS_MAX + 1, ""), 2 * MATCH_TERMS_MAX, "more than 64 terms");
	match_free(compiled(repeated(text, sizeof text, "", "!", MATCH_DEPTH_MAX, "a")));
	assert_refused(repeated(text, sizeof text, "", "!", MATCH_DEPTH_MAX + 1, "a"), MATCH_DEPTH_MAX,
	    "more than 32 parentheses and nots inside each other");
	assert_refused(repeated(text, sizeof text, "", "(", 1000, ""), MATCH_DEPTH_MAX,
	    "more than 32 parentheses and nots inside each other");
	match_free(compiled(repeated(text, sizeof text, "", "a", MATCH_TEXT_MAX, "")));
	assert_refused(repeated(text, sizeof text, "", "a", MATCH_TEXT_MAX + 1, ""), MATCH_TEXT_MAX, "longer than 1024 bytes");
	/* Depth is of what is inside each other, not of what stands side by side. */
	match_free(compiled(repeated(text, sizeof text, "a", " !(a)", MATCH_TERMS_MAX - 1, "")));
	/* All the values that a text has room for. */
	match_free(compiled(repeated(text, sizeof text, "code in (1", ",1", 500, ")")));
}

static int64_t
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Patterns that would run for years, over texts made for them. */
static void
test_hostile_patterns(void **state)
{
	static const char *const patterns[] = {"~b \"(a+)+$\"", "~b \"^(a|a)+$\"", "~b \"(a*)*b\"", "~b \"(.*)(.*)(.*)(.*)(.*)x\"", "~b \"a.*b.*c.*d\"",
	    "~b \"(?:a?){64}a{64}z\"", "~b \"(a|b|ab)*c\"", "~b \"((a{1,9}){1,9}){1,9}z\"", "~b \"(?=(a+))\\1+z\"", "~b \"(?R)?a*z\"", "~b \"(*NO_JIT)(a+)+$\"",
	    "~b \"(*NO_JIT)a.*b.*c.*d\"", "~b \"(*NO_JIT)(a|b|ab)*c\""};
	enum { BODY = 1 << 20 };
	char *body = malloc(BODY + 1);
	struct match_sample samples[MATCH_SAMPLES];

	(void)state;
	memset(body, 'a', BODY);
	body[BODY - 1] = '!';
	body[BODY] = '\0';
	match_samples(samples);
	samples[0].message[1].body = body;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		int64_t began = cpu_ms();
		struct match *m = compiled(patterns[i]);
		for (int k = 0; k < 2; k++)
			assert_int_equal(match_eval(m, &(struct match_subject){&match_sample_ops, &samples[0]}), MATCH_NO);
		match_free(m);
		if (cpu_ms() - began > 3000)
			fail_msg("%s took %d ms", patterns[i], (int)(cpu_ms() - began));
	}
	/* What is honest is found, wherever it stands. */
	memcpy(body + BODY - 5, "\nend.", 5);
	assert_int_equal(eval_on("~b ^end\\.$", &samples[0]), MATCH_YES);
	assert_int_equal(eval_on("body ~ END.", &samples[0]), MATCH_YES);
	assert_int_equal(eval_on("body ~ aab", &samples[0]), MATCH_NO);
	body[1000] = '\xc3';
	body[1001] = '\xbc';
	assert_int_equal(eval_on("~b a\xc3\x9c", &samples[0]), MATCH_YES);
	free(body);
}

/* Going back inside a repeat is no step for pcre2, and takes minutes in a long line. */
static void
test_long_lines(void **state)
{
	static const char *const patterns[] = {"~b \"a[^!]*b[^!]*c[^!]*d\"", "~b \"[A-Za-z0-9+/]{40,}={2}\"", "~b \"(\\S+\\s+)*foo\"",
	    "~b \"(\\w+=\\w*&)*token\"", "~b \"[\\w.]+@[\\w.]+\\.com\"", "~b \"(?=(.*))\\1q\""};
	enum { BODY = 4 << 20 };
	char *body = malloc(BODY + 1);
	struct match_sample samples[MATCH_SAMPLES];

	(void)state;
	for (size_t i = 0; i < BODY; i++)
		body[i] = "ab"[i & 1];
	body[BODY] = '\0';
	match_samples(samples);
	samples[0].message[1].body = body;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		int64_t began = cpu_ms();
		assert_int_equal(eval_on(patterns[i], &samples[0]), MATCH_NO);
		if (cpu_ms() - began > 1500)
			fail_msg("%s took %d ms", patterns[i], (int)(cpu_ms() - began));
	}
	memcpy(body + BODY - 7, "a@b.com", 7);
	assert_int_equal(eval_on("~b a.*@b.*com", &samples[0]), MATCH_YES);
	assert_int_equal(eval_on("~b @[^!]*\\.com", &samples[0]), MATCH_YES);
	free(body);
}

/* What costs little decides first: no body is asked for when a name is enough. */
static void
test_order(void **state)
{
	struct match_sample samples[MATCH_SAMPLES];

	(void)state;
	match_samples(samples);
	assert_int_equal(eval_on("~b tea and ~h x and host = nowhere", &samples[0]), MATCH_NO);
	assert_int_equal(eval_on("body ~ tea or (body ~ x and ~h y) or marked", &samples[0]), MATCH_YES);
	assert_int_equal(eval_on("(~b tea | ~b x) & !marked", &samples[0]), MATCH_NO);
	assert_int_equal(samples[0].bodies_asked, 0);
	assert_int_equal(eval_on("~bs tea", &samples[0]), MATCH_YES);
	assert_int_equal(samples[0].bodies_asked, 1);
}

static void
assert_needs(const char *text, unsigned want)
{
	struct match *m = compiled(text);
	unsigned needs = match_needs(m);

	match_free(m);
	if (needs != want)
		print_message("%s: needs %u\n", text, needs);
	assert_int_equal(needs, want);
}

static void
test_needs(void **state)
{
	(void)state;
	assert_needs("", 0);
	assert_needs("api & method = GET & ~q & marked", 0);
	assert_needs("req.header[a] or ~hq b", MATCH_NEEDS_HEADS);
	assert_needs("~h b", MATCH_NEEDS_HEADS | MATCH_NEEDS_RESPONSE);
	assert_needs("~t b", MATCH_NEEDS_HEADS | MATCH_NEEDS_RESPONSE);
	assert_needs("~tq b", MATCH_NEEDS_HEADS);
	assert_needs("~ts b", MATCH_NEEDS_RESPONSE);
	assert_needs("~s", MATCH_NEEDS_RESPONSE);
	assert_needs("req.body ~ b", MATCH_NEEDS_BODIES);
	assert_needs("~b b", MATCH_NEEDS_BODIES | MATCH_NEEDS_RESPONSE);
	assert_needs("proc = curl or tls.version = 1.2", MATCH_NEEDS_CONN | MATCH_NEEDS_PROCESS);
	assert_needs("age < 5m", MATCH_NEEDS_TIME);
	assert_needs("code = 200 or age < 5m", MATCH_NEEDS_TIME | MATCH_NEEDS_RESPONSE);
}

static void
test_takes_no_response(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {{"", false}, {"~all", false}, {"~s", false}, {"code = 500", false}, {"~q", true}, {"not ~q", false}, {"not ~s", true},
	    {"~q and api", true}, {"~q or api", false}, {"not (~q or api)", false}, {"not (~s or api)", true}, {"not (~s and api)", false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct match *m = compiled(rows[i].text);
		if (match_takes_no_response(m) != rows[i].want)
			print_message("%s\n", rows[i].text);
		assert_int_equal(match_takes_no_response(m), rows[i].want);
		match_free(m);
	}
}

static void
test_takes_response(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {{"", false}, {"~all", false}, {"api", false}, {"~h b", false}, {"~b b", false}, {"~t b", false}, {"header[a]", false},
	    {"~q", false}, {"~s", true}, {"code = 500", true}, {"not code = 500", true}, {"~hs a", true}, {"res.body ~ a", true}, {"~ts a", true},
	    {"res.header[a]", true}, {"asset", true}, {"ttfb > 1s", true}, {"api and code = 500", true}, {"api or code = 500", false},
	    {"not (api and code = 500)", false}, {"not (api or code = 500)", true}, {"not (~q or ~bq x) and ~s", true}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct match *m = compiled(rows[i].text);
		if (match_takes_response(m) != rows[i].want)
			print_message("%s\n", rows[i].text);
		assert_int_equal(match_takes_response(m), rows[i].want);
		match_free(m);
	}
}

static void
test_find(void **state)
{
	(void)state;
	assert_true(match_find(SPAN_LIT(""), SPAN_LIT("")));
	assert_false(match_find(SPAN_LIT(""), SPAN_LIT("a")));
	assert_true(match_find(SPAN_LIT("xxABc"), SPAN_LIT("abc")));
	assert_true(match_find(SPAN_LIT("aAaAb"), SPAN_LIT("aab")));
	assert_false(match_find(SPAN_LIT("aAaA"), SPAN_LIT("aab")));
	assert_false(match_find(SPAN_LIT("ab"), SPAN_LIT("abc")));
	assert_true(match_find(span_of("a\0b\0C", 5), span_of("b\0c", 3)));
	assert_false(match_find(SPAN_LIT("@[`{"), SPAN_LIT("`@")));
}

/* A bar is where the cursor stands; wanted: what it expects, the word at it, the field. */
static const struct {
	const char *text;
	enum match_expect expect;
	const char *word, *field;
} contexts[] = {
    {"|", MATCH_EXPECT_TERM, "", NULL},
    {"co|", MATCH_EXPECT_TERM, "co", NULL},
    {"co|de", MATCH_EXPECT_TERM, "code", NULL},
    {"code|", MATCH_EXPECT_TERM, "code", NULL},
    {"code |", MATCH_EXPECT_OPERATOR, "", "code"},
    {"code >|", MATCH_EXPECT_VALUE, "", "code"},
    {"code > |", MATCH_EXPECT_VALUE, "", "code"},
    {"code > 4|", MATCH_EXPECT_VALUE, "4", "code"},
    {"code=4|", MATCH_EXPECT_VALUE, "4", "code"},
    {"code > 4 |", MATCH_EXPECT_JOINER, "", NULL},
    {"code > 4 a|", MATCH_EXPECT_JOINER, "a", NULL},
    {"code > 4 and|", MATCH_EXPECT_JOINER, "and", NULL},
    {"code > 4 and |", MATCH_EXPECT_TERM, "", NULL},
    {"code > 4 and co|", MATCH_EXPECT_TERM, "co", NULL},
    {"host ~ api and co|", MATCH_EXPECT_TERM, "co", NULL},
    {"host ~ api me|", MATCH_EXPECT_TERM, "me", NULL},
    {"(|", MATCH_EXPECT_TERM, "", NULL},
    {"!|", MATCH_EXPECT_TERM, "", NULL},
    {"!ma|", MATCH_EXPECT_TERM, "ma", NULL},
    {"not |", MATCH_EXPECT_TERM, "", NULL},
    {"~|", MATCH_EXPECT_TERM, "~", NULL},
    {"~u|", MATCH_EXPECT_TERM, "~u", NULL},
    {"~u |", MATCH_EXPECT_VALUE, "", "url"},
    {"~m PO|", MATCH_EXPECT_VALUE, "PO", "method"},
    {"~q |", MATCH_EXPECT_JOINER, "", NULL},
    {"marked |", MATCH_EXPECT_JOINER, "", NULL},
    {"(marked)|", MATCH_EXPECT_JOINER, "", NULL},
    {"state in (|", MATCH_EXPECT_VALUE, "", "state"},
    {"state in (F,|", MATCH_EXPECT_VALUE, "", "state"},
    {"state in (F,E|", MATCH_EXPECT_VALUE, "E", "state"},
    {"state in (F) |", MATCH_EXPECT_JOINER, "", NULL},
    {"state in F|", MATCH_EXPECT_VALUE, "F", "state"},
    {"state in F,|", MATCH_EXPECT_VALUE, "", "state"},
    {"state in F, |", MATCH_EXPECT_VALUE, "", "state"},
    {"state in F,E|", MATCH_EXPECT_VALUE, "E", "state"},
    {"state in F,E |", MATCH_EXPECT_JOINER, "", NULL},
    {"state in F|,E", MATCH_EXPECT_VALUE, "F", "state"},
    {"state in F,E m|", MATCH_EXPECT_TERM, "m", NULL},
    {"state i|", MATCH_EXPECT_OPERATOR, "i", "state"},
    {"host ~ \"a b|", MATCH_EXPECT_VALUE, "\"a b", "host"},
    {"req.header[au|", MATCH_EXPECT_NAME, "au", "req.header"},
    {"header[|", MATCH_EXPECT_NAME, "", "header"},
    {"header[|]", MATCH_EXPECT_NAME, "]", "header"},
    {"!res.header[ se|rver ] = x", MATCH_EXPECT_NAME, "server", "res.header"},
    {"marked header[X-A|b] and code = 5xx", MATCH_EXPECT_NAME, "X-Ab]", "header"},
    {"header[a| and code = 5xx", MATCH_EXPECT_NAME, "a", "header"},
    {"header[a and |", MATCH_EXPECT_NAME, "a and ", "header"},
    {"header[a]|", MATCH_EXPECT_TERM, "header[a]", NULL},
    {"host[a|", MATCH_EXPECT_TERM, "host[a", NULL},
    {"header[server] = |", MATCH_EXPECT_VALUE, "", "header"},
    {"req.header[host] |", MATCH_EXPECT_OPERATOR, "", "req.header"},
    {"method| = GET", MATCH_EXPECT_TERM, "method", NULL},
    {"method = |GET and api", MATCH_EXPECT_VALUE, "GET", "method"},
};

static void
test_contexts(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
		struct match_context c;
		char text[64];
		size_t cursor = strcspn(contexts[i].text, "|");

		snprintf(text, sizeof text, "%.*s%s", (int)cursor, contexts[i].text, contexts[i].text + cursor + 1);
		match_context(text, cursor, &c);
		const char *field = c.field ? c.field->name : NULL;
		bool same_field = field && contexts[i].field ? strcmp(field, contexts[i].field) == 0 : field == contexts[i].field;
		bool same_word = c.to - c.from == strlen(contexts[i].word) && memcmp(text + c.from, contexts[i].word, c.to - c.from) == 0;
		if (c.expect != contexts[i].expect || !same_field || !same_word) {
			print_message("%s: expects %d of %s, word '%.*s'\n", contexts[i].text, c.expect, field ? field : "none",
			    (int)(c.to - c.from), text + c.from);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void
test_quote(void **state)
{
	static const char *const values[][2] = {{"api", "api"}, {"a.b-c", "a.b-c"}, {"", "\"\""}, {"a b", "\"a b\""}, {"and", "\"and\""},
	    {"a\"b\\c", "\"a\\\"b\\\\c\""}, {"/x", "\"/x\""}, {"x,y", "\"x,y\""}, {"a&b", "\"a&b\""}, {"~q", "\"~q\""}};
	char out[32], text[64];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const struct match_fact facts[] = {{.field = MATCH_F_PATH, .text = values[i][0]}, {.field = MATCH_FIELD_COUNT}};
		struct match_sample sample = {.facts = facts};
		assert_int_equal(match_quote(span_str(values[i][0]), MATCH_FORM_TEXT, out, sizeof out), strlen(values[i][1]));
		assert_string_equal(out, values[i][1]);
		snprintf(text, sizeof text, "path = %s", out);
		assert_int_equal(eval_on(text, &sample), MATCH_YES);
	}
	assert_int_equal(match_quote(SPAN_LIT("much too long for it"), MATCH_FORM_TEXT, out, 8), 0);
	assert_int_equal(match_quote(span_of("a\0b", 3), MATCH_FORM_TEXT, out, sizeof out), 0);
}

/* A value that is completed behind ~ is found, whatever signs of patterns are in it. */
static void
test_quote_pattern(void **state)
{
	static const char *const values[] = {"api", "/s?a=1&b=(2)", "a.b+c", "a b*", "x[1]", "a\"b", "a\\", "\\\"", "{2}", "a|b", "$5^"};
	static const char *const before[] = {[MATCH_FORM_LIKE] = "path ~ ", [MATCH_FORM_REGEX] = "~comment "};
	char out[64], text[96];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const struct match_fact facts[] = {{.field = MATCH_F_PATH, .text = values[i]}, {.field = MATCH_F_COMMENT, .text = values[i]},
		    {.field = MATCH_FIELD_COUNT}};
		struct match_sample sample = {.facts = facts};
		for (enum match_form form = MATCH_FORM_LIKE; form <= MATCH_FORM_REGEX; form++) {
			assert_int_not_equal(match_quote(span_str(values[i]), form, out, sizeof out), 0);
			snprintf(text, sizeof text, "%s%s", before[form], out);
			assert_int_equal(eval_on(text, &sample), MATCH_YES);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_refusals), cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_hostile_patterns), cmocka_unit_test(test_order), cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_takes_response),
	    cmocka_unit_test(test_takes_no_response),
	    cmocka_unit_test(test_find), cmocka_unit_test(test_contexts), cmocka_unit_test(test_quote),
	    cmocka_unit_test(test_quote_pattern)};

	clock_stop(1, 1000000ull * 1000000000ull);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
