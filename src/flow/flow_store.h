/* SPDX-License-Identifier: MIT
 * All flows in memory, in order of arrival, under a budget. Main thread only. */
#ifndef FLOW_FLOW_STORE_H
#define FLOW_FLOW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

struct flow_store;
struct fact; /* flow/flow_fact.h */

struct flow_store_limits {
	uint64_t memory_max_bytes;   /* everything kept: summaries, heads, bodies */
	uint64_t body_max_bytes;     /* recorded of one body */
};

/* Told of every change, in order, from within flow_store_apply. f is valid during the call. */
struct flow_watcher {
	void (*changed)(void *arg, const struct flow *f); /* new or changed */
	void (*ended)(void *arg, const struct flow *f);   /* once, when it has ended */
	void *arg;
};

struct flow_store *flow_store_new(const struct flow_store_limits *limits);
void flow_store_free(struct flow_store *s);
void flow_store_watch(struct flow_store *s, const struct flow_watcher *w);

/* Applies one fact from the engine. Takes over the block references the fact holds. */
void flow_store_apply(struct flow_store *s, const struct fact *f);

/* Numbers first..last are present without gaps; first > last when empty. Open and marked flows older than first have left
 * the list and can still be found. */
uint64_t flow_store_first(const struct flow_store *s);
uint64_t flow_store_last(const struct flow_store *s);
struct flow *flow_store_find(const struct flow_store *s, uint64_t number); /* NULL: evicted or not yet */

struct flow_store_stats {
	uint64_t total;         /* flows ever */
	uint64_t active;        /* not ended */
	uint64_t by_state[FLOW_STATE_COUNT]; /* of all flows ever seen; ended ones keep counting */
	uint64_t failed;        /* ended in F or E */
	uint64_t marked;
	uint64_t evicted;       /* flows gone from memory */
	uint64_t shed_bytes;    /* body bytes not kept */
	uint64_t memory_bytes;
	uint64_t memory_max_bytes; /* the budget */
	uint64_t http_flows;    /* flows that had a request: counted for requests/s */
};
void flow_store_stats(const struct flow_store *s, struct flow_store_stats *out);

#endif
