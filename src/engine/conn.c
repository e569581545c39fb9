/* SPDX-License-Identifier: MIT
 * One client connection: the top state machine, and only that. */
#include "engine/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/client.h"
#include "engine/dest.h"
#include "engine/dial.h"
#include "engine/drive.h"
#include "engine/intercept.h"
#include "engine/listener.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "proto/sniff.h"

enum {
	CONN_SNIFF_NS = 200 * 1000000,          /* ambiguous first bytes wait so long for more */
	CONN_LINGER_NS = 2000 * (int64_t)1000000, /* last words may take so long */
	CONN_DRAIN_NS = 500 * 1000000,          /* idle for so long: nothing is on its way, a drain may close it */
	CONN_LINGER_BYTES = 1 << 20             /* of the client's, read and dropped meanwhile */
};

static struct conn *
conn_make(struct worker *w)
{
	struct conn *c = mem_zalloc(sizeof *c);

	c->worker = w;
	c->key = worker_key(w);
	c->last_ns = w->now_ns;
	endpoint_init(&c->client, c, FLOW_CLIENT);
	endpoint_init(&c->server, c, FLOW_SERVER);
	TAILQ_INSERT_TAIL(&w->conns, c, link);
	w->nconns++;
	worker_start_tick(w);
	return c;
}

struct conn *
conn_new_replay(struct worker *w)
{
	struct conn *c = conn_make(w);

	c->replay = c->client.discard = true;
	report_conn_open(c, "replay", "");
	return c;
}

void
conn_new(struct worker *w, struct listener *l, int fd, const struct sockaddr *peer)
{
	struct conn *c = conn_make(w);
	char client[64];

	c->listener = l;
	c->came = l->counters;
	endpoint_open(&c->client, fd);
	CONN_COUNT(c, accepted, 1);
	COUNTER_ADD(w->counters->client_open, 1);
	COUNTER_ADD(c->came->open, 1);
	endpoint_addr_text(peer, client, sizeof client);
	client_ask(c, peer);
	report_conn_open(c, client, l->text);
	conn_set_deadline(c, DEADLINE_HEAD);
	endpoint_want_read(&c->client, !c->process_wait);
}

flow_key
conn_flow(const struct conn *c)
{
	return c->drive ? c->drive->flow(c) : c->flow;
}

void
conn_free(struct conn *c)
{
	free(c->host);
	free(c->sni);
	free(c->alpn);
	free(c);
}

/* ---- deadlines ---- */

static uint64_t
ms_to_ns(uint32_t ms)
{
	return (uint64_t)ms * 1000000u;
}

void
conn_set_deadline(struct conn *c, enum conn_deadline d)
{
	const struct engine_config *g = c->worker->config;
	uint64_t now = c->worker->now_ns;

	c->deadline = (uint8_t)d;
	switch (d) {
	case DEADLINE_NONE:
		c->deadline_ns = 0;
		break;
	case DEADLINE_HEAD:
		c->deadline_ns = now + ms_to_ns(g->head_timeout_ms);
		break;
	case DEADLINE_HANDSHAKE:
		c->deadline_ns = now + ms_to_ns(g->handshake_timeout_ms);
		break;
	case DEADLINE_SNIFF:
		c->deadline_ns = now + CONN_SNIFF_NS;
		break;
	case DEADLINE_IDLE:
		c->deadline_ns = ms_to_ns(g->idle_timeout_ms);
		break;
	case DEADLINE_HALF_CLOSE:
		c->deadline_ns = ms_to_ns(g->half_close_timeout_ms);
		break;
	case DEADLINE_LINGER:
		c->deadline_ns = now + CONN_LINGER_NS;
		break;
	case DEADLINE_HOLD:
		break;
	}
}

static bool
deadline_passed(const struct conn *c, uint64_t now_ns)
{
	if (c->deadline == DEADLINE_IDLE || c->deadline == DEADLINE_HALF_CLOSE)
		return now_ns >= c->last_ns + c->deadline_ns;
	return c->deadline != DEADLINE_NONE && now_ns >= c->deadline_ns;
}

