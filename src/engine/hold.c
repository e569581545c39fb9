/* SPDX-License-Identifier: MIT
 * Breakpoints of the HTTP/1 driver: which messages are gathered, which are held, how they go on. */
#include "engine/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/conn.h"
#include "engine/drive_http1.h"
#include "engine/drive_websocket.h"
#include "engine/engine_internal.h"
#include "engine/hello_hold.h"
#include "engine/hold_subject.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

/* One block more than a limit may have come before it is looked at. */
enum {
	HOLD_SLACK_BYTES = 1 << 20,
	HOLD_FRAMED = 6, /* a body in chunks of one octet is so many times as long on the wire: 1 CRLF x CRLF */
	HOLD_JUDGE_NS = 200 * 1000000 /* for all rules over one message */
};

static void hold_go(struct conn *c);

/* ---- memory ---- */

static void
uncount(struct conn *c, struct hold *h)
{
	atomic_fetch_sub_explicit(&c->worker->engine->hold_bytes, h->counted, memory_order_relaxed);
	h->counted = 0;
}

/* hold-max is about the body; its framing has a limit of its own. */
static bool
too_large(const struct conn *c, const struct hold *h)
{
	uint64_t max = c->worker->config->hold_max_bytes;

	return h->body_bytes > max || h->wire.n > HOLD_FRAMED * max;
}

/* Counts what has been gathered since; false beyond a limit. */
static bool
count(struct conn *c, struct hold *h)
{
	const struct engine_config *g = c->worker->config;
	uint64_t more = h->wire.n - h->counted;
	uint64_t total =
	    more + atomic_fetch_add_explicit(&c->worker->engine->hold_bytes, more, memory_order_relaxed);

	h->counted = h->wire.n;
	return !too_large(c, h) && total <= g->hold_total_bytes;
}

static struct hold *
hold_new(struct conn *c, enum flow_dir dir, struct span head)
{
	struct http1 *x = c->drive_state;
	struct hold *h = mem_zalloc(sizeof *h);

	h->conn = c;
	h->dir = (uint8_t)dir;
	h->head = mem_dup(head.p, head.n);
	h->head_n = head.n;
	buf_init(&h->wire, HOLD_FRAMED * c->worker->config->hold_max_bytes + HOLD_SLACK_BYTES);
	x->hold = h;
	return h;
}

void
hold_over(struct hold *h)
{
	struct worker *w = h->conn->worker;
	struct http1 *x = h->conn->drive_state;

	if (h->stage == HOLD_HELD) {
		TAILQ_REMOVE(&w->held, h, link);
		x->start_ns += w->now_ns - h->since_ns; /* what people take does not count */
	}
	h->stage = HOLD_GO;
}

void
hold_drop(struct http1 *x)
{
	struct hold *h = x->hold;

	if (!h)
		return;
	hold_over(h);
	uncount(h->conn, h);
	free(h->head);
	buf_fini(&h->wire);
	free(h);
	x->hold = NULL;
	x->up.sink = x->down.sink = NULL;
}

/* ---- judging ---- */

/* The data in what was gathered, its chunks joined. */
static void
join_chunks(const struct buf *wire, struct buf *out)
{
	struct h1_body body;
	struct h1_fault fault;

	h1_body_init(&body, H1_BODY_CHUNKED, 0);
	for (size_t at = 0; at < wire->n && !body.trailers;) {
		size_t off = 0, n = 0;
		long k = h1_body_feed(&body, wire->p + at, wire->n - at, &off, &n, &fault);
		if (k <= 0)
			return;
		buf_add(out, wire->p + at + off, n);
		at += (size_t)k;
	}
}

/* What the head alone says of the body, and what was gathered when it is complete. */
static void
fill_part(struct hold_part *p, enum h1_framing framing, uint64_t length, const struct hold *h, bool chunked,
    struct buf *joined)
{
	if (framing == H1_BODY_NONE) {
		p->body_known = p->size_known = true;
		p->body = SPAN_LIT("");
	} else if (h && h->complete) {
		if (chunked)
			join_chunks(&h->wire, joined);
		p->body_known = p->size_known = true;
		p->body = buf_span(chunked ? joined : &h->wire);
		p->size = p->body.n;
	} else if (framing == H1_BODY_LENGTH) {
		p->size_known = true;
		p->size = length;
	}
}

