/* SPDX-License-Identifier: MIT
 * Words, quotes and operators of the expression language. Nothing here fails: the parser says what is wrong, the completion takes what
 * there is. */
#include "match/match_internal.h"

#include "match/match_find.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static char
at_or_nul(struct span text, size_t at)
{
	return at < text.n ? text.p[at] : '\0';
}

static bool
one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

size_t
match_lex_blanks(struct span text, size_t at)
{
	while (at < text.n && is_blank(text.p[at]))
		at++;
	return at;
}

/* Bytes of the keyword, which no letter may follow; 0 when it is not there. */
static size_t
keyword(struct span text, size_t at, const char *word)
{
	size_t n = strlen(word);
	struct span there = span_of(text.p + at, text.n - at < n ? text.n - at : n);
	char after = at_or_nul(text, at + n);

	return match_same(there, span_str(word)) && (!after || is_blank(after) || one_of(after, "()\"'~!")) ? n : 0;
}

static size_t
doubled(struct span text, size_t at, char c)
{
	if (at_or_nul(text, at) != c)
		return 0;
	return at_or_nul(text, at + 1) == c ? 2 : 1;
}

size_t
match_lex_and(struct span text, size_t at)
{
	size_t n = doubled(text, at, '&');

	return n ? n : keyword(text, at, "and");
}

size_t
match_lex_or(struct span text, size_t at)
{
	size_t n = doubled(text, at, '|');

	return n ? n : keyword(text, at, "or");
}

size_t
match_lex_not(struct span text, size_t at)
{
	return at_or_nul(text, at) == '!' ? 1 : keyword(text, at, "not");
}

static size_t
not_in(struct span text, size_t at)
{
	size_t n = keyword(text, at, "not");

	if (!n)
		return 0;
	size_t in = match_lex_blanks(text, at + n);
	n = keyword(text, in, "in");
	return n ? in + n - at : 0;
}

size_t
match_lex_operator(struct span text, size_t at, enum match_op *op)
{
	static const struct {
		const char *text;
		enum match_op op;
	} signs[] = {{"!=", MATCH_O_NE}, {"!~", MATCH_O_UNLIKE}, {"==", MATCH_O_EQ}, {"=~", MATCH_O_LIKE}, {"<=", MATCH_O_LE},
	    {">=", MATCH_O_GE}, {"=", MATCH_O_EQ}, {"<", MATCH_O_LT}, {">", MATCH_O_GT}, {"~", MATCH_O_LIKE}};
	size_t n;

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		n = strlen(signs[i].text);
		if (text.n - at >= n && memcmp(text.p + at, signs[i].text, n) == 0) {
			*op = signs[i].op;
			return n;
		}
	}
	*op = MATCH_O_IN;
	if ((n = keyword(text, at, "in")))
		return n;
	*op = MATCH_O_NOT_IN;
	return not_in(text, at);
}

int
match_lex_tilde(struct span text, size_t at, size_t *to)
{
	*to = at;
	if (at_or_nul(text, at) != '~')
		return -1;
	for (++*to; is_name(at_or_nul(text, *to)); ++*to)
		;
	for (unsigned i = 0; i < match_tildes_count; i++)
		if (span_eq(span_of(text.p + at, *to - at), span_str(match_tildes[i].name)))
			return (int)i;
	return -1;
}

size_t
match_lex_name(struct span text, size_t at, struct span *bracket)
{
	size_t to = at;

	*bracket = SPAN_NONE;
	if (!is_letter(at_or_nul(text, at)))
		return 0;
	while (is_name(at_or_nul(text, to)))
		to++;
	if (at_or_nul(text, to) != '[')
		return to - at;
	size_t from = ++to;
	while (to < text.n && text.p[to] != ']')
		to++;
	*bracket = span_of(text.p + from, to - from);
	return to + (to < text.n) - at;
}

const struct match_field_info *
match_lex_field(struct span name)
{
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
		if (match_same(name, span_str(match_fields[i].name)))
			return &match_fields[i];
	return NULL;
}

