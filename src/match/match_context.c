/* SPDX-License-Identifier: MIT
 * Where the cursor stands in an expression, for completion; and how a value is written. */
#include "match/match.h"

#include "match/match_internal.h"
#include "proto/http_char.h"

/* What a walk over the words has passed. */
struct walk {
	struct span text;
	size_t at;       /* behind the last word */
	enum match_expect expect;
	const struct match_field_info *field;
	struct span name;     /* of the header field */
	enum match_stop stop; /* of a value */
	bool list;            /* inside of the parentheses of "in" */
	bool commas;          /* after "in" without them */
};

static void
reach(struct walk *w, size_t to, enum match_expect expect, const struct match_field_info *field)
{
	w->at = to;
	w->expect = expect;
	w->field = field;
}

/* A word where a term may begin. */
static void
step_plain(struct walk *w)
{
	struct span bracket;
	size_t n = match_lex_name(w->text, w->at, &bracket), op_at;
	size_t name_n = bracket.p ? (size_t)(bracket.p - 1 - w->text.p) - w->at : n;
	const struct match_field_info *f = n ? match_lex_field(span_of(w->text.p + w->at, name_n)) : NULL;
	struct match_word word = match_lex_value(w->text, w->at, MATCH_STOP_TERM);
	size_t to = w->at + n;

	w->name = f && f->type == MATCH_T_HEADER ? http_trim(bracket) : SPAN_NONE;
	if (f && f->type == MATCH_T_FLAG && word.to <= to)
		reach(w, to, MATCH_EXPECT_JOINER, NULL);
	else if (f && (word.to <= to || match_lex_operated(w->text, to, f, &op_at)))
		reach(w, to, MATCH_EXPECT_OPERATOR, f);
	else
		reach(w, word.to > w->at ? word.to : w->at + 1, MATCH_EXPECT_JOINER, NULL);
}

static void
step_term(struct walk *w)
{
	size_t to, n = match_lex_not(w->text, w->at);
	int i = match_lex_tilde(w->text, w->at, &to);

	if (n || w->text.p[w->at] == '(') {
		reach(w, w->at + (n ? n : 1), MATCH_EXPECT_TERM, NULL);
	} else if (i >= 0 && *match_tildes[i].value) {
		reach(w, to, MATCH_EXPECT_VALUE, &match_fields[match_tilde_kinds[i].field]);
		w->name = SPAN_NONE;
		w->stop = MATCH_STOP_TILDE;
	} else if (to > w->at) {
		reach(w, to, MATCH_EXPECT_JOINER, NULL);
	} else {
		step_plain(w);
	}
}

static void
step_operator(struct walk *w)
{
	enum match_op op;
	size_t n = match_lex_operator(w->text, w->at, &op), to = w->at + n;

	if (!n) {
		/* Half an operator, or a field that stands alone. */
		reach(w, w->at, MATCH_EXPECT_JOINER, NULL);
		if (!match_lex_and(w->text, w->at) && !match_lex_or(w->text, w->at) && w->text.p[w->at] != ')')
			reach(w, match_lex_value(w->text, w->at, MATCH_STOP_TERM).to, MATCH_EXPECT_VALUE, w->field);
		return;
	}
	w->stop = op == MATCH_O_LIKE || op == MATCH_O_UNLIKE ? MATCH_STOP_PATTERN : MATCH_STOP_TERM;
	size_t open = match_lex_blanks(w->text, to);
	const bool in = op == MATCH_O_IN || op == MATCH_O_NOT_IN;
	w->list = in && open < w->text.n && w->text.p[open] == '(';
	w->commas = in && !w->list;
	if (in)
		w->stop = MATCH_STOP_LIST;
	if (w->list)
		to = open + 1;
	reach(w, to, MATCH_EXPECT_VALUE, w->field);
}

static void
step_value(struct walk *w)
{
	struct match_word word = match_lex_value(w->text, w->at, w->stop);
	const char c = w->text.p[w->at];
	const size_t to = word.to > w->at ? word.to : w->at + 1, after = match_lex_blanks(w->text, to);
	const bool comma = c == ',' || (after < w->text.n && w->text.p[after] == ',');

	if (w->list && c == ')') {
		w->list = false;
		reach(w, to, MATCH_EXPECT_JOINER, NULL);
	} else if (w->list || (w->commas && comma)) {
		reach(w, to, MATCH_EXPECT_VALUE, w->field);
	} else {
		reach(w, to, MATCH_EXPECT_JOINER, NULL);
	}
}

static void
step_joiner(struct walk *w)
{
	size_t n = match_lex_and(w->text, w->at);

	if (!n)
		n = match_lex_or(w->text, w->at);
	if (n)
		reach(w, w->at + n, MATCH_EXPECT_TERM, NULL);
	else if (w->text.p[w->at] == ')')
		reach(w, w->at + 1, MATCH_EXPECT_JOINER, NULL);
	else
		step_term(w);
}

static void
step(struct walk *w)
{
	switch (w->expect) {
	case MATCH_EXPECT_TERM:
	case MATCH_EXPECT_NAME: /* a walk passes names with their brackets */
		step_term(w);
		break;
	case MATCH_EXPECT_OPERATOR:
		step_operator(w);
		break;
	case MATCH_EXPECT_VALUE:
		step_value(w);
		break;
	case MATCH_EXPECT_JOINER:
		step_joiner(w);
		break;
	}
}

