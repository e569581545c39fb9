/* SPDX-License-Identifier: MIT
 * The HTTP/1.1 driver's request direction: heads from the client, where they go, their bodies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "engine/ca_page.h"
#include "engine/conn.h"
#include "engine/drive_http1.h"
#include "engine/engine_internal.h"
#include "engine/hold.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

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

/* Where a request on the proxy port goes. An edited one may have an origin-form target: then Host says it. */
static const struct url_authority *
proxy_authority(const struct http1 *x, uint16_t *port)
{
	const struct h1_request *q = &x->request;
	const struct url_authority *a =
	    q->target.form == URL_ABSOLUTE ? &q->target.authority : &q->host;

	*port = a->has_port ? a->port : 80;
	return a;
}

void
http1_request_facts(struct conn *c, const struct http_head *h, struct report_request *r)
{
	struct http1 *x = c->drive_state;
	const struct h1_request *q = &x->request;
	bool absolute = q->target.form == URL_ABSOLUTE;

	(void)h;
	*r = (struct report_request){
	    .flow = x->flow,
	    .host = absolute ? q->target.authority.host : q->host.host,
	    .path = absolute && !q->target.path.n ? SPAN_NONE : q->target.path,
	    .port = c->port,
	    .tls = c->inner,
	    .has_body = q->framing != H1_BODY_NONE,
	};
	if (!x->tunnel)
		proxy_authority(x, &r->port);
}

void
http1_take_row(struct conn *c, const struct http_head *h)
{
	struct http1 *x = c->drive_state;
	struct report_request r;

	x->flow = c->flow ? c->flow : worker_key(c->worker);
	c->flow = 0;
	x->start_ns = c->worker->now_ns;
	x->answer_begun = x->answered = x->continued = false;
	x->interim = 0;
	x->note = NULL;
	x->client_minor = h->minor;
	x->client_head = x->request.is_head;
	COUNTER_ADD(c->worker->counters->busy, 1);
	http1_request_facts(c, h, &r);
	report_request(c, h, &r);
	x->up = (struct http1_dir){0};
	h1_body_init(&x->up.body, x->request.framing, x->request.length);
}

void
http1_remember_request(struct conn *c, struct span head)
{
	struct http1 *x = c->drive_state;
	const struct rules *rules = c->worker->rules;

	http1_forget_request(c);
	x->request_head = mem_dup(head.p, head.n);
	x->request_head_n = head.n;
	buf_init(&x->request_body, c->worker->config->hold_max_bytes);
	x->up.copy = rules && rules->response_bodies;
	x->request_body_lost = !x->up.copy;
}

void
http1_forget_request(struct conn *c)
{
	struct http1 *x = c->drive_state;

	if (!x->request_head)
		return;
	free(x->request_head);
	x->request_head = NULL;
	x->up.copy = false;
	atomic_fetch_sub_explicit(&c->worker->engine->hold_bytes, x->request_body.n, memory_order_relaxed);
	buf_fini(&x->request_body);
}

bool
http1_send_request_head(struct conn *c, const struct http_head *h)
{
	struct http1 *x = c->drive_state;
	struct buf *out = &c->worker->text;
	char host[300];

	if (x->request.verbatim && !http1_via(c).n) {
		endpoint_write(&c->server, h->raw.p, h->raw.n);
		return true;
	}
	buf_clear(out);
	if (h1_write_request(out, h, &x->request, host_fallback(c, host, sizeof host), http1_via(c)))
		return false;
	endpoint_write(&c->server, out->p, out->n);
	return true;
}

