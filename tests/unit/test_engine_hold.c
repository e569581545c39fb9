/* SPDX-License-Identifier: MIT
 * Tests of breakpoints, edits, answers, kills and requests of our own against a real engine with real sockets on loopback. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "engine_fixture.h"

static struct rig *rig;
static uint16_t origin, secure;
static SSL_CTX *server_ctx, *client_ctx;
static struct buf got;

enum { REQUESTS = INTENT_ON_REQUEST, RESPONSES = INTENT_ON_RESPONSE, GOT_MAX = 8 << 20 };

static int
open_all(void **state)
{
	(void)state;
	X509 *x = fix_cert(&(struct fix_cert){.cn = "origin", .san = "IP:127.0.0.1"});
	server_ctx = fix_server_ctx(x, fix_key());
	client_ctx = fix_client_ctx();
	X509_free(x);
	buf_init(&got, GOT_MAX);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
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

static void
post(struct peer *p, const char *path, const char *fields, const char *body)
{
	peer_print(p, "POST http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n%s", origin, path, origin,
	    fields, body);
}

/* The flow of that path, once it is held. */
static struct seen *
held(const char *path)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->state == FLOW_S_HELD);
	return s;
}

static struct seen *
ended(const char *path)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->ended);
	return s;
}

static void
expect_got(struct peer *p, const char *part)
{
	assert_true(peer_response(p, &got));
	if (!strstr(got.p, part))
		fail_msg("no \"%s\" in \"%.600s\"", part, got.p);
}

static void
expect_text(const struct buf *b, const char *want)
{
	assert_int_equal(b->n, strlen(want));
	assert_memory_equal(b->p ? b->p : "", want, b->n);
}

static void
holds_and_resumes(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ held");
	get(&p, "/echo-free");
	expect_got(&p, "GET /echo-free HTTP/1.1");
	get(&p, "/echo-held");
	struct seen *s = held("/echo-held");
	assert_int_equal(s->rule, 2);
	assert_int_equal(s->dir, FLOW_REQUEST);
	assert_int_equal(origin_requests(origin), 1);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-held HTTP/1.1");
	s = ended("/echo-held");
	assert_int_equal(s->state, FLOW_S_DONE);
	assert_int_equal(s->message[FLOW_REQUEST].edits, 0);
	get(&p, "/echo-after");
	expect_got(&p, "GET /echo-after");
	peer_close(&p);
}

static void
unchanged_is_what_came(void **state)
{
	static const char wire[] = "3;ext=1\r\nabc\r\n004\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n";
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "method = POST");
	post(&p, "/echo-chunked", "Transfer-Encoding: chunked\r\n", wire);
	struct seen *s = held("/echo-chunked");
	expect_text(&s->message[FLOW_REQUEST].body[0], "abcdefg");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, wire);
	post(&p, "/echo-length", "Content-Length: 5\r\n", "12345");
	s = held("/echo-length");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "\r\n\r\n12345");
	peer_close(&p);
}

/* A rule calls an exchange what the list does. */
static void
calls_are_grpc(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "proto = grpc");
	post(&p, "/echo-form", "Content-Type: text/plain\r\nContent-Length: 5\r\n", "plain");
	expect_got(&p, "\r\n\r\nplain");
	post(&p, "/echo-call", "Content-Type: application/grpc-web+proto\r\nContent-Length: 6\r\n", "a call");
	struct seen *s = held("/echo-call");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "\r\n\r\na call");
	peer_close(&p);
}

static void
edits_a_request(void **state)
{
	struct peer p = peer_connect(rig->port);
	char head[300];

	(void)state;
	rig_on(rig, REQUESTS, "req.body ~ secret");
	post(&p, "/echo-no", "Content-Length: 6\r\n", "public");
	expect_got(&p, "public");
	post(&p, "/echo-edit", "Content-Length: 6\r\n", "secret");
	struct seen *s = held("/echo-edit");
	snprintf(head, sizeof head,
	    "PUT http://127.0.0.1:%u/echo-new HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n", origin);
	rig_do_message(rig, INTENT_RESUME, s->key, head, "much longer!", NULL);
	expect_got(&p, "PUT /echo-new HTTP/1.1");
	assert_non_null(strstr(got.p, "\r\n\r\nmuch longer!"));
	s = ended("/echo-edit");
	assert_int_equal(s->message[FLOW_REQUEST].edits, 1);
	expect_text(&s->message[FLOW_REQUEST].body[0], "secret");
	expect_text(&s->message[FLOW_REQUEST].body[1], "much longer!");
	expect_text(&s->message[FLOW_REQUEST].head[1], head);

	post(&p, "/echo-trailers", "Content-Length: 6\r\n", "secret");
	s = held("/echo-trailers");
	snprintf(head, sizeof head,
	    "POST /echo-t HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nTransfer-Encoding: chunked\r\n\r\n", origin);
	rig_do_message(rig, INTENT_RESUME, s->key, head, "body", "X-Mine: 1\r\n");
	expect_got(&p, "4\r\nbody\r\n0\r\nX-Mine: 1\r\n\r\n");
	s = ended("/echo-trailers");
	expect_text(&s->message[FLOW_REQUEST].trailer[1], "X-Mine: 1\r\n");
	peer_close(&p);
}

