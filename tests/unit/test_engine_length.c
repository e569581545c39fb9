/* SPDX-License-Identifier: MIT
 * Tests of edited messages whose Content-Length is not the length of their body, against a real engine: nothing of one message may become
 * part of another one. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine_fixture.h"

static struct rig *rig;
static uint16_t origin, secure;
static X509 *certificate;
static SSL_CTX *server_ctx, *client_ctx;
static struct buf got;

enum { GOT_MAX = 1 << 20 };

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
	rig = rig_open(1);
	origin = origin_open(NULL);
	secure = origin_open(server_ctx);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	origin_release(origin);
	rig_close(rig);
	origin_close(origin);
	origin_close(secure);
	return 0;
}

static void
get(struct peer *p, const char *path)
{
	peer_print(p, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", origin, path, origin);
}

static struct seen *
wait_held(const char *path)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->state == FLOW_S_HELD);
	return s;
}

/* The message goes on as it stands, whatever its head says of the body. */
static void
keep(enum intent_type type, flow_key flow, const char *head, const char *body)
{
	struct intent *i = intent_new(type, flow);

	i->message = intent_message_new(head, strlen(head), body, strlen(body), NULL, 0);
	i->message->keep_length = true;
	engine_intend(rig->engine, i);
}

static bool
got_has(const char *text)
{
	return memmem(got.p, got.n, text, strlen(text)) != NULL;
}

static void
all_until_the_end(struct peer *p)
{
	char bytes[4096];
	long n;

	buf_clear(&got);
	while ((n = peer_recv(p, bytes, sizeof bytes)) > 0)
		buf_add(&got, bytes, (size_t)n);
}

/* A GET that is held. */
static struct seen *
hold_first(struct peer *p)
{
	rig_on(rig, INTENT_ON_REQUEST, "path ~ first");
	*p = peer_connect(rig->port);
	get(p, "/echo-first");
	return wait_held("/echo-first");
}

/* The head that goes out in its place; length "": it tells of no body. */
static const char *
first_head(const char *length)
{
	static char head[256];

	snprintf(head, sizeof head, "POST http://127.0.0.1:%u/echo-first HTTP/1.1\r\nHost: h\r\n%s%s%s\r\n", origin,
	    *length ? "Content-Length: " : "", length, *length ? "\r\n" : "");
	return head;
}

/* ---- requests ---- */

static const char smuggling[] = "abGET /echo-smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

static void
a_short_length_smuggles_nothing(void **state)
{
	(void)state;
	struct peer p;
	struct seen *s = hold_first(&p);

	keep(INTENT_RESUME, s->key, first_head("2"), smuggling);
	assert_true(peer_response(&p, &got));
	assert_true(got_has("POST /echo-first") && !got_has("smuggled"));
	for (unsigned i = 0; i < 3; i++) { /* each has its own answer, on other connections */
		get(&p, "/echo-second");
		assert_true(peer_response(&p, &got));
		assert_true(got_has("GET /echo-second") && !got_has("smuggled"));
	}
	assert_int_equal(origin_connections(origin), 2);
	RIG_UNTIL(rig, s->ended);
	assert_int_equal(s->state, FLOW_S_DONE);
	assert_int_equal(s->message[FLOW_REQUEST].body[1].n, sizeof smuggling - 1);
	peer_close(&p);
}

static void
a_body_that_no_length_tells_of(void **state)
{
	(void)state;
	struct peer p;
	struct seen *s = hold_first(&p);

	keep(INTENT_RESUME, s->key, first_head(""), smuggling + 2);
	assert_true(peer_response(&p, &got));
	assert_true(got_has("POST /echo-first") && !got_has("smuggled"));
	get(&p, "/echo-second");
	assert_true(peer_response(&p, &got));
	assert_true(got_has("GET /echo-second") && !got_has("smuggled"));
	peer_close(&p);
}

static void
a_long_length_swallows_nothing(void **state)
{
	(void)state;
	struct peer p;
	struct seen *s = hold_first(&p);
	unsigned before = origin_requests(origin);
	keep(INTENT_RESUME, s->key, first_head("200"), "short");
	get(&p, "/echo-behind-it-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789");
	RIG_UNTIL(rig, s->state == FLOW_S_WAIT);
	rig_pump(rig, 100);
	assert_int_equal(origin_requests(origin), before); /* it waits for the rest, and does not get the client's next request as such */
	rig_do(rig, INTENT_KILL, s->key);
	RIG_UNTIL(rig, s->ended);
	all_until_the_end(&p);
	assert_int_equal(got.n, 0);
	assert_int_equal(origin_requests(origin), before);
	peer_close(&p);
}

static void
a_tunnel_ends_with_it(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_REQUEST, "path ~ first");
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);
	peer_print(&p, "GET /echo-first HTTP/1.1\r\nHost: h\r\n\r\nGET /echo-second HTTP/1.1\r\nHost: h\r\n\r\n");
	keep(INTENT_RESUME, wait_held("/echo-first")->key, "POST /echo-first HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n", smuggling);
	all_until_the_end(&p);
	assert_true(got_has("POST /echo-first") && got_has("Connection: close"));
	assert_true(!got_has("smuggled") && !got_has("second"));
	peer_close(&p);
}

static void
it_is_refused_without_that_wish(void **state)
{
	(void)state;
	struct peer p;
	struct seen *s = hold_first(&p);

	rig_do_message(rig, INTENT_RESUME, s->key, first_head("2"), smuggling, NULL);
	RIG_UNTIL(rig, rig_event(rig, "Content-Length is not the length of the body"));
	assert_int_equal(s->state, FLOW_S_HELD);
	/* A right length costs no connection. */
	keep(INTENT_RESUME, s->key, first_head("2"), "ab");
	assert_true(peer_response(&p, &got));
	get(&p, "/echo-second");
	assert_true(peer_response(&p, &got));
	assert_int_equal(origin_connections(origin), 1);
	peer_close(&p);
}

