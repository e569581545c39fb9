/* SPDX-License-Identifier: MIT
 * Terms: a field with an operator and values, a ~ operator, a word. */
#include "match/match_parse.h"

#include <stdio.h>

#include "base/mem.h"
#include "match/match_find.h"
#include "match/match_near.h"

/* ---- values ---- */

static struct match_value *
value_new(struct match_parse *p, struct match_term *t)
{
	struct match *m = p->m;

	if (m->values_n == m->values_cap) {
		m->values_cap = m->values_cap ? m->values_cap * 2 : 8;
		m->values = mem_resize(m->values, m->values_cap, sizeof *m->values);
	}
	t->values++;
	struct match_value *v = &m->values[m->values_n++];
	*v = (struct match_value){0};
	return v;
}

/* The word as text in lower case: texts are compared so. */
static struct span
keep_text(struct match_parse *p, const struct match_word *w, size_t *at, size_t *n)
{
	struct match *m = p->m;

	*at = m->chars_n;
	*n = match_lex_unquote(w, false, m->chars + m->chars_n);
	m->chars_n += *n;
	for (size_t i = 0; i < *n; i++)
		m->chars[*at + i] = match_lower(m->chars[*at + i]);
	return span_of(m->chars + *at, *n);
}

/* The place in the expression of a byte of the pattern. */
static size_t
place_in(const struct match_word *w, size_t offset)
{
	size_t at = w->from + (w->quote != 0);

	for (size_t i = 0, n = 0; i < w->body.n && n < offset; i++, n++, at++)
		if (w->body.p[i] == '\\' && i + 1 < w->body.n && w->body.p[i + 1] == w->quote && w->quote != '/') {
			i++;
			at++;
		}
	return at;
}

/* A pattern that fails is proposed again with its signs taken for themselves. */
static void
propose_literal(struct match_parse *p, const struct match_word *w)
{
	char out[sizeof p->e.proposal];
	size_t n = 0;

	for (size_t i = 0; i < w->body.n && n + 2 < sizeof out; i++) {
		const bool escaped_quote = w->body.p[i] == '\\' && w->quote != '/' && i + 1 < w->body.n && w->body.p[i + 1] == w->quote;
		if (strchr("\\^$.|?*+()[]{}", w->body.p[i]) && w->body.p[i] && !escaped_quote)
			out[n++] = '\\';
		out[n++] = w->body.p[i];
	}
	size_t in = w->from + (w->quote != 0);
	match_parse_propose(p, in, in + w->body.n, "%.*s", (int)n, out);
}

static void
keep_regex(struct match_parse *p, struct match_term *t, const struct match_word *w, bool dotall)
{
	char pattern[MATCH_TEXT_MAX + 1], why[100];
	size_t at, n = match_lex_unquote(w, true, pattern);
	int flags = (w->keep_case ? MATCH_REGEX_CASE : 0) | (dotall ? MATCH_REGEX_DOTALL : 0);
	struct match_regex *r = match_regex_new(span_of(pattern, n), flags, &at, why, sizeof why);

	if (!r) {
		match_parse_fail(p, place_in(w, at), "regular expression: %.100s", why);
		propose_literal(p, w);
		return;
	}
	value_new(p, t)->regex = r;
}

static bool
one_of(const struct match_parse *p, size_t at, const char *set)
{
	return at < p->text.n && p->text.p[at] && strchr(set, p->text.p[at]);
}

/* What is wrong when a value should be here and is not; op..op_end is what wants it, f is of what a proposal would be. */
static void
no_value(struct match_parse *p, const struct match_field_info *f, size_t op, size_t op_end, const char *what)
{
	const size_t at = p->at;
	const bool blank = match_parse_trim(p, at) < at;
	size_t to = at, n = match_lex_and(p->text, at);

	while (one_of(p, to, "=<>!~"))
		to++;
	if (to > at) {
		match_parse_fail(p, at, "expected %s here, got '%s'", what, match_parse_shown(p, at, to));
		match_parse_propose(p, at, blank ? match_lex_blanks(p->text, to) : to, "%s", "");
		return;
	}
	if (at == p->text.n) {
		match_parse_fail(p, at, "expected %s after '%s'", what, match_parse_shown(p, op, op_end));
	} else {
		n = n ? n : match_lex_or(p->text, at);
		match_parse_fail(p, at, "expected %s here, got '%s'", what, match_parse_shown(p, at, at + (n ? n : 1)));
	}
	if (f && !one_of(p, at, "(&|,"))
		match_parse_propose(p, at, at, "%s%s%s", blank || p->text.p[at - 1] == '(' ? "" : " ", match_value_sample(f),
		    at == p->text.n || one_of(p, at, ")") ? "" : " ");
}