static void
deadline_text(const struct conn *c, char *out, size_t size)
{
	const struct engine_config *g = c->worker->config;

	switch (c->deadline) {
	case DEADLINE_HEAD:
		snprintf(out, size, "time-out: client sent no complete request head within %g s",
		    g->head_timeout_ms / 1e3);
		break;
	case DEADLINE_HALF_CLOSE:
		snprintf(out, size, "time-out: half closed and without a byte for %g s",
		    g->half_close_timeout_ms / 1e3);
		break;
	default:
		snprintf(out, size, "time-out: idle for %g s", g->idle_timeout_ms / 1e3);
	}
}

static const char *
deadline_remedy(const struct conn *c)
{
	return c->deadline == DEADLINE_HEAD   ? "option head-timeout sets this limit"
	    : c->deadline == DEADLINE_IDLE    ? "option idle-timeout sets this limit"
	                                      : "option half-close-timeout sets this limit";
}

/* Bytes that are no HTTP: the server's to judge, where there is one. */
static void
drive_raw_or_end(struct conn *c)
{
	if (c->own)
		conn_close(c, FLOW_S_ERROR, "only HTTP/1 is spoken with the proxy itself", NULL);
	else
		conn_drive(c, &drive_raw);
}

static void
conn_expired(struct conn *c)
{
	char why[128];

	if (c->phase == CONN_LINGER && endpoint_backlog(&c->client) &&
	    c->worker->now_ns < c->last_ns + ms_to_ns(c->worker->config->half_close_timeout_ms)) {
		conn_set_deadline(c, DEADLINE_LINGER); /* a slow reader still takes its answer */
	} else if (c->phase == CONN_LINGER) {
		conn_close(c, FLOW_S_DONE, NULL, NULL);
	} else if (c->deadline == DEADLINE_HANDSHAKE) {
		intercept_expired(c);
	} else if (c->deadline == DEADLINE_SNIFF) {
		drive_raw_or_end(c);
	} else {
		deadline_text(c, why, sizeof why);
		if (c->phase == CONN_DRIVE)
			c->drive->expired(c, why);
		else if (c->phase == CONN_FIRST && endpoint_input(&c->client).n)
			conn_refuse(c, 408, why, deadline_remedy(c));
		else
			conn_close(c, FLOW_S_ERROR, why, deadline_remedy(c));
	}
}

/* Nothing runs on it, and nothing has begun to. */
static bool
conn_is_idle(struct conn *c)
{
	bool between = c->phase == CONN_DRIVE && conn_flow(c) == 0;

	return (c->phase == CONN_FIRST || c->phase == CONN_SNIFF || between) && !c->replay && !c->congested &&
	    !endpoint_input(&c->client).n;
}

static void
conn_let_go(struct conn *c)
{
	const char *why = c->phase == CONN_DRIVE ? NULL : "closed without a request: the proxy is being stopped";

	conn_close_gently(c, FLOW_S_DONE, why, NULL);
}

void
conn_on_tick(struct conn *c, uint64_t now_ns)
{
	client_tick(c);
	if (c->dial)
		dial_tick(c->dial, now_ns);
	else if (c->worker->draining && now_ns >= c->last_ns + CONN_DRAIN_NS && conn_is_idle(c))
		conn_let_go(c);
	else if (deadline_passed(c, now_ns))
		conn_expired(c);
}

bool
conn_congested(struct conn *c)
{
	if (!report_congested(c->worker))
		return false;
	c->congested = true;
	endpoint_want_read(&c->client, false);
	endpoint_want_read(&c->server, false);
	return true;
}

/* ---- ends ---- */

/* A connection that never came to a request is a row all the same. */
static void
conn_need_row(struct conn *c)
{
	if (c->flow || c->phase > CONN_DIAL)
		return;
	c->flow = worker_key(c->worker);
	report_flow_open(c, FLOW_TCP);
}

static void
conn_end_row(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	conn_need_row(c);
	if (c->flow)
		report_flow_end(c, c->flow, state, why, remedy);
	c->flow = 0;
}

