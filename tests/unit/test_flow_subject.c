/* SPDX-License-Identifier: MIT
 * Flows as expressions see them: every field, what is not there, what is not there yet, and what the session file has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/flow_subject.h"
#include "flow_fixture.h"

enum { DEADLINE_MS = 20000 };

static enum match_result
judge(const struct flow *f, const char *text, enum flow_missing missing)
{
	struct flow_subject s;
	struct match_error e;
	struct match *m = match_new(text, &e);

	if (!m)
		fail_msg("%s: %s", text, e.why);
	flow_subject_init(&s);
	enum match_result is = flow_subject_eval(&s, m, f, missing);
	/* Once more: nothing of the first time is left. */
	assert_int_equal(flow_subject_eval(&s, m, f, missing), is);
	flow_subject_fini(&s);
	match_free(m);
	return is;
}

static void
expect(const struct flow *f, const char *const *text, enum match_result want)
{
	for (; *text; text++)
		if (judge(f, *text, FLOW_MISSING_ABSENT) != want)
			fail_msg("%s", *text);
}

/* ---- one flow of everything ---- */

static const char post[] = "POST /v1/orders?id=7 HTTP/1.1\r\nHost: api.test\r\nX-Token: abc\r\nContent-Length: 6\r\n\r\n";
static const char created[] =
    "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Encoding: gzip\r\nServer: nginx\r\n\r\n";

struct whole {
	struct flow flow;
	struct flow_detail detail;
	struct flow_conn conn;
	struct flow_tls client, server;
	struct flow_piece request, response[2];
	char coded[256];
	size_t coded_n;
};

static void
whole_code(struct whole *w, const char *text)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)text,
	    .avail_in = (uInt)strlen(text),
	    .next_out = (Bytef *)w->coded,
	    .avail_out = sizeof w->coded};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	w->coded_n = z.total_out;
	deflateEnd(&z);
}

static void
whole_make(struct whole *w)
{
	*w = (struct whole){.flow.number = 42};
	whole_code(w, "{\"secret\": \"Value\"}");
	w->client = (struct flow_tls){.done = true, .version = "TLSv1.2", .cipher = "ECDHE-X", .alpn = "http/1.1"};
	w->server = (struct flow_tls){.done = true, .subject = "CN=api.test", .issuer = "CN=Test CA", .not_after = "1970-01-20"};
	w->conn = (struct flow_conn){.number = 9, .client = "10.0.0.9:5000", .server = "192.0.2.1:8443", .sni = "sni.test", .ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1",
	    .pid = 4711, .process = "cu\"rl"};
	w->conn.tls[FLOW_CLIENT] = &w->client;
	w->conn.tls[FLOW_SERVER] = &w->server;
	w->request = (struct flow_piece){.p = "a=b&c=", .n = 6};
	/* The coding goes on in the next piece. */
	w->response[0] = (struct flow_piece){.p = w->coded, .n = 7};
	w->response[1] = (struct flow_piece){.p = w->coded + 7, .n = (uint32_t)w->coded_n - 7};
	w->detail = (struct flow_detail){.conn = &w->conn, .head = {SPAN_LIT(post), SPAN_LIT(created)}, .sent_ns = 5};
	w->detail.body[FLOW_REQUEST] = (struct flow_body){.piece = &w->request, .npieces = 1, .kept = 6, .seen = 6};
	w->detail.body[FLOW_RESPONSE] =
	    (struct flow_body){.piece = w->response, .npieces = 2, .kept = w->coded_n, .seen = w->coded_n};
	struct flow *f = &w->flow;
	f->detail = &w->detail;
	f->method = SPAN_LIT("POST");
	f->host = SPAN_LIT("api.test");
	f->path = SPAN_LIT("/v1/orders?id=7");
	f->content_type = SPAN_LIT("application/json; charset=utf-8");
	f->port = 8443;
	f->tls = f->ended = f->marked = true;
	f->status = 201;
	f->state = FLOW_S_DONE;
	f->proto = FLOW_H1;
	f->mono_ns = 1000000000;
	f->first_byte_ns = 1030000000;
	f->end_ns = 1050000000;
	f->wall_ns = 100000000000;
	f->bytes[FLOW_REQUEST] = 6;
	f->bytes[FLOW_RESPONSE] = 2048;
	f->comment = (char *)(uintptr_t) "look at this";
}

