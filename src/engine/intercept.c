/* SPDX-License-Identifier: MIT
 * Interception of TLS. The ClientHello is buffered and parsed whatever its size or split; the server's handshake
 * comes first and is verified, so that the leaf can be forged from its certificate; then the buffered bytes are
 * replayed into our own server side (design.md 4, S000-17). */
#include "engine/intercept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/conn.h"
#include "engine/drive.h"
#include "engine/drive_raw.h"
#include "engine/hello_hold.h"
#include "engine/pass.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"
#include "proto/tls_hello.h"
#include "tls/tls.h"

/* TLS alert descriptions (RFC 8446 6.2) for a client whose hello we cannot answer. */
enum { ALERT_HANDSHAKE_FAILURE = 40, ALERT_ACCESS_DENIED = 49, ALERT_DECODE_ERROR = 50 };

/* A fatal alert before any ServerHello, by hand: there is no TLS state on that side yet. */
static void
alert_client(struct conn *c, int description)
{
	char alert[] = {21, 3, 3, 0, 2, 2, (char)description};

	if (!c->client.tls)
		endpoint_write_raw(&c->client, alert, sizeof alert);
}

static bool
is_verify_failure(enum tls_fail f)
{
	return f >= TLS_FAIL_VERIFY_EXPIRED && f <= TLS_FAIL_VERIFY_OTHER;
}

/* Ends the row with state F. */
static void
handshake_failed(struct conn *c, struct endpoint *ep, enum tls_fail fail, const char *why)
{
	const char *remedy = tls_fail_remedy(fail, ep == &c->client);
	char text[320];

	COUNTER_ADD(c->worker->counters->handshakes_failed, 1);
	struct tls_info info;
	if (ep->tls)
		tls_conn_info(ep->tls, &info);
	report_conn_tls(c, ep, ep->tls ? &info : NULL, false, tls_fail_name(fail), why, remedy);
	if (c->drive) { /* it has lost its server and wanted another connection */
		snprintf(text, sizeof text, "%s", why);
		c->phase = CONN_DRIVE;
		c->drive->secured(c, text, remedy);
		return;
	}
	if (ep == &c->server)
		alert_client(c, is_verify_failure(fail) ? ALERT_ACCESS_DENIED : ALERT_HANDSHAKE_FAILURE);
	snprintf(text, sizeof text, "%s", why);
	conn_close_gently(c, FLOW_S_TLS_FAILED, text, remedy);
}

static void
handshake_broken(struct conn *c, struct endpoint *ep)
{
	char why[256];
	enum tls_fail fail = tls_conn_fail(ep->tls, why, sizeof why);

	handshake_failed(c, ep, fail, why);
}

static void
handshake_done(struct conn *c, struct endpoint *ep)
{
	struct counters *n = c->worker->counters;
	struct tls_info info;

	c->worker->now_ns = clock_mono_ns();
	hist_add(&n->tls_us, (c->worker->now_ns - c->handshake_ns) / 1000);
	tls_conn_info(ep->tls, &info);
	if (info.resumed)
		COUNTER_ADD(n->handshakes_resumed, 1);
	else
		COUNTER_ADD(n->handshakes_full, 1);
	if (ep == &c->client)
		c->client_alpn_http1 = !strcmp(info.alpn, "http/1.1");
	else
		snprintf(c->server_alpn, sizeof c->server_alpn, "%s", info.alpn);
	report_conn_tls(c, ep, &info, true, "", "", "");
}

/* One step, unless this turn has done its share of heavy ones. Returns TLS_AGAIN when it is to go on later. */
static enum tls_result
handshake_step(struct conn *c, struct endpoint *ep)
{
	if (!worker_heavy(c->worker)) {
		worker_make_ready(c->worker, c);
		return TLS_AGAIN;
	}
	return tls_handshake(ep->tls);
}

/* ---- the client's half ---- */

static void
client_handshake(struct conn *c)
{
	enum tls_result r = handshake_step(c, &c->client);

	if (r == TLS_AGAIN)
		return;
	if (r != TLS_OK) {
		handshake_broken(c, &c->client);
		return;
	}
	handshake_done(c, &c->client);
	conn_sniff(c, true);
}