/* Ends driver and row; the client's side stays as it is. */
static void
conn_finish(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	if (c->dial)
		dial_cancel(c->dial);
	c->dial = NULL;
	if (c->drive)
		c->drive->close(c, state, why, remedy);
	c->drive = NULL;
	if (c->phase < CONN_LINGER)
		conn_end_row(c, state, why, remedy);
	if (c->server.open) {
		endpoint_shutdown(&c->server);
		endpoint_close(&c->server);
		COUNTER_ADD(c->worker->counters->server_open, (uint64_t)-1);
	}
}

void
conn_close(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	struct worker *w = c->worker;

	if (c->phase == CONN_DEAD)
		return;
	conn_finish(c, state, why, remedy);
	client_gone(c);
	c->phase = CONN_DEAD;
	if (c->client.open) {
		endpoint_shutdown(&c->client);
		endpoint_close(&c->client);
		COUNTER_ADD(w->counters->client_open, (uint64_t)-1);
		if (c->came)
			COUNTER_ADD(c->came->open, (uint64_t)-1);
	}
	report_conn_close(c);
	if (c->ready)
		TAILQ_REMOVE(&w->ready, c, ready_link);
	TAILQ_REMOVE(&w->conns, c, link);
	TAILQ_INSERT_TAIL(&w->dead, c, link);
	w->nconns--;
	if (w->accept_paused)
		listener_pause(w, false);
}

void
conn_close_gently(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	if (c->phase >= CONN_LINGER)
		return;
	endpoint_uncork(c->worker); /* the backlog is known only then */
	if (!c->client.open || c->client.broken || (c->client.eof && !endpoint_backlog(&c->client))) {
		conn_close(c, state, why, remedy);
		return;
	}
	conn_finish(c, state, why, remedy);
	c->phase = CONN_LINGER;
	endpoint_shutdown(&c->client);
	conn_set_deadline(c, DEADLINE_LINGER);
	endpoint_want_read(&c->client, !c->client.eof);
}

static const char *
status_reason(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 408:
		return "Request Timeout";
	case 414:
		return "URI Too Long";
	case 421:
		return "Misdirected Request";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	case 504:
		return "Gateway Timeout";
	case 505:
		return "HTTP Version Not Supported";
	case 508:
		return "Loop Detected";
	default:
		return "Bad Gateway";
	}
}

void
conn_refusal(struct worker *w, int status, const char *why, const char *remedy, bool body)
{
	struct buf *b = &w->text;
	char text[1024];
	int n = snprintf(text, sizeof text, "mitmtop: %s.\n%s%s", why, remedy ? remedy : "",
	    remedy ? ".\n" : "");

	buf_clear(b);
	buf_addf(b,
	    "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %d\r\nConnection: close\r\n\r\n",
	    status, status_reason(status), n);
	if (body)
		buf_add(b, text, (size_t)n);
}

void
conn_refuse(struct conn *c, int status, const char *why, const char *remedy)
{
	conn_need_row(c);
	if (c->flow)
		report_refusal(c, c->flow, status, FLOW_TCP);
	conn_refusal(c->worker, status, why, remedy, true);
	endpoint_write(&c->client, c->worker->text.p, c->worker->text.n);
	conn_close_gently(c, FLOW_S_ERROR, why, remedy);
}

/* ---- the way to a driver ---- */

void
conn_set_dest(struct conn *c, const char *host, size_t n, uint16_t port)
{
	free(c->host);
	c->host = mem_dup(host, n);
	c->port = port;
}

static void
on_dialled(void *arg, const struct dial_result *r)
{
	struct conn *c = arg;

	c->dial = NULL;
	c->worker->now_ns = c->last_ns = clock_mono_ns();
	if (c->phase == CONN_DRIVE)
		c->drive->dialled(c, r);
	else
		c->dest->dialled(c, r);
	endpoint_uncork(c->worker);
}

void
conn_dial(struct conn *c)
{
	CHECK(!c->dial && !c->server.open);
	c->dial = dial_start(c->worker, c->host, c->port, on_dialled, c);
}