/* The request of a response: what was remembered of it. */
static void
fill_request(struct conn *c, struct hold_subject *s)
{
	struct http1 *x = c->drive_state;
	struct worker *w = c->worker;
	struct hold_part *p = &s->part[MATCH_REQUEST];
	struct h1_fault fault;
	size_t scan = 0;

	if (!x->request_head)
		return;
	if (!w->request)
		w->request = mem_zalloc(sizeof *w->request);
	if (h1_parse_request(x->request_head, x->request_head_n, &scan, w->request, &fault) <= 0)
		return;
	p->head = w->request;
	fill_part(p, x->request.framing, x->request.length, NULL, false, NULL);
	if (!p->body_known && http1_request_done(x) && !x->request_body_lost) {
		p->body_known = p->size_known = true;
		p->body = buf_span(&x->request_body);
		p->size = p->body.n;
	}
}

/* Could it be another answer once the body is known? */
static bool
waits_for_body(const struct rule *r, const struct hold_subject *s)
{
	const struct hold_part *p = &s->part[s->judged];
	uint64_t told = 1ull << MATCH_F_BODY | 1ull << MATCH_F_REQ_BODY;

	if (p->body_known || s->response)
		return !p->body_known && ((r->needs & MATCH_NEEDS_BODIES) || !p->size_known);
	if (!p->size_known)
		told |= 1ull << MATCH_F_REQ_SIZE;
	return match_field_beyond(r->match, ~told) != MATCH_FIELD_COUNT;
}

/* All other connections of the worker wait meanwhile. */
static void
tell_too_slow(struct conn *c, const struct rule *r)
{
	report_event(c, conn_flow(c), FLOW_EVENT_WARNING,
	    "rule %u and those after it were not applied to this flow: the rules before took too long", r->number);
}

const struct rule *
hold_first_rule(struct conn *c, struct hold_subject *s, unsigned phase)
{
	const struct rules *rules = c->worker->rules;
	const struct rule *maybe = NULL;
	struct match_subject subject = hold_subject_match(s);
	uint64_t end_ns = clock_mono_ns() + HOLD_JUDGE_NS;

	for (unsigned i = 0; rules && i < rules->n; i++) {
		const struct rule *r = &rules->rule[i];
		if (i && clock_mono_ns() > end_ns) {
			tell_too_slow(c, r);
			break;
		}
		if (!(r->phases & phase) || !r->match || !rule_is_on(r) ||
		    (!s->response && r->takes_response))
			continue;
		enum match_result result = match_eval(r->match, &subject);
		if (result == MATCH_YES)
			return r;
		if (result == MATCH_MAYBE && !maybe && waits_for_body(r, s))
			maybe = r;
	}
	return maybe;
}

/* head: of the message judged; h: its hold, NULL before there is one. */
static const struct rule *
judge(struct conn *c, enum flow_dir dir, const struct http_head *head, const struct hold *h)
{
	struct http1 *x = c->drive_state;
	struct hold_subject s = {.conn = c, .response = dir == FLOW_RESPONSE, .judged = dir, .start_ns = x->start_ns};
	struct buf joined;

	buf_init(&joined, c->worker->config->hold_max_bytes + HOLD_SLACK_BYTES);
	s.part[dir].head = head;
	if (dir == FLOW_REQUEST) {
		fill_part(&s.part[dir], x->request.framing, x->request.length, h,
		    x->request.framing == H1_BODY_CHUNKED, &joined);
	} else {
		fill_request(c, &s);
		fill_part(&s.part[dir], x->response.framing, x->response.length, h,
		    x->response.framing == H1_BODY_CHUNKED && !x->down.unchunk, &joined);
	}
	hold_subject_open(&s);
	const struct rule *r = hold_first_rule(c, &s, s.response ? INTENT_ON_RESPONSE : INTENT_ON_REQUEST);
	hold_subject_close(&s);
	buf_fini(&joined);
	return r;
}

/* ---- gathering ---- */

