/* SPDX-License-Identifier: MIT
 * A walk over flows in slices, in which an expression that a summary does not decide is given the whole flow, read from the session file
 * while the walk goes on. */
#ifndef UI_FLOW_PASS_H
#define UI_FLOW_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_set.h"
#include "match/match.h"

struct flow;
struct flow_fetch;
struct flow_scan;
struct flow_store;

struct flow_pass {
	struct flow_store *store;  /* borrowed */
	struct flow_scan *scan;    /* NULL: no walk is going on */
	struct flow_fetch *fetch;
	uint64_t first, last;
	struct flow_set unsaved;   /* flows that could not be decided: the rest of them is on its way into the file */
	struct errmsg damage;      /* when it has come to its end: what kept it from reading all; "" */
};

/* MAYBE: the flow is given again when all of it is here, with whole; what is said then counts as no MAYBE. f is lent. */
typedef enum match_result (*flow_pass_take)(void *arg, const struct flow *f, bool whole);

void flow_pass_begin(struct flow_pass *p, struct flow_store *store, uint64_t first, uint64_t last);
void flow_pass_end(struct flow_pass *p);
/* Gives flows to take() until the time is up. 1: there is more, 0: it must wait, -1: the end. */
int flow_pass_slice(struct flow_pass *p, flow_pass_take take, void *arg, uint64_t end_ns);
unsigned flow_pass_percent(const struct flow_pass *p);

#endif