void
conn_server_up(struct conn *c, const struct dial_result *r)
{
	endpoint_open(&c->server, r->fd);
	COUNTER_ADD(c->worker->counters->server_open, 1);
	hist_add(&c->worker->counters->connect_us, r->connect_us);
	report_conn_server(c, r);
}

void
conn_drive(struct conn *c, const struct drive_ops *d)
{
	c->phase = CONN_DRIVE;
	c->drive = d;
	conn_set_deadline(c, DEADLINE_IDLE);
	d->open(c);
}

/* The server spoke first, or said nothing at all. */
static void
sniff_server(struct conn *c)
{
	switch (endpoint_read(&c->server)) {
	case EP_AGAIN: /* session tickets, perhaps */
		endpoint_release_input(&c->server);
		break;
	default: /* bytes, or an end that the raw driver passes on */
		conn_drive(c, &drive_raw);
	}
}

static void
sniff_client(struct conn *c)
{
	enum endpoint_result r = endpoint_read(&c->client);
	struct span in = endpoint_input(&c->client);

	if (in.n == 0) {
		endpoint_release_input(&c->client);
		if (r == EP_EOF && !c->inner && !c->own) /* a server that speaks first may still have something to say */
			conn_drive(c, &drive_raw);
		else if (r == EP_EOF || r == EP_TRUNCATED)
			conn_close(c, FLOW_S_DONE, "client closed without a request", NULL);
		else if (r == EP_BROKEN)
			conn_close(c, FLOW_S_DONE, "client reset without a request", NULL);
		return;
	}
	switch (sniff_first_bytes(in.p, in.n)) {
	case SNIFF_TLS:
		if (!c->inner) {
			intercept_begin(c);
			return;
		}
		drive_raw_or_end(c); /* TLS inside TLS: relayed as it is */
		return;
	case SNIFF_HTTP1:
		conn_drive(c, &drive_http1);
		return;
	case SNIFF_MORE:
		if (r == EP_OK || r == EP_AGAIN) {
			if (c->deadline != DEADLINE_SNIFF)
				conn_set_deadline(c, DEADLINE_SNIFF);
			return;
		}
		drive_raw_or_end(c);
		return;
	default:
		drive_raw_or_end(c);
	}
}

void
conn_sniff(struct conn *c, bool inner)
{
	c->inner = inner;
	if (inner && c->client_alpn_http1) {
		conn_drive(c, &drive_http1);
		return;
	}
	c->phase = CONN_SNIFF;
	conn_set_deadline(c, DEADLINE_IDLE);
	endpoint_want_read(&c->client, true);
	endpoint_want_read(&c->server, true);
	if (endpoint_input(&c->client).n || endpoint_pending(&c->client))
		worker_make_ready(c->worker, c);
}

/* ---- first bytes from the client ---- */

static void
first_choose(struct conn *c, bool ended)
{
	struct span in = endpoint_input(&c->client);
	bool more = false;

	for (unsigned i = 0; dest_table[i] && !c->dest; i++) {
		int r = dest_table[i]->claims(in.p, in.n);
		if (r > 0)
			c->dest = dest_table[i];
		more |= r == 0;
	}
	if (c->dest) {
		c->dest->readable(c);
	} else if (ended) {
		conn_close(c, FLOW_S_ERROR, "client closed in the middle of its first bytes", NULL);
	} else if (!more && tls_hello_sniff(in.p, in.n) == 1) {
		conn_close(c, FLOW_S_TLS_FAILED,
		    "client spoke TLS to the proxy port itself, where HTTP is expected",
		    "Give the client the proxy as http://HOST:PORT, not https://");
	} else if (!more) {
		conn_refuse(c, 400, "client's first bytes are not an HTTP request",
		    in.p[0] == 4 || in.p[0] == 5 ? "SOCKS is not spoken here: set an HTTP proxy"
		                                 : "Set this address as an HTTP proxy");
	}
}