/* What two readers could take for different lengths is refused, with that wish as well. */
static void
lengths_that_contradict_are_refused(void **state)
{
	static const char *const fields[] = {"Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2\r\nContent-Length: 2\r\n",
	    "Content-Length: 2, 3\r\n", "Content-Length: +2\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
	    "Transfer-Encoding: identity\r\n", "Content-Length : 2\r\n", "Content-Length: 99999999999999999999\r\n"};
	struct peer p;
	struct seen *s = hold_first(&p);
	char head[256];
	unsigned before = origin_requests(origin);

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		snprintf(head, sizeof head, "POST http://127.0.0.1:%u/echo-first HTTP/1.1\r\nHost: h\r\n%s\r\n", origin, fields[i]);
		keep(INTENT_RESUME, s->key, head, smuggling);
	}
	keep(INTENT_RESUME, s->key, first_head("2"), "ab");
	assert_true(peer_response(&p, &got));
	assert_true(got_has("POST /echo-first") && !got_has("smuggled"));
	assert_int_equal(origin_requests(origin), before + 1);
	peer_close(&p);
}

/* One that we send ourselves, too. */
static void
a_request_of_our_own_is_the_last_on_its_connection(void **state)
{
	struct intent *i = intent_new(INTENT_SEND, 0);
	char head[256];
	int n = snprintf(head, sizeof head, "POST /echo-own HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: 2\r\n\r\n", origin);

	(void)state;
	i->send = mem_zalloc(sizeof *i->send);
	snprintf(i->send->host, sizeof i->send->host, "127.0.0.1");
	i->send->port = origin;
	i->send->message = intent_message_new(head, (size_t)n, smuggling, sizeof smuggling - 1, NULL, 0);
	i->send->message->keep_length = true;
	engine_intend(rig->engine, i);
	struct seen *s;
	RIG_UNTIL(rig, (s = rig_find(rig, "/echo-own")) && s->ended);
	assert_int_equal(s->state, FLOW_S_DONE);
	struct engine_stats stats;
	RIG_UNTIL(rig, (engine_stats(rig->engine, &stats), stats.server_open == 0));
}

/* ---- responses ---- */

static void
a_response_ends_the_client_connection(void **state)
{
	(void)state;
	static const struct {
		const char *head, *body;
	} of[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "abHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "short"}, {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "more"}};

	rig_on(rig, INTENT_ON_RESPONSE, "path ~ answer");
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		char path[32];
		struct peer p = peer_connect(rig->port);
		snprintf(path, sizeof path, "/echo-answer-%zu", i);
		get(&p, path);
		get(&p, "/echo-behind"); /* is not answered behind it */
		struct seen *s = wait_held(path);
		keep(INTENT_RESUME, s->key, of[i].head, of[i].body);
		all_until_the_end(&p);
		assert_true(got_has("Connection: close") && !got_has("echo-behind"));
		assert_memory_equal(got.p + got.n - strlen(of[i].body), of[i].body, strlen(of[i].body));
		RIG_UNTIL(rig, s->ended);
		peer_close(&p);
	}
}

/* A client takes what follows the head of these for its next response. */
static void
a_body_where_none_can_be_ends_it(void **state)
{
	(void)state;
	static const struct {
		const char *method, *head;
	} of[] = {{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"}, {"GET", "HTTP/1.1 204 No Content\r\n\r\n"},
	    {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"}};

	rig_on(rig, INTENT_ON_RESPONSE, "path ~ answer");
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		char path[32];
		struct peer p = peer_connect(rig->port);
		snprintf(path, sizeof path, "/echo-answer-%zu", i);
		peer_print(&p, "%s http://127.0.0.1:%u%s HTTP/1.1\r\nHost: h\r\n\r\n", of[i].method, origin, path);
		get(&p, "/echo-behind");
		keep(INTENT_RESUME, wait_held(path)->key, of[i].head, "ab");
		all_until_the_end(&p);
		assert_true(got_has("Connection: close") && !got_has("echo-behind"));
		peer_close(&p);
	}
}

static void
an_answer_ends_it_too(void **state)
{
	(void)state;
	rig_on(rig, INTENT_ON_REQUEST, "path ~ answer");
	struct peer p = peer_connect(rig->port);
	get(&p, "/echo-answer");
	get(&p, "/echo-behind");
	keep(INTENT_ANSWER, wait_held("/echo-answer")->key, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "short");
	all_until_the_end(&p);
	assert_true(got_has("Content-Length: 9") && got_has("short") && !got_has("behind"));
	assert_int_equal(origin_requests(origin), 0);
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_short_length_smuggles_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(a_body_that_no_length_tells_of, begin, end),
	    cmocka_unit_test_setup_teardown(a_long_length_swallows_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(a_tunnel_ends_with_it, begin, end),
	    cmocka_unit_test_setup_teardown(it_is_refused_without_that_wish, begin, end),
	    cmocka_unit_test_setup_teardown(lengths_that_contradict_are_refused, begin, end),
	    cmocka_unit_test_setup_teardown(a_request_of_our_own_is_the_last_on_its_connection, begin, end),
	    cmocka_unit_test_setup_teardown(a_body_where_none_can_be_ends_it, begin, end),
	    cmocka_unit_test_setup_teardown(a_response_ends_the_client_connection, begin, end),
	    cmocka_unit_test_setup_teardown(an_answer_ends_it_too, begin, end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, open_all, close_all);
}
