/* SPDX-License-Identifier: MIT
 * One flow as lines of plain text. */
#ifndef UI_HEADLESS_LINE_H
#define UI_HEADLESS_LINE_H

#include <stdbool.h>

#include "base/buf.h"
#include "ui/fmt.h"

struct flow;

struct headless_style {
	struct fmt_clock clock;
	int escape;  /* enum escape_flags */
	int verbose; /* 1: heads, 2: bodies too */
	bool colour; /* the state and the status code stand out, by SGR sequences */
};

/* Appends whole lines, or nothing: ERR_LIMIT when out is full. */
int headless_line(struct buf *out, struct headless_style *style, const struct flow *f);
/* Likewise the line of a flow that has begun: its state is +, what its end brings is -. */
int headless_line_begun(struct buf *out, struct headless_style *style, const struct flow *f);

#endif
