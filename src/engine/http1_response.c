/* SPDX-License-Identifier: MIT
 * The HTTP/1.1 driver's response direction: heads from the server, their bodies, upgrades, early ends. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/drive.h"
#include "engine/drive_http1.h"
#include "engine/drive_raw.h"
#include "engine/drive_websocket.h"
#include "engine/hold.h"
#include "engine/report.h"
#include "engine/worker.h"

enum { HTTP1_INTERIM_MAX = 256 }; /* 1xx answers to one request (T63) */

void
http1_response_done(struct conn *c)
{
	struct http1 *x = c->drive_state;

	x->answered = true;
	if (http1_request_done(x)) {
		http1_finish(c);
		return;
	}
	/* A final answer before the whole request: the rest of the body goes on while the server takes it. */
	if (!c->server.open || c->server.eof || !x->response.persists) {
		http1_end(c, FLOW_S_DONE, "server answered before the whole request had come", NULL);
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	}
}

static void
upgrade(struct conn *c)
{
	struct http1 *x = c->drive_state;

	if (c->replay) {
		http1_end(c, FLOW_S_DONE, "the server switched protocols: a replay ends here", NULL);
		conn_close(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	const struct http_field *to = http_head_find(&c->worker->head, HTTP_F_UPGRADE);
	bool ws = to && span_ieq(to->value, SPAN_LIT("websocket"));
	flow_key flow = x->flow;

	report_state(c, flow, FLOW_S_STREAM, ws ? FLOW_WS : FLOW_H1);
	COUNTER_ADD(c->worker->counters->busy, (uint64_t)-1);
	char *request = x->request_head ? mem_dup(x->request_head, x->request_head_n) : NULL;
	size_t request_n = x->request_head_n;
	http1_forget_request(c);
	free(x);
	c->drive_state = NULL;
	if (ws)
		drive_websocket_take(c, flow, span_of(request, request_n), &c->worker->head);
	else
		drive_raw_take(c, flow);
	if (!ws)
		free(request);
}

bool
http1_send_response_head(struct conn *c, const struct http_head *h, const struct h1_response *r)
{
	struct http1 *x = c->drive_state;
	struct buf *out = &c->worker->text;
	struct h1_response_how how = {.unchunk = x->down.unchunk, .close = x->say_close, .via = http1_via(c)};

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
		http1_server_fault(c, "server sent too many interim (1xx) responses");
		return;
	}
	/* No 1xx to an HTTP/1.0 client (RFC 9110 15.2); 100 only once. */
	if (x->client_minor >= 1 && !(h->status == 100 && x->continued)) {
		struct http1_dir keep = x->down;
		bool say_close = x->say_close;
		x->down.unchunk = x->say_close = false;
		http1_send_response_head(c, h, r);
		x->down = keep;
		x->say_close = say_close;
	}
	endpoint_consume(&c->server, n);
}

bool
http1_must_close(struct conn *c, const struct h1_response *r, bool server_persists)
{
	const struct http1 *x = c->drive_state;

	/* A client that awaits a body and gets none, or the other way round, must not look for its next answer in this one. */
	return !r->upgraded && (!x->request.persists || x->down.unchunk || c->worker->draining ||
	    x->client_head != x->request.is_head ||
	    r->framing == H1_BODY_CLOSE || (x->tunnel && (!server_persists || x->misframed)));
}

static void
final_head(struct conn *c, const struct http_head *h, size_t n)
{
	struct http1 *x = c->drive_state;
	const struct h1_response *r = &x->response;
	bool body = r->framing != H1_BODY_NONE;

	x->down = (struct http1_dir){.unchunk = x->client_minor == 0 && r->framing == H1_BODY_CHUNKED};
	h1_body_init(&x->down.body, r->framing, r->length);
	x->say_close = http1_must_close(c, r, r->persists);
	hist_add(&c->worker->counters->ttfb_us, (c->worker->now_ns - x->start_ns) / 1000);
	report_response(c, x->flow, h, body);
	if (c->worker->rules && !r->upgraded && hold_response(c, h, n))
		return;
	x->answer_begun = true;
	x->answered = false;
	if (!http1_send_response_head(c, h, r)) {
		http1_server_fault(c, "the response head is too large");
		return;
	}
	bool upgraded = r->upgraded;
	if (upgraded)
		upgrade(c); /* reads the head, which lies in the input */
	if (c->phase == CONN_DEAD)
		return;
	endpoint_consume(&c->server, n);
	if (!upgraded && !body)
		http1_response_done(c);
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
		http1_server_fault(c, why);
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
			http1_server_drop(c);
			if (x->tunnel)
				conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
			return;
		}
		bool gather = x->down.sink;
		if (awaiting_head(x) && !gather) {
			server_head(c);
			if (c->phase != CONN_DRIVE || (c->drive == &drive_http1 && x->hold && !x->down.sink))
				return;
		} else if (http1_relay_body(c, &x->down, &c->server, &c->client, &fault)) {
			char why[200];
			snprintf(why, sizeof why, "server's response: %s", fault.why);
			http1_server_fault(c, why);
			return;
		} else if (gather) {
			bool done = x->down.body.done;
			hold_gathered(c, done);
			if (done)
				return;
		} else if (x->down.body.done) {
			http1_response_done(c);
			return;
		}
		if (c->phase == CONN_DRIVE && endpoint_input(&c->server).n == before)
			return;
	}
}

static const char truncated[] = "server closed without close_notify: the body may be cut short";

static void
server_ended(struct conn *c, enum endpoint_result r)
{
	struct http1 *x = c->drive_state;
	const char *how = r == EP_BROKEN ? "reset the connection" : "closed the connection";
	char why[128];

	endpoint_want_read(&c->server, false);
	if (x->down.sink && x->response.framing == H1_BODY_CLOSE && r != EP_BROKEN) {
		if (r == EP_TRUNCATED)
			x->note = truncated;
		http1_server_drop(c);
		hold_gathered(c, true);
	} else if (x->busy && x->answer_begun && !x->answered && x->response.framing == H1_BODY_CLOSE &&
	    r != EP_BROKEN) {
		/* EP_TRUNCATED too: half the servers end so, and only this framing cannot tell (P23). */
		x->answered = true;
		http1_end(c, FLOW_S_DONE, r == EP_TRUNCATED ? truncated : NULL, NULL);
		x->busy = false;
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	} else if (x->busy && !x->answered) {
		snprintf(why, sizeof why, "server %s %s", how,
		    x->answer_begun || x->down.sink  ? "in the middle of the response"
		        : endpoint_input(&c->server).n ? "in the middle of the response head"
		                                       : "without an answer");
		http1_server_fault(c, why);
	} else if (x->busy) {
		http1_response_done(c); /* answered early: the rest of the request has no reader */
	} else {
		http1_server_drop(c);
		if (x->tunnel)
			conn_close_gently(c, FLOW_S_DONE, x->served ? NULL : "server closed before a request", NULL);
	}
}

void
http1_server_readable(struct conn *c)
{
	enum endpoint_result r = EP_OK;

	struct http1 *x = c->drive_state;

	if (!c->server.open || (x->hold && hold_server_readable(c)))
		return;
	server_input(c);
	for (size_t n = 0; n < HTTP1_BUDGET_BYTES;) {
		if (c->phase != CONN_DRIVE || c->drive != &drive_http1 || !c->server.open)
			return;
		x = c->drive_state;
		if (x->hold && hold_server_readable(c))
			return;
		if (conn_congested(c))
			return;
		if (c->client.broken) {
			http1_client_gone(c, EP_BROKEN);
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
