/* SPDX-License-Identifier: MIT
 * Start lines and fields of HTTP/1 heads: what is taken, what is refused and with which status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "proto/h1_parse.h"
#include "tests/support/feed.h"

/* Two spans of bytes that may hold NUL. */
#define IN(s) {(s), sizeof(s) - 1}

struct head_case {
	struct span in;
	int status;       /* of the fault; 0: good, -1: more is needed */
	const char *text; /* what was read, as head_text writes it; NULL: not compared */
};

/* One parse in progress, and what the first way of it came to. */
struct run {
	bool response;
	struct http_head h;
	size_t scan;
	long rc;
	struct h1_fault fault;
	struct buf text, first_text;
	bool have_first;
	long first_rc;
	struct h1_fault first_fault;
};

static void
head_text(struct buf *b, const struct http_head *h)
{
	buf_clear(b);
	if (h->response)
		buf_addf(b, "%d %u [%.*s]", h->minor, h->status, (int)h->reason.n, h->reason.p);
	else
		buf_addf(b, "%d %.*s %.*s", h->minor, (int)h->method.n, h->method.p,
		    (int)h->target.n, h->target.p);
	for (unsigned i = 0; i < h->nfields; i++)
		buf_addf(b, "|%.*s=%.*s", (int)h->field[i].name.n, h->field[i].name.p,
		    (int)h->field[i].value.n, h->field[i].value.p);
}

static void
run_start(void *ctx)
{
	struct run *r = ctx;

	r->scan = 0;
	r->rc = 0;
	r->fault = (struct h1_fault){0, NULL};
	memset(&r->h, 0xa5, sizeof r->h);
}

static bool
run_more(void *ctx, const char *p, size_t n)
{
	struct run *r = ctx;

	r->rc = (r->response ? h1_parse_response : h1_parse_request)(
	    p, n, &r->scan, &r->h, &r->fault);
	if (r->rc > 0) {
		size_t skipped = (size_t)r->rc - r->h.raw.n;
		assert_ptr_equal(r->h.raw.p, p + skipped);
		head_text(&r->text, &r->h);
	} else {
		buf_clear(&r->text);
	}
	return r->rc == 0;
}

static void
run_finish(void *ctx, const char *way)
{
	struct run *r = ctx;

	if (!r->have_first) {
		r->have_first = true;
		r->first_rc = r->rc;
		r->first_fault = r->fault;
		buf_clear(&r->first_text);
		buf_add_span(&r->first_text, buf_span(&r->text));
		return;
	}
	if (r->rc != r->first_rc || r->fault.status != r->first_fault.status ||
	    r->fault.why != r->first_fault.why ||
	    !span_eq(buf_span(&r->text), buf_span(&r->first_text)))
		fail_msg("%s: %ld %d %s, but whole: %ld %d %s", way, r->rc, r->fault.status,
		    r->fault.why, r->first_rc, r->first_fault.status, r->first_fault.why);
}

static const struct feed_parser run_parser = {run_start, run_more, run_finish};

/* Parses in every way; the result is in r->first_*. */
static void
run_every_way(struct run *r, bool response, struct span in)
{
	r->response = response;
	r->have_first = false;
	feed_every_way(in, &run_parser, r);
}

static void
run_init(struct run *r)
{
	buf_init(&r->text, 1 << 20);
	buf_init(&r->first_text, 1 << 20);
}

static void
run_fini(struct run *r)
{
	buf_fini(&r->text);
	buf_fini(&r->first_text);
}

static void
check_case(struct run *r, bool response, const struct head_case *c)
{
	run_every_way(r, response, c->in);
	int status = r->first_rc > 0 ? 0 : r->first_rc == 0 ? -1 : r->first_fault.status;
	if (status != c->status)
		fail_msg("%.*s: status %d (%s), not %d", (int)c->in.n, c->in.p, status,
		    r->first_fault.why, c->status);
	if (r->first_rc < 0)
		assert_true(strlen(r->first_fault.why) > 10);
	if (c->text && !span_eq(buf_span(&r->first_text), span_str(c->text)))
		fail_msg("read %.*s, not %s", (int)r->first_text.n, r->first_text.p, c->text);
}

