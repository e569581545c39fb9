/* SPDX-License-Identifier: MIT
 * One side of a connection: socket, TLS, backlog. */
#include "engine/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "engine/conn.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "tls/tls.h"

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct endpoint *ep = arg;

	(void)fd;
	(void)what;
	ep->drained = false;
	conn_on_readable(ep->conn, ep);
}

static void
on_write(evutil_socket_t fd, short what, void *arg);

void
endpoint_init(struct endpoint *ep, struct conn *c, uint8_t side)
{
	memset(ep, 0, sizeof *ep);
	ep->fd = -1;
	ep->conn = c;
	ep->side = side;
}

void
endpoint_open(struct endpoint *ep, int fd)
{
	struct event_base *base = ep->conn->worker->base;
	int one = 1;

	ep->fd = fd;
	ep->open = true;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	event_assign(&ep->read_ev, base, fd, EV_READ | EV_PERSIST, on_read, ep);
	event_assign(&ep->write_ev, base, fd, EV_WRITE | EV_PERSIST, on_write, ep);
}

static void
endpoint_stop_writing(struct endpoint *ep)
{
	if (ep->writing)
		event_del(&ep->write_ev);
	ep->writing = false;
}

void
endpoint_close(struct endpoint *ep)
{
	struct worker *w = ep->conn->worker;

	if (w->cork_owner == ep)
		endpoint_uncork(w);
	endpoint_want_read(ep, false);
	endpoint_stop_writing(ep);
	if (ep->tls)
		tls_conn_free(ep->tls);
	if (ep->fd >= 0)
		close(ep->fd);
	block_unref(ep->in.b);
	free(ep->replay);
	free(ep->out);
	endpoint_init(ep, ep->conn, ep->side);
}

/* ---- receiving ---- */

static long
socket_read(struct endpoint *ep, char *p, size_t n)
{
	if (ep->replay) {
		size_t k = ep->replay_n - ep->replay_off < n ? ep->replay_n - ep->replay_off : n;
		memcpy(p, ep->replay + ep->replay_off, k);
		ep->replay_off += k;
		if (ep->replay_off == ep->replay_n) {
			free(ep->replay);
			ep->replay = NULL;
		}
		return (long)k;
	}
	if (ep->drained)
		return 0;
	ssize_t k = recv(ep->fd, p, n, 0);
	if (k > 0) {
		ep->drained = (size_t)k < n;
		return k;
	}
	if (k == 0) {
		ep->eof = true;
		return TLS_IO_EOF;
	}
	if (errno == EAGAIN || errno == EINTR) {
		ep->drained = true;
		return 0;
	}
	ep->error = errno;
	ep->broken = true;
	return TLS_IO_ERROR;
}

static long
io_read(void *arg, char *p, size_t n)
{
	return socket_read(arg, p, n);
}

static long
io_write(void *arg, const char *p, size_t n)
{
	struct endpoint *ep = arg;

	if (ep->broken)
		return TLS_IO_ERROR;
	endpoint_write_raw(ep, p, n);
	return (long)n;
}

static void
io_kept(void *arg)
{
	report_conn_ticket(((struct endpoint *)arg)->conn);
}

const struct tls_io endpoint_tls_io = {.read = io_read, .write = io_write, .kept = io_kept};

static enum endpoint_result
read_plain(struct endpoint *ep, char *p, size_t max, size_t *n)
{
	long k = socket_read(ep, p, max);

	if (k > 0) {
		*n = (size_t)k;
		return EP_OK;
	}
	return k == 0 ? EP_AGAIN : k == TLS_IO_EOF ? EP_EOF : EP_BROKEN;
}

static enum endpoint_result
read_tls(struct endpoint *ep, char *p, size_t max, size_t *n)
{
	switch (tls_read(ep->tls, p, max, n)) {
	case TLS_OK:
		return EP_OK;
	case TLS_AGAIN:
		return EP_AGAIN;
	case TLS_CLOSED:
		ep->eof = true;
		return EP_EOF;
	case TLS_TRUNCATED:
		ep->eof = true;
		return EP_TRUNCATED;
	default:
		ep->broken = true;
		return EP_BROKEN;
	}
}

enum endpoint_result
endpoint_read(struct endpoint *ep)
{
	struct inbuf *in = &ep->in;
	size_t n = 0;

	if (!in->b) {
		in->b = block_pool_take(ep->conn->worker->blocks);
		in->start = in->end = 0;
		in->scan = 0;
	}
	if (in->end == in->b->cap)
		return EP_FULL;
	enum endpoint_result r = (ep->tls ? read_tls : read_plain)(ep, in->b->p + in->end,
	    in->b->cap - in->end, &n);
	in->end += (uint32_t)n;
	if (n && ep->side == 0)
		CONN_COUNT(ep->conn, bytes_in, n);
	return r;
}

bool
endpoint_pending(const struct endpoint *ep)
{
	return ep->open && !ep->eof && !ep->broken &&
	    (ep->replay || !ep->drained || (ep->tls && tls_pending(ep->tls)));
}

struct span
endpoint_input(const struct endpoint *ep)
{
	return ep->in.b ? span_of(ep->in.b->p + ep->in.start, ep->in.end - ep->in.start)
	                : span_of("", 0);
}

void
endpoint_consume(struct endpoint *ep, size_t n)
{
	struct inbuf *in = &ep->in;

	in->start += (uint32_t)n;
	in->scan = 0;
	if (in->start < in->end)
		return;
	/* Bytes that the recorder shares are never overwritten. */
	if (in->b && in->b->cap == BLOCK_BYTES && block_sole(in->b)) {
		in->start = in->end = 0;
	} else {
		block_unref(in->b);
		in->b = NULL;
		in->start = in->end = 0;
	}
}

