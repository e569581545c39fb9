/* SPDX-License-Identifier: MIT
 * Regular expressions by pcre2. */
#include "match/match_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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
	PLACES_LEAST = 4,
	PLACES_MAX = 16384,
	PLACES_TEXT_BYTES = 16 << 20, /* run over by one repeat from each place of a call */
	STEPS_OF_CALL = PLACES_MIN * MATCH_REGEX_STEPS_MAX,
	CALL_CHEAP_US = 100,
	TEXT_US_MAX = 50000, /* processor time for one text */
	/* How a costly pattern is searched in a text longer than this. Going back inside a repeat counts as no step for pcre2, and with
	 * several repeats one call takes minutes in a long text; a callout before each item of the pattern looks at the clock. */
	WATCH_MIN_BYTES = 1024,
	WATCH_TICKS = 32768, /* between two looks */
	WATCH_TICK_BYTES = 1024 /* of text that an item may run over */
};

struct match_regex {
	pcre2_code *code;
	pcre2_code *watched; /* the same with callouts; NULL: the pattern is not costly */
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int64_t until_us, ticks; /* of the watched search */
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

/* The end of the character class that begins at i. */
static size_t
class_end(struct span p, size_t i)
{
	i += i + 1 < p.n && p.p[i + 1] == '^';
	i += i + 1 < p.n && p.p[i + 1] == ']';
	for (i++; i < p.n && p.p[i] != ']'; i++)
		i += p.p[i] == '\\';
	return i;
}

/* Is it a repeat without a small bound? One with a comma is taken for one. */
static bool
is_repeat(struct span p, size_t i)
{
	if (p.p[i] == '*' || p.p[i] == '+')
		return true;
	if (p.p[i] != '{')
		return false;
	for (i++; i < p.n && (p.p[i] == ' ' || (p.p[i] >= '0' && p.p[i] <= '9')); i++)
		;
	return i < p.n && p.p[i] == ',';
}

/* Several repeats, one of a group, a reference to a group, an assertion: the time may grow faster than places times text. A wrong guess
 * costs a little time only. */
static bool
is_costly(struct span p)
{
	unsigned repeats = 0;

	for (size_t i = 0; i < p.n; i++) {
		if (p.p[i] == '\\') {
			if (++i < p.n && strchr("123456789gkQ", p.p[i]))
				return true;
		} else if (p.p[i] == '[') {
			i = class_end(p, i);
		} else if (p.p[i] == '(') {
			if (i + 2 < p.n && p.p[i + 1] == '?' && p.p[i + 2] != ':')
				return true;
		} else if (is_repeat(p, i) && (++repeats > 1 || (i && p.p[i - 1] == ')'))) {
			return true;
		}
	}
	return false;
}

static pcre2_code *
compile(struct span pattern, uint32_t options, int *code, size_t *at)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE offset = 0;

	CHECK(context);
	pcre2_set_parens_nest_limit(context, PARENS_MAX);
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, code, &offset, context);
	pcre2_compile_context_free(context);
	*at = offset < pattern.n ? offset : pattern.n;
	return re;
}

/* Processor time of this thread: a busy machine must not change what matches. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Before each item of a watched pattern. An item may run to the end of the text, so a long rest weighs more. */
static int
on_callout(pcre2_callout_block *b, void *arg)
{
	struct match_regex *r = arg;

	r->ticks -= 1 + (int64_t)((b->subject_length - b->current_position) / WATCH_TICK_BYTES);
	if (r->ticks > 0)
		return 0;
	r->ticks = WATCH_TICKS;
	return cpu_us() > r->until_us ? PCRE2_ERROR_CALLOUT : 0;
}

struct match_regex *
match_regex_new(struct span pattern, int flags, size_t *at, char *why, size_t size)
{
	const uint32_t options = options_of(pattern, flags);
	int code = 0;
	pcre2_code *re = compile(pattern, options, &code, at);

	if (!re) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, size);
		return NULL;
	}
	struct match_regex *r = mem_zalloc(sizeof *r);
	r->code = re;
	r->utf = options & PCRE2_UTF;
	r->until_us = INT64_MAX;
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
	if (is_costly(pattern)) {
		size_t ignored;
		r->watched = compile(pattern, options | PCRE2_AUTO_CALLOUT, &code, &ignored);
		if (r->watched)
			pcre2_jit_compile(r->watched, PCRE2_JIT_COMPLETE);
		pcre2_set_callout(r->context, on_callout, r);
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
	pcre2_code_free(r->watched);
	free(r);
}

/* A single repeat may run to the end from every place. */
static size_t
places_min(struct span text)
{
	if (text.n <= PLACES_TEXT_BYTES / PLACES_MIN)
		return PLACES_MIN;
	return text.n < PLACES_TEXT_BYTES / PLACES_LEAST ? PLACES_TEXT_BYTES / text.n : PLACES_LEAST;
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
	const size_t least = places_min(text);
	int64_t before = began, now = began;

	for (; now - began <= TEXT_US_MAX; before = now) {
		int code = find_between(r, text, from, places);
		if (code >= 0)
			return true;
		now = cpu_us();
		if (code == PCRE2_ERROR_MATCHLIMIT && places > least) {
			places = least; /* again, with all the steps that a place may have */
			continue;
		}
		if (code != PCRE2_ERROR_NOMATCH || text.n - from < places)
			return false;
		from = place_after(r, text, from + places);
		if (now - before < CALL_CHEAP_US && places < PLACES_MAX)
			places *= 2;
		else if (now - before >= CALL_CHEAP_US && places > least)
			places /= 2;
	}
	return false;
}

/* The clock is the limit: the steps of a whole text would be none. */
static bool
find_watched(struct match_regex *r, struct span text)
{
	r->until_us = cpu_us() + TEXT_US_MAX;
	r->ticks = WATCH_TICKS;
	pcre2_set_match_limit(r->context, UINT32_MAX);
	pcre2_set_offset_limit(r->context, PCRE2_UNSET);
	bool found = pcre2_match(r->watched, (PCRE2_SPTR)text.p, text.n, 0, 0, r->data, r->context) >= 0;
	r->until_us = INT64_MAX; /* a pattern may have callouts of its own */
	return found;
}

bool
match_regex_find(struct match_regex *r, struct span text)
{
	if (!text.p)
		text = span_of("", 0);
	if (r->watched && text.n > WATCH_MIN_BYTES)
		return find_watched(r, text);
	const size_t places = places_min(text);
	int code = find_between(r, text, 0, places);
	if (code >= 0)
		return true;
	if (code != PCRE2_ERROR_NOMATCH || text.n < places)
		return false;
	return find_further(r, text, place_after(r, text, places), places * 2);
}
