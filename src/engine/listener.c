/* SPDX-License-Identifier: MIT
 * Listening sockets and accepting. */
#include "engine/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "engine/conn.h"
#include "engine/endpoint.h"
#include "engine/engine_internal.h"
#include "engine/port_holder.h"
#include "engine/report.h"
#include "engine/worker.h"

enum {
	LISTENER_ACCEPT_PER_WAKE = 64,
	LISTENER_BACKLOG = 4096,
	LISTENER_PLACE_MAX = 64,
	LISTENER_PORTS_TRIED = 100,
};

static int
listen_sockaddr(const struct engine_listen *want, struct sockaddr_storage *sa, socklen_t *n)
{
	struct sockaddr_in *in = (void *)sa;
	struct sockaddr_in6 *in6 = (void *)sa;

	memset(sa, 0, sizeof *sa);
	if (inet_pton(AF_INET6, want->addr, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(want->port);
		*n = sizeof *in6;
		return 0;
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(want->port);
	*n = sizeof *in;
	return inet_pton(AF_INET, want->addr, &in->sin_addr) == 1 ? 0 : ERR_SYNTAX;
}

/* SO_REUSEPORT would let a second instance of the same user share the port silently: the first
 * socket is bound without it on trial. */
static int
bind_alone(const struct sockaddr_storage *sa, socklen_t n)
{
	int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	int error = 0;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (sa->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (const struct sockaddr *)sa, n) || listen(fd, 1))
		error = errno;
	close(fd);
	return error;
}

/* An address as it is written before a port. */
static void
listen_place(const struct engine_listen *want, unsigned port, char out[LISTENER_PLACE_MAX])
{
	snprintf(out, LISTENER_PLACE_MAX, strchr(want->addr, ':') ? "[%s]:%u" : "%s:%u", want->addr, port);
}

static bool
listen_wanted(const struct engine_config *c, uint16_t port)
{
	unsigned i = 0;

	while (i < c->nlisten && c->listen[i].port != port)
		i++;
	return i < c->nlisten;
}

/* A port near the wanted one that is free now, and wanted for nothing else; 0: none. */
static uint16_t
listen_free_port(const struct engine_listen *want, const struct engine_config *c)
{
	struct engine_listen next = *want;
	struct sockaddr_storage sa;
	socklen_t n;

	for (unsigned i = 0; i < LISTENER_PORTS_TRIED && next.port < UINT16_MAX; i++) {
		next.port++;
		if (!listen_wanted(c, next.port) && listen_sockaddr(&next, &sa, &n) == 0 && bind_alone(&sa, n) == 0)
			return next.port;
	}
	return 0;
}

/* Who has it, and another that is free. */
static int
listen_in_use(const struct engine_listen *want, const struct engine_config *c, struct errmsg *why)
{
	char place[LISTENER_PLACE_MAX], other[LISTENER_PLACE_MAX], name[64], holder[96] = "", remedy[96];
	uint16_t port = listen_free_port(want, c);
	struct sockaddr_storage sa;
	struct process_want found;
	socklen_t n;

	listen_place(want, want->port, place);
	listen_place(want, port, other);
	if (listen_sockaddr(want, &sa, &n) == 0 && port_holder_find(&sa, &found)) {
		escape_text(name, sizeof name, span_str(found.name), 0);
		snprintf(holder, sizeof holder, " (held by pid %u %s)", found.pid, name);
	}
	if (!port)
		snprintf(remedy, sizeof remedy, "Stop what uses it, or choose another with -l PORT");
	else if (c->nlisten == 1 && strcmp(want->addr, "127.0.0.1") == 0)
		snprintf(remedy, sizeof remedy, "Try -p %u", port);
	else
		snprintf(remedy, sizeof remedy, "Try -l %s", other);
	return err_set(why, ERR_SYSTEM, "cannot listen on %s: %s%s. %s", place, strerror(EADDRINUSE), holder, remedy);
}

static int
listen_failed(const struct engine_listen *want, const struct engine_config *c, int error, struct errmsg *why)
{
	char place[LISTENER_PLACE_MAX];

	if (error == EADDRINUSE && c)
		return listen_in_use(want, c, why);
	listen_place(want, want->port, place);
	return err_set(why, ERR_SYSTEM, "cannot listen on %s: %s. %s", place, strerror(error),
	    error == EACCES ? "Ports below 1024 need privileges: choose another with -l"
	                    : "Choose another address with -l");
}

int
listener_open(const struct engine_listen *want, const struct engine_config *c, int *fd, uint16_t *port, struct errmsg *why)
{
	struct sockaddr_storage sa;
	socklen_t n;
	int one = 1, error;

	if (listen_sockaddr(want, &sa, &n))
		return err_set(why, ERR_SYNTAX, "cannot listen on '%s': not an IP address", want->addr);
	if (c && want->port && (error = bind_alone(&sa, n)))
		return listen_failed(want, c, error, why);
	*fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return listen_failed(want, c, errno, why);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (sa.ss_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(*fd, (struct sockaddr *)&sa, n) || listen(*fd, LISTENER_BACKLOG) ||
	    getsockname(*fd, (struct sockaddr *)&sa, &n)) {
		error = errno;
		close(*fd);
		*fd = -1;
		return listen_failed(want, c, error, why);
	}
	*port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
	                                       : ((struct sockaddr_in *)&sa)->sin_port);
	return 0;
}

