/* SPDX-License-Identifier: MIT
 * Which columns the list shows, in which order and how wide; and how they lie on a screen. */
#ifndef UI_COLUMN_SET_H
#define UI_COLUMN_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/column.h"

enum { COLUMN_WIDTH_MAX = 200, COLUMN_SET_TEXT_MAX = 512, COLUMN_PATH_MIN = 10 };

enum column_mode {
	COLUMN_OFF = 0,
	COLUMN_AUTO, /* on screens that are wide enough for it */
	COLUMN_ON    /* on every screen, before those that come of themselves */
};

struct column_place {
	unsigned column; /* of columns[] */
	enum column_mode mode;
	int width;       /* 0: its own */
};

/* All columns, in the order of the screen. ID is the first and PATH is never off. */
struct column_set {
	struct column_place place[COLUMNS_MAX];
};

struct column_slot {
	unsigned column;
	int x, w;
	const char *title;
};

/* Columns on a screen, from the left. */
struct column_layout {
	struct column_slot slot[COLUMNS_MAX];
	unsigned n;
	enum column_path path; /* PATH holds the host as well where HOST has no room */
};

void column_set_default(struct column_set *s);
/* "id,s,prot:6,+type": what is listed is shown, in that order, with that width, + on narrow screens too; "" is the default. On an
 * error *s is the default. */
int column_set_read(struct column_set *s, const char *text, struct errmsg *why);
/* As column_set_read takes it; "" for the default. */
void column_set_write(const struct column_set *s, char *out, size_t size_bytes);

/* How the columns lie on a screen of that width: when there is no room they leave in the order of `drop`, and PATH takes the rest. last is the largest
 * number to fit in ID; url: PATH shows whole URLs. */
void column_layout_make(struct column_layout *l, const struct column_set *s, int screen_cols, uint64_t last, bool url);
/* Its slot, NULL when it is not on the screen. */
const struct column_slot *column_layout_find(const struct column_layout *l, unsigned column);
/* Width that a column has when there is room for it. */
int column_place_width(const struct column_place *p);

#endif
