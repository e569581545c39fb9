/* SPDX-License-Identifier: MIT
 * The HTTP/1.1 driver: requests one after another on the client's connection, each with a flow of its own.
 * A request is read, checked, sent on and answered before the next is looked at, so pipelined requests are
 * answered in order and nothing is pipelined to the server. Bodies stream both ways at once. Inside a
 * tunnel the one server is the tunnel's; on the proxy port each request names its own. */
#include "engine/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/conn.h"
#include "engine/dial.h"
#include "engine/drive_http1.h"
#include "engine/drive_raw.h"
#include "engine/refuse.h"
#include "engine/report.h"
#include "engine/worker.h"

enum {
	HTTP1_BUDGET_BYTES = 1 << 18, /* read of one side in one turn */
	HTTP1_INTERIM_MAX = 256       /* 1xx answers to one request (T63) */
};

/* ---- ends ---- */

static void
exchange_end(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	struct http1 *x = c->drive_state;

	if (!x->flow)
		return;
	hist_add(&c->worker->counters->total_us, (c->worker->now_ns - x->start_ns) / 1000);
	report_flow_end(c, x->flow, state, why, remedy);
	COUNTER_ADD(c->worker->counters->busy, (uint64_t)-1);
	x->flow = 0;
}

/* A row for what came before a request head could be read. */
static void
row_for_fault(struct conn *c)
{
	struct http1 *x = c->drive_state;

	if (x->flow)
		return;
	x->start_ns = c->worker->now_ns;
	COUNTER_ADD(c->worker->counters->busy, 1);
	if (c->flow) {
		x->flow = c->flow;
		c->flow = 0;
		return;
	}
	flow_key own = x->flow = worker_key(c->worker);
	c->flow = own;
	report_flow_open(c, FLOW_H1);
	c->flow = 0;
}

/* Answers the client ourselves, if no answer has begun, and closes. */
static void
refuse(struct conn *c, int status, const char *why, const char *remedy)
{
	struct http1 *x = c->drive_state;

	row_for_fault(c);
	if (!x->answer_begun) {
		report_refusal(c, x->flow, status, FLOW_H1);
		conn_refusal(c->worker, status, why, remedy, !x->request.is_head);
		endpoint_write(&c->client, c->worker->text.p, c->worker->text.n);
	}
	exchange_end(c, FLOW_S_ERROR, why, remedy);
	conn_close_gently(c, FLOW_S_ERROR, why, remedy);
}

/* The server broke the exchange: 502 when the client has seen nothing of an answer; else the answer is cut
 * short, never made to look complete (R-P04, R-P05). */
static void
server_fault(struct conn *c, const char *why)
{
	struct http1 *x = c->drive_state;

	if (x->answer_begun) {
		exchange_end(c, FLOW_S_ERROR, why, NULL);
		conn_close(c, FLOW_S_ERROR, why, NULL);
	} else {
		refuse(c, 502, why, NULL);
	}
}

static void
server_drop(struct conn *c)
{
	if (!c->server.open)
		return;
	endpoint_shutdown(&c->server);
	endpoint_close(&c->server);
	COUNTER_ADD(c->worker->counters->server_open, (uint64_t)-1);
}

/* ---- bodies ---- */

/* Relays what one step of a body reader took, and records its data. Returns bytes consumed or an error. */
static long
relay_step(struct conn *c, struct http1_dir *d, struct endpoint *from, struct endpoint *to,
    struct h1_fault *fault)
{
	struct http1 *x = c->drive_state;
	struct span in = endpoint_input(from);
	enum flow_dir dir = from == &c->client ? FLOW_REQUEST : FLOW_RESPONSE;
	size_t taken = 0;