/* Whether a ~ here begins a term of its own: "error ~q", "api !~q". */
static bool
begins_tilde(struct span text, size_t at)
{
	size_t to;

	return match_lex_tilde(text, at + (at_or_nul(text, at) == '!'), &to) >= 0;
}

bool
match_lex_operated(struct span text, size_t at, const struct match_field_info *f, size_t *op_at)
{
	enum match_op op;
	size_t to = match_lex_blanks(text, at), n = match_lex_operator(text, to, &op);
	bool alone = !f || f->type == MATCH_T_FLAG || f->type == MATCH_T_HEADER || f->field == MATCH_F_ERROR || f->field == MATCH_F_COMMENT;

	*op_at = to;
	if (!n)
		return false;
	if (op == MATCH_O_LIKE || op == MATCH_O_UNLIKE)
		return !(alone && (to > at || !f) && begins_tilde(text, to));
	if (op != MATCH_O_IN && op != MATCH_O_NOT_IN)
		return true;
	if (f && f->type != MATCH_T_FLAG)
		return true;
	return at_or_nul(text, match_lex_blanks(text, to + n)) == '(';
}

static struct match_word
quoted(struct span text, size_t at)
{
	struct match_word w = {.from = at, .to = at + 1, .quote = text.p[at]};

	while (w.to < text.n && text.p[w.to] != w.quote)
		w.to += text.p[w.to] == '\\' && w.to + 1 < text.n ? 2 : 1;
	w.open = w.to >= text.n;
	w.body = span_of(text.p + at + 1, w.to - at - 1);
	w.to += !w.open;
	return w;
}

/* A pattern between slashes: the first slash that nothing escapes has to end it. */
static bool
slashed(struct span text, size_t at, struct match_word *w)
{
	size_t to = at + 1;
	bool set = false;

	for (; to < text.n && (set || text.p[to] != '/'); to++) {
		if (text.p[to] == '\\')
			to++;
		else if (text.p[to] == '[' || text.p[to] == ']')
			set = text.p[to] == '[';
	}
	if (to >= text.n || to == at + 1)
		return false;
	*w = (struct match_word){.from = at, .to = to + 1, .quote = '/', .body = span_of(text.p + at + 1, to - at - 1)};
	for (; one_of(at_or_nul(text, w->to), "ci"); w->to++)
		w->keep_case = text.p[w->to] == 'c';
	char after = at_or_nul(text, w->to);
	return !after || is_blank(after) || one_of(after, ")&|");
}

struct match_word
match_lex_value(struct span text, size_t at, enum match_stop stop)
{
	static const char *const stops[] = {"()\"'&|", "()\"'&|", "()\"'&|,", "()\"'~"};
	struct match_word w = {.from = at, .to = at};
	size_t to;

	if (one_of(at_or_nul(text, at), "\"'"))
		return quoted(text, at);
	if (stop == MATCH_STOP_PATTERN && at_or_nul(text, at) == '/' && slashed(text, at, &w))
		return w;
	w = (struct match_word){.from = at, .to = at};
	for (; w.to < text.n && !is_blank(text.p[w.to]) && !one_of(text.p[w.to], stops[stop]); w.to++)
		if (w.to > at && match_lex_tilde(text, w.to, &to) >= 0)
			break;
	/* "~u a|~q": the line between is none of the pattern. */
	while (stop == MATCH_STOP_TILDE && w.to > at && one_of(text.p[w.to - 1], "&|"))
		w.to--;
	w.body = span_of(text.p + at, w.to - at);
	return w;
}

size_t
match_lex_unquote(const struct match_word *w, bool pattern, char *out)
{
	size_t n = 0;
	bool quotes = w->quote == '"' || w->quote == '\'';

	for (size_t i = 0; i < w->body.n; i++) {
		/* In a pattern a backslash is the pattern's, but for the one before the quote itself. */
		char next = i + 1 < w->body.n ? w->body.p[i + 1] : '\0';
		if (quotes && w->body.p[i] == '\\') {
			if (next == w->quote || (next == '\\' && !pattern)) {
				i++;
			} else if (next == '\\') {
				out[n++] = '\\';
				i++;
			}
		}
		out[n++] = w->body.p[i];
	}
	return n;
}
