/* SPDX-License-Identifier: MIT
 * Authorities and request-targets: forms, hosts, ports, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "proto/url.h"

#define IN(s) {(s), sizeof(s) - 1}
#define TEN "0123456789"
#define A63 "a" TEN TEN TEN TEN TEN TEN "ab"

struct authority_case {
	struct span in;
	const char *host; /* NULL: refused */
	enum url_host_kind kind;
	int port; /* -1: none */
};

static const struct authority_case authority_cases[] = {
    {IN("a.test"), "a.test", URL_HOST_NAME, -1},
    {IN("a.test:443"), "a.test", URL_HOST_NAME, 443},
    {IN("A_b-c.test."), "A_b-c.test.", URL_HOST_NAME, -1},
    {IN("localhost:1"), "localhost", URL_HOST_NAME, 1},
    {IN("xn--nxasmq6b:65535"), "xn--nxasmq6b", URL_HOST_NAME, 65535},
    {IN("a:65536"), NULL, 0, 0},
    {IN("a:99999"), NULL, 0, 0},
    {IN("a:100000"), NULL, 0, 0},
    {IN("a:0"), NULL, 0, 0},
    {IN("a:080"), NULL, 0, 0},
    {IN("a:"), NULL, 0, 0},
    {IN("a:+1"), NULL, 0, 0},
    {IN("a:1x"), NULL, 0, 0},
    {IN("a:1:2"), NULL, 0, 0},
    {IN(":80"), NULL, 0, 0},
    {IN(""), NULL, 0, 0},
    {IN("u@a"), NULL, 0, 0},
    {IN("u:p@a:1"), NULL, 0, 0},
    {IN("@a"), NULL, 0, 0},
    {IN("a b"), NULL, 0, 0},
    {IN(" a"), NULL, 0, 0},
    {IN("a,b"), NULL, 0, 0},
    {IN("a/b"), NULL, 0, 0},
    {IN("a?b"), NULL, 0, 0},
    {IN("a\0b"), NULL, 0, 0},
    {IN("a\r"), NULL, 0, 0},
    {IN("\xc3\xa4.test"), NULL, 0, 0},
    {IN("a%41"), NULL, 0, 0},
    {IN("a..b"), NULL, 0, 0},
    {IN(".a"), NULL, 0, 0},
    {IN("."), NULL, 0, 0},
    {IN("a.."), NULL, 0, 0},
    {IN(A63 ".b"), A63 ".b", URL_HOST_NAME, -1},
    {IN(A63 "c.b"), NULL, 0, 0},
    {IN(A63 "." A63 "." A63 "." A63), A63 "." A63 "." A63 "." A63, URL_HOST_NAME, -1}, /* 255 */
    {IN(A63 "." A63 "." A63 "." A63 "."), NULL, 0, 0},
    {IN("127.0.0.1"), "127.0.0.1", URL_HOST_IPV4, -1},
    {IN("255.255.255.255:1"), "255.255.255.255", URL_HOST_IPV4, 1},
    {IN("256.0.0.1"), NULL, 0, 0},
    {IN("127.1"), NULL, 0, 0},
    {IN("2130706433"), NULL, 0, 0},
    {IN("0x7f000001"), NULL, 0, 0},
    {IN("a.0X7f"), NULL, 0, 0},
    {IN("0x"), NULL, 0, 0},
    {IN("127.0.0.01"), NULL, 0, 0},
    {IN("127.0.0.1."), NULL, 0, 0},
    {IN("1.2.3.4.5"), NULL, 0, 0},
    {IN("1.2.3"), NULL, 0, 0},
    {IN("1.2.3.a"), "1.2.3.a", URL_HOST_NAME, -1},
    {IN("[::1]"), "::1", URL_HOST_IPV6, -1},
    {IN("[::]:8080"), "::", URL_HOST_IPV6, 8080},
    {IN("[1::]"), "1::", URL_HOST_IPV6, -1},
    {IN("[2001:DB8:0:0:0:0:0:1]"), "2001:DB8:0:0:0:0:0:1", URL_HOST_IPV6, -1},
    {IN("[1:2:3:4:5:6:7::]"), "1:2:3:4:5:6:7::", URL_HOST_IPV6, -1},
    {IN("[::2:3:4:5:6:7:8]"), "::2:3:4:5:6:7:8", URL_HOST_IPV6, -1},
    {IN("[1:2:3:4:5:6:1.2.3.4]"), "1:2:3:4:5:6:1.2.3.4", URL_HOST_IPV6, -1},
    {IN("[::ffff:1.2.3.4]"), "::ffff:1.2.3.4", URL_HOST_IPV6, -1},
    {IN("[::1.2.3.4]"), "::1.2.3.4", URL_HOST_IPV6, -1},
    {IN("[1:2:3:4:5:6:7:8::]"), NULL, 0, 0},
    {IN("[1:2:3:4:5:6:7]"), NULL, 0, 0},
    {IN("[1:2:3:4:5:6:7:8:9]"), NULL, 0, 0},
    {IN("[1:2:3:4:5:6:7:1.2.3.4]"), NULL, 0, 0},
    {IN("[1:2:3:4:5:1.2.3.4]"), NULL, 0, 0},
    {IN("[1::2::3]"), NULL, 0, 0},
    {IN("[:::]"), NULL, 0, 0},
    {IN("[:1]"), NULL, 0, 0},
    {IN("[1:]"), NULL, 0, 0},
    {IN("[::1:]"), NULL, 0, 0},
    {IN("[12345::]"), NULL, 0, 0},
    {IN("[g::]"), NULL, 0, 0},
    {IN("[]"), NULL, 0, 0},
    {IN("["), NULL, 0, 0},
    {IN("[::1"), NULL, 0, 0},
    {IN("::1"), NULL, 0, 0},
    {IN("[fe80::1%eth0]"), NULL, 0, 0},
    {IN("[fe80::1%25eth0]"), NULL, 0, 0},
    {IN("[::1]x"), NULL, 0, 0},
    {IN("[::1]]"), NULL, 0, 0},
    {IN("[::1]:"), NULL, 0, 0},
    {IN("[v1.a]"), NULL, 0, 0},
    {IN("[127.0.0.1]"), NULL, 0, 0},
    {IN("[::1.2.3.4.5]"), NULL, 0, 0},
    {IN("[::1.2.3]"), NULL, 0, 0},
};

