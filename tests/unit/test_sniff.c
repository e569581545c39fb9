/* SPDX-License-Identifier: MIT
 * Protocols told by their first bytes, however they arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/sniff.h"
#include "tests/support/feed.h"

#define IN(s) {(s), sizeof(s) - 1}

static const struct {
	struct span in;
	enum sniff verdict;
} cases[] = {
    {IN(""), SNIFF_MORE},
    {IN("GET / HTTP/1.1\r\n"), SNIFF_HTTP1},
    {IN("GET "), SNIFF_HTTP1},
    {IN("GET"), SNIFF_MORE},
    {IN("GET\r\n"), SNIFF_RAW},
    {IN("GET  / HTTP/1.1\r\n"), SNIFF_HTTP1}, /* wrong, but for the parser to answer */
    {IN("POST "), SNIFF_HTTP1},
    {IN("PUT "), SNIFF_HTTP1},
    {IN("PATCH "), SNIFF_HTTP1},
    {IN("HEAD "), SNIFF_HTTP1},
    {IN("DELETE "), SNIFF_HTTP1},
    {IN("CONNECT "), SNIFF_HTTP1},
    {IN("OPTIONS "), SNIFF_HTTP1},
    {IN("TRACE "), SNIFF_HTTP1},
    {IN("get "), SNIFF_MORE},
    {IN("PROPFIND /x HTTP/1.1\r\n"), SNIFF_HTTP1},
    {IN("PROPFIND /x HTTP/1.0\r\n"), SNIFF_HTTP1},
    {IN("PROPFIND /x HTTP/1.1\n"), SNIFF_RAW},
    {IN("PROPFIND /x HTTP/1.1 \r\n"), SNIFF_RAW},
    {IN("PROPFIND /x HTTP/1.1"), SNIFF_MORE},
    {IN("PROPFIND /x HTTP/1."), SNIFF_MORE},
    {IN("PROPFIND /x HTTP/1.x"), SNIFF_RAW},
    {IN("PROPFIND /x HTTP/2.0\r\n"), SNIFF_RAW},
    {IN("PROPFIND /x "), SNIFF_MORE},
    {IN("PROPFIND /a-long-target-that-is-more-than-32-bytes"), SNIFF_MORE},
    {IN("PROPFIND  /x HTTP/1.1\r\n"), SNIFF_RAW},
    {IN("PROPFIND /x http/1.1\r\n"), SNIFF_RAW},
    {IN("PROPFIND /x\x01"), SNIFF_RAW},
    {IN("\r\nGET "), SNIFF_HTTP1},
    {IN("\r\n\r\nGET "), SNIFF_RAW},
    {IN("\r"), SNIFF_MORE},
    {IN("\r\n"), SNIFF_MORE},
    {IN("\rG"), SNIFF_RAW},
    {IN("\n"), SNIFF_RAW},
    {IN(" GET / HTTP/1.1\r\n"), SNIFF_RAW},
    {IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), SNIFF_HTTP2},
    {IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore"), SNIFF_HTTP2},
    {IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r"), SNIFF_MORE},
    {IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\rx"), SNIFF_RAW},
    {IN("PRI * HTTP/1.1\r\n"), SNIFF_HTTP1},
    {IN("PR"), SNIFF_MORE},
    {IN("\x16\x03\x01\x02\x00\x01"), SNIFF_TLS},
    {IN("\x16\x03\x04\x00\x01\x01"), SNIFF_TLS},
    {IN("\x16\x03\x00\x41\x00\x01"), SNIFF_TLS},
    {IN("\x16\x03\x01\x02\x00"), SNIFF_MORE},
    {IN("\x16"), SNIFF_MORE},
    {IN("\x16\x03\x05\x02\x00\x01"), SNIFF_RAW},
    {IN("\x16\x02\x01\x02\x00\x01"), SNIFF_RAW},
    {IN("\x16\x03\x01\x00\x00\x01"), SNIFF_RAW},
    {IN("\x16\x03\x01\x41\x01\x01"), SNIFF_RAW},
    {IN("\x16\x03\x01\x42"), SNIFF_RAW},
    {IN("\x16\x03\x01\x02\x00\x02"), SNIFF_RAW},
    {IN("\x15\x03\x01\x00\x02\x01"), SNIFF_RAW},
    {IN("SSH-2.0-x\r\n"), SNIFF_RAW},
    {IN("EHLO a.test\r\n"), SNIFF_RAW},
    {IN("a"), SNIFF_MORE},
    {IN("\0"), SNIFF_RAW},
    {IN("\x80"), SNIFF_RAW},
    {IN("abcdefghijklmnopqrstuvwxyz012345"), SNIFF_MORE},
    {IN("abcdefghijklmnopqrstuvwxyz0123456"), SNIFF_RAW},
};

struct run {
	enum sniff verdict, wanted;
	struct span in;
};

static void
run_start(void *ctx)
{
	struct run *r = ctx;

	r->verdict = SNIFF_MORE;
}

static bool
run_more(void *ctx, const char *p, size_t n)
{
	struct run *r = ctx;

	r->verdict = sniff_first_bytes(p, n);
	return r->verdict == SNIFF_MORE;
}

static void
run_finish(void *ctx, const char *way)
{
	struct run *r = ctx;

	if (r->verdict != r->wanted)
		fail_msg("%s %s: %d, not %d", r->in.p, way, r->verdict, r->wanted);
}

static void
test_verdicts(void **state)
{
	static const struct feed_parser parser = {run_start, run_more, run_finish};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		feed_every_way(cases[i].in, &parser,
		    &(struct run){SNIFF_MORE, cases[i].verdict, cases[i].in});
}

static void
test_waiting_is_bounded(void **state)
{
	static char text[9000] = "PROPFIND /";

	(void)state;
	memset(text + 10, 'a', sizeof text - 10);
	assert_int_equal(sniff_first_bytes(text, 8191), SNIFF_MORE);
	assert_int_equal(sniff_first_bytes(text, 8192), SNIFF_RAW);
	assert_int_equal(sniff_first_bytes(text, 9000), SNIFF_RAW);
	memcpy(text + 8181, " HTTP/1.1\r\n", 11);
	assert_int_equal(sniff_first_bytes(text, 8191), SNIFF_MORE);
	assert_int_equal(sniff_first_bytes(text, 8192), SNIFF_HTTP1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_waiting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
