/* SPDX-License-Identifier: MIT
 * Framing of HTTP/1 messages, chunked bodies, trailer sections, persistence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "proto/h1_parse.h"
#include "tests/support/feed.h"

#define IN(s) {(s), sizeof(s) - 1}

static struct http_head head;

/* Parses a head made of a start line and fields. */
static void
parse_head(bool response, const char *start_line, const char *fields)
{
	static char text[8192];
	struct h1_fault f = {0, ""};
	size_t scan = 0;
	int n = snprintf(text, sizeof text, "%s\r\n%s\r\n", start_line, fields);
	long rc = (response ? h1_parse_response : h1_parse_request)(
	    text, (size_t)n, &scan, &head, &f);

	if (rc != n)
		fail_msg("%s %s: %s", start_line, fields, f.why);
}

struct framing_case {
	const char *fields;
	int status; /* 0: good */
	enum h1_framing framing;
	uint64_t length;
};

#define CL "Content-Length: "
#define TE "Transfer-Encoding: "

static const struct framing_case framing_cases[] = {
    {"", 0, H1_BODY_NONE, 0},                                  /* R-D31 */
    {CL "5\r\n", 0, H1_BODY_LENGTH, 5},                        /* R-D01 */
    {CL "0\r\n", 0, H1_BODY_NONE, 0},
    {CL "9223372036854775807\r\n", 0, H1_BODY_LENGTH, INT64_MAX},
    {CL "9223372036854775808\r\n", 400, 0, 0},
    {TE "chunked\r\n", 0, H1_BODY_CHUNKED, 0},                 /* R-D02 */
    {TE "Chunked\r\n", 0, H1_BODY_CHUNKED, 0},                 /* R-D29 */
    {TE "chunked\r\n" CL "5\r\n", 400, 0, 0},                  /* R-D03 */
    {CL "5\r\n" TE "chunked\r\n", 400, 0, 0},                  /* R-D04 */
    {CL "5\r\n" CL "6\r\n", 400, 0, 0},                        /* R-D05 */
    {CL "5, 6\r\n", 400, 0, 0},                                /* R-D06 */
    {CL "5\r\n" CL "5\r\n", 400, 0, 0},                        /* R-D07 */
    {CL "5, 5\r\n", 400, 0, 0},                                /* R-D08 */
    {CL "-1\r\n", 400, 0, 0},                                  /* R-D09 */
    {CL "+5\r\n", 400, 0, 0},
    {CL "5a\r\n", 400, 0, 0},
    {CL "0x5\r\n", 400, 0, 0},
    {CL "5 5\r\n", 400, 0, 0},
    {CL "\r\n", 400, 0, 0},
    {CL "5;\r\n", 400, 0, 0},
    {CL "5.0\r\n", 400, 0, 0},
    {CL "999999999999999999999999999999\r\n", 400, 0, 0},
    {CL "18446744073709551621\r\n", 400, 0, 0},
    {CL "05_0\r\n", 400, 0, 0},
    {CL "\"5\"\r\n", 400, 0, 0},                               /* R-D21 */
    {CL "05\r\n", 400, 0, 0},                                  /* R-D22 */
    {CL "00\r\n", 400, 0, 0},
    {TE "gzip\r\n", 400, 0, 0},                                /* R-D23 */
    {TE "chunked, gzip\r\n", 400, 0, 0},                       /* R-D24 */
    {TE "chunked, chunked\r\n", 400, 0, 0},                    /* R-D25 */
    {TE "chunked\r\n" TE "chunked\r\n", 400, 0, 0},
    {TE "foo, chunked\r\n", 501, 0, 0},                        /* R-D26 */
    {TE "foo\r\n", 400, 0, 0},
    {TE "gzip, chunked\r\n", 501, 0, 0},                       /* R-D28 */
    {TE "gzip\r\n" TE "chunked\r\n", 501, 0, 0},
    {TE "foo;a=b, chunked\r\n", 501, 0, 0},
    {TE "foo bar, chunked\r\n", 400, 0, 0},
    {TE "chunked;a=b\r\n", 400, 0, 0},
    {TE ", chunked\r\n", 400, 0, 0},
    {TE "chunked,\r\n", 400, 0, 0},
    {TE "\r\n", 400, 0, 0},
    {TE "xchunked\r\n", 400, 0, 0},
    {TE "\"chunked\"\r\n", 400, 0, 0},
    {"Transfer_Encoding: chunked\r\n", 0, H1_BODY_NONE, 0},    /* R-D30 */
};

