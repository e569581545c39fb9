/* SPDX-License-Identifier: MIT
 * What the newest flows in memory have in the fields of an expression, and how often: what a completion proposes. Counted in slices. */
#ifndef UI_FLOW_VALUES_H
#define UI_FLOW_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_subject.h"

struct flow_store;

enum {
	FLOW_VALUES_MAX = 128,
	FLOW_VALUE_TEXT_MAX = 120,
	FLOW_VALUES_FLOWS = 20000,
	FLOW_VALUES_LINES = 256 /* field lines of a head that are looked at */
};

struct flow_value {
	char text[FLOW_VALUE_TEXT_MAX]; /* raw */
	unsigned n;                     /* bytes of it */
	uint64_t count;                 /* flows that have it */
	uint64_t last;                  /* flow that was counted last */
};

/* What is collected. */
struct flow_values_of {
	const struct match_field_info *field; /* NULL: nothing */
	bool names;                     /* of a header field: the names, in small letters */
	struct span name;               /* of a header field: its values under this name; SPAN_NONE: nothing */
};

struct flow_values {
	struct flow_store *store;       /* borrowed; NULL: nothing was begun */
	struct flow_subject subject;
	uint64_t at, first;             /* number to look at next, going down; first > at: all were */
	const struct match_field_info *field; /* whose values are collected; NULL: none */
	bool names;                     /* the names of header fields instead */
	char name[FLOW_VALUE_TEXT_MAX]; /* of the header field; "" when there is none */
	uint64_t with[MATCH_FIELD_COUNT]; /* flows that have a value; a flag: for which it holds */
	struct flow_value value[FLOW_VALUES_MAX]; /* the first ones met */
	unsigned n;
};

/* The name is copied. */
void flow_values_begin(struct flow_values *v, struct flow_store *store, const struct flow_values_of *of);
/* True when that is what is collected. */
bool flow_values_is(const struct flow_values *v, const struct flow_values_of *of);
void flow_values_end(struct flow_values *v);
/* True when it did something; then more may be left. */
bool flow_values_turn(struct flow_values *v, uint64_t end_ns);
/* Counts of fields are kept for these. */
bool flow_values_counts(enum match_type type);

#endif
