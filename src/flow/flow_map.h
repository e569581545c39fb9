/* SPDX-License-Identifier: MIT
 * Open-addressing hash map from a non-zero 64-bit key to a pointer; holds what is in flight only. */
#ifndef FLOW_FLOW_MAP_H
#define FLOW_FLOW_MAP_H

#include <stddef.h>

#include "flow/flow_id.h"

struct flow_map_slot {
	flow_key key; /* 0: free */
	void *value;
};

struct flow_map {
	struct flow_map_slot *slot;
	size_t mask, n;
};

void flow_map_init(struct flow_map *m);
void flow_map_fini(struct flow_map *m); /* frees the table, not the values */
void flow_map_put(struct flow_map *m, flow_key key, void *value); /* key is not in it */
void *flow_map_find(const struct flow_map *m, flow_key key);      /* NULL: not there */
void *flow_map_remove(struct flow_map *m, flow_key key);          /* what it held, or NULL */

#endif
