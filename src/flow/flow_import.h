/* SPDX-License-Identifier: MIT
 * The flows of a session file, one after another, read by a thread of its own. The functions belong to the main thread and wait for nothing
 * but flow_import_free. */
#ifndef FLOW_FLOW_IMPORT_H
#define FLOW_FLOW_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct flow;
struct flow_import;

enum { FLOW_IMPORT_BODY_MAX = 256 << 20 }; /* of one body; more of it is not read */

struct flow_import_end {
	struct errmsg why;      /* "" or why nothing, or nothing more, could be read */
	uint64_t unreadable;    /* flows that were passed over ... */
	struct errmsg damage;   /* ... and why the first of them was */
};

/* in_use: the session file of this process, which is refused; NULL: none. ready_fd: an eventfd, written when flow_import_take or
 * flow_import_done may have changed; borrowed. NULL when no thread could be started. */
struct flow_import *flow_import_start(const char *path, const char *in_use, int ready_fd);
/* The next flow with its details, its connection and its bodies, as flow_db_load gives it, without those that were deleted; the
 * caller's, for flow_free_loaded. NULL: none is here now. */
struct flow *flow_import_take(struct flow_import *im);
/* How far the thread has come through the file. */
unsigned flow_import_percent(struct flow_import *im);
/* True when all that could be read has been taken. */
bool flow_import_done(struct flow_import *im, struct flow_import_end *end);
/* Gives up what is not over, waits for the thread. NULL is allowed. */
void flow_import_free(struct flow_import *im);

#endif
