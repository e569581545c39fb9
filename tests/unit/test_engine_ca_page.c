/* SPDX-License-Identifier: MIT
 * Tests of the page of the proxy itself, against a real engine with real sockets on loopback. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/engine_internal.h"
#include "engine/selftest.h"
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
	assert_non_null(strstr(got.p, "X-Content-Type-Options: nosniff\r\n"));
	assert_non_null(strstr(got.p, "Cross-Origin-Resource-Policy: same-origin\r\n"));
	assert_non_null(strstr(got.p, "frame-ancestors 'none'\r\n"));
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
	RIG_UNTIL(rig, (s = rig_tagged(rig, 5)) && s->ended);
	assert_int_equal(s->status, 200);
	assert_int_equal(s->state, FLOW_S_DONE);
}

/* ---- the self-test ---- */

static struct engine_selftest
selftest_end(struct selftest *t, int ready_fd)
{
	struct pollfd p = {.fd = ready_fd, .events = POLLIN};
	struct engine_selftest out;

	assert_int_equal(poll(&p, 1, RIG_WAIT_MS), 1);
	assert_true(selftest_done(t, &out));
	selftest_free(t);
	return out;
}

static void
selftest_passes(void **state)
{
	int fd = eventfd(0, 0);
	struct engine_selftest out;
	struct errmsg why;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	(void)state;
	assert_int_equal(engine_selftest_start(rig->engine, fd, &why), 0);
	assert_int_equal(engine_selftest_start(rig->engine, fd, &why), ERR_EXISTS);
	assert_int_equal(poll(&p, 1, RIG_WAIT_MS), 1);
	assert_true(engine_selftest_done(rig->engine, &out));
	assert_string_equal(out.text, "");
	assert_true(out.ok);
	assert_int_equal(strncmp(out.client, "127.0.0.1:", 10), 0);
	assert_false(engine_selftest_done(rig->engine, &out));
	RIG_UNTIL(rig, rig->closed == 1);
	assert_int_equal(rig->nseen, 1);
	assert_int_equal(rig->seen[0]->state, FLOW_S_DONE);
	close(fd);
}

static void
selftest_has_nothing_to_ask(void **state)
{
	struct engine_listen *l = &rig->engine->config.listen[0];
	struct errmsg why;

	(void)state;
	engine_serve_ca_page(rig->engine, false);
	assert_int_equal(engine_selftest_start(rig->engine, -1, &why), ERR_REFUSED);
	assert_non_null(strstr(why.text, "ca-page"));
	engine_serve_ca_page(rig->engine, true);
	strcpy(l->mode, "transparent");
	assert_int_equal(engine_selftest_start(rig->engine, -1, &why), ERR_NOTFOUND);
	strcpy(l->mode, "auto");
}

/* A listener that is none of ours: it answers CONNECT with that, or closes at once (NULL). */
static void
selftest_told(const char *answer, const char *text)
{
	int fd = eventfd(0, 0), s = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	struct engine_listen l = {.mode = "auto", .addr = "0.0.0.0"};
	struct errmsg why;
	char head[1024];

	assert_int_equal(bind(s, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(s, 1), 0);
	getsockname(s, (struct sockaddr *)&a, &n);
	l.port = ntohs(a.sin_port);
	struct selftest *t = selftest_start(&l, rig->tls, fd, &why);
	int c = accept(s, NULL, NULL);
	assert_true(recv(c, head, sizeof head, 0) > 0);
	assert_int_equal(strncmp(head, "CONNECT ca.mitmtop:443 ", 23), 0);
	if (answer)
		assert_true(send(c, answer, strlen(answer), 0) > 0);
	close(c);
	struct engine_selftest out = selftest_end(t, fd);
	assert_false(out.ok);
	if (!strstr(out.text, text))
		fail_msg("no \"%s\" in \"%s\"", text, out.text);
	close(s);
	close(fd);
}

static void
selftest_says_where_it_failed(void **state)
{
	(void)state;
	selftest_told("HTTP/1.1 502 Bad Gateway\r\n\r\n", "answered CONNECT with 502");
	selftest_told("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user and password (407)");
	selftest_told("SSH-2.0-x\r\n\r\n", "answered CONNECT with 0");
	selftest_told(NULL, "instead of an answer to CONNECT");
	selftest_told("HTTP/1.1 200 OK\r\n\r\n", "TLS: ");
}

static void
selftest_is_refused(void **state)
{
	int fd = eventfd(0, 0);
	struct engine_listen l = {.mode = "auto", .addr = "127.0.0.1", .port = 1};
	struct errmsg why;

	(void)state;
	struct engine_selftest out = selftest_end(selftest_start(&l, rig->tls, fd, &why), fd);
	assert_string_equal(out.text, "cannot connect to the listener: Connection refused");
	close(fd);
}

/* The proxy's own certificate, seen with the eyes of another CA; "insecure" makes no difference. */
static void
selftest_trusts_one_ca(void **state)
{
	int fd = eventfd(0, 0);
	struct errmsg why;
	struct tls *other = fix_tls(fix_dir(), NULL, true);

	(void)state;
	struct engine_selftest out =
	    selftest_end(selftest_start(&rig->engine->config.listen[0], other, fd, &why), fd);
	assert_false(out.ok);
	assert_non_null(strstr(out.text, "not one of our CA's: unknown issuer"));
	tls_free(other);
	close(fd);
}

/* A listener that never answers: given up at once when asked to, else after its time. */
static void
selftest_has_a_limit(void **state)
{
	int fd = eventfd(0, 0), s = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	struct engine_listen l = {.mode = "auto", .addr = "127.0.0.1"};
	struct errmsg why;
	uint64_t begin = rig_now_ms();

	(void)state;
	assert_int_equal(bind(s, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(s, 4), 0);
	getsockname(s, (struct sockaddr *)&a, &n);
	l.port = ntohs(a.sin_port);
	selftest_free(selftest_start(&l, rig->tls, fd, &why));
	assert_true(rig_now_ms() < begin + ENGINE_SELFTEST_MS);
	eventfd_read(fd, &(eventfd_t){0});
	struct engine_selftest out = selftest_end(selftest_start(&l, rig->tls, fd, &why), fd);
	assert_string_equal(out.text, "no answer within 5 s while waiting for the answer to CONNECT");
	assert_true(out.ms >= ENGINE_SELFTEST_MS);
	close(s);
	close(fd);
}

static void
stops_while_it_runs(void **state)
{
	int fd = eventfd(0, 0);
	struct errmsg why;

	(void)state;
	assert_int_equal(engine_selftest_start(rig->engine, fd, &why), 0);
	engine_stop(rig->engine);
	close(fd);
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
	    T(selftest_passes),
	    T(selftest_has_nothing_to_ask),
	    T(selftest_says_where_it_failed),
	    T(selftest_is_refused),
	    T(selftest_trusts_one_ca),
	    T(selftest_has_a_limit),
	    T(stops_while_it_runs),
	};
#undef T
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