/* The hello's bytes stand in the input block; TLS reads them again from there, then the socket. */
static void
replay_input(struct endpoint *ep)
{
	struct span in = endpoint_input(ep);

	ep->replay = mem_dup(in.p, in.n);
	ep->replay_n = in.n;
	ep->replay_off = 0;
	endpoint_consume(ep, in.n);
	endpoint_release_input(ep);
}

static void
client_begin(struct conn *c)
{
	struct errmsg why;
	bool cached;
	struct tls_leaf *leaf = tls_leaf_obtain(
	    c->worker->config->tls, c->server.tls, c->host, c->sni, c->ecdsa_ok, &cached, &why);

	c->leaf_minted = leaf && !cached;
	c->handshake_ns = c->worker->now_ns;
	if (!leaf) {
		alert_client(c, ALERT_HANDSHAKE_FAILURE);
		handshake_failed(c, &c->client, TLS_FAIL_LOCAL, why.text);
		return;
	}
	replay_input(&c->client);
	c->client.tls = tls_accept_new(c->worker->config->tls, leaf, span_str(c->server_alpn),
	    &endpoint_tls_io, &c->client);
	tls_leaf_unref(leaf);
	if (!c->client.tls) {
		handshake_failed(c, &c->client, TLS_FAIL_LOCAL, "no memory for the client's TLS");
		return;
	}
	c->phase = CONN_CLIENT_TLS;
	conn_set_deadline(c, DEADLINE_HANDSHAKE);
	endpoint_want_read(&c->server, false);
	endpoint_want_read(&c->client, true);
	client_handshake(c);
}

/* ---- the server's half ---- */

static void
server_handshake(struct conn *c)
{
	enum tls_result r = handshake_step(c, &c->server);

	if (r == TLS_AGAIN)
		return;
	if (r != TLS_OK) {
		handshake_broken(c, &c->server);
		return;
	}
	handshake_done(c, &c->server);
	if (c->drive) {
		c->phase = CONN_DRIVE;
		c->drive->secured(c, NULL, NULL);
	} else {
		client_begin(c);
	}
}

static bool
is_ip(const char *host)
{
	return strchr(host, ':') || (host[0] && host[strspn(host, "0123456789.")] == '\0');
}

static void
server_begin(struct conn *c)
{
	char key[300];
	const char *sni = c->sni ? c->sni : is_ip(c->host) ? NULL : c->host;
	/* The name to verify is the destination's; one given as an address is known by its SNI (T32). */
	struct tls_server_want want = {.sni = sni,
	    .verify_host = is_ip(c->host) && c->sni ? c->sni : c->host,
	    .session_key = key,
	    .alpn = c->alpn,
	    .status_request = c->status_request};

	snprintf(key, sizeof key, "%s:%u", c->host, c->port);
	c->phase = CONN_SERVER_TLS;
	c->handshake_ns = c->worker->now_ns;
	conn_set_deadline(c, DEADLINE_HANDSHAKE);
	endpoint_want_read(&c->client, false);
	c->server.tls =
	    tls_connect_new(c->worker->config->tls, &want, &endpoint_tls_io, &c->server);
	if (!c->server.tls) {
		alert_client(c, ALERT_HANDSHAKE_FAILURE);
		handshake_failed(c, &c->server, TLS_FAIL_LOCAL, "no memory for the server's TLS");
		return;
	}
	endpoint_want_read(&c->server, true);
	server_handshake(c);
}

void
intercept_server(struct conn *c)
{
	server_begin(c);
}

/* ---- the hello ---- */

/* The protocol to offer the server: what we can read, if the client offers it; else the client's own
 * first one, which is relayed raw; none when it offers only h2 or nothing. */
static char *
alpn_to_offer(const struct tls_hello *h)
{
	const struct span *other = NULL;

	for (unsigned i = 0; i < h->nalpn; i++) {
		if (span_eq(h->alpn[i], SPAN_LIT("http/1.1")))
			return mem_strdup("http/1.1");
		bool plain = h->alpn[i].n && !memchr(h->alpn[i].p, 0, h->alpn[i].n);
		if (!other && plain && !span_eq(h->alpn[i], SPAN_LIT("h2")))
			other = &h->alpn[i];
	}
	return other ? mem_dup(other->p, other->n) : NULL;
}

