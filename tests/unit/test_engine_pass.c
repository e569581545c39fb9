/* SPDX-License-Identifier: MIT
 * Tests of TLS that is not decrypted, against a real engine with real sockets on loopback: the list at run time, bytes, counters. */
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

enum { GOT_MAX = 8 << 20, LARGE_BYTES = 3 << 20 };

static int
open_all(void **state)
{
	(void)state;
	certificate = fix_cert(&(struct fix_cert){.cn = "origin", .san = "IP:127.0.0.1"});
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

/* These hosts, known to every worker on return. */
static void
pass(const char *first, const char *second)
{
	const char *host[] = {first, second};
	struct intent *i = intent_new(INTENT_PASSTHROUGH, 0);

	i->hosts = mem_array(2, sizeof *i->hosts);
	for (unsigned k = 0; k < 2 && host[k]; k++)
		i->hosts[i->nhosts++] = mem_strdup(host[k]);
	engine_intend(rig->engine, i);
	rig_rules(rig, NULL, 0);
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

static uint64_t
passed(void)
{
	struct engine_stats s;

	engine_stats(rig->engine, &s);
	return s.handshakes_passed;
}

static struct seen *
passed_flow(void)
{
	for (unsigned i = rig->nseen; i-- > 0;)
		if (rig->seen[i]->state == FLOW_S_PASS)
			return rig->seen[i];
	return NULL;
}

static void
get(struct peer *p)
{
	peer_print(p, "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", secure);
	assert_true(peer_response(p, &got));
	assert_non_null(memmem(got.p, got.n, "GET /echo", 9));
}

static void
the_list_changes_at_run_time(void **state)
{
	(void)state;
	struct peer old, p = peer_tunnel(rig->port, secure, client_ctx);

	assert_false(is_direct(&p));
	get(&p);
	old = p;
	pass("other.test", "127.0.0.1");
	for (unsigned i = 1; i <= 4; i++) {
		p = peer_tunnel(rig->port, secure, client_ctx);
		assert_true(is_direct(&p));
		get(&p);
		peer_close(&p);
		assert_int_equal(passed(), i);
	}
	get(&old); /* as it was */
	peer_close(&old);
	pass("other.test", NULL);
	p = peer_tunnel(rig->port, secure, client_ctx);
	assert_false(is_direct(&p));
	peer_close(&p);
	pass("127.0.0.1", NULL);
	p = peer_tunnel(rig->port, secure, client_ctx);
	assert_true(is_direct(&p));
	peer_close(&p);
	pass(NULL, NULL);
	p = peer_tunnel(rig->port, secure, client_ctx);
	assert_false(is_direct(&p));
	peer_close(&p);
}

static void
a_wrong_list_changes_nothing(void **state)
{
	(void)state;
	pass("127.0.0.1", NULL);
	pass("a b", NULL);
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);
	assert_true(is_direct(&p));
	peer_close(&p);
}

static void
nothing_is_recorded(void **state)
{
	(void)state;
	struct seen *s;
	char *large = mem_alloc(LARGE_BYTES);

	memset(large, 'x', LARGE_BYTES);
	pass("127.0.0.1", NULL);
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);
	peer_print(&p, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
	peer_write(&p, large, LARGE_BYTES);
	assert_true(peer_response(&p, &got));
	assert_true(got.n > LARGE_BYTES && memcmp(got.p + got.n - LARGE_BYTES, large, LARGE_BYTES) == 0);
	free(large);
	RIG_UNTIL(rig, (s = passed_flow()) != NULL);
	assert_false(s->ended);
	peer_close(&p);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_PASS);
	assert_string_equal(s->why, "");
	for (unsigned d = 0; d < 2; d++)
		assert_int_equal(s->message[d].body[0].n + s->message[d].head[0].n, 0);
}

static void
a_kill_says_so(void **state)
{
	(void)state;
	struct seen *s;

	pass("127.0.0.1", NULL);
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);
	get(&p);
	RIG_UNTIL(rig, (s = passed_flow()) != NULL);
	rig_do(rig, INTENT_KILL, s->key);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "killed (passthrough 127.0.0.1)");
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_list_changes_at_run_time, begin, end),
	    cmocka_unit_test_setup_teardown(a_wrong_list_changes_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(nothing_is_recorded, begin, end),
	    cmocka_unit_test_setup_teardown(a_kill_says_so, begin, end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, open_all, close_all);
}