static void
refuses_a_broken_edit(void **state)
{
	struct peer p = peer_connect(rig->port);
	static const char *const bad[][3] = {
	    {"POST /echo-b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", "four", "Content-Length is not"},
	    {"POST /echo-b HTTP/1.1\r\nHost: a\r\n\r\n", "four", "the head says there is none"},
	    {"POST /echo-b HTTP/1.1\r\nHost: a\r\n", NULL, "blank line"},
	    {"GET /echo-b HTTP/1.1\r\nHost: a\r\n\r\nmore", NULL, "bytes after the head"},
	    {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", NULL, "CONNECT"},
	    {"no request", NULL, "sent"},
	};

	(void)state;
	rig_on(rig, REQUESTS, "method = GET");
	get(&p, "/echo-bad");
	struct seen *s = held("/echo-bad");
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		unsigned before = rig->nevents;
		rig_do_message(rig, INTENT_RESUME, s->key, bad[i][0], bad[i][1], NULL);
		RIG_UNTIL(rig, rig->nevents > before);
		if (!strstr(rig->event[before], bad[i][2]))
			fail_msg("\"%s\" does not say \"%s\"", rig->event[before], bad[i][2]);
		assert_int_equal(s->state, FLOW_S_HELD);
	}
	rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "x", NULL);
	RIG_UNTIL(rig, rig_event(rig, "the answer cannot be sent"));
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-bad HTTP/1.1");
	peer_close(&p);
}

static void
edits_to_another_server(void **state)
{
	struct peer p = peer_connect(rig->port);
	uint16_t other = origin_open(NULL);
	char head[200];

	(void)state;
	rig_on(rig, REQUESTS, "path ~ move");
	get(&p, "/echo-move");
	struct seen *s = held("/echo-move");
	snprintf(head, sizeof head, "GET http://127.0.0.1:%u/echo-moved HTTP/1.1\r\nHost: a\r\n\r\n", other);
	rig_do_message(rig, INTENT_RESUME, s->key, head, NULL, NULL);
	expect_got(&p, "GET /echo-moved");
	assert_int_equal(origin_requests(other), 1);
	assert_int_equal(origin_requests(origin), 0);
	peer_close(&p);
	origin_close(other);
}

/* The client cannot tell where the answer ends: its connection ends with it. */
static void
edits_head_to_get(void **state)
{
	struct peer p = peer_connect(rig->port);
	char head[200];

	(void)state;
	rig_on(rig, REQUESTS, "path ~ swap");
	snprintf(head, sizeof head, "HEAD http://127.0.0.1:%u/echo-swap HTTP/1.1\r\nHost: a\r\n\r\n", origin);
	peer_write(&p, head, strlen(head));
	struct seen *s = held("/echo-swap");
	snprintf(head, sizeof head, "GET http://127.0.0.1:%u/echo-swap HTTP/1.1\r\nHost: a\r\n\r\n", origin);
	rig_do_message(rig, INTENT_RESUME, s->key, head, NULL, NULL);
	expect_got(&p, "Connection: close\r\n");
	assert_true(peer_at_end(&p));
	peer_close(&p);
}

static void
answers(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ ans");
	get(&p, "/ans-1");
	struct seen *s = held("/ans-1");
	rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\n", "short", NULL);
	expect_got(&p, "HTTP/1.1 418 Teapot");
	s = ended("/ans-1");
	assert_int_equal(s->status, 418);
	assert_int_equal(s->state, FLOW_S_DONE);
	expect_text(&s->message[FLOW_RESPONSE].body[0], "short");
	get(&p, "/echo-on"); /* the connection goes on */
	expect_got(&p, "GET /echo-on");
	assert_int_equal(origin_requests(origin), 1);
	get(&p, "/ans-2");
	s = held("/ans-2");
	rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "chunk",
	    "X-T: 1\r\n");
	expect_got(&p, "5\r\nchunk\r\n0\r\nX-T: 1\r\n\r\n");
	get(&p, "/ans-3");
	s = held("/ans-3");
	rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 200 OK\r\n\r\n", "to the end", NULL);
	expect_got(&p, "\r\n\r\nto the end");
	assert_true(peer_at_end(&p));
	peer_close(&p);
}