/* From the first byte of the hello on, when the list says so. */
static bool
hello_passes(struct conn *c)
{
	const struct host_pattern *p = c->own ? NULL : pass_find(c);

	if (p)
		drive_raw_pass(c, p->text);
	return p != NULL;
}

static void
hello_complete(struct conn *c, const struct tls_hello *h)
{
	c->sni = h->sni_valid && h->sni[0] ? mem_strdup(h->sni) : NULL;
	c->alpn = alpn_to_offer(h);
	c->ecdsa_ok = h->ecdsa_ok;
	c->status_request = h->has_status_request;
	tls_ja4(c->worker->config->tls, h, c->ja4);
	report_conn_hello(c, h);
	if (c->own) {
		snprintf(c->server_alpn, sizeof c->server_alpn, "http/1.1");
		client_begin(c);
	} else if (!hello_passes(c) && !hello_hold(c)) {
		server_begin(c);
	}
}

void
intercept_go_on(struct conn *c, bool pass)
{
	c->phase = CONN_HELLO;
	if (pass)
		drive_raw_pass(c, INTENT_PASS_ONCE);
	else if (!hello_passes(c)) /* the list may have changed meanwhile */
		server_begin(c);
}

void
intercept_refuse(struct conn *c, const char *why, const char *remedy)
{
	alert_client(c, ALERT_HANDSHAKE_FAILURE);
	conn_close_gently(c, FLOW_S_ERROR, why, remedy);
}

static void
hello_failed(struct conn *c, const char *why)
{
	char text[200];

	if (hello_passes(c)) /* what cannot be read is the server's to judge */
		return;
	c->handshake_ns = c->worker->now_ns;
	alert_client(c, ALERT_DECODE_ERROR);
	snprintf(text, sizeof text, "client's ClientHello: %s", why);
	handshake_failed(c, &c->client, TLS_FAIL_NOT_TLS, text);
}

static void
hello_more(struct conn *c)
{
	struct tls_hello *h = &c->worker->hello;
	enum endpoint_result r = EP_OK;
	const char *why = NULL;

	for (;;) {
		struct span in = endpoint_input(&c->client);
		long n = tls_hello_parse(in.p, in.n, c->worker->hello_body, h, &why);
		if (n > 0) {
			hello_complete(c, h);
			return;
		}
		if (n < 0) {
			hello_failed(c, why);
			return;
		}
		if (r != EP_OK)
			break;
		if (c->client.in.end == c->client.in.b->cap)
			endpoint_grow(&c->client, TLS_HELLO_MAX_BYTES + BLOCK_BYTES);
		r = endpoint_read(&c->client);
	}
	if (r == EP_FULL)
		hello_failed(c, "too long");
	else if (r != EP_AGAIN)
		handshake_failed(c, &c->client, TLS_FAIL_PEER_CLOSED,
		    "client closed in the middle of its ClientHello");
}

void
intercept_begin(struct conn *c)
{
	c->phase = CONN_HELLO;
	c->handshake_ns = c->worker->now_ns;
	report_state(c, c->flow, FLOW_S_CONNECT, FLOW_TLS);
	conn_set_deadline(c, DEADLINE_HANDSHAKE);
	/* Server bytes wait: a TLS server speaks second. */
	endpoint_want_read(&c->server, false);
	hello_more(c);
}

void
intercept_readable(struct conn *c, struct endpoint *ep)
{
	if (c->phase == CONN_HELLO && ep == &c->client)
		hello_more(c);
	else if (c->phase == CONN_SERVER_TLS && ep == &c->server)
		server_handshake(c);
	else if (c->phase == CONN_CLIENT_TLS && ep == &c->client)
		client_handshake(c);
}

void
intercept_expired(struct conn *c)
{
	struct endpoint *ep = c->phase == CONN_SERVER_TLS ? &c->server : &c->client;
	char why[128];

	snprintf(why, sizeof why, "time-out: %s did not finish the TLS handshake within %g s",
	    ep == &c->server ? "server" : "client", c->worker->config->handshake_timeout_ms / 1e3);
	handshake_failed(c, ep, TLS_FAIL_TIMEOUT, why);
}