	/* Steps are gathered: framing and data that stand together go out in one write. */
	while (taken < in.n && !d->body.done && !d->body.trailers) {
		size_t off = 0, n = 0;
		long k = h1_body_feed(&d->body, in.p + taken, in.n - taken, &off, &n, fault);
		if (k < 0)
			return k;
		if (n) {
			const char *data = in.p + taken + off;
			uint64_t max = c->worker->config->body_max_bytes;
			uint64_t room = max > d->kept ? max - d->kept : 0;
			size_t keep = n < room ? n : (size_t)room;
			d->kept += keep;
			report_body(c, x->flow, dir, from->in.b, data, n, keep);
			if (d->unchunk)
				endpoint_write(to, data, n);
		}
		taken += (size_t)k;
	}
	if (!d->unchunk)
		endpoint_write(to, in.p, taken);
	endpoint_consume(from, taken);
	return (long)taken;
}

/* The trailer section: checked, forbidden fields dropped. Returns 1 when done, 0 for more, or an error. */
static long
relay_trailers(struct conn *c, struct http1_dir *d, struct endpoint *from, struct endpoint *to,
    struct h1_fault *fault)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct span in = endpoint_input(from);
	struct buf *out = &c->worker->text;
	unsigned dropped = 0;

	long n = h1_parse_trailers(&d->body, in.p, in.n, &from->in.scan, h, fault);
	if (n <= 0)
		return n;
	buf_clear(out);
	if (h1_write_trailers(out, h, &dropped))
		return ERR_LIMIT;
	if (h->nfields)
		report_trailer(c, x->flow, from == &c->client ? FLOW_REQUEST : FLOW_RESPONSE, h->raw);
	if (!d->unchunk)
		endpoint_write(to, out->p, out->n);
	endpoint_consume(from, (size_t)n);
	return 1;
}

/* Moves body bytes that stand in from's input. 0: all moved; an error with fault set otherwise. */
static int
relay_body(struct conn *c, struct http1_dir *d, struct endpoint *from, struct endpoint *to,
    struct h1_fault *fault)
{
	long k = 1;

	if (!d->body.done && !d->body.trailers)
		k = relay_step(c, d, from, to, fault);
	if (k >= 0 && d->body.trailers && !d->body.done) {
		k = relay_trailers(c, d, from, to, fault);
		if (k == 0 && from->in.b && from->in.end == from->in.b->cap)
			endpoint_grow(from, HTTP_HEAD_MAX_BYTES + 2);
	}
	return k < 0 ? (int)k : 0;
}

/* ---- the request ---- */

static struct span
via_text(const struct conn *c)
{
	return c->worker->config->via ? SPAN_LIT("1.1 mitmtop") : SPAN_NONE;
}

/* The Host of an HTTP/1.0 request without one: the destination. */
static struct span
host_fallback(struct conn *c, char *out, size_t size)
{
	unsigned dflt = c->inner ? 443 : 80;
	bool v6 = strchr(c->host, ':');
	int n = snprintf(out, size, "%s%s%s", v6 ? "[" : "", c->host, v6 ? "]" : "");

	if (c->port != dflt)
		n += snprintf(out + n, size - (size_t)n, ":%u", c->port);
	return span_of(out, (size_t)n);
}

static void
report_request_head(struct conn *c, const struct http_head *h)
{
	struct http1 *x = c->drive_state;
	const struct h1_request *q = &x->request;
	bool absolute = q->target.form == URL_ABSOLUTE;
	struct report_request r = {
	    .flow = x->flow,
	    .host = absolute ? q->target.authority.host : q->host.host,
	    .path = absolute && !q->target.path.n ? SPAN_NONE : q->target.path,
	    .port = c->port,
	    .tls = c->inner,
	    .has_body = q->framing != H1_BODY_NONE,
	};

	report_request(c, h, &r);
}

/* Sends the head on and takes the row; the body follows. */
static void
request_forward(struct conn *c, const struct http_head *h, size_t n)
{
	struct http1 *x = c->drive_state;
	struct buf *out = &c->worker->text;
	char host[300];

	x->flow = c->flow ? c->flow : worker_key(c->worker);
	c->flow = 0;
	x->start_ns = c->worker->now_ns;
	x->answer_begun = x->answered = false;
	x->interim = 0;
	x->client_minor = h->minor;
	COUNTER_ADD(c->worker->counters->busy, 1);
	report_request_head(c, h);
	x->up = (struct http1_dir){0};
	h1_body_init(&x->up.body, x->request.framing, x->request.length);
	if (x->request.verbatim && !via_text(c).n) {
		endpoint_write(&c->server, h->raw.p, h->raw.n);
	} else {
		buf_clear(out);
		if (h1_write_request(out, h, &x->request, host_fallback(c, host, sizeof host),
		        via_text(c))) {
			refuse(c, 431, "the request head is too large", NULL);
			return;
		}
		endpoint_write(&c->server, out->p, out->n);
	}
	x->busy = true;
	conn_set_deadline(c, DEADLINE_IDLE);
	endpoint_consume(&c->client, n);
	endpoint_want_read(&c->server, true);
}