/* Names for what a type wants. */
static const char *
wanted(enum match_type t)
{
	static const char *const name[] = {[MATCH_T_NUMBER] = "a number", [MATCH_T_STATUS] = "a number", [MATCH_T_SIZE] = "a size",
	    [MATCH_T_TIME] = "a time", [MATCH_T_TEXT] = "a text", [MATCH_T_FLAG] = "nothing", [MATCH_T_VERSION] = "a version",
	    [MATCH_T_DATE] = "a time from now", [MATCH_T_HEADER] = "a text", [MATCH_T_BODY] = "a text"};

	return name[t];
}

static bool
is_text(enum match_type t)
{
	return t == MATCH_T_TEXT || t == MATCH_T_HEADER || t == MATCH_T_BODY;
}

static bool
is_like(const struct match_term *t)
{
	return t->op == MATCH_O_LIKE || t->op == MATCH_O_UNLIKE;
}

/* Whether the text, in lower case, is (or stands in) one of the values that the field can have. */
static bool
is_listed(const struct match_field_info *f, const struct match_term *t, struct span text)
{
	for (const char *const *v = f->values; *v; v++)
		if (is_like(t) ? match_find(span_str(*v), text) : match_same(span_str(*v), text))
			return true;
	return false;
}

static void
fail_unlisted(struct match_parse *p, const struct match_field_info *f, const struct match_word *w)
{
	char all[sizeof p->e.why] = "";
	size_t n = 0;

	for (const char *const *v = f->values; *v && n < sizeof all; v++)
		n += (size_t)snprintf(all + n, sizeof all - n, " %s", *v);
	match_parse_fail(p, w->from, "no such %s, there are%s, got '%s'", f->name, all, match_parse_shown(p, w->from, w->to));
	match_parse_propose_value(p, f, w);
}

/* A text. What the list shows of a host has a port: "localhost:8443". */
static void
keep_word(struct match_parse *p, struct match_term *t, const struct match_field_info *f, const struct match_word *w)
{
	struct match_value v = {0};
	struct span text = keep_text(p, w, &v.text, &v.n);

	if (f->closed && !is_listed(f, t, text)) {
		fail_unlisted(p, f, w);
		return;
	}
	if (f->field == MATCH_F_HOST && t->kind == MATCH_K_FIELD && text.n && memchr(text.p, ':', text.n))
		t->kind = MATCH_K_DEST;
	*value_new(p, t) = v;
}

/* One value read as the field's type wants it. */
static void
keep_value(struct match_parse *p, struct match_term *t, const struct match_field_info *f, const struct match_word *w)
{
	struct match_value v = {0};
	const char *why = NULL;

	if (w->open) {
		match_parse_fail(p, w->from, "this quote is not closed");
		match_parse_propose(p, p->text.n, p->text.n, "%c", w->quote);
		return;
	}
	if (is_like(t) && w->quote) {
		keep_regex(p, t, w, f->type == MATCH_T_BODY);
		return;
	}
	if (is_text(f->type)) {
		keep_word(p, t, f, w);
		return;
	}
	if (f->type == MATCH_T_VERSION) {
		why = match_value_version(w->body, &v.lo) ? NULL : "expected a version here";
		v.hi = v.lo;
	} else {
		why = match_value_range(f->type, w->body, &v);
	}
	if (why) {
		match_parse_fail(p, w->from, "%s, got '%s'", why, match_parse_shown(p, w->from, w->to));
		match_parse_propose_value(p, f, w);
		return;
	}
	*value_new(p, t) = v;
}

static void
read_list(struct match_parse *p, struct match_term *t, const struct match_field_info *f, size_t op, size_t op_end)
{
	const size_t open = p->at++;

	for (;;) {
		p->at = match_lex_blanks(p->text, p->at);
		if (p->at < p->text.n && p->text.p[p->at] == ')' && t->values) {
			p->at++;
			return;
		}
		if (p->at == p->text.n && t->values) {
			match_parse_fail(p, open, "this ( is not closed");
			match_parse_propose(p, p->text.n, p->text.n, ")");
			return;
		}
		struct match_word w = match_lex_value(p->text, p->at, MATCH_STOP_LIST);
		if (w.to == w.from) {
			no_value(p, f, op, op_end, wanted(f->type));
			return;
		}
		keep_value(p, t, f, &w);
		if (p->failed)
			return;
		p->at = match_lex_blanks(p->text, w.to);
		if (p->at < p->text.n && p->text.p[p->at] == ',')
			p->at++;
	}
}