static void
test_fields(void **state)
{
	static const char *const yes[] = {"host = api.test", "port = 8443", "path ~ /orders", "url = https://api.test:8443/v1/orders?id=7",
	    "scheme = https", "method = post", "code = 201", "code = 2xx", "proto = h1", "state = D", "type ~ json", "size = 2k", "req.size = 6",
	    "time = 50ms", "ttfb = 30ms", "age = 100s", "id = 42", "conn = 9", "proc = \"cu\\\"rl\"", "proc ~ rl", "pid = 4711", "client ~ 10.0.0.9", "server = 192.0.2.1:8443", "sni = sni.test",
	    "tls.version < 1.3", "tls.version = 1.2", "tls.cipher ~ ecdhe", "tls.alpn = http/1.1", "tls.ja4 ~ \"^t13\"", "cert.subject ~ api", "cert.issuer ~ Test",
	    "cert.expires < 30d", "comment ~ look", "comment", "tls", "marked", "not held", "not edited", "not replay", "not active", "not asset",
	    "header[x-token] = abc", "req.header[host] ~ api", "res.header[server] = nginx", "not res.header[x-token]",
	    "body ~ secret", "res.body ~ Value", "req.body ~ c=", "not req.body ~ secret", "not error", "not proc ~ x", "not pid = 1", "orders",
	    "res.body ~ secret and req.body ~ a=b and res.body ~ Value", "~s", "~bs secret", "~hq x-token", NULL};
	static const char *const no[] = {"host = other", "code = 404", "tls.version = 1.3", "res.body ~ gzip", "res.header[host]", "asset", "active",
	    "cert.expires > 30d", "age < 99s", NULL};
	struct whole w;
	(void)state;
	clock_stop(2000000000, 200000000000);
	whole_make(&w);
	expect(&w.flow, yes, MATCH_YES);
	expect(&w.flow, no, MATCH_NO);
	clock_run();
}

/* The same that the header and the tree count as failed. */
static void
test_error(void **state)
{
	struct whole w;
	(void)state;
	whole_make(&w);
	w.flow.why = (char *)(uintptr_t) "words";
	for (unsigned i = FLOW_S_DONE; i < FLOW_STATE_COUNT; i++) {
		w.flow.state = (uint8_t)i;
		bool failed = i == FLOW_S_TLS_FAILED || i == FLOW_S_ERROR;
		assert_int_equal(flow_failed(&w.flow), failed);
		assert_int_equal(judge(&w.flow, "error", FLOW_MISSING_ABSENT), failed ? MATCH_YES : MATCH_NO);
		assert_int_equal(judge(&w.flow, "error ~ words", FLOW_MISSING_ABSENT), failed ? MATCH_YES : MATCH_NO);
	}
}

/* A flow of this run is as old as the monotonic clock says, whatever the other one does. */
static void
test_age(void **state)
{
	struct whole w;
	(void)state;
	whole_make(&w);
	w.flow.key = 1;
	clock_stop(6000000000, 0);
	assert_int_equal(judge(&w.flow, "age = 5s", FLOW_MISSING_ABSENT), MATCH_YES);
	w.flow.ended = false;
	w.flow.end_ns = 0;
	assert_int_equal(judge(&w.flow, "time = 5s and active", FLOW_MISSING_ABSENT), MATCH_YES);
	clock_run();
}

/* What comes yet is not known; what has come is. */
static void
test_open(void **state)
{
	static const char *const maybe[] = {"code = 200", "not code = 200", "res.body ~ x", "type ~ json", "ttfb > 1s", "res.header[server]",
	    "error", "size > 1", NULL};
	struct whole w;
	(void)state;
	whole_make(&w);
	w.flow.ended = false;
	w.flow.end_ns = w.flow.first_byte_ns = w.flow.status = 0;
	w.flow.content_type = SPAN_NONE;
	w.detail.head[FLOW_RESPONSE] = SPAN_NONE;
	w.detail.body[FLOW_RESPONSE] = (struct flow_body){.seen = 0};
	expect(&w.flow, maybe, MATCH_MAYBE);
	assert_int_equal(judge(&w.flow, "req.body ~ a=b", FLOW_MISSING_ABSENT), MATCH_YES);
	assert_int_equal(judge(&w.flow, "method = GET and code = 200", FLOW_MISSING_ABSENT), MATCH_NO);
	w.detail.sent_ns = 0; /* the request is still coming */
	assert_int_equal(judge(&w.flow, "req.body ~ a=b", FLOW_MISSING_ABSENT), MATCH_MAYBE);
}

