/* SPDX-License-Identifier: MIT
 * Tests of breakpoints on a ClientHello, against a real engine with real sockets on loopback. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine_fixture.h"

static struct rig *rig;
static uint16_t secure;
static X509 *certificate;
static SSL_CTX *server_ctx, *client_ctx;
static struct buf got;

enum { GOT_MAX = 1 << 20, HOLD_MS = 200 };

static int
open_all(void **state)
{
	(void)state;
	certificate = fix_cert(&(struct fix_cert){.cn = "origin", .san = "IP:127.0.0.1,DNS:api.test"});
	server_ctx = fix_server_ctx(certificate, fix_key());
	client_ctx = fix_client_ctx();
	buf_init(&got, GOT_MAX);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	X509_free(certificate);
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
	buf_fini(&got);
	fix_dirs_remove();
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	rig = rig_open(2);
	secure = origin_open(server_ctx);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	rig_close(rig);
	origin_close(secure);
	return 0;
}

/* ---- clients ---- */

/* A tunnel whose ClientHello has been sent, and no more. */
static struct peer
say_hello(const char *sni)
{
	char authority[32];
	struct peer p;

	snprintf(authority, sizeof authority, "127.0.0.1:%u", secure);
	p = peer_tunnel_to(rig->port, authority, NULL);
	p.ssl = SSL_new(client_ctx);
	SSL_set_fd(p.ssl, p.fd);
	if (sni)
		SSL_set_tlsext_host_name(p.ssl, sni);
	fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) | O_NONBLOCK);
	int r = SSL_connect(p.ssl);
	assert_int_equal(SSL_get_error(p.ssl, r), SSL_ERROR_WANT_READ);
	fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) & ~O_NONBLOCK);
	return p;
}

static struct seen *
held_flow(void)
{
	for (unsigned i = rig->nseen; i-- > 0;)
		if (rig->seen[i]->state == FLOW_S_HELD && !rig->seen[i]->ended)
			return rig->seen[i];
	return NULL;
}

static struct seen *
wait_held(void)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = held_flow()) != NULL);
	return s;
}

/* The client got the origin's own certificate. */
static bool
is_direct(const struct peer *p)
{
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	bool same = X509_cmp(x, certificate) == 0;

	X509_free(x);
	return same;
}

static void
get(struct peer *p)
{
	peer_print(p, "GET /echo-tls HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", secure);
	assert_true(peer_response(p, &got));
	assert_non_null(memmem(got.p, got.n, "GET /echo-tls", 13));
}

static void
pass_on(flow_key flow)
{
	struct intent *i = intent_new(INTENT_RESUME, flow);

	i->pass = true;
	engine_intend(rig->engine, i);
}

static uint64_t
servers_open(void)
{
	struct engine_stats s;

	engine_stats(rig->engine, &s);
	return s.server_open;
}

/* ---- tests ---- */

static void
it_waits_and_goes_on_decrypted(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "sni = api.test and port > 1 and scheme = https and proto = tls and tls and client ~ 127.0.0.1");
	struct peer p = say_hello("api.test");
	struct seen *s = wait_held();
	assert_int_equal(s->rule, 2);
	assert_int_equal(origin_requests(secure), 0);
	rig_do(rig, INTENT_RESUME, s->key);
	assert_int_equal(SSL_connect(p.ssl), 1);
	assert_false(is_direct(&p));
	get(&p);
	/* The row of the connection becomes the row of its request. */
	RIG_UNTIL(rig, s->ended);
	assert_ptr_equal(rig_find(rig, "/echo-tls"), s);
	assert_int_equal(s->held, 1);
	assert_int_equal(s->state, FLOW_S_DONE);
	peer_close(&p);
	p = say_hello("other.test");
	assert_int_equal(SSL_connect(p.ssl), 1);
	peer_close(&p);
	assert_null(held_flow());
}

static void
what_is_not_known_matches_nothing(void **state)
{
	(void)state;
	static const char *const expr[] = {"path ~ x", "method = GET", "not path ~ x", "tls.version = 1.3", "code = 200", "host = api.test"};

	for (unsigned i = 0; i < sizeof expr / sizeof *expr; i++) {
		rig_on(rig, INTENT_ON_HELLO, expr[i]);
		struct peer p = peer_tunnel(rig->port, secure, client_ctx);
		get(&p);
		peer_close(&p);
	}
	assert_int_equal(rig_held(rig), 0);
	rig_on(rig, INTENT_ON_REQUEST | INTENT_ON_RESPONSE | INTENT_ON_MESSAGE, "path ~ nothing");
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);
	get(&p);
	peer_close(&p);
}

