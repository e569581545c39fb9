/* SPDX-License-Identifier: MIT
 * What the files of the store share: flow_store.c (the table and the list), flow_apply.c (facts), flow_edit.c (facts about messages
 * that are held, edited and sent by us), flow_budget.c (memory), flow_session.c (the session file), flow_comment.c, flow_duplicate.c,
 * flow_scan.c. */
#ifndef FLOW_FLOW_STORE_INTERNAL_H
#define FLOW_FLOW_STORE_INTERNAL_H

#include "flow/flow_comment.h"
#include "flow/flow_events.h"
#include "flow/flow_map.h"
#include "flow/flow_store.h"
#include "flow/flow_tally.h"

struct flow_saver;
struct flow_reader;
struct reader_job;

struct fact_head;
struct fact_held;
struct fact_message;
struct fact_sent;
struct fact_event;

/* Rows that stay whatever the budget; what malloc adds to each allocation; flows sent by us that have not begun. */
enum { STORE_LIST_MIN = 256, STORE_ALLOC_BYTES = 16, STORE_SENT_MAX = 65536 };

/* Flows that are held, the oldest hold first. */
struct store_held {
	struct held { uint64_t number, since_ns; } *flow;
	size_t n, cap;
};

/* The session file as the store sees it. */
struct store_session {
	struct flow_saver *saver;     /* NULL: none is written */
	struct flow_reader *reader;   /* NULL: none is read */
	int fd;                       /* eventfd of both; -1 without */
	uint64_t read_last;           /* flows 1..read_last were in the file when it was opened */
	uint64_t *dirty;              /* numbers of flows that changed since they were last given to the writer */
	size_t ndirty, dirty_cap;
	struct flow_conn **dirty_conn;/* likewise connections; a reference each */
	size_t ndirty_conn, dirty_conn_cap;
	size_t forget_at;             /* so many of them: look for those that nothing else needs */
	struct flow_set marks;        /* flows whose marks changed while they were not in memory */
	uint32_t next_batch, done_batch;
	uint64_t submit_ns, dirty_bytes; /* last batch given; bytes applied since */
	uint64_t saved, lost;
	struct errmsg problem;
	uint64_t problem_bytes;       /* of the file when it could not be written */
	struct reader_job *open_job;  /* flow being read, or read */
	uint32_t open_version;
	uint64_t open_ns;
};

struct flow_store {
	struct flow_store_limits limits;
	struct flow **table;          /* flow n is table[n & mask] */
	uint64_t mask;
	uint64_t first, next;         /* numbers in memory: first <= n < next */
	uint64_t body_cursor, head_cursor;
	struct flow **elder;          /* open or marked ones older than first, by number */
	size_t nelders, elders_cap;
	struct flow_map flows, conns; /* open ones by key */
	struct flow_map sent;         /* keys of flows sent by us that have not begun: allocated numbers of what they repeat */
	struct store_held held;
	struct flow_comments comments;/* of this run; kept apart from the flows, which may not be in memory */
	struct flow_events events;
	uint64_t last_conn;           /* number of the newest connection */
	struct flow_watcher watcher;
	struct flow_store_stats stats;
	struct flow_set marked, deleted;
	size_t marked_deleted;        /* numbers in both */
	struct flow_tally tally;
	struct store_session session;
};

/* ---- flow_store.c ---- */
/* A new flow at the end of the list, open and without details. */
struct flow *store_append(struct flow_store *s);
/* The flow that the fact is the first of. */
struct flow *store_add(struct flow_store *s, const struct fact *fact, uint64_t wall_ns);
void store_elder_add(struct flow_store *s, struct flow *f);
void store_elder_remove(struct flow_store *s, const struct flow *f); /* it is among them */
void store_conn_unref(struct flow_store *s, struct flow_conn *c);
void store_flow_free(struct flow_store *s, struct flow *f);
/* Ended and older than the list: nothing keeps it any more. */
void store_elder_ended(struct flow_store *s, struct flow *f);

/* Marks or comment of the flow have changed. */
void store_flag_changed(struct flow_store *s, uint64_t number);
/* A flow that was read from the file gets marks and comment as they are now. */
void store_refresh(const struct flow_store *s, struct flow *read);
/* now_ns, monotonic, ends a hold; the head of a response is entered after that. */
void store_set_state(struct flow_store *s, struct flow *f, enum flow_state state, uint64_t now_ns);
void store_response_seen(struct flow *f, uint64_t now_ns);
/* The state it has ended in, or that one when it is none to end in. */
enum flow_state store_end_state(const struct flow *f, enum flow_state otherwise);
void store_notify(struct flow_store *s, struct flow *f); /* it has changed */
void store_tell_ended(struct flow_store *s, struct flow *f); /* if it has and nobody was told yet */
void store_held_add(struct flow_store *s, const struct flow *f);
void store_held_remove(struct flow_store *s, const struct flow *f);

/* ---- flow_comment.c ---- */
void store_comment_set(struct flow_store *s, struct flow *f, const char *text);

/* ---- flow_apply.c ---- */
/* Takes the head of a message, in the place of the one that was there. */
struct span store_head_keep(struct flow_store *s, struct flow *f, unsigned dir, const struct fact_head *h);
/* Adds a piece; its block reference or bytes become the body's. */
void store_piece_add(struct flow_store *s, struct flow_body *b, const struct flow_piece *p);

/* ---- flow_edit.c ---- */
void store_apply_held(struct flow_store *s, const struct fact_held *h);
void store_apply_edit(struct flow_store *s, const struct fact_head *h);
void store_apply_sent(struct flow_store *s, const struct fact_sent *v);
void store_apply_event(struct flow_store *s, const struct fact_event *v);
/* The flow has just begun: was it sent by us? */
void store_sent_begun(struct flow_store *s, struct flow *f);

/* ---- flow_message.c ---- */
void store_apply_message(struct flow_store *s, const struct fact_message *v);
void store_messages_drop(struct flow_store *s, struct flow_detail *d);

static inline void
store_charge(struct flow_store *s, size_t n)
{
	s->stats.memory_bytes += n;
}

static inline void
store_uncharge(struct flow_store *s, size_t n)
{
	s->stats.memory_bytes -= n;
}

/* ---- flow_budget.c ---- */
size_t store_piece_cost(const struct flow_piece *p);
void store_head_drop(struct flow_store *s, struct span *h);
/* Frees what memory has of a body and forgets it. saved: it is in the session file. */
void store_body_drop(struct flow_store *s, struct flow_body *b, bool saved);
void store_detail_free(struct flow_store *s, struct flow *f);
bool store_over_budget(const struct flow_store *s);
/* Brings memory under the budget as far as it can. */
void store_trim(struct flow_store *s);
/* The flow has just been written: drops of it what older flows have had to give up already. */
void store_trim_saved(struct flow_store *s, struct flow *f);

/* ---- flow_session.c ---- */
/* The flow or connection has changed. */
void store_touch(struct flow_store *s, struct flow *f);
void store_touch_conn(struct flow_store *s, struct flow_conn *c);
/* While the file cannot be written: lets go of connections that only wait to be written. */
void store_forget_conns(struct flow_store *s);
/* A session file is written and can be. */
bool store_saving(const struct flow_store *s);
/* All that was given of it is in the file. */
bool store_is_saved(const struct flow_store *s, const struct flow *f);
void store_session_init(struct flow_store *s);
void store_session_fini(struct flow_store *s);

#endif
