/* SPDX-License-Identifier: MIT
 * Whole flows, one after another, for what is to be made of them: from memory at once, from the session file as they are read, some of
 * them in each turn of the loop. */
#ifndef UI_GATHER_H
#define UI_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct flow;
struct flow_pick;
struct flow_store;

enum { GATHER_BODY_MAX = 256 << 20 }; /* of a body, read from the session file */

struct gather {
	bool active;
	uint64_t *number; /* owned */
	size_t n, at;
	size_t gone;      /* of those before at: neither memory nor the file has them any more */
	struct flow_pick *pick;
	bool (*ready)(struct app *app); /* NULL: always */
	bool (*take)(struct app *app, const struct flow *f);
	void (*done)(struct app *app);
};

/* take gets each flow, and ends it by returning false; then, or after the last, done is called. numbers are taken over. It begins at
 * once: a flow that memory holds has been taken when this returns. */
void gather_start(struct gather *g, struct app *app, uint64_t *numbers, size_t n, bool (*take)(struct app *, const struct flow *),
    void (*done)(struct app *));
/* The same for what cannot take a flow at any time: ready says when, and the loop is woken when that changes. */
void gather_start_when(struct gather *g, struct app *app, uint64_t *numbers, size_t n, bool (*ready)(struct app *),
    bool (*take)(struct app *, const struct flow *), void (*done)(struct app *));
/* True while there is more that can be done now. */
bool gather_turn(struct gather *g, struct app *app);
/* Ends it without done. */
void gather_stop(struct gather *g);

#endif
