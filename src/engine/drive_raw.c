/* SPDX-License-Identifier: MIT
 * The raw driver: bytes of an unknown protocol, relayed at once, both directions recorded, half-close kept
 * (S001-53, S004-20, P06, P17). After a 101 it goes on with the row of the request. TLS that is not decrypted is relayed in the same
 * way and not recorded. */
#include "engine/drive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/host_pattern.h"
#include "engine/conn.h"
#include "engine/drive_raw.h"
#include "engine/report.h"
#include "engine/worker.h"

enum { RAW_BUDGET_BYTES = 1 << 18 }; /* read of one side in one turn */

static enum flow_dir
direction(const struct conn *c, const struct endpoint *from)
{
	return from == &c->client ? FLOW_REQUEST : FLOW_RESPONSE;
}

void
raw_record(struct conn *c, const struct endpoint *from, size_t n)
{
	struct raw *raw = c->drive_state;
	enum flow_dir dir = direction(c, from);
	uint64_t max = raw->pass ? 0 : c->worker->config->body_max_bytes;
	uint64_t room = max > raw->kept[dir] ? max - raw->kept[dir] : 0;
	size_t keep = n < room ? n : (size_t)room;

	if (n == 0)
		return;
	raw->seen[dir] += n;
	raw->kept[dir] += keep;
	report_body(c, raw->flow, dir, from->in.b, endpoint_input(from).p, n, keep);
}

static void
forward_input(struct conn *c, struct endpoint *from, struct endpoint *to)
{
	struct raw *raw = c->drive_state;
	struct span in = endpoint_input(from);

	if (in.n == 0 || raw->stopped[direction(c, from)])
		return;
	if (raw->take) {
		raw->take(c, from, to);
		return;
	}
	raw_record(c, from, in.n);
	endpoint_write(to, in.p, in.n);
	endpoint_consume(from, in.n);
}

/* Inside TLS that is not decrypted an end cannot be read. A client that resets has left, as many do who close with tickets or a
 * close_notify of the server unread; a server that resets had better have ended first. */
static bool
is_well_left(const struct conn *c, const struct endpoint *from)
{
	const struct raw *raw = c->drive_state;

	return raw->pass && (from->error == ECONNRESET || from->error == EPIPE) && (from == &c->client || from->eof);
}

/* A direction waits: no time-out runs but the one of who stopped it. */
static bool
is_held(const struct conn *c)
{
	const struct raw *raw = c->drive_state;

	return raw->stopped[FLOW_REQUEST] || raw->stopped[FLOW_RESPONSE];
}

static void
side_ended(struct conn *c, struct endpoint *from, struct endpoint *to, enum endpoint_result r)
{
	const char *side = from == &c->client ? "client" : "server";
	char why[160];

	if (r == EP_BROKEN && is_well_left(c, from)) {
		conn_close(c, FLOW_S_DONE, NULL, NULL);
		return;
	}
	if (r == EP_BROKEN) {
		snprintf(why, sizeof why, "%s: %s", side,
		    from->error ? strerror(from->error) : "connection broken");
		conn_close(c, FLOW_S_ERROR, why, NULL);
		return;
	}
	if (((struct raw *)c->drive_state)->ended)
		((struct raw *)c->drive_state)->ended(c, from);
	endpoint_want_read(from, false);
	endpoint_shutdown(to);
	if (!is_held(c))
		conn_set_deadline(c, DEADLINE_HALF_CLOSE);
	if (to->eof && !endpoint_backlog(to) && !endpoint_backlog(from))
		conn_close(c, FLOW_S_DONE, NULL, NULL);
}

/* That direction waits, or the connection is over. */
static bool
is_stopped(struct conn *c, struct endpoint *from)
{
	const struct raw *raw = c->drive_state;

	if (c->phase != CONN_DRIVE || !raw->stopped[direction(c, from)])
		return c->phase != CONN_DRIVE;
	endpoint_want_read(from, false);
	return true;
}