/* TRACE or OPTIONS that may go no further is answered here (RFC 9110 7.6.2). */
static bool
request_answered_here(struct conn *c, const struct http_head *h, size_t n)
{
	struct http1 *x = c->drive_state;
	struct buf *out = &c->worker->text;
	bool trace = span_eq(h->method, SPAN_LIT("TRACE"));

	if (x->request.max_forwards != 0)
		return false;
	x->flow = c->flow ? c->flow : worker_key(c->worker);
	c->flow = 0;
	x->start_ns = c->worker->now_ns;
	COUNTER_ADD(c->worker->counters->busy, 1);
	report_request_head(c, h);
	buf_clear(out);
	buf_addf(out, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
	    trace ? "Content-Type: message/http\r\n" : "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE\r\n",
	    trace ? h->raw.n : (size_t)0);
	if (trace)
		buf_add_span(out, h->raw);
	endpoint_write(&c->client, out->p, out->n);
	endpoint_consume(&c->client, n);
	exchange_end(c, FLOW_S_DONE, "Max-Forwards was 0: answered by the proxy", NULL);
	conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	return true;
}

static bool
same_host(const struct conn *c, const struct url_authority *a, uint16_t port)
{
	return c->host && c->port == port && span_ieq(span_str(c->host), a->host);
}

/* Inside a tunnel an absolute target must name the tunnel's own host. */
static bool
tunnel_accepts(struct conn *c)
{
	const struct url_target *t = &((struct http1 *)c->drive_state)->request.target;

	if (t->form != URL_ABSOLUTE)
		return true;
	return span_ieq(t->authority.host, span_str(c->host)) ||
	    (c->sni && span_ieq(t->authority.host, span_str(c->sni)));
}

/* On the proxy port: is the server of this request connected? Starts the dial when not. */
static bool
proxy_routed(struct conn *c)
{
	struct http1 *x = c->drive_state;
	const struct url_target *t = &x->request.target;
	uint16_t port = t->authority.has_port ? t->authority.port : 80;

	if (c->server.open && same_host(c, &t->authority, port))
		return true;
	server_drop(c);
	conn_set_dest(c, t->authority.host.p, t->authority.host.n, port);
	endpoint_want_read(&c->client, false);
	conn_set_deadline(c, DEADLINE_NONE);
	x->dialling = true;
	conn_dial(c);
	return false;
}

/* A whole head stands at the start of the client's input: refuse it, answer it, or send it on. */
static void
request_head(struct conn *c, size_t n)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct h1_fault fault;

	if (h1_check_request(h, &x->request, &fault)) {
		refuse(c, fault.status, fault.why, NULL);
	} else if (x->request.is_connect) {
		refuse(c, 400, "CONNECT inside a connection that already has a server", NULL);
	} else if (x->tunnel && !tunnel_accepts(c)) {
		refuse(c, 421, "the request target names another host than the tunnel", NULL);
	} else if (!x->tunnel && x->request.target.form != URL_ABSOLUTE) {
		refuse(c, 400, "a request to a proxy must name the server: GET http://host/path",
		    "Set this address as the client's HTTP proxy instead of opening it");
	} else if (!x->tunnel && !span_ieq(x->request.target.scheme, SPAN_LIT("http"))) {
		refuse(c, 400, "only http: targets can be asked for without CONNECT", NULL);
	} else if (!request_answered_here(c, h, n) && (x->tunnel || proxy_routed(c))) {
		request_forward(c, h, n);
	}
}