static void
kills(void **state)
{
	struct peer p = peer_connect(rig->port), q = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ kill");
	get(&p, "/kill");
	struct seen *s = held("/kill");
	rig_do(rig, INTENT_KILL, s->key);
	s = ended("/kill");
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "killed");
	assert_true(peer_at_end(&p));
	get(&q, "/slow"); /* one that is not held */
	RIG_UNTIL(rig, (s = rig_find(rig, "/slow")));
	rig_do(rig, INTENT_KILL, s->key);
	s = ended("/slow");
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_true(peer_at_end(&q));
	peer_close(&p);
	peer_close(&q);
}

static void
client_leaves(void **state)
{
	struct peer p = peer_connect(rig->port), q = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS | RESPONSES, "path ~ leave & ((method = GET & code = 200) | method = POST)");
	post(&p, "/echo-leave", "Content-Length: 1\r\n", "x");
	RIG_UNTIL(rig, rig_find(rig, "/echo-leave"));
	get(&q, "/leave-answer");
	struct seen *s = held("/leave-answer");
	assert_int_equal(s->dir, FLOW_RESPONSE);
	peer_close(&q);
	s = ended("/leave-answer");
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_string_equal(s->why, "client closed after 0 s while the response was held");
	rig_on(rig, REQUESTS, "path ~ leave");
	peer_close(&p);
	p = peer_connect(rig->port);
	get(&p, "/leave-request");
	s = held("/leave-request");
	peer_close(&p);
	s = ended("/leave-request");
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_string_equal(s->why, "client closed after 0 s while the request was held");
	rig_do(rig, INTENT_RESUME, s->key); /* too late: nothing happens */
	rig_pump(rig, 20);
}

static void
time_is_over(void **state)
{
	struct peer p = peer_connect(rig->port), q = peer_connect(rig->port);
	struct intent_rule rule[2] = {rig_rule(1, REQUESTS, "path ~ echo"), rig_rule(7, REQUESTS, "path ~ die")};

	(void)state;
	rule[0].hold_ms = rule[1].hold_ms = 150;
	rule[1].kill_after = true;
	rig_rules(rig, rule, 2);
	get(&p, "/echo-timed");
	expect_got(&p, "GET /echo-timed");
	struct seen *s = ended("/echo-timed");
	assert_int_equal(s->held, 1);
	RIG_UNTIL(rig, rig_event(rig, "rule 1: held for 0.15 s, sent on"));
	get(&q, "/die");
	s = ended("/die");
	assert_int_equal(s->rule, 7);
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "rule 7: held for 0.15 s, killed");
	assert_true(peer_at_end(&q));
	peer_close(&p);
	peer_close(&q);
}

/* What the latencies of the header are made of. */
static void
time_held_is_not_latency(void **state)
{
	enum { HOLD_MS = 500 };
	struct peer p = peer_connect(rig->port);
	struct intent_rule rule = rig_rule(1, REQUESTS | RESPONSES, "path ~ echo");
	struct engine_stats st;

	(void)state;
	rule.hold_ms = HOLD_MS;
	rig_rules(rig, &rule, 1);
	get(&p, "/echo-slowly");
	expect_got(&p, "GET /echo-slowly");
	struct seen *s = ended("/echo-slowly");
	assert_int_equal(s->held, 2);
	rig_on(rig, REQUESTS, "path ~ echo");
	get(&p, "/echo-answer");
	s = held("/echo-answer");
	uint64_t end_ms = rig_now_ms() + HOLD_MS;
	RIG_UNTIL(rig, rig_now_ms() > end_ms);
	rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 204 No\r\n\r\n", NULL, NULL);
	expect_got(&p, "204 No");
	ended("/echo-answer");
	engine_stats(rig->engine, &st);
	assert_true(hist_percentile(st.ttfb_us, 1) < HOLD_MS * 1000u);
	assert_true(hist_percentile(st.total_us, 1) < HOLD_MS * 1000u);
	assert_int_equal(hist_count(st.total_us), 2);
	peer_close(&p);
}

