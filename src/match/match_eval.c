/* SPDX-License-Identifier: MIT
 * Evaluation, in three values: what is not known yet stays open unless the rest decides. Nothing is allocated. */
#include "match/match_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "match/match_find.h"

struct eval {
	struct match *m;
	const struct match_subject *s;
};

static enum match_result
result_of(bool yes)
{
	return yes ? MATCH_YES : MATCH_NO;
}

static enum match_result
not_of(enum match_result r)
{
	return r == MATCH_MAYBE ? MATCH_MAYBE : result_of(r == MATCH_NO);
}

static bool
negates(enum match_op op)
{
	return op == MATCH_O_NE || op == MATCH_O_UNLIKE || op == MATCH_O_NOT_IN;
}

/* ---- values ---- */

static bool
text_fits(const struct eval *e, const struct match_term *t, struct span text)
{
	const bool like = t->op == MATCH_O_LIKE || t->op == MATCH_O_UNLIKE;

	for (unsigned i = 0; i < t->values; i++) {
		const struct match_value *v = &e->m->values[t->value + i];
		struct span wanted = span_of(e->m->chars + v->text, v->n);
		if (v->regex ? match_regex_find(v->regex, text) : like ? match_find(text, wanted) : match_same(text, wanted))
			return true;
	}
	return t->op == MATCH_O_HAS;
}

/* The comparison without its negation. */
static bool
number_fits(const struct eval *e, const struct match_term *t, int64_t n)
{
	const struct match_value *v = &e->m->values[t->value];

	switch (t->op) {
	case MATCH_O_LT:
		return n < v->lo;
	case MATCH_O_LE:
		return n <= v->hi;
	case MATCH_O_GT:
		return n > v->hi;
	case MATCH_O_GE:
		return n >= v->lo;
	default:
		break;
	}
	for (unsigned i = 0; i < t->values; i++)
		if (n >= v[i].lo && n <= v[i].hi)
			return true;
	return false;
}

/* ---- fields ---- */

/* The address alone of "192.0.2.7:443" or "[::1]:443". */
static struct span
without_port(struct span text)
{
	size_t n = text.n;

	while (n && text.p[n - 1] != ':')
		n--;
	if (n > 2 && text.p[0] == '[' && text.p[n - 2] == ']')
		return span_of(text.p + 1, n - 3);
	return n ? span_of(text.p, n - 1) : text;
}

/* A client or server is meant by its address as well as with the port. */
static enum match_result
eval_text(const struct eval *e, const struct match_term *t)
{
	const bool address = t->field == MATCH_F_CLIENT || t->field == MATCH_F_SERVER;
	const bool whole = t->op != MATCH_O_LIKE && t->op != MATCH_O_UNLIKE;
	struct span text = SPAN_NONE;
	enum match_have have = e->s->ops->text(e->s->arg, t->field, &text);

	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	if (have != MATCH_PRESENT)
		return MATCH_NO;
	return result_of(text_fits(e, t, text) || (address && whole && text_fits(e, t, without_port(text))));
}

static enum match_result
eval_number(const struct eval *e, const struct match_term *t)
{
	int64_t n = 0;
	enum match_have have = e->s->ops->number(e->s->arg, t->field, &n);

	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	if (match_fields[t->field].type == MATCH_T_DATE) {
		int64_t left;
		if (__builtin_sub_overflow(n, (int64_t)(clock_wall_ns() / 1000000000), &left) || __builtin_mul_overflow(left, 1000000, &n))
			n = n < 0 ? INT64_MIN : INT64_MAX;
	}
	return result_of(have == MATCH_PRESENT && number_fits(e, t, n));
}

static enum match_result
eval_flag(const struct eval *e, const struct match_term *t)
{
	bool on = false;
	enum match_have have = e->s->ops->flag(e->s->arg, t->field, &on);

	return have == MATCH_UNKNOWN ? MATCH_MAYBE : result_of(have == MATCH_PRESENT && on);
}

static enum match_result
eval_version(const struct eval *e, const struct match_term *t)
{
	struct span text = SPAN_NONE;
	int64_t n;
	enum match_have have = e->s->ops->text(e->s->arg, t->field, &text);

	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	return result_of(have == MATCH_PRESENT && match_value_version(text, &n) && number_fits(e, t, n));
}

/* ---- messages ---- */

