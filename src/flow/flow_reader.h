/* SPDX-License-Identifier: MIT
 * The reader of the session file: a thread that fetches summaries and whole flows, so that the main thread never waits for the
 * disk. The functions belong to the main thread. */
#ifndef FLOW_FLOW_READER_H
#define FLOW_FLOW_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"

struct flow_reader;
struct flow_db;

enum { READER_PAGE_FLOWS = 64, READER_BATCH_FLOWS = 64 };

/* A range of summaries that was asked for, or whole flows. */
struct reader_job {
	struct reader_job *next;
	bool whole;            /* flows with details instead: */
	uint64_t number[READER_BATCH_FLOWS]; /* these */
	size_t nnumbers;
	size_t tried;          /* when done: so many of them were looked for */
	uint64_t total_max_bytes; /* no further one is once this much has been read of them */
	bool done;
	bool orphan;           /* nobody waits for it any more: freed when done */
	uint64_t first, last, body_max_bytes; /* last: when done, the number it has come to */
	size_t max;            /* flows; 0: all */
	struct flow **flow;    /* in order of numbers; those not in the file are missing */
	size_t n, cap;
	struct errmsg why;     /* "" when all went well */
};

/* Takes over the handle. ready_fd: an eventfd, written when a job is done; borrowed. */
struct flow_reader *flow_reader_new(struct flow_db *db, int ready_fd, struct errmsg *why);
void flow_reader_free(struct flow_reader *r);

/* Summaries of first..last, at most so many, however far apart their numbers are; gives way to what others ask for. Lent
 * until flow_reader_give_up. */
struct reader_job *flow_reader_some(struct flow_reader *r, uint64_t first, uint64_t last, size_t max);
/* One flow with details and at most so many bytes of each body. */
struct reader_job *flow_reader_load(struct flow_reader *r, uint64_t number, uint64_t body_max_bytes);
/* Several of them, in that order (n <= READER_BATCH_FLOWS), until they are more than total_max_bytes; gives way to what others ask for. */
struct reader_job *flow_reader_batch(struct flow_reader *r, const uint64_t *number, size_t n, uint64_t body_max_bytes,
    uint64_t total_max_bytes);
/* True when the job is done; false: ready_fd tells. */
bool flow_reader_done(struct flow_reader *r, const struct reader_job *job);
/* Frees the job with its flows, at once or when it is done. NULL is allowed. */
void flow_reader_give_up(struct flow_reader *r, struct reader_job *job);

/* A cache of pages of summaries. NULL: asked for, or, when *gone, not in the file. Lent until the next call. */
struct flow *flow_reader_row(struct flow_reader *r, uint64_t number, bool *gone);
/* The flow has just left memory: what was read of it before is out of date. */
void flow_reader_forget(struct flow_reader *r, uint64_t number);
/* The cached summary if it is there; never asks for it. */
struct flow *flow_reader_cached(struct flow_reader *r, uint64_t number);

#endif