/* F,E: values behind the first one, each after a comma. */
static bool
next_in_list(struct match_parse *p)
{
	const size_t at = match_lex_blanks(p->text, p->at);

	if (at == p->text.n || p->text.p[at] != ',')
		return false;
	p->at = match_lex_blanks(p->text, at + 1);
	return true;
}

static void
read_value(struct match_parse *p, struct match_term *t, const struct match_field_info *f, size_t op, size_t op_end)
{
	const bool list = t->op == MATCH_O_IN || t->op == MATCH_O_NOT_IN;
	const enum match_stop stop = is_like(t) ? MATCH_STOP_PATTERN : list ? MATCH_STOP_LIST : MATCH_STOP_TERM;

	p->at = match_lex_blanks(p->text, op_end);
	if (list && p->at < p->text.n && p->text.p[p->at] == '(') {
		read_list(p, t, f, op, op_end);
		return;
	}
	do {
		struct match_word w = match_lex_value(p->text, p->at, stop);
		if (w.to == w.from || one_of(p, p->at, "=<>!~") || match_lex_and(p->text, p->at) || match_lex_or(p->text, p->at)) {
			no_value(p, f, op, op_end, wanted(f->type));
			return;
		}
		keep_value(p, t, f, &w);
		p->at = w.to;
	} while (list && !p->failed && next_in_list(p));
}

/* ---- fields ---- */

