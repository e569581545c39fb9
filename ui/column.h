/* SPDX-License-Identifier: MIT
 * The columns of the flow list, declared once: title, width, when it is shown, text. Which are shown is column_set.h's matter. */
#ifndef UI_COLUMN_H
#define UI_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "ui/fmt.h"

struct flow;
struct flow_store;
struct glyphs;

enum { COLUMNS_MAX = 24, COLUMN_KEEP = 10 };

/* What the column PATH shows. */
enum column_path { COLUMN_PATH_ALONE = 0, COLUMN_PATH_HOST, COLUMN_PATH_URL };

struct column_env {
	struct fmt_clock clock;
	uint64_t now_ns;                /* monotonic */
	int escape;                     /* enum escape_flags */
	const struct flow_store *store; /* has details that a copy of a flow lacks */
	const struct glyphs *glyphs;
	enum column_path path;
	bool middle;                    /* PATH is cut in the middle */
	size_t path_at;                 /* where the path began in the text of PATH that was made last; SIZE_MAX: it has none */
};

struct column {
	const char *title;
	const char *what;          /* "response bytes" */
	int width;                 /* unless it is chosen; 0: what the others leave */
	int from;                  /* of itself it is shown on screens of so many columns and more; -1: never */
	int drop;                  /* 1 leaves first when there is no room ... 9; 0: before all; COLUMN_KEEP: never */
	bool right;                /* aligned to the right; ASCII then */
	bool state;                /* coloured by the flow's state */
	bool grows;                /* while the flow is open, without the store telling of each change */
	/* What the list is sorted by: one of the two, or none where it cannot be. */
	uint64_t (*key)(const struct flow *f);
	struct span (*text_key)(const struct flow *f);
	void (*text)(
	    struct column_env *env, const struct flow *f, struct buf *out); /* appends, escaped */
};

extern const struct column columns[];
extern const unsigned columns_count;

enum { COLUMN_ID = 0 }; /* its row in columns[]: the first */

/* Column of that title, without regard to case; columns_count when there is none. */
unsigned column_find(const char *title);
/* The list can be in the order of it. */
bool column_sorts(unsigned column);

#endif
