/* SPDX-License-Identifier: MIT
 * The WebSocket driver: what comes is read along and goes on; messages that a rule could match are gathered. */
#include "engine/drive_websocket.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/drive.h"
#include "engine/engine_internal.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"
#include "proto/http_head.h"
#include "proto/ws_inflate.h"

static struct endpoint *
receiver(struct conn *c, enum flow_dir dir)
{
	return dir == FLOW_REQUEST ? &c->server : &c->client;
}

/* ---- the message that comes in ---- */

static void
inflate_drop(struct websocket_dir *d)
{
	ws_inflate_free(d->inflate);
	d->inflate = NULL;
	d->missed = true;
}

/* A message begins. An inflater costs memory and time, so there is none before somebody wants it. */
static void
inflate_begin(struct websocket_dir *d, bool wanted)
{
	if (!websocket_compressed(d))
		return;
	if (!wanted || (d->missed && !d->alone))
		inflate_drop(d);
	else if (!d->inflate)
		d->inflate = ws_inflate_new(0);
}

static void
data_begin(struct websocket_dir *d)
{
	buf_clear(&d->data);
	buf_clear(&d->inflated);
	d->data_lost = false;
}

/* Keeps a piece of its payload, when somebody will look at it. */
static void
data_add(struct conn *c, struct websocket_dir *d, const struct ws_piece *p)
{
	char *to;

	if (d->data_lost || (!d->gather && !(d->inflate && websocket_compressed(d))) || !p->payload.n)
		return;
	to = d->data.n + p->payload.n <= c->worker->config->hold_max_bytes ? buf_reserve(&d->data, p->payload.n) : NULL;
	d->data_lost = !to;
	if (!to)
		return;
	if (p->frame->masked)
		ws_frame_unmask(p->frame, p->at, p->payload.p, p->payload.n, to);
	else
		memcpy(to, p->payload.p, p->payload.n);
	d->data.n += p->payload.n;
}

/* The message is complete: the inflater has to see each one. */
static void
data_end(struct conn *c, struct websocket_dir *d)
{
	struct errmsg why;

	if (!websocket_compressed(d))
		return;
	d->data_lost |= !d->inflate;
	if (d->inflate)
		ws_inflate_allow(d->inflate, c->worker->config->hold_max_bytes);
	d->data_lost = d->data_lost || ws_inflate_message(d->inflate, buf_span(&d->data), true, &d->inflated, &why) != 0;
	buf_fini(&d->data);
	if (d->data_lost || d->alone)
		inflate_drop(d);
}

bool
websocket_payload(const struct websocket_dir *d, struct span *out)
{
	*out = buf_span(websocket_compressed(d) ? &d->inflated : &d->data);
	return !d->data_lost;
}

void
websocket_forget(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	/* Workers share the total: no message that was not gathered touches it. */
	if (d->counted)
		atomic_fetch_sub_explicit(&c->worker->engine->hold_bytes, d->counted, memory_order_relaxed);
	d->counted = 0;
	d->gather = d->waits = false;
	buf_fini(&d->wire);
	buf_fini(&d->data);
	buf_fini(&d->inflated);
	buf_init(&d->wire, SIZE_MAX);
	buf_init(&d->data, c->worker->config->hold_max_bytes);
	buf_init(&d->inflated, c->worker->config->hold_max_bytes);
}

/* ---- going on ---- */

