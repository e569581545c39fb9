/* SPDX-License-Identifier: MIT
 * A client of our own. */
#include "engine/selftest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "engine/ca_page.h"
#include "engine/endpoint.h"
#include "tls/tls.h"

enum { ANSWER_MAX_BYTES = 8192 };

struct selftest {
	pthread_t thread;
	struct engine_listen to;
	struct tls *tls;
	int ready_fd;
	int stop_fd;          /* eventfd: give up */
	int fd;               /* the socket; the thread's */
	uint64_t begin_ns;
	const char *step;     /* what is going on */
	struct tls_conn *conn;
	char answer[ANSWER_MAX_BYTES];
	size_t answer_n;
	struct engine_selftest result; /* the thread's until done */
	atomic_bool done;
};

static bool ATTR_PRINTF(2, 3)
failed(struct selftest *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->result.text, sizeof t->result.text, fmt, ap);
	va_end(ap);
	return false;
}

static unsigned
elapsed_ms(const struct selftest *t)
{
	return (unsigned)((clock_mono_ns() - t->begin_ns) / 1000000u);
}

/* Until the socket is ready; false when there is no time left, or nobody wants to know any more. */
static bool
wait_for(struct selftest *t, short events)
{
	struct pollfd p[] = {{.fd = t->fd, .events = events}, {.fd = t->stop_fd, .events = POLLIN}};
	unsigned ms = elapsed_ms(t);
	int n = ms < ENGINE_SELFTEST_MS ? poll(p, 2, (int)(ENGINE_SELFTEST_MS - ms)) : 0;

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0 && !p[1].revents)
		return true;
	return failed(t, n > 0 ? "given up while %s" : "no answer within 5 s while %s", t->step);
}

/* ---- the socket ---- */

static long
io_read(void *arg, char *p, size_t n)
{
	const struct selftest *t = arg;
	ssize_t k = recv(t->fd, p, n, 0);

	if (k > 0)
		return k;
	if (k == 0)
		return TLS_IO_EOF;
	return errno == EAGAIN || errno == EINTR ? 0 : TLS_IO_ERROR;
}

/* All of it, as TLS expects. */
static long
io_write(void *arg, const char *p, size_t n)
{
	struct selftest *t = arg;

	for (size_t at = 0; at < n;) {
		ssize_t k = send(t->fd, p + at, n - at, MSG_NOSIGNAL);
		if (k > 0)
			at += (size_t)k;
		else if ((errno != EAGAIN && errno != EINTR) || !wait_for(t, POLLOUT))
			return TLS_IO_ERROR;
	}
	return (long)n;
}

static const struct tls_io selftest_io = {.read = io_read, .write = io_write};

/* A wildcard address is where it listens, not where clients go. */
static socklen_t
address_of(const struct engine_listen *l, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (void *)out;
	struct sockaddr_in6 *a6 = (void *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, l->addr, &a4->sin_addr) == 1) {
		if (a4->sin_addr.s_addr == htonl(INADDR_ANY))
			a4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a4->sin_family = AF_INET;
		a4->sin_port = htons(l->port);
		return sizeof *a4;
	}
	inet_pton(AF_INET6, l->addr, &a6->sin6_addr);
	if (IN6_IS_ADDR_UNSPECIFIED(&a6->sin6_addr))
		a6->sin6_addr = in6addr_loopback;
	a6->sin6_family = AF_INET6;
	a6->sin6_port = htons(l->port);
	return sizeof *a6;
}

static bool
connect_proxy(struct selftest *t)
{
	struct sockaddr_storage a;
	socklen_t n = address_of(&t->to, &a), size = sizeof errno;
	int bad = 0;

	t->step = "connecting to the listener";
	t->fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return failed(t, "no socket: %s", strerror(errno));
	if (connect(t->fd, (struct sockaddr *)&a, n) < 0 && errno != EINPROGRESS)
		return failed(t, "cannot connect to the listener: %s", strerror(errno));
	if (!wait_for(t, POLLOUT))
		return false;
	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &bad, &size) == 0 && bad)
		return failed(t, "cannot connect to the listener: %s", strerror(bad));
	n = sizeof a;
	if (getsockname(t->fd, (struct sockaddr *)&a, &n) == 0)
		endpoint_addr_text((struct sockaddr *)&a, t->result.client, sizeof t->result.client);
	return true;
}

/* ---- HTTP ---- */

/* Of the answer that has begun to come; 0: that is no HTTP. */
static unsigned
status_of(const struct selftest *t)
{
	bool http = strncmp(t->answer, "HTTP/1.", 7) == 0 && t->answer[7] && t->answer[8] == ' ';

	return http ? (unsigned)strtoul(t->answer + 9, NULL, 10) : 0;
}