/* Out of descriptors: the reserve is given up to take one waiting client and close it, so that it is not left
 * hanging; then accepting pauses until descriptors come back (P02). */
static void
accept_starved(struct listener *l)
{
	struct worker *w = l->worker;

	if (w->reserve_fd >= 0) {
		close(w->reserve_fd);
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
		w->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	listener_pause(w, true);
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct listener *l = arg;
	struct worker *w = l->worker;

	(void)what;
	w->now_ns = clock_mono_ns();
	for (int i = 0; i < LISTENER_ACCEPT_PER_WAKE; i++) {
		struct sockaddr_storage sa;
		socklen_t n = sizeof sa;
		if (w->nconns >= w->conns_max || report_congested(w)) {
			listener_pause(w, true);
			return;
		}
		int fd = accept4(lfd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			conn_new(w, l, fd, (struct sockaddr *)&sa);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			accept_starved(l);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

int
listener_start(struct listener *l, struct worker *w, int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;

	l->worker = w;
	l->fd = fd;
	if (getsockname(fd, (struct sockaddr *)&sa, &n) == 0)
		endpoint_addr_text((struct sockaddr *)&sa, l->text, sizeof l->text);
	l->ev = event_new(w->base, fd, EV_READ | EV_PERSIST, on_accept, l);
	return l->ev && event_add(l->ev, NULL) == 0 ? 0 : ERR_SYSTEM;
}

void
listener_pause(struct worker *w, bool pause)
{
	struct timeval retry = {.tv_usec = 100000};

	if (pause)
		evtimer_add(w->resume_accept, &retry);
	if (w->accept_paused == pause)
		return;
	w->accept_paused = pause;
	for (unsigned i = 0; i < w->config->nlisten; i++) {
		if (!w->listener[i] || !w->listener[i]->ev)
			continue;
		if (pause)
			event_del(w->listener[i]->ev);
		else
			event_add(w->listener[i]->ev, NULL);
	}
}

static void
listener_end(struct listener *l)
{
	if (l->ev)
		event_free(l->ev);
	l->ev = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void
listener_stop(struct worker *w)
{
	for (unsigned i = 0; i < w->config->nlisten; i++) {
		struct listener *l = w->listener[i];
		if (!l || !l->ev)
			continue;
		on_accept(l->fd, EV_READ, l); /* who has come already would be reset */
		listener_end(l);
	}
}

void
listener_close(struct listener *l)
{
	if (!l)
		return;
	listener_end(l);
	free(l);
}

/* ---- is an address our own? ---- */

static bool
is_any(const struct in6_addr *a)
{
	return IN6_IS_ADDR_UNSPECIFIED(a) ||
	    (IN6_IS_ADDR_V4MAPPED(a) && memcmp(a->s6_addr + 12, "\0\0\0\0", 4) == 0);
}

static bool
is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

/* Every address in one form: IPv4 as v4-mapped. */
static void
normalise(const struct sockaddr *sa, struct in6_addr *a, uint16_t *port)
{
	if (sa->sa_family == AF_INET6) {
		*a = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
		*port = ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
		return;
	}
	const struct sockaddr_in *in = (const void *)sa;
	memset(a, 0, sizeof *a);
	a->s6_addr[10] = a->s6_addr[11] = 0xff;
	memcpy(a->s6_addr + 12, &in->sin_addr, 4);
	*port = ntohs(in->sin_port);
}

static bool
is_interface_address(const struct in6_addr *a)
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (i = all; i && !found; i = i->ifa_next) {
		struct in6_addr b;
		uint16_t port;
		if (!i->ifa_addr ||
		    (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		normalise(i->ifa_addr, &b, &port);
		found = memcmp(&b, a, sizeof b) == 0;
	}
	freeifaddrs(all);
	return found;
}

bool
listener_is_own(const struct engine *e, const struct sockaddr_storage *sa)
{
	struct in6_addr a;
	uint16_t port;

	normalise((const struct sockaddr *)sa, &a, &port);
	for (unsigned i = 0; i < e->config.nlisten; i++) {
		struct sockaddr_storage own_sa;
		struct in6_addr own;
		uint16_t own_port;
		socklen_t n;
		if (e->config.listen[i].port != port ||
		    listen_sockaddr(&e->config.listen[i], &own_sa, &n))
			continue;
		normalise((struct sockaddr *)&own_sa, &own, &own_port);
		if (memcmp(&a, &own, sizeof a) == 0 || (is_any(&a) && is_loopback(&own)))
			return true;
		/* An IPv6 listener takes no IPv4 (IPV6_V6ONLY). */
		if (is_any(&own) && IN6_IS_ADDR_V4MAPPED(&own) == IN6_IS_ADDR_V4MAPPED(&a) &&
		    (is_any(&a) || is_loopback(&a) || is_interface_address(&a)))
			return true;
	}
	return false;
}