void
raw_readable(struct conn *c, struct endpoint *from)
{
	struct endpoint *to = conn_other(c, from);
	enum endpoint_result r = EP_OK;

	forward_input(c, from, to);
	if (is_stopped(c, from))
		return;
	for (size_t n = 0; !from->eof && !from->broken && n < RAW_BUDGET_BYTES;) {
		if (to->broken) {
			side_ended(c, to, from, EP_BROKEN);
			return;
		}
		if (endpoint_backlog(to)) {
			endpoint_want_read(from, false);
			return;
		}
		if (conn_congested(c))
			return;
		r = endpoint_read(from);
		if (r != EP_OK)
			break;
		n += endpoint_input(from).n;
		forward_input(c, from, to);
		if (is_stopped(c, from))
			return;
		if (!endpoint_pending(from))
			r = EP_AGAIN;
		if (r == EP_AGAIN)
			break;
	}
	endpoint_release_input(from);
	if (from->eof || from->broken) {
		if (r == EP_OK || r == EP_AGAIN)
			r = from->broken ? EP_BROKEN : EP_EOF;
		side_ended(c, from, to, r);
		return;
	}
	endpoint_want_read(from, true);
	if (r == EP_OK)
		worker_make_ready(c->worker, c);
}

void
raw_drained(struct conn *c, struct endpoint *ep)
{
	struct endpoint *from = conn_other(c, ep);

	if (ep->broken) {
		side_ended(c, ep, from, EP_BROKEN);
	} else if (ep->eof && from->eof && !endpoint_backlog(from)) {
		conn_close(c, FLOW_S_DONE, NULL, NULL);
	} else if (!from->eof) {
		raw_readable(c, from);
	}
}

void
raw_start(struct conn *c, struct raw *raw, flow_key flow)
{
	raw->flow = flow;
	c->drive_state = raw;
	conn_set_deadline(c, DEADLINE_IDLE);
	COUNTER_ADD(c->worker->counters->busy, 1);
	worker_make_ready(c->worker, c); /* both sides may hold input that no event announces */
}

static void
raw_open(struct conn *c)
{
	report_state(c, c->flow, FLOW_S_STREAM, FLOW_RAW);
	raw_start(c, mem_zalloc(sizeof(struct raw)), c->flow);
	c->flow = 0;
}

void
drive_raw_take(struct conn *c, flow_key flow)
{
	c->drive = &drive_raw;
	raw_start(c, mem_zalloc(sizeof(struct raw)), flow);
}

void
drive_raw_pass(struct conn *c, const char *pattern)
{
	flow_key flow = c->flow;

	report_pass(c, flow, pattern);
	c->flow = 0;
	c->phase = CONN_DRIVE;
	c->drive = &drive_raw;
	raw_start(c, mem_zalloc(sizeof(struct raw)), flow);
	((struct raw *)c->drive_state)->pass = mem_strdup(pattern);
}

static void
raw_expired(struct conn *c, const char *why)
{
	conn_close(c, FLOW_S_ERROR, why, NULL);
}

void
raw_close(struct conn *c, int state, const char *why, const char *remedy)
{
	struct raw *raw = c->drive_state;
	char text[sizeof(struct errmsg) + HOST_PATTERN_TEXT_MAX];

	if (raw->pass && state == FLOW_S_DONE) {
		state = FLOW_S_PASS;
	} else if (raw->pass) {
		snprintf(text, sizeof text, "%s (passthrough %s)", why ? why : "", raw->pass);
		why = text;
	}
	report_flow_end(c, raw->flow, (enum flow_state)state, why, remedy);
	COUNTER_ADD(c->worker->counters->busy, (uint64_t)-1);
	free(raw->pass);
	free(raw);
	c->drive_state = NULL;
}

flow_key
raw_flow(const struct conn *c)
{
	return ((const struct raw *)c->drive_state)->flow;
}

const struct drive_ops drive_raw = {
    .name = "raw",
    .open = raw_open,
    .readable = raw_readable,
    .drained = raw_drained,
    .dialled = NULL, /* its server is up before it begins */
    .expired = raw_expired,
    .close = raw_close,
    .flow = raw_flow,
    .secured = NULL,
};