static void
check_framing(const struct framing_case *c, bool response)
{
	enum h1_framing framing = H1_BODY_NONE;
	uint64_t length = 0;
	struct h1_fault f = {0, NULL};
	enum h1_framing want = c->framing;

	parse_head(response, response ? "HTTP/1.1 200 OK" : "POST / HTTP/1.1", c->fields);
	int rc = response ? h1_response_framing(&head, false, &framing, &length, &f)
			  : h1_request_framing(&head, &framing, &length, &f);
	int status = response && c->status ? 502 : c->status;
	if (response && want == H1_BODY_NONE && !strstr(c->fields, CL))
		want = H1_BODY_CLOSE;
	if (rc != (status ? ERR_SYNTAX : 0) || f.status != status)
		fail_msg("%s: %d %s", c->fields, f.status, f.why ? f.why : "");
	if (!status) {
		assert_int_equal(framing, want);
		assert_int_equal(length, c->length);
	}
}

static void
test_framing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof framing_cases / sizeof *framing_cases; i++) {
		check_framing(&framing_cases[i], false);
		check_framing(&framing_cases[i], true);
	}
}

static void
test_transfer_encoding_in_http_1_0(void **state)
{
	enum h1_framing framing;
	uint64_t length;
	struct h1_fault f = {0, NULL};

	(void)state;
	parse_head(false, "POST / HTTP/1.0", TE "chunked\r\n"); /* R-D27 */
	assert_int_equal(h1_request_framing(&head, &framing, &length, &f), ERR_SYNTAX);
	assert_int_equal(f.status, 400);
	parse_head(true, "HTTP/1.0 200 OK", TE "chunked\r\n");
	assert_int_equal(h1_response_framing(&head, false, &framing, &length, &f), ERR_SYNTAX);
	assert_int_equal(f.status, 502);
}

static void
test_responses_without_a_body(void **state)
{
	static const struct {
		const char *line, *fields;
		bool to_head;
		int status;
	} cases[] = {
	    {"HTTP/1.1 204 N", "", false, 0},
	    {"HTTP/1.1 204 N", CL "5\r\n", false, 0},                   /* R-P09 */
	    {"HTTP/1.1 204 N", TE "chunked\r\n", false, 0},             /* R-P39 */
	    {"HTTP/1.1 103 E", CL "5\r\n", false, 0},                   /* R-P40 */
	    {"HTTP/1.1 101 S", "", false, 0},
	    {"HTTP/1.1 304 N", CL "500\r\n", false, 0},                 /* R-P10 */
	    {"HTTP/1.1 304 N", "", false, 0},
	    {"HTTP/1.1 304 N", CL "5\r\n" TE "chunked\r\n", false, 502},
	    {"HTTP/1.1 200 O", CL "500\r\n", true, 0},                  /* R-P11 */
	    {"HTTP/1.1 200 O", TE "chunked\r\n", true, 0},
	    {"HTTP/1.1 200 O", "", true, 0},
	    {"HTTP/1.1 200 O", CL "5x\r\n", true, 502},
	};
	enum h1_framing framing;
	uint64_t length;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct h1_fault f = {0, NULL};
		parse_head(true, cases[i].line, cases[i].fields);
		h1_response_framing(&head, cases[i].to_head, &framing, &length, &f);
		assert_int_equal(f.status, cases[i].status);
		if (!cases[i].status)
			assert_int_equal(framing, H1_BODY_NONE);
	}
}