static void
counts(void **state)
{
	struct peer p[4];
	struct intent_rule rule = rig_rule(3, REQUESTS, "path ~ count"), again;

	(void)state;
	rule.count_max = 2;
	again = rule;
	again.expr = strdup(rule.expr);
	rig_rules(rig, &rule, 1);
	for (unsigned i = 0; i < 2; i++) {
		p[i] = peer_connect(rig->port);
		get(&p[i], "/echo-count");
		RIG_UNTIL(rig, rig_held(rig) == i + 1);
	}
	RIG_UNTIL(rig, rig_event(rig, "rule 3 has held 2 messages and is off now"));
	rig_rules(rig, &again, 1); /* sent again, it does not begin anew */
	for (unsigned i = 2; i < 4; i++) {
		p[i] = peer_connect(rig->port);
		get(&p[i], "/echo-count");
		expect_got(&p[i], "GET /echo-count");
	}
	assert_int_equal(rig_held(rig), 2);
	for (unsigned i = 0; i < 4; i++)
		peer_close(&p[i]);
}

/* Two workers judge at the same time: the one that finds no room in a rule any more tries the next. */
static void
the_next_rule_takes_what_one_has_no_room_for(void **state)
{
	enum { ROUNDS = 30, EACH = 4, BODY = 40000 };
	struct peer p[EACH];
	char *body = malloc(BODY + 1);

	(void)state;
	memset(body, 'x', BODY);
	body[BODY] = '\0';
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct intent_rule rule[2] = {rig_rule(2 * round + 1, REQUESTS, "path ~ slot and not req.body ~ \"(x+x+)+y\""),
		    rig_rule(2 * round + 2, REQUESTS, "path ~ slot")};
		rule[0].count_max = 1;
		rig_rules(rig, rule, 2);
		for (unsigned i = 0; i < EACH; i++) {
			p[i] = peer_connect(rig->port);
			peer_print(&p[i], "POST http://127.0.0.1:%u/slot HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", origin, BODY);
		}
		for (unsigned i = 0; i < EACH; i++)
			peer_write(&p[i], body, BODY);
		RIG_UNTIL(rig, rig_held(rig) == EACH);
		for (unsigned i = 0; i < EACH; i++)
			peer_close(&p[i]);
		RIG_UNTIL(rig, rig_held(rig) == 0);
	}
	assert_int_equal(origin_requests(origin), 0);
	free(body);
}

static void
too_large_streams_on(void **state)
{
	struct peer p = peer_connect(rig->port);
	size_t n = 100000;
	char *body = malloc(n + 1);

	(void)state;
	memset(body, 'b', n);
	body[n] = '\0';
	rig_on(rig, REQUESTS, "req.body ~ needle");
	peer_print(&p, "POST http://127.0.0.1:%u/echo-large HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", origin,
	    n);
	peer_write(&p, body, n);
	expect_got(&p, body);
	RIG_UNTIL(rig, rig_event(rig, "rule 2 was not applied to this flow: its body is larger than hold-max (64k)"));
	unsigned events = rig->nevents;
	peer_print(&p, "POST http://127.0.0.1:%u/echo-chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
	    origin);
	for (unsigned i = 0; i < 10; i++) {
		peer_print(&p, "2710\r\n");
		peer_write(&p, body, 10000);
		peer_print(&p, "\r\n");
	}
	peer_print(&p, "0\r\nX-End: 1\r\n\r\n");
	expect_got(&p, "0\r\nX-End: 1\r\n\r\n");
	assert_int_equal(got.n > 100000, 1);
	RIG_UNTIL(rig, rig->nevents > events);
	assert_int_equal(ended("/echo-chunks")->message[FLOW_REQUEST].body[0].n, n);
	rig_on(rig, RESPONSES, "res.body ~ needle");
	get(&p, "/big");
	expect_got(&p, "30d40\r\nxxx");
	assert_int_equal(ended("/big")->message[FLOW_RESPONSE].body[0].n, 200000);
	free(body);
	peer_close(&p);
}

/* What may stand in either message is looked for in the request as well. */
static void
either_message(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "~b needle | ~h x-asked | code = 500");
	post(&p, "/echo-either", "Content-Length: 8\r\n", "a needle");
	struct seen *s = held("/echo-either");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "a needle");
	post(&p, "/echo-head", "Content-Length: 2\r\nX-Asked: 1\r\n", "hi");
	s = held("/echo-head");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "POST /echo-head");
	get(&p, "/echo-neither");
	expect_got(&p, "GET /echo-neither");
	peer_close(&p);
}

