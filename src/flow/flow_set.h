/* SPDX-License-Identifier: MIT
 * A set of flow numbers, in ascending order. Adding at the end is cheap, elsewhere it costs a move. */
#ifndef FLOW_FLOW_SET_H
#define FLOW_FLOW_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_set {
	uint64_t *number; /* number[0..n) ascending */
	size_t n, cap;
};

void flow_set_fini(struct flow_set *s); /* empty and usable again */
void flow_set_clear(struct flow_set *s);
bool flow_set_add(struct flow_set *s, uint64_t number);    /* false: it was there */
bool flow_set_remove(struct flow_set *s, uint64_t number); /* false: it was not */
bool flow_set_has(const struct flow_set *s, uint64_t number);
/* Index of the number, or of the next larger one (n when there is none). */
size_t flow_set_bound(const struct flow_set *s, uint64_t number);
/* Adds or takes away n numbers, ascending, which may be there or not; what is below the first of them is not touched. */
void flow_set_join(struct flow_set *s, const uint64_t *number, size_t n);
void flow_set_subtract(struct flow_set *s, const uint64_t *number, size_t n);
/* How many of n numbers, ascending, are in it. */
size_t flow_set_common(const struct flow_set *s, const uint64_t *number, size_t n);
/* Takes the k smallest away. */
void flow_set_drop_first(struct flow_set *s, size_t k);

#endif