static void
client_gone(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;
	char why[128];

	if (!x->flow && !endpoint_input(&c->client).n) {
		conn_close_gently(c, FLOW_S_DONE, x->served ? NULL : "client closed without a request", NULL);
		return;
	}
	row_for_fault(c);
	snprintf(why, sizeof why, "client %s %s", r == EP_BROKEN ? "reset" : "closed",
	    x->busy ? (x->up.body.done || x->request.framing == H1_BODY_NONE
	                      ? "before the answer was complete"
	                      : "in the middle of the request body")
	            : "in the middle of a request head");
	exchange_end(c, FLOW_S_ERROR, why, NULL);
	conn_close(c, FLOW_S_ERROR, why, NULL);
}

/* Looks for a request head in the client's input; at the end of input goes on reading. */
static void
client_head(struct conn *c)
{
	struct span in = endpoint_input(&c->client);
	struct h1_fault fault;

	if (in.n == 0)
		return;
	long n = h1_parse_request(in.p, in.n, &c->client.in.scan, &c->worker->head, &fault);
	if (n > 0) {
		c->client.in.scan = 0;
		request_head(c, (size_t)n);
	} else if (n < 0) {
		((struct http1 *)c->drive_state)->request.is_head = false;
		refuse(c, fault.status, fault.why, NULL);
	} else {
		if (c->deadline != DEADLINE_HEAD)
			conn_set_deadline(c, DEADLINE_HEAD);
		if (c->client.in.end == c->client.in.b->cap)
			endpoint_grow(&c->client, HTTP_HEAD_MAX_BYTES + 2);
	}
}

static bool
request_done(const struct http1 *x)
{
	return x->up.body.done || x->request.framing == H1_BODY_NONE;
}

static void exchange_finish(struct conn *c);

/* Uses what stands in the client's input. */
static void
client_input(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct h1_fault fault;

	if (!x->busy && !x->dialling)
		client_head(c);
	if (c->phase != CONN_DRIVE || !x->busy || request_done(x))
		return;
	if (endpoint_input(&c->client).n == 0)
		return;
	if (!c->server.open || c->server.broken) { /* nobody wants the rest of the body */
		endpoint_consume(&c->client, endpoint_input(&c->client).n);
	} else if (relay_body(c, &x->up, &c->client, &c->server, &fault)) {
		refuse(c, fault.status, fault.why, NULL);
		return;
	}
	if (!request_done(x))
		return;
	if (x->answered)
		exchange_finish(c);
	else if (!x->answer_begun)
		report_state(c, x->flow, FLOW_S_WAIT, FLOW_H1);
}

static void
client_ended(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;

	endpoint_want_read(&c->client, false);
	/* A client may half-close after its request and still wants the answer (S004-20). */
	if (r != EP_BROKEN && x->busy && request_done(x)) {
		conn_set_deadline(c, DEADLINE_HALF_CLOSE);
		return;
	}
	if (r != EP_BROKEN && x->dialling)
		return;
	client_gone(c, r);
}

static void
client_readable(struct conn *c)
{
	struct http1 *x = c->drive_state;
	enum endpoint_result r = EP_OK;

	client_input(c);
	for (size_t n = 0; c->phase == CONN_DRIVE && n < HTTP1_BUDGET_BYTES;) {
		if (conn_congested(c))
			return;
		if (c->server.open && endpoint_backlog(&c->server)) {
			endpoint_want_read(&c->client, false);
			return;
		}
		/* While an answer is awaited one block of look-ahead is enough to notice that the client leaves. */
		if ((x->dialling || (x->busy && request_done(x))) && endpoint_input(&c->client).n) {
			endpoint_want_read(&c->client, false);
			return;
		}
		if (c->client.eof) {
			client_ended(c, EP_EOF);
			return;
		}
		r = endpoint_read(&c->client);
		if (r != EP_OK)
			break;
		n += endpoint_input(&c->client).n;
		client_input(c);
		if (c->phase != CONN_DRIVE)
			return;
		if (!endpoint_pending(&c->client)) {
			r = EP_AGAIN;
			break;
		}
	}
	if (c->phase != CONN_DRIVE)
		return;
	if (r == EP_FULL) {
		endpoint_want_read(&c->client, false);
		return;
	}
	if (!x->busy || request_done(x))
		endpoint_release_input(&c->client);
	if (r == EP_OK) {
		worker_make_ready(c->worker, c);
		endpoint_want_read(&c->client, true);
	} else if (r == EP_AGAIN) {
		endpoint_want_read(&c->client, true);
	} else {
		client_ended(c, r);
	}
}

