/* SPDX-License-Identifier: MIT
 * Event streams: whole, byte by byte and cut at every place, at their limits, and the examples of the specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/sse.h"
#include "tests/support/feed.h"

enum { DATA_MAX = 64 };

/* What a stream was read as. */
struct feed {
	struct sse_reader r;
	size_t given;
	const char *stream; /* as it is, for what an event says of its place */
	char out[4096];
	const char *expect;
};

static void
put(struct feed *f, const struct sse_event *e)
{
	size_t n = strlen(f->out);

	n += (size_t)snprintf(f->out + n, sizeof f->out - n, "[%.*s|%.*s", (int)e->type.n, e->type.p, (int)e->data.n, e->data.p);
	if (e->id.p)
		n += (size_t)snprintf(f->out + n, sizeof f->out - n, "|id=%.*s", (int)e->id.n, e->id.p);
	if (e->retry_ms >= 0)
		n += (size_t)snprintf(f->out + n, sizeof f->out - n, "|retry=%lld", (long long)e->retry_ms);
	snprintf(f->out + n, sizeof f->out - n, "%s]", e->cut ? "|cut" : "");
}

/* The bytes an event names are that event again. */
static void
check_place(const struct feed *f, const struct sse_event *e)
{
	struct span part = span_of(f->stream + e->at, (size_t)e->n);
	struct sse_event again;
	struct sse_reader r;

	sse_reader_init(&r, e->at ? e->at : 3, DATA_MAX);
	assert_true(sse_reader_next(&r, &part, &again));
	assert_int_equal(part.n, 0);
	assert_true(span_eq(again.data, e->data) && span_eq(again.type, e->type) && span_eq(again.id, e->id));
	assert_true(again.data_n == e->data_n && again.cut == e->cut && again.retry_ms == e->retry_ms && again.at == (e->at ? e->at : 3));
	sse_reader_fini(&r);
}

static void
feed_start(void *ctx)
{
	struct feed *f = ctx;

	sse_reader_init(&f->r, 0, DATA_MAX);
	f->given = 0;
	f->out[0] = '\0';
}

static bool
feed_more(void *ctx, const char *p, size_t n)
{
	struct feed *f = ctx;
	struct span in = span_of(p + f->given, n - f->given);
	struct sse_event e;

	while (sse_reader_next(&f->r, &in, &e)) {
		put(f, &e);
		check_place(f, &e);
	}
	f->given = n;
	return true;
}

static void
feed_finish(void *ctx, const char *way)
{
	struct feed *f = ctx;

	if (strcmp(f->out, f->expect) != 0)
		print_error("%s\n", way);
	assert_string_equal(f->out, f->expect);
	sse_reader_fini(&f->r);
}

static void
check_n(struct span stream, const char *expect)
{
	const struct feed_parser parser = {feed_start, feed_more, feed_finish};
	struct feed *f = calloc(1, sizeof *f);

	f->stream = stream.p;
	f->expect = expect;
	feed_every_way(stream, &parser, f);
	free(f);
}

#define CHECK_STREAM(s, expect) check_n(SPAN_LIT(s), expect)

static void
test_fields(void **state)
{
	(void)state;
	CHECK_STREAM("data: a\n\n", "[|a]");
	CHECK_STREAM("data:a\n\ndata:  b\n\n", "[|a][| b]");
	CHECK_STREAM("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", "[add|73857293][remove|2153]");
	CHECK_STREAM("event: add\n\ndata: x\n\n", "[|x]"); /* no data: nothing, and its type is forgotten */
	CHECK_STREAM("event: a\nevent: b\ndata: x\n\n", "[b|x]");
	CHECK_STREAM("event: a\nevent\ndata: x\n\n", "[|x]");
	CHECK_STREAM("id: 1\nretry: 10000\ndata: x\n\ndata: y\n\n", "[|x|id=1|retry=10000][|y]");
	CHECK_STREAM("retry: 1x\ndata: x\n\nretry:\ndata: y\n\nretry: -5\ndata: z\n\n", "[|x][|y][|z]");
	CHECK_STREAM("retry: 1234567890123456\ndata: x\n\n", "[|x]");
	CHECK_STREAM("id\ndata: x\n\nid: \ndata: y\n\n", "[|x|id=][|y|id=]");
	CHECK_STREAM("id: a\nid: b\0c\ndata: x\n\n", "[|x|id=a]");
	CHECK_STREAM("Data: a\ndatax: b\n data: c\ndata : d\ndataaaaaaaaaaa: e\n\n", "");
	CHECK_STREAM(": a comment\n\n:\n: data: x\ndata: y\n:\n\n", "[|y]");
	CHECK_STREAM("data: a:b: c\n\n", "[|a:b: c]");
}

/* The examples of 9.2.6. */
static void
test_examples(void **state)
{
	(void)state;
	CHECK_STREAM("data: YHOO\ndata: +2\ndata: 10\n\n", "[|YHOO\n+2\n10]");
	CHECK_STREAM(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
	    "[|first event|id=1][|second event|id=]");
	CHECK_STREAM("data\n\ndata\ndata\n\ndata:", "[|][|\n]");
	CHECK_STREAM("data:test\n\ndata: test\n\n", "[|test][|test]");
}