static bool
open_tunnel(struct selftest *t)
{
	static const char ask[] = "CONNECT " CA_PAGE_HOST ":443 HTTP/1.1\r\nHost: " CA_PAGE_HOST ":443\r\n\r\n";

	t->step = "waiting for the answer to CONNECT";
	if (io_write(t, ask, sizeof ask - 1) < 0)
		return failed(t, "the proxy closed the connection at once");
	while (!strstr(t->answer, "\r\n\r\n")) {
		long k = io_read(t, t->answer + t->answer_n, ANSWER_MAX_BYTES - 1 - t->answer_n);
		if (k < 0 || t->answer_n == ANSWER_MAX_BYTES - 1)
			return failed(t, "the proxy closed the connection instead of an answer to CONNECT");
		t->answer_n += (size_t)k;
		if (k == 0 && !wait_for(t, POLLIN))
			return false;
	}
	unsigned status = status_of(t);
	if (status == 407)
		return failed(t, "the proxy wants a user and password (407), which the self-test has not");
	return status == 200 || failed(t, "the proxy answered CONNECT with %u", status);
}

static bool
tls_failed(struct selftest *t)
{
	char raw[200], why[200];
	enum tls_fail f = tls_conn_fail(t->conn, raw, sizeof raw);
	bool verify = f >= TLS_FAIL_VERIFY_EXPIRED && f <= TLS_FAIL_VERIFY_OTHER;

	if (*t->result.text)
		return false;
	escape_text(why, sizeof why, span_str(raw), 0);
	return failed(t, verify ? "the certificate is not one of our CA's: %s" : "TLS: %s", why);
}

static bool
secure(struct selftest *t)
{
	const struct tls_server_want want = {
	    .sni = CA_PAGE_HOST, .verify_host = CA_PAGE_HOST, .alpn = "http/1.1", .own_ca = true};
	enum tls_result r;

	t->step = "in the TLS handshake";
	t->conn = tls_connect_new(t->tls, &want, &selftest_io, t);
	if (!t->conn)
		return failed(t, "no memory for TLS");
	while ((r = tls_handshake(t->conn)) == TLS_AGAIN)
		if (!wait_for(t, POLLIN))
			return false;
	return r == TLS_OK || tls_failed(t);
}

/* The last line of all is the one that only this proxy writes. */
static bool
check_answer(struct selftest *t)
{
	const char *body = strstr(t->answer, "\r\n\r\n");

	if (status_of(t) != 200)
		return failed(t, "the answer has status %u instead of 200", status_of(t));
	return (body && strcmp(body + 4, ca_page_selftest) == 0) || failed(t, "the answer is not that of this proxy");
}

static bool
ask_page(struct selftest *t)
{
	static const char ask[] = "GET /selftest HTTP/1.1\r\nHost: " CA_PAGE_HOST "\r\nConnection: close\r\n\r\n";
	enum tls_result r = tls_write(t->conn, ask, sizeof ask - 1);

	t->step = "waiting for the answer";
	t->answer_n = 0;
	while (r == TLS_OK || r == TLS_AGAIN) {
		size_t n = 0;
		if (t->answer_n == ANSWER_MAX_BYTES - 1)
			return failed(t, "the answer is too long");
		r = tls_read(t->conn, t->answer + t->answer_n, ANSWER_MAX_BYTES - 1 - t->answer_n, &n);
		t->answer_n += n;
		if (r == TLS_AGAIN && !wait_for(t, POLLIN))
			return false;
	}
	t->answer[t->answer_n] = '\0';
	return t->answer_n ? check_answer(t) : tls_failed(t);
}

/* ---- the thread ---- */

static void *
selftest_main(void *arg)
{
	struct selftest *t = arg;

	t->result.ok = connect_proxy(t) && open_tunnel(t) && secure(t) && ask_page(t);
	t->result.ms = elapsed_ms(t);
	if (t->conn)
		tls_shutdown(t->conn);
	tls_conn_free(t->conn);
	if (t->fd >= 0)
		close(t->fd);
	atomic_store(&t->done, true);
	eventfd_write(t->ready_fd, 1);
	return NULL;
}

struct selftest *
selftest_start(const struct engine_listen *l, struct tls *tls, int ready_fd, struct errmsg *why)
{
	struct selftest *t = mem_zalloc(sizeof *t);

	t->to = *l;
	t->tls = tls;
	t->ready_fd = ready_fd;
	t->fd = -1;
	t->begin_ns = clock_mono_ns();
	t->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (t->stop_fd >= 0 && pthread_create(&t->thread, NULL, selftest_main, t) == 0)
		return t;
	if (t->stop_fd >= 0)
		close(t->stop_fd);
	free(t);
	err_set(why, ERR_SYSTEM, "no thread can be started for it");
	return NULL;
}

bool
selftest_done(struct selftest *t, struct engine_selftest *out)
{
	if (!atomic_load(&t->done))
		return false;
	*out = t->result;
	return true;
}

void
selftest_free(struct selftest *t)
{
	if (!t)
		return;
	eventfd_write(t->stop_fd, 1);
	pthread_join(t->thread, NULL);
	close(t->stop_fd);
	free(t);
}
