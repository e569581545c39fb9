/* SPDX-License-Identifier: MIT
 * Tests of the page of the proxy itself, against a real engine with real sockets on loopback. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine_fixture.h"

static struct rig *rig;
static struct buf got;

static int
begin(void **state)
{
	(void)state;
	buf_init(&got, 8 << 20);
	rig = rig_open(2);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	rig_close(rig);
	buf_fini(&got);
	fix_dirs_remove();
	return 0;
}

static void
expect(struct peer *p, const char *status, const char *part)
{
	buf_clear(&got);
	assert_true(peer_response(p, &got));
	if (strncmp(got.p + 9, status, strlen(status)) || !strstr(got.p, part))
		fail_msg("neither %s nor \"%s\" in \"%.600s\"", status, part, got.p);
	assert_non_null(strstr(got.p, "Cache-Control: no-store\r\n"));
	assert_null(memmem(got.p, got.n, "PRIVATE", 7));
}

static struct span
body(void)
{
	char *at = strstr(got.p, "\r\n\r\n") + 4;

	return span_of(at, got.n - (size_t)(at - got.p));
}

static void
ask(struct peer *p, const char *method, const char *path)
{
	peer_print(p, "%s http://ca.mitmtop%s HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n", method, path);
}

static void
what_is_there(void **state)
{
	struct peer p = peer_connect(rig->port);
	struct tls_ca_info ca;
	struct buf cert;

	(void)state;
	tls_ca_info(rig->tls, &ca);
	buf_init(&cert, 1 << 20);
	ask(&p, "GET", "");
	expect(&p, "200", "Content-Type: text/html; charset=utf-8\r\n");
	assert_non_null(strstr(got.p, ca.fingerprint));
	ask(&p, "GET", "/?lang=en");
	expect(&p, "200", "<h1>mitmtop ");
	ask(&p, "GET", "/ca.pem");
	expect(&p, "200", "Content-Type: application/x-pem-file\r\n");
	assert_non_null(strstr(got.p, "Content-Disposition: attachment"));
	assert_int_equal(tls_ca_cert(rig->tls, false, &cert), 0);
	assert_true(span_eq(body(), buf_span(&cert)));
	buf_clear(&cert);
	ask(&p, "GET", "/ca.cer");
	expect(&p, "200", "Content-Type: application/x-x509-ca-cert\r\n");
	assert_int_equal(tls_ca_cert(rig->tls, true, &cert), 0);
	assert_true(span_eq(body(), buf_span(&cert)));
	ask(&p, "GET", "/selftest");
	expect(&p, "200", ": this request came through the proxy\n");
	assert_ptr_equal(strchr(body().p, '\n') + 1, body().p + body().n);
	ask(&p, "GET", "/ca.key");
	expect(&p, "404", "<h1>Not here</h1>");
	peer_close(&p);
	RIG_UNTIL(rig, rig->closed == 1);
	assert_int_equal(rig->nseen, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(rig->seen[i]->state, FLOW_S_DONE);
		assert_string_equal(rig->seen[i]->why, "answered by mitmtop itself");
		assert_true(rig->seen[i]->message[FLOW_RESPONSE].body[0].n > 0);
	}
	buf_fini(&cert);
}

static void
names_of_it(void **state)
{
	static const char *const heads[] = {
	    "GET http://CA.MitmTop:81/selftest HTTP/1.1\r\nHost: CA.MitmTop:81\r\n\r\n",
	    "GET http://ca.mitmtop./selftest HTTP/1.1\r\nHost: ca.mitmtop.\r\n\r\n",
	    "GET /selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n",
	};
	struct peer p = peer_connect(rig->port);

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		peer_write(&p, heads[i], strlen(heads[i]));
		expect(&p, "200", "came through");
	}
	peer_close(&p);
}

static void
methods(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	peer_print(&p, "HEAD http://ca.mitmtop/ca.pem HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_true(peer_response(&p, &got)); /* reads on to the end */
	assert_non_null(strstr(got.p, "HTTP/1.1 200 OK"));
	assert_null(strstr(got.p, "Content-Length: 0"));
	assert_null(memmem(got.p, got.n, "BEGIN", 5));
	peer_close(&p);
	p = peer_connect(rig->port);
	ask(&p, "OPTIONS", "/");
	expect(&p, "405", "Allow: GET, HEAD\r\n");
	ask(&p, "GET", "/selftest");
	expect(&p, "200", "came through");
	peer_print(&p, "POST http://ca.mitmtop/ HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nabc");
	expect(&p, "405", "Connection: close\r\n");
	assert_true(peer_at_end(&p));
	peer_close(&p);
}

