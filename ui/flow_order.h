/* SPDX-License-Identifier: MIT
 * Numbers of flows in the order of a column. Built up flow by flow in small steps, then kept in order while flows come and
 * change. */
#ifndef UI_FLOW_ORDER_H
#define UI_FLOW_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "flow/flow_set.h"

struct flow;
struct flow_store;

/* A sorted run: n entries of a key and a number each, as bytes that compare like what they stand for. */
struct order_run {
	unsigned char *p;
	size_t n, cap;
};

enum { ORDER_RUNS_MAX = 48 };

struct flow_order {
	unsigned column;         /* of columns[] */
	size_t key_bytes;
	struct order_run run[ORDER_RUNS_MAX]; /* sizes fall; one when complete */
	unsigned nruns;
	struct order_run fresh;  /* not sorted yet */
	struct flow_set changed; /* to be put in their places by flow_order_settle */
	struct flow_set open;    /* what grows: its place is looked at again when a version is not what it was */
	uint64_t open_versions;  /* the sum of them */
	uint64_t settle_ns;      /* when that is worth it again */
	uint64_t row_id;         /* what flow_order_row found last; 0: the order has changed since */
	size_t row;
};

void flow_order_init(struct flow_order *o, unsigned column);
void flow_order_fini(struct flow_order *o);
/* Adds a flow that is not in it. */
void flow_order_add(struct flow_order *o, const struct flow *f);
/* Does part of the sorting of what was added, a few milliseconds; true when all is in order. */
bool flow_order_finish(struct flow_order *o);

/* The flow is new, has changed, or (when it is not in `shown`) has gone; takes effect with flow_order_settle. */
void flow_order_changed(struct flow_order *o, uint64_t number);
/* Puts what has changed in its place, if now_ns is late enough: the larger the list, the rarer. shown: NULL: all. True: the order is not what it
 * was. */
bool flow_order_settle(struct flow_order *o, struct flow_store *store, const struct flow_set *shown, uint64_t now_ns);

/* The same at once, and for this flow alone: whatever else has changed waits on. */
void flow_order_put(struct flow_order *o, struct flow_store *store, const struct flow_set *shown, uint64_t number);

/* Drops all that are not among these, at once. It is complete. */
void flow_order_keep(struct flow_order *o, const struct flow_set *shown);

size_t flow_order_count(const struct flow_order *o);
uint64_t flow_order_id(const struct flow_order *o, size_t row);
/* What it is sorted by, as bytes that compare; lent until the order changes. */
struct span flow_order_key(const struct flow_order *o, size_t row);
/* Row of the number; when it is not in it, the row that was asked for before. */
size_t flow_order_row(struct flow_order *o, uint64_t number);

#endif
