/* SPDX-License-Identifier: MIT
 * One worker: its loop, its turn, its end. */
#include "engine/worker.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/client.h"
#include "engine/conn.h"
#include "engine/engine_internal.h"
#include "engine/intents.h"
#include "engine/listener.h"
#include "engine/report.h"
#include "engine/resolve.h"
#include "engine/rules.h"
#include "flow/flow_fact.h"

enum {
	WORKER_NOTIFY_NS = 5 * 1000000,      /* facts are announced at most this often */
	WORKER_TICK_US = 100000,             /* deadlines are looked at this often */
	WORKER_OVERFLOW_BYTES = 1 << 28,     /* bounded by what is open, see report_congested */
	WORKER_TEXT_BYTES = 4 * HTTP_HEAD_MAX_BYTES
};

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct conn *c;
	eventfd_t ignored;

	(void)what;
	eventfd_read(fd, &ignored);
	w->now_ns = clock_mono_ns();
	report_flush(w);
	intents_run(w);
	client_answers(w);
	if (!report_congested(w))
		TAILQ_FOREACH(c, &w->conns, link)
			if (c->congested)
				worker_make_ready(w, c);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct conn *c, *next;

	(void)fd;
	(void)what;
	w->now_ns = clock_mono_ns();
	for (c = TAILQ_FIRST(&w->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		conn_on_tick(c, w->now_ns);
	}
	endpoint_uncork(w);
	if (TAILQ_EMPTY(&w->conns))
		event_del(w->tick);
}

static void
worker_notify(struct worker *w)
{
	w->notify_due = false;
	w->notified_ns = w->now_ns;
	eventfd_write(w->engine->fact_fd, 1);
}

static void
on_notify(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	w->now_ns = clock_mono_ns();
	w->notify_armed = false;
	if (w->notify_due)
		worker_notify(w);
}

static void
on_resume_accept(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	if (w->reserve_fd < 0)
		w->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	listener_pause(w, false);
}

int
worker_init(struct worker *w, struct engine *e, unsigned index, struct errmsg *why)
{
	memset(w, 0, sizeof *w);
	w->engine = e;
	w->config = &e->config;
	w->index = index;
	w->conns_max = e->config.connections_max / e->config.threads + 1;
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	TAILQ_INIT(&w->conns);
	TAILQ_INIT(&w->ready);
	TAILQ_INIT(&w->dead);
	TAILQ_INIT(&w->held);
	mailbox_init(&w->mailbox);
	w->blocks = block_pool_new();
	w->ring = ring_new(WORKER_RING_BYTES);
	buf_init(&w->overflow, WORKER_OVERFLOW_BYTES);
	buf_init(&w->text, WORKER_TEXT_BYTES);
	w->cork = mem_alloc(WORKER_CORK_BYTES);
	w->hello_body = mem_alloc(TLS_HELLO_MAX_BYTES);
	w->counters = aligned_alloc(64, (sizeof *w->counters + 63) & ~(size_t)63);
	memset(w->counters, 0, sizeof *w->counters);
	w->base = event_base_new();
	w->resolver = w->base ? resolver_new(w->base) : NULL;
	if (w->wake_fd < 0 || !w->base || !w->resolver)
		return err_set(why, ERR_SYSTEM, "cannot start a worker: out of descriptors or memory");
	w->wake = event_new(w->base, w->wake_fd, EV_READ | EV_PERSIST, on_wake, w);
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->notify = evtimer_new(w->base, on_notify, w);
	w->resume_accept = evtimer_new(w->base, on_resume_accept, w);
	event_add(w->wake, NULL);
	w->now_ns = clock_mono_ns();
	return 0;
}

static void
worker_reap(struct worker *w)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&w->dead))) {
		TAILQ_REMOVE(&w->dead, c, link);
		conn_free(c);
	}
}

static void
worker_run_ready(struct worker *w)
{
	struct conn_list now;
	struct conn *c;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &w->ready, ready_link);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, ready_link);
		c->ready = false;
		conn_on_ready(c);
	}
}

