/* SPDX-License-Identifier: MIT
 * Messages taken apart, edited and written again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "proto/coding.h"
#include "proto/h1_message.h"

static struct h1_message m;
static struct h1_message_wire w;
static struct errmsg why;

static int
setup(void **state)
{
	(void)state;
	h1_message_init(&m, false);
	h1_message_wire_init(&w);
	why.text[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	h1_message_fini(&m);
	h1_message_wire_fini(&w);
	return 0;
}

static void
set(const char *head, const char *trailers, const char *body)
{
	m.response = strncmp(head, "HTTP/", 5) == 0;
	assert_int_equal(h1_message_set(&m, span_str(head), span_str(trailers), span_str(body), &why), 0);
}

static void
writes(const char *head, const char *body, const char *trailers)
{
	if (h1_message_write(&m, false, &w, &why))
		fail_msg("refused: %s", why.text);
	buf_add(&w.head, "", 1);
	assert_string_equal(w.head.p, head);
	assert_int_equal(w.body.n, strlen(body));
	assert_memory_equal(w.body.p ? w.body.p : "", body, strlen(body));
	assert_int_equal(w.trailers.n, strlen(trailers));
	assert_memory_equal(w.trailers.p ? w.trailers.p : "", trailers, strlen(trailers));
}

static void
refuses(const char *part)
{
	assert_int_not_equal(h1_message_write(&m, false, &w, &why), 0);
	if (!strstr(why.text, part))
		fail_msg("'%s' is not in '%s'", part, why.text);
}

static void
body_is(const char *text)
{
	buf_clear(&m.body);
	buf_add_str(&m.body, text);
}

static void
test_unchanged(void **state)
{
	static const char *const head[] = {
	    "GET /a?b=c HTTP/1.1\r\nHOST: h\r\nX-Y:  z \r\nx-y: 2\r\n\r\n",
	    "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
	};
	(void)state;
	set(head[0], "", "");
	writes("GET /a?b=c HTTP/1.1\r\nHOST: h\r\nX-Y: z\r\nx-y: 2\r\n\r\n", "", "");
	set(head[1], "", "");
	writes(head[1], "", "");
	set("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", "", "abc");
	writes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", "abc", "");
}

static void
test_length_follows_the_body(void **state)
{
	(void)state;
	set("POST / HTTP/1.1\r\ncontent-length: 3\r\nHost: h\r\n\r\n", "", "abc");
	body_is("abcdef");
	writes("POST / HTTP/1.1\r\ncontent-length: 6\r\nHost: h\r\n\r\n", "abcdef", "");
	body_is("");
	writes("POST / HTTP/1.1\r\ncontent-length: 0\r\nHost: h\r\n\r\n", "", "");
	set("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", "");
	body_is("x");
	writes("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n", "x", "");
	set("HTTP/1.1 200 OK\r\nServer: s\r\n\r\n", "", "until the end");
	writes("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 13\r\n\r\n", "until the end", "");
}

static void
test_chunked_stays_chunked(void **state)
{
	(void)state;
	set("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "X-T: 1\r\n\r\n", "abc");
	assert_int_equal(m.trailers.n, 1);
	body_is("longer");
	writes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "longer", "X-T: 1\r\n");
	/* A trailer added to a message with a length makes it chunked. */
	set("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", "", "abc");
	h1_fields_insert(&m.trailers, 0, "X-Sum", "9");
	writes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "abc", "X-Sum: 9\r\n");
}

static void
test_a_length_may_be_kept(void **state)
{
	(void)state;
	set("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", "", "abc");
	body_is("longer");
	m.keep_length = true;
	writes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", "longer", "");
	h1_fields_remove(&m.fields, 1);
	writes("POST / HTTP/1.1\r\nHost: h\r\n\r\n", "longer", "");
	h1_fields_insert(&m.fields, 1, "Transfer-Encoding", "chunked");
	writes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "longer", "");
	h1_fields_insert(&m.fields, 1, "Content-Length", "3"); /* what no parser may be asked to guess stays refused */
	refuses("Content-Length");
}

