/* SPDX-License-Identifier: MIT
 * What the newest flows in memory have in the fields of an expression, and how often: what a completion proposes. Counted in slices. */
#ifndef UI_FLOW_VALUES_H
#define UI_FLOW_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_subject.h"

struct flow_store;

enum { FLOW_VALUES_MAX = 128, FLOW_VALUE_TEXT_MAX = 120, FLOW_VALUES_FLOWS = 20000 };

struct flow_value {
	char text[FLOW_VALUE_TEXT_MAX]; /* raw */
	unsigned n;                     /* bytes of it */
	uint64_t count;
};

struct flow_values {
	struct flow_store *store;       /* borrowed; NULL: nothing was begun */
	struct flow_subject subject;
	uint64_t at, first;             /* number to look at next, going down; first > at: all were */
	const struct match_field_info *field; /* whose values are collected; NULL: none */
	uint64_t with[MATCH_FIELD_COUNT]; /* flows that have a value; a flag: for which it holds */
	struct flow_value value[FLOW_VALUES_MAX]; /* the first ones met */
	unsigned n;
};

void flow_values_begin(struct flow_values *v, struct flow_store *store, const struct match_field_info *field);
void flow_values_end(struct flow_values *v);
/* True when it did something; then more may be left. */
bool flow_values_turn(struct flow_values *v, uint64_t end_ns);
/* Counts of fields are kept for these. */
bool flow_values_counts(enum match_type type);

#endif
