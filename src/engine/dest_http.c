/* SPDX-License-Identifier: MIT
 * The destination told by an HTTP request to the proxy: CONNECT opens a tunnel (RFC 9110 9.3.6; the dial
 * comes before the 200), any other method is handed to the HTTP/1 driver, which finds the server in the
 * absolute-form target of each request. */
#include "engine/dest.h"

#include <stdio.h>
#include <string.h>

#include "engine/ca_page.h"
#include "engine/conn.h"
#include "engine/dial.h"
#include "engine/drive.h"
#include "engine/refuse.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "proto/h1_forward.h"

/* A method's first letter; empty lines before a request line are allowed (RFC 9112 2.2). */
static int
claims(const char *p, size_t n)
{
	for (size_t i = 0; i < n && i < 4; i++) {
		if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z')
			return 1;
		if (p[i] != '\r' && p[i] != '\n')
			break;
		if (i + 1 == n)
			return 0;
	}
	/* Other printable bytes: HTTP of a sort, refused with its own words by the parser. */
	return n && p[0] > ' ' && p[0] < 0x7f ? 1 : n ? -1 : 0;
}

static const char tunnel_is_up[] = "HTTP/1.1 200 Connection established\r\n\r\n";

static void
tunnel_open(struct conn *c, const struct http_head *h, const struct h1_request *r, size_t head_n)
{
	const struct url_authority *a = &r->target.authority;

	conn_set_dest(c, a->host.p, a->host.n, a->port);
	(void)h;
	endpoint_consume(&c->client, head_n);
	c->flow = worker_key(c->worker);
	report_flow_open(c, FLOW_TCP);
	if (ca_page_is_at(c->worker, a->host)) {
		c->own = true;
		endpoint_write(&c->client, tunnel_is_up, sizeof tunnel_is_up - 1);
		conn_sniff(c, false);
		return;
	}
	c->phase = CONN_DIAL;
	conn_set_deadline(c, DEADLINE_NONE);
	conn_dial(c);
}

static void
refuse_head(struct conn *c, const struct h1_fault *fault)
{
	conn_refuse(c, fault->status, fault->why, NULL);
}

static void
readable(struct conn *c)
{
	struct http_head *h = &c->worker->head;
	struct h1_request r;
	struct h1_fault fault;
	struct span in = endpoint_input(&c->client);

	if (in.n > 8 && memcmp(in.p, "CONNECT ", 8) && in.p[0] != '\r' && in.p[0] != '\n') {
		conn_drive(c, &drive_http1);
		return;
	}
	long n = h1_parse_request(in.p, in.n, &c->client.in.scan, h, &fault);
	if (n == 0) {
		if (c->client.in.end == c->client.in.b->cap)
			endpoint_grow(&c->client, HTTP_HEAD_MAX_BYTES + 2);
		return;
	}
	if (n < 0) {
		refuse_head(c, &fault);
	} else if (!span_eq(h->method, SPAN_LIT("CONNECT"))) {
		c->client.in.scan = 0;
		conn_drive(c, &drive_http1);
	} else if (h1_check_request(h, &r, &fault)) {
		refuse_head(c, &fault);
	} else if (r.framing != H1_BODY_NONE) {
		fault = (struct h1_fault){400, "CONNECT with a body"};
		refuse_head(c, &fault);
	} else {
		tunnel_open(c, h, &r, (size_t)n);
	}
}

static void
dialled(struct conn *c, const struct dial_result *r)
{
	if (r->failure != DIAL_OK) {
		conn_refuse(c, refuse_dial_status(r), r->why, refuse_dial_remedy(r));
		return;
	}
	conn_server_up(c, r);
	endpoint_write(&c->client, tunnel_is_up, sizeof tunnel_is_up - 1);
	conn_sniff(c, false);
}

const struct dest_ops dest_http = {
    .name = "http",
    .claims = claims,
    .readable = readable,
    .dialled = dialled,
};

const struct dest_ops *const dest_table[] = {&dest_http, NULL};