static void
first_readable(struct conn *c)
{
	enum endpoint_result r;

	if (conn_congested(c))
		return;
	endpoint_want_read(&c->client, true);
	do
		r = endpoint_read(&c->client);
	while (r == EP_OK && endpoint_pending(&c->client) && endpoint_input(&c->client).n < BLOCK_BYTES);
	bool ended = r == EP_EOF || r == EP_BROKEN;
	if (c->dest)
		c->dest->readable(c);
	else if (endpoint_input(&c->client).n)
		first_choose(c, ended);
	else if (ended)
		conn_close(c, FLOW_S_DONE, "client closed without sending anything", NULL);
	if (ended && c->phase == CONN_FIRST)
		conn_close(c, FLOW_S_ERROR, "client closed before its request head was complete", NULL);
}

/* While the server is being reached: what comes is kept; the client may leave. */
static void
dial_readable(struct conn *c)
{
	enum endpoint_result r = endpoint_read(&c->client);

	if (r == EP_BROKEN)
		conn_close(c, FLOW_S_ERROR, "client closed while the server was being reached", NULL);
	else if (r == EP_FULL || r == EP_EOF)
		endpoint_want_read(&c->client, false);
}

/* What still comes after our last words is read and dropped, so that no reset destroys them. */
static void
linger_readable(struct conn *c)
{
	for (int i = 0; i < CONN_LINGER_BYTES / BLOCK_BYTES; i++) {
		endpoint_consume(&c->client, endpoint_input(&c->client).n);
		enum endpoint_result r = endpoint_read(&c->client);
		if (r == EP_OK)
			continue;
		if (r == EP_AGAIN)
			return;
		endpoint_want_read(&c->client, false);
		if (!endpoint_backlog(&c->client) || r == EP_BROKEN)
			conn_close(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	if (!endpoint_backlog(&c->client))
		conn_close(c, FLOW_S_DONE, NULL, NULL);
	else
		endpoint_want_read(&c->client, false);
}

static void
conn_dispatch(struct conn *c, struct endpoint *ep)
{
	switch (c->phase) {
	case CONN_FIRST:
		first_readable(c);
		break;
	case CONN_DIAL:
		dial_readable(c);
		break;
	case CONN_SNIFF:
		if (ep == &c->client)
			sniff_client(c);
		else
			sniff_server(c);
		break;
	case CONN_HELLO:
	case CONN_SERVER_TLS:
	case CONN_CLIENT_TLS:
		intercept_readable(c, ep);
		break;
	case CONN_DRIVE:
		c->drive->readable(c, ep);
		break;
	case CONN_LINGER:
		linger_readable(c);
		break;
	default:
		break;
	}
}

void
conn_on_readable(struct conn *c, struct endpoint *ep)
{
	c->worker->now_ns = c->last_ns = clock_mono_ns();
	conn_dispatch(c, ep);
	endpoint_uncork(c->worker);
}

void
conn_on_drained(struct conn *c, struct endpoint *ep, size_t n)
{
	c->worker->now_ns = clock_mono_ns();
	if (n)
		c->last_ns = c->worker->now_ns;
	if (c->phase == CONN_LINGER) {
		if (ep->broken || (ep->eof && !endpoint_backlog(ep)))
			conn_close(c, FLOW_S_DONE, NULL, NULL);
		else if (!endpoint_backlog(ep)) /* all is out: its last bytes may take a moment more */
			conn_set_deadline(c, DEADLINE_LINGER);
	} else if (c->phase == CONN_DRIVE) {
		if (ep->broken || !endpoint_backlog(ep))
			c->drive->drained(c, ep);
	} else if (ep->broken) {
		conn_close(c, FLOW_S_ERROR, strerror(ep->error), NULL);
	}
	endpoint_uncork(c->worker);
}

void
conn_on_ready(struct conn *c)
{
	if (c->congested) {
		c->congested = false;
		if (conn_congested(c))
			return;
	}
	if (c->phase == CONN_DRIVE) {
		c->drive->readable(c, &c->server);
		if (c->phase == CONN_DRIVE)
			c->drive->readable(c, &c->client);
	} else if (c->phase == CONN_SERVER_TLS) {
		intercept_readable(c, &c->server);
	} else {
		conn_dispatch(c, &c->client);
	}
	endpoint_uncork(c->worker);
}