static void
holds_responses(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, RESPONSES, "code = 200 & method = GET");
	get(&p, "/chunked");
	struct seen *s = held("/chunked");
	assert_int_equal(s->dir, FLOW_RESPONSE);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n");
	get(&p, "/gzip");
	s = held("/gzip");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "Content-Encoding: gzip");
	get(&p, "/echo-response");
	s = held("/echo-response");
	rig_do_message(rig, INTENT_RESUME, s->key, "HTTP/1.1 404 Gone\r\nContent-Length: 4\r\n\r\n", "gone", NULL);
	expect_got(&p, "HTTP/1.1 404 Gone\r\nContent-Length: 4\r\n\r\ngone");
	s = ended("/echo-response");
	assert_int_equal(s->message[FLOW_RESPONSE].edits, 1);
	expect_text(&s->message[FLOW_RESPONSE].body[1], "gone");
	assert_int_equal(s->status, 404);
	get(&p, "/echo-trailers");
	s = held("/echo-trailers");
	rig_do_message(rig, INTENT_RESUME, s->key, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "new",
	    "X-End: 2\r\n");
	expect_got(&p, "3\r\nnew\r\n0\r\nX-End: 2\r\n\r\n");
	get(&p, "/echo-still"); /* the connection is the one it was */
	s = held("/echo-still");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-still");
	assert_int_equal(origin_connections(origin), 1);
	get(&p, "/close");
	s = held("/close");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "until the end");
	assert_int_equal(ended("/close")->state, FLOW_S_DONE);
	peer_close(&p);
}

/* hold-max (64 KiB here) is about the body: in chunks of one octet, six on the wire. */
static void
framing_is_not_counted(void **state)
{
	enum { MOST = 65536 / 2 }; /* hold-total has to take the wire */
	struct peer p = peer_connect(rig->port);
	struct buf body;

	(void)state;
	buf_init(&body, 1 << 20);
	for (unsigned i = 0; i < MOST; i++)
		buf_add_str(&body, "1\r\nx\r\n");
	buf_add_str(&body, "0\r\n\r\n");
	rig_on(rig, REQUESTS, "req.body ~ xx");
	peer_print(&p, "POST http://127.0.0.1:%u/small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", origin);
	peer_write(&p, body.p, body.n);

	struct seen *s = held("/small");
	assert_int_equal(s->message[FLOW_REQUEST].body[0].n, MOST);
	assert_int_equal(rig->nevents, 0);
	peer_close(&p);
	buf_fini(&body);
}

static void
holds_what_has_no_body(void **state)
{
	struct peer p = peer_connect(rig->port);
	struct seen *s;

	(void)state;
	rig_on(rig, RESPONSES, "method = HEAD");
	peer_print(&p, "HEAD http://127.0.0.1:%u/echo-head HTTP/1.1\r\nHost: a\r\n\r\n", origin);
	s = held("/echo-head");
	rig_do_message(rig, INTENT_RESUME, s->key, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "abc", NULL);
	RIG_UNTIL(rig, rig_event(rig, "there is a body, and the head says there is none"));
	rig_do(rig, INTENT_RESUME, s->key);
	char part[16];
	assert_int_equal(recv(p.fd, part, 15, MSG_WAITALL), 15);
	assert_memory_equal(part, "HTTP/1.1 200 OK", 15);
	RIG_UNTIL(rig, s->ended);
	peer_close(&p);
}

static void
old_client(void **state)
{
	struct peer p = peer_connect(rig->port);
	struct seen *s;

	(void)state;
	rig_on(rig, RESPONSES, "res.body ~ world");
	peer_print(&p, "GET http://127.0.0.1:%u/chunked HTTP/1.0\r\n\r\n", origin);
	s = held("/chunked");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "\r\n\r\nhello world");
	peer_close(&p);
	p = peer_connect(rig->port);
	rig_on(rig, RESPONSES, "path ~ echo");
	peer_print(&p, "GET http://127.0.0.1:%u/echo-old HTTP/1.0\r\n\r\n", origin);
	s = held("/echo-old");
	rig_do_message(rig, INTENT_RESUME, s->key, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "plain",
	    "X-T: 1\r\n");
	expect_got(&p, "\r\n\r\nplain");
	assert_null(strstr(got.p, "chunked"));
	peer_close(&p);
}

static void
rules_change_in_flight(void **state)
{
	struct peer p = peer_connect(rig->port);
	struct seen *s;

	(void)state;
	get(&p, "/slow-one"); /* its request was sent before there was a rule */
	RIG_UNTIL(rig, rig_find(rig, "/slow-one"));
	rig_on(rig, RESPONSES, "code = 200");
	origin_release(origin);
	s = held("/slow-one");
	rig_rules(rig, NULL, 0); /* what is held stays held */
	assert_int_equal(s->state, FLOW_S_HELD);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /slow-one");
	get(&p, "/echo-free");
	expect_got(&p, "GET /echo-free");
	peer_close(&p);
}

