/* SPDX-License-Identifier: MIT
 * Field names, lookups, lists, and the table of byte classes against its definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/http_char.h"
#include "proto/http_head.h"

static const struct {
	const char *name;
	enum http_field_id id;
} known[] = {
    {"Connection", HTTP_F_CONNECTION},
    {"Content-Encoding", HTTP_F_CONTENT_ENCODING},
    {"Content-Length", HTTP_F_CONTENT_LENGTH},
    {"Content-Type", HTTP_F_CONTENT_TYPE},
    {"Expect", HTTP_F_EXPECT},
    {"Host", HTTP_F_HOST},
    {"HTTP2-Settings", HTTP_F_HTTP2_SETTINGS},
    {"Keep-Alive", HTTP_F_KEEP_ALIVE},
    {"Location", HTTP_F_LOCATION},
    {"Max-Forwards", HTTP_F_MAX_FORWARDS},
    {"Proxy-Authenticate", HTTP_F_PROXY_AUTHENTICATE},
    {"Proxy-Authorization", HTTP_F_PROXY_AUTHORIZATION},
    {"Proxy-Connection", HTTP_F_PROXY_CONNECTION},
    {"TE", HTTP_F_TE},
    {"Trailer", HTTP_F_TRAILER},
    {"Transfer-Encoding", HTTP_F_TRANSFER_ENCODING},
    {"Upgrade", HTTP_F_UPGRADE},
    {"User-Agent", HTTP_F_USER_AGENT},
    {"Via", HTTP_F_VIA},
};

static void
test_every_known_name_is_found_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(sizeof known / sizeof *known, HTTP_F_COUNT - 1);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char name[32] = {0};
		size_t n = strlen(known[i].name);
		assert_int_equal(http_field_id_of(span_str(known[i].name)), known[i].id);
		for (size_t k = 0; k < n; k++) { /* the other case, letters only */
			char c = known[i].name[k];
			name[k] = (char)(c >= 'A' ? c ^ 0x20 : c);
		}
		assert_int_equal(http_field_id_of(span_of(name, n)), known[i].id);
		name[n - 1] = '!';
		assert_int_equal(http_field_id_of(span_of(name, n)), HTTP_F_OTHER);
		assert_int_equal(http_field_id_of(span_of(known[i].name, n - 1)), HTTP_F_OTHER);
	}
}

static void
test_other_names(void **state)
{
	static const char *const other[] = {"", "X", "Hos", "Hostt", "cookie", "Content_Length",
	    "Transfer_Encoding", "Content\rLength", "proxy-authorization-info", "ho\x53t\x20"};

	(void)state;
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		assert_int_equal(http_field_id_of(span_str(other[i])), HTTP_F_OTHER);
}

static struct http_head head;

static void
add(const char *name, const char *value)
{
	struct http_field *f = &head.field[head.nfields++];

	*f = (struct http_field){span_str(name), span_str(value), http_field_id_of(span_str(name))};
	if (f->id)
		head.present |= 1u << f->id;
}

static void
test_lookups(void **state)
{
	(void)state;
	head.nfields = head.present = 0;
	add("X-A", "1");
	add("Via", "2");
	add("x-a", "3");
	add("VIA", "4");
	assert_ptr_equal(http_head_find(&head, HTTP_F_VIA), &head.field[1]);
	assert_null(http_head_find(&head, HTTP_F_HOST));
	assert_ptr_equal(http_head_find_name(&head, SPAN_LIT("X-a")), &head.field[0]);
	assert_ptr_equal(http_head_find_name(&head, SPAN_LIT("via")), &head.field[1]);
	assert_null(http_head_find_name(&head, SPAN_LIT("x")));
	assert_true(http_head_has(&head, HTTP_F_VIA));
	assert_false(http_head_has(&head, HTTP_F_TE));
}

static void
test_lists(void **state)
{
	(void)state;
	head.nfields = head.present = 0;
	add("Connection", "a, b c,, D\t");
	add("X", "e");
	add("connection", "f");
	add("Upgrade", "");
	const struct {
		const char *token;
		bool found;
	} cases[] = {{"a", true}, {"A", true}, {"b", false}, {"b c", true}, {"d", true},
	    {"e", false}, {"f", true}, {"", false}, {"a, b c", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(http_head_list_has(&head, HTTP_F_CONNECTION,
				     span_str(cases[i].token)), cases[i].found);
	assert_false(http_head_list_has(&head, HTTP_F_UPGRADE, SPAN_LIT("a")));
	assert_false(http_head_list_has(&head, HTTP_F_TE, SPAN_LIT("a")));
}

static void
test_list_elements(void **state)
{
	struct span rest = SPAN_LIT(" a ,,b"), e;

	(void)state;
	assert_true(http_list_next(&rest, &e) && span_eq(e, SPAN_LIT("a")));
	assert_true(http_list_next(&rest, &e) && e.n == 0);
	assert_true(http_list_next(&rest, &e) && span_eq(e, SPAN_LIT("b")));
	assert_false(http_list_next(&rest, &e));
	rest = SPAN_LIT("");
	assert_true(http_list_next(&rest, &e) && e.n == 0);
	assert_false(http_list_next(&rest, &e));
}

static bool
is_alnum(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(int c, const char *set)
{
	return c != 0 && c < 0x80 && strchr(set, c);
}

static void
test_byte_classes(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool hex = is_one_of(i, "0123456789abcdefABCDEF");
		assert_int_equal(http_char_is(c, HTTP_C_TOKEN),
		    is_alnum(i) || is_one_of(i, "!#$%&'*+-.^_`|~"));
		assert_int_equal(http_char_is(c, HTTP_C_VALUE), i == 9 || (i >= 0x20 && i != 0x7f));
		assert_int_equal(http_char_is(c, HTTP_C_TARGET), i > 0x20 && i != 0x7f && i != '#');
		assert_int_equal(http_char_is(c, HTTP_C_HOST), is_alnum(i) || is_one_of(i, "-_."));
		assert_int_equal(http_char_is(c, HTTP_C_DIGIT), i >= '0' && i <= '9');
		assert_int_equal(http_char_is(c, HTTP_C_HEX), hex);
		assert_int_equal(http_char_is(c, HTTP_C_8BIT), i >= 0x80);
		if (hex) {
			const char digits[] = "0123456789abcdef";
			int lower = i >= 'A' && i <= 'F' ? i | 0x20 : i;
			assert_int_equal(digits[http_hex_value(c)], lower);
		}
	}
}

/* The fast way over whole words finds the same bytes as the table, wherever they are. */
static void
test_value_length_at_every_place(void **state)
{
	char text[40];

	(void)state;
	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof text; at++) {
			memset(text, c & 1 ? '~' : ' ', sizeof text);
			text[at] = (char)c;
			bool good = http_char_is((char)c, HTTP_C_VALUE);
			assert_int_equal(http_value_len(span_of(text, sizeof text)),
			    good ? sizeof text : at);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_known_name_is_found_in_any_case),
	    cmocka_unit_test(test_other_names),
	    cmocka_unit_test(test_lookups),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_list_elements),
	    cmocka_unit_test(test_byte_classes),
	    cmocka_unit_test(test_value_length_at_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