void
websocket_send(struct conn *c, enum flow_dir dir, unsigned opcode, struct span payload)
{
	struct endpoint *to = receiver(c, dir);
	char head[WS_HEAD_MAX_BYTES];
	uint8_t mask[4];
	struct buf masked;

	if (dir == FLOW_RESPONSE) {
		endpoint_write(to, head, ws_frame_write(head, opcode, payload.n, NULL));
		endpoint_write(to, payload.p, payload.n);
		return;
	}
	/* A mask that could be foreseen would let a page write what it likes on the wire (RFC 6455 10.3). */
	if (getrandom(mask, sizeof mask, 0) != (ssize_t)sizeof mask)
		abort();
	const struct ws_frame f = {.mask = {mask[0], mask[1], mask[2], mask[3]}};
	buf_init(&masked, payload.n);
	char *p = buf_reserve(&masked, payload.n);
	ws_frame_unmask(&f, 0, payload.p, payload.n, p);
	endpoint_write(to, head, ws_frame_write(head, opcode, payload.n, mask));
	endpoint_write(to, p, payload.n);
	buf_fini(&masked);
}

void
websocket_let_go(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];
	struct span payload;

	if (d->plain && websocket_compressed(d)) {
		if (!d->in.in_message && websocket_payload(d, &payload))
			websocket_send(c, dir, d->in.opcode, payload);
	} else {
		endpoint_write(receiver(c, dir), buf_span(&d->wire).p, d->wire.n);
	}
	websocket_forget(c, dir);
}

/* What is gathered has grown, or was inflated: false beyond a limit. */
static bool
count(struct conn *c, struct websocket_dir *d)
{
	const struct engine_config *g = c->worker->config;
	uint64_t more = d->wire.n + d->inflated.n - d->counted;
	uint64_t total = more + atomic_fetch_add_explicit(&c->worker->engine->hold_bytes, more, memory_order_relaxed);

	d->counted += more;
	return !d->data_lost && d->wire.n <= 2 * g->hold_max_bytes && total <= g->hold_total_bytes;
}

/* Too large to be gathered, or not to be looked at. */
static void
gather_stop(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];
	static const char why[] = "a compressed message after an edited one cannot be sent on: it is broken, or larger than hold-max or hold-total";

	if (d->plain && websocket_compressed(d)) {
		report_event(c, ws->raw.flow, FLOW_EVENT_ERROR, "%s", why);
		conn_close(c, FLOW_S_ERROR, why, NULL);
		return;
	}
	report_event(c, ws->raw.flow, FLOW_EVENT_WARNING,
	    "no rule was applied to message %u of the %s: it is larger than hold-max, cannot be inflated, or all held are larger than hold-total",
	    d->number + d->in.in_message, dir == FLOW_REQUEST ? "client" : "server");
	websocket_let_go(c, dir);
	/* An inflater that has not seen all of it is of no use. */
	if (d->in.in_message && websocket_compressed(d))
		inflate_drop(d);
}

/* ---- reading along ---- */

static void
tell_missed(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	if (!d->told)
		report_event(c, ws->raw.flow, FLOW_EVENT_WARNING,
		    "no rule is applied to compressed messages of the %s: they refer to some that were not inflated, such as those before the rule",
		    dir == FLOW_REQUEST ? "client" : "server");
	d->told = true;
}

/* A message begins while there are rules: is it gathered? */
static void
message_begin(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];
	bool compressed = websocket_compressed(d), plain = d->plain && compressed;
	bool may = websocket_may_match(c, dir);

	data_begin(d);
	inflate_begin(d, may || plain || d->inflate);
	if (may && compressed && !d->inflate)
		tell_missed(c, dir);
	d->gather = d->head_sent == 0 && (plain || (may && (!compressed || d->inflate)));
}

/* A message or a control frame is complete. */
static void
message_end(struct conn *c, enum flow_dir dir, const struct ws_piece *p)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	d->number++;
	d->closed |= p->frame->opcode == WS_CLOSE;
	if (p->control) {
		report_message(c, &(struct report_message){.flow = ws->raw.flow, .dir = dir, .opcode = p->frame->opcode, .number = d->number});
		return;
	}
	data_end(c, d);
	if (d->gather && !count(c, d))
		gather_stop(c, dir);
	if (c->phase != CONN_DRIVE || (d->gather && websocket_holds(c, dir)))
		return;
	report_message(c, &(struct report_message){.flow = ws->raw.flow, .dir = dir, .opcode = d->in.opcode, .number = d->number});
	if (d->gather)
		websocket_let_go(c, dir);
	else
		websocket_forget(c, dir);
}

