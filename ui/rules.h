/* SPDX-License-Identifier: MIT
 * Breakpoint rules as the user has them; the engine gets a copy of all at every change. */
#ifndef UI_RULES_H
#define UI_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_intent.h"
#include "match/match.h"

struct app;
struct buf;
struct completion;
struct flow;

enum { RULES_LINE_MAX = MATCH_TEXT_MAX + 64 };

struct rule {
	unsigned number;      /* stays the same as long as the rule is there */
	bool on;
	unsigned phases;      /* set of enum intent_phase */
	uint32_t hold_ms;     /* 0: until it is resumed */
	bool kill_after;
	uint32_t count_max;   /* 0: any number */
	char expr[MATCH_TEXT_MAX];
};

struct rules {
	struct rule rule[INTENT_RULES_MAX];
	unsigned n;
	unsigned last; /* number given last */
};

/* A rule from a line: [request|response|both|messages|all|hello] [hold=TIME] [then=send|kill] [first=N] EXPRESSION. Without a phase it is the request.
 * ERR_SYNTAX or ERR_LIMIT with a sentence; *at is the byte it is about. */
int rule_parse(const char *line, struct rule *out, size_t *at, struct errmsg *why);
/* Where the expression begins in such a line, right or not. */
size_t rule_expression(const char *line);
/* Adds the words of a rule before its expression that begin so. */
void rule_complete(struct span word, struct completion *c);
/* The line that gives the rule back. */
void rule_text(const struct rule *r, struct buf *out);
/* Of a flow whose TLS handshake failed: the line of the rule that holds the next connection like it after its ClientHello. False: it did not fail,
 * or it has no name. */
bool rule_of_failure(const struct flow *f, char *out, size_t size);
/* Of a request that waits for its response: the line of the rule that holds that response. False: it does not wait, or the line has no room. */
bool rule_of_waiting(const struct flow *f, char *out, size_t size);
/* The phases that the key for them changes to: the next ones that its expression can be about. */
unsigned rule_phase_next(const struct rule *r);

/* Adds a rule, switched on, and gives it a number. ERR_LIMIT when there are too many. */
int rules_add(struct app *app, const struct rule *r, struct errmsg *why);
void rules_replace(struct app *app, unsigned i, const struct rule *r); /* keeps its number and switch */
void rules_remove(struct app *app, unsigned i);
void rules_switch(struct app *app, unsigned i, bool on);
/* The expression of the rule of that number; "" when it is gone. */
const char *rules_expr(const struct rules *r, unsigned number);
unsigned rules_on(const struct rules *r); /* how many are switched on */
/* Tells the engine. */
void rules_tell(struct app *app);

#endif
