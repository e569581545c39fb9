/* SPDX-License-Identifier: MIT
 * Flows into a session file of their own, new, replaced or continued: a thread writes, all in one transaction, so that the file has all of
 * them or is as it was. They get new numbers, in the order they are given. The functions belong to the main thread and wait for nothing
 * but flow_export_free. */
#ifndef FLOW_FLOW_EXPORT_H
#define FLOW_FLOW_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"

struct flow_export;

enum flow_export_mode {
	FLOW_EXPORT_NEW,     /* no file of that name may be there */
	FLOW_EXPORT_REPLACE, /* one that is there is replaced, at the end */
	FLOW_EXPORT_APPEND   /* to a session file that is there */
};

/* in_use: the session file of this process, which is refused; NULL: none. ready_fd: an eventfd, written when flow_export_ready or
 * flow_export_done may have changed; borrowed. NULL when no thread could be started. */
struct flow_export *flow_export_start(const char *path, enum flow_export_mode mode, const char *in_use, int ready_fd);
/* True when flow_export_add may be called: the file is open and the thread not too far behind. */
bool flow_export_ready(struct flow_export *e);
/* The flow is copied, with what memory has of its bodies; large pieces are referenced. */
void flow_export_add(struct flow_export *e, const struct flow *f);
uint64_t flow_export_count(const struct flow_export *e); /* flows added */
/* No more comes: the file gets its end and its name. */
void flow_export_finish(struct flow_export *e);
/* As if nothing had been asked for; flow_export_done tells when that is so. */
void flow_export_cancel(struct flow_export *e);
/* True when it is over: why is "", or says what went wrong. */
bool flow_export_done(struct flow_export *e, struct errmsg *why);
/* Cancels what is not over, waits for the thread. NULL is allowed. */
void flow_export_free(struct flow_export *e);

#endif
