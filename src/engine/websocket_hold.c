/* SPDX-License-Identifier: MIT
 * Breakpoints of the WebSocket driver: which messages are gathered and held, and what becomes of them. One message of a connection is held
 * at a time; control frames behind it in its direction wait with it, the other direction goes on. */
#include <stdio.h>

#include "base/escape.h"
#include "engine/conn.h"
#include "engine/drive_websocket.h"
#include "engine/hold_subject.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "base/mem.h"
#include "flow/flow_intent.h"
#include "proto/h1_parse.h"

/* ---- judging ---- */

static void
fill_parts(struct conn *c, struct hold_subject *s, enum flow_dir dir, bool complete)
{
	struct websocket *ws = c->drive_state;
	struct worker *w = c->worker;
	struct websocket_dir *d = &ws->dir[dir];
	struct h1_fault fault;
	size_t scan = 0;

	if (!w->request)
		w->request = mem_zalloc(sizeof *w->request);
	if (ws->request && h1_parse_request(ws->request, ws->request_n, &scan, w->request, &fault) > 0)
		s->part[MATCH_REQUEST].head = w->request;
	scan = 0;
	if (h1_parse_response(ws->response, ws->response_n, &scan, &w->head, &fault) > 0)
		s->part[MATCH_RESPONSE].head = &w->head;
	for (unsigned i = 0; i < 2; i++)
		s->part[i] = (struct hold_part){.head = s->part[i].head, .body_known = true, .body = SPAN_LIT(""), .size_known = true, .tried = true};
	s->part[dir].body_known = complete && websocket_payload(d, &s->part[dir].body);
	s->part[dir].size_known = s->part[dir].body_known;
	s->part[dir].size = s->part[dir].body.n;
}

/* complete: all of the message has come. */
static const struct rule *
judge(struct conn *c, enum flow_dir dir, bool complete)
{
	struct hold_subject s = {.conn = c, .response = true, .judged = dir, .websocket = true, .start_ns = c->worker->now_ns};

	fill_parts(c, &s, dir, complete);
	hold_subject_open(&s);
	const struct rule *r = hold_first_rule(c, &s, INTENT_ON_MESSAGE);
	hold_subject_close(&s);
	return r;
}

bool
websocket_may_match(struct conn *c, enum flow_dir dir)
{
	const struct rules *rules = c->worker->rules;

	return rules && (rules->phases & INTENT_ON_MESSAGE) && judge(c, dir, false);
}

/* ---- holding ---- */

static void
hold_message(struct conn *c, enum flow_dir dir, const struct rule *r, bool last)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];
	struct report_message m = {.flow = ws->raw.flow, .dir = dir, .opcode = d->in.opcode, .what = FLOW_MESSAGE_HELD, .number = d->number};

	ws->hold = (struct hold){.conn = c, .dir = (uint8_t)dir, .message = true};
	websocket_payload(d, &m.data);
	report_message(c, &m);
	hold_begin(&ws->hold, ws->raw.flow, r, last);
}

bool
websocket_holds(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	bool busy = ws->hold.stage == HOLD_HELD, last = false;
	const struct rule *r;

	/* As in hold_gathered: one that another message took the last place of is off, and the next may hold this one. */
	while ((r = judge(c, dir, true)) && !busy && !rule_count_one(r, &last))
		;
	ws->raw.stopped[dir] = r != NULL;
	ws->dir[dir].waits = r && busy;
	if (r && !busy)
		hold_message(c, dir, r, last);
	return r != NULL;
}

/* ---- going on ---- */

void
websocket_hold_fini(struct conn *c)
{
	struct websocket *ws = c->drive_state;

	if (ws->hold.stage == HOLD_HELD)
		TAILQ_REMOVE(&c->worker->held, &ws->hold, link);
	ws->hold.stage = HOLD_GO;
}

/* That direction is read again. */
static void
go_on(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct endpoint *from = dir == FLOW_REQUEST ? &c->client : &c->server;

	ws->raw.stopped[dir] = false;
	if (!from->eof && !from->broken)
		endpoint_want_read(from, true);
	worker_make_ready(c->worker, c);
}

/* A message of the other direction may have waited for this one. */
static void
wake_other(struct conn *c, enum flow_dir dir)
{
	struct websocket *ws = c->drive_state;
	struct websocket_dir *d = &ws->dir[dir];

	if (!d->waits || websocket_holds(c, dir))
		return;
	report_message(c, &(struct report_message){.flow = ws->raw.flow, .dir = dir, .opcode = d->in.opcode, .number = d->number});
	websocket_let_go(c, dir);
	go_on(c, dir);
}

