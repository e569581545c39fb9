/* SPDX-License-Identifier: MIT
 * All flows, in order of arrival, under a memory budget. What has left memory is read back from the session file, if there
 * is one. Main thread only. */
#ifndef FLOW_FLOW_STORE_H
#define FLOW_FLOW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"
#include "flow/flow_events.h"
#include "flow/flow_set.h"

enum { FLOW_COMMENT_MAX = 1024 };

struct flow_store;
struct fact; /* flow/flow_fact.h */
struct flow_tally; /* flow/flow_tally.h */

struct flow_store_limits {
	uint64_t memory_max_bytes;   /* everything kept: summaries, heads, bodies */
	uint64_t body_max_bytes;     /* recorded of one body */
};

/* Told of every change, in order, from within flow_store_apply. f is valid during the call. */
struct flow_watcher {
	void (*changed)(void *arg, const struct flow *f); /* new or changed */
	/* Once, when it has ended and, within a moment, it is known which process its client is. */
	void (*ended)(void *arg, const struct flow *f);
	void *arg;
};

struct flow_store *flow_store_new(const struct flow_store_limits *limits);
void flow_store_free(struct flow_store *s);
void flow_store_watch(struct flow_store *s, const struct flow_watcher *w);

/* A new budget; what is over it leaves memory with the next facts. */
void flow_store_limit_memory(struct flow_store *s, uint64_t memory_max_bytes);

/* Applies one fact from the engine. Takes over the block references the fact holds. */
void flow_store_apply(struct flow_store *s, const struct fact *f);

/* ---- the list ---- */

/* The list is first..last; empty when first > last. Without a session file it is what memory holds (open and marked flows older
 * than first have left the list and can still be found), with one it begins with the file's first flow. */
uint64_t flow_store_first(const struct flow_store *s);
uint64_t flow_store_last(const struct flow_store *s);
/* What memory holds of it; NULL: nothing. */
struct flow *flow_store_find(const struct flow_store *s, uint64_t number);
/* Its summary, from memory or from the file. NULL: being read (flow_store_fd tells when), or gone: *gone. */
const struct flow *flow_store_row(struct flow_store *s, uint64_t number, bool *gone);
/* With details and bodies (body_max_bytes of each at least, if as much was recorded). NULL as above. Lent until another flow
 * is opened or the flow changes. */
const struct flow *flow_store_open(struct flow_store *s, uint64_t number, bool *gone);
/* 0, or why the file did not give the flow that was opened last: it is damaged there, or missing. */
int flow_store_open_error(const struct flow_store *s, struct errmsg *why);

/* The flows that are held, the oldest hold first: the numbers of up to max of them. Returns how many were written. */
size_t flow_store_held(const struct flow_store *s, uint64_t *out, size_t max);

/* Marks and deletions are in the session file too. A deleted flow stays in the list's numbers: views leave it out. */
void flow_store_mark(struct flow_store *s, uint64_t number, bool on);
void flow_store_delete(struct flow_store *s, uint64_t number, bool on);
/* The same for n flows, ascending, of which none are so yet; the watcher is not told. */
void flow_store_mark_many(struct flow_store *s, const uint64_t *number, size_t n, bool on);
void flow_store_delete_many(struct flow_store *s, const uint64_t *number, size_t n, bool on);
const struct flow_set *flow_store_marked(const struct flow_store *s);
const struct flow_set *flow_store_deleted(const struct flow_store *s);

/* The user's words about a flow, in the session file too; "" takes them away. ERR_LIMIT above FLOW_COMMENT_MAX bytes, ERR_NOTFOUND when
 * the list does not have the flow, both with a sentence. */
int flow_store_comment(struct flow_store *s, uint64_t number, const char *text, struct errmsg *why);
/* A copy of the flow as a new one that has ended: heads, trailers and bodies as far as they are kept, connection, figures, comment. The
 * number of the copy; 0: what is to be copied is being read (flow_store_fd tells when), or is gone: *gone. */
uint64_t flow_store_duplicate(struct flow_store *s, uint64_t number, bool *gone);

/* ---- the event log: what happened, for people ---- */

/* Adds a line; flow: the number of the flow it is about, 0: none. Of the text FLOW_EVENT_TEXT_MAX bytes are kept; it may hold
 * anything and is escaped where it is shown. */