static void
pipelined(void **state)
{
	enum { N = 50 };
	struct peer p = peer_connect(rig->port);

	(void)state;
	for (int i = 0; i < N; i++)
		ask(&p, "GET", "/selftest");
	for (int i = 0; i < N; i++)
		expect(&p, "200", "came through");
	peer_close(&p);
}

static struct peer
own_tunnel(SSL_CTX *ctx)
{
	struct peer p = peer_tunnel_to(rig->port, "ca.mitmtop:443", ctx);

	if (ctx) /* without asking for a name: that of CONNECT is enough */
		assert_int_equal(X509_check_host(SSL_get0_peer_certificate(p.ssl), "ca.mitmtop", 0, 0, NULL), 1);
	return p;
}

static SSL_CTX *
trusting_ctx(void)
{
	SSL_CTX *ctx = fix_client_ctx();

	assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), rig->tls->ca.cert), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

static void
tunnels(void **state)
{
	SSL_CTX *ctx = trusting_ctx();
	struct peer p = own_tunnel(ctx);

	(void)state;
	for (int i = 0; i < 2; i++) {
		peer_print(&p, "GET /selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n");
		expect(&p, "200", "came through");
	}
	peer_print(&p, "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n");
	assert_true(peer_response(&p, &got));
	assert_non_null(strstr(got.p, "HTTP/1.1 421 "));
	assert_true(peer_at_end(&p));
	peer_close(&p);
	p = own_tunnel(NULL);
	peer_print(&p, "GET /selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n");
	expect(&p, "200", "came through");
	peer_close(&p);
	SSL_CTX_free(ctx);
	struct engine_stats s;
	engine_stats(rig->engine, &s);
	assert_int_equal(s.connect_us[0], 0);
	assert_int_equal(s.server_open, 0);
}

static void
no_http_in_a_tunnel(void **state)
{
	static const char *const words[] = {"SSH-2.0-x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x05\x01"};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		p = own_tunnel(NULL);
		peer_write(&p, words[i], strlen(words[i]));
		assert_true(peer_at_end(&p));
		peer_close(&p);
	}
	p = own_tunnel(NULL); /* and one that says nothing */
	peer_close(&p);
	RIG_UNTIL(rig, rig->closed == 4);
	for (unsigned i = 0; i < rig->nseen; i++)
		assert_true(rig->seen[i]->ended);
}

static void
turned_off(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	engine_serve_ca_page(rig->engine, false);
	ask(&p, "GET", "/");
	assert_true(peer_response(&p, &got));
	assert_non_null(strstr(got.p, "HTTP/1.1 50"));
	peer_close(&p);
	engine_serve_ca_page(rig->engine, true);
	p = peer_connect(rig->port);
	ask(&p, "GET", "/");
	expect(&p, "200", "<h1>");
	peer_close(&p);
}

static void
a_tunnel_stays_ours(void **state)
{
	struct peer p = own_tunnel(NULL);

	(void)state;
	engine_serve_ca_page(rig->engine, false);
	peer_print(&p, "GET /selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n");
	expect(&p, "200", "came through");
	peer_close(&p);
}

static void
rules_are_not_asked(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, INTENT_ON_REQUEST | INTENT_ON_RESPONSE, "path ~ .");
	ask(&p, "GET", "/selftest");
	expect(&p, "200", "came through");
	assert_int_equal(rig_held(rig), 0);
	peer_close(&p);
}

static struct seen *
tagged(uint64_t tag)
{
	for (unsigned i = 0; i < rig->nseen; i++)
		if (rig->seen[i]->tag == tag)
			return rig->seen[i];
	return NULL;
}

static void
sent_again(void **state)
{
	struct intent *i = intent_new(INTENT_SEND, 0);
	static const char head[] = "GET /selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n";
	struct seen *s;

	(void)state;
	i->send = calloc(1, sizeof *i->send);
	i->send->tag = 5;
	strcpy(i->send->host, "ca.mitmtop");
	i->send->port = 443;
	i->send->tls = true;
	i->send->message = intent_message_new(head, strlen(head), NULL, 0, NULL, 0);
	engine_intend(rig->engine, i);
	RIG_UNTIL(rig, (s = tagged(5)) && s->ended);
	assert_int_equal(s->status, 200);
	assert_int_equal(s->state, FLOW_S_DONE);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
	    T(what_is_there),
	    T(names_of_it),
	    T(methods),
	    T(pipelined),
	    T(tunnels),
	    T(no_http_in_a_tunnel),
	    T(turned_off),
	    T(a_tunnel_stays_ours),
	    T(rules_are_not_asked),
	    T(sent_again),
	};
#undef T
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
