/* SPDX-License-Identifier: MIT
 * The process behind a client connection: the thread and its lanes. */
#include "engine/process.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"
#include "engine/process_scan.h"

enum {
	PROCESS_ASK_RING_BYTES = 1 << 17,    /* PROCESS_ASKS_MAX of them always fit */
	PROCESS_ANSWER_RING_BYTES = 1 << 17, /* likewise */
	PROCESS_SHARE = 20,                  /* looking through processes takes one part in so many of a processor ... */
	PROCESS_BURST_NS = 200 * 1000000,    /* ... on average over so long */
	PROCESS_PAUSE_MAX_NS = 1000 * 1000000
};

struct process_ask {
	uint32_t ask;
	struct process_tuple tuple;
};

struct process_lane {
	struct ring *asks, *answers; /* to the thread, and from it */
	int wake_fd;
	bool told;                   /* answers were given in this turn */
};

/* A socket whose holder is looked for. */
struct process_open {
	unsigned lane;
	uint32_t ask;
	uint32_t inode;
};

struct process {
	pthread_t thread;
	bool running;
	_Atomic bool stop, asleep;   /* asleep: the next who asks wakes the thread */
	int wake_fd, diag_fd;
	struct process_lane *lane;
	unsigned nlanes;
	/* The thread's. */
	struct process_scan scan;
	struct process_open *open;   /* nopen of them, at most PROCESS_ASKS_MAX for each lane */
	struct process_want *want;
	size_t nopen;
	uint64_t scan_from_ns;       /* not before */
};

/* ---- the workers' side ---- */

static void
tuple_end(const struct sockaddr *sa, struct in6_addr *addr, uint16_t *port)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET6) {
		*addr = in6->sin6_addr;
		*port = in6->sin6_port;
	} else {
		memcpy(addr, &in->sin_addr, sizeof in->sin_addr);
		*port = in->sin_port;
	}
}

void
process_ask(struct process *p, unsigned lane, uint32_t ask, const struct sockaddr *client, const struct sockaddr *proxy)
{
	struct process_ask *a = ring_reserve(p->lane[lane].asks, sizeof *a);

	CHECK(a);
	*a = (struct process_ask){.ask = ask, .tuple.family = (uint8_t)client->sa_family};
	tuple_end(client, &a->tuple.addr, &a->tuple.port);
	tuple_end(proxy, &a->tuple.other, &a->tuple.other_port);
	ring_commit(p->lane[lane].asks);
	if (atomic_exchange_explicit(&p->asleep, false, memory_order_seq_cst))
		eventfd_write(p->wake_fd, 1);
}

bool
process_take(struct process *p, unsigned lane, struct process_answer *out)
{
	const struct process_answer *a = ring_peek(p->lane[lane].answers);

	if (!a)
		return false;
	*out = *a;
	ring_release(p->lane[lane].answers);
	return true;
}

/* ---- the thread ---- */

static void
answer(struct process *p, unsigned lane, uint32_t ask, const struct process_want *found)
{
	struct process_lane *l = &p->lane[lane];
	struct process_answer *a = ring_reserve(l->answers, sizeof *a);

	CHECK(a);
	*a = (struct process_answer){.ask = ask};
	if (found) {
		a->pid = found->pid;
		memcpy(a->name, found->name, sizeof a->name);
	}
	ring_commit(l->answers);
	l->told = true;
}

static void
take_asks(struct process *p)
{
	for (unsigned i = 0; i < p->nlanes; i++) {
		const struct process_ask *a;
		while ((a = ring_peek(p->lane[i].asks))) {
			uint32_t inode = process_socket_inode(p->diag_fd, &a->tuple);
			if (inode)
				p->open[p->nopen++] =
				    (struct process_open){.lane = i, .ask = a->ask, .inode = inode};
			else
				answer(p, i, a->ask, NULL);
			ring_release(p->lane[i].asks);
		}
	}
}

static int
by_inode(const void *a, const void *b)
{
	const struct process_open *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode ? 1 : 0;
}

static uint64_t
thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One look through the processes for all sockets that are open. How long it and those before took says when the next one may be: at once
 * after a pause, since a client may be gone in a moment. */
