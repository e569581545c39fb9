/* SPDX-License-Identifier: MIT
 * Compiling an expression: recursive descent into the tree of match_internal.h. */
#include "match/match_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "match/match_find.h"

static unsigned parse_or(struct match_parse *p);

/* ---- errors ---- */

unsigned
match_parse_fail(struct match_parse *p, size_t at, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return MATCH_NO_NODE;
	p->failed = true;
	p->e.at = at;
	va_start(ap, fmt);
	vsnprintf(p->e.why, sizeof p->e.why, fmt, ap);
	va_end(ap);
	return MATCH_NO_NODE;
}

void
match_parse_propose(struct match_parse *p, size_t from, size_t to, const char *fmt, ...)
{
	char part[sizeof p->e.proposal];
	va_list ap;

	if (*p->e.proposal)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(part, sizeof part, fmt, ap);
	va_end(ap);
	size_t left = p->text.n - to;
	if (n < 0 || (size_t)n >= sizeof part || from + (size_t)n + left >= sizeof p->e.proposal)
		return;
	memcpy(p->e.proposal, p->text.p, from);
	memcpy(p->e.proposal + from, part, (size_t)n);
	memcpy(p->e.proposal + from + (size_t)n, p->text.p + to, left);
	p->e.proposal[from + (size_t)n + left] = '\0';
}

const char *
match_parse_shown(struct match_parse *p, size_t from, size_t to)
{
	escape_text(p->shown, sizeof p->shown, span_of(p->text.p + from, to - from), 0);
	return p->shown;
}

/* ---- the tree ---- */

static unsigned
node_new(struct match_parse *p, enum match_node_kind kind, unsigned child)
{
	struct match *m = p->m;

	if (m->nodes_n == MATCH_NODES_MAX)
		return match_parse_fail(p, p->at, "too long an expression");
	m->nodes[m->nodes_n] = (struct match_node){.kind = kind, .child = (unsigned short)child, .next = MATCH_NO_NODE};
	return m->nodes_n++;
}

struct match_term *
match_parse_term(struct match_parse *p, size_t at, unsigned *node)
{
	struct match *m = p->m;

	if (m->terms_n == MATCH_TERMS_MAX) {
		*node = match_parse_fail(p, at, "more than %d terms", MATCH_TERMS_MAX);
		return NULL;
	}
	*node = node_new(p, MATCH_N_TERM, MATCH_NO_NODE);
	if (*node == MATCH_NO_NODE)
		return NULL;
	m->nodes[*node].term = (unsigned short)m->terms_n;
	m->terms[m->terms_n] = (struct match_term){.value = m->values_n};
	return &m->terms[m->terms_n++];
}

/* Parts of a not, and or or; a list of one part is the part itself. */
static unsigned
join(struct match_parse *p, enum match_node_kind kind, unsigned first)
{
	struct match *m = p->m;

	if (p->failed)
		return MATCH_NO_NODE;
	if (kind != MATCH_N_NOT && m->nodes[first].next == MATCH_NO_NODE)
		return first;
	if (kind == MATCH_N_NOT && m->nodes[first].kind == MATCH_N_NOT)
		return m->nodes[first].child;
	return node_new(p, kind, first);
}

/* ---- grammar ---- */

static bool
deeper(struct match_parse *p)
{
	if (++p->depth <= MATCH_DEPTH_MAX)
		return true;
	match_parse_fail(p, p->at, "more than %d parentheses and nots inside each other", MATCH_DEPTH_MAX);
	return false;
}

static bool
at_char(const struct match_parse *p, char c)
{
	return p->at < p->text.n && p->text.p[p->at] == c;
}

static void
skip_blanks(struct match_parse *p)
{
	p->at = match_lex_blanks(p->text, p->at);
}

static unsigned
parse_group(struct match_parse *p)
{
	const size_t open = p->at;

	if (!deeper(p))
		return MATCH_NO_NODE;
	match_parse_passed(p, 1);
	skip_blanks(p);
	if (at_char(p, ')')) {
		match_parse_fail(p, p->at, "expected a term between ( and )");
		match_parse_propose(p, open, p->at + 1, "~all");
		return MATCH_NO_NODE;
	}
	unsigned node = parse_or(p);
	if (p->failed)
		return MATCH_NO_NODE;
	if (!at_char(p, ')')) {
		match_parse_fail(p, open, "this ( is not closed");
		match_parse_propose(p, p->text.n, p->text.n, ")");
		return MATCH_NO_NODE;
	}
	p->at++;
	p->depth--;
	return node;
}