static void
test_authorities(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof authority_cases / sizeof *authority_cases; i++) {
		const struct authority_case *c = &authority_cases[i];
		struct url_authority a;
		const char *why = NULL;
		int rc = url_parse_authority(c->in, &a, &why);
		if (rc != (c->host ? 0 : ERR_SYNTAX))
			fail_msg("%s: %d %s", c->in.p, rc, why ? why : "");
		if (!c->host) {
			assert_non_null(why);
			continue;
		}
		assert_true(span_eq(a.host, span_str(c->host)));
		assert_int_equal(a.kind, c->kind);
		assert_int_equal(a.has_port, c->port >= 0);
		assert_int_equal(a.port, c->port >= 0 ? c->port : 0);
	}
}

struct target_case {
	const char *method;
	struct span in;
	int form; /* -1: refused */
	const char *path, *host;
	bool has_8bit;
};

static const struct target_case target_cases[] = {
    {"GET", IN("/"), URL_ORIGIN, "/", NULL, false},
    {"GET", IN("//a/b?c=http://d"), URL_ORIGIN, "//a/b?c=http://d", NULL, false},
    {"GET", IN("/%0d%0a|\"<>{}^`\\"), URL_ORIGIN, "/%0d%0a|\"<>{}^`\\", NULL, false},
    {"GET", IN("/\xe4"), URL_ORIGIN, "/\xe4", NULL, true},
    {"GET", IN("/a#b"), -1, NULL, NULL, false},
    {"GET", IN("/a b"), -1, NULL, NULL, false},
    {"GET", IN("/\0"), -1, NULL, NULL, false},
    {"GET", IN("/\x7f"), -1, NULL, NULL, false},
    {"GET", IN(""), -1, NULL, NULL, false},
    {"GET", IN("*"), -1, NULL, NULL, false},
    {"options", IN("*"), -1, NULL, NULL, false},
    {"OPTIONS", IN("*"), URL_ASTERISK, "*", NULL, false},
    {"OPTIONS", IN("/"), URL_ORIGIN, "/", NULL, false},
    {"OPTIONS", IN("**"), -1, NULL, NULL, false},
    {"GET", IN("http://a.test"), URL_ABSOLUTE, "", "a.test", false},
    {"GET", IN("http://a.test/"), URL_ABSOLUTE, "/", "a.test", false},
    {"GET", IN("HTTPS://a.test:1?q"), URL_ABSOLUTE, "?q", "a.test", false},
    {"GET", IN("http://[::1]/\xff"), URL_ABSOLUTE, "/\xff", "::1", true},
    {"GET", IN("http://a.test/@"), URL_ABSOLUTE, "/@", "a.test", false},
    {"GET", IN("http://a.test/#f"), -1, NULL, NULL, false},
    {"GET", IN("http://a.test#f"), -1, NULL, NULL, false},
    {"GET", IN("http://u@a.test/"), -1, NULL, NULL, false},
    {"GET", IN("http:///a"), -1, NULL, NULL, false},
    {"GET", IN("http://:80/a"), -1, NULL, NULL, false},
    {"GET", IN("http://\xc3\xa4/"), -1, NULL, NULL, false},
    {"GET", IN("http://a.test\\@b.test/"), -1, NULL, NULL, false},
    {"GET", IN("http:/a"), -1, NULL, NULL, false},
    {"GET", IN("http:"), -1, NULL, NULL, false},
    {"GET", IN("http"), -1, NULL, NULL, false},
    {"GET", IN("http:/"), -1, NULL, NULL, false},
    {"GET", IN("http://"), -1, NULL, NULL, false},
    {"GET", IN("ftp://a.test/"), -1, NULL, NULL, false},
    {"GET", IN("httpx://a.test/"), -1, NULL, NULL, false},
    {"GET", IN("a.test:443"), -1, NULL, NULL, false},
    {"GET", IN("a/b"), -1, NULL, NULL, false},
    {"CONNECT", IN("a.test:443"), URL_AUTHORITY, "", "a.test", false},
    {"CONNECT", IN("[::1]:443"), URL_AUTHORITY, "", "::1", false},
    {"CONNECT", IN("a.test"), -1, NULL, NULL, false},
    {"CONNECT", IN("[::1]"), -1, NULL, NULL, false},
    {"CONNECT", IN("/"), -1, NULL, NULL, false},
    {"CONNECT", IN("*"), -1, NULL, NULL, false},
    {"CONNECT", IN("http://a.test:443"), -1, NULL, NULL, false},
    {"CONNECT", IN("a.test:443/"), -1, NULL, NULL, false},
    {"CONNECT", IN("a\r:443"), -1, NULL, NULL, false},
    {"connect", IN("a.test:443"), -1, NULL, NULL, false},
};

static void
test_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof target_cases / sizeof *target_cases; i++) {
		const struct target_case *c = &target_cases[i];
		struct url_target t;
		const char *why = NULL;
		int rc = url_parse_target(span_str(c->method), c->in, &t, &why);
		if (rc != (c->form >= 0 ? 0 : ERR_SYNTAX))
			fail_msg("%s %s: %d %s", c->method, c->in.p, rc, why ? why : "");
		if (c->form < 0) {
			assert_non_null(why);
			continue;
		}
		assert_int_equal(t.form, c->form);
		assert_true(span_eq(t.path, span_str(c->path)));
		assert_true(span_eq(t.authority.host, span_str(c->host)));
		assert_int_equal(t.has_8bit, c->has_8bit);
	}
}

static void
test_scheme_is_kept_as_received(void **state)
{
	struct url_target t;
	const char *why;

	(void)state;
	assert_int_equal(url_parse_target(SPAN_LIT("GET"), SPAN_LIT("hTTp://a/"), &t, &why), 0);
	assert_true(span_eq(t.scheme, SPAN_LIT("hTTp")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_authorities),
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_scheme_is_kept_as_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
