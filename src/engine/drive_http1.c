/* SPDX-License-Identifier: MIT
 * The HTTP/1.1 driver: requests one after another on the client's connection, each with a flow of its own.
 * A request is read, checked, sent on and answered before the next is looked at, so pipelined requests are
 * answered in order and nothing is pipelined to the server. Bodies stream both ways at once. Inside a
 * tunnel the one server is the tunnel's; on the proxy port each request names its own. This file holds the
 * table, and the ends of an exchange; http1_request.c and http1_response.c the two directions. */
#include "engine/drive_http1.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/dial.h"
#include "engine/drive.h"
#include "engine/hold.h"
#include "engine/intercept.h"
#include "engine/refuse.h"
#include "engine/report.h"
#include "engine/worker.h"

struct span
http1_via(const struct conn *c)
{
	return c->worker->config->via ? SPAN_LIT("1.1 mitmtop") : SPAN_NONE;
}

/* ---- ends ---- */

void
http1_end(struct conn *c, enum flow_state state, const char *why, const char *remedy)
{
	struct http1 *x = c->drive_state;

	if (!x->flow)
		return;
	if (x->hold)
		hold_over(x->hold);
	hist_add(&c->worker->counters->total_us, (c->worker->now_ns - x->start_ns) / 1000);
	report_flow_end(c, x->flow, state, why, remedy);
	COUNTER_ADD(c->worker->counters->busy, (uint64_t)-1);
	http1_forget_request(c);
	x->flow = 0;
}

/* A row for what came before a request head could be read. */
void
http1_need_row(struct conn *c)
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

static void
refuse(struct conn *c, enum flow_state state, int status, const char *why, const char *remedy)
{
	struct http1 *x = c->drive_state;

	http1_need_row(c);
	if (!x->answer_begun) {
		report_refusal(c, x->flow, status, FLOW_H1);
		conn_refusal(c->worker, status, why, remedy, !x->request.is_head);
		endpoint_write(&c->client, c->worker->text.p, c->worker->text.n);
	}
	http1_end(c, state, why, remedy);
	conn_close_gently(c, state, why, remedy);
}

/* Answers the client ourselves, if no answer has begun, and closes. */
void
http1_refuse(struct conn *c, int status, const char *why, const char *remedy)
{
	refuse(c, FLOW_S_ERROR, status, why, remedy);
}

/* The server broke the exchange: 502 when the client has seen nothing of an answer; else the answer is cut
 * short, never made to look complete (R-P04, R-P05). */
void
http1_server_fault(struct conn *c, const char *why)
{
	struct http1 *x = c->drive_state;

	if (x->answer_begun) {
		http1_end(c, FLOW_S_ERROR, why, NULL);
		conn_close(c, FLOW_S_ERROR, why, NULL);
	} else {
		http1_refuse(c, 502, why, NULL);
	}
}

void
http1_server_drop(struct conn *c)
{
	if (!c->server.open)
		return;
	endpoint_shutdown(&c->server);
	endpoint_close(&c->server);
	COUNTER_ADD(c->worker->counters->server_open, (uint64_t)-1);
}

static void exchange_next(struct conn *c);

void
http1_answered(struct conn *c, const char *why, bool close)
{
	struct http1 *x = c->drive_state;

	http1_end(c, FLOW_S_DONE, why, NULL);
	x->busy = x->answer_begun = x->answered = x->judged = x->misframed = false;
	x->served++;
	if (close)
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
	else
		exchange_next(c);
}

