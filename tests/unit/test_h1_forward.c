/* SPDX-License-Identifier: MIT
 * What an intermediary refuses, sends on unchanged, or changes in heads and trailers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/h1_forward.h"

static struct http_head head;

static void
parse(bool response, const char *text)
{
	struct h1_fault f = {0, ""};
	size_t scan = 0, n = strlen(text);
	long rc = (response ? h1_parse_response : h1_parse_request)(text, n, &scan, &head, &f);

	if (rc != (long)n)
		fail_msg("%s: %s", text, f.why);
}

struct request_case {
	const char *in;
	int status;      /* 0: good */
	const char *out; /* NULL: verbatim */
};

#define G "GET / HTTP/1.1\r\n"
#define H "Host: a.test\r\n"
#define GH G H

static const struct request_case request_cases[] = {
    {GH "\r\n", 0, NULL},
    {GH "Connection: keep-alive\r\n\r\n", 0, NULL},
    {GH "Connection: close\r\n\r\n", 0, NULL},
    {GH "Connection: Keep-Alive\r\nX:y \r\n\r\n", 0, NULL},
    {"OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, NULL},                              /* R-A16 */
    {"GET * HTTP/1.1\r\n" H "\r\n", 400, NULL},                                /* R-A15 */
    {"GET a/b HTTP/1.1\r\n" H "\r\n", 400, NULL},                              /* R-A17 */
    {"GET /a#b HTTP/1.1\r\n" H "\r\n", 400, NULL},                             /* R-A14 */
    {"GET a.test:443 HTTP/1.1\r\n" H "\r\n", 400, NULL},                       /* R-A28 */
    {"GET ftp://a.test/ HTTP/1.1\r\n" H "\r\n", 400, NULL},                    /* R-A29 */
    {"GET http://u@a.test/ HTTP/1.1\r\n" H "\r\n", 400, NULL},                 /* R-A27 */
    {"GET /\xc3\xa4?\xff HTTP/1.1\r\n" H "\r\n", 0,                            /* R-A20 */
	"GET /%C3%A4?%FF HTTP/1.1\r\n" H "\r\n"},
    {"GET /%0d%0a HTTP/1.1\r\n" H "\r\n", 0, NULL},                            /* R-H08 */
    {"GET http://a.test/x?y HTTP/1.1\r\n" H "\r\n", 0,                         /* R-A25 */
	"GET /x?y HTTP/1.1\r\n" H "\r\n"},
    {"GET http://b.test:81/x HTTP/1.1\r\nhost: a.test\r\nX: y\r\n\r\n", 0,     /* R-A26 */
	"GET /x HTTP/1.1\r\nhost: b.test:81\r\nX: y\r\n\r\n"},
    {"GET http://[::1]:8080 HTTP/1.1\r\n" H "\r\n", 0,
	"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
    {"GET https://a.test?q HTTP/1.1\r\n" H "\r\n", 0, "GET /?q HTTP/1.1\r\n" H "\r\n"},
    {"OPTIONS http://a.test HTTP/1.1\r\n" H "\r\n", 0, "OPTIONS * HTTP/1.1\r\n" H "\r\n"},
    {"OPTIONS http://a.test/ HTTP/1.1\r\n" H "\r\n", 0, "OPTIONS / HTTP/1.1\r\n" H "\r\n"},
    {"OPTIONS http://a.test?q HTTP/1.1\r\n" H "\r\n", 0, "OPTIONS /?q HTTP/1.1\r\n" H "\r\n"},
    {G "\r\n", 400, NULL},                                                     /* R-B01 */
    {GH "Host: b.test\r\n\r\n", 400, NULL},                                    /* R-B02 */
    {GH H "\r\n", 400, NULL},                                                  /* R-B03 */
    {G "Host: a.test/x\r\n\r\n", 400, NULL},                                   /* R-B04 */
    {G "Host: u@a.test\r\n\r\n", 400, NULL},                                   /* R-B05 */
    {G "Host: a test\r\n\r\n", 400, NULL},                                     /* R-B06 */
    {G "Host: a.test, b.test\r\n\r\n", 400, NULL},                             /* R-B07 */
    {G "Host:\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\n\r\n", 0, "GET / HTTP/1.1\r\nHost: fall.back\r\n\r\n"}, /* R-B09 */
    {"GET http://a.test/ HTTP/1.0\r\n\r\n", 0, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"},
    {"GET / HTTP/1.0\r\nX: y\r\n" H "\r\n", 0, "GET / HTTP/1.1\r\nX: y\r\n" H "\r\n"},
    {"GET / HTTP/1.0\r\n" H H "\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400, NULL},
    {GH "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, NULL},
    {GH "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, NULL},
    {GH "Content-Length: 5\r\n\r\n", 0, NULL},                                 /* R-D32 */
    {GH "X-Secret: 1\r\nConnection: x-secret\r\n\r\n", 0, GH "\r\n"},          /* R-F01 */
    {GH "A: 1\r\nB: 2\r\nC: 3\r\nConnection: a , keep-alive,B\r\n\r\n", 0,     /* R-F02 */
	GH "C: 3\r\nConnection: keep-alive\r\n\r\n"},
    {GH "Connection: a\r\nA: 1\r\nConnection: b\r\nB: 2\r\n\r\n", 0, GH "\r\n"}, /* R-F03 */
    {GH "Connection: Content-Length\r\nContent-Length: 5\r\n\r\n", 0,          /* R-F04 */
	GH "Content-Length: 5\r\n\r\n"},
    {GH "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n", 0,
	GH "Transfer-Encoding: chunked\r\n\r\n"},
    {GH "Connection: host, close\r\n\r\n", 0, GH "Connection: close\r\n\r\n"}, /* R-F05 */
    {GH "Connection: Cookie\r\nCookie: a\r\n\r\n", 0, GH "\r\n"},              /* R-F06 */
    {GH "Keep-Alive: timeout=5\r\n\r\n", 0, GH "\r\n"},                        /* R-F07 */
    {GH "Proxy-Connection: keep-alive\r\n\r\n", 0, GH "\r\n"},                 /* R-F08 */
    {GH "Proxy-Authorization: Basic eA==\r\n\r\n", 0, GH "\r\n"},              /* R-F09 */
    {GH "TE: trailers\r\nConnection: TE\r\n\r\n", 0, GH "\r\n"},               /* R-F10 */
    {"TRACE / HTTP/1.1\r\n" H "Max-Forwards: 0\r\n\r\n", 0,                    /* R-F15 */
	"TRACE / HTTP/1.1\r\n" H "Max-Forwards: 0\r\n\r\n"},
    {"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 5\r\n\r\n", 0,                  /* R-F16 */
	"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 4\r\n\r\n"},
    {"OPTIONS / HTTP/1.1\r\n" H "max-forwards: 100\r\n\r\n", 0,
	"OPTIONS / HTTP/1.1\r\n" H "max-forwards: 99\r\n\r\n"},
    {"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: x\r\n\r\n", 400, NULL},
    {"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards:\r\n\r\n", 400, NULL},
    {"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n", 400, NULL},
    {"OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 1000000000\r\n\r\n", 400, NULL},
    {GH "Max-Forwards: x\r\n\r\n", 0, NULL},                                   /* R-F17 */
    {GH "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n", 0, NULL},         /* R-G01 */
    {"GET / HTTP/1.0\r\n" H "Expect: 100-continue\r\n\r\n", 0, GH "\r\n"},     /* R-G03 */
    {GH "Expect: x\r\n\r\n", 0, NULL},                                         /* R-G04 */
    {GH "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 0, NULL},
    {GH "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nTE: a\r\n\r\n", 0,
	GH "Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n\r\n"},
    {GH "Upgrade: websocket\r\nConnection: close, Upgrade\r\nTE: a\r\n\r\n", 0,
	GH "Upgrade: websocket\r\nConnection: close, upgrade\r\n\r\n"},
    {GH "Upgrade: websocket\r\nConnection: Upgrade\r\nTE: a\r\n\r\n", 0,
	GH "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"},
    {GH "Upgrade: websocket\r\n\r\n", 0, GH "\r\n"},                           /* R-G05 */
    {GH "Connection: upgrade\r\n\r\n", 0, GH "\r\n"},
    {GH "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n"                              /* R-G06 */
	"Connection: Upgrade, HTTP2-Settings\r\n\r\n", 0, GH "\r\n"},
    {GH "Upgrade: websocket, H2C\r\nConnection: Upgrade\r\n\r\n", 0, GH "\r\n"},
    {GH "Upgrade: websocket\r\nUpgrade: h2c/1\r\nConnection: Upgrade\r\n\r\n", 0, GH "\r\n"},
    {GH "Upgrade: HTTP/2.0\r\nConnection: Upgrade\r\n\r\n", 0, GH "\r\n"},
    {GH "HTTP2-Settings: AAA\r\n\r\n", 0, GH "\r\n"},
    {"GET / HTTP/1.0\r\n" H "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 0, GH "\r\n"},
    {GH "Upgrade: foo/1\r\nConnection: Upgrade\r\n\r\n", 0, NULL},             /* R-G07 */
    {"CONNECT a.test:443 HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", 400, NULL}, /* R-G08 */
    {"CONNECT a.test HTTP/1.1\r\n" H "\r\n", 400, NULL},                       /* R-G09 */
    {"CONNECT http://a.test:443 HTTP/1.1\r\n" H "\r\n", 400, NULL},            /* R-G10 */
    {"CONNECT a.test:0 HTTP/1.1\r\n" H "\r\n", 400, NULL},                     /* R-G11 */
    {"CONNECT a.test:99999 HTTP/1.1\r\n" H "\r\n", 400, NULL},                 /* R-G12 */
    {"CONNECT a.test:443 HTTP/1.1\r\n" H "\r\n", 0, "CONNECT a.test:443 HTTP/1.1\r\n" H "\r\n"},
    {"POST / HTTP/1.1\r\nx: 1\r\nA: 2\r\n" H "X: 3\r\nTE:\r\n\r\n", 0,         /* R-C17 */
	"POST / HTTP/1.1\r\nx: 1\r\nA: 2\r\n" H "X: 3\r\n\r\n"},
};

static void
check_request_out(const struct request_case *c, const struct h1_request *r)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_add_str(&b, "before");
	assert_int_equal(h1_write_request(&b, &head, r, SPAN_LIT("fall.back"), SPAN_NONE), 0);
	buf_consume(&b, 6);
	if (c->out && !span_eq(buf_span(&b), span_str(c->out)))
		fail_msg("%s: wrote %.*s", c->in, (int)b.n, b.p);
	buf_fini(&b);
}

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof request_cases / sizeof *request_cases; i++) {
		const struct request_case *c = &request_cases[i];
		struct h1_request r;
		struct h1_fault f = {0, NULL};
		parse(false, c->in);
		int rc = h1_check_request(&head, &r, &f);
		if (f.status != c->status || rc != (c->status ? ERR_SYNTAX : 0))
			fail_msg("%s: status %d %s", c->in, f.status, f.why);
		if (rc == 0) {
			if (r.verbatim != (c->out == NULL))
				fail_msg("%s: verbatim %d", c->in, r.verbatim);
			check_request_out(c, &r);
		}
	}
}

static void
check_request(const char *in, struct h1_request *r)
{
	struct h1_fault f = {0, NULL};

	parse(false, in);
	if (h1_check_request(&head, r, &f) < 0)
		fail_msg("%s: %s", in, f.why);
}

static void
test_what_is_told_of_a_request(void **state)
{
	struct h1_request r;

	(void)state;
	check_request("HEAD / HTTP/1.1\r\nHost: a.test:8080\r\nContent-Length: 7\r\n"
		      "Expect: 100-Continue\r\n\r\n", &r);
	assert_true(r.is_head && r.expect_continue && r.persists && !r.is_connect && !r.upgrade);
	assert_int_equal(r.framing, H1_BODY_LENGTH);
	assert_int_equal(r.length, 7);
	assert_int_equal(r.host.port, 8080);
	assert_true(span_eq(r.host.host, SPAN_LIT("a.test")));
	assert_int_equal(r.max_forwards, -1);
	check_request("CONNECT [::1]:443 HTTP/1.0\r\n\r\n", &r);
	assert_true(r.is_connect && !r.persists && r.host.host.p == NULL);
	assert_int_equal(r.target.authority.kind, URL_HOST_IPV6);
	check_request("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", &r);
	assert_false(r.expect_continue);
	check_request(GH "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", &r);
	assert_true(r.upgrade);
	check_request("TRACE / HTTP/1.1\r\n" H "Max-Forwards: 12\r\n\r\n", &r);
	assert_int_equal(r.max_forwards, 12);
}

static void
test_via_is_last(void **state)
{
	struct h1_request r;
	struct buf b;

	(void)state;
	check_request(GH "Via: 1.0 x\r\nA: b\r\n\r\n", &r); /* R-F13, R-F14 */
	buf_init(&b, 1000);
	h1_write_request(&b, &head, &r, SPAN_NONE, SPAN_LIT("1.1 me"));
	assert_true(span_eq(
	    buf_span(&b), SPAN_LIT(GH "Via: 1.0 x\r\nA: b\r\nVia: 1.1 me\r\n\r\n")));
	buf_fini(&b);
}

static void
test_what_does_not_fit_is_not_written(void **state)
{
	struct h1_request r;
	struct buf b;
	const size_t full = sizeof GH "A: b\r\nVia: v\r\n\r\n" - 1;

	(void)state;
	check_request(GH "A: b\r\n\r\n", &r);
	for (size_t max = 0; max <= full; max++) {
		buf_init(&b, max + 3);
		buf_add_str(&b, "abc");
		int rc = h1_write_request(&b, &head, &r, SPAN_NONE, SPAN_LIT("v"));
		assert_int_equal(rc, max < full ? ERR_LIMIT : 0);
		assert_int_equal(b.n, max < full ? 3 : 3 + full);
		buf_fini(&b);
	}
}

static void
test_number_of_connection_options_is_bounded(void **state)
{
	struct buf b;
	struct h1_request r;
	struct h1_fault f = {0, NULL};

	(void)state;
	for (int n = 64; n <= 65; n++) {
		buf_init(&b, 1 << 16);
		buf_add_str(&b, GH "Connection: a");
		for (int i = 1; i < n; i++)
			buf_add_str(&b, ",a");
		buf_add(&b, "\r\n\r\n", 5); /* with the NUL */
		parse(false, b.p);
		assert_int_equal(h1_check_request(&head, &r, &f), n == 64 ? 0 : ERR_SYNTAX);
		buf_fini(&b);
	}
}

struct response_case {
	const char *request, *in;
	int status;
	const char *out; /* NULL: verbatim */
	bool unchunk, close, persists;
};

#define OK "HTTP/1.1 200 OK\r\n"
#define WS GH "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
#define CL5 "Content-Length: 5\r\n"
#define TE "Transfer-Encoding: chunked\r\n"

static const struct response_case response_cases[] = {
    {GH "\r\n", OK CL5 "\r\n", 0, NULL, 0, 0, true},                            /* R-P01 */
    {GH "\r\n", OK TE "\r\n", 0, NULL, 0, 0, true},                             /* R-P02 */
    {GH "\r\n", OK "\r\n", 0, NULL, 0, 0, false},                               /* R-P03 */
    {GH "\r\n", OK CL5 "Connection: close\r\n\r\n", 0, NULL, 0, 0, false},
    {GH "\r\n", OK CL5 "Connection: keep-alive\r\n\r\n", 0, NULL, 0, 0, true},
    {GH "\r\n", OK CL5 TE "\r\n", 502, NULL, 0, 0, 0},                          /* R-P06 */
    {GH "\r\n", OK CL5 "Content-Length: 6\r\n\r\n", 502, NULL, 0, 0, 0},        /* R-P07 */
    {GH "\r\n", OK "Content-Length: 5x\r\n\r\n", 502, NULL, 0, 0, 0},           /* R-P08 */
    {GH "\r\n", "HTTP/1.1 204 N\r\n" CL5 "\r\n", 0, "HTTP/1.1 204 N\r\n\r\n", 0, 0, false},
    {GH "\r\n", "HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n", 0,
	"HTTP/1.1 204 N\r\n\r\n", 0, 0, true},
    {GH "\r\n", "HTTP/1.1 204 N\r\n" TE "\r\n", 0, "HTTP/1.1 204 N\r\n\r\n", 0, 0, false},
    {GH "\r\n", "HTTP/1.1 204 N\r\n\r\n", 0, NULL, 0, 0, true},
    {GH "\r\n", "HTTP/1.1 304 N\r\n" CL5 "\r\n", 0, NULL, 0, 0, true},          /* R-P10 */
    {"HEAD / HTTP/1.1\r\n" H "\r\n", OK CL5 "\r\n", 0, NULL, 0, 0, true},       /* R-P11 */
    {GH "\r\n", "HTTP/1.1 103 E\r\nLink: x\r\n\r\n", 0, NULL, 0, 0, true},      /* R-P14 */
    {GH "\r\n", "HTTP/1.1 100 C\r\n" CL5 "\r\n", 0, "HTTP/1.1 100 C\r\n\r\n", 0, 0, true},
    {GH "\r\n", "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 502, NULL, 0, 0, 0},
    {WS, "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0, NULL, 0, 0, true},
    {WS, "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade, a\r\nA: b\r\n\r\n", 0,
	"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0, 0, true},
    {WS, OK CL5 "\r\n", 0, NULL, 0, 0, true},                                   /* R-G07 */
    {GH "\r\n", OK CL5 "Upgrade: h2,h2c\r\nConnection: Upgrade\r\n\r\n", 0,
	OK CL5 "\r\n", 0, 0, true},
    {GH "\r\n", OK CL5 "Upgrade: h2,h2c\r\n\r\n", 0, OK CL5 "\r\n", 0, 0, true},
    {GH "\r\n", "HTTP/1.1 200\r\n" CL5 "Keep-Alive: x\r\n\r\n", 0,              /* R-P17, R-P25 */
	"HTTP/1.1 200 \r\n" CL5 "\r\n", 0, 0, true},
    {GH "\r\n", OK CL5 "X-Hop: 1\r\nConnection: X-Hop\r\n\r\n", 0, OK CL5 "\r\n", 0, 0, true},
    {GH "\r\n", OK CL5 "Proxy-Connection: x\r\n\r\n", 0, OK CL5 "\r\n", 0, 0, true},
    {GH "\r\n", OK CL5 "Connection: content-length\r\n\r\n", 0, OK CL5 "\r\n", 0, 0, true},
    {GH "\r\n", OK TE "Trailer: X\r\nKeep-Alive: a\r\n\r\n", 0, OK "Connection: close\r\n\r\n",
	true, true, true},                                                     /* R-P31 */
    {GH "\r\n", "HTTP/1.0 200 OK\r\n" CL5 "\r\n", 0, OK CL5 "\r\n", 0, 0, false},
    {GH "\r\n", "HTTP/1.0 200 OK\r\n" CL5 "Connection: keep-alive\r\n\r\n", 0,
	OK CL5 "Connection: keep-alive\r\n\r\n", 0, 0, true},
    {GH "\r\n", "HTTP/1.0 200 OK\r\n" TE "\r\n", 502, NULL, 0, 0, 0},
    {GH "\r\n", OK CL5 "TE: x\r\nConnection: keep-alive\r\n\r\n", 0,
	OK CL5 "Connection: close\r\n\r\n", 0, true, true},
    {GH "\r\n", OK CL5 "Content-Encoding: gzip\r\n\r\n", 0, NULL, 0, 0, true},  /* R-P35 */
    {GH "\r\n", OK CL5 "Proxy-Authenticate: Basic\r\n\r\n", 0, NULL, 0, 0, true},
};

static void
check_response(const struct response_case *c)
{
	struct h1_request r;
	struct h1_response resp;
	struct h1_fault f = {0, NULL};
	const struct h1_response_how how = {c->unchunk, c->close, SPAN_NONE};
	struct buf b;

	check_request(c->request, &r);
	parse(true, c->in);
	int rc = h1_check_response(&head, &r, &resp, &f);
	if (f.status != c->status || rc != (c->status ? ERR_SYNTAX : 0))
		fail_msg("%s: status %d %s", c->in, f.status, f.why);
	if (rc < 0)
		return;
	if (resp.verbatim != (c->out == NULL) || resp.persists != c->persists)
		fail_msg("%s: verbatim %d, persists %d", c->in, resp.verbatim, resp.persists);
	buf_init(&b, 1 << 16);
	assert_int_equal(h1_write_response(&b, &head, &resp, &how), 0);
	if (c->out && !span_eq(buf_span(&b), span_str(c->out)))
		fail_msg("%s: wrote %.*s", c->in, (int)b.n, b.p);
	buf_fini(&b);
}

static void
test_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof response_cases / sizeof *response_cases; i++)
		check_response(&response_cases[i]);
}

static void
test_kinds_of_responses(void **state)
{
	struct h1_request r;
	struct h1_response resp;
	struct h1_fault f;
	struct buf b;

	(void)state;
	check_request(WS, &r);
	parse(true, "HTTP/1.1 100 C\r\n\r\n");
	assert_int_equal(h1_check_response(&head, &r, &resp, &f), 0);
	assert_true(resp.interim && !resp.upgraded);
	parse(true, "HTTP/1.1 101 S\r\n\r\n");
	assert_int_equal(h1_check_response(&head, &r, &resp, &f), 0);
	assert_true(!resp.interim && resp.upgraded);
	parse(true, OK CL5 "\r\n");
	assert_int_equal(h1_check_response(&head, &r, &resp, &f), 0);
	assert_true(!resp.interim && !resp.upgraded && resp.length == 5);
	buf_init(&b, 1000); /* R-P38 */
	h1_write_response(&b, &head, &resp, &(struct h1_response_how){.via = SPAN_LIT("1.1 me")});
	assert_true(span_eq(buf_span(&b), SPAN_LIT(OK CL5 "Via: 1.1 me\r\n\r\n")));
	buf_fini(&b);
}

static void
test_trailers(void **state)
{
	struct span in = SPAN_LIT("X-Sum: 1\r\nContent-Length: 5\r\nHost: a\r\nSet-Cookie: a\r\n"
				  "Transfer-Encoding: chunked\r\nAuthorization: b\r\n"
				  "if-match: c\r\n"
				  "content-range: d\r\nConnection: e\r\nX-Forwarded-For: f\r\n"
				  "Trailer: g\r\ngrpc-status: 0\r\n\r\n"); /* R-E27..E29, R-P27 */
	struct h1_body body;
	struct h1_fault f;
	struct buf b;
	size_t scan = 0;
	unsigned dropped;

	(void)state;
	h1_body_init(&body, H1_BODY_CHUNKED, 0);
	assert_int_equal(h1_parse_trailers(&body, in.p, in.n, &scan, &head, &f), in.n);
	buf_init(&b, 1000);
	assert_int_equal(h1_write_trailers(&b, &head, &dropped), 0);
	assert_true(span_eq(buf_span(&b), SPAN_LIT("X-Sum: 1\r\ngrpc-status: 0\r\n\r\n")));
	assert_int_equal(dropped, 10);
	buf_fini(&b);
	buf_init(&b, 20);
	assert_int_equal(h1_write_trailers(&b, &head, &dropped), ERR_LIMIT);
	assert_int_equal(b.n, 0);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_what_is_told_of_a_request),
	    cmocka_unit_test(test_via_is_last),
	    cmocka_unit_test(test_what_does_not_fit_is_not_written),
	    cmocka_unit_test(test_number_of_connection_options_is_bounded),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_kinds_of_responses),
	    cmocka_unit_test(test_trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