static void
judges_bodies_decoded(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, RESPONSES, "res.body ~ \"hello world\" & path ~ gzip");
	get(&p, "/chunked");
	expect_got(&p, "hello");
	get(&p, "/gzip");
	struct seen *s = held("/gzip");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "gzip");
	rig_on(rig, RESPONSES, "req.body ~ wanted & code = 200");
	post(&p, "/echo-req", "Transfer-Encoding: chunked\r\n", "3\r\nwan\r\n3\r\nted\r\n0\r\n\r\n");
	s = held("/echo-req");
	assert_int_equal(s->dir, FLOW_RESPONSE);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "ted");
	peer_close(&p);
}

static void
expects_continue(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "method = POST");
	post(&p, "/echo-expect", "Content-Length: 4\r\nExpect: 100-continue\r\n", "");
	expect_got(&p, "HTTP/1.1 100 Continue");
	peer_print(&p, "data");
	struct seen *s = held("/echo-expect");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "HTTP/1.1 200 OK"); /* the server's 100 is not passed on */
	assert_non_null(strstr(got.p, "data"));
	peer_close(&p);
}

static void
pipelines(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ first");
	get(&p, "/echo-first");
	get(&p, "/echo-second");
	struct seen *s = held("/echo-first");
	assert_int_equal(origin_requests(origin), 0);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-first");
	expect_got(&p, "GET /echo-second");
	peer_close(&p);
}

static void
many_at_once(void **state)
{
	enum { MANY = 50 };
	struct peer p[MANY], free_one = peer_connect(rig->port);
	char path[40];

	(void)state;
	rig_on(rig, REQUESTS, "path ~ many");
	for (unsigned i = 0; i < MANY; i++) {
		p[i] = peer_connect(rig->port);
		snprintf(path, sizeof path, "/echo-many-%02u", i);
		get(&p[i], path);
		get(&free_one, "/echo-free");
		expect_got(&free_one, "GET /echo-free");
	}
	RIG_UNTIL(rig, rig_held(rig) == MANY);
	for (unsigned i = 0; i < rig->nseen; i++)
		if (rig->seen[i]->state == FLOW_S_HELD)
			rig_do(rig, INTENT_RESUME, rig->seen[i]->key);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "GET /echo-many-%02u", i);
		expect_got(&p[i], path);
		peer_close(&p[i]);
	}
	peer_close(&free_one);
}

static void
more_than_the_total(void **state)
{
	enum { MANY = 6, EACH = 60000 };
	struct peer p[MANY];
	char *body = calloc(1, EACH + 1);

	(void)state;
	memset(body, 'm', EACH);
	rig_on(rig, REQUESTS, "path ~ total");
	for (unsigned i = 0; i < MANY; i++) {
		p[i] = peer_connect(rig->port);
		peer_print(&p[i], "POST http://127.0.0.1:%u/echo-total HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
		    origin, EACH);
		peer_write(&p[i], body, EACH);
		RIG_UNTIL(rig, rig_held(rig) == (i < 4 ? i + 1 : 4) && (i < 4 || rig->nevents == i - 3));
	}
	RIG_UNTIL(rig, rig_event(rig, "all held messages are larger than hold-total (256k)"));
	for (unsigned i = 0; i < MANY; i++)
		peer_close(&p[i]);
	free(body);
}

static void
tunnel_outlives_its_server(void **state)
{
	struct peer p = peer_tunnel(rig->port, secure, client_ctx);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ echo & scheme = https");
	peer_print(&p, "GET /echo-one HTTP/1.1\r\nHost: a\r\n\r\n");
	struct seen *s = held("/echo-one");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-one");
	assert_int_equal(origin_connections(secure), 1);
	peer_print(&p, "POST /echo-two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
	s = held("/echo-two");
	origin_cut(secure);
	rig_pump(rig, 100); /* the engine may notice */
	assert_int_equal(s->state, FLOW_S_HELD);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "\r\n\r\nabc");
	assert_int_equal(origin_connections(secure), 2);
	assert_int_equal(ended("/echo-two")->state, FLOW_S_DONE);
	peer_print(&p, "GET http://elsewhere.example/ HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_got(&p, " 421 ");
	peer_close(&p);
}

static void
server_is_gone_for_good(void **state)
{
	uint16_t other = origin_open(server_ctx);
	struct peer p = peer_tunnel(rig->port, other, client_ctx);

	(void)state;
	rig_on(rig, REQUESTS, "path ~ lost");
	peer_print(&p, "GET /lost HTTP/1.1\r\nHost: a\r\n\r\n");
	struct seen *s = held("/lost");
	origin_close(other);
	rig_pump(rig, 100);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "HTTP/1.1 502");
	s = ended("/lost");
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_non_null(strstr(s->why, "Connection refused"));
	peer_close(&p);
}