/* Sends the head on and takes the row; the body follows. */
static void
request_forward(struct conn *c, const struct http_head *h, size_t n)
{
	struct http1 *x = c->drive_state;

	http1_take_row(c, h);
	if (c->worker->config->rules_come)
		http1_remember_request(c, h->raw);
	if (!http1_send_request_head(c, h)) {
		http1_refuse(c, 431, "the request head is too large", NULL);
		return;
	}
	x->judged = false;
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
	http1_take_row(c, h);
	buf_clear(out);
	buf_addf(out, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
	    trace ? "Content-Type: message/http\r\n" : "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE\r\n",
	    trace ? h->raw.n : (size_t)0);
	if (trace)
		buf_add_span(out, h->raw);
	endpoint_write(&c->client, out->p, out->n);
	endpoint_consume(&c->client, n);
	http1_end(c, FLOW_S_DONE, "Max-Forwards was 0: answered by the proxy", NULL);
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

/* Is it asked of the proxy itself? */
static bool
request_is_own(struct conn *c)
{
	const struct http1 *x = c->drive_state;
	const struct url_target *t = &x->request.target;
	bool absolute = t->form == URL_ABSOLUTE;

	if (x->request.is_connect)
		return false;
	if (c->own)
		return tunnel_accepts(c);
	if (x->tunnel || (absolute && !span_ieq(t->scheme, SPAN_LIT("http"))))
		return false;
	return ca_page_is_at(c->worker, absolute ? t->authority.host : x->request.host.host);
}

/* Rules are not asked: it goes nowhere. */
static void
request_own(struct conn *c, const struct http_head *h, size_t n)
{
	struct intent_message *m = ca_page_new(c, h);

	http1_take_row(c, h);
	endpoint_consume(&c->client, n);
	ca_page_send(c, m);
}

const char *
http1_misdirected(struct conn *c)
{
	const struct http1 *x = c->drive_state;
	const struct url_target *t = &x->request.target;

	if (x->request.is_connect)
		return "CONNECT inside a connection that already has a server";
	if (x->tunnel)
		return tunnel_accepts(c) ? NULL : "the request target names another host than the tunnel";
	if (t->form == URL_ABSOLUTE && !span_ieq(t->scheme, SPAN_LIT("http")))
		return "only http: targets can be asked for without CONNECT";
	return NULL;
}

bool
http1_routed(struct conn *c)
{
	struct http1 *x = c->drive_state;
	uint16_t port;
	bool usable = c->server.open && !c->server.eof && !c->server.broken;

	if (x->tunnel) {
		if (usable)
			return true;
		http1_server_drop(c);
	} else {
		const struct url_authority *a = proxy_authority(x, &port);
		if (usable && same_host(c, a, port))
			return true;
		http1_server_drop(c);
		conn_set_dest(c, a->host.p, a->host.n, port);
	}
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
	const char *astray = NULL;

	if (h1_check_request(h, &x->request, &fault)) {
		http1_refuse(c, fault.status, fault.why, NULL);
	} else if (request_is_own(c)) {
		request_own(c, h, n);
	} else if (!x->tunnel && !x->request.is_connect && x->request.target.form != URL_ABSOLUTE) {
		http1_refuse(c, 400, "a request to a proxy must name the server: GET http://host/path",
		    "Set this address as the client's HTTP proxy instead of opening it");
	} else if ((astray = http1_misdirected(c))) {
		http1_refuse(c, x->tunnel && !x->request.is_connect ? 421 : 400, astray, NULL);
	} else if (!request_answered_here(c, h, n)) {
		if (c->worker->rules && !x->judged && hold_request(c, h, n))
			return;
		x->judged = true; /* the same head comes here again once its server is reached */
		if (http1_routed(c))
			request_forward(c, h, n);
	}
}

void
http1_client_gone(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;
	char why[128];

	if (!x->flow && !endpoint_input(&c->client).n) {
		conn_close_gently(c, FLOW_S_DONE, x->served ? NULL : "client closed without a request", NULL);
		return;
	}
	http1_need_row(c);
	if (x->hold && x->hold->stage == HOLD_HELD)
		snprintf(why, sizeof why, "client %s after %u s while the %s was held",
		    r == EP_BROKEN ? "reset" : "closed",
		    (unsigned)((c->worker->now_ns - x->hold->since_ns) / 1000000000u),
		    x->hold->dir == FLOW_REQUEST ? "request" : "response");
	else
		snprintf(why, sizeof why, "client %s %s", r == EP_BROKEN ? "reset" : "closed",
	    x->busy ? (x->up.body.done || x->request.framing == H1_BODY_NONE
	                      ? "before the answer was complete"
	                      : "in the middle of the request body")
	            : "in the middle of a request head");
	http1_end(c, FLOW_S_ERROR, why, NULL);
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
		http1_refuse(c, fault.status, fault.why, NULL);
	} else {
		if (c->deadline != DEADLINE_HEAD)
			conn_set_deadline(c, DEADLINE_HEAD);
		if (c->client.in.end == c->client.in.b->cap)
			endpoint_grow(&c->client, HTTP_HEAD_MAX_BYTES + 2);
	}
}

/* Uses what stands in the client's input. */
static void
client_input(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct h1_fault fault;

	if (!x->busy && !x->dialling)
		client_head(c);
	if (c->phase != CONN_DRIVE || !x->busy || http1_request_done(x))
		return;
	if (endpoint_input(&c->client).n == 0 || (x->hold && x->hold->stage == HOLD_GO))
		return;
	bool gather = x->up.sink;
	if (!gather && (!c->server.open || c->server.broken)) { /* nobody wants the rest of the body */
		endpoint_consume(&c->client, endpoint_input(&c->client).n);
	} else if (http1_relay_body(c, &x->up, &c->client, &c->server, &fault)) {
		http1_refuse(c, fault.status, fault.why, NULL);
		return;
	}
	if (gather) {
		hold_gathered(c, http1_request_done(x));
		return;
	}
	if (!http1_request_done(x))
		return;
	if (x->answered)
		http1_finish(c);
	else if (!x->answer_begun && !x->hold)
		report_state(c, x->flow, FLOW_S_WAIT, FLOW_H1);
}

static void
client_ended(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;

	endpoint_want_read(&c->client, false);
	/* A client may half-close after its request and still wants the answer (S004-20). */
	if (r != EP_BROKEN && x->busy && http1_request_done(x)) {
		conn_set_deadline(c, DEADLINE_HALF_CLOSE);
		return;
	}
	if (r != EP_BROKEN && x->dialling)
		return;
	http1_client_gone(c, r);
}

/* The next request waits until the answers before it are on their way: those that are made here would fill the memory for a client that
 * asks and reads nothing. */
static bool
client_owes(struct conn *c)
{
	const struct http1 *x = c->drive_state;

	if (x->busy || x->dialling || x->hold || c->client.broken || !endpoint_backlog(&c->client))
		return false;
	endpoint_want_read(&c->client, false);
	return true;
}

void
http1_client_readable(struct conn *c)
{
	struct http1 *x = c->drive_state;
	enum endpoint_result r = EP_OK;

	if (!c->client.open || (x->hold && hold_client_readable(c)) || client_owes(c))
		return;
	client_input(c);
	for (size_t n = 0; c->phase == CONN_DRIVE && n < HTTP1_BUDGET_BYTES;) {
		if (x->hold && hold_client_readable(c))
			return;
		if (conn_congested(c) || client_owes(c))
			return;
		if (c->server.open && endpoint_backlog(&c->server)) {
			endpoint_want_read(&c->client, false);
			return;
		}
		/* While an answer is awaited one block of look-ahead is enough to notice that the client leaves. */
		if ((x->dialling || (x->busy && http1_request_done(x))) && endpoint_input(&c->client).n) {
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
	if (!x->busy || http1_request_done(x))
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
