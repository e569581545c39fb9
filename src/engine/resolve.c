/* SPDX-License-Identifier: MIT
 * Names to addresses by c-ares on the worker's event loop. */
#include "engine/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	RESOLVE_CACHE_MAX = 1024,
	RESOLVE_TTL_MAX_S = 60,
	RESOLVE_TTL_FAILED_S = 2,
	RESOLVE_SOCKETS_MAX = 32
};

struct resolve_waiter {
	TAILQ_ENTRY(resolve_waiter) link;
	struct resolve_entry *entry;
	resolve_cb cb;
	void *arg;
};

/* One name: being asked (pending) or answered. */
struct resolve_entry {
	TAILQ_ENTRY(resolve_entry) link;
	struct resolver *resolver;
	char *name;
	bool pending;
	uint64_t expires_ns;
	struct resolve_answer answer;
	TAILQ_HEAD(, resolve_waiter) waiters;
};

struct resolver {
	struct event_base *base;
	ares_channel channel;
	struct event *timer;
	struct {
		ares_socket_t fd;
		struct event *ev;
	} sock[RESOLVE_SOCKETS_MAX];
	TAILQ_HEAD(resolve_entries, resolve_entry) entries; /* most recently used first */
	unsigned nentries;
	bool closing;
};

static void
timer_arm(struct resolver *r)
{
	struct timeval tv, *t = ares_timeout(r->channel, NULL, &tv);

	if (t)
		evtimer_add(r->timer, t);
	else
		evtimer_del(r->timer);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;

	(void)fd;
	(void)what;
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	timer_arm(r);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;

	ares_process_fd(r->channel, what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	timer_arm(r);
}

/* c-ares tells which of its sockets it wants watched for what. */
static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = arg;
	int slot = -1;

	for (int i = 0; i < RESOLVE_SOCKETS_MAX; i++) {
		if (r->sock[i].ev && r->sock[i].fd == fd) {
			event_free(r->sock[i].ev);
			r->sock[i].ev = NULL;
		}
		if (!r->sock[i].ev && slot < 0)
			slot = i;
	}
	if ((!readable && !writable) || slot < 0)
		return;
	short what = (short)(EV_PERSIST | (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
	r->sock[slot].fd = fd;
	r->sock[slot].ev = event_new(r->base, fd, what, on_socket, r);
	event_add(r->sock[slot].ev, NULL);
}

struct resolver *
resolver_new(struct event_base *base)
{
	struct resolver *r = mem_zalloc(sizeof *r);
	struct ares_options o = {.sock_state_cb = on_socket_state,
	    .sock_state_cb_data = r,
	    .timeout = 2500,
	    .tries = 3};

	r->base = base;
	TAILQ_INIT(&r->entries);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&r->channel, &o,
	        ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
		free(r);
		return NULL;
	}
	r->timer = evtimer_new(base, on_timer, r);
	return r;
}

static void
entry_free(struct resolve_entry *e)
{
	struct resolve_waiter *w;

	while ((w = TAILQ_FIRST(&e->waiters))) {
		TAILQ_REMOVE(&e->waiters, w, link);
		free(w);
	}
	TAILQ_REMOVE(&e->resolver->entries, e, link);
	e->resolver->nentries--;
	free(e->name);
	free(e);
}

void
resolver_free(struct resolver *r)
{
	if (!r)
		return;
	r->closing = true;
	ares_destroy(r->channel); /* calls back every pending entry */
	while (!TAILQ_EMPTY(&r->entries))
		entry_free(TAILQ_FIRST(&r->entries));
	for (int i = 0; i < RESOLVE_SOCKETS_MAX; i++)
		if (r->sock[i].ev)
			event_free(r->sock[i].ev);
	event_free(r->timer);
	ares_library_cleanup();
	free(r);
}

static const char *
failure_text(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return "the name does not exist";
	case ARES_ENODATA:
		return "the name has no address";
	case ARES_ETIMEOUT:
		return "the name server did not answer in time";
	case ARES_ECONNREFUSED:
		return "no name server could be reached";
	case ARES_ESERVFAIL:
		return "the name server failed";
	case ARES_EREFUSED:
		return "the name server refused to answer";
	default:
		return ares_strerror(status);
	}
}

