/* SPDX-License-Identifier: MIT
 * Edits that were left before they were sent, so that what was typed is not lost. */
#ifndef UI_EDIT_SHELF_H
#define UI_EDIT_SHELF_H

#include <stdbool.h>
#include <stdint.h>

enum { EDIT_SHELF_MAX = 16 };

struct edit;

struct edit_shelf {
	struct edit *edit[EDIT_SHELF_MAX]; /* owned; oldest first */
	unsigned n;
};

/* Takes the edit over; one that changes nothing is freed, and the oldest when there is no room. */
void edit_shelf_put(struct edit_shelf *s, struct edit *e);
/* The edit of the same message that was put there, and fresh is freed; else fresh. What was typed for a held request
 * is also there when it is to be sent anew. */
struct edit *edit_shelf_take(struct edit_shelf *s, struct edit *fresh);
/* The request composed last that was put there, or NULL. */
struct edit *edit_shelf_take_composed(struct edit_shelf *s);
/* An edit of the flow's held message was left there. */
bool edit_shelf_has(const struct edit_shelf *s, uint64_t number);
void edit_shelf_fini(struct edit_shelf *s);

#endif
