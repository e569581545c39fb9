/* SPDX-License-Identifier: MIT
 * Expressions: the text up to a zero byte is one, what follows is the subject. Whatever they are, an error stands inside the text and
 * is printable, a proposal does not make the first mistake again, an evaluation says the same twice and its negation the opposite, and
 * the completion stays inside the text. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "base/mem.h"
#include "match/match.h"

/* The subject: every field has all of the bytes; what is there at all depends on the first of them. */
struct subject {
	struct span bytes;
};

static enum match_have
have_of(const struct subject *s, unsigned salt)
{
	unsigned char first = s->bytes.n ? (unsigned char)*s->bytes.p : 0;

	return (enum match_have)((first + salt) % 3);
}

static enum match_have
subject_number(void *arg, enum match_field f, int64_t *out)
{
	const struct subject *s = arg;

	FUZZ_ASSERT(f < MATCH_FIELD_COUNT);
	*out = 0;
	memcpy(out, s->bytes.p, s->bytes.n < sizeof *out ? s->bytes.n : sizeof *out);
	return have_of(s, f);
}

static enum match_have
subject_text(void *arg, enum match_field f, struct span *out)
{
	const struct subject *s = arg;

	FUZZ_ASSERT(match_fields[f].type == MATCH_T_TEXT || match_fields[f].type == MATCH_T_VERSION);
	*out = s->bytes;
	return have_of(s, f);
}

static enum match_have
subject_flag(void *arg, enum match_field f, bool *out)
{
	const struct subject *s = arg;

	FUZZ_ASSERT(match_fields[f].type == MATCH_T_FLAG);
	*out = s->bytes.n & 1;
	return have_of(s, f);
}

static enum match_have
subject_header(void *arg, enum match_dir dir, unsigned i, struct span *name, struct span *value)
{
	const struct subject *s = arg;
	const struct span names[] = {SPAN_LIT("Host"), SPAN_LIT("Content-Type"), s->bytes};

	FUZZ_ASSERT(dir != MATCH_EITHER);
	if (i == sizeof names / sizeof *names)
		return MATCH_ABSENT;
	*name = names[i];
	*value = s->bytes;
	return have_of(s, dir);
}

static enum match_have
subject_body(void *arg, enum match_dir dir, struct span *out)
{
	FUZZ_ASSERT(dir != MATCH_EITHER);
	*out = ((const struct subject *)arg)->bytes;
	return have_of(arg, dir);
}

static const struct match_subject_ops ops = {subject_number, subject_text, subject_flag, subject_header, subject_body};

static void
check_error(const char *text, const struct match_error *e)
{
	struct match_error then;

	FUZZ_ASSERT(e->at <= strlen(text) && *e->why && memchr(e->why, '\0', sizeof e->why) && memchr(e->proposal, '\0', sizeof e->proposal));
	for (const char *c = e->why; *c; c++)
		FUZZ_ASSERT(*c >= ' ' && *c < 0x7f);
	if (!*e->proposal)
		return;
	struct match *m = match_new(e->proposal, &then);
	FUZZ_ASSERT(m || then.at > e->at);
	match_free(m);
}

/* An expression and its negation are opposites, unless parentheses are one too many. */
static void
check_negation(const char *text, const struct match_subject *s, enum match_result r)
{
	static const enum match_result opposite[] = {MATCH_YES, MATCH_NO, MATCH_MAYBE};
	char *negated = mem_printf("not (%s)", text);
	struct match *m = match_new(negated, NULL);

	FUZZ_ASSERT(!m || match_eval(m, s) == opposite[r]);
	match_free(m);
	free(negated);
}

static void
check_context(const char *text)
{
	size_t n = strlen(text);
	struct match_context c;

	for (size_t cursor = 0; cursor <= n; cursor += 1 + n / 64) {
		match_context(text, cursor, &c);
		FUZZ_ASSERT(c.from <= cursor && cursor <= c.to && c.to <= n);
		bool of_field = c.expect == MATCH_EXPECT_NAME || c.expect == MATCH_EXPECT_OPERATOR || c.expect == MATCH_EXPECT_VALUE;
		FUZZ_ASSERT(of_field || !c.field);
	}
}

/* A value that was quoted is the value that it is compared with. */
static void
check_quote(struct span value)
{
	char quoted[128], text[160];
	struct subject subject = {value};

	if (!match_quote(value, MATCH_FORM_TEXT, quoted, sizeof quoted))
		return;
	snprintf(text, sizeof text, "(path != %s)", quoted);
	struct match *m = match_new(text, NULL);
	FUZZ_ASSERT(m);
	/* Absent is not equal, unknown is open. */
	static const enum match_result want[] = {MATCH_YES, MATCH_NO, MATCH_MAYBE};
	FUZZ_ASSERT(match_eval(m, &(struct match_subject){&ops, &subject}) == want[have_of(&subject, MATCH_F_PATH)]);
	match_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_dup(data, size);
	size_t n = strlen(text);
	struct subject subject = {n < size ? span_of(text + n + 1, size - n - 1) : SPAN_LIT("")};
	const struct match_subject s = {&ops, &subject};
	struct match_error e = {0};
	struct match *m = match_new(text, &e);

	if (m) {
		enum match_result r = match_eval(m, &s);
		FUZZ_ASSERT(r <= MATCH_MAYBE && match_eval(m, &s) == r && match_needs(m) < 64);
		check_negation(text, &s, r);
	} else {
		check_error(text, &e);
	}
	match_free(m);
	check_context(text);
	check_quote(subject.bytes);
	free(text);
	return 0;
}