static void
test_persistence(void **state)
{
	static const struct {
		bool response;
		const char *line, *fields;
		bool persists;
	} cases[] = {
	    {false, "GET / HTTP/1.1", "", true},
	    {false, "GET / HTTP/1.1", "Connection: close\r\n", false},
	    {false, "GET / HTTP/1.1", "Connection: x, CLOSE ,y\r\n", false},
	    {false, "GET / HTTP/1.1", "Connection: closed\r\n", true},
	    {false, "GET / HTTP/1.0", "", false},
	    {false, "GET / HTTP/1.0", "Connection: Keep-Alive\r\n", true},
	    {false, "GET / HTTP/1.0", "Connection: keep-alive, close\r\n", false},
	    {false, "GET / HTTP/1.0", "Proxy-Connection: keep-alive\r\n", true},
	    {true, "HTTP/1.0 200 O", "Proxy-Connection: keep-alive\r\n", false},
	    {true, "HTTP/1.0 200 O", "Connection: keep-alive\r\n", true},
	    {true, "HTTP/1.1 200 O", "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		parse_head(cases[i].response, cases[i].line, cases[i].fields);
		assert_int_equal(h1_head_persists(&head), cases[i].persists);
	}
}

/* One body being read; the trailers are read from the byte after its last chunk. */
struct run {
	enum h1_framing framing;
	uint64_t length;
	struct h1_body body;
	struct buf data, first_data;
	size_t at, trailers_at, scan;
	long rc, trailer_bytes;
	struct h1_fault fault;
	bool have_first, first_done;
	size_t first_at;
	struct h1_fault first_fault;
	long first_trailer_bytes;
};

static void
run_start(void *ctx)
{
	struct run *r = ctx;

	h1_body_init(&r->body, r->framing, r->length);
	buf_clear(&r->data);
	r->at = r->scan = 0;
	r->rc = r->trailer_bytes = 0;
	r->fault = (struct h1_fault){0, NULL};
}

static bool
run_trailers(struct run *r, const char *p, size_t n)
{
	r->rc = h1_parse_trailers(&r->body, p + r->at, n - r->at, &r->scan, &head, &r->fault);
	if (r->rc > 0) {
		assert_ptr_equal(head.raw.p, p + r->at);
		assert_int_equal(head.raw.n, r->rc);
		r->trailer_bytes = r->rc;
		r->at += (size_t)r->rc;
	}
	return r->rc == 0;
}

static bool
run_more(void *ctx, const char *p, size_t n)
{
	struct run *r = ctx;

	while (r->at < n && !r->body.done && !r->body.trailers) {
		size_t off, len;
		r->rc = h1_body_feed(&r->body, p + r->at, n - r->at, &off, &len, &r->fault);
		if (r->rc < 0)
			return false;
		assert_true(r->rc > 0 && (size_t)r->rc <= n - r->at);
		assert_true(off + len <= (size_t)r->rc);
		buf_add(&r->data, p + r->at + off, len);
		r->at += (size_t)r->rc;
	}
	if (r->body.trailers && !r->body.done)
		return run_trailers(r, p, n);
	return !r->body.done;
}

static void
run_finish(void *ctx, const char *way)
{
	struct run *r = ctx;

	if (!r->have_first) {
		r->have_first = true;
		r->first_done = r->body.done;
		r->first_at = r->at;
		r->first_fault = r->fault;
		r->first_trailer_bytes = r->trailer_bytes;
		buf_clear(&r->first_data);
		buf_add_span(&r->first_data, buf_span(&r->data));
		return;
	}
	if (r->body.done != r->first_done || r->fault.why != r->first_fault.why ||
	    r->trailer_bytes != r->first_trailer_bytes ||
	    (!r->fault.status && r->at != r->first_at))
		fail_msg("%s: %d %s at %zu, but whole: %d %s at %zu", way, r->body.done,
		    r->fault.why, r->at, r->first_done, r->first_fault.why, r->first_at);
	/* After a fault data that came with the same step may not have been reported. */
	if (!r->fault.status)
		assert_true(span_eq(buf_span(&r->data), buf_span(&r->first_data)));
}

static void
run_every_way(struct run *r, struct span in)
{
	static const struct feed_parser parser = {run_start, run_more, run_finish};

	r->have_first = false;
	feed_every_way(in, &parser, r);
}

struct body_case {
	struct span in;
	int status;       /* 0: done, -1: more is needed */
	const char *data; /* when done or more is needed */
	size_t left;      /* bytes after the body, when done */
};

static const struct body_case chunked_cases[] = {
    {IN("5\r\nhello\r\n0\r\n\r\n"), 0, "hello", 0},
    {IN("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /"), 0, "hello world", 5},
    {IN("0\r\n\r\n"), 0, "", 0},
    {IN("A\r\n0123456789\r\n0\r\n\r\n"), 0, "0123456789", 0},      /* R-E01 */
    {IN("a\r\n0123456789\r\n0\r\n\r\n"), 0, "0123456789", 0},
    {IN("0005\r\nhello\r\n000\r\n\r\n"), 0, "hello", 0},           /* R-E02 */
    {IN("5;a=b\r\nhello\r\n0;c\r\n\r\n"), 0, "hello", 0},          /* R-E03 */
    {IN("5;a;b=c;d\r\nhello\r\n0\r\n\r\n"), 0, "hello", 0},
    {IN("5;a=\"x \t;\\\"\xe4\"\r\nhello\r\n0\r\n\r\n"), 0, "hello", 0}, /* R-E04 */
    {IN("5;a=\"\"\r\nhello\r\n0\r\n\r\n"), 0, "hello", 0},
    {IN("5;a=\"x\"y\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5 ;a=b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},            /* R-E05 */
    {IN("5; a=b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a =b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a= b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a=b \r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},            /* R-E07 */
    {IN("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},            /* R-E08 */
    {IN("5;a=\"\r\"\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a\0b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},            /* R-E09 */
    {IN("5;a=\"\\\0\"\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},                /* R-E10 */
    {IN("5;a=\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;=b\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5;a=b=c\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("0x5\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},               /* R-E11 */
    {IN("+5\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("-5\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN(" 5\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5_\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5 \t\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},              /* R-E16 */
    {IN("g\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},
    {IN("5\nhello\r\n0\r\n\r\n"), 400, NULL, 0},                   /* R-E19 */
    {IN("ffffffffffffffff0\r\n"), 400, NULL, 0},
    {IN("10000000000000005\r\nhello"), 400, NULL, 0},
    {IN("fffffffffffffffb\r\nhello"), 400, NULL, 0},               /* R-E22 */
    {IN("8000000000000000\r\nhello"), 400, NULL, 0},
    {IN("7fffffffffffffff\r\nhello"), -1, "hello", 0},
    {IN("5\r\nhelloworld\r\n0\r\n\r\n"), 400, NULL, 0},            /* R-E23 */
    {IN("5\r\nhello0\r\n\r\n"), 400, NULL, 0},                     /* R-E24 */
    {IN("5\r\nhello\n0\r\n\r\n"), 400, NULL, 0},                   /* R-E25 */
    {IN("5\r\nhello\rx"), 400, NULL, 0},
    {IN("5\r\r\nhello\r\n0\r\n\r\n"), 400, NULL, 0},               /* R-E26 */
    {IN("0\r\nX: y\r\nZ: \r\n\r\nrest"), 0, "", 4},                /* R-E27 */
    {IN("0\r\nContent-Length: 5\r\n\r\n"), 0, "", 0},              /* R-E28, dropped on writing */
    {IN("0\r\nbad line\r\n\r\n"), 400, NULL, 0},                   /* R-E30 */
    {IN("0\r\n X: y\r\n\r\n"), 400, NULL, 0},
    {IN("0\r\nX: y\n\r\n"), 400, NULL, 0},
    {IN("0\r\n\n"), 400, NULL, 0},
    {IN("0\r\nxx"), -1, "", 0},
    {IN("0\r\nxx\r\n"), 400, NULL, 0},                             /* R-E34 */
    {IN("5\r\nhello\r\n"), -1, "hello", 0},                        /* R-E33 */
    {IN("5\r\nhe"), -1, "he", 0},
    {IN("0\r\n"), -1, "", 0},
    {IN("0\r\nX: y\r\n"), -1, "", 0},
    {IN("5"), -1, "", 0},
};

static void
check_body(struct run *r, const struct body_case *c)
{
	run_every_way(r, c->in);
	int status = r->first_fault.status ? r->first_fault.status : r->first_done ? 0 : -1;
	if (status != c->status)
		fail_msg("%.*s: status %d (%s), not %d", (int)c->in.n, c->in.p, status,
		    r->first_fault.why, c->status);
	if (c->data)
		assert_true(span_eq(buf_span(&r->first_data), span_str(c->data)));
	if (status == 0)
		assert_int_equal(c->in.n - r->first_at, c->left);
}

static void
run_init(struct run *r, enum h1_framing framing, uint64_t length)
{
	*r = (struct run){.framing = framing, .length = length};
	buf_init(&r->data, 1 << 20);
	buf_init(&r->first_data, 1 << 20);
}

static void
run_fini(struct run *r)
{
	buf_fini(&r->data);
	buf_fini(&r->first_data);
}

static void
test_chunked(void **state)
{
	struct run r;

	(void)state;
	run_init(&r, H1_BODY_CHUNKED, 0);
	for (size_t i = 0; i < sizeof chunked_cases / sizeof *chunked_cases; i++)
		check_body(&r, &chunked_cases[i]);
	run_fini(&r);
}

static void
test_length_and_close(void **state)
{
	struct run r;

	(void)state;
	run_init(&r, H1_BODY_LENGTH, 5);
	check_body(&r, &(struct body_case){SPAN_LIT("hello"), 0, "hello", 0});
	check_body(&r, &(struct body_case){SPAN_LIT("hello!"), 0, "hello", 1});
	check_body(&r, &(struct body_case){SPAN_LIT("hell"), -1, "hell", 0}); /* R-D34 */
	run_fini(&r);
	run_init(&r, H1_BODY_LENGTH, 0);
	check_body(&r, &(struct body_case){SPAN_LIT("hello"), 0, "", 5});
	run_fini(&r);
	run_init(&r, H1_BODY_NONE, 0);
	check_body(&r, &(struct body_case){SPAN_LIT("hello"), 0, "", 5});
	run_fini(&r);
	run_init(&r, H1_BODY_CLOSE, 0);
	check_body(&r, &(struct body_case){SPAN_LIT("hello"), -1, "hello", 0}); /* R-P03 */
	run_fini(&r);
}

/* A chunked body of before, n times x, and after. */
static void
check_long(const char *before, const char *x, size_t n, const char *after, int status)
{
	struct run r;
	struct buf b;

	buf_init(&b, 2 << 20);
	buf_add_str(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&b, x);
	buf_add_str(&b, after);
	run_init(&r, H1_BODY_CHUNKED, 0);
	check_body(&r, &(struct body_case){buf_span(&b), status, NULL, 0});
	run_fini(&r);
	buf_fini(&b);
}

static void
test_limits_at_and_one_past(void **state)
{
	const size_t rest = sizeof "X: \r\n\r\n" - 1;

	(void)state;
	/* 16384 bytes between the size and the LF, ';' not counted but CR. */
	check_long("0;", "a", 16383, "\r\n\r\n", 0);
	check_long("0;", "a", 16384, "\r\n\r\n", 400);
	check_long("0;", "a", 65536, "", 400); /* R-E06 */
	check_long("0;x=\"", "a", 65536, "", 400);
	check_long("", "1;aaaa\r\nx\r\n", 16384 / 5, "0\r\n\r\n", 0); /* together, not each */
	check_long("", "1;aaaa\r\nx\r\n", 16384 / 5 + 1, "0\r\n\r\n", 400);
	check_long("", "0", 65536, "", 400);
	check_long("", "1\r\nx\r\n", 4000, "0\r\n\r\n", 0); /* R-E32 */
	check_long("0\r\n", "X: y\r\n", HTTP_FIELDS_MAX, "\r\n", 0);
	check_long("0\r\n", "X: y\r\n", HTTP_FIELDS_MAX + 1, "\r\n", 431);
	check_long("0\r\nX: ", "a", HTTP_HEAD_MAX_BYTES - rest, "\r\n\r\n", 0);
	check_long("0\r\nX: ", "a", HTTP_HEAD_MAX_BYTES - rest + 1, "\r\n\r\n", 431);
	check_long("0\r\nX: ", "a", 1 << 20, "", 431); /* R-E31 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_framing),
	    cmocka_unit_test(test_transfer_encoding_in_http_1_0),
	    cmocka_unit_test(test_responses_without_a_body),
	    cmocka_unit_test(test_persistence),
	    cmocka_unit_test(test_chunked),
	    cmocka_unit_test(test_length_and_close),
	    cmocka_unit_test(test_limits_at_and_one_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