static int
answer_fill(struct resolve_answer *a, const struct ares_addrinfo *ai)
{
	int ttl = RESOLVE_TTL_MAX_S;

	for (const struct ares_addrinfo_node *n = ai->nodes; n; n = n->ai_next) {
		struct resolve_addr *x = &a->addr[a->n];
		if (a->n == RESOLVE_ADDRS_MAX)
			break;
		x->family = (uint8_t)n->ai_family;
		if (n->ai_family == AF_INET)
			x->v4 = ((const struct sockaddr_in *)(const void *)n->ai_addr)->sin_addr;
		else if (n->ai_family == AF_INET6)
			x->v6 = ((const struct sockaddr_in6 *)(const void *)n->ai_addr)->sin6_addr;
		else
			continue;
		if (n->ai_ttl > 0 && n->ai_ttl < ttl)
			ttl = n->ai_ttl;
		a->n++;
	}
	return ttl;
}

static void
on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *ai)
{
	struct resolve_entry *e = arg;
	struct resolve_waiter *w;
	int ttl = RESOLVE_TTL_FAILED_S;

	(void)timeouts;
	e->pending = false;
	if (status == ARES_SUCCESS)
		ttl = answer_fill(&e->answer, ai);
	if (ai)
		ares_freeaddrinfo(ai);
	if (e->resolver->closing)
		return;
	if (e->answer.n == 0)
		e->answer.why = failure_text(status == ARES_SUCCESS ? ARES_ENODATA : status);
	e->expires_ns = clock_mono_ns() + (uint64_t)ttl * 1000000000u;
	/* A waiter may start a new question or cancel another waiter: take them one at a time. */
	while ((w = TAILQ_FIRST(&e->waiters))) {
		struct resolve_answer a = e->answer;
		TAILQ_REMOVE(&e->waiters, w, link);
		w->cb(w->arg, &a);
		free(w);
	}
}

static struct resolve_entry *
entry_find(struct resolver *r, const char *name)
{
	struct resolve_entry *e, *next;
	uint64_t now = clock_mono_ns();

	for (e = TAILQ_FIRST(&r->entries); e; e = next) {
		next = TAILQ_NEXT(e, link);
		if (strcasecmp(e->name, name))
			continue;
		if (e->pending || e->expires_ns > now) {
			TAILQ_REMOVE(&r->entries, e, link);
			TAILQ_INSERT_HEAD(&r->entries, e, link);
			return e;
		}
		if (TAILQ_EMPTY(&e->waiters))
			entry_free(e);
	}
	return NULL;
}

static struct resolve_entry *
entry_new(struct resolver *r, const char *name)
{
	struct resolve_entry *e = mem_zalloc(sizeof *e), *last = TAILQ_LAST(&r->entries, resolve_entries);

	if (r->nentries >= RESOLVE_CACHE_MAX && !last->pending && TAILQ_EMPTY(&last->waiters))
		entry_free(last);
	e->resolver = r;
	e->name = mem_strdup(name);
	e->pending = true;
	TAILQ_INIT(&e->waiters);
	TAILQ_INSERT_HEAD(&r->entries, e, link);
	r->nentries++;
	return e;
}

static bool
literal(const char *name, struct resolve_answer *a)
{
	*a = (struct resolve_answer){.n = 1};
	a->addr[0].family = AF_INET;
	if (inet_pton(AF_INET, name, &a->addr[0].v4) == 1)
		return true;
	a->addr[0].family = AF_INET6;
	return inet_pton(AF_INET6, name, &a->addr[0].v6) == 1;
}

struct resolve_waiter *
resolve_name(struct resolver *r, const char *name, resolve_cb cb, void *arg)
{
	struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct resolve_answer a;

	if (literal(name, &a)) {
		cb(arg, &a);
		return NULL;
	}
	struct resolve_entry *e = entry_find(r, name);
	bool ask = !e;
	if (!e)
		e = entry_new(r, name);
	if (!e->pending) {
		a = e->answer;
		cb(arg, &a);
		return NULL;
	}
	struct resolve_waiter *w = mem_zalloc(sizeof *w);
	*w = (struct resolve_waiter){.entry = e, .cb = cb, .arg = arg};
	TAILQ_INSERT_TAIL(&e->waiters, w, link);
	if (!ask)
		return w;
	/* A name of /etc/hosts is answered before this returns: w is freed then. */
	ares_getaddrinfo(r->channel, name, NULL, &hints, on_answer, e);
	timer_arm(r);
	return e->pending ? w : NULL;
}

void
resolve_cancel(struct resolve_waiter *w)
{
	TAILQ_REMOVE(&w->entry->waiters, w, link);
	free(w);
}