void flow_store_event(struct flow_store *s, enum flow_event_level level, uint64_t flow, const char *text);
/* Lines first..end-1 can be asked for: the latest FLOW_EVENTS_MAX. Numbers go on for ever. */
uint64_t flow_store_event_first(const struct flow_store *s);
uint64_t flow_store_event_end(const struct flow_store *s);
/* Lent until the next event. NULL: not kept. */
const struct flow_event *flow_store_event_at(const struct flow_store *s, uint64_t index);

/* ---- walking over all of it ---- */

/* Passes over the summaries of the list, oldest first, reading from the file what memory does not hold. */
struct flow_scan;
struct flow_scan *flow_scan_new(struct flow_store *s, uint64_t first, uint64_t last);
/* The next summary, valid until the next call; NULL: *wait: not read yet (flow_store_fd tells when); else the end. */
const struct flow *flow_scan_next(struct flow_scan *scan, bool *wait);
uint64_t flow_scan_at(const struct flow_scan *scan); /* number it has come to */
/* 0, or what kept it from reading all of the file. */
int flow_scan_error(const struct flow_scan *scan, struct errmsg *why);
void flow_scan_free(struct flow_scan *scan);

/* True when details of it that are not in memory are in the session file ... */
bool flow_store_has_more(const struct flow_store *s, const struct flow *f);
/* ... and all of them that there are. */
bool flow_store_is_saved(const struct flow_store *s, const struct flow *f);
/* Reads flows with details and bodies, in the order they were asked for, while the walk goes on. */
struct flow_fetch;
struct flow_fetch *flow_fetch_new(struct flow_store *s);
void flow_fetch_free(struct flow_fetch *fetch); /* NULL is allowed */
/* Not when it is full: take some first. */
void flow_fetch_ask(struct flow_fetch *fetch, uint64_t number);
bool flow_fetch_is_full(const struct flow_fetch *fetch);
/* The next one: its number and what the file has of it (bodies up to FLOW_FETCH_BODY_MAX), valid until the next call; *f is NULL when it has nothing. False: *wait:
 * not read yet (flow_store_fd tells when); else none is asked for. */
enum { FLOW_FETCH_BODY_MAX = 1 << 20 };
bool flow_fetch_next(struct flow_fetch *fetch, uint64_t *number, const struct flow **f, bool *wait);

/* ---- the session file ---- */

/* Reads a session file: its flows are the list. To be called on an empty store. */
int flow_store_read(struct flow_store *s, const char *path, struct errmsg *why);
/* Writes every flow to a session file, new or continued. To be called on an empty store. */
int flow_store_write(struct flow_store *s, const char *path, struct errmsg *why);
/* Readable when something was read or written; flow_store_turn takes it in. -1 without a session file. */
int flow_store_fd(const struct flow_store *s);
/* To be called at every turn of the loop: hands changes to the writer when they are due, takes in what is ready. Returns the milliseconds
 * after which it wants to be called again, -1: no need. */
int flow_store_turn(struct flow_store *s);
/* The writer cannot keep up and memory is spent: apply no facts until flow_store_turn has made room. */
bool flow_store_congested(const struct flow_store *s);
/* What is wrong with the session file at present; "" when nothing is. */
const char *flow_store_problem(const struct flow_store *s);
/* Ends the session file: blocks until everything is in it or cannot be. ERR_SYSTEM with a sentence when flows are missing in it. Without
 * a session file it does nothing. Nothing may be read from it afterwards. */
int flow_store_close(struct flow_store *s, struct errmsg *why);

struct flow_store_stats {
	uint64_t total;         /* flows ever, those of a session file included */
	uint64_t active;        /* not ended */
	uint64_t by_state[FLOW_STATE_COUNT]; /* of all flows of this run; ended ones keep counting */
	uint64_t failed;        /* ended in F or E */
	uint64_t marked;
	uint64_t evicted;       /* flows gone from memory and from every file */
	uint64_t shed_bytes;    /* body bytes not kept anywhere */
	uint64_t memory_bytes;
	uint64_t memory_max_bytes; /* the budget */
	uint64_t http_flows;    /* flows that had a request: counted for requests/s */
	uint64_t saved;         /* flows in the session file */
	uint64_t session_bytes; /* of the session file when it could not be written last */
	uint64_t held;          /* flows that are held now */
	uint64_t held_since_ns; /* monotonic: the oldest of these holds; 0: none */
};
void flow_store_stats(const struct flow_store *s, struct flow_store_stats *out);
/* Handshakes of this run by version and by cause of failure. */
const struct flow_tally *flow_store_tally(const struct flow_store *s);

#endif
