/* SPDX-License-Identifier: MIT
 * Lines and objects of the headless front end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/escape.h"
#include "flow/flow.h"
#include "ui/fmt.h"
#include "ui/headless_json.h"
#include "ui/headless_line.h"
#include "ui_fixture.h"

static const char *
line_of(const struct fixture *fx, uint64_t number, int verbose)
{
	static char text[8192];
	struct headless_style style = {.escape = ESCAPE_UTF8, .verbose = verbose};
	struct buf out;

	buf_init(&out, sizeof text - 1);
	assert_int_equal(headless_line(&out, &style, flow_store_find(fx->store, number)), 0);
	memcpy(text, out.p, out.n);
	text[out.n] = '\0';
	buf_fini(&out);
	return text;
}

static void
test_lines(void **state)
{
	static const char *const want[] = {
	    "14:03:26.962     1 D h1   GET  200 212.4K   38ms cdn.example.test "
	    "/static/app.8f3c1.js\n",
	    "14:03:26.951     2 D h1   POST 401  85B     49ms auth.example.test /oauth/token\n",
	    "14:03:26.996     3 F tls  -    -     -       4ms bank.example.test:443 client sent "
	    "alert unknown_ca "
	    "(48): it does not trust the CA of mitmtop, or it pins the certificate\n",
	    NULL,
	    NULL,
	    "14:03:26.930     6 D h1   GET  200 18.0K    70ms 日本語.example.test "
	    "/検索?q=テスト&e=😀\n",
	    "14:02:57.000     7 E h1   GET  -     -     30.0s api.example.test "
	    "/v1/reports/2026?format=csv "
	    "the server did not answer in time\n",
	    NULL,
	    "14:03:26.995     9 D h1   GET  200  32B      5ms evil.example.test "
	    "/x?t=\\x1b]0;PWNED\\x07&r=\\u{202e}"
	    "gnp&z=👨\\u{200d}👩\\xff\\\\\n",
	};
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++)
		if (want[i])
			assert_string_equal(line_of(&fx, i + 1, 0), want[i]);
	fixture_fini(&fx);
}

static const char *
styled_line_of(const struct fixture *fx, uint64_t number, bool begun, bool colour)
{
	static char text[2048];
	struct headless_style style = {.escape = ESCAPE_UTF8, .colour = colour, .verbose = begun ? 2 : 0};
	const struct flow *f = flow_store_find(fx->store, number);
	struct buf out;

	buf_init(&out, sizeof text - 1);
	assert_int_equal(begun ? headless_line_begun(&out, &style, f) : headless_line(&out, &style, f), 0);
	memcpy(text, out.p, out.n);
	text[out.n] = '\0';
	buf_fini(&out);
	return text;
}

/* A flow's beginning is told from its end by the state, and says nothing of the end. */
static void
test_begun(void **state)
{
	struct fixture fx;

	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	assert_string_equal(styled_line_of(&fx, 2, true, false),
	    "14:03:26.951     2 + h1   POST -     -         - auth.example.test /oauth/token\n");
	assert_string_equal(styled_line_of(&fx, 7, true, false),
	    "14:02:57.000     7 + h1   GET  -     -         - api.example.test /v1/reports/2026?format=csv\n");
	fixture_fini(&fx);
}

static void
test_colour(void **state)
{
	struct fixture fx;

	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	assert_string_equal(styled_line_of(&fx, 2, false, true),
	    "14:03:26.951     2 D h1   POST \033[33m401\033[0m  85B     49ms auth.example.test /oauth/token\n");
	assert_memory_equal(styled_line_of(&fx, 3, false, true), "14:03:26.996     3 \033[1;31mF\033[0m tls  -    -     -       4ms ", 55);
	fixture_fini(&fx);
}

/* Flow lines alone start in column 1. */
static void
test_verbose(void **state)
{
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	assert_string_equal(line_of(&fx, 2, 2),
	    "14:03:26.951     2 D h1   POST 401  85B     49ms auth.example.test /oauth/token\n"
	    "    POST /oauth/token HTTP/1.1\n"
	    "    Host: auth.example.test\n"
	    "    User-Agent: curl/7.88.1\n"
	    "    Accept: */*\n"
	    "    \n"
	    "    HTTP/1.1 401 Unauthorized\n"
	    "    Server: nginx/1.22.1\n"
	    "    Content-Type: application/json\n"
	    "    X-Evil: a\\x1b]0;PWNED\\x07b\\x1b[31mred\n"
	    "    Set-Cookie: sid=8f31c0aa; Path=/\n"
	    "    \n"
	    "    {\n"
	    "      \"error\": \"invalid_grant\",\n"
	    "      \"error_description\": \"トークンの有効期限\"\n"
	    "    }\n");
	assert_null(strstr(line_of(&fx, 2, 1), "invalid_grant"));
	fixture_fini(&fx);
}

