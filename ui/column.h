/* SPDX-License-Identifier: MIT
 * The columns of the flow list, declared once: title, width by the width of the screen, text. */
#ifndef UI_COLUMN_H
#define UI_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "ui/fmt.h"

struct flow;

/* Layouts by screen width: from 20, 40, 80 and 100 columns. */
enum { COLUMN_LAYOUTS = 4, COLUMN_REST = -1, COLUMNS_MAX = 24 };

struct column_env {
	struct fmt_clock clock;
	uint64_t now_ns; /* monotonic */
	int escape;      /* enum escape_flags */
};

struct column {
	const char *title;
	int width[COLUMN_LAYOUTS]; /* 0: dropped, COLUMN_REST: what the others leave */
	bool right;                /* aligned to the right */
	bool state;                /* coloured by the flow's state */
	bool grows;                /* while the flow is open, without the store telling of each change */
	const char *what;          /* "response bytes"; NULL: not offered for sorting */
	/* What the list is sorted by: one of the two. */
	uint64_t (*key)(const struct flow *f);
	struct span (*text_key)(const struct flow *f);
	void (*text)(
	    struct column_env *env, const struct flow *f, struct buf *out); /* appends, escaped */
};

extern const struct column columns[];
extern const unsigned columns_count;

enum { COLUMN_ID = 0 }; /* its row in columns[] */

/* Column of that title, without regard to case; columns_count when there is none. */
unsigned column_find(const char *title);

unsigned column_layout(int screen_cols);
/* Width of the columns at that screen width; 0 for dropped ones. last is the largest number to fit
 * in ID. */
void column_widths(int screen_cols, uint64_t last, int *width);

#endif
