/* SPDX-License-Identifier: MIT
 * Breakpoints on a ClientHello. */
#include "engine/hello_hold.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/dial.h"
#include "engine/drive.h"
#include "engine/drive_http1.h"
#include "engine/hold.h"
#include "engine/hold_subject.h"
#include "engine/intercept.h"
#include "engine/refuse.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

struct hello_hold {
	struct hold hold;
	bool pass;    /* it goes on undecrypted */
};

/* ---- judging ---- */

static const struct rule *
judge(struct conn *c)
{
	struct hold_subject s = {.conn = c, .hello = true, .start_ns = c->handshake_ns};

	/* Nothing is to come that a rule could wait for. */
	s.part[MATCH_REQUEST].body_known = s.part[MATCH_REQUEST].size_known = true;
	hold_subject_open(&s);
	const struct rule *r = hold_first_rule(c, &s, INTENT_ON_HELLO);
	hold_subject_close(&s);
	return r;
}

bool
hello_hold(struct conn *c)
{
	const struct rules *rules = c->worker->rules;
	const struct rule *r = NULL;
	bool last = false;

	if (!rules || !(rules->phases & INTENT_ON_HELLO))
		return false;
	while ((r = judge(c)) && !rule_count_one(r, &last))
		; /* as in hold_gathered */
	if (!r)
		return false;
	conn_drive(c, &drive_hello);
	hold_begin(&((struct hello_hold *)c->drive_state)->hold, c->flow, r, last);
	return true;
}

/* ---- while it is held ---- */

static void
hello_open(struct conn *c)
{
	struct hello_hold *x = mem_zalloc(sizeof *x);

	x->hold = (struct hold){.conn = c, .dir = FLOW_REQUEST, .hello = true};
	c->drive_state = x;
	endpoint_want_read(&c->client, true);
	endpoint_want_read(&c->server, true);
}

static void
client_gone(struct conn *c, enum endpoint_result r)
{
	const struct hello_hold *x = c->drive_state;
	const char *how = r == EP_BROKEN ? "reset" : "closed";
	char why[128];

	if (x->hold.stage == HOLD_HELD)
		snprintf(why, sizeof why, "client %s after %u s while its ClientHello was held", how,
		    (unsigned)((c->worker->now_ns - x->hold.since_ns) / 1000000000u));
	else
		snprintf(why, sizeof why, "client %s while the server was being reached", how);
	conn_close(c, FLOW_S_ERROR, why, NULL);
}

/* Early data may follow the hello: it is read as far as the block of the hello has room. */
static void
client_readable(struct conn *c)
{
	enum endpoint_result r;

	do
		r = endpoint_read(&c->client);
	while (r == EP_OK);
	endpoint_want_read(&c->client, r == EP_AGAIN);
	if (r != EP_AGAIN && r != EP_FULL)
		client_gone(c, r);
}

static void
hello_readable(struct conn *c, struct endpoint *ep)
{
	if (!ep->open)
		return;
	if (ep == &c->client) {
		client_readable(c);
	} else if (endpoint_read(&c->server) == EP_AGAIN) {
		endpoint_release_input(&c->server);
		endpoint_want_read(&c->server, true);
	} else {
		http1_server_drop(c); /* gone, or it speaks first, as no server of TLS does: there will be another connection */
	}
}

static void
hello_drained(struct conn *c, struct endpoint *ep)
{
	if (ep->broken && ep == &c->client)
		client_gone(c, EP_BROKEN);
}

static void
hello_expired(struct conn *c, const char *why)
{
	const struct hello_hold *x = c->drive_state;

	(void)why;
	if (hold_time_over(c, &x->hold, c->flow))
		hello_hold_go(c, false);
}

/* ---- going on ---- */

static void
hold_end(struct conn *c)
{
	struct hello_hold *x = c->drive_state;

	if (x->hold.stage == HOLD_HELD)
		TAILQ_REMOVE(&c->worker->held, &x->hold, link);
	x->hold.stage = HOLD_GO;
}

static void
hello_close(struct conn *c, int state, const char *why, const char *remedy)
{
	(void)state;
	(void)why;
	(void)remedy; /* the row is the connection's own */
	hold_end(c);
	free(c->drive_state);
	c->drive_state = NULL;
}

/* The server is there. */
static void
hand_over(struct conn *c)
{
	bool pass = ((struct hello_hold *)c->drive_state)->pass;

	hello_close(c, FLOW_S_CONNECT, NULL, NULL);
	c->drive = NULL;
	intercept_go_on(c, pass);
}

void
hello_hold_go(struct conn *c, bool pass)
{
	struct hello_hold *x = c->drive_state;

	hold_end(c);
	x->pass = pass;
	c->last_ns = c->worker->now_ns;
	report_state(c, c->flow, FLOW_S_CONNECT, FLOW_TLS);
	if (c->server.open) {
		hand_over(c);
		return;
	}
	conn_set_deadline(c, DEADLINE_NONE); /* dialling has its own */
	conn_dial(c);
}

static void
hello_dialled(struct conn *c, const struct dial_result *r)
{
	if (r->failure == DIAL_OK) {
		conn_server_up(c, r);
		hand_over(c);
	} else {
		intercept_refuse(c, r->why, refuse_dial_remedy(r));
	}
}

static flow_key
hello_flow(const struct conn *c)
{
	return c->flow;
}

/* Never: TLS with the server begins when this driver has handed the connection over. */
static void
hello_secured(struct conn *c, const char *why, const char *remedy)
{
	(void)c;
	(void)why;
	(void)remedy;
}

const struct drive_ops drive_hello = {
    .name = "hello",
    .open = hello_open,
    .readable = hello_readable,
    .drained = hello_drained,
    .dialled = hello_dialled,
    .expired = hello_expired,
    .close = hello_close,
    .flow = hello_flow,
    .secured = hello_secured,
};