/* ---- the response ---- */

static void exchange_next(struct conn *c);

/* The exchange is over when both its messages are. */
static void
exchange_finish(struct conn *c)
{
	struct http1 *x = c->drive_state;
	bool persists = x->response.persists && !c->server.eof && c->server.open;
	bool close = !x->request.persists || x->say_close || (x->tunnel && !persists);

	exchange_end(c, FLOW_S_DONE, NULL, NULL);
	x->busy = x->answer_begun = x->answered = false;
	x->served++;
	if (close) {
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	if (!persists || endpoint_input(&c->server).n) /* surplus bytes belong to no request (R-P28) */
		server_drop(c);
	if (x->tunnel && !c->server.open) {
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	exchange_next(c);
}

/* The client's next request, if it is there already, is served after the current callback: recursion
 * through a pipeline would have no bound. */
static void
exchange_next(struct conn *c)
{
	conn_set_deadline(c, DEADLINE_IDLE);
	if (c->client.eof && !endpoint_input(&c->client).n) {
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	if (endpoint_input(&c->client).n)
		worker_make_ready(c->worker, c);
	else
		endpoint_want_read(&c->client, true);
}

static void
response_done(struct conn *c)
{
	struct http1 *x = c->drive_state;

	x->answered = true;
	if (request_done(x)) {
		exchange_finish(c);
		return;
	}
	/* A final answer before the whole request: the rest of the body goes on while the server takes it. */
	if (!c->server.open || c->server.eof || !x->response.persists) {
		exchange_end(c, FLOW_S_DONE, "server answered before the whole request had come", NULL);
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	}
}

static void
upgrade(struct conn *c)
{
	struct http1 *x = c->drive_state;
	const struct http_field *to = http_head_find(&c->worker->head, HTTP_F_UPGRADE);
	bool ws = to && span_ieq(to->value, SPAN_LIT("websocket"));
	flow_key flow = x->flow;

	report_state(c, flow, FLOW_S_STREAM, ws ? FLOW_WS : FLOW_H1);
	COUNTER_ADD(c->worker->counters->busy, (uint64_t)-1);
	free(x);
	c->drive_state = NULL;
	drive_raw_take(c, flow);
}

static bool
send_response_head(struct conn *c, const struct http_head *h, const struct h1_response *r)
{
	struct http1 *x = c->drive_state;
	struct buf *out = &c->worker->text;
	struct h1_response_how how = {.unchunk = x->down.unchunk, .close = x->say_close, .via = via_text(c)};

	if (r->verbatim && !how.unchunk && !how.close && !how.via.n)
		return endpoint_write(&c->client, h->raw.p, h->raw.n);
	buf_clear(out);
	if (h1_write_response(out, h, r, &how))
		return false;
	return endpoint_write(&c->client, out->p, out->n);
}

static void
interim_head(struct conn *c, const struct http_head *h, const struct h1_response *r, size_t n)
{
	struct http1 *x = c->drive_state;

	if (++x->interim > HTTP1_INTERIM_MAX) {
		server_fault(c, "server sent too many interim (1xx) responses");
		return;
	}
	/* No 1xx to an HTTP/1.0 client (RFC 9110 15.2). */
	if (x->client_minor >= 1) {
		struct http1_dir keep = x->down;
		bool say_close = x->say_close;
		x->down.unchunk = x->say_close = false;
		send_response_head(c, h, r);
		x->down = keep;
		x->say_close = say_close;
	}
	endpoint_consume(&c->server, n);
}

static void
final_head(struct conn *c, const struct http_head *h, size_t n)
{
	struct http1 *x = c->drive_state;
	const struct h1_response *r = &x->response;
	bool body = r->framing != H1_BODY_NONE;

	x->down = (struct http1_dir){.unchunk = x->client_minor == 0 && r->framing == H1_BODY_CHUNKED};
	h1_body_init(&x->down.body, r->framing, r->length);
	/* The client must know when its connection will not last: it lives and dies with the tunnel's server. */
	x->say_close = !r->upgraded && (!x->request.persists || x->down.unchunk ||
	    r->framing == H1_BODY_CLOSE || (x->tunnel && !r->persists));
	hist_add(&c->worker->counters->ttfb_us, (c->worker->now_ns - x->start_ns) / 1000);
	report_response(c, x->flow, h, body);
	x->answer_begun = true;
	x->answered = false;
	if (!send_response_head(c, h, r)) {
		server_fault(c, "the response head is too large");
		return;
	}
	bool upgraded = r->upgraded;
	if (upgraded)
		upgrade(c); /* reads the head, which lies in the input */
	endpoint_consume(&c->server, n);
	if (!upgraded && !body)
		response_done(c);
}

static void
server_head(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct span in = endpoint_input(&c->server);
	struct h1_response r;
	struct h1_fault fault;

	long n = h1_parse_response(in.p, in.n, &c->server.in.scan, h, &fault);
	if (n == 0) {
		if (c->server.in.end == c->server.in.b->cap)
			endpoint_grow(&c->server, HTTP_HEAD_MAX_BYTES + 2);
		return;
	}
	if (n < 0 || h1_check_response(h, &x->request, &r, &fault)) {
		char why[200];
		snprintf(why, sizeof why, "server's response: %s", fault.why);
		server_fault(c, why);
		return;
	}
	c->server.in.scan = 0;
	if (r.interim) {
		interim_head(c, h, &r, (size_t)n);
		return;
	}
	x->response = r;
	final_head(c, h, (size_t)n);
}

static bool
awaiting_head(const struct http1 *x)
{
	return !x->answer_begun;
}

/* Uses what stands in the server's input, until it needs more or the exchange is over. */
static void
server_input(struct conn *c)
{
	struct h1_fault fault = {502, "broken body"};

	while (c->phase == CONN_DRIVE && c->drive == &drive_http1 && endpoint_input(&c->server).n) {
		struct http1 *x = c->drive_state;
		size_t before = endpoint_input(&c->server).n;
		if (!x->busy || x->answered) { /* surplus */
			if (x->answered)
				return;
			server_drop(c);
			if (x->tunnel)
				conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
			return;
		}
		if (awaiting_head(x)) {
			server_head(c);
		} else if (relay_body(c, &x->down, &c->server, &c->client, &fault)) {
			char why[200];
			snprintf(why, sizeof why, "server's response: %s", fault.why);
			server_fault(c, why);
			return;
		} else if (x->down.body.done) {
			response_done(c);
			return;
		}
		if (c->phase == CONN_DRIVE && endpoint_input(&c->server).n == before)
			return;
	}
}

static void
server_ended(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;
	const char *how = r == EP_BROKEN ? "reset the connection" : "closed the connection";
	char why[128];

	endpoint_want_read(&c->server, false);
	if (x->busy && x->answer_begun && !x->answered && x->response.framing == H1_BODY_CLOSE &&
	    r != EP_BROKEN) {
		/* EP_TRUNCATED too: half the servers end so, and only this framing cannot tell (P23). */
		x->answered = true;
		exchange_end(c, FLOW_S_DONE,
		    r == EP_TRUNCATED ? "server closed without close_notify: the body may be cut short" : NULL,
		    NULL);
		x->busy = false;
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	} else if (x->busy && !x->answered) {
		snprintf(why, sizeof why, "server %s %s", how,
		    x->answer_begun                  ? "in the middle of the response"
		        : endpoint_input(&c->server).n ? "in the middle of the response head"
		                                       : "without an answer");
		server_fault(c, why);
	} else if (x->busy) {
		response_done(c); /* answered early: the rest of the request has no reader */
	} else {
		server_drop(c);
		if (x->tunnel)
			conn_close_gently(c, FLOW_S_DONE, x->served ? NULL : "server closed before a request", NULL);
	}
}

static void
server_readable(struct conn *c)
{
	enum endpoint_result r = EP_OK;

	if (!c->server.open)
		return;
	server_input(c);
	for (size_t n = 0; n < HTTP1_BUDGET_BYTES;) {
		if (c->phase != CONN_DRIVE || c->drive != &drive_http1 || !c->server.open)
			return;
		if (conn_congested(c))
			return;
		if (c->client.broken) {
			client_gone(c, EP_BROKEN);
			return;
		}
		if (endpoint_backlog(&c->client)) {
			endpoint_want_read(&c->server, false);
			return;
		}
		r = endpoint_read(&c->server);
		if (r != EP_OK)
			break;
		n += endpoint_input(&c->server).n;
		server_input(c);
		if (c->server.open && !endpoint_pending(&c->server)) {
			r = EP_AGAIN;
			break;
		}
	}
	if (c->phase != CONN_DRIVE || c->drive != &drive_http1 || !c->server.open)
		return;
	endpoint_release_input(&c->server);
	if (r == EP_OK || r == EP_AGAIN) {
		endpoint_want_read(&c->server, true);
		if (r == EP_OK)
			worker_make_ready(c->worker, c);
	} else {
		server_ended(c, r);
	}
}

/* ---- the table ---- */

static void
http1_open(struct conn *c)
{
	struct http1 *x = mem_zalloc(sizeof *x);

	x->tunnel = c->server.open;
	c->drive_state = x;
	endpoint_want_read(&c->client, true);
	if (x->tunnel)
		endpoint_want_read(&c->server, true);
	if (endpoint_input(&c->client).n || endpoint_pending(&c->client))
		client_readable(c);
}

static void
http1_readable(struct conn *c, struct endpoint *ep)
{
	if (ep == &c->client)
		client_readable(c);
	else
		server_readable(c);
}

static void
http1_drained(struct conn *c, struct endpoint *ep)
{
	if (ep->broken && ep == &c->client) {
		client_gone(c, EP_BROKEN);
	} else if (ep == &c->client) {
		server_readable(c);
	} else if (!ep->broken) {
		client_readable(c);
	} else {
		server_readable(c); /* what it had sent before may still be an answer */
	}
}

static void
http1_dialled(struct conn *c, const struct dial_result *r)
{
	struct http1 *x = c->drive_state;

	x->dialling = false;
	if (r->failure == DIAL_OK) {
		conn_server_up(c, r);
		endpoint_want_read(&c->server, true);
		conn_set_deadline(c, DEADLINE_IDLE);
		client_readable(c); /* the head still stands in the input */
		return;
	}
	struct http_head *h = &c->worker->head;
	struct h1_fault fault;
	struct span in = endpoint_input(&c->client);
	size_t scan = 0;
	/* The row shows the request that could not be sent. */
	if (h1_parse_request(in.p, in.n, &scan, h, &fault) > 0 &&
	    h1_check_request(h, &x->request, &fault) == 0) {
		row_for_fault(c);
		x->start_ns = c->worker->now_ns;
		report_request_head(c, h);
	}
	refuse(c, refuse_dial_status(r), r->why, refuse_dial_remedy(r));
}

static void
http1_expired(struct conn *c, const char *why)
{
	struct http1 *x = c->drive_state;

	if (x->busy && !x->answer_begun)
		refuse(c, request_done(x) ? 504 : 408, why, NULL);
	else if (!x->busy && c->deadline == DEADLINE_HEAD)
		refuse(c, 408, why, NULL);
	else
		conn_close(c, x->busy ? FLOW_S_ERROR : FLOW_S_DONE, why, NULL);
}

static void
http1_close(struct conn *c, int state, const char *why, const char *remedy)
{
	exchange_end(c, (enum flow_state)state, why, remedy);
	free(c->drive_state);
	c->drive_state = NULL;
}

const struct drive_ops drive_http1 = {
    .name = "http1",
    .open = http1_open,
    .readable = http1_readable,
    .drained = http1_drained,
    .dialled = http1_dialled,
    .expired = http1_expired,
    .close = http1_close,
};