static void
size_text(uint64_t n, char *out, size_t size)
{
	bool m = n && n % (1 << 20) == 0, k = n && n % 1024 == 0;

	snprintf(out, size, "%llu%s", (unsigned long long)(m ? n >> 20 : k ? n >> 10 : n),
	    m ? "M" : k ? "k" : "");
}

static void
tell_too_large(struct conn *c, const struct hold *h, bool message)
{
	const struct http1 *x = c->drive_state;
	const struct engine_config *g = c->worker->config;
	char size[32];

	size_text(message ? g->hold_max_bytes : g->hold_total_bytes, size, sizeof size);
	report_event(c, x->flow, FLOW_EVENT_WARNING,
	    message ? "rule %u was not applied to this flow: its body is larger than hold-max (%s)"
	            : "rule %u was not applied to this flow: all held messages are larger than hold-total (%s)",
	    h->rule, size);
}

static void
gather(struct conn *c, struct http1_dir *d, enum h1_framing framing, uint64_t length)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;

	if (framing == H1_BODY_NONE) {
		hold_gathered(c, true);
	} else if (framing == H1_BODY_LENGTH && length > c->worker->config->hold_max_bytes) {
		tell_too_large(c, h, true);
		hold_go(c);
	} else {
		d->sink = &h->wire;
	}
}

bool
hold_request(struct conn *c, const struct http_head *head, size_t n)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http1 *x = c->drive_state;
	const struct rule *r = judge(c, FLOW_REQUEST, head, NULL);

	if (!r)
		return false;
	http1_take_row(c, head);
	struct hold *h = hold_new(c, FLOW_REQUEST, head->raw);
	h->rule = r->number;
	http1_remember_request(c, head->raw);
	x->busy = true;
	conn_set_deadline(c, DEADLINE_IDLE);
	endpoint_consume(&c->client, n);
	if (x->request.expect_continue && x->request.framing != H1_BODY_NONE) {
		endpoint_write(&c->client, go_on, sizeof go_on - 1);
		x->continued = true;
	}
	gather(c, &x->up, x->request.framing, x->request.length);
	return true;
}

bool
hold_response(struct conn *c, const struct http_head *head, size_t n)
{
	struct http1 *x = c->drive_state;
	const struct rule *r = judge(c, FLOW_RESPONSE, head, NULL);

	if (!r)
		return false;
	struct hold *h = hold_new(c, FLOW_RESPONSE, head->raw);
	h->rule = r->number;
	h->response = x->response;
	endpoint_consume(&c->server, n);
	gather(c, &x->down, x->response.framing, x->response.length);
	return true;
}

/* The head of what is held, parsed into the worker's; NULL when it is none. */
static const struct http_head *
parse_head(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;
	struct http_head *head = &c->worker->head;
	struct h1_fault fault;
	size_t scan = 0;

	if (h->dir == FLOW_RESPONSE)
		return h1_parse_response(h->head, h->head_n, &scan, head, &fault) > 0 ? head : NULL;
	if (h1_parse_request(h->head, h->head_n, &scan, head, &fault) <= 0 ||
	    h1_check_request(head, &x->request, &fault))
		return NULL;
	return head;
}

void
hold_begin(struct hold *h, flow_key flow, const struct rule *r, bool last)
{
	struct conn *c = h->conn;
	const struct report_held fact = {
	    .flow = flow, .dir = (enum flow_dir)h->dir, .rule = r->number, .hold_ms = r->hold_ms, .kill_after = r->kill_after, .hello = h->hello};

	h->stage = HOLD_HELD;
	TAILQ_INSERT_TAIL(&c->worker->held, h, link);
	h->rule = r->number;
	h->hold_ms = r->hold_ms;
	h->kill_after = r->kill_after;
	h->since_ns = c->worker->now_ns;
	report_held(c, &fact);
	conn_set_deadline(c, DEADLINE_NONE);
	if (r->hold_ms) {
		conn_set_deadline(c, DEADLINE_HOLD);
		c->deadline_ns = h->since_ns + (uint64_t)r->hold_ms * 1000000u;
	}
	if (last)
		report_event(c, flow, FLOW_EVENT_INFO, "rule %u has held %u %s%s and is off now", r->number, r->count_max,
		    h->hello ? "connection" : "message", r->count_max == 1 ? "" : "s");
}