static void
test_line_ends(void **state)
{
	(void)state;
	CHECK_STREAM("data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]");
	CHECK_STREAM("data: a\r\rdata: b\r\r", "[|a][|b]");
	CHECK_STREAM("data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", "[|a][|b][|c][|d]");
	CHECK_STREAM("\n\n\r\r\n\ndata: a\ndata: b\rdata: c\r\ndata: d\n\n\n\n", "[|a\nb\nc\nd]");
	CHECK_STREAM("data: no end\n", "");
	CHECK_STREAM("data: no end", "");
}

static void
test_byte_order_mark(void **state)
{
	(void)state;
	CHECK_STREAM("\xef\xbb\xbf" "data: a\n\n", "[|a]");
	CHECK_STREAM("\xef\xbb\xbf\n\xef\xbb\xbf" "data: a\n\n", ""); /* only one, and only first */
	CHECK_STREAM("\xef\xbb" "data: a\n\ndata: b\n\n", "[|b]");
	CHECK_STREAM("data: a\n\n\xef\xbb\xbf" "data: b\ndata: c\n\n", "[|a][|c]");
	CHECK_STREAM("\xef\xbb\xbf", "");
	CHECK_STREAM("a\n\ndata: b\n\n", "[|b]");
}

/* At a limit, and one past it. */
static void
test_limits(void **state)
{
	(void)state;
	char in[SSE_ID_MAX_BYTES + 200], out[SSE_ID_MAX_BYTES + 200], x[SSE_ID_MAX_BYTES + 2];

	memset(x, 'x', sizeof x);
	for (int n = DATA_MAX; n <= DATA_MAX + 1; n++) {
		snprintf(in, sizeof in, "data: %.*s\n\ndata: b\n\n", n, x);
		snprintf(out, sizeof out, "[|%.*s%s][|b]", DATA_MAX, x, n > DATA_MAX ? "|cut" : "");
		check_n(span_str(in), out);
	}
	for (int n = SSE_TYPE_MAX_BYTES; n <= SSE_TYPE_MAX_BYTES + 1; n++) {
		snprintf(in, sizeof in, "event: %.*s\ndata: b\n\n", n, x);
		snprintf(out, sizeof out, "[%.*s|b%s]", SSE_TYPE_MAX_BYTES, x, n > SSE_TYPE_MAX_BYTES ? "|cut" : "");
		check_n(span_str(in), out);
	}
	for (int n = SSE_ID_MAX_BYTES; n <= SSE_ID_MAX_BYTES + 1; n++) {
		snprintf(in, sizeof in, "id: %.*s\ndata: b\n\n", n, x);
		snprintf(out, sizeof out, "[|b|id=%.*s%s]", SSE_ID_MAX_BYTES, x, n > SSE_ID_MAX_BYTES ? "|cut" : "");
		check_n(span_str(in), out);
	}
}

/* All of it is counted, however little is kept. */
static void
test_counts(void **state)
{
	(void)state;
	struct sse_reader r;
	struct sse_event e;
	struct span in = SPAN_LIT("data: 12345\ndata: 678\n\nda");

	sse_reader_init(&r, 0, 0);
	assert_true(sse_reader_next(&r, &in, &e));
	assert_true(e.cut && e.data.n == 0 && e.data_n == 9 && e.at == 0 && e.n == 23);
	assert_false(sse_reader_inside(&r));
	assert_false(sse_reader_next(&r, &in, &e));
	assert_true(sse_reader_inside(&r));
	assert_false(sse_reader_open(&r, &e));
	sse_reader_fini(&r);
}

/* An event can be looked at before it has ended. */
static void
test_open(void **state)
{
	(void)state;
	struct sse_reader r;
	struct sse_event e;
	struct span in = SPAN_LIT("data: ended\n\nevent: chat\ndata: one\ndata");

	sse_reader_init(&r, 0, DATA_MAX);
	assert_false(sse_reader_open(&r, &e));
	assert_true(sse_reader_next(&r, &in, &e));
	assert_false(sse_reader_open(&r, &e));
	assert_false(sse_reader_next(&r, &in, &e));
	assert_true(sse_reader_open(&r, &e));
	assert_true(span_eq(e.data, SPAN_LIT("one")) && span_eq(e.type, SPAN_LIT("chat")) && e.at == 13);
	in = SPAN_LIT(": t");
	assert_false(sse_reader_next(&r, &in, &e));
	assert_true(sse_reader_open(&r, &e));
	assert_true(span_eq(e.data, SPAN_LIT("one\nt")));
	in = SPAN_LIT("wo\n\n");
	assert_true(sse_reader_next(&r, &in, &e));
	assert_true(span_eq(e.data, SPAN_LIT("one\ntwo")));
	sse_reader_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_byte_order_mark),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