static void
replays(void **state)
{
	struct seen *s;

	(void)state;
	rig_on(rig, REQUESTS, "path ~ again");
	rig_send(rig, 11, origin, false, "POST /echo-again HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n", "hi");
	RIG_UNTIL(rig, (s = rig_tagged(rig, 11)) && s->ended);
	assert_int_equal(s->state, FLOW_S_DONE);
	assert_int_equal(s->held, 0);
	assert_int_equal(s->status, 200);
	assert_non_null(memmem(s->message[1].body[0].p, s->message[1].body[0].n, "\r\n\r\nhi", 6));
	rig_send(rig, 12, secure, true, "GET /echo-again HTTP/1.1\r\nHost: h\r\n\r\n", NULL);
	RIG_UNTIL(rig, (s = rig_tagged(rig, 12)) && s->ended);
	assert_int_equal(s->state, FLOW_S_DONE);
	assert_int_equal(s->status, 200);
	rig_on(rig, RESPONSES, "code = 200");
	rig_send(rig, 13, origin, false, "GET /chunked HTTP/1.1\r\nHost: h\r\n\r\n", NULL);
	RIG_UNTIL(rig, (s = rig_tagged(rig, 13)) && s->state == FLOW_S_HELD);
	rig_do(rig, INTENT_RESUME, s->key);
	RIG_UNTIL(rig, s->ended);
	expect_text(&s->message[FLOW_RESPONSE].body[0], "hello world");
}