void
endpoint_grow(struct endpoint *ep, size_t cap)
{
	struct inbuf *in = &ep->in;
	struct span have = endpoint_input(ep);

	if (in->b && in->start == 0 && in->b->cap >= cap)
		return;
	struct block *b = block_new(cap > have.n ? cap : have.n);
	memcpy(b->p, have.p, have.n);
	block_unref(in->b);
	in->b = b;
	in->start = 0;
	in->end = (uint32_t)have.n;
}

void
endpoint_release_input(struct endpoint *ep)
{
	struct block *b = ep->in.b;

	if (!b || ep->in.start != ep->in.end)
		return;
	if (b->pool && block_sole(b))
		block_pool_give(b->pool, b);
	else
		block_unref(b);
	ep->in = (struct inbuf){0};
}

/* ---- sending ---- */

static void
backlog_add(struct endpoint *ep, const char *p, size_t n)
{
	if (ep->out_off && ep->out_off + ep->out_n + n > ep->out_cap) {
		memmove(ep->out, ep->out + ep->out_off, ep->out_n);
		ep->out_off = 0;
	}
	if (ep->out_n + n > ep->out_cap) {
		ep->out_cap = ep->out_n + n;
		ep->out = mem_resize(ep->out, ep->out_cap, 1);
	}
	memcpy(ep->out + ep->out_off + ep->out_n, p, n);
	ep->out_n += n;
	if (!ep->writing && event_add(&ep->write_ev, NULL) == 0)
		ep->writing = true;
}

/* Returns the bytes the kernel took. */
static size_t
socket_write(struct endpoint *ep, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = send(ep->fd, p + done, n - done, MSG_NOSIGNAL);
		if (k > 0) {
			done += (size_t)k;
		} else if (k < 0 && errno == EINTR) {
			continue;
		} else {
			if (k < 0 && errno != EAGAIN) {
				ep->error = errno;
				ep->broken = true;
			}
			break;
		}
	}
	return done;
}

void
endpoint_uncork(struct worker *w)
{
	struct endpoint *ep = w->cork_owner;

	if (!ep)
		return;
	size_t n = w->cork_n, done = socket_write(ep, w->cork, n);
	w->cork_owner = NULL;
	w->cork_n = 0;
	if (done < n && !ep->broken)
		backlog_add(ep, w->cork + done, n - done);
}

void
endpoint_write_raw(struct endpoint *ep, const char *p, size_t n)
{
	struct worker *w = ep->conn->worker;

	if (ep->broken || ep->fd < 0)
		return;
	if (ep->out_n) {
		backlog_add(ep, p, n);
		return;
	}
	if (w->cork_owner != ep || w->cork_n + n > WORKER_CORK_BYTES)
		endpoint_uncork(w);
	if (ep->out_n || n > WORKER_CORK_BYTES) {
		backlog_add(ep, p, n);
		return;
	}
	w->cork_owner = ep;
	memcpy(w->cork + w->cork_n, p, n);
	w->cork_n += n;
}

bool
endpoint_write(struct endpoint *ep, const char *p, size_t n)
{
	if (!ep->open || ep->broken || ep->shut)
		return ep->discard;
	if (n == 0)
		return true;
	if (ep->side == 0)
		CONN_COUNT(ep->conn, bytes_out, n);
	if (!ep->tls)
		endpoint_write_raw(ep, p, n);
	else if (tls_write(ep->tls, p, n) != TLS_OK)
		ep->broken = true;
	return !ep->broken;
}

void
endpoint_shutdown(struct endpoint *ep)
{
	if (!ep->open || ep->shut)
		return;
	ep->shut = true;
	if (ep->tls && !ep->broken)
		tls_shutdown(ep->tls);
	if (ep->conn->worker->cork_owner == ep)
		endpoint_uncork(ep->conn->worker);
	if (!ep->out_n)
		shutdown(ep->fd, SHUT_WR);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct endpoint *ep = arg;

	(void)fd;
	(void)what;
	size_t done = socket_write(ep, ep->out + ep->out_off, ep->out_n);
	ep->out_off += done;
	ep->out_n -= done;
	if (ep->out_n == 0 || ep->broken) {
		endpoint_stop_writing(ep);
		free(ep->out);
		ep->out = NULL;
		ep->out_off = ep->out_n = ep->out_cap = 0;
		if (ep->shut && !ep->broken)
			shutdown(ep->fd, SHUT_WR);
	}
	conn_on_drained(ep->conn, ep, done);
}

void
endpoint_want_read(struct endpoint *ep, bool on)
{
	ep->want_read = on;
	if (on == ep->reading || !ep->open)
		return;
	if (on)
		event_add(&ep->read_ev, NULL);
	else
		event_del(&ep->read_ev);
	ep->reading = on;
}

void
endpoint_addr_text(const struct sockaddr *sa, char *out, size_t size_bytes)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const void *)sa;
		inet_ntop(AF_INET6, &a->sin6_addr, ip, sizeof ip);
		snprintf(out, size_bytes, "[%s]:%u", ip, ntohs(a->sin6_port));
	} else {
		const struct sockaddr_in *a = (const void *)sa;
		inet_ntop(AF_INET, &a->sin_addr, ip, sizeof ip);
		snprintf(out, size_bytes, "%s:%u", ip, ntohs(a->sin_port));
	}
}
