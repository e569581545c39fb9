/* SPDX-License-Identifier: MIT
 * Breakpoint rules as the engine keeps them. */
#include "engine/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_intent.h"
#include "match/match.h"

static struct rule_count *
count_ref(struct rule_count *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

static void
count_unref(struct rule_count *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
		free(c);
}

static struct rule_count *
count_new(void)
{
	struct rule_count *c = mem_zalloc(sizeof *c);

	atomic_init(&c->refs, 1);
	return c;
}

static struct rule_count *
count_before(const struct intent_rule *r, const struct rules *before)
{
	for (unsigned i = 0; before && i < before->n; i++) {
		const struct rule *b = &before->rule[i];
		if (b->number == r->number && b->phases == r->phases && b->count_max == r->count_max && !strcmp(b->expr, r->expr))
			return count_ref(b->count);
	}
	return count_new();
}

struct rules *
rules_new(const struct intent *i, const struct rules *before)
{
	unsigned n = i->nrules < INTENT_RULES_MAX ? i->nrules : INTENT_RULES_MAX;

	if (n == 0)
		return NULL;
	struct rules *r = mem_zalloc(sizeof *r + n * sizeof r->rule[0]);
	r->n = n;
	for (unsigned k = 0; k < n; k++) {
		const struct intent_rule *from = &i->rules[k];
		r->phases |= from->phases;
		r->rule[k] = (struct rule){.number = from->number,
		    .phases = from->phases,
		    .hold_ms = from->hold_ms,
		    .kill_after = from->kill_after,
		    .count_max = from->count_max,
		    .count = count_before(from, before),
		    .expr = mem_strdup(from->expr)};
	}
	return r;
}

struct rules *
rules_copy(const struct rules *r)
{
	size_t size = r ? sizeof *r + r->n * sizeof r->rule[0] : 0;

	if (!r)
		return NULL;
	struct rules *c = mem_dup(r, size);
	for (unsigned k = 0; k < c->n; k++) {
		count_ref(c->rule[k].count);
		c->rule[k].expr = mem_strdup(c->rule[k].expr);
		c->rule[k].match = NULL;
	}
	return c;
}

void
rules_compile(struct rules *r)
{
	for (unsigned k = 0; r && k < r->n; k++) {
		struct rule *one = &r->rule[k];
		one->match = match_new(one->expr, NULL);
		one->needs = one->match ? match_needs(one->match) : 0;
		one->takes_response = one->match && match_takes_response(one->match);
		if ((one->phases & INTENT_ON_RESPONSE) && (one->needs & MATCH_NEEDS_BODIES))
			r->response_bodies = true;
		if (one->needs & MATCH_NEEDS_PROCESS)
			r->process = true;
	}
}

void
rules_free(struct rules *r)
{
	for (unsigned k = 0; r && k < r->n; k++) {
		count_unref(r->rule[k].count);
		free(r->rule[k].expr);
		match_free(r->rule[k].match);
	}
	free(r);
}

bool
rule_is_on(const struct rule *r)
{
	return !r->count_max ||
	    atomic_load_explicit(&r->count->held, memory_order_relaxed) < r->count_max;
}

bool
rule_count_one(const struct rule *r, bool *last)
{
	uint32_t before = atomic_fetch_add_explicit(&r->count->held, 1, memory_order_relaxed);

	*last = r->count_max && before + 1 == r->count_max;
	if (!r->count_max || before < r->count_max)
		return true;
	atomic_fetch_sub_explicit(&r->count->held, 1, memory_order_relaxed);
	return false;
}
