/* SPDX-License-Identifier: MIT
 * The HTTP/1.1 driver's bodies: what a body reader took is relayed and recorded. */
#include "base/err.h"
#include "engine/conn.h"
#include "engine/drive_http1.h"
#include "engine/engine_internal.h"
#include "engine/hold.h"
#include "engine/report.h"
#include "engine/worker.h"

/* On its way, or to where a breakpoint gathers it; how much that may be is watched there. */
static void
relay_out(const struct http1_dir *d, struct endpoint *to, const char *p, size_t n)
{
	if (!d->sink)
		endpoint_write(to, p, n);
	else if (n)
		buf_add(d->sink, p, n);
}

bool
http1_keep_body(struct conn *c, const char *p, size_t n)
{
	struct http1 *x = c->drive_state;
	struct engine *e = c->worker->engine;
	uint64_t total = n + atomic_fetch_add_explicit(&e->hold_bytes, n, memory_order_relaxed);

	if (total <= e->config.hold_total_bytes && buf_add(&x->request_body, p, n) == 0)
		return true;
	atomic_fetch_sub_explicit(&e->hold_bytes, n + x->request_body.n, memory_order_relaxed);
	buf_fini(&x->request_body);
	x->request_body_lost = true;
	return false;
}

/* Bytes recorded of a body: what may be held has to be there whole, or it could not be edited. */
static uint64_t
relay_record_max(const struct conn *c)
{
	const struct http1 *x = c->drive_state;
	const struct engine_config *g = c->worker->config;
	bool gathers = x->hold && x->hold->stage == HOLD_GATHER;

	return gathers && g->hold_max_bytes > g->body_max_bytes ? g->hold_max_bytes : g->body_max_bytes;
}

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
			uint64_t max = relay_record_max(c);
			uint64_t room = max > d->kept ? max - d->kept : 0;
			size_t keep = n < room ? n : (size_t)room;
			d->kept += keep;
			report_body(c, x->flow, dir, from->in.b, data, n, keep);
			if (d->sink)
				x->hold->body_bytes += n;
			if (d->unchunk)
				relay_out(d, to, data, n);
			if (d->copy && !http1_keep_body(c, data, n))
				d->copy = false;
		}
		taken += (size_t)k;
	}
	if (!d->unchunk)
		relay_out(d, to, in.p, taken);
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
		relay_out(d, to, out->p, out->n);
	endpoint_consume(from, (size_t)n);
	return 1;
}

/* Moves body bytes that stand in from's input. 0: all moved; an error with fault set otherwise. */
int
http1_relay_body(struct conn *c, struct http1_dir *d, struct endpoint *from, struct endpoint *to,
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