/* What was held has gone its way. */
static void
hold_end(struct conn *c)
{
	struct websocket *ws = c->drive_state;
	enum flow_dir dir = (enum flow_dir)ws->hold.dir;

	websocket_hold_fini(c);
	websocket_forget(c, dir);
	c->last_ns = c->worker->now_ns;
	conn_set_deadline(c, c->client.eof || c->server.eof ? DEADLINE_HALF_CLOSE : DEADLINE_IDLE);
	report_state(c, ws->raw.flow, FLOW_S_STREAM, FLOW_WS);
	go_on(c, dir);
	wake_other(c, (enum flow_dir)!dir);
}

static bool
is_utf8(struct span s)
{
	unsigned cp;

	for (size_t at = 0, n; at < s.n; at += n)
		if (!(n = escape_utf8_decode(s.p + at, s.n - at, &cp)))
			return false;
	return true;
}

/* Why the user's message cannot be sent; NULL: it can. */
static const char *
message_fault(unsigned opcode, const struct intent_message *m)
{
	if (m->head_n || m->trailers_n)
		return "a WebSocket message has no head";
	if (opcode == WS_TEXT && !is_utf8(span_of(m->body, m->body_n)))
		return "it is a text message and has bytes that are not UTF-8";
	return NULL;
}

void
websocket_resume(struct conn *c, const struct intent_message *m)
{
	struct websocket *ws = c->drive_state;
	enum flow_dir dir = (enum flow_dir)ws->hold.dir;
	struct websocket_dir *d = &ws->dir[dir];
	const char *why = m ? message_fault(d->in.opcode, m) : NULL;

	if (why) {
		report_event(c, ws->raw.flow, FLOW_EVENT_ERROR, "the edited message cannot be sent: %s", why);
		return;
	}
	if (!m) {
		websocket_let_go(c, dir);
		hold_end(c);
		return;
	}
	struct span data = span_of(m->body_n ? m->body : "", m->body_n);
	d->plain |= websocket_compressed(d) && !d->alone;
	websocket_send(c, dir, d->in.opcode, data);
	report_message(c, &(struct report_message){.flow = ws->raw.flow,
			      .dir = dir,
			      .opcode = d->in.opcode,
			      .what = FLOW_MESSAGE_EDITED,
			      .number = d->number,
			      .data = data});
	hold_end(c);
}

bool
websocket_held_is(const struct conn *c, const struct intent *i)
{
	const struct websocket *ws = c->drive_state;

	return ws->hold.dir == i->dir && ws->dir[ws->hold.dir].number == i->number;
}

void
websocket_drop(struct conn *c)
{
	struct websocket *ws = c->drive_state;
	enum flow_dir dir = (enum flow_dir)ws->hold.dir;
	struct websocket_dir *d = &ws->dir[dir];

	d->plain |= websocket_compressed(d) && !d->alone;
	report_message(c, &(struct report_message){
			      .flow = ws->raw.flow, .dir = dir, .opcode = d->in.opcode, .what = FLOW_MESSAGE_DROPPED, .number = d->number});
	hold_end(c);
}

void
websocket_expired(struct conn *c)
{
	struct websocket *ws = c->drive_state;

	if (hold_time_over(c, &ws->hold, ws->raw.flow))
		websocket_resume(c, NULL);
}

/* May a message of our own stand here? Nothing of another one, or of a control frame, must have been sent yet. */
static const char *
inject_fault(const struct conn *c, const struct intent *i)
{
	const struct websocket *ws = c->drive_state;
	const struct websocket_dir *d = &ws->dir[i->dir & 1];
	const struct endpoint *to = i->dir == FLOW_REQUEST ? &c->server : &c->client;

	if (i->dir > FLOW_RESPONSE || !i->message || (i->opcode != WS_TEXT && i->opcode != WS_BINARY))
		return "there is no message";
	if (d->closed || to->shut || to->broken)
		return "that side has closed the stream";
	if (d->in.broken)
		return "the frames of that side cannot be read";
	if (d->gather ? ws_stream_in_control(&d->in) : !ws_stream_between(&d->in))
		return "another message is on its way: try again";
	return message_fault(i->opcode, i->message);
}

void
websocket_inject(struct conn *c, const struct intent *i)
{
	struct websocket *ws = c->drive_state;
	const char *why = inject_fault(c, i);

	if (why) {
		report_event(c, ws->raw.flow, FLOW_EVENT_ERROR, "the message cannot be injected: %s", why);
		return;
	}
	struct span data = span_of(i->message->body_n ? i->message->body : "", i->message->body_n);
	websocket_send(c, (enum flow_dir)i->dir, i->opcode, data);
	report_message(c, &(struct report_message){.flow = ws->raw.flow,
			      .dir = (enum flow_dir)i->dir,
			      .opcode = i->opcode,
			      .what = FLOW_MESSAGE_INJECTED,
			      .data = data});
}