bool
hold_time_over(struct conn *c, const struct hold *h, flow_key flow)
{
	char why[96];

	snprintf(why, sizeof why, "rule %u: held for %g s, %s", h->rule, h->hold_ms / 1e3, h->kill_after ? "killed" : "sent on");
	report_event(c, flow, FLOW_EVENT_INFO, "%s", why);
	if (!h->kill_after)
		return true;
	conn_close(c, FLOW_S_KILLED, why, NULL);
	return false;
}

void
hold_gathered(struct conn *c, bool complete)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;
	bool last = false;

	h->complete = complete;
	if (!count(c, h)) {
		tell_too_large(c, h, too_large(c, h));
		hold_go(c);
		return;
	}
	if (!complete)
		return;
	x->up.sink = h->dir == FLOW_REQUEST ? NULL : x->up.sink;
	x->down.sink = h->dir == FLOW_RESPONSE ? NULL : x->down.sink;
	const struct http_head *head = parse_head(c);
	const struct rule *r = NULL;
	/* One that another worker's message took the last place of is off: the next may hold this one. */
	while (head && (r = judge(c, (enum flow_dir)h->dir, head, h)) && !rule_count_one(r, &last))
		;
	if (!r) {
		hold_go(c);
		return;
	}
	hold_begin(h, x->flow, r, last);
	if (!c->client.eof)
		endpoint_want_read(&c->client, true);
}

/* ---- while it is held ---- */

/* What comes is kept, as far as there is room; the client may leave. */
static void
look_ahead(struct conn *c)
{
	enum endpoint_result r = EP_OK;

	if (c->client.eof) {
		endpoint_want_read(&c->client, false);
		return;
	}
	do
		r = endpoint_read(&c->client);
	while (r == EP_OK && endpoint_pending(&c->client));
	endpoint_release_input(&c->client);
	endpoint_want_read(&c->client, r == EP_OK || r == EP_AGAIN);
	if (r != EP_OK && r != EP_AGAIN && r != EP_FULL)
		http1_client_gone(c, r);
}

bool
hold_client_readable(struct conn *c)
{
	const struct http1 *x = c->drive_state;
	const struct hold *h = x->hold;

	if (h->stage == HOLD_GO) {
		endpoint_want_read(&c->client, false);
		return true;
	}
	if (h->stage != HOLD_HELD || !http1_request_done(x))
		return false;
	look_ahead(c);
	return true;
}

bool
hold_server_readable(struct conn *c)
{
	const struct http1 *x = c->drive_state;
	const struct hold *h = x->hold;

	if (h->dir == FLOW_RESPONSE && h->stage == HOLD_GATHER)
		return false;
	enum endpoint_result r = endpoint_read(&c->server);
	if (r == EP_AGAIN) {
		endpoint_release_input(&c->server);
		endpoint_want_read(&c->server, true);
	} else if (h->dir == FLOW_RESPONSE && (r == EP_OK || r == EP_FULL)) {
		endpoint_want_read(&c->server, false); /* surplus: found there when the exchange ends */
	} else {
		http1_server_drop(c); /* gone, or it says what nobody asked for: there will be another connection */
	}
	return true;
}

void
hold_expired(struct conn *c)
{
	struct http1 *x = c->drive_state;

	if (hold_time_over(c, x->hold, x->flow))
		hold_go(c);
}

/* ---- going on ---- */

void
hold_connected(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;
	const struct http_head *head = parse_head(c);

	if (!head || !http1_send_request_head(c, head)) {
		http1_refuse(c, 431, "the request head is too large", NULL);
		return;
	}
	endpoint_write(&c->server, buf_span(&h->wire).p, h->wire.n);
	hold_drop(x);
	c->last_ns = c->worker->now_ns;
	conn_set_deadline(c, DEADLINE_IDLE);
	endpoint_want_read(&c->server, true);
	if (!c->client.eof)
		endpoint_want_read(&c->client, true);
	worker_make_ready(c->worker, c);
}

