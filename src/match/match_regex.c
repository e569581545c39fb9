/* SPDX-License-Identifier: MIT
 * Regular expressions by pcre2. */
#include "match/match_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "match/match.h"

enum {
	PARENS_MAX = 50,
	JIT_STACK_START = 32 << 10,
	JIT_STACK_MAX = 256 << 10,
	/* How a long text is searched. pcre2 limits the steps from one place where a match may begin, and there are as many of those
	 * as bytes: so a call looks at some places only, and the more of them the fewer steps from each. */
	PLACES_MIN = 256,
	PLACES_MAX = 16384,
	STEPS_OF_CALL = PLACES_MIN * MATCH_REGEX_STEPS_MAX,
	CALL_CHEAP_US = 100,
	TEXT_US_MAX = 50000 /* processor time for one text */
};

struct match_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool utf;
};

static uint32_t
options_of(struct span pattern, int flags)
{
	uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;

	if (!(flags & MATCH_REGEX_CASE))
		options |= PCRE2_CASELESS;
	if (flags & MATCH_REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	/* Texts are bytes from the network: UTF-8 is looked for only by a pattern that has some. */
	for (size_t i = 0; i < pattern.n; i++)
		if (pattern.p[i] & 0x80)
			return options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	return options | PCRE2_NEVER_UTF;
}

static pcre2_code *
compile(struct span pattern, int flags, int *code, size_t *at)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE offset = 0;

	CHECK(context);
	pcre2_set_parens_nest_limit(context, PARENS_MAX);
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options_of(pattern, flags), code, &offset, context);
	pcre2_compile_context_free(context);
	*at = offset < pattern.n ? offset : pattern.n;
	return re;
}

struct match_regex *
match_regex_new(struct span pattern, int flags, size_t *at, char *why, size_t size)
{
	int code = 0;
	pcre2_code *re = compile(pattern, flags, &code, at);

	if (!re) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, size);
		return NULL;
	}
	struct match_regex *r = mem_zalloc(sizeof *r);
	r->code = re;
	r->utf = options_of(pattern, flags) & PCRE2_UTF;
	r->data = pcre2_match_data_create(1, NULL);
	r->context = pcre2_match_context_create(NULL);
	CHECK(r->data && r->context);
	pcre2_set_depth_limit(r->context, MATCH_REGEX_DEPTH_MAX);
	pcre2_set_heap_limit(r->context, MATCH_REGEX_HEAP_KB);
	/* Without the compiler for the machine the interpreter does the work. */
	if (pcre2_jit_compile(re, PCRE2_JIT_COMPLETE) == 0) {
		r->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
		CHECK(r->stack);
		pcre2_jit_stack_assign(r->context, NULL, r->stack);
	}
	return r;
}

void
match_regex_free(struct match_regex *r)
{
	if (!r)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->context);
	pcre2_jit_stack_free(r->stack);
	pcre2_code_free(r->code);
	free(r);
}

/* Processor time of this thread: a busy machine must not change what matches. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A match may not begin inside a character. */
static size_t
place_after(const struct match_regex *r, struct span text, size_t at)
{
	while (r->utf && at < text.n && (text.p[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static int
find_between(struct match_regex *r, struct span text, size_t from, size_t places)
{
	size_t last = text.n - from < places ? text.n : from + places - 1;

	pcre2_set_match_limit(r->context, (uint32_t)(STEPS_OF_CALL / places));
	pcre2_set_offset_limit(r->context, last);
	return pcre2_match(r->code, (PCRE2_SPTR)text.p, text.n, from, 0, r->data, r->context);
}

/* The places after the first ones: many at a time while that is cheap. */
static bool
find_further(struct match_regex *r, struct span text, size_t from, size_t places)
{
	const int64_t began = cpu_us();
	int64_t before = began, now = began;

	for (; now - began <= TEXT_US_MAX; before = now) {
		int code = find_between(r, text, from, places);
		if (code >= 0)
			return true;
		now = cpu_us();
		if (code == PCRE2_ERROR_MATCHLIMIT && places > PLACES_MIN) {
			places = PLACES_MIN; /* again, with all the steps that a place may have */
			continue;
		}
		if (code != PCRE2_ERROR_NOMATCH || text.n - from < places)
			return false;
		from = place_after(r, text, from + places);
		if (now - before < CALL_CHEAP_US && places < PLACES_MAX)
			places *= 2;
		else if (now - before >= CALL_CHEAP_US && places > PLACES_MIN)
			places /= 2;
	}
	return false;
}

bool
match_regex_find(struct match_regex *r, struct span text)
{
	if (!text.p)
		text = span_of("", 0);
	int code = find_between(r, text, 0, PLACES_MIN);
	if (code >= 0)
		return true;
	if (code != PCRE2_ERROR_NOMATCH || text.n < PLACES_MIN)
		return false;
	return find_further(r, text, place_after(r, text, PLACES_MIN), PLACES_MIN * 2);
}