/* A header line: the value of the field that is looked for, or the whole line. */
static bool
line_fits(const struct eval *e, const struct match_term *t, struct span name, struct span value)
{
	if (t->kind == MATCH_K_FIELD)
		return match_same(name, span_of(e->m->chars + t->name, t->name_n)) && text_fits(e, t, value);
	if (t->kind == MATCH_K_TYPE)
		return match_same(name, SPAN_LIT("content-type")) && text_fits(e, t, value);
	char *line = e->m->line;
	size_t n = name.n < MATCH_LINE_MAX - 2 ? name.n : MATCH_LINE_MAX - 2, left = MATCH_LINE_MAX - 2 - n;
	size_t more = value.n < left ? value.n : left;
	memcpy(line, name.p ? name.p : "", n);
	memcpy(line + n, ": ", 2);
	memcpy(line + n + 2, value.p ? value.p : "", more);
	return text_fits(e, t, span_of(line, n + 2 + more));
}

static enum match_result
eval_head(const struct eval *e, const struct match_term *t, enum match_dir dir)
{
	struct span name, value;
	enum match_have have;

	for (unsigned i = 0; (have = e->s->ops->header(e->s->arg, dir, i, &name, &value)) == MATCH_PRESENT; i++)
		if (line_fits(e, t, name, value))
			return MATCH_YES;
	return have == MATCH_UNKNOWN ? MATCH_MAYBE : MATCH_NO;
}

static enum match_result
eval_body(const struct eval *e, const struct match_term *t, enum match_dir dir)
{
	struct span body = SPAN_NONE;
	enum match_have have = e->s->ops->body(e->s->arg, dir, &body);

	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	return result_of(have == MATCH_PRESENT && text_fits(e, t, body));
}

static enum match_result
eval_type(const struct eval *e, const struct match_term *t, enum match_dir dir)
{
	return dir == MATCH_RESPONSE ? eval_text(e, t) : eval_head(e, t, dir);
}

typedef enum match_result (*eval_message)(const struct eval *, const struct match_term *, enum match_dir);

/* Of the message meant, or of either. */
static enum match_result
eval_dirs(const struct eval *e, const struct match_term *t, eval_message of)
{
	if (t->dir != MATCH_EITHER)
		return of(e, t, t->dir);
	enum match_result a = of(e, t, MATCH_REQUEST);
	if (a == MATCH_YES)
		return a;
	enum match_result b = of(e, t, MATCH_RESPONSE);
	return b == MATCH_YES ? b : a == MATCH_MAYBE ? a : b;
}

static enum match_result
eval_field(const struct eval *e, const struct match_term *t)
{
	switch (match_fields[t->field].type) {
	case MATCH_T_TEXT:
		return eval_text(e, t);
	case MATCH_T_FLAG:
		return eval_flag(e, t);
	case MATCH_T_VERSION:
		return eval_version(e, t);
	case MATCH_T_HEADER:
		return eval_dirs(e, t, eval_head);
	case MATCH_T_BODY:
		return eval_dirs(e, t, eval_body);
	case MATCH_T_NUMBER:
	case MATCH_T_STATUS:
	case MATCH_T_SIZE:
	case MATCH_T_TIME:
	case MATCH_T_DATE:
		break;
	}
	return eval_number(e, t);
}

/* ---- other terms ---- */

/* What people copy into a filter has a colon: "localhost:8443" as the list shows it, or a whole URL. */
static bool
word_has_colon(const struct eval *e, const struct match_term *t)
{
	const struct match_value *v = &e->m->values[t->value];

	return t->values == 1 && v->n && memchr(e->m->chars + v->text, ':', v->n);
}

static enum match_result
eval_word(const struct eval *e, const struct match_term *t)
{
	static const enum match_field fields[] = {MATCH_F_HOST, MATCH_F_PATH, MATCH_F_URL};
	unsigned n = word_has_colon(e, t) ? 3 : 2;
	enum match_result all = MATCH_NO;
	struct match_term one = *t;

	one.op = MATCH_O_LIKE;
	for (unsigned i = 0; i < n; i++) {
		one.field = fields[i];
		enum match_result r = eval_text(e, &one);
		if (r == MATCH_YES)
			return r;
		if (r == MATCH_MAYBE)
			all = r;
	}
	return all;
}