void
hold_request_go(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;

	hold_over(h);
	c->last_ns = c->worker->now_ns;
	conn_set_deadline(c, DEADLINE_IDLE);
	report_state(c, x->flow, h->complete ? FLOW_S_WAIT : FLOW_S_REQUEST, FLOW_H1);
	if (!parse_head(c))
		http1_refuse(c, 400, "the request head cannot be read", NULL);
	else if (http1_routed(c))
		hold_connected(c);
}

static void
response_go(struct conn *c)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;
	const struct http_head *head = parse_head(c);
	bool complete = h->complete;
	bool server_persists = x->response.persists && c->server.open && !c->server.eof;

	if (h->stage == HOLD_HELD)
		report_state(c, x->flow, FLOW_S_BODY, FLOW_H1);
	hold_over(h);
	c->last_ns = c->worker->now_ns;
	conn_set_deadline(c, DEADLINE_IDLE);
	x->say_close = http1_must_close(c, &h->response, server_persists) ||
	    (h->edited && !h->response.persists);
	x->answer_begun = true;
	x->answered = false;
	if (!head || !http1_send_response_head(c, head, &h->response)) {
		http1_server_fault(c, "the response head is too large");
		return;
	}
	endpoint_write(&c->client, buf_span(&h->wire).p, h->wire.n);
	hold_drop(x);
	endpoint_want_read(&c->server, true);
	if (complete)
		http1_response_done(c);
	if (c->phase == CONN_DRIVE)
		worker_make_ready(c->worker, c);
}

static void
hold_go(struct conn *c)
{
	const struct http1 *x = c->drive_state;

	if (x->hold->dir == FLOW_REQUEST)
		hold_request_go(c);
	else
		response_go(c);
}

/* ---- intents ---- */

static struct hold *
find_held(struct worker *w, flow_key flow)
{
	struct hold *h;

	TAILQ_FOREACH(h, &w->held, link)
		if (conn_flow(h->conn) == flow)
			return h;
	return NULL;
}

static void
resume(struct hold *h, const struct intent_message *m)
{
	if (h->hello)
		hello_hold_go(h->conn, false);
	else if (h->message)
		websocket_resume(h->conn, m);
	else if (!m || hold_edit(h->conn, m))
		hold_go(h->conn);
}

/* Another message may be held by now than the one that the user had before them. */
static bool
is_meant(const struct hold *h, const struct intent *i)
{
	return !i->number || (h->message && websocket_held_is(h->conn, i));
}

/* Something else may be held by now than the ClientHello that was meant. */
static void
pass(struct hold *h)
{
	if (h->hello)
		hello_hold_go(h->conn, true);
}

void
hold_resume(struct worker *w, const struct intent *i)
{
	struct hold *h = find_held(w, i->flow);

	if (h && i->pass)
		pass(h);
	else if (h && is_meant(h, i))
		resume(h, i->message);
	else if (h && i->message)
		report_event(h->conn, i->flow, FLOW_EVENT_ERROR, "the edited message was not sent: it is not held any more");
}

void
hold_drop_message(struct worker *w, const struct intent *i)
{
	struct hold *h = find_held(w, i->flow);

	if (h && h->message && is_meant(h, i))
		websocket_drop(h->conn);
}

void
hold_release(struct worker *w)
{
	struct hold *h;
	char why[96];

	while ((h = TAILQ_FIRST(&w->held))) {
		snprintf(why, sizeof why, "rule %u: nobody can answer any more, %s", h->rule, h->kill_after ? "killed" : "sent on");
		report_event(h->conn, conn_flow(h->conn), FLOW_EVENT_INFO, "%s", why);
		if (h->kill_after)
			conn_close(h->conn, FLOW_S_KILLED, why, NULL);
		else
			resume(h, NULL);
	}
}

void
hold_answer(struct worker *w, flow_key flow, const struct intent_message *m)
{
	struct hold *h = find_held(w, flow);
	struct conn *c = h && !h->message && !h->hello ? h->conn : NULL;
	struct http1 *x = c ? c->drive_state : NULL;

	if (!c || !m || x->hold->dir != FLOW_REQUEST || !hold_send_answer(c, m))
		return;
	bool close = x->say_close;
	hold_drop(x);
	c->last_ns = w->now_ns;
	http1_answered(c, "answered at a breakpoint", close);
}
