/* SPDX-License-Identifier: MIT
 * Messages of gRPC and gRPC-Web: whole, byte by byte and cut at every place; what no message begins with; Base64; types and statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/grpc_frame.h"
#include "tests/support/feed.h"

struct feed {
	struct grpc_reader r;
	size_t given;
	char out[512];
	const char *expect;
};

static void
feed_start(void *ctx)
{
	struct feed *f = ctx;

	f->r = (struct grpc_reader){0};
	f->given = 0;
	f->out[0] = '\0';
}

static bool
feed_more(void *ctx, const char *p, size_t n)
{
	struct feed *f = ctx;
	struct span in = span_of(p + f->given, n - f->given);
	struct grpc_frame g;
	struct errmsg why;
	int got;

	while ((got = grpc_reader_next(&f->r, &in, &g, &why)) == 1)
		snprintf(f->out + strlen(f->out), sizeof f->out - strlen(f->out), "[%llu %02x %u]", (unsigned long long)g.at, g.flags, g.n);
	f->given = n - in.n;
	if (got < 0)
		snprintf(f->out + strlen(f->out), sizeof f->out - strlen(f->out), "%s", why.text);
	return got >= 0;
}

static void
feed_finish(void *ctx, const char *way)
{
	struct feed *f = ctx;
	struct grpc_frame g;

	if (grpc_reader_open(&f->r, &g))
		snprintf(f->out + strlen(f->out), sizeof f->out - strlen(f->out), "(%llu %02x %u", (unsigned long long)g.at, g.flags, g.n);
	else if (grpc_reader_inside(&f->r))
		snprintf(f->out + strlen(f->out), sizeof f->out - strlen(f->out), "(");
	if (strcmp(f->out, f->expect) != 0)
		print_error("%s\n", way);
	assert_string_equal(f->out, f->expect);
}

static void
check_n(struct span body, const char *expect)
{
	const struct feed_parser parser = {feed_start, feed_more, feed_finish};
	struct feed f = {.expect = expect};

	feed_every_way(body, &parser, &f);
}

#define CHECK_BODY(s, expect) check_n(SPAN_LIT(s), expect)

static void
test_frames(void **state)
{
	(void)state;
	CHECK_BODY("\0\0\0\0\3abc", "[0 00 3]");
	CHECK_BODY("\0\0\0\0\0" "\1\0\0\0\1x" "\x80\0\0\0\2ab", "[0 00 0][5 01 1][11 80 2]");
	CHECK_BODY("\0\0\0\0\1a" "\0\0\0\0\2b", "[0 00 1](6 00 2");
	CHECK_BODY("\0\0\0\0\1a" "\0\0\0", "[0 00 1](");
	CHECK_BODY("\0\xff\xff\xff\xff" "a", "(0 00 4294967295");
	CHECK_BODY("\0\0\0\0\1a" "\2\0\0\0\1a", "[0 00 1]no gRPC message begins with the byte 0x02");
	CHECK_BODY("{\"error\":1}", "no gRPC message begins with the byte 0x7b");
	CHECK_BODY("", "");
}

static void
test_broken_stays(void **state)
{
	(void)state;
	struct grpc_reader r = {0};
	struct span in = SPAN_LIT("\7\0\0\0\0\0\0\0\0\0\0");
	struct grpc_frame g;
	struct errmsg why;

	assert_int_equal(grpc_reader_next(&r, &in, &g, &why), ERR_SYNTAX);
	assert_int_equal(grpc_reader_next(&r, &in, &g, &why), ERR_SYNTAX);
	assert_false(grpc_reader_inside(&r));
	assert_false(grpc_reader_open(&r, &g));
}

static void
check_text(const char *in, int code, struct span expect)
{
	struct errmsg why = {""};
	struct buf out;

	buf_init(&out, 8);
	assert_int_equal(grpc_text_decode(span_str(in), &out, &why), code);
	assert_true(span_eq(buf_span(&out), expect));
	assert_int_equal(code != 0, why.text[0] != '\0');
	buf_fini(&out);
}

static void
test_text(void **state)
{
	(void)state;
	check_text("", 0, SPAN_LIT(""));
	check_text("AAAAAAFh", 0, SPAN_LIT("\0\0\0\0\1a"));
	check_text("YQ==YmM=ZGVm", 0, SPAN_LIT("abcdef")); /* padding in the middle */
	check_text("YWJjZGVmZ2g=", 0, SPAN_LIT("abcdefgh"));
	check_text("YWJjZGVmZ2hp", ERR_LIMIT, SPAN_LIT("abcdef"));
	check_text("YWJj+/8", 0, SPAN_LIT("abc")); /* no group of four */
	check_text("YWJj+/8=", 0, SPAN_LIT("abc\xfb\xff"));
	check_text("YWJj!WJj", ERR_SYNTAX, SPAN_LIT("abc"));
	check_text("Y===", ERR_SYNTAX, SPAN_LIT(""));
	check_text("YQ=a", ERR_SYNTAX, SPAN_LIT(""));
}

static void
test_types(void **state)
{
	(void)state;
	assert_int_equal(grpc_type(SPAN_LIT("application/grpc")), GRPC_PLAIN);
	assert_int_equal(grpc_type(SPAN_LIT("Application/GRPC+proto ; x=y")), GRPC_PLAIN);
	assert_int_equal(grpc_type(SPAN_LIT("application/grpc-web")), GRPC_WEB);
	assert_int_equal(grpc_type(SPAN_LIT("application/grpc-web+json")), GRPC_WEB);
	assert_int_equal(grpc_type(SPAN_LIT("application/grpc-web-text+proto")), GRPC_WEB_TEXT);
	assert_int_equal(grpc_type(SPAN_LIT("application/grpcx")), GRPC_NONE);
	assert_int_equal(grpc_type(SPAN_LIT("text/plain")), GRPC_NONE);
	assert_int_equal(grpc_type(SPAN_NONE), GRPC_NONE);
	assert_true(grpc_is_protobuf(SPAN_LIT("application/grpc-web-text")));
	assert_true(grpc_is_protobuf(SPAN_LIT("application/grpc+proto")));
	assert_false(grpc_is_protobuf(SPAN_LIT("application/grpc+json")));
	assert_false(grpc_is_protobuf(SPAN_LIT("application/json")));
}

static void
test_status(void **state)
{
	(void)state;
	char out[8];

	assert_string_equal(grpc_status_name(SPAN_LIT("0")), "OK");
	assert_string_equal(grpc_status_name(SPAN_LIT("16")), "UNAUTHENTICATED");
	assert_null(grpc_status_name(SPAN_LIT("17")));
	assert_null(grpc_status_name(SPAN_LIT("")));
	assert_null(grpc_status_name(SPAN_LIT("x")));
	assert_null(grpc_status_name(SPAN_LIT("001")));
	assert_int_equal(grpc_message_decode(SPAN_LIT("a%20b%"), out, sizeof out), 4);
	assert_string_equal(out, "a b%");
	assert_int_equal(grpc_message_decode(SPAN_LIT("%4g%41bcdefg"), out, sizeof out), 7);
	assert_string_equal(out, "%4gAbcd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_broken_stays),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