static void
test_no_body_where_none_may_be(void **state)
{
	(void)state;
	set("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", "", "");
	writes("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", "", "");
	body_is("x");
	refuses("204 has no body");
	set("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "", "");
	writes("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "", "");
	set("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "", "");
	assert_int_equal(h1_message_write(&m, true, &w, &why), 0);
	assert_non_null(memmem(w.head.p, w.head.n, "Content-Length: 99", 18));
}

static void
test_codings_are_applied_again(void **state)
{
	static const char *const codings[] = {"gzip", "deflate", "br", "zstd", "deflate, gzip", "identity", "x-gzip"};
	struct buf coded, out;
	struct coding_result r;
	char head[128];

	(void)state;
	buf_init(&coded, 1 << 20);
	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		assert_int_equal(coding_apply(span_str(codings[i]), SPAN_LIT("hello hello hello"), 1 << 20, &coded, &why), 0);
		snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n", codings[i]);
		m.response = true;
		assert_int_equal(h1_message_set(&m, span_str(head), SPAN_NONE, buf_span(&coded), &why), 0);
		assert_true(m.decoded);
		assert_memory_equal(m.body.p, "hello hello hello", 17);
		body_is("another text, another text");
		assert_int_equal(h1_message_write(&m, false, &w, &why), 0);
		buf_clear(&out);
		assert_int_equal(coding_undo(span_str(codings[i]), buf_span(&w.body), &coding_limits_default, &out, &r), 0);
		struct span got = r.changed ? buf_span(&out) : buf_span(&w.body);
		assert_int_equal(got.n, 26);
		assert_memory_equal(got.p, "another text, another text", 26);
	}
	buf_fini(&coded);
	buf_fini(&out);
}

static void
test_a_coding_that_is_not_known(void **state)
{
	(void)state;
	set("HTTP/1.1 200 OK\r\nContent-Encoding: foo\r\n\r\n", "", "abc");
	assert_false(m.decoded);
	writes("HTTP/1.1 200 OK\r\nContent-Encoding: foo\r\nContent-Length: 3\r\n\r\n", "abc", "");
	/* Named by the edit: it cannot be applied. */
	m.decoded = true;
	refuses("the coding foo is not known");
	/* Broken data stays as it is. */
	set("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "", "not gzip");
	assert_false(m.decoded);
}

static void
text_is(const char *want, bool body)
{
	struct buf out;

	buf_init(&out, H1_MESSAGE_TEXT_MAX_BYTES);
	h1_message_text(&m, body, &out);
	buf_add(&out, "", 1);
	assert_string_equal(out.p, want);
	buf_fini(&out);
}

static void
test_text_there_and_back(void **state)
{
	unsigned line;

	(void)state;
	set("POST /x HTTP/1.1\r\nHost: h\r\nA:\r\nContent-Length: 3\r\n\r\n", "", "a\nb");
	text_is("POST /x HTTP/1.1\nHost: h\nA:\nContent-Length: 3\n\na\nb", true);
	text_is("POST /x HTTP/1.1\nHost: h\nA:\nContent-Length: 3\n\n", false);
	assert_int_equal(h1_message_from_text(&m, SPAN_LIT("PUT /y HTTP/1.1\r\nHost:h\r\nB: c: d\r\n\r\nnew\r\nbody"), true, &line, &why), 0);
	writes("PUT /y HTTP/1.1\r\nHost: h\r\nB: c: d\r\nContent-Length: 9\r\n\r\n", "new\r\nbody", "");
	/* Without body: what is there stays. */
	assert_int_equal(h1_message_from_text(&m, SPAN_LIT("PUT /z HTTP/1.1\nHost: h"), false, &line, &why), 0);
	writes("PUT /z HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", "new\r\nbody", "");
}

/* RFC 9112 3.2.2: what is shown and what is sent. */
static void
test_host_follows_the_target(void **state)
{
	(void)state;
	set("GET http://old.test/a HTTP/1.1\r\nA: b\r\nhOst: old.test\r\n\r\n", "", "");
	free(m.start);
	m.start = mem_strdup("GET http://new.test:8080/a HTTP/1.1");
	writes("GET http://new.test:8080/a HTTP/1.1\r\nA: b\r\nhOst: new.test:8080\r\n\r\n", "", "");
	h1_fields_remove(&m.fields, 1);
	writes("GET http://new.test:8080/a HTTP/1.1\r\nHost: new.test:8080\r\nA: b\r\n\r\n", "", "");
	free(m.start);
	m.start = mem_strdup("GET https://[::1] HTTP/1.1");
	writes("GET https://[::1] HTTP/1.1\r\nHost: [::1]\r\nA: b\r\n\r\n", "", "");
	set("GET /a HTTP/1.1\r\nHost: mine\r\n\r\n", "", "");
	writes("GET /a HTTP/1.1\r\nHost: mine\r\n\r\n", "", "");
}

static void
test_text_that_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned line;
		const char *why;
	} row[] = {
	    {"", 0, 1, "request line"},
	    {"\nHost: h\n", 9, 1, "request line"},
	    {"GET / HTTP/1.1\nHost: h\nnonsense\n\n", 33, 3, "NAME: VALUE"},
	    {"GET / HTTP/1.1\n: h\n\n", 20, 2, "NAME: VALUE"},
	    {"GET / HTTP/1.1\nA: b\n folded\n\n", 29, 3, "NAME: VALUE"},
	    {"GET / HTTP/1.1\nA: \0b\n\n", 22, 2, "NUL"},
	};
	unsigned line;

	(void)state;
	set("GET / HTTP/1.1\r\nHost: kept\r\n\r\n", "", "");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		assert_int_not_equal(h1_message_from_text(&m, span_of(row[i].text, row[i].n), true, &line, &why), 0);
		assert_int_equal(line, row[i].line);
		assert_non_null(strstr(why.text, row[i].why));
		writes("GET / HTTP/1.1\r\nHost: kept\r\n\r\n", "", "");
	}
}