/* The field, or "host:port" as the client asked for it: mitmproxy's ~dst looks at that, and the list shows it. */
static enum match_result
eval_dest(const struct eval *e, const struct match_term *t)
{
	struct span host = SPAN_NONE;
	int64_t port = 0;
	char colon[32];
	enum match_result r = eval_text(e, t);

	if (r == MATCH_YES)
		return r;
	enum match_have have = e->s->ops->text(e->s->arg, MATCH_F_HOST, &host);
	if (have == MATCH_PRESENT)
		have = e->s->ops->number(e->s->arg, MATCH_F_PORT, &port);
	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	size_t n = (size_t)snprintf(colon, sizeof colon, ":%lld", (long long)port);
	if (have != MATCH_PRESENT || host.n + n > MATCH_LINE_MAX)
		return r;
	memcpy(e->m->line, host.p, host.n);
	memcpy(e->m->line + host.n, colon, n);
	return text_fits(e, t, span_of(e->m->line, host.n + n)) ? MATCH_YES : r;
}

static enum match_result
eval_proto(const struct eval *e, const char *const *wanted)
{
	struct span proto = SPAN_NONE;
	enum match_have have = e->s->ops->text(e->s->arg, MATCH_F_PROTO, &proto);

	if (have == MATCH_UNKNOWN)
		return MATCH_MAYBE;
	for (; have == MATCH_PRESENT && *wanted; wanted++)
		if (match_same(proto, span_str(*wanted)))
			return MATCH_YES;
	return MATCH_NO;
}

static enum match_result
eval_http(const struct eval *e)
{
	static const char *const http[] = {"h1", "h2", "h3", "ws", "sse", "grpc", NULL};

	return eval_proto(e, http);
}

/* A response that is not known yet is none for "no response yet", and may come for "has a response". What is not HTTP waits for none. */
static enum match_result
eval_response(const struct eval *e, bool wanted)
{
	int64_t code;
	enum match_have have = e->s->ops->number(e->s->arg, MATCH_F_CODE, &code);

	if (!wanted)
		return have == MATCH_PRESENT ? MATCH_NO : eval_http(e);
	return have == MATCH_UNKNOWN ? MATCH_MAYBE : result_of(have == MATCH_PRESENT);
}

static enum match_result
eval_term(const struct eval *e, const struct match_term *t)
{
	static const char *const tcp[] = {"tcp", "raw", NULL}, *const ws[] = {"ws", NULL};
	enum match_result r;

	switch (t->kind) {
	case MATCH_K_FIELD:
	case MATCH_K_DEST:
		r = t->kind == MATCH_K_DEST ? eval_dest(e, t) : eval_field(e, t);
		return negates(t->op) ? not_of(r) : r;
	case MATCH_K_WORD:
		return eval_word(e, t);
	case MATCH_K_HEADERS:
		return eval_dirs(e, t, eval_head);
	case MATCH_K_TYPE:
		return eval_dirs(e, t, eval_type);
	case MATCH_K_HTTP:
		return eval_http(e);
	case MATCH_K_TCP:
		return eval_proto(e, tcp);
	case MATCH_K_WEBSOCKET:
		return eval_proto(e, ws);
	case MATCH_K_NO_RESPONSE:
	case MATCH_K_HAS_RESPONSE:
		return eval_response(e, t->kind == MATCH_K_HAS_RESPONSE);
	case MATCH_K_ALWAYS:
		return MATCH_YES;
	case MATCH_K_NEVER:
		break;
	}
	return MATCH_NO;
}

static enum match_result
eval_node(const struct eval *e, unsigned node)
{
	const struct match_node *n = &e->m->nodes[node];

	if (n->kind == MATCH_N_TERM)
		return eval_term(e, &e->m->terms[n->term]);
	if (n->kind == MATCH_N_NOT)
		return not_of(eval_node(e, n->child));
	const enum match_result decides = n->kind == MATCH_N_AND ? MATCH_NO : MATCH_YES;
	enum match_result r = not_of(decides);
	for (unsigned part = n->child; part != MATCH_NO_NODE; part = e->m->nodes[part].next) {
		enum match_result one = eval_node(e, part);
		if (one == decides)
			return one;
		if (one == MATCH_MAYBE)
			r = one;
	}
	return r;
}

enum match_result
match_eval(struct match *m, const struct match_subject *s)
{
	const struct eval e = {m, s};

	return m->root == MATCH_NO_NODE ? MATCH_YES : eval_node(&e, m->root);
}
