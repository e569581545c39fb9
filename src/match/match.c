/* SPDX-License-Identifier: MIT
 * Compiling: text to tree, what it needs, in which order its parts are cheapest. */
#include "match/match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "match/match_parse.h"

struct trait {
	unsigned needs;
	unsigned cost;
};

enum { COST_FLAG = 1, COST_TEXT = 2, COST_PATTERN = 8, COST_HEADS = 40, COST_BODIES = 1000, COST_MAX = 60000 };

static struct trait
trait_of_field(enum match_field f)
{
	static const unsigned char needs[MATCH_FIELD_COUNT] = {
	    [MATCH_F_CODE] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_TYPE] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_SIZE] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_TIME] = MATCH_NEEDS_RESPONSE | MATCH_NEEDS_TIME,
	    [MATCH_F_TTFB] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_ERROR] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_ASSET] = MATCH_NEEDS_RESPONSE,
	    [MATCH_F_AGE] = MATCH_NEEDS_TIME,
	    [MATCH_F_CLIENT] = MATCH_NEEDS_CONN,
	    [MATCH_F_SERVER] = MATCH_NEEDS_CONN,
	    [MATCH_F_PROC] = MATCH_NEEDS_CONN | MATCH_NEEDS_PROCESS,
	    [MATCH_F_PID] = MATCH_NEEDS_CONN | MATCH_NEEDS_PROCESS,
	    [MATCH_F_SNI] = MATCH_NEEDS_CONN,
	    [MATCH_F_TLS_VERSION] = MATCH_NEEDS_CONN,
	    [MATCH_F_TLS_CIPHER] = MATCH_NEEDS_CONN,
	    [MATCH_F_TLS_ALPN] = MATCH_NEEDS_CONN,
	    [MATCH_F_TLS_JA4] = MATCH_NEEDS_CONN,
	    [MATCH_F_CERT_SUBJECT] = MATCH_NEEDS_CONN,
	    [MATCH_F_CERT_ISSUER] = MATCH_NEEDS_CONN,
	    [MATCH_F_CERT_EXPIRES] = MATCH_NEEDS_CONN | MATCH_NEEDS_TIME,
	    [MATCH_F_HEADER] = MATCH_NEEDS_HEADS | MATCH_NEEDS_RESPONSE,
	    [MATCH_F_REQ_HEADER] = MATCH_NEEDS_HEADS,
	    [MATCH_F_RES_HEADER] = MATCH_NEEDS_HEADS | MATCH_NEEDS_RESPONSE,
	    [MATCH_F_BODY] = MATCH_NEEDS_BODIES | MATCH_NEEDS_RESPONSE,
	    [MATCH_F_REQ_BODY] = MATCH_NEEDS_BODIES,
	    [MATCH_F_RES_BODY] = MATCH_NEEDS_BODIES | MATCH_NEEDS_RESPONSE,
	};
	struct trait t = {needs[f], match_fields[f].type == MATCH_T_TEXT ? COST_TEXT : COST_FLAG};

	if (t.needs & MATCH_NEEDS_BODIES)
		t.cost = COST_BODIES;
	else if (t.needs & MATCH_NEEDS_HEADS)
		t.cost = COST_HEADS;
	return t;
}

static struct trait
trait_of_term(const struct match *m, const struct match_term *t)
{
	struct trait r = {0, COST_FLAG};

	switch (t->kind) {
	case MATCH_K_FIELD:
	case MATCH_K_HEADERS:
	case MATCH_K_DEST:
		r = trait_of_field(t->field);
		break;
	case MATCH_K_TYPE:
		r = trait_of_field(t->dir == MATCH_REQUEST ? MATCH_F_REQ_HEADER : MATCH_F_TYPE);
		if (t->dir == MATCH_EITHER)
			r.needs |= MATCH_NEEDS_HEADS;
		break;
	case MATCH_K_HAS_RESPONSE:
		r.needs = MATCH_NEEDS_RESPONSE;
		break;
	case MATCH_K_WORD:
		r.cost = 2 * COST_TEXT;
		break;
	case MATCH_K_NEVER:
	case MATCH_K_ALWAYS:
		r.cost = 0;
		break;
	case MATCH_K_HTTP:
	case MATCH_K_TCP:
	case MATCH_K_WEBSOCKET:
	case MATCH_K_NO_RESPONSE:
		break;
	}
	if (t->values && m->values[t->value].regex)
		r.cost += COST_PATTERN;
	return r;
}

/* The parts in the order of their cost; equal ones stay as they were written. */
static unsigned
sort_parts(struct match *m, unsigned first)
{
	unsigned sorted = MATCH_NO_NODE, next;

	for (unsigned part = first; part != MATCH_NO_NODE; part = next) {
		unsigned short *link = NULL;
		next = m->nodes[part].next;
		for (unsigned at = sorted; at != MATCH_NO_NODE && m->nodes[at].cost <= m->nodes[part].cost; at = m->nodes[at].next)
			link = &m->nodes[at].next;
		m->nodes[part].next = (unsigned short)(link ? *link : sorted);
		if (link)
			*link = (unsigned short)part;
		else
			sorted = part;
	}
	return sorted;
}