static void
check_cases(bool response, const struct head_case *c, size_t n)
{
	static struct run r;

	run_init(&r);
	for (size_t i = 0; i < n; i++)
		check_case(&r, response, &c[i]);
	run_fini(&r);
}

#define H "Host: a.test\r\n"

static void
test_request_lines(void **state)
{
	static const struct head_case cases[] = {
	    {IN("GET / HTTP/1.1\r\n" H "\r\n"), 0, "1 GET /|Host=a.test"}, /* R-A01 */
	    {IN("GET / HTTP/1.0\r\n\r\n"), 0, "0 GET /"},
	    {IN("GET / HTTP/1.1\r\n" H "\r\nGET /next"), 0, "1 GET /|Host=a.test"},
	    {IN("GET  / HTTP/1.1\r\n" H "\r\n"), 400, NULL},               /* R-A02 */
	    {IN("GET /  HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET / HTTP/1.1 \r\n" H "\r\n"), 400, NULL},
	    {IN(" GET / HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET\t/ HTTP/1.1\r\n" H "\r\n"), 400, NULL},               /* R-A03 */
	    {IN("GET /\tHTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET /\t/ HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("\r\nGET / HTTP/1.1\r\n" H "\r\n"), 0, "1 GET /|Host=a.test"}, /* R-A04 */
	    {IN("\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("\nGET / HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("\rGET / HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET /\r\n" H "\r\n"), 400, NULL},                         /* R-A05 */
	    {IN("GET\r\n\r\n"), 400, NULL},
	    {IN("GET / HTTP/1.2\r\n" H "\r\n"), 505, NULL},                /* R-A06 */
	    {IN("GET / HTTP/2.0\r\n" H "\r\n"), 505, NULL},                /* R-A07 */
	    {IN("GET / HTTP/0.9\r\n" H "\r\n"), 505, NULL},
	    {IN("GET / http/1.1\r\n" H "\r\n"), 400, NULL},                /* R-A08 */
	    {IN("GET / HTTP/1.01\r\n" H "\r\n"), 400, NULL},               /* R-A09 */
	    {IN("GET / HTTP/01.1\r\n" H "\r\n"), 400, NULL},               /* R-A10 */
	    {IN("GET / HTTP/1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET / HTTP/1,1\r\n" H "\r\n"), 400, NULL},
	    {IN("GET / \r\n" H "\r\n"), 400, NULL},
	    {IN("GE(T / HTTP/1.1\r\n" H "\r\n"), 400, NULL},               /* R-A11 */
	    {IN("GET\x80 / HTTP/1.1\r\n" H "\r\n"), 400, NULL},
	    {IN("M-SEARCH / HTTP/1.1\r\n" H "\r\n"), 0, "1 M-SEARCH /|Host=a.test"}, /* R-A12 */
	    {IN("get / HTTP/1.1\r\n" H "\r\n"), 0, "1 get /|Host=a.test"}, /* R-A13 */
	    {IN("GET /\0 HTTP/1.1\r\n" H "\r\n"), 400, NULL},              /* R-A18 */
	    {IN("GET /\x7f HTTP/1.1\r\n" H "\r\n"), 400, NULL},            /* R-A19 */
	    {IN("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"), 0,
		"1 GET /\xc3\xa4|Host=a.test"}, /* R-A20 */
	    {IN("GET /\r HTTP/1.1\r\n" H "\r\n"), 400, NULL},              /* R-A21 */
	    {IN("GET / HTTP/1.1\r\r\n" H "\r\n"), 400, NULL},
	    {IN("GET / HTTP/1.1\n" "Host: a.test\n\n"), 400, NULL},        /* R-A22 */
	    {IN("   \r\n\r\n"), 400, NULL},                                /* R-A30 */
	    {IN("\x16\x03\x01\x02\x03\x04"), 400, NULL},                   /* R-A31 */
	    {IN("\x80"), 400, NULL},
	    {IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, NULL},           /* R-A32 */
	    {IN("GET / HTTP/1.1\r\n" H "\r"), -1, NULL},
	    {IN("GET / HTTP/1.1\r\n" H), -1, NULL},
	    {IN("\r\n"), -1, NULL},
	    {IN("\r"), -1, NULL},
	    {IN("G"), -1, NULL},
	    {IN(""), -1, NULL},
	};

	(void)state;
	check_cases(false, cases, sizeof cases / sizeof *cases);
}

#define G "GET / HTTP/1.1\r\n"

static void
test_fields(void **state)
{
	static const struct head_case cases[] = {
	    {IN(G H " X: y\r\n\r\n"), 400, NULL},
	    {IN(G "Host : a.test\r\n\r\n"), 400, NULL},                    /* R-C01 */
	    {IN(G "Host\t: a.test\r\n\r\n"), 400, NULL},                   /* R-C02 */
	    {IN(G H "X: y\r\n z\r\n\r\n"), 400, NULL},                     /* R-C03 */
	    {IN(G H "X: y\r\n\tz\r\n\r\n"), 400, NULL},                    /* R-C04 */
	    {IN(G " Host: a.test\r\n\r\n"), 400, NULL},                    /* R-C05, R-B08 */
	    {IN(G H ": y\r\n\r\n"), 400, NULL},                            /* R-C06 */
	    {IN(G H "X\r\n\r\n"), 400, NULL},                              /* R-C07 */
	    {IN(G H "X\xe4: y\r\n\r\n"), 400, NULL},                       /* R-C08 */
	    {IN(G H "X(a): y\r\n\r\n"), 400, NULL},                        /* R-C09 */
	    {IN(G H "X/a: y\r\n\r\n"), 400, NULL},
	    {IN(G H "X\0: y\r\n\r\n"), 400, NULL},
	    {IN(G H "X: a\0b\r\n\r\n"), 400, NULL},                        /* R-C10 */
	    {IN(G H "X: a\rb\r\n\r\n"), 400, NULL},                        /* R-C11 */
	    {IN(G H "X: a\rTransfer-Encoding: chunked\r\n\r\n"), 400, NULL}, /* R-C12 */
	    {IN(G H "X: a\x01z\r\n\r\n"), 400, NULL},                      /* R-C13 */
	    {IN(G H "X: a\x1fz\r\n\r\n"), 400, NULL},
	    {IN(G H "X: a\x7fz\r\n\r\n"), 400, NULL},
	    {IN(G H "X: long enough for a word \x7f and more\r\n\r\n"), 400, NULL},
	    {IN(G H "X: long enough for a word \x1b and more\r\n\r\n"), 400, NULL},
	    {IN(G H "X: tabs are\tallowed in here\tand there\r\n\r\n"), 0, NULL},
	    {IN(G H "X: \x80\xff\xa0 and some more \xfe\r\n\r\n"), 0,
		"1 GET /|Host=a.test|X=\x80\xff\xa0 and some more \xfe"},  /* R-C14 */
	    {IN(G H "X: \t a b \t \r\n\r\n"), 0, "1 GET /|Host=a.test|X=a b"}, /* R-C15 */
	    {IN(G H "X:a\r\n\r\n"), 0, "1 GET /|Host=a.test|X=a"},
	    {IN(G H "X:\r\nY: \t\r\n\r\n"), 0, "1 GET /|Host=a.test|X=|Y="}, /* R-C16 */
	    {IN(G H "A: 1\r\na: 2\r\nA: 3\r\n\r\n"), 0,
		"1 GET /|Host=a.test|A=1|a=2|A=3"}, /* R-C17 */
	    {IN(G H "X: a:b\r\n\r\n"), 0, "1 GET /|Host=a.test|X=a:b"},
	    {IN(G H "X: y\r\r\n\r\n"), 400, NULL},                         /* R-C23 */
	    {IN(G H "\r\r\n"), 400, NULL},
	    {IN(G H "\n"), 400, NULL},                                     /* R-C24 */
	    {IN(G H "X: y\n\r\n"), 400, NULL},
	    {IN(G H "X: y\r\n\n"), 400, NULL},
	    {IN(G H "bad name: y\r\nX: z\n"), 400, NULL},
	};

	(void)state;
	check_cases(false, cases, sizeof cases / sizeof *cases);
}

static void
test_status_lines(void **state)
{
	static const struct head_case cases[] = {
	    {IN("HTTP/1.1 200 OK\r\nX: y\r\n\r\n"), 0, "1 200 [OK]|X=y"},
	    {IN("HTTP/1.0 200 OK\r\n\r\n"), 0, "0 200 [OK]"},
	    {IN("HTTP/1.1 200 Not  so\t\xe4\r\n\r\n"), 0, "1 200 [Not  so\t\xe4]"},
	    {IN("HTTP/1.1 200 \r\n\r\n"), 0, "1 200 []"},    /* R-P17 */
	    {IN("HTTP/1.1 200\r\n\r\n"), 0, "1 200 []"},
	    {IN("HTTP/1.1 299 ?\r\n\r\n"), 0, "1 299 [?]"},  /* R-P37 */
	    {IN("HTTP/1.1 100 C\r\n\r\n"), 0, "1 100 [C]"},
	    {IN("HTTP/1.1 999 C\r\n\r\n"), 0, "1 999 [C]"},
	    {IN("HTTP/1.1 99 OK\r\n\r\n"), 502, NULL},       /* R-P18 */
	    {IN("HTTP/1.1 1000 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 099 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1  200 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 2x0 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1\t200 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 200\tOK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.2 200 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/2.0 200 OK\r\n\r\n"), 502, NULL},
	    {IN("http/1.1 200 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 200 O\0K\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 200 O\rK\r\n\r\n"), 502, NULL},
	    {IN("X: y\r\n\r\n"), 502, NULL},                 /* R-P19 */
	    {IN("\r\nHTTP/1.1 200 OK\r\n\r\n"), 502, NULL},
	    {IN("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"), 502, NULL},  /* R-P20 */
	    {IN("HTTP/1.1 200 OK\r\nX : a\r\n\r\n"), 502, NULL},       /* R-P21 */
	    {IN("HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n"), 502, NULL},      /* R-P22 */
	    {IN("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"), 502, NULL},     /* R-P23 */
	    {IN("HTTP/1.1 200 OK\nX: a\n\n"), 502, NULL},              /* R-P36 */
	    {IN("HTT"), -1, NULL},
	    {IN("HTTP/1.1 200 OK\r\nX: a\r\n"), -1, NULL},
	    {IN(""), -1, NULL},
	};

	(void)state;
	check_cases(true, cases, sizeof cases / sizeof *cases);
}

/* A head of before, n times x, and after. */
static void
check_long(const char *before, const char *x, size_t n, const char *after, int status)
{
	static struct run r;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&b, x);
	buf_add_str(&b, after);
	run_init(&r);
	check_case(&r, false, &(struct head_case){buf_span(&b), status, NULL});
	run_fini(&r);
	buf_fini(&b);
}

static void
test_limits_at_and_one_past(void **state)
{
	const size_t rest = sizeof G "X: \r\n\r\n" - 1;

	(void)state;
	check_long("GET /", "a", 8000, " HTTP/1.1\r\n\r\n", 0); /* R-A23 */
	check_long("GET /", "a", HTTP_TARGET_MAX_BYTES - 1, " HTTP/1.1\r\n\r\n", 0);
	check_long("GET /", "a", HTTP_TARGET_MAX_BYTES, " HTTP/1.1\r\n\r\n", 414);
	check_long("GET /", "a", 100000, " HTTP/1.1\r\n\r\n", 414); /* R-A24 */
	check_long("GET /", "a", 100000, "", 414);
	check_long("\r\nGET /", "a", 100000, "", 414);
	check_long(G, "X: y\r\n", HTTP_FIELDS_MAX, "\r\n", 0);
	check_long(G, "X: y\r\n", HTTP_FIELDS_MAX + 1, "\r\n", 431);
	check_long(G, "X: y\r\n", HTTP_FIELDS_MAX + 1, "bad line\r\n\r\n", 400);
	check_long(G, "X: y\r\n", 2000, "\r\n", 431); /* R-C20 */
	check_long(G "X: ", "y", 60000, "\r\n\r\n", 0); /* R-C21 */
	check_long(G "X: ", "y", HTTP_HEAD_MAX_BYTES - rest, "\r\n\r\n", 0);
	check_long("\r\n" G "X: ", "y", HTTP_HEAD_MAX_BYTES - rest, "\r\n\r\n", 0);
	check_long(G "X: ", "y", HTTP_HEAD_MAX_BYTES - rest + 1, "\r\n\r\n", 431);
	check_long(G "X: ", "y", 100000, "", 431); /* R-C22 in its beginning */
}

static void
test_endless_response_head_is_502(void **state)
{
	static struct http_head h;
	struct buf b;
	struct h1_fault f = {0, NULL};
	size_t scan = 0;
	long rc = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add_str(&b, "HTTP/1.1 200 OK\r\n");
	while (rc == 0) { /* R-P33: refused at the limit, not later */
		assert_true(b.n < HTTP_HEAD_MAX_BYTES + 100);
		buf_add_str(&b, "X: 0123456789012345678901234567890123456789\r\n");
		rc = h1_parse_response(b.p, b.n, &scan, &h, &f);
	}
	assert_int_equal(rc, ERR_LIMIT);
	assert_int_equal(f.status, 502);
	buf_fini(&b);
}

static void
test_faults_are_told_before_the_end_of_the_head(void **state)
{
	static const struct span early[] = {IN("GET / HTTP/1.1\r\nX: a\n"),
	    IN("GET / HTTP/3.0\r\n"), IN("GET / HTTP/1.1\r\nX: a\0\r\n"), IN("("), IN("GET / HTTP/1.1\r\nX\r\n")};
	static struct http_head h;
	struct h1_fault f;

	(void)state;
	for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
		size_t scan = 0;
		assert_int_equal(
		    h1_parse_request(early[i].p, early[i].n, &scan, &h, &f), ERR_SYNTAX);
	}
}

static void
test_ids_and_presence(void **state)
{
	static struct http_head h;
	struct span in = SPAN_LIT(G H "x: y\r\ncontent-LENGTH: 5\r\nTE: trailers\r\n\r\n");
	struct h1_fault f;
	size_t scan = 0;

	(void)state;
	assert_int_equal(h1_parse_request(in.p, in.n, &scan, &h, &f), in.n);
	assert_int_equal(h.present,
	    1u << HTTP_F_HOST | 1u << HTTP_F_CONTENT_LENGTH | 1u << HTTP_F_TE);
	assert_int_equal(h.field[1].id, HTTP_F_OTHER);
	assert_int_equal(h.field[2].id, HTTP_F_CONTENT_LENGTH);
	assert_false(h.response);
}

static void
test_pipelined_heads_follow_each_other(void **state)
{
	static struct http_head h;
	struct span in = SPAN_LIT("GET /a HTTP/1.1\r\n\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
	struct h1_fault f;
	size_t scan = 0;
	long n = h1_parse_request(in.p, in.n, &scan, &h, &f);

	(void)state;
	assert_int_equal(n, 19);
	assert_true(span_eq(h.target, SPAN_LIT("/a")));
	scan = 0;
	assert_int_equal(h1_parse_request(in.p + n, in.n - (size_t)n, &scan, &h, &f), 21);
	assert_true(span_eq(h.target, SPAN_LIT("/b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_lines),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_status_lines),
	    cmocka_unit_test(test_limits_at_and_one_past),
	    cmocka_unit_test(test_endless_response_head_is_502),
	    cmocka_unit_test(test_faults_are_told_before_the_end_of_the_head),
	    cmocka_unit_test(test_ids_and_presence),
	    cmocka_unit_test(test_pipelined_heads_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