/* Bytes of a frame that is whole or not go on, or to what is gathered. */
static void
put(struct conn *c, enum flow_dir dir, const struct ws_piece *p)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	if (d->gather && !p->control) {
		buf_add(&d->wire, p->head.p, p->head.n);
		buf_add(&d->wire, p->payload.p, p->payload.n);
		return;
	}
	struct endpoint *to = receiver(c, dir);
	if (p->head.n)
		endpoint_write(to, p->head.p + d->head_sent, p->head.n - d->head_sent);
	if (p->payload.n)
		endpoint_write(to, p->payload.p, p->payload.n);
}

/* No frame stands where one has to: what comes from here on is relayed unread. before: bytes of its head that were taken out of the input. */
static void
give_up(struct conn *c, enum flow_dir dir, size_t before, const struct errmsg *why)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	report_event(c, ws->raw.flow, FLOW_EVENT_WARNING, "the %s's WebSocket frames cannot be read any more: %s",
	    dir == FLOW_REQUEST ? "client" : "server", why->text);
	if (d->gather)
		websocket_let_go(c, dir);
	if (before > d->head_sent)
		endpoint_write(receiver(c, dir), d->in.head + d->head_sent, before - d->head_sent);
}

/* One piece, each written by itself. */
static void
step(struct conn *c, enum flow_dir dir, const struct ws_piece *p)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	if (!p->frame)
		return; /* the head is complete later */
	if (p->begins && !p->control)
		message_begin(c, dir);
	put(c, dir, p);
	if (p->head.n)
		d->head_sent = 0;
	if (!p->control)
		data_add(c, d, p);
	if (d->gather && !p->control && !count(c, d))
		gather_stop(c, dir);
	if (p->ends && c->phase == CONN_DRIVE)
		message_end(c, dir, p);
}

static bool
is_watched(const struct conn *c, const struct websocket_dir *d)
{
	const struct rules *rules = c->worker->rules;

	return d->gather || d->plain || (rules && (rules->phases & INTENT_ON_MESSAGE));
}

/* What has come of a head that is cut. */
static void
head_go(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	if (d->in.in_payload || d->in.head_n <= d->head_sent)
		return;
	endpoint_write(receiver(c, dir), d->in.head + d->head_sent, d->in.head_n - d->head_sent);
	d->head_sent = d->in.head_n;
}

/* Nothing is gathered: all of the input goes on at once. */
static void
relay(struct conn *c, enum flow_dir dir, struct span in)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];
	struct errmsg why;
	struct ws_piece p;

	if (!d->in.broken)
		head_go(c, dir);
	endpoint_write(receiver(c, dir), in.p, in.n);
	for (size_t at = 0; at < in.n && !d->in.broken; at += p.n) {
		if (ws_stream_next(&d->in, span_of(in.p + at, in.n - at), &p, &why)) {
			report_event(c, ws->raw.flow, FLOW_EVENT_WARNING, "the %s's WebSocket frames cannot be read any more: %s",
			    dir == FLOW_REQUEST ? "client" : "server", why.text);
			break;
		}
		if (!p.frame)
			continue;
		if (p.begins && !p.control) {
			data_begin(d);
			inflate_begin(d, d->inflate); /* the rule may come back */
		}
		if (!p.control)
			data_add(c, d, &p);
		if (p.ends)
			message_end(c, dir, &p);
	}
	d->head_sent = d->in.in_payload ? 0 : d->in.head_n;
}