static void
it_can_pass_undecrypted(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	pass_on(s->key);
	assert_int_equal(SSL_connect(p.ssl), 1);
	assert_true(is_direct(&p));
	get(&p);
	peer_close(&p);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_PASS);
	/* The next one is held again. */
	p = say_hello(NULL);
	rig_do(rig, INTENT_KILL, wait_held()->key);
	assert_int_not_equal(SSL_connect(p.ssl), 1);
	peer_close(&p);
}

static void
what_the_list_passes_is_not_held(void **state)
{
	(void)state;
	struct intent *i = intent_new(INTENT_PASSTHROUGH, 0);

	i->hosts = mem_array(1, sizeof *i->hosts);
	i->hosts[i->nhosts++] = mem_strdup("127.0.0.1");
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	engine_intend(rig->engine, i);
	rig_do(rig, INTENT_RESUME, s->key); /* the list is looked at again */
	assert_int_equal(SSL_connect(p.ssl), 1);
	assert_true(is_direct(&p));
	peer_close(&p);
	p = say_hello(NULL);
	assert_int_equal(SSL_connect(p.ssl), 1);
	assert_true(is_direct(&p));
	peer_close(&p);
	RIG_UNTIL(rig, s->ended);
	assert_null(held_flow());
	assert_int_equal(s->held, 1);
}

static void
a_kill_ends_it(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	rig_do(rig, INTENT_KILL, s->key);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "killed");
	assert_int_not_equal(SSL_connect(p.ssl), 1);
	peer_close(&p);
}

static void
time_ends_it(void **state)
{
	(void)state;
	struct intent_rule rule[] = {rig_rule(1, INTENT_ON_HELLO, "sni = kill.test"), rig_rule(2, INTENT_ON_HELLO, "sni = api.test")};

	rule[0].hold_ms = rule[1].hold_ms = HOLD_MS;
	rule[0].kill_after = true;
	rig_rules(rig, rule, 2);
	struct peer p = say_hello("api.test");
	assert_int_equal(SSL_connect(p.ssl), 1);
	get(&p);
	peer_close(&p);
	p = say_hello("kill.test");
	struct seen *s = wait_held();
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "rule 1: held for 0.2 s, killed");
	peer_close(&p);
	RIG_UNTIL(rig, rig_event(rig, "rule 2: held for 0.2 s, sent on"));
}

static void
the_client_may_leave(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	shutdown(p.fd, SHUT_WR);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_string_equal(s->why, "client closed after 0 s while its ClientHello was held");
	peer_close(&p);
	p = say_hello(NULL);
	s = wait_held();
	const struct linger reset = {.l_onoff = 1};
	setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(p.fd);
	p.fd = -1;
	SSL_free(p.ssl);
	RIG_UNTIL(rig, s->ended);
	assert_string_equal(s->why, "client reset after 0 s while its ClientHello was held");
}

/* What a client sends behind its hello has a bound, and is there when it goes on. */
static void
what_follows_the_hello_is_bounded(void **state)
{
	(void)state;
	char *flood = mem_zalloc(64 << 10);
	size_t sent = 0;
	long n;

	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	int small = 4096;
	setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	uint64_t end_ms = rig_now_ms() + RIG_WAIT_MS, quiet_ms = rig_now_ms() + 500;
	while (rig_now_ms() < quiet_ms && rig_now_ms() < end_ms) { /* the kernel's buffers are full when nothing is taken any more */
		n = send(p.fd, flood, 64 << 10, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			sent += (size_t)n;
			quiet_ms = rig_now_ms() + 500;
		}
		rig_pump(rig, 5);
	}
	free(flood);
	assert_true(sent < 16u << 20);
	assert_false(s->ended);
	rig_do(rig, INTENT_RESUME, s->key); /* it is no TLS: the handshake fails */
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_TLS_FAILED);
	peer_close(&p);
}

static void
a_server_that_left_is_dialled_again(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	RIG_UNTIL(rig, origin_connections(secure) == 1);
	origin_cut(secure);
	RIG_UNTIL(rig, servers_open() == 0);
	assert_false(s->ended);
	rig_do(rig, INTENT_RESUME, s->key);
	assert_int_equal(SSL_connect(p.ssl), 1);
	get(&p);
	assert_int_equal(origin_connections(secure), 2);
	peer_close(&p);
}

static void
a_server_that_is_gone_is_an_error(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	origin_close(secure);
	RIG_UNTIL(rig, servers_open() == 0);
	rig_do(rig, INTENT_RESUME, s->key);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_non_null(strstr(s->why, "refused"));
	assert_int_not_equal(SSL_connect(p.ssl), 1);
	peer_close(&p);
	secure = origin_open(server_ctx);
}

