/* SPDX-License-Identifier: MIT
 * Whole flows one after another, from memory or the session file, beside the one that flow_store_open has open. Main thread only. */
#ifndef FLOW_FLOW_PICK_H
#define FLOW_FLOW_PICK_H

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct flow_store;
struct flow_pick;

/* body_max_bytes: of each body, at least, what is read of it from the file. */
struct flow_pick *flow_pick_new(struct flow_store *s, uint64_t body_max_bytes);
/* The flow with details and bodies. NULL: being read (flow_store_fd tells when; ask again), or gone: *gone. Lent until the next call. */
const struct flow *flow_pick_open(struct flow_pick *p, uint64_t number, bool *gone);
void flow_pick_free(struct flow_pick *p); /* NULL is allowed */

#endif
