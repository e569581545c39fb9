/* SPDX-License-Identifier: MIT
 * Comments by flow number, in ascending order. */
#ifndef FLOW_FLOW_COMMENT_H
#define FLOW_FLOW_COMMENT_H

#include <stddef.h>
#include <stdint.h>

struct flow_comment {
	uint64_t number;
	char *text; /* owned; "": it was taken away */
};

/* Zeroed: empty. */
struct flow_comments {
	struct flow_comment *comment;
	size_t n, cap;
};

void flow_comments_fini(struct flow_comments *c);
void flow_comments_put(struct flow_comments *c, uint64_t number, const char *text);
/* Lent until the next put. NULL: nothing is known. */
const char *flow_comments_find(const struct flow_comments *c, uint64_t number);

#endif