/* Details that are gone for good are absent, those that can be read are not known. */
static void
test_missing(void **state)
{
	static const char *const details[] = {"req.header[host]", "res.body ~ secret", "client ~ 10", "tls.version = 1.2", "conn = 9",
	    "cert.expires < 30d", NULL};
	struct whole w;
	(void)state;
	whole_make(&w);
	w.flow.detail = NULL;
	expect(&w.flow, details, MATCH_NO);
	for (const char *const *t = details; *t; t++)
		assert_int_equal(judge(&w.flow, *t, FLOW_MISSING_LATER), MATCH_MAYBE);
	assert_int_equal(judge(&w.flow, "host = api.test and code = 201", FLOW_MISSING_LATER), MATCH_YES);
	assert_int_equal(judge(&w.flow, "host = no and body ~ secret", FLOW_MISSING_LATER), MATCH_NO);
	/* The head is here, the beginning of the body is not. */
	w.flow.detail = &w.detail;
	w.detail.body[FLOW_RESPONSE].spilled = 5;
	assert_int_equal(judge(&w.flow, "res.body ~ secret", FLOW_MISSING_LATER), MATCH_MAYBE);
	assert_int_equal(judge(&w.flow, "res.body ~ secret", FLOW_MISSING_ABSENT), MATCH_NO);
	assert_int_equal(judge(&w.flow, "res.header[server] = nginx", FLOW_MISSING_LATER), MATCH_YES);
}

/* Both bodies in pieces: the one does not take the place of the other. */
static void
test_two_bodies(void **state)
{
	struct flow_piece piece[2] = {{.p = "one ", .n = 4}, {.p = "two", .n = 3}};
	struct flow_piece other[2] = {{.p = "three ", .n = 6}, {.p = "four", .n = 4}};
	struct whole w;
	(void)state;
	whole_make(&w);
	w.detail.head[FLOW_RESPONSE] = SPAN_LIT("HTTP/1.1 200 OK\r\n\r\n");
	w.detail.body[FLOW_REQUEST] = (struct flow_body){.piece = piece, .npieces = 2, .kept = 7, .seen = 7};
	w.detail.body[FLOW_RESPONSE] = (struct flow_body){.piece = other, .npieces = 2, .kept = 10, .seen = 10};
	assert_int_equal(judge(&w.flow,
			     "req.body ~ \"one two\" and res.body ~ \"three four\" and req.body ~ one and not req.body ~ four",
			     FLOW_MISSING_ABSENT),
	    MATCH_YES);
}

/* A coding that cannot be undone, a head without an end. */
static void
test_damaged(void **state)
{
	struct whole w;
	(void)state;
	whole_make(&w);
	w.coded[0] = 'x';
	assert_int_equal(judge(&w.flow, "res.body ~ secret", FLOW_MISSING_ABSENT), MATCH_NO);
	w.detail.head[FLOW_RESPONSE] = SPAN_LIT("HTTP/1.1 200 OK\r\nno colon\r\n: no name\r\nServer");
	assert_int_equal(judge(&w.flow, "res.header[server]", FLOW_MISSING_ABSENT), MATCH_NO);
	w.detail.head[FLOW_RESPONSE] = SPAN_LIT("");
	assert_int_equal(judge(&w.flow, "res.header[server]", FLOW_MISSING_ABSENT), MATCH_NO);
}

/* ---- whole flows from the session file ---- */

static void
turn(struct flow_store *s)
{
	int wait = flow_store_turn(s);
	struct pollfd p = {.fd = flow_store_fd(s), .events = POLLIN};

	poll(&p, 1, wait < 0 || wait > 50 ? 50 : wait);
}

/* Every number that is asked for comes back in order, with its body when the file has it. */
static void
test_fetch(void **state)
{
	enum { FLOWS = 1500, BODY = 40000 };
	char dir[] = "/tmp/mitmtop-fetch.XXXXXX", path[64];
	struct flow_store *s = store(2 << 20);
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull, number, next = 1, asked = 0;
	struct errmsg why;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	assert_int_equal(flow_store_write(s, path, &why), 0);
	for (flow_key k = 1; k <= FLOWS; k++) {
		feed_exchange(s, k, BODY);
		while (flow_store_congested(s))
			turn(s);
	}
	struct flow_fetch *fetch = flow_fetch_new(s);
	while (next <= FLOWS && clock_mono_ns() < end) {
		const struct flow *f;
		bool wait, gone;
		while (asked < FLOWS && !flow_fetch_is_full(fetch))
			flow_fetch_ask(fetch, ++asked);
		if (!flow_fetch_next(fetch, &number, &f, &wait)) {
			assert_true(wait);
			turn(s);
			continue;
		}
		assert_int_equal(number, next++);
		assert_true(f || flow_store_row(s, number, &gone)); /* not in the file yet: in memory */
		if (f)
			assert_int_equal(flow_body_copy(flow_body(f, FLOW_RESPONSE), NULL, 1 << 20), BODY);
	}
	assert_int_equal(next, FLOWS + 1);
	flow_fetch_free(fetch);
	/* Given up in the middle. */
	fetch = flow_fetch_new(s);
	for (uint64_t n = 1; n <= 40; n++)
		flow_fetch_ask(fetch, n);
	flow_fetch_free(fetch);
	assert_int_equal(flow_store_close(s, &why), 0);
	flow_store_free(s);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_error),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(test_open),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_two_bodies),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_fetch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