static void
plan(struct match *m, unsigned node)
{
	struct match_node *n = &m->nodes[node];
	unsigned cost = 0;

	if (n->kind == MATCH_N_TERM) {
		const struct match_term *t = &m->terms[n->term];
		struct trait r = trait_of_term(m, t);
		m->needs |= r.needs;
		n->cost = (unsigned short)r.cost;
		if ((t->kind == MATCH_K_HEADERS || t->kind == MATCH_K_DEST) && !m->line)
			m->line = mem_alloc(MATCH_LINE_MAX);
		return;
	}
	for (unsigned part = n->child; part != MATCH_NO_NODE; part = m->nodes[part].next) {
		plan(m, part);
		cost += m->nodes[part].cost;
	}
	n->cost = (unsigned short)(cost < COST_MAX ? cost : COST_MAX);
	n->child = (unsigned short)sort_parts(m, n->child);
}

/* Compiles without a thought for proposals. */
static struct match *
compile(const char *text, struct match_error *e)
{
	struct match_parse p = {.text = span_str(text), .m = mem_zalloc(sizeof *p.m)};

	match_parse(&p);
	if (p.failed) {
		*e = p.e;
		match_free(p.m);
		return NULL;
	}
	if (p.m->root != MATCH_NO_NODE)
		plan(p.m, p.m->root);
	return p.m;
}

/* Whether the proposal is right, or its first mistake stands further on. */
static bool
is_better(const struct match_error *e)
{
	struct match_error then;
	struct match *m = compile(e->proposal, &then);

	match_free(m);
	return m || then.at > e->at;
}

struct match *
match_new(const char *text, struct match_error *e)
{
	struct match_error own = {0};
	struct match *m = compile(text, &own);

	if (m)
		return m;
	if (*own.proposal && !is_better(&own))
		*own.proposal = '\0';
	if (e)
		*e = own;
	return NULL;
}

void
match_free(struct match *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->values_n; i++)
		match_regex_free(m->values[i].regex);
	free(m->values);
	free(m->line);
	free(m);
}

_Static_assert(MATCH_FIELD_COUNT <= 64, "a set of fields is 64 bits");

enum match_field
match_field_beyond(const struct match *m, uint64_t known)
{
	for (unsigned i = 0; i < m->terms_n; i++) {
		const struct match_term *t = &m->terms[i];
		enum match_field f = t->kind == MATCH_K_WORD ? MATCH_F_HOST : t->field;
		if (t->kind != MATCH_K_NEVER && t->kind != MATCH_K_ALWAYS && !(known & 1ull << f))
			return f;
	}
	return MATCH_FIELD_COUNT;
}

/* Whether it looks at nothing that a request has. */
static bool
term_takes_response(const struct match_term *t)
{
	if (t->kind == MATCH_K_HAS_RESPONSE || t->dir == MATCH_RESPONSE)
		return true;
	return t->kind == MATCH_K_FIELD && t->field != MATCH_F_HEADER && t->field != MATCH_F_BODY &&
	    (trait_of_field(t->field).needs & MATCH_NEEDS_RESPONSE);
}

/* Whether a request alone can make it true, or false. */
static bool
term_before_response(const struct match_term *t, bool yes)
{
	(void)yes;
	return !term_takes_response(t);
}

/* Whether it can be true, or false, when there is a response. */
static bool
term_with_response(const struct match_term *t, bool yes)
{
	return t->kind != (yes ? MATCH_K_NO_RESPONSE : MATCH_K_HAS_RESPONSE);
}

/* Whether terms of which each can become what `can` says can make the node true, or false. */
static bool
node_can(const struct match *m, unsigned node, bool yes, bool (*can)(const struct match_term *t, bool yes))
{
	const struct match_node *n = &m->nodes[node];

	if (n->kind == MATCH_N_TERM)
		return can(&m->terms[n->term], yes);
	if (n->kind == MATCH_N_NOT)
		return node_can(m, n->child, !yes, can);
	const bool all = (n->kind == MATCH_N_AND) == yes;
	for (unsigned part = n->child; part != MATCH_NO_NODE; part = m->nodes[part].next)
		if (node_can(m, part, yes, can) != all)
			return !all;
	return all;
}

bool
match_takes_response(const struct match *m)
{
	return m->root != MATCH_NO_NODE && !node_can(m, m->root, true, term_before_response);
}

bool
match_takes_no_response(const struct match *m)
{
	return m->root != MATCH_NO_NODE && !node_can(m, m->root, true, term_with_response);
}

unsigned
match_needs(const struct match *m)
{
	return m->needs;
}
