/* SPDX-License-Identifier: MIT
 * Reaching a server: resolve, then one connect attempt after another. */
#include "engine/dial.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/endpoint.h"
#include "engine/listener.h"
#include "engine/resolve.h"
#include "engine/worker.h"

struct dial {
	struct worker *worker;
	dial_cb cb;
	void *arg;
	char host[256];
	uint16_t port;
	struct resolve_waiter *waiter;
	struct resolve_answer answer;
	unsigned next;            /* address to try next */
	int fd;                   /* of the running attempt, -1 */
	bool watching;            /* ev is added */
	bool starting;            /* inside dial_start: the end is reported from the loop */
	struct event ev;
	uint64_t start_ns, resolved_ns, deadline_ns;
	struct dial_result result;
};

static void dial_try(struct dial *d);

static void
dial_free(struct dial *d)
{
	if (d->waiter)
		resolve_cancel(d->waiter);
	if (d->watching)
		event_del(&d->ev);
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

void
dial_cancel(struct dial *d)
{
	if (d)
		dial_free(d);
}

static void dial_done(struct dial *d, enum dial_failure failure);

static void
on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	d->watching = false;
	dial_done(d, d->result.failure);
}

/* Reports and dies: the caller must not touch d afterwards. */
static void
dial_done(struct dial *d, enum dial_failure failure)
{
	uint64_t now = clock_mono_ns();

	d->result.failure = failure;
	if (d->starting) {
		event_assign(&d->ev, d->worker->base, -1, 0, on_deferred, d);
		event_active(&d->ev, EV_TIMEOUT, 0);
		d->watching = true;
		return;
	}
	d->result.fd = -1;
	if (d->resolved_ns) {
		d->result.dns_us = (uint32_t)((d->resolved_ns - d->start_ns) / 1000);
		d->result.connect_us = (uint32_t)((now - d->resolved_ns) / 1000);
	}
	if (failure == DIAL_OK) {
		struct sockaddr_storage sa;
		socklen_t n = sizeof sa;
		d->result.fd = d->fd;
		d->fd = -1;
		if (getsockname(d->result.fd, (struct sockaddr *)&sa, &n) == 0)
			endpoint_addr_text((struct sockaddr *)&sa, d->result.local, sizeof d->result.local);
	}
	struct dial_result r = d->result;
	dial_cb cb = d->cb;
	void *arg = d->arg;
	dial_free(d);
	cb(arg, &r);
}

static void
dial_note(struct dial *d, int error)
{
	snprintf(d->result.why, sizeof d->result.why, "%.150s:%u (%.60s): %s", d->host, d->port,
	    d->result.server, strerror(error));
	d->result.failure = error == ETIMEDOUT ? DIAL_TIMEOUT
	    : error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	        error == EADDRNOTAVAIL
	    ? DIAL_LOCAL
	    : DIAL_REFUSED;
}

static void
dial_attempt_failed(struct dial *d, int error)
{
	if (d->watching)
		event_del(&d->ev);
	d->watching = false;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	dial_note(d, error);
	dial_try(d);
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	int error = 0;
	socklen_t n = sizeof error;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) || error) {
		dial_attempt_failed(d, error ? error : errno);
		return;
	}
	event_del(&d->ev);
	d->watching = false;
	dial_done(d, DIAL_OK);
}

static socklen_t
dial_sockaddr(const struct dial *d, const struct resolve_addr *a, struct sockaddr_storage *sa)
{
	memset(sa, 0, sizeof *sa);
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *in6 = (void *)sa;
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = a->v6;
		in6->sin6_port = htons(d->port);
		return sizeof *in6;
	}
	struct sockaddr_in *in = (void *)sa;
	in->sin_family = AF_INET;
	in->sin_addr = a->v4;
	in->sin_port = htons(d->port);
	return sizeof *in;
}

/* Starts the attempt at one address. Returns 0 when it is under way, an errno otherwise. */
static int
dial_connect(struct dial *d, const struct sockaddr_storage *sa, socklen_t n)
{
	d->fd = socket(sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	if (connect(d->fd, (const struct sockaddr *)sa, n) && errno != EINPROGRESS)
		return errno;
	event_assign(&d->ev, d->worker->base, d->fd, EV_WRITE, on_connected, d);
	if (event_add(&d->ev, NULL))
		return ENOMEM;
	d->watching = true;
	d->deadline_ns = clock_mono_ns() +
	    (uint64_t)d->worker->config->connect_timeout_ms * 1000000u;
	return 0;
}

/* The next address, or the end. */
static void
dial_try(struct dial *d)
{
	while (d->next < d->answer.n) {
		struct sockaddr_storage sa;
		socklen_t n = dial_sockaddr(d, &d->answer.addr[d->next++], &sa);
		endpoint_addr_text((struct sockaddr *)&sa, d->result.server, sizeof d->result.server);
		if (listener_is_own(d->worker->engine, &sa)) {
			snprintf(d->result.why, sizeof d->result.why,
			    "loop: %.60s is this proxy itself", d->result.server);
			dial_done(d, DIAL_LOOP);
			return;
		}
		int error = dial_connect(d, &sa, n);
		if (!error)
			return;
		if (d->fd >= 0)
			close(d->fd);
		d->fd = -1;
		dial_note(d, error);
	}
	dial_done(d, d->result.failure ? d->result.failure : DIAL_REFUSED);
}

static void
on_resolved(void *arg, const struct resolve_answer *a)
{
	struct dial *d = arg;
	d->waiter = NULL;
	d->answer = *a;
	d->resolved_ns = clock_mono_ns();
	if (a->n) {
		dial_try(d);
		return;
	}
	snprintf(d->result.why, sizeof d->result.why, "%.150s cannot be resolved: %.80s", d->host, a->why);
	dial_done(d, DIAL_NAME);
}

struct dial *
dial_start(struct worker *w, const char *host, uint16_t port, dial_cb cb, void *arg)
{
	struct dial *d = mem_zalloc(sizeof *d);

	d->worker = w;
	d->cb = cb;
	d->arg = arg;
	d->fd = -1;
	d->port = port;
	snprintf(d->host, sizeof d->host, "%s", host);
	d->start_ns = clock_mono_ns();
	d->deadline_ns = d->start_ns + (uint64_t)w->config->dns_timeout_ms * 1000000u;
	d->starting = true;
	d->waiter = resolve_name(w->resolver, host, on_resolved, d);
	d->starting = false;
	return d;
}

void
dial_tick(struct dial *d, uint64_t now_ns)
{
	if (now_ns < d->deadline_ns)
		return;
	if (d->fd >= 0) {
		dial_attempt_failed(d, ETIMEDOUT);
		return;
	}
	snprintf(d->result.why, sizeof d->result.why, "%.160s cannot be resolved: time-out", d->host);
	dial_done(d, DIAL_TIMEOUT);
}
