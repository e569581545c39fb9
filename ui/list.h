/* SPDX-License-Identifier: MIT
 * The list machine: selection by id, on the same screen line while rows come and go. It draws
 * nothing. */
#ifndef UI_LIST_H
#define UI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows with ids that are never 0; newer rows have larger ones, but may stand anywhere. */
struct list_source {
	size_t (*count)(const void *arg);
	uint64_t (*id)(const void *arg, size_t row);
	size_t (*row)(const void *arg, uint64_t id); /* of the id, or of one near to where it was; may be count */
	size_t (*newer)(const void *arg, uint64_t id); /* how many have a larger id */
	uint64_t (*newest)(const void *arg);         /* largest id; there is one */
	bool ascending;                              /* rows stand in the order of their ids */
	const void *arg;
};

enum move {
	MOVE_UP = 0,
	MOVE_DOWN,
	MOVE_PAGE_UP,
	MOVE_PAGE_DOWN,
	MOVE_HALF_UP,
	MOVE_HALF_DOWN,
	MOVE_TOP,
	MOVE_END,
	MOVE_COUNT
};

struct list {
	uint64_t selected; /* 0: nothing to select */
	uint64_t seen;     /* newest id that was on the screen or known when follow ended */
	size_t top;        /* row on the first line; valid after list_sync */
	int line;          /* the selected row's line on the screen */
	int place;         /* where it goes when there is room: a screen that was small for a while changes nothing */
	uint64_t before;   /* nothing is selected: what was, while there were rows */
	long scroll;       /* rows that the screen was moved by while the selection stayed */
	int height;
	bool follow;       /* the newest row is selected */
};

/* Fits the list to what the source holds now and to the height. */
void list_sync(struct list *l, const struct list_source *s, int height);
void list_move(struct list *l, const struct list_source *s, enum move m);
void list_select(struct list *l, const struct list_source *s, uint64_t id);
/* Moves what is seen, and not the selection, which may leave the screen. */
void list_scroll(struct list *l, const struct list_source *s, int rows);
/* Selects what stands on that line of the screen, and nothing moves; true when it was selected before. */
bool list_point(struct list *l, const struct list_source *s, int line);
void list_follow(struct list *l, const struct list_source *s, bool on);
/* Rows newer than any seen. */
size_t list_unseen(const struct list *l, const struct list_source *s);
/* Row of the selection; 0 when there is none. */
size_t list_selected_row(const struct list *l, const struct list_source *s);

#endif
