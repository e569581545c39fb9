/* SPDX-License-Identifier: MIT
 * Counting flows by a value that they have: how many, how many bytes. Draws nothing. */
#ifndef UI_FREQ_H
#define UI_FREQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct flow;

enum { FREQ_VALUES_MAX = 10000, FREQ_VALUE_BYTES_MAX = 256, FREQ_TERM_MAX = 2 * FREQ_VALUE_BYTES_MAX + 32 };

/* What can be counted by, in the order that it is offered. */
enum freq_by { FREQ_HOST = 0, FREQ_METHOD, FREQ_CODE, FREQ_TYPE, FREQ_PROT, FREQ_STATE, FREQ_CLIENT, FREQ_SERVER, FREQ_PROCESS, FREQ_TLS, FREQ_BY_COUNT };

const char *freq_title(enum freq_by by); /* "HOST" */
const char *freq_what(enum freq_by by);  /* "server name" */

struct freq_value {
	char *text; /* raw, terminated, owned; "" where flows have none; NULL: all values beyond the limit */
	uint64_t flows, bytes;
};

struct freq {
	enum freq_by by;
	struct freq_value *value; /* n of them */
	size_t n;
	uint32_t *slot;           /* hash table: index in value and 1, 0: free */
	uint64_t flows;
	size_t most;              /* distinct values kept */
};

/* most: at most FREQ_VALUES_MAX. */
void freq_init(struct freq *f, enum freq_by by, size_t most);
void freq_fini(struct freq *f);
void freq_add(struct freq *f, const struct flow *flow);
/* Most flows first; nothing is added afterwards. */
void freq_sort(struct freq *f);
/* The filter that shows the flows of a value. False with a sentence in *why when there is none. */
bool freq_term(enum freq_by by, const char *text, char out[FREQ_TERM_MAX], const char **why);

#endif
