/* SPDX-License-Identifier: MIT
 * Breakpoint rules as the engine keeps them: the main thread a list to copy from, each worker a copy of its own with compiled
 * expressions. How many messages a rule has held is counted over all workers. */
#ifndef ENGINE_RULES_H
#define ENGINE_RULES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct intent;
struct match;

/* Shared by the copies of one rule; any thread. */
struct rule_count {
	_Atomic uint32_t refs, held;
};

struct rule {
	unsigned number;
	unsigned phases;        /* set of enum intent_phase */
	uint32_t hold_ms;       /* 0: for ever */
	bool kill_after;
	uint32_t count_max;     /* 0: any number */
	struct rule_count *count;
	char *expr;
	struct match *match;    /* NULL before rules_compile and when the expression is refused */
	unsigned needs;         /* set of enum match_need */
	bool takes_response;    /* see match.h */
};

struct rules {
	unsigned n;
	unsigned phases;        /* of any rule */
	bool response_bodies;   /* a rule for responses looks at bodies */
	bool process;           /* a rule asks which process the client is */
	struct rule rule[];
};

/* The rules of an intent; one that was in before (may be NULL) with the same number, expression and count_max goes on counting. NULL
 * when there are none. */
struct rules *rules_new(const struct intent *i, const struct rules *before);
struct rules *rules_copy(const struct rules *r); /* not compiled; NULL for NULL */
void rules_compile(struct rules *r);
void rules_free(struct rules *r);                /* NULL is allowed */

/* False when it has held as many messages as it may. */
bool rule_is_on(const struct rule *r);
/* Counts one more message held; false when another worker's was the last one. *last: it is off from now on. */
bool rule_count_one(const struct rule *r, bool *last);

#endif