/* The exchange is over when both its messages are. */
void
http1_finish(struct conn *c)
{
	struct http1 *x = c->drive_state;
	bool persists = x->response.persists && !x->misframed && !c->server.eof && c->server.open;
	bool close = !x->request.persists || x->say_close || (x->tunnel && !persists) || c->replay;

	http1_end(c, FLOW_S_DONE, x->note, NULL);
	x->busy = x->answer_begun = x->answered = x->judged = x->misframed = false;
	x->served++;
	if (close) {
		conn_close_gently(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	if (!persists || endpoint_input(&c->server).n) /* surplus bytes belong to no request (R-P28) */
		http1_server_drop(c);
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

/* ---- the table ---- */

static void
http1_open(struct conn *c)
{
	struct http1 *x = mem_zalloc(sizeof *x);

	x->tunnel = c->server.open || c->replay || c->own;
	c->drive_state = x;
	endpoint_want_read(&c->client, true);
	if (x->tunnel)
		endpoint_want_read(&c->server, true);
	if (endpoint_input(&c->client).n || endpoint_pending(&c->client))
		http1_client_readable(c);
}

static void
http1_readable(struct conn *c, struct endpoint *ep)
{
	if (ep == &c->client)
		http1_client_readable(c);
	else
		http1_server_readable(c);
}

static void
http1_drained(struct conn *c, struct endpoint *ep)
{
	if (ep->broken && ep == &c->client) {
		http1_client_gone(c, EP_BROKEN);
	} else if (ep == &c->client) {
		worker_make_ready(c->worker, c); /* the next request may have waited for this */
		http1_server_readable(c);
	} else if (!ep->broken) {
		http1_client_readable(c);
	} else {
		http1_server_readable(c); /* what it had sent before may still be an answer */
	}
}

/* The server of the request is there. */
static void
server_up(struct conn *c)
{
	struct http1 *x = c->drive_state;

	x->dialling = false;
	endpoint_want_read(&c->server, true);
	conn_set_deadline(c, DEADLINE_IDLE);
	if (x->hold)
		hold_connected(c);
	else
		http1_client_readable(c); /* the head still stands in the input */
}

/* The row shows the request that could not be sent. */
static void
show_request(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct h1_fault fault;
	struct span in = endpoint_input(&c->client);
	size_t scan = 0;

	if (!x->flow && h1_parse_request(in.p, in.n, &scan, h, &fault) > 0 &&
	    h1_check_request(h, &x->request, &fault) == 0)
		http1_take_row(c, h);
}

static void
http1_dialled(struct conn *c, const struct dial_result *r)
{
	struct http1 *x = c->drive_state;

	if (r->failure == DIAL_OK) {
		conn_server_up(c, r);
		if (x->tunnel && c->inner)
			intercept_server(c);
		else
			server_up(c);
		return;
	}
	x->dialling = false;
	show_request(c);
	http1_refuse(c, refuse_dial_status(r), r->why, refuse_dial_remedy(r));
}

static void
http1_secured(struct conn *c, const char *why, const char *remedy)
{
	struct http1 *x = c->drive_state;

	if (!why) {
		server_up(c);
		return;
	}
	x->dialling = false;
	http1_server_drop(c);
	show_request(c);
	refuse(c, FLOW_S_TLS_FAILED, 502, why, remedy);
}

static void
http1_expired(struct conn *c, const char *why)
{
	struct http1 *x = c->drive_state;

	if (c->deadline == DEADLINE_HOLD)
		hold_expired(c);
	else if (x->busy && !x->answer_begun)
		http1_refuse(c, http1_request_done(x) ? 504 : 408, why, NULL);
	else if (!x->busy && c->deadline == DEADLINE_HEAD)
		http1_refuse(c, 408, why, NULL);
	else
		conn_close(c, x->busy ? FLOW_S_ERROR : FLOW_S_DONE, why, NULL);
}

static void
http1_close(struct conn *c, int state, const char *why, const char *remedy)
{
	http1_end(c, (enum flow_state)state, why, remedy);
	hold_drop(c->drive_state);
	http1_forget_request(c);
	free(c->drive_state);
	c->drive_state = NULL;
}

static flow_key
http1_flow(const struct conn *c)
{
	return ((const struct http1 *)c->drive_state)->flow;
}

const struct drive_ops drive_http1 = {
    .name = "http1",
    .open = http1_open,
    .readable = http1_readable,
    .drained = http1_drained,
    .dialled = http1_dialled,
    .expired = http1_expired,
    .close = http1_close,
    .flow = http1_flow,
    .secured = http1_secured,
};
