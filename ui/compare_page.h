/* SPDX-License-Identifier: MIT
 * Two messages beside each other, as text: fields matched by name, bodies line by line. */
#ifndef UI_COMPARE_PAGE_H
#define UI_COMPARE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "flow/flow_id.h"
#include "text/text_lines.h"

struct flow;

enum { COMPARE_WIDE_FROM = 100 }; /* columns: side by side; else one below the other, with - and + */

/* What is compared of a flow. */
struct compare_message {
	/* As they came, and owned; p NULL: none. */
	struct span head, body, content_type, content_encoding;
	uint64_t seen; /* bytes of the body that passed */
};

struct compare_side {
	uint64_t number; /* 0: not taken yet */
	struct compare_message message[2]; /* by flow_dir */
};

/* Copies what is compared. */
void compare_side_take(struct compare_side *s, const struct flow *f);
void compare_side_fini(struct compare_side *s);

/* Adds the comparison of what is shown of them to t (masked, if its escape says so), in which a line that differs has a piece of the role TEXT_REMOVED or TEXT_ADDED. */
void compare_page(struct text_lines *t, const struct compare_side *a, const struct compare_side *b, enum flow_dir dir, int width);
bool compare_line_differs(const struct text_lines *t, size_t line);

#endif