/* No term begins here. */
static unsigned
no_term(struct match_parse *p)
{
	enum match_op op;
	const size_t at = p->at;
	size_t n = match_lex_and(p->text, at), before = p->last_end;

	if (!n)
		n = match_lex_or(p->text, at);
	if (at == p->text.n) {
		match_parse_fail(p, at, "expected a term after '%s'", match_parse_shown(p, p->last, p->last_end));
		match_parse_propose(p, match_parse_trim(p, p->last), at, "%s", "");
	} else if (n) {
		match_parse_fail(p, at, "expected a term here, got '%s'", match_parse_shown(p, at, at + n));
		match_parse_propose(p, before, match_lex_blanks(p->text, at + n), before ? " " : "");
	} else if (at_char(p, ')')) {
		match_parse_fail(p, at, p->depth ? "expected a term here, got ')'" : "no ( is open here");
		match_parse_propose(p, match_parse_trim(p, at), at + 1, "%s", "");
	} else if ((n = match_lex_operator(p->text, at, &op))) {
		match_parse_fail(p, at, "expected a field before '%s'", match_parse_shown(p, at, at + n));
	} else {
		match_parse_fail(p, at, "expected a term here");
	}
	return MATCH_NO_NODE;
}

static unsigned
parse_primary(struct match_parse *p)
{
	enum match_op op;
	size_t to;

	if (at_char(p, '('))
		return parse_group(p);
	if (p->at == p->text.n || at_char(p, ')') || match_lex_and(p->text, p->at) || match_lex_or(p->text, p->at))
		return no_term(p);
	if (at_char(p, '~')) {
		match_lex_tilde(p->text, p->at, &to);
		if (to > p->at + 1)
			return match_parse_tilde(p);
	}
	if (match_lex_operator(p->text, p->at, &op) && op != MATCH_O_IN && op != MATCH_O_NOT_IN)
		return no_term(p);
	return match_parse_plain(p);
}

/* "!~q" is a not, "!= 3" nothing that has sense. */
static bool
is_not(const struct match_parse *p, size_t *n)
{
	*n = match_lex_not(p->text, p->at);
	return *n && !(at_char(p, '!') && p->at + 1 < p->text.n && p->text.p[p->at + 1] == '=');
}

static unsigned
parse_not(struct match_parse *p)
{
	size_t n;
	int nots = 0;

	while (is_not(p, &n)) {
		if (!deeper(p))
			return MATCH_NO_NODE;
		match_parse_passed(p, n);
		skip_blanks(p);
		nots++;
	}
	unsigned node = parse_primary(p);
	p->depth -= nots;
	return nots % 2 ? join(p, MATCH_N_NOT, node) : node;
}

static bool
at_end_of_list(const struct match_parse *p)
{
	return p->failed || p->at == p->text.n || at_char(p, ')') || match_lex_or(p->text, p->at);
}

static unsigned
parse_and(struct match_parse *p)
{
	unsigned first = parse_not(p), last = first;

	for (skip_blanks(p); !at_end_of_list(p); skip_blanks(p)) {
		match_parse_passed(p, match_lex_and(p->text, p->at));
		skip_blanks(p);
		unsigned node = parse_not(p);
		if (!p->failed)
			p->m->nodes[last].next = (unsigned short)node;
		last = node;
	}
	return join(p, MATCH_N_AND, first);
}

static unsigned
parse_or(struct match_parse *p)
{
	size_t n;
	unsigned first = parse_and(p), last = first;

	while (!p->failed && (n = match_lex_or(p->text, p->at))) {
		match_parse_passed(p, n);
		skip_blanks(p);
		unsigned node = parse_and(p);
		if (!p->failed)
			p->m->nodes[last].next = (unsigned short)node;
		last = node;
	}
	return join(p, MATCH_N_OR, first);
}

void
match_parse(struct match_parse *p)
{
	skip_blanks(p);
	if (p->text.n > MATCH_TEXT_MAX) {
		match_parse_fail(p, MATCH_TEXT_MAX, "longer than %d bytes", MATCH_TEXT_MAX);
		return;
	}
	if (p->at == p->text.n) {
		p->m->root = MATCH_NO_NODE;
		return;
	}
	p->m->root = parse_or(p);
	if (!p->failed && p->at < p->text.n)
		no_term(p);
}

/* ---- small things ---- */

void
match_parse_passed(struct match_parse *p, size_t n)
{
	if (!n)
		return;
	p->last = p->at;
	p->at += n;
	p->last_end = p->at;
}

size_t
match_parse_trim(const struct match_parse *p, size_t at)
{
	while (at && match_lex_blanks(p->text, at - 1) > at - 1)
		at--;
	return at;
}
