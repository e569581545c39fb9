/* SPDX-License-Identifier: MIT
 * One worker: a thread with its own event loop. A connection lives and dies on the worker that accepted it; nothing here
 * is touched by another thread but the counters, the fact ring's consumer end, the mailbox's sending end and the stop flag. */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/block.h"
#include "base/buf.h"
#include "base/ring.h"
#include "engine/counters.h"
#include "engine/engine.h"
#include "engine/mailbox.h"
#include "proto/http_head.h"
#include "proto/tls_hello.h"

struct clients;
struct conn;
struct endpoint;
struct hold;
struct resolver;
struct pass_list;
struct rules;
struct listener;

TAILQ_HEAD(conn_list, conn);
TAILQ_HEAD(hold_list, hold);

enum {
	WORKER_CORK_BYTES = 1 << 17,  /* gathers the output of one endpoint for one send */
	WORKER_RING_BYTES = 1 << 21,  /* facts on their way to the main thread */
	WORKER_HEAVY_PER_TURN = 2     /* handshake steps that sign or verify, in one loop turn */
};

struct worker {
	struct engine *engine;
	const struct engine_config *config;
	unsigned index;
	pthread_t thread;
	bool running;                  /* the thread was started and not joined */
	struct event_base *base;
	struct event *wake, *tick, *notify, *resume_accept;
	int wake_fd;                   /* eventfd: stop, room in the ring, or mail */
	_Atomic bool stop;
	uint64_t now_ns;               /* monotonic, read once per event */

	struct listener *listener[ENGINE_LISTEN_MAX];
	bool accept_paused;
	bool draining;                 /* no client is accepted any more, idle ones are let go */
	int reserve_fd;                /* given up to accept-and-close when descriptors run out */

	struct conn_list conns;        /* open */
	struct conn_list ready;        /* have work that no event will announce */
	struct conn_list dead;         /* freed at the end of the turn */
	unsigned nconns, conns_max;
	unsigned heavy;                /* this turn */

	struct block_pool *blocks;
	struct ring *ring;
	_Atomic bool room_wanted;      /* the main thread wakes us after draining */
	bool drained;                  /* the main thread's: it has taken facts in this round */
	bool notify_due, notify_armed;
	uint64_t notified_ns;
	struct buf overflow;           /* facts that found the ring full, in order */
	size_t overflow_off;
	uint64_t next_key;

	struct mailbox mailbox;        /* from the main thread */
	struct rules *rules;           /* breakpoints; NULL: none */
	struct pass_list *pass;        /* hosts that are not decrypted; NULL: none */
	struct hold_list held;         /* messages held, oldest first */

	struct resolver *resolver;
	struct clients *clients;       /* questions which process a client is; NULL: never one */
	struct endpoint *cork_owner;
	size_t cork_n;
	char *cork;

	struct counters *counters;
	/* Scratch of the running callback; holds nothing between callbacks. */
	struct http_head head;
	struct http_head *request;     /* of the exchange whose response is judged; NULL before the first */
	struct tls_hello hello;
	struct buf text;
	char *hello_body;              /* TLS_HELLO_MAX_BYTES */
};

/* Prepares a worker (loop, ring, listeners' events); the thread is not started. ERR_SYSTEM with why. */
int worker_init(struct worker *w, struct engine *e, unsigned index, struct errmsg *why);
void worker_fini(struct worker *w);
int worker_start(struct worker *w, struct errmsg *why);
void worker_stop(struct worker *w); /* asks, and joins */

/* A key for a connection or flow: unique over all workers, never 0. */
uint64_t worker_key(struct worker *w);

/* Looks at deadlines from now on, as long as connections are open. */
void worker_start_tick(struct worker *w);
/* Puts a connection on the list served after this turn's events, once. */
void worker_make_ready(struct worker *w, struct conn *c);
/* True when this turn may do one more heavy crypto step; counts it. */
bool worker_heavy(struct worker *w);

#endif
