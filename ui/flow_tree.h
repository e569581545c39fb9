/* SPDX-License-Identifier: MIT
 * The list as a tree: it is in the order of a column, and a heading stands above the flows that have the same value in it. Texts
 * are told apart by as much of them as the order knows (flow_order.c). */
#ifndef UI_FLOW_TREE_H
#define UI_FLOW_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "flow/flow_set.h"
#include "ui/list.h"

struct flow_index;

enum { TREE_FLOWS_MAX = 100000 };

#define TREE_HEADING (1ull << 63) /* in the id of a heading; flow numbers never have it */

struct tree_group {
	uint64_t id;       /* of its heading */
	size_t first, n;   /* rows of the index */
	size_t at;         /* row of the heading */
	uint64_t failed, bytes;
	bool folded;
	bool known;        /* failed and bytes are of all its flows: memory holds them */
};

struct flow_tree {
	struct flow_index *index; /* borrowed; NULL: no tree */
	unsigned column;
	struct tree_group *group;
	size_t ngroups, cap;
	uint64_t built;           /* flow_index.changes that the groups were made from; 0: never */
	struct flow_set folded;   /* ids */
};

void flow_tree_open(struct flow_tree *t, struct flow_index *x, unsigned column);
void flow_tree_close(struct flow_tree *t); /* also when it is not open */
/* It is open, the list has come to be in its order, and is not too long. */
bool flow_tree_is_shown(const struct flow_tree *t);
struct list_source flow_tree_source(struct flow_tree *t);
/* Of that heading, or that the flow stands below; NULL: none. Valid until the flows change. */
const struct tree_group *flow_tree_group(struct flow_tree *t, uint64_t id);
void flow_tree_fold(struct flow_tree *t, uint64_t heading, bool folded);
void flow_tree_unfold_all(struct flow_tree *t);

#endif