/* Facts are announced at once after a pause, and at most every few milliseconds under load: a wake-up of the
 * main thread for each would cost more than the flow itself. */
static void
worker_announce(struct worker *w)
{
	struct timeval later = {.tv_usec = WORKER_NOTIFY_NS / 1000};

	if (!w->notify_due)
		return;
	if (w->now_ns - w->notified_ns >= WORKER_NOTIFY_NS ||
	    ring_used(w->ring) > ring_cap(w->ring) / 2) {
		worker_notify(w);
	} else if (!w->notify_armed) {
		w->notify_armed = true;
		evtimer_add(w->notify, &later);
	}
}

static void
worker_turn(struct worker *w)
{
	w->heavy = 0;
	event_base_loop(w->base, EVLOOP_ONCE | (TAILQ_EMPTY(&w->ready) ? 0 : EVLOOP_NONBLOCK));
	if (!TAILQ_EMPTY(&w->ready)) {
		w->now_ns = clock_mono_ns();
		worker_run_ready(w);
	}
	endpoint_uncork(w);
	worker_reap(w);
	report_flush(w);
	worker_announce(w);
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct conn *c;

	while (!atomic_load_explicit(&w->stop, memory_order_acquire))
		worker_turn(w);
	w->now_ns = clock_mono_ns();
	while ((c = TAILQ_FIRST(&w->conns)))
		conn_close(c, FLOW_S_ERROR, "mitmtop was stopped", NULL);
	endpoint_uncork(w);
	worker_reap(w);
	worker_notify(w);
	return NULL;
}

int
worker_start(struct worker *w, struct errmsg *why)
{
	sigset_t all, old;

	/* Signals belong to the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&w->thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error)
		return err_set(why, ERR_SYSTEM, "cannot start a worker thread: %s", strerror(error));
	w->running = true;
	return 0;
}

void
worker_stop(struct worker *w)
{
	atomic_store_explicit(&w->stop, true, memory_order_release);
	if (!w->running)
		return;
	eventfd_write(w->wake_fd, 1);
	pthread_join(w->thread, NULL);
	w->running = false;
	report_flush(w);
}

void
worker_fini(struct worker *w)
{
	struct event *ev[] = {w->wake, w->tick, w->notify, w->resume_accept};
	const struct fact *f;

	while (w->ring && (f = ring_peek(w->ring))) {
		if (f->type == FACT_BODY)
			block_unref(((const struct fact_body *)(const void *)f)->block);
		ring_release(w->ring);
		report_flush(w);
	}
	intents_drop(w);
	client_fini(w);
	mailbox_fini(&w->mailbox);
	rules_free(w->rules);
	free(w->pass);
	free(w->request);
	for (unsigned i = 0; i < ENGINE_LISTEN_MAX; i++)
		listener_close(w->listener[i]);
	resolver_free(w->resolver);
	for (unsigned i = 0; i < sizeof ev / sizeof *ev; i++)
		if (ev[i])
			event_free(ev[i]);
	if (w->base)
		event_base_free(w->base);
	ring_free(w->ring);
	block_pool_close(w->blocks);
	buf_fini(&w->overflow);
	buf_fini(&w->text);
	free(w->cork);
	free(w->hello_body);
	free(w->counters);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	if (w->reserve_fd >= 0)
		close(w->reserve_fd);
}

uint64_t
worker_key(struct worker *w)
{
	return (++w->next_key << 8) | w->index;
}

void
worker_start_tick(struct worker *w)
{
	struct timeval every = {.tv_usec = WORKER_TICK_US};

	if (!event_pending(w->tick, EV_TIMEOUT, NULL))
		event_add(w->tick, &every);
}

void
worker_make_ready(struct worker *w, struct conn *c)
{
	if (c->ready || c->phase == CONN_DEAD)
		return;
	c->ready = true;
	TAILQ_INSERT_TAIL(&w->ready, c, ready_link);
}

bool
worker_heavy(struct worker *w)
{
	return w->heavy++ < WORKER_HEAVY_PER_TURN;
}
