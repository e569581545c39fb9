/* SPDX-License-Identifier: MIT
 * The flows of a session file added to the list, as flows of this run with new numbers: whole, with their connections, comments, marks,
 * and messages as they were before an edit. They cost memory like recorded ones, and nothing that is in the list gives way to them:
 * without a session file that is written the load ends when memory is full. */
#ifndef FLOW_FLOW_LOAD_H
#define FLOW_FLOW_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct flow_load;
struct flow_store;

enum flow_load_state {
	FLOW_LOAD_MORE, /* there is more that can be done now */
	FLOW_LOAD_WAIT, /* for the file that is read (ready_fd tells), or the one that is written (flow_store_fd tells) */
	FLOW_LOAD_OVER
};

struct flow_load_result {
	uint64_t flows;       /* in the list now ... */
	uint64_t first, last; /* ... among these numbers */
	uint64_t unreadable;  /* passed over, the first of them for this reason: */
	struct errmsg damage;
	bool full;            /* it ended for want of memory */
	struct errmsg why;    /* "" or why nothing, or nothing more, could be read */
};

/* The store must outlive it. ready_fd: an eventfd; borrowed. NULL when no thread could be started. */
struct flow_load *flow_load_start(struct flow_store *s, const char *path, const char *in_use, int ready_fd);
/* Adds flows until the time (monotonic) is up. */
enum flow_load_state flow_load_turn(struct flow_load *l, uint64_t end_ns);
/* So far, or at the end. Lent. */
const struct flow_load_result *flow_load_result(const struct flow_load *l);
unsigned flow_load_percent(const struct flow_load *l);
/* What has been added stays. NULL is allowed. */
void flow_load_free(struct flow_load *l);

#endif
