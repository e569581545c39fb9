/* SPDX-License-Identifier: MIT
 * What is masked, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/text_mask.h"

struct mask_case {
	enum text_mask_what what;
	const char *raw, *masked; /* NULL: as it was */
};

static const struct mask_case cases[] = {
    {TEXT_MASK_TARGET, "/a?password=hunter2&x=1", "/a?password=*******&x=1"},
    {TEXT_MASK_TARGET, "/a?x=token&user[Password]=p%20q#f", "/a?x=token&user[Password]=*****#f"},
    {TEXT_MASK_TARGET, "/a?bypass=1&pass=2&pwd=&compwd=3", "/a?bypass=1&pass=*&pwd=&compwd=3"},
    {TEXT_MASK_TARGET, "http://u:pw@h.test:80/x:y@z", "http://u:**@h.test:80/x:y@z"},
    {TEXT_MASK_TARGET, "http://h.test:80/x@y", NULL},
    {TEXT_MASK_TARGET, "/token/secret", NULL},
    {TEXT_MASK_FIELDS, "Authorization: Basic dTpw\r\n", "Authorization: Basic ****\r\n"},
    {TEXT_MASK_FIELDS, "AUTHORIZATION:opaque\nHost: a", "AUTHORIZATION:******\nHost: a"},
    {TEXT_MASK_FIELDS, "Proxy-Authorization: Digest a=\"b\", c\r\n d\r\nX: y", "Proxy-Authorization: Digest ********\r\n**\r\nX: y"},
    {TEXT_MASK_FIELDS, "Cookie: a=b; c=d=e; f\r\n", "Cookie: a=*; c=***; *\r\n"},
    {TEXT_MASK_FIELDS, "Set-Cookie: sid=abc; Path=/; HttpOnly\r\n", "Set-Cookie: sid=***; Path=/; HttpOnly\r\n"},
    {TEXT_MASK_FIELDS, "Set-Cookie: bare; Path=/", "Set-Cookie: ****; Path=/"},
    {TEXT_MASK_FIELDS, "Cookie:", NULL},
    {TEXT_MASK_FIELDS, "Location: /x?access_token=t1&b=c\r\n", "Location: /x?access_token=**&b=c\r\n"},
    {TEXT_MASK_FIELDS, "Content-Type: a; b=c\r\n\r\n", NULL},
    {TEXT_MASK_HEAD, "GET /?token=t HTTP/1.1\r\nCookie: a=b\r\n\r\n", "GET /?token=* HTTP/1.1\r\nCookie: a=*\r\n\r\n"},
    {TEXT_MASK_BODY, "user=u&password=p+q%21&go=1", "user=u&password=******&go=1"},
    {TEXT_MASK_BODY, "client_secret=s", "client_secret=*"},
    {TEXT_MASK_BODY, "password='a b';x", "password='***';x"},
    {TEXT_MASK_BODY, "{\"user\": \"u\", \"password\" : \"p\\\"q\", \"n\": 1}", "{\"user\": \"u\", \"password\" : \"****\", \"n\": 1}"},
    {TEXT_MASK_BODY, "{\"token\":12.5e3,\"a\":2}", "{\"token\":00.0e0,\"a\":2}"},
    {TEXT_MASK_BODY, "{\"token\":null}", NULL},
    {TEXT_MASK_BODY, "{\"tokens\":[\"a\",{\"b\":\"cd\"},7],\"x\":\"y\"}", "{\"tokens\":[\"*\",{\"*\":\"**\"},0],\"x\":\"y\"}"},
    {TEXT_MASK_BODY, "5\" {\"password\":\"p\"}", "5\" {\"password\":\"*\"}"},
    {TEXT_MASK_BODY, "{\"body\":\"{\\\"password\\\":\\\"pq\\\",\\\"a\\\":1}\"}", "{\"body\":\"{\\\"password\\\":\\\"**\\\",\\\"a\\\":1}\"}"},
    {TEXT_MASK_BODY, "{\"a\":\"password\"}", NULL},
    {TEXT_MASK_BODY, "data: {\"access_token\":\"x", "data: {\"access_token\":\"*"},
    {TEXT_MASK_BODY, " name=\"token\"\n name=\"secret\"\r\n\nx\n--", " name=\"token\"\n name=\"secret\"\r\n\n*\n--"},
    {TEXT_MASK_BODY,
	"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\np\r\nq\r\n--b\r\nContent-Disposition: form-data; filename=\"token\"; "
	"name=\"f\"\r\n\r\nx\r\n--b--",
	"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n*\r\n*\r\n--b\r\nContent-Disposition: form-data; filename=\"token\"; "
	"name=\"f\"\r\n\r\nx\r\n--b--"},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct mask_case *c = &cases[i];
		struct span raw = span_str(c->raw), want = span_str(c->masked ? c->masked : c->raw);
		char *own;
		struct span got = text_mask(c->what, raw, TEXT_MASK, &own);
		if (!span_eq(got, want))
			fail_msg("%s\n%.*s\nand not\n%s", c->raw, (int)got.n, got.p, want.p);
		free(own);
		got = text_mask(c->what, raw, 0, &own);
		assert_null(own);
		assert_ptr_equal(got.p, c->raw);
	}
}

