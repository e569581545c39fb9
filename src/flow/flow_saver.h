/* SPDX-License-Identifier: MIT
 * The writer of the session file: a thread that takes batches of copies from the store and commits each in one transaction.
 * The functions belong to the main thread and never wait for the disk, but flow_saver_free. */
#ifndef FLOW_FLOW_SAVER_H
#define FLOW_FLOW_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"

struct flow_saver;
struct flow_db;
struct flow_batch;

/* Takes over the handle. ready_fd: an eventfd that is written when a batch is done; borrowed. */
struct flow_saver *flow_saver_new(struct flow_db *db, int ready_fd, struct errmsg *why);
/* Waits for the batches that were submitted, tries a failed one once more, and closes the file. */
void flow_saver_free(struct flow_saver *s, struct errmsg *why, uint64_t *lost);

/* ---- a batch is built from live flows, which are copied; large pieces of bodies are referenced ---- */

struct flow_batch *flow_batch_new(uint32_t id);
void flow_batch_add_conn(struct flow_batch *b, const struct flow_conn *c);
void flow_batch_add_flow(struct flow_batch *b, const struct flow *f);
void flow_batch_add_piece(struct flow_batch *b, const struct flow *f, enum flow_dir dir, uint32_t seq, const struct flow_piece *p);
/* seq: its place among the messages of the flow. */
void flow_batch_add_message(struct flow_batch *b, const struct flow *f, uint32_t seq, const struct flow_message *m);
/* comment: NULL leaves the one that is there. */
void flow_batch_add_marks(struct flow_batch *b, uint64_t number, bool marked, bool deleted, const char *comment);
/* Writes all of it, within a transaction. */
int flow_batch_put(const struct flow_batch *b, struct flow_db *db, struct errmsg *why);
uint64_t flow_batch_bytes(const struct flow_batch *b);
void flow_batch_free(struct flow_batch *b);
uint32_t flow_batch_id(const struct flow_batch *b);
/* Numbers of the flows in it, in the order they were added. */
const uint64_t *flow_batch_numbers(const struct flow_batch *b, size_t *n);

/* Batches submitted and not done: at most one more should be given while this is 1. */
unsigned flow_saver_busy(struct flow_saver *s);
void flow_saver_submit(struct flow_saver *s, struct flow_batch *b); /* takes it over */
/* The next batch that is in the file, or NULL; the caller frees it. */
struct flow_batch *flow_saver_done(struct flow_saver *s);
/* Why the file cannot be written at present, "" when it can, and how long it was at the latest try. A failed batch is tried again
 * every second. */
void flow_saver_problem(struct flow_saver *s, struct errmsg *out, uint64_t *bytes);

#endif
