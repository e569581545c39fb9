/* SPDX-License-Identifier: MIT
 * Patterns of hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/host_pattern.h"

static struct host_pattern
good(const char *text, const char *expected)
{
	struct host_pattern p;
	struct errmsg why = {""};

	if (host_pattern_parse(text, &p, &why) != 0)
		fail_msg("%s: %s", text, why.text);
	assert_string_equal(p.text, expected);
	return p;
}

static void
bad(const char *text, const char *part)
{
	struct host_pattern p;
	struct errmsg why = {""};

	assert_int_equal(host_pattern_parse(text, &p, &why), ERR_SYNTAX);
	if (!strstr(why.text, part))
		fail_msg("%s: no \"%s\" in \"%s\"", text, part, why.text);
	for (const char *s = why.text; *s; s++)
		assert_true(*s >= ' ' && *s < 0x7f);
}

static void
forms(void **state)
{
	(void)state;
	good("example.test", "example.test");
	good("EXAMPLE.Test.", "example.test");
	good("*.Example.test", "*.example.test");
	good("example.test:8443", "example.test:8443");
	good("a_b-c.test", "a_b-c.test");
	good("localhost", "localhost");
	good("192.0.2.7", "192.0.2.7");
	good("192.0.2.7:443", "192.0.2.7:443");
	good("::1", "::1");
	good("0:0:0:0:0:0:0:1", "::1");
	good("[2001:DB8::1]", "2001:db8::1");
	good("[2001:db8::1]:65535", "[2001:db8::1]:65535");
}

static void
refused(void **state)
{
	char name[400];

	(void)state;
	bad("", "has no host");
	bad("*", "every host");
	bad("*:443", "every host");
	bad("*example.test", "has a *");
	bad("a.*.test", "has a *");
	bad("*.*.test", "has a *");
	bad("*.", "has no host");
	bad("a..test", "empty part");
	bad(".test", "empty part");
	bad("*..test", "empty part");
	bad("a b.test", "is no host name");
	bad("a\x1b]0;x\x07.test", "is no host name");
	bad("b\xc3\xbc\x63her.test", "is no host name");
	bad("https://example.test", "does not end with a port");
	bad("example.test/x", "is no host name");
	bad("example.test:", "does not end with a port");
	bad("example.test:0", "does not end with a port");
	bad("example.test:65536", "does not end with a port");
	bad("example.test:100000", "does not end with a port");
	bad("example.test:44a", "does not end with a port");
	bad("1.2.3", "is no IPv4 address");
	bad("1.2.3.256", "is no IPv4 address");
	bad("[::1", "closing bracket");
	bad("[::1]x", "does not end with a port");
	bad("[example.test]", "is no IPv6 address");
	bad("1:2:3", "is no IPv6 address");
	memset(name, 'a', sizeof name);
	name[64] = '\0';
	bad(name, "a part that is too long");
	for (size_t i = 1; i < sizeof name; i += 2)
		name[i] = '.', name[i - 1] = 'a';
	name[HOST_PATTERN_NAME_MAX] = '\0';
	good(name, name);
	name[HOST_PATTERN_NAME_MAX] = '.';
	name[HOST_PATTERN_NAME_MAX + 2] = '\0';
	bad(name, "too long");
	name[HOST_PATTERN_NAME_MAX + 2] = '.';
	name[sizeof name - 1] = '\0';
	bad(name, "too long");
}

static void
expect(const char *pattern, const char *host, uint16_t port, bool want)
{
	struct host_pattern p;

	assert_int_equal(host_pattern_parse(pattern, &p, NULL), 0);
	if (host_pattern_matches(&p, host, port) != want)
		fail_msg("%s and %s:%u", pattern, host ? host : "NULL", port);
}

static void
matching(void **state)
{
	(void)state;
	expect("example.test", "example.test", 443, true);
	expect("Example.TEST", "eXample.test.", 443, true);
	expect("example.test", "www.example.test", 443, false);
	expect("example.test", "example.tes", 443, false);
	expect("example.test", NULL, 443, false);
	expect("example.test", "", 443, false);
	expect("*.example.test", "www.example.test", 443, true);
	expect("*.example.test", "A.B.EXAMPLE.test.", 443, true);
	expect("*.example.test", "example.test", 443, false);
	expect("*.example.test", ".example.test", 443, false);
	expect("*.example.test", "wwwexample.test", 443, false);
	expect("*.example.test", "www.example.test.evil", 443, false);
	expect("example.test:8443", "example.test", 8443, true);
	expect("example.test:8443", "example.test", 443, false);
	expect("192.0.2.7", "192.0.2.7", 1, true);
	expect("192.0.2.7", "192.0.2.70", 1, false);
	expect("::1", "0:0::1", 443, true);
	expect("[::1]:443", "::1", 443, true);
	expect("[::1]:443", "::1", 444, false);
	expect("::1", "127.0.0.1", 443, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(matching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
