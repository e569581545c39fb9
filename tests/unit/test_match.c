/* SPDX-License-Identifier: MIT
 * The expression language: a table of expressions and what they match, in tests/unit/match_cases.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "match/match.h"
#include "tests/unit/match_fixture.h"

struct row {
	const char *text;
	const char *want; /* by sample: y n ? */
};

static const struct row rows[] = {
    {"", "yyyy"},
    {"code >= 400", "ny?n"},
    {"~u tea | method = POST", "yynn"},
};

static void
test_rows(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct match_sample samples[MATCH_SAMPLES];
		struct match_error e = {0};
		struct match *m = match_new(rows[i].text, &e);
		char got[MATCH_SAMPLES + 1] = "";

		match_samples(samples);
		for (int k = 0; m && k < MATCH_SAMPLES; k++)
			got[k] = "ny?"[match_eval(m, &(struct match_subject){&match_sample_ops, &samples[k]})];
		if (!m || strcmp(got, rows[i].want) != 0) {
			printf("%s: %s, wanted %s%s%s\n", rows[i].text, got, rows[i].want, m ? "" : ": ", e.why);
			bad++;
		}
		match_free(m);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	clock_stop(1, 1000000ull * 1000000000ull);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
