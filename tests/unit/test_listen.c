/* SPDX-License-Identifier: MIT
 * Listener addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/listen.h"

static void
good(const char *text, const char *expected)
{
	struct listen_spec l;
	struct errmsg why = {""};
	char out[96];

	if (listen_parse(text, &l, &why) != 0)
		fail_msg("%s: %s", text, why.text);
	assert_string_equal(l.mode, "auto");
	listen_text(&l, out, sizeof out);
	assert_string_equal(out, expected);
}

static void
bad(const char *text, int code, const char *sentence)
{
	struct listen_spec l;
	struct errmsg why = {""};

	assert_int_equal(listen_parse(text, &l, &why), code);
	if (sentence)
		assert_string_equal(why.text, sentence);
	else
		assert_true(why.text[0] != '\0');
}

static void
addresses_and_ports(void **state)
{
	(void)state;
	good("8080", "127.0.0.1:8080");
	good("0", "127.0.0.1:0");
	good("65535", "127.0.0.1:65535");
	good("0.0.0.0:3128", "0.0.0.0:3128");
	good("localhost:80", "127.0.0.1:80");
	good("[::1]:8080", "[::1]:8080");
	good("[0:0::1]:8080", "[::1]:8080");
	good("auto@8080", "127.0.0.1:8080");
	good("auto@[::]:1", "[::]:1");
}

static void
other_modes_are_told_apart(void **state)
{
	(void)state;
	bad("socks5@1080", ERR_REFUSED, "listen: mode socks5 is not built yet; use auto");
	bad("reverse:https://example.org@8080", ERR_REFUSED,
	    "listen: mode reverse is not built yet; use auto");
	bad("magic@8080", ERR_SYNTAX, "listen: there is no mode 'magic'; use auto");
	bad("@8080", ERR_SYNTAX, NULL);
	bad("auto:x@8080", ERR_SYNTAX, NULL);
}

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	bad("", ERR_SYNTAX, "listen: '' is not a port (0 to 65535)");
	bad("65536", ERR_SYNTAX, NULL);
	bad("100000", ERR_SYNTAX, NULL);
	bad("8080x", ERR_SYNTAX, NULL);
	bad("-1", ERR_SYNTAX, NULL);
	bad(":8080", ERR_SYNTAX,
	    "listen: the address is missing; write 0.0.0.0:8080 to listen on all of this machine's");
	bad("::1:8080", ERR_SYNTAX, NULL);
	bad("[::1]", ERR_SYNTAX, NULL);
	bad("[::1]8080", ERR_SYNTAX, NULL);
	bad("[::1:8080", ERR_SYNTAX, NULL);
	bad("[127.0.0.1]:80", ERR_SYNTAX, NULL);
	bad("1.2.3:80", ERR_SYNTAX, NULL);
	bad("example.org:80", ERR_SYNTAX, NULL);
	bad("127.0.0.1:", ERR_SYNTAX, NULL);
	bad("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1",
	    ERR_SYNTAX, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_and_ports),
	    cmocka_unit_test(other_modes_are_told_apart),
	    cmocka_unit_test(mistakes_get_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