/* Cut anywhere, and with any byte anywhere, the size stays, and what was not masked stays; the copy has no byte behind it that could be
 * read unseen. */
static void
test_pieces(void **state)
{
	static const char odd[] = "\"\\:={}[]\r\n \0;&-";
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t n = 0; n <= strlen(cases[i].raw); n++)
			for (size_t k = 0; n && k < sizeof odd; k++) {
				char *raw = mem_dup(cases[i].raw, n), *own;
				raw[n - 1] = odd[k];
				char *exact = malloc(n);
				memcpy(exact, raw, n);
				for (int what = 0; what <= TEXT_MASK_BODY; what++) {
					struct span got = text_mask((enum text_mask_what)what, span_of(exact, n), TEXT_MASK, &own);
					assert_int_equal(got.n, n);
					for (size_t at = 0; at < n; at++)
						assert_true(got.p[at] == exact[at] || got.p[at] == '*' || got.p[at] == '0');
					free(own);
				}
				free(exact);
				free(raw);
			}
}

/* What a peer makes up of names takes no more time than it has bytes: seconds here would be minutes on a large body. */
static void
test_many_names(void **state)
{
	static const char *const pieces[] = {"\"token\":[", "\"token\":\"", "\\\"token\\\":\\\"", " name=\"token\"", "token=", "://u:", "\"token\" :  ", ":\"", "=="};
	enum { BYTES = 8 << 20 };
	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		char *raw = mem_alloc(BYTES), *own;
		size_t n = strlen(pieces[i]);
		for (size_t at = 0; at < BYTES; at++)
			raw[at] = pieces[i][at % n];
		assert_int_equal(text_mask(TEXT_MASK_BODY, span_of(raw, BYTES), TEXT_MASK, &own).n, BYTES);
		free(own);
		free(raw);
	}
}

static void
test_values(void **state)
{
	static const struct {
		const char *name, *value;
		char between;
		bool cookie;
		const char *masked;
	} values[] = {
	    {"Authorization", "Bearer abc", ':', false, "Bearer ***"},
	    {"Accept", "a", ':', false, "a"},
	    {"sid", "abc", '=', true, "***"},
	    {"sid", "abc", '=', false, "abc"},
	    {"my_password", "abc", '=', false, "***"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char *own;
		struct span got = text_mask_value(
		    span_str(values[i].name), span_str(values[i].value), values[i].between, values[i].cookie, TEXT_MASK, &own);
		assert_true(span_eq(got, span_str(values[i].masked)));
		free(own);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_many_names),
	    cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