static void
replay_fails_with_its_cause(void **state)
{
	struct seen *s;

	(void)state;
	rig_send(rig, 21, rig->port, false, "GET /loop HTTP/1.1\r\nHost: h\r\n\r\n", NULL);
	RIG_UNTIL(rig, (s = rig_tagged(rig, 21)) && s->ended);
	assert_int_equal(s->state, FLOW_S_ERROR);
	assert_non_null(strstr(s->why, "loop"));
	rig_send(rig, 22, origin, false, "nonsense", NULL);
	RIG_UNTIL(rig, (s = rig_tagged(rig, 22)) && s->ended);
	assert_non_null(strstr(s->why, "the request cannot be sent"));
	rig_send(rig, 23, origin, true, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", NULL); /* TLS to a plain server */
	origin_release(origin);
	rig_pump(rig, 50);
	origin_cut(origin);
	RIG_UNTIL(rig, (s = rig_tagged(rig, 23)) && s->ended);
	assert_int_equal(s->state, FLOW_S_TLS_FAILED);
}

static void
stops_while_held(void **state)
{
	struct peer p = peer_connect(rig->port), q = peer_connect(rig->port);

	(void)state;
	rig_on(rig, REQUESTS | RESPONSES, "path ~ echo");
	get(&p, "/echo-request");
	get(&q, "/echo-other");
	struct seen *s = held("/echo-other");
	held("/echo-request");
	rig_do(rig, INTENT_RESUME, s->key);
	RIG_UNTIL(rig, s->held == 2);
	engine_stop(rig->engine);
	assert_int_equal(ended("/echo-request")->state, FLOW_S_ERROR);
	assert_string_equal(ended("/echo-other")->why, "mitmtop was stopped");
	rig_do(rig, INTENT_RESUME, s->key); /* after the end: dropped */
	peer_close(&p);
	peer_close(&q);
}

static void
many_intents_at_once(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	for (unsigned i = 0; i < 20000; i++) /* far more than a mailbox holds */
		rig_do(rig, INTENT_KILL, ((flow_key)1 << 40) | (i & 1));
	rig_on(rig, REQUESTS, "path ~ late");
	for (unsigned i = 0; i < 50; i++)
		rig_pump(rig, 1);
	get(&p, "/echo-late");
	struct seen *s = held("/echo-late");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-late");
	peer_close(&p);
}

/* A client of the disorder below: asks for something, takes in what there is, or leaves in the middle. */
static void
disorderly_client(struct peer *p, unsigned *seed)
{
	static const char *const path[] = {"/echo", "/chunked", "/close", "/gzip", "/big"};
	char sink[65536];

	if (p->fd < 0)
		*p = peer_connect(rig->port);
	while (recv(p->fd, sink, sizeof sink, MSG_DONTWAIT) > 0)
		;
	const char *where = path[(unsigned)rand_r(seed) % 5];
	char text[600];
	int n = 0;
	switch (rand_r(seed) % 6) {
	case 0:
		peer_close(p);
		return;
	case 1: /* half a request; the other half, or something else, comes later */
		n = snprintf(text, sizeof text,
		    "POST http://127.0.0.1:%u%s HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", origin, where);
		break;
	case 2:
		n = snprintf(text, sizeof text,
		    "POST http://127.0.0.1:%u%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "4\r\nsome\r\n0\r\nX: 1\r\n\r\n",
		    origin, where);
		break;
	default:
		n = snprintf(text, sizeof text, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: a\r\n\r\n", origin, where);
	}
	if (send(p->fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		peer_close(p);
}

static void
disorderly_intent(struct seen *s, unsigned *seed)
{
	bool request = s->dir == FLOW_REQUEST;

	switch (rand_r(seed) % 6) {
	case 0:
		rig_do(rig, INTENT_KILL, s->key);
		break;
	case 1:
		rig_do_message(rig, INTENT_ANSWER, s->key, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok", NULL);
		break;
	case 2:
		rig_do_message(rig, INTENT_RESUME, s->key,
		    request ? "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"
		            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		    request ? NULL : "edited", request ? NULL : "X: 1\r\n");
		break;
	default:
		rig_do(rig, INTENT_RESUME, s->key);
	}
}

static void
disorder(void **state)
{
	enum { CLIENTS = 12, ROUNDS = 500 };
	struct peer p[CLIENTS];
	unsigned seed = getenv("TEST_SEED") ? (unsigned)atoi(getenv("TEST_SEED")) : 7;
	struct intent_rule rule[3] = {rig_rule(1, REQUESTS, "path ~ echo | req.body ~ some"),
	    rig_rule(2, RESPONSES, "res.body ~ hello | req.body ~ half"), rig_rule(3, RESPONSES, "path ~ close")};

	(void)state;
	rule[0].hold_ms = 300;
	rule[1].hold_ms = 400;
	rule[1].kill_after = true;
	rig_rules(rig, rule, 3);
	for (unsigned i = 0; i < CLIENTS; i++)
		p[i].fd = -1;
	for (unsigned i = 0; i < ROUNDS && rig->nseen + CLIENTS < RIG_FLOWS_MAX; i++) {
		disorderly_client(&p[(unsigned)rand_r(&seed) % CLIENTS], &seed);
		rig_pump(rig, 1);
		for (unsigned k = 0; k < rig->nseen; k++)
			if (!rig->seen[k]->ended && rand_r(&seed) % 8 == 0)
				disorderly_intent(rig->seen[k], &seed);
		if (i % 50 == 49)
			origin_cut(origin);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		if (p[i].fd >= 0)
			peer_close(&p[i]);
	rig_rules(rig, NULL, 0);
	for (unsigned k = 0; k < rig->nseen; k++) {
		/* Those whose client had closed before the answer came are held on: it may have been a half-close. */
		if (!rig->seen[k]->ended)
			rig_do(rig, INTENT_KILL, rig->seen[k]->key);
		RIG_UNTIL(rig, rig->seen[k]->ended);
	}
	assert_true(rig->nseen > 100);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
	    T(holds_and_resumes),
	    T(unchanged_is_what_came),
	    T(calls_are_grpc),
	    T(edits_a_request),
	    T(refuses_a_broken_edit),
	    T(edits_to_another_server),
	    T(edits_head_to_get),
	    T(answers),
	    T(kills),
	    T(client_leaves),
	    T(time_is_over),
	    T(time_held_is_not_latency),
	    T(counts),
	    T(the_next_rule_takes_what_one_has_no_room_for),
	    T(too_large_streams_on),
	    T(either_message),
	    T(holds_responses),
	    T(framing_is_not_counted),
	    T(holds_what_has_no_body),
	    T(old_client),
	    T(rules_change_in_flight),
	    T(judges_bodies_decoded),
	    T(expects_continue),
	    T(pipelines),
	    T(many_at_once),
	    T(more_than_the_total),
	    T(tunnel_outlives_its_server),
	    T(server_is_gone_for_good),
	    T(replays),
	    T(replay_fails_with_its_cause),
	    T(stops_while_held),
	    T(many_intents_at_once),
	    T(disorder),
	};
#undef T
	signal(SIGPIPE, SIG_IGN);
	if (getenv("TEST_ONLY"))
		cmocka_set_test_filter(getenv("TEST_ONLY"));
	return cmocka_run_group_tests(tests, open_all, close_all);
}