static void
look(struct process *p)
{
	uint64_t before_ns = thread_cpu_ns();

	qsort(p->open, p->nopen, sizeof *p->open, by_inode);
	for (size_t i = 0; i < p->nopen; i++)
		p->want[i] = (struct process_want){.inode = p->open[i].inode};
	process_scan_run(&p->scan, p->want, p->nopen, &p->stop);
	for (size_t i = 0; i < p->nopen; i++)
		answer(p, p->open[i].lane, p->open[i].ask, &p->want[i]);
	p->nopen = 0;
	uint64_t now_ns = clock_mono_ns(), pause_ns = (thread_cpu_ns() - before_ns) * PROCESS_SHARE;
	if (p->scan_from_ns + PROCESS_BURST_NS < now_ns)
		p->scan_from_ns = now_ns - PROCESS_BURST_NS;
	p->scan_from_ns += pause_ns;
	if (p->scan_from_ns > now_ns + PROCESS_PAUSE_MAX_NS)
		p->scan_from_ns = now_ns + PROCESS_PAUSE_MAX_NS;
}

static void
tell(struct process *p)
{
	for (unsigned i = 0; i < p->nlanes; i++) {
		if (p->lane[i].told)
			eventfd_write(p->lane[i].wake_fd, 1);
		p->lane[i].told = false;
	}
}

static bool
has_asks(struct process *p)
{
	for (unsigned i = 0; i < p->nlanes; i++)
		if (ring_peek(p->lane[i].asks))
			return true;
	return false;
}

/* Until somebody asks, or until the next look when sockets wait for it. */
static void
wait(struct process *p)
{
	struct pollfd fd = {.fd = p->wake_fd, .events = POLLIN};
	uint64_t now_ns = clock_mono_ns();
	eventfd_t ignored;
	int ms = -1;

	if (p->nopen) {
		ms = p->scan_from_ns > now_ns ? (int)((p->scan_from_ns - now_ns) / 1000000) + 1 : 0;
	} else {
		atomic_exchange_explicit(&p->asleep, true, memory_order_seq_cst);
		if (has_asks(p)) /* asked between the look and the flag */
			ms = 0;
	}
	if (poll(&fd, 1, ms) > 0)
		eventfd_read(p->wake_fd, &ignored);
	atomic_exchange_explicit(&p->asleep, false, memory_order_seq_cst);
}

static void *
process_main(void *arg)
{
	struct process *p = arg;

	while (!atomic_load_explicit(&p->stop, memory_order_acquire)) {
		take_asks(p);
		if (p->nopen && clock_mono_ns() >= p->scan_from_ns)
			look(p);
		tell(p);
		wait(p);
	}
	return NULL;
}

/* ---- its life ---- */

static int
start(struct process *p, struct errmsg *why)
{
	sigset_t all, old;

	/* Signals belong to the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&p->thread, NULL, process_main, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error)
		return err_set(why, ERR_SYSTEM, "cannot start the thread that looks for processes: %s", strerror(error));
	p->running = true;
	return 0;
}

struct process *
process_new(const int *wake_fd, unsigned lanes, struct errmsg *why)
{
	struct process *p = mem_zalloc(sizeof *p);

	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->diag_fd = process_diag_open(); /* a kernel without it knows no process */
	p->nlanes = lanes;
	p->lane = mem_array(lanes, sizeof *p->lane);
	p->open = mem_array((size_t)lanes * PROCESS_ASKS_MAX, sizeof *p->open);
	p->want = mem_array((size_t)lanes * PROCESS_ASKS_MAX, sizeof *p->want);
	process_scan_init(&p->scan);
	for (unsigned i = 0; i < lanes; i++)
		p->lane[i] = (struct process_lane){.asks = ring_new(PROCESS_ASK_RING_BYTES),
		    .answers = ring_new(PROCESS_ANSWER_RING_BYTES),
		    .wake_fd = wake_fd[i]};
	if (p->wake_fd < 0)
		err_set(why, ERR_SYSTEM, "cannot make an eventfd");
	else if (start(p, why) == 0)
		return p;
	process_free(p);
	return NULL;
}

void
process_stop(struct process *p)
{
	if (!p->running)
		return;
	atomic_store_explicit(&p->stop, true, memory_order_release);
	eventfd_write(p->wake_fd, 1);
	pthread_join(p->thread, NULL);
	p->running = false;
}

void
process_free(struct process *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->nlanes; i++) {
		ring_free(p->lane[i].asks);
		ring_free(p->lane[i].answers);
	}
	process_scan_fini(&p->scan);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	if (p->diag_fd >= 0)
		close(p->diag_fd);
	free(p->lane);
	free(p->open);
	free(p->want);
	free(p);
}