static void
release_drain_and_edits(void **state)
{
	(void)state;
	struct intent_rule rule[] = {rig_rule(1, INTENT_ON_HELLO, "sni = kill.test"), rig_rule(2, INTENT_ON_HELLO, "sni = api.test")};

	rule[0].kill_after = true;
	rig_rules(rig, rule, 2);
	struct peer p = say_hello("api.test"), k = say_hello("kill.test");
	RIG_UNTIL(rig, rig_held(rig) == 2);
	rig_do_message(rig, INTENT_ANSWER, held_flow()->key, "HTTP/1.1 200 OK\r\n\r\n", NULL, NULL); /* there is no request */
	rig_do(rig, INTENT_DROP, held_flow()->key);
	rig_do(rig, INTENT_DRAIN, 0);
	rig_pump(rig, 50);
	assert_int_equal(rig_held(rig), 2);
	rig_do(rig, INTENT_RELEASE, 0);
	assert_int_equal(SSL_connect(p.ssl), 1);
	assert_int_not_equal(SSL_connect(k.ssl), 1);
	peer_close(&p);
	peer_close(&k);
}

static void
first_counts_connections(void **state)
{
	(void)state;
	struct intent_rule rule = rig_rule(2, INTENT_ON_HELLO, "host = 127.0.0.1");

	rule.count_max = 1;
	rig_rules(rig, &rule, 1);
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	struct peer other = peer_tunnel(rig->port, secure, client_ctx);
	peer_close(&other);
	RIG_UNTIL(rig, rig_event(rig, "rule 2 has held 1 connection and is off now"));
	rig_do(rig, INTENT_RESUME, s->key);
	assert_int_equal(SSL_connect(p.ssl), 1);
	rule = rig_rule(2, INTENT_ON_REQUEST, "host = 127.0.0.1"); /* of those it has held none */
	rule.count_max = 1;
	rig_rules(rig, &rule, 1);
	peer_print(&p, "GET /echo-tls HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
	RIG_UNTIL(rig, s->held == 2);
	RIG_UNTIL(rig, rig_event(rig, "rule 2 has held 1 message and is off now"));
	rig_do(rig, INTENT_RESUME, s->key);
	assert_true(peer_response(&p, &got));
	peer_close(&p);
}

/* A request of the same connection is held as well, by its own rule. */
static void
then_the_request(void **state)
{
	(void)state;
	struct intent_rule rule[] = {rig_rule(1, INTENT_ON_HELLO, "host = 127.0.0.1"), rig_rule(2, INTENT_ON_REQUEST, "path ~ echo")};

	rig_rules(rig, rule, 2);
	struct peer p = say_hello(NULL);
	struct seen *s = wait_held();
	rig_do(rig, INTENT_RESUME, s->key);
	assert_int_equal(SSL_connect(p.ssl), 1);
	peer_print(&p, "GET /echo-tls HTTP/1.1\r\nHost: h\r\n\r\n");
	RIG_UNTIL(rig, s->held == 2);
	assert_int_equal(s->rule, 2);
	pass_on(s->key); /* meant for the ClientHello: too late */
	rig_pump(rig, 50);
	assert_int_equal(s->state, FLOW_S_HELD);
	rig_do(rig, INTENT_RESUME, s->key);
	assert_true(peer_response(&p, &got));
	peer_close(&p);
}

static void
it_ends_with_the_engine(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_HELLO, "host = 127.0.0.1");
	struct peer p = say_hello(NULL);
	wait_held();
	rig_close(rig);
	assert_int_not_equal(SSL_connect(p.ssl), 1);
	peer_close(&p);
	rig = rig_open(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(it_waits_and_goes_on_decrypted, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_not_known_matches_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(it_can_pass_undecrypted, begin, end),
	    cmocka_unit_test_setup_teardown(what_the_list_passes_is_not_held, begin, end),
	    cmocka_unit_test_setup_teardown(a_kill_ends_it, begin, end),
	    cmocka_unit_test_setup_teardown(time_ends_it, begin, end),
	    cmocka_unit_test_setup_teardown(the_client_may_leave, begin, end),
	    cmocka_unit_test_setup_teardown(what_follows_the_hello_is_bounded, begin, end),
	    cmocka_unit_test_setup_teardown(a_server_that_left_is_dialled_again, begin, end),
	    cmocka_unit_test_setup_teardown(a_server_that_is_gone_is_an_error, begin, end),
	    cmocka_unit_test_setup_teardown(release_drain_and_edits, begin, end),
	    cmocka_unit_test_setup_teardown(first_counts_connections, begin, end),
	    cmocka_unit_test_setup_teardown(then_the_request, begin, end),
	    cmocka_unit_test_setup_teardown(it_ends_with_the_engine, begin, end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, open_all, close_all);
}