static void
websocket_take(struct conn *c, struct endpoint *from, struct endpoint *to)
{
	struct websocket *ws = c->drive_state;
	enum flow_dir dir = from == &c->client ? FLOW_REQUEST : FLOW_RESPONSE;
	struct websocket_dir *d = &ws->dir[dir];
	struct span in = endpoint_input(from);
	struct errmsg why;
	struct ws_piece p;
	size_t at = 0;

	if (d->in.broken || !is_watched(c, d)) {
		raw_record(c, from, in.n);
		relay(c, dir, in);
		endpoint_consume(from, in.n);
		return;
	}
	while (at < in.n && !ws->raw.stopped[dir]) {
		size_t before = d->in.in_payload ? 0 : d->in.head_n;
		if (ws_stream_next(&d->in, span_of(in.p + at, in.n - at), &p, &why)) {
			give_up(c, dir, before, &why);
			endpoint_write(to, in.p + at, in.n - at);
			at = in.n;
			break;
		}
		at += p.n;
		step(c, dir, &p);
		if (c->phase != CONN_DRIVE)
			return; /* it was closed: the state is gone */
	}
	raw_record(c, from, at);
	endpoint_consume(from, at);
}

/* That side sends no more: half a message, or half a head, goes on as it is. */
static void
websocket_ended(struct conn *c, struct endpoint *from)
{
	struct websocket *ws = c->drive_state;
	enum flow_dir dir = from == &c->client ? FLOW_REQUEST : FLOW_RESPONSE;

	struct websocket_dir *d = &ws->dir[dir];

	if (d->gather)
		websocket_let_go(c, dir);
	if (!d->in.broken)
		head_go(c, dir);
}

/* ---- the table ---- */

/* What was agreed about compression. */
static void
read_extensions(struct websocket *ws, const struct http_head *response)
{
	for (unsigned dir = 0; dir < 2; dir++)
		ws->dir[dir].missed = true;
	for (unsigned i = 0; i < response->nfields; i++) {
		struct span list = response->field[i].value;
		if (!span_ieq(response->field[i].name, SPAN_LIT("sec-websocket-extensions")) || !ws_deflate_agreed(list))
			continue;
		for (unsigned dir = 0; dir < 2; dir++) {
			ws->dir[dir].missed = false;
			ws->dir[dir].alone = ws_deflate_alone(list, dir == FLOW_REQUEST);
		}
	}
}

void
drive_websocket_take(struct conn *c, flow_key flow, struct span request, const struct http_head *response)
{
	struct websocket *ws = mem_zalloc(sizeof *ws);

	ws->raw.take = websocket_take;
	ws->raw.ended = websocket_ended;
	ws->request = (char *)(uintptr_t)request.p;
	ws->request_n = request.n;
	ws->response = mem_dup(response->raw.p, response->raw.n);
	ws->response_n = response->raw.n;
	read_extensions(ws, response);
	c->drive = &drive_websocket;
	c->drive_state = ws;
	for (unsigned dir = 0; dir < 2; dir++) {
		websocket_forget(c, (enum flow_dir)dir);
		ws->dir[dir].in.client = dir == FLOW_REQUEST;
	}
	raw_start(c, &ws->raw, flow);
}

static void
expired(struct conn *c, const char *why)
{
	if (c->deadline == DEADLINE_HOLD)
		websocket_expired(c);
	else
		conn_close(c, FLOW_S_ERROR, why, NULL);
}

static void
websocket_close(struct conn *c, int state, const char *why, const char *remedy)
{
	struct websocket *ws = c->drive_state;

	websocket_hold_fini(c);
	for (unsigned dir = 0; dir < 2; dir++) {
		websocket_forget(c, (enum flow_dir)dir);
		ws_inflate_free(ws->dir[dir].inflate);
	}
	free(ws->request);
	free(ws->response);
	raw_close(c, state, why, remedy);
}

const struct drive_ops drive_websocket = {
    .name = "websocket",
    .open = NULL, /* it takes over after a 101 */
    .readable = raw_readable,
    .drained = raw_drained,
    .dialled = NULL,
    .expired = expired,
    .close = websocket_close,
    .flow = raw_flow,
    .secured = NULL,
};
