/* SPDX-License-Identifier: MIT
 * Messages of the user's: checked like a peer's, reported as edits, put where a held message was. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/drive_http1.h"
#include "engine/hold.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

/* Framing of a chunked message besides its body and trailers. */
enum { CHUNK_EXTRA_BYTES = 64 };

/* Whoever reads the message by its head will miss bytes, or take some for another message. */
static bool
is_misframed(enum h1_framing framing, uint64_t length, const struct intent_message *m)
{
	return framing == H1_BODY_LENGTH ? length != m->body_n : framing == H1_BODY_NONE && m->body_n;
}

/* Does the body fit what the head says of it, or need it not? NULL, or why not. */
static const char *
framing_fault(enum h1_framing framing, uint64_t length, const struct intent_message *m)
{
	if (m->trailers_n && framing != H1_BODY_CHUNKED)
		return "trailers need Transfer-Encoding: chunked";
	if (m->keep_length)
		return NULL;
	if (framing == H1_BODY_NONE && m->body_n)
		return "there is a body, and the head says there is none";
	if (framing == H1_BODY_LENGTH && length != m->body_n)
		return "Content-Length is not the length of the body";
	return NULL;
}

/* The bytes after the head. Returns why they cannot be written, NULL when out holds them. */
static const char *
write_body(struct conn *c, enum h1_framing framing, bool chunked, const struct intent_message *m, struct buf *out)
{
	struct h1_body body = {.framing = H1_BODY_CHUNKED, .trailers = true};
	struct h1_fault fault;
	struct http_head *h = &c->worker->head;
	unsigned dropped;
	size_t scan = 0;

	buf_init(out, m->body_n + 2 * m->trailers_n + CHUNK_EXTRA_BYTES);
	if (framing != H1_BODY_CHUNKED || !chunked) {
		buf_add(out, m->body_n ? m->body : "", m->body_n);
		return NULL;
	}
	if (m->body_n) {
		buf_addf(out, "%zx\r\n", m->body_n);
		buf_add(out, m->body, m->body_n);
		buf_add_str(out, "\r\n");
	}
	buf_add_str(out, "0\r\n");
	struct buf section;
	buf_init(&section, m->trailers_n + 2);
	buf_add(&section, m->trailers_n ? m->trailers : "", m->trailers_n);
	buf_add_str(&section, "\r\n");
	long n = h1_parse_trailers(&body, section.p, section.n, &scan, h, &fault);
	const char *why = n < 0 ? fault.why
	    : (size_t)n != section.n || h1_write_trailers(out, h, &dropped)
	    ? "the trailers are not lines of the form name: value"
	    : NULL;
	buf_fini(&section);
	return why;
}

/* Checks a request and parses it into the worker's head; x->request becomes its. NULL, or why it cannot be sent. */
static const char *
request_fault(struct conn *c, const struct intent_message *m)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct h1_fault fault;
	size_t scan = 0;

	long n = h1_parse_request(m->head, m->head_n, &scan, h, &fault);
	if (n < 0 || (n > 0 && h1_check_request(h, &x->request, &fault)))
		return fault.why;
	if ((size_t)n != m->head_n)
		return n ? "there are bytes after the head" : "the head has no end: a blank line is missing";
	const char *why = http1_misdirected(c);
	if (!why && !x->tunnel && x->request.target.form != URL_ABSOLUTE && !x->request.host.host.n)
		return "neither the target nor Host names the server";
	return why ? why : framing_fault(x->request.framing, x->request.length, m);
}

static const char *
response_fault(struct conn *c, const struct intent_message *m, struct h1_response *r)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct h1_fault fault;
	size_t scan = 0;

	long n = h1_parse_response(m->head, m->head_n, &scan, h, &fault);
	if (n < 0 || (n > 0 && h1_check_response(h, &x->request, r, &fault)))
		return fault.why;
	if ((size_t)n != m->head_n)
		return n ? "there are bytes after the head" : "the head has no end: a blank line is missing";
	if (r->interim || r->upgraded)
		return "a 1xx is no final response";
	return framing_fault(r->framing, r->length, m);
}

static void
report_content(struct conn *c, flow_key flow, enum flow_dir dir, const struct intent_message *m)
{
	report_data(c, flow, dir, span_of(m->body, m->body_n));
	if (m->trailers_n)
		report_trailer(c, flow, dir, span_of(m->trailers, m->trailers_n));
}

/* The request is all there, whatever its framing. */
static void
request_complete(struct conn *c, const struct intent_message *m)
{
	struct http1 *x = c->drive_state;

	h1_body_init(&x->up.body, x->request.framing, x->request.length);
	x->up.body.done = true;
	x->up.sink = NULL;
	if (x->up.copy)
		http1_keep_body(c, m->body_n ? m->body : "", m->body_n);
	x->up.copy = false;
}