static const char *
op_name(enum match_op op)
{
	static const char *const name[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~", "in", "in"};

	return name[op];
}

/* Whether the type has the operator: it stands in the list of them as a word. */
static bool
op_fits(enum match_type type, enum match_op op)
{
	const char *name = op_name(op);
	size_t n = strlen(name);

	for (const char *s = match_type_operators(type); *s; s += strspn(s, " ")) {
		size_t k = strcspn(s, " ");
		if (k == n && memcmp(s, name, n) == 0)
			return true;
		s += k;
	}
	return false;
}

static bool
may_stand_alone(const struct match_field_info *f)
{
	return f->type == MATCH_T_FLAG || f->type == MATCH_T_HEADER || f->field == MATCH_F_ERROR || f->field == MATCH_F_COMMENT;
}

enum match_dir
match_field_dir(enum match_field f)
{
	if (f == MATCH_F_REQ_HEADER || f == MATCH_F_REQ_BODY)
		return MATCH_REQUEST;
	return f == MATCH_F_RES_HEADER || f == MATCH_F_RES_BODY ? MATCH_RESPONSE : MATCH_EITHER;
}

/* header[NAME] of header fields, and no brackets of others. */
static bool
read_bracket(struct match_parse *p, struct match_term *t, const struct match_field_info *f, struct span bracket, size_t to)
{
	size_t from = match_lex_blanks(bracket, 0), end = bracket.n;
	const size_t at = p->at;

	if (f->type != MATCH_T_HEADER) {
		if (!bracket.p)
			return true;
		match_parse_fail(p, at, "%s takes no [ ]", f->name);
		match_parse_propose(p, at, to, "%s", f->name);
		return false;
	}
	if (bracket.p && p->text.p[to - 1] != ']') {
		match_parse_fail(p, at + strlen(f->name), "this [ is not closed");
		match_parse_propose(p, p->text.n, p->text.n, "]");
		return false;
	}
	while (end > from && match_lex_blanks(span_of(bracket.p, end), end - 1) == end)
		end--;
	if (!bracket.p || end == from) {
		match_parse_fail(p, at, "which header field? %s[NAME]", f->name);
		match_parse_propose(p, at, to, "%s[host]", f->name);
		return false;
	}
	const struct match_word w = {.body = span_of(bracket.p + from, end - from)};
	keep_text(p, &w, &t->name, &t->name_n);
	return true;
}

static unsigned
parse_field(struct match_parse *p, const struct match_field_info *f, struct span bracket, size_t to)
{
	const size_t at = p->at;
	size_t op_at;
	unsigned node;
	struct match_term *t = match_parse_term(p, at, &node);

	if (!t)
		return node;
	*t = (struct match_term){.kind = MATCH_K_FIELD, .field = f->field, .op = MATCH_O_HAS, .dir = match_field_dir(f->field), .value = t->value};
	if (!read_bracket(p, t, f, bracket, to))
		return MATCH_NO_NODE;
	p->at = to;
	if (!match_lex_operated(p->text, to, f, &op_at)) {
		if (may_stand_alone(f))
			return node;
		match_parse_fail(p, to, "expected an operator after '%s': %s", f->name, match_type_operators(f->type));
		const char *op = f->type == MATCH_T_TEXT && !f->values ? "~" : match_type_operators(f->type);
		match_parse_propose(p, to, to, " %.*s %s", (int)strcspn(op, " "), op, match_value_sample(f));
		return MATCH_NO_NODE;
	}
	size_t op_end = op_at + match_lex_operator(p->text, op_at, &t->op);
	if (!op_fits(f->type, t->op)) {
		match_parse_misfit(p, f, t->op, op_at, op_end);
		return MATCH_NO_NODE;
	}
	read_value(p, t, f, op_at, op_end);
	return p->failed ? MATCH_NO_NODE : node;
}

/* ---- terms ---- */

static unsigned
parse_word(struct match_parse *p)
{
	unsigned node;
	struct match_word w = match_lex_value(p->text, p->at, MATCH_STOP_TERM);
	struct match_term *t = match_parse_term(p, p->at, &node);

	if (!t)
		return node;
	t->kind = MATCH_K_WORD;
	keep_value(p, t, &match_fields[MATCH_F_PATH], &w);
	p->at = w.to;
	return p->failed ? MATCH_NO_NODE : node;
}

unsigned
match_parse_plain(struct match_parse *p)
{
	struct span bracket;
	size_t n = match_lex_name(p->text, p->at, &bracket), to, op_at;
	size_t name_n = bracket.p ? (size_t)(bracket.p - 1 - p->text.p) - p->at : n;
	struct span name = span_of(p->text.p + p->at, name_n);
	const struct match_field_info *f = n ? match_lex_field(name) : NULL;

	if (!n)
		return parse_word(p);
	to = p->at + n;
	/* "time-out" is a word. */
	if (f && (match_lex_operated(p->text, to, f, &op_at) || match_lex_value(p->text, p->at, MATCH_STOP_TERM).to <= to))
		return parse_field(p, f, bracket, to);
	if (!f && match_lex_operated(p->text, to, NULL, &op_at)) {
		match_parse_fail(p, p->at, "no field is called '%s'", match_parse_shown(p, p->at, p->at + name_n));
		if (match_near_field(name))
			match_parse_propose(p, p->at, p->at + name_n, "%s", match_near_field(name));
		return MATCH_NO_NODE;
	}
	return parse_word(p);
}

unsigned
match_parse_tilde(struct match_parse *p)
{
	const size_t at = p->at;
	size_t to;
	int i = match_lex_tilde(p->text, at, &to);
	unsigned node;

	if (i < 0) {
		const char *near = match_near_tilde(span_of(p->text.p + at, to - at));
		match_parse_fail(p, at, "there is no operator '%s'", match_parse_shown(p, at, to));
		if (near)
			match_parse_propose(p, at, to, "%s", near);
		return MATCH_NO_NODE;
	}
	struct match_term *t = match_parse_term(p, at, &node);
	if (!t)
		return node;
	*t = (struct match_term){.kind = match_tilde_kinds[i].kind, .field = match_tilde_kinds[i].field, .dir = match_tilde_kinds[i].dir,
	    .op = *match_tildes[i].value ? MATCH_O_LIKE : MATCH_O_HAS, .value = t->value};
	p->at = to;
	if (t->op == MATCH_O_HAS)
		return node;
	p->at = match_lex_blanks(p->text, to);
	const bool number = t->kind == MATCH_K_FIELD && t->field == MATCH_F_CODE;
	struct match_word w = match_lex_value(p->text, p->at, number ? MATCH_STOP_TERM : MATCH_STOP_TILDE);
	if (w.to == w.from) {
		no_value(p, number ? &match_fields[MATCH_F_CODE] : NULL, at, to, number ? "a number" : "a regular expression");
		return MATCH_NO_NODE;
	}
	if (number)
		t->op = MATCH_O_EQ;
	if (number || w.open)
		keep_value(p, t, &match_fields[t->field], &w);
	else
		keep_regex(p, t, &w, t->kind == MATCH_K_FIELD && match_fields[t->field].type == MATCH_T_BODY);
	p->at = w.to;
	return p->failed ? MATCH_NO_NODE : node;
}