/* Signs are complete as they stand: behind them the next word begins. */
static bool
is_sign(struct span text, size_t from, size_t to, enum match_expect expect)
{
	const char last = text.p[to - 1];

	if (expect == MATCH_EXPECT_OPERATOR && strchr("=~<>(", last))
		return true;
	return to - from <= 2 && strchr("()&|!,", last);
}

/* A word that could still become "and" or "or". */
static bool
begins_joiner(struct span word)
{
	static const struct span joiners[] = {SPAN_LIT("and"), SPAN_LIT("or"), SPAN_LIT("&&"), SPAN_LIT("||")};

	for (size_t i = 0; i < sizeof joiners / sizeof *joiners; i++)
		if (word.n <= joiners[i].n && span_ieq(word, span_of(joiners[i].p, word.n)))
			return true;
	return false;
}

static enum match_form
form_of(const struct walk *w)
{
	if (w->expect != MATCH_EXPECT_VALUE || w->stop == MATCH_STOP_TERM || w->stop == MATCH_STOP_LIST)
		return MATCH_FORM_TEXT;
	return w->stop == MATCH_STOP_TILDE ? MATCH_FORM_REGEX : MATCH_FORM_LIKE;
}

/* Whether the cursor is between the brackets of the header field that begins at the place: what is completed then is its name. */
static bool
is_name(struct span text, size_t at, size_t cursor, struct match_context *c)
{
	struct span bracket;
	size_t n = match_lex_name(text, at, &bracket);

	if (!n || !bracket.p || cursor < (size_t)(bracket.p - text.p) || cursor > (size_t)(bracket.p - text.p) + bracket.n)
		return false;
	const struct match_field_info *f = match_lex_field(span_of(text.p + at, (size_t)(bracket.p - 1 - text.p) - at));
	if (!f || f->type != MATCH_T_HEADER)
		return false;
	size_t from = match_lex_blanks(text, (size_t)(bracket.p - text.p)), to;
	from = from < cursor ? from : cursor;
	/* What stands behind a bracket that is not closed need not be the name. */
	to = from + http_char_run(span_of(text.p + from, text.n - from), HTTP_C_TOKEN);
	to = to > cursor ? to : cursor;
	to += to < text.n && text.p[to] == ']';
	*c = (struct match_context){.expect = MATCH_EXPECT_NAME, .from = from, .to = to, .field = f};
	return true;
}

void
match_context(const char *text, size_t cursor, struct match_context *c)
{
	struct walk w = {.text = span_str(text)}, before;

	if (cursor > w.text.n)
		cursor = w.text.n;
	for (;;) {
		size_t from = match_lex_blanks(w.text, w.at);
		before = w;
		if (from == w.text.n || from > cursor || (from == cursor && w.at < from)) {
			*c = (struct match_context){w.expect, cursor, cursor, w.field, form_of(&w), w.name};
			/* The word may begin right at the cursor. */
			if (from != cursor || from == w.text.n)
				return;
		}
		w.at = from;
		step(&w);
		if (w.at == from)
			continue; /* nothing passed: another expectation */
		if (w.at < cursor || (w.at == cursor && is_sign(w.text, from, w.at, before.expect)))
			continue;
		if ((before.expect == MATCH_EXPECT_TERM || before.expect == MATCH_EXPECT_JOINER) && is_name(w.text, from, cursor, c))
			return;
		*c = (struct match_context){before.expect, from, w.at, before.field, form_of(&before), before.name};
		break;
	}
	if (c->expect == MATCH_EXPECT_JOINER && !begins_joiner(span_of(text + c->from, c->to - c->from)))
		c->expect = MATCH_EXPECT_TERM;
	if (c->expect == MATCH_EXPECT_TERM || c->expect == MATCH_EXPECT_JOINER)
		c->field = NULL;
}

/* Whether the value stands for itself without quotes, whatever operator is before it. */
static bool
is_plain(struct span v, const char *signs)
{
	if (v.n == 0 || v.p[0] == '/' || match_lex_and(v, 0) || match_lex_or(v, 0) || match_lex_not(v, 0))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];
		if (c <= ' ' || c == 0x7f || strchr(signs, c))
			return false;
	}
	return true;
}

size_t
match_quote(struct span value, enum match_form form, char *out, size_t size)
{
	const bool plain = is_plain(value, form == MATCH_FORM_REGEX ? "()\"'&|,~=<>![]\\^$*+?{}" : "()\"'&|,~=<>![]");
	const char *escaped = form == MATCH_FORM_TEXT ? "\"\\" : "\"\\^$.|?*+()[]{}";
	size_t n = 0;

	if (size < 3)
		return 0;
	if (!plain)
		out[n++] = '"';
	for (size_t i = 0; i < value.n; i++) {
		if (n + 4 > size || value.p[i] == '\0')
			return 0;
		if (!plain && strchr(escaped, value.p[i]))
			out[n++] = '\\';
		out[n++] = value.p[i];
	}
	if (!plain)
		out[n++] = '"';
	out[n] = '\0';
	return n;
}