static const char *
edit_request(struct conn *c, const struct intent_message *m, struct buf *wire)
{
	struct http1 *x = c->drive_state;
	const struct h1_request before = x->request;
	struct http_head *h = &c->worker->head;
	struct report_request facts;

	const char *why = request_fault(c, m);
	if (!why && (why = write_body(c, x->request.framing, true, m, wire)))
		buf_fini(wire);
	if (why) {
		x->request = before;
		return why;
	}
	why = request_fault(c, m); /* the trailers have used the worker's head */
	http1_request_facts(c, h, &facts);
	facts.has_body |= m->body_n > 0;
	x->misframed = is_misframed(x->request.framing, x->request.length, m);
	report_edit_request(c, h, &facts);
	report_content(c, x->flow, FLOW_REQUEST, m);
	if (x->request_head)
		http1_remember_request(c, h->raw);
	request_complete(c, m);
	return why;
}

static const char *
edit_response(struct conn *c, const struct intent_message *m, struct buf *wire)
{
	struct http1 *x = c->drive_state;
	struct h1_response r;

	const char *why = response_fault(c, m, &r);
	bool unchunk = x->client_minor == 0 && !why && r.framing == H1_BODY_CHUNKED;
	if (!why && (why = write_body(c, r.framing, !unchunk, m, wire)))
		buf_fini(wire);
	if (why || (why = response_fault(c, m, &r)))
		return why;
	r.persists &= !is_misframed(r.framing, r.length, m);
	x->hold->response = r;
	x->down.unchunk = unchunk;
	report_edit_response(c, x->flow, &c->worker->head, r.framing != H1_BODY_NONE || m->body_n);
	report_content(c, x->flow, FLOW_RESPONSE, m);
	return NULL;
}

bool
hold_edit(struct conn *c, const struct intent_message *m)
{
	struct http1 *x = c->drive_state;
	struct hold *h = x->hold;
	struct buf wire;
	const char *why = (h->dir == FLOW_REQUEST ? edit_request : edit_response)(c, m, &wire);

	if (why) {
		report_event(c, x->flow, FLOW_EVENT_ERROR, "the edited %s cannot be sent: %s",
		    h->dir == FLOW_REQUEST ? "request" : "response", why);
		return false;
	}
	free(h->head);
	h->head = mem_dup(m->head, m->head_n);
	h->head_n = m->head_n;
	buf_fini(&h->wire);
	h->wire = wire;
	h->edited = true;
	return true;
}

bool
hold_own_request(struct conn *c, flow_key flow, const struct intent_message *m, const char **why)
{
	struct http1 *x = c->drive_state;
	struct buf wire;

	*why = m ? request_fault(c, m) : "there is no message";
	if (!*why && (*why = write_body(c, x->request.framing, true, m, &wire)))
		buf_fini(&wire);
	if (*why || (*why = request_fault(c, m)))
		return false;
	c->flow = flow;
	http1_take_row(c, &c->worker->head);
	http1_remember_request(c, c->worker->head.raw);
	report_content(c, flow, FLOW_REQUEST, m);
	request_complete(c, m);
	x->busy = true;
	struct hold *h = mem_zalloc(sizeof *h);
	*h = (struct hold){.conn = c,
	    .dir = FLOW_REQUEST,
	    .stage = HOLD_GO,
	    .complete = true,
	    .head = mem_dup(m->head, m->head_n),
	    .head_n = m->head_n,
	    .wire = wire};
	x->hold = h;
	return true;
}

bool
hold_send_answer(struct conn *c, const struct intent_message *m)
{
	struct http1 *x = c->drive_state;
	struct http_head *h = &c->worker->head;
	struct h1_response r;
	struct buf wire;

	const char *why = response_fault(c, m, &r);
	x->down = (struct http1_dir){.unchunk = x->client_minor == 0 && !why && r.framing == H1_BODY_CHUNKED};
	if (!why && (why = write_body(c, r.framing, !x->down.unchunk, m, &wire)))
		buf_fini(&wire);
	if (!why)
		why = response_fault(c, m, &r);
	if (why) {
		report_event(c, x->flow, FLOW_EVENT_ERROR, "the answer cannot be sent: %s", why);
		return false;
	}
	r.persists &= !is_misframed(r.framing, r.length, m);
	report_refusal(c, x->flow, h->status, FLOW_H1);
	report_response(c, x->flow, h, r.framing != H1_BODY_NONE || m->body_n);
	report_content(c, x->flow, FLOW_RESPONSE, m);
	x->say_close = !x->request.persists || x->down.unchunk || r.framing == H1_BODY_CLOSE || !r.persists;
	x->answer_begun = true;
	http1_send_response_head(c, h, &r);
	endpoint_write(&c->client, buf_span(&wire).p, wire.n);
	buf_fini(&wire);
	return true;
}
