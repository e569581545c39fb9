/* SPDX-License-Identifier: MIT
 * Errors of terms and what is proposed instead. */
#include "match/match_parse.h"

#include "match/match_find.h"
#include "match/match_near.h"

/* The operator of the field's type that is next to what was meant. */
static const char *
nearest_operator(enum match_type t, enum match_op op)
{
	const bool negated = op == MATCH_O_NE || op == MATCH_O_UNLIKE;

	if (t == MATCH_T_DATE)
		return "<";
	if (t == MATCH_T_TEXT || t == MATCH_T_HEADER || t == MATCH_T_BODY)
		return negated ? "!~" : "~";
	return negated ? "!=" : "=";
}

void
match_parse_misfit(struct match_parse *p, const struct match_field_info *f, enum match_op op, size_t from, size_t to)
{
	if (f->type == MATCH_T_FLAG) {
		struct match_word w = match_lex_value(p->text, match_lex_blanks(p->text, to), MATCH_STOP_TERM);
		match_parse_fail(p, from, "%s stands alone", f->name);
		match_parse_propose(p, match_parse_trim(p, from), w.to, "%s", "");
		return;
	}
	match_parse_fail(p, from, "'%s' does not go with %s: %s", match_parse_shown(p, from, to), f->name, match_type_operators(f->type));
	match_parse_propose(p, from, to, "%s", nearest_operator(f->type, op));
}

void
match_parse_propose_value(struct match_parse *p, const struct match_field_info *f, const struct match_word *w)
{
	static const char digits[] = "0123456789";
	size_t n = 0;

	if (f->closed) {
		match_parse_propose(p, w->from, w->to, "%s", match_near_value(f, w->body));
		return;
	}
	while (n < w->body.n && strchr(digits, w->body.p[n]) && w->body.p[n])
		n++;
	const size_t dots = w->body.n - n >= 2 && memcmp(w->body.p + n, "..", 2) == 0 ? n + 2 : 0;
	struct match_value v;

	/* 300..200 the other way round; 200 of a time as milliseconds; of other numbers the digits alone. */
	if (dots) {
		match_parse_propose(p, w->from, w->to, "%.*s..%.*s", (int)(w->body.n - dots), w->body.p + dots, (int)n, w->body.p);
	} else if (n && n == w->body.n && f->type == MATCH_T_TIME) {
		match_parse_propose(p, w->to, w->to, "ms");
	} else if (n && n == w->body.n && f->type == MATCH_T_DATE) {
		match_parse_propose(p, w->to, w->to, "d");
	} else if (n && match_value_range(f->type, span_of(w->body.p, n), &v) == NULL && f->type != MATCH_T_TIME) {
		match_parse_propose(p, w->from, w->to, "%.*s", (int)n, w->body.p);
	} else {
		match_parse_propose(p, w->from, w->to, "%s", match_value_sample(f));
	}
}