static void
test_edits_that_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} row[] = {
	    {"GET  / HTTP/1.1\nHost: h\n", "space"},
	    {"GET / HTTP/3\nHost: h\n", "version"},
	    {"GET /\nHost: h\n", ""},
	    {"GET / HTTP/1.1\n", "Host"},
	    {"GET / HTTP/1.1\nHost: h\nHost: i\n", "Host"},
	    {"GET / HTTP/1.1\nHost: h\nBad Name: x\n", ""},
	};
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		set("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", "");
		assert_int_equal(h1_message_from_text(&m, span_str(row[i].text), true, &line, &why), 0);
		refuses(row[i].why);
		assert_true(why.text[0]);
	}
}

static void
test_limits(void **state)
{
	char *big = mem_zalloc(HTTP_HEAD_MAX_BYTES + 1);

	(void)state;
	set("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", "");
	memset(big, 'a', HTTP_HEAD_MAX_BYTES - 100);
	h1_fields_insert(&m.fields, 1, "X", big);
	assert_int_equal(h1_message_write(&m, false, &w, &why), 0);
	memset(big, 'a', HTTP_HEAD_MAX_BYTES);
	h1_fields_set(&m.fields, 1, "X", big);
	refuses("larger than 64 KiB");
	free(big);
}

static void
test_fields(void **state)
{
	(void)state;
	set("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", "", "");
	h1_fields_move(&m.fields, 1, 3);
	writes("GET / HTTP/1.1\r\nHost: h\r\nB: 2\r\nC: 3\r\nA: 1\r\n\r\n", "", "");
	h1_fields_move(&m.fields, 3, 0);
	h1_fields_set(&m.fields, 0, "aA", "x\r\nInjected: y");
	h1_fields_remove(&m.fields, 2);
	writes("GET / HTTP/1.1\r\naA: x\r\nHost: h\r\nC: 3\r\n\r\n", "", "");
	assert_int_equal(h1_fields_find(&m.fields, "AA"), 0);
	assert_int_equal(h1_fields_find(&m.fields, "zz"), 3);
	struct h1_message other;
	h1_message_init(&other, false);
	h1_message_copy(&other, &m);
	assert_true(h1_message_equal(&other, &m));
	h1_fields_set(&other.fields, 0, "aA", "y");
	assert_false(h1_message_equal(&other, &m));
	h1_message_fini(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_unchanged, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_length_follows_the_body, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_chunked_stays_chunked, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_length_may_be_kept, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_body_where_none_may_be, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_codings_are_applied_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_coding_that_is_not_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_text_there_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_host_follows_the_target, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_text_that_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_edits_that_are_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