/* A line that does not fit is not there at all. */
static void
test_whole_lines_only(void **state)
{
	struct headless_style style = {.escape = ESCAPE_UTF8};
	struct fixture fx;
	struct buf out;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	buf_init(&out, 1000);
	size_t n = 0;
	while (headless_line(&out, &style, flow_store_find(fx.store, 1)) == 0)
		n = out.n;
	assert_int_equal(out.n, n);
	assert_int_equal(headless_line(&out, &style, flow_store_find(fx.store, 3)), ERR_LIMIT);
	assert_int_equal(out.n, n);
	assert_int_equal(out.p[n - 1], '\n');
	assert_int_equal(headless_json(&out, flow_store_find(fx.store, 3), 0), ERR_LIMIT);
	assert_int_equal(out.n, n);
	buf_fini(&out);
	fixture_fini(&fx);
}

static json_t *
object_of(const struct fixture *fx, uint64_t number, int verbose)
{
	struct buf out;
	json_error_t error;

	buf_init(&out, 65536);
	assert_int_equal(headless_json(&out, flow_store_find(fx->store, number), verbose), 0);
	assert_ptr_equal(memchr(out.p, '\n', out.n), out.p + out.n - 1);
	json_t *o = json_loadb(out.p, out.n, 0, &error);
	assert_non_null(o);
	buf_fini(&out);
	return o;
}

static const char *
member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void
test_json(void **state)
{
	struct fixture fx;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	json_t *o = object_of(&fx, 2, 2);
	assert_int_equal(json_integer_value(json_object_get(o, "number")), 2);
	assert_string_equal(member(o, "start"), "2026-11-21T14:03:26.951000Z");
	assert_int_equal(json_integer_value(json_object_get(o, "duration_us")), 49000);
	assert_int_equal(json_integer_value(json_object_get(o, "ttfb_us")), 48000);
	assert_string_equal(member(o, "state"), "D");
	assert_string_equal(member(o, "method"), "POST");
	assert_int_equal(json_integer_value(json_object_get(o, "status")), 401);
	assert_memory_equal(member(o, "request_head_b64"), "UE9TVCAv", 8);
	assert_memory_equal(member(o, "response_body_b64"), "ewogICJl", 8);
	json_decref(o);
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(headless_json_begun(&out, flow_store_find(fx.store, 2)), 0);
	o = json_loadb(out.p, out.n, 0, NULL);
	buf_fini(&out);
	assert_string_equal(member(o, "event"), "start");
	assert_string_equal(member(o, "path"), "/oauth/token");
	assert_null(json_object_get(o, "state"));
	assert_null(json_object_get(o, "status"));
	json_decref(o);
	o = object_of(&fx, 3, 0);
	const json_t *error = json_object_get(o, "error");
	assert_string_equal(member(error, "class"), "peer_untrusted");
	assert_string_equal(member(error, "remedy"), "install the CA certificate on the client");
	assert_null(json_object_get(o, "status"));
	json_decref(o);
	o = object_of(&fx, 9, 0);
	assert_null(json_object_get(o, "path")); /* not UTF-8: true bytes in base64 */
	assert_memory_equal(member(o, "path_b64"), "L3g/dD0bXTA7UFdORUQH", 20);
	json_decref(o);
	fixture_fini(&fx);
}

static void
test_numbers(void **state)
{
	static const struct {
		uint64_t v;
		const char *duration, *size;
	} rows[] = {
	    {0, "0.0ms", "0"},
	    {400, "0.4ms", "400"},
	    {949, "0.9ms", "949"},
	    {950, "1ms", "950"},
	    {999, "1ms", "999"},
	    {1000, "1ms", "1.0K"},
	    {1023, "1ms", "1.0K"},
	    {38000, "38ms", "37.1K"},
	    {999499, "999ms", "976.1K"},
	    {999500, "1.0s", "976.1K"},
	    {1023948, "1.0s", "1.0M"},
	    {2100000, "2.1s", "2.0M"},
	    {30000000, "30.0s", "28.6M"},
	    {99949999, "99.9s", "95.3M"},
	    {99950000, "1m39", "95.3M"},
	    {200000000, "3m20", "190.7M"},
	    {7500000000, "2h05", "7.0G"},
	    {436000000000, "5d01", "406.1G"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char p[FMT_MAX];
		*fmt_duration(p, rows[i].v) = '\0';
		assert_string_equal(p, rows[i].duration);
		*fmt_size(p, rows[i].v) = '\0';
		assert_string_equal(p, rows[i].size);
	}
	char p[FMT_MAX];
	*fmt_u64(p, UINT64_MAX) = '\0';
	assert_string_equal(p, "18446744073709551615");
	*fmt_size(p, UINT64_MAX) = '\0';
	assert_string_equal(p, "16.0E");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_begun),
	    cmocka_unit_test(test_colour),
	    cmocka_unit_test(test_verbose),
	    cmocka_unit_test(test_whole_lines_only),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_numbers),
	};
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
