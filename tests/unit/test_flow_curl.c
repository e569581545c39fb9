/* SPDX-License-Identifier: MIT
 * Command lines of curl: a shell reads them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "flow/flow_curl.h"

enum { OUT_MAX = 4 << 20 };

/* What the shell prints, in a buffer of the caller's. */
static void
shell(const char *script, struct buf *out)
{
	char name[] = "/tmp/test_flow_curl-XXXXXX", command[80];
	int fd = mkstemp(name);
	FILE *f = fdopen(fd, "w");

	assert_true(fd >= 0);
	fputs(script, f);
	fclose(f);
	snprintf(command, sizeof command, "sh %s", name);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	buf_init(out, OUT_MAX);
	for (int c; (c = fgetc(p)) != EOF;) {
		char byte = (char)c;
		buf_add(out, &byte, 1);
	}
	assert_int_equal(pclose(p), 0);
	remove(name);
}

static void
expect_word(const char *p, size_t n)
{
	struct buf script, out;

	buf_init(&script, OUT_MAX);
	buf_add_str(&script, "printf %s ");
	assert_int_equal(flow_curl_word(&script, span_of(p, n)), 0);
	for (size_t i = 0; i < script.n; i++)
		assert_true((unsigned char)script.p[i] >= ' ' && script.p[i] != 0x7f);
	buf_add(&script, "", 1);
	shell(script.p, &out);
	assert_int_equal(out.n, n);
	assert_memory_equal(buf_span(&out).p, p, n);
	buf_fini(&script);
	buf_fini(&out);
}

static void
test_words(void **state)
{
	static const char *const words[] = {"", "plain", "two words", "it's", "a\\b\\n", "$HOME `id` $(id) \"x\" !x ~ * ?", "-n", "%s%d%%",
	    "a\tb", "\033]0;x\007y", "\x80\xff\xfe", "line\nline", "-\001", "'\001'", "\\\001\\", "%\001%", "7\0017", "\xe6\x97\xa5",
	    "\xe2\x80\xaetxt", "a\n\nb"};
	char all[255];

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		expect_word(words[i], strlen(words[i]));
	for (int i = 0; i < 255; i++)
		all[i] = (char)(255 - i);
	expect_word(all, sizeof all);
}

/* A flow with one request. */
struct sample {
	struct flow flow;
	struct flow_detail detail;
	struct flow_piece piece;
};

static struct flow *
sample(struct sample *s, const char *method, const char *path, const char *head, const char *body, size_t body_n)
{
	memset(s, 0, sizeof *s);
	s->flow.number = 7;
	s->flow.method = span_str(method);
	s->flow.host = SPAN_LIT("h.test");
	s->flow.path = span_str(path);
	s->flow.port = 80;
	s->flow.detail = &s->detail;
	s->detail.head[FLOW_REQUEST] = span_str(head);
	s->piece = (struct flow_piece){.p = body, .n = (uint32_t)body_n};
	s->detail.body[FLOW_REQUEST] =
	    (struct flow_body){.piece = &s->piece, .npieces = body_n > 0, .kept = body_n, .seen = body_n};
	return &s->flow;
}

static void
expect_line(const struct flow *f, const char *want)
{
	struct errmsg why;
	struct buf out;

	buf_init(&out, OUT_MAX);
	assert_int_equal(flow_curl_add(&out, f, &why), 0);
	buf_add(&out, "", 1);
	assert_string_equal(out.p, want);
	buf_fini(&out);
}

#define QUIET "User-Agent: x\r\nAccept: */*\r\n"
#define HOST "Host: h.test\r\n"

static void
test_lines(void **state)
{
	static const struct {
		const char *method, *path, *head, *body, *want;
	} cases[] = {
	    {"GET", "/", "GET / HTTP/1.1\r\n" HOST QUIET "\r\n", "", "curl -H 'User-Agent: x' -H 'Accept: */*' http://h.test/"},
	    {"GET", "/?a=b&c", "GET / HTTP/1.1\r\n" HOST "\r\n", "", "curl -H User-Agent: -H Accept: 'http://h.test/?a=b&c'"},
	    {"GET", "/", "GET / HTTP/1.0\r\nHost: other\r\nX-E:\r\nProxy-Authorization: secret\r\nUser-Agent: \r\naccept:  a \r\n\r\n", "",
		"curl --http1.0 -H 'Host: other' -H 'X-E;' -H 'User-Agent;' -H 'accept: a' http://h.test/"},
	    {"HEAD", "/", "HEAD / HTTP/1.1\r\n" HOST QUIET "Accept-Encoding: gzip\r\n\r\n", "",
		"curl -I --compressed -H 'User-Agent: x' -H 'Accept: */*' -H 'Accept-Encoding: gzip' http://h.test/"},
	    {"POST", "/p", "POST /p HTTP/1.1\r\n" HOST QUIET "Content-Length: 3\r\nContent-Type: t/x\r\n\r\n", "@'b",
		"curl -H 'User-Agent: x' -H 'Accept: */*' -H 'Content-Type: t/x' --data-raw '@'\\''b' http://h.test/p"},
	    {"PUT", "/p", "PUT /p HTTP/1.1\r\n" HOST QUIET "Content-Length: 0\r\n\r\n", "",
		"curl -X PUT -H 'User-Agent: x' -H 'Accept: */*' -H Content-Type: --data-raw '' http://h.test/p"},
	    {"POST", "/p", "POST /p HTTP/1.1\r\n" HOST QUIET "Content-Type: t/x\r\nTransfer-Encoding: chunked\r\n\r\n", "a\n%\xff",
		"printf 'a\\012%%\\377' | curl -H 'User-Agent: x' -H 'Accept: */*' -H 'Content-Type: t/x' -H 'Transfer-Encoding: chunked' "
		"--data-binary @- http://h.test/p"},
	    {"GET", "/a/../b#c", "GET /a/../b#c HTTP/1.1\r\n" HOST QUIET "\r\n", "",
		"curl -H 'User-Agent: x' -H 'Accept: */*' --request-target '/a/../b#c' http://h.test/"},
	    {"GET", "/.well-known/[x]", "GET /.well-known/[x] HTTP/1.1\r\n" HOST QUIET "\r\n", "",
		"curl -H 'User-Agent: x' -H 'Accept: */*' -g 'http://h.test/.well-known/[x]'"},
	    {"GET", "/%2E%2e/x", "GET / HTTP/1.1\r\n" HOST QUIET "\r\n", "",
		"curl -H 'User-Agent: x' -H 'Accept: */*' --request-target /%2E%2e/x http://h.test/"},
	    {"OPTIONS", "*", "OPTIONS * HTTP/1.1\r\n" HOST QUIET "\r\n", "",
		"curl -X OPTIONS -H 'User-Agent: x' -H 'Accept: */*' --request-target '*' http://h.test/"},
	};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_line(sample(&s, cases[i].method, cases[i].path, cases[i].head, cases[i].body, strlen(cases[i].body)),
		    cases[i].want);
	struct flow *f = sample(&s, "GET", "/", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n" QUIET "\r\n", "", 0);
	f->host = SPAN_LIT("::1");
	f->port = 8443;
	f->tls = true;
	expect_line(f, "curl --http1.1 -H 'User-Agent: x' -H 'Accept: */*' -g 'https://[::1]:8443/'");
}

/* All byte values in a body, and more of it than an argument takes: what curl reads is what was sent. */
static void
test_bodies_reach_curl(void **state)
{
	static const size_t sizes[] = {1, 256, 200000};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *body = mem_alloc(sizes[i]);
		struct errmsg why;
		struct buf script, out;
		for (size_t k = 0; k < sizes[i]; k++)
			body[k] = (char)(k * (k > 255 ? 31 : 1));
		buf_init(&script, OUT_MAX);
		buf_add_str(&script, "curl() { cat; }\n");
		assert_int_equal(
		    flow_curl_add(&script, sample(&s, "POST", "/", "POST / HTTP/1.1\r\n" HOST "\r\n", body, sizes[i]), &why), 0);
		buf_add(&script, "", 1);
		shell(script.p, &out);
		assert_int_equal(out.n, sizes[i]);
		assert_memory_equal(out.p, body, sizes[i]);
		buf_fini(&script);
		buf_fini(&out);
		free(body);
	}
}

static void
test_refusals(void **state)
{
	struct sample s;
	struct errmsg why;
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	struct flow *f = sample(&s, "POST", "/", "POST / HTTP/1.1\r\n" HOST "\r\n", "abc", 3);
	assert_int_equal(flow_curl_add(&out, f, &why), ERR_LIMIT);
	buf_clear(&out);
	s.detail.body[FLOW_REQUEST].seen = 4;
	assert_int_equal(flow_curl_add(&out, f, &why), ERR_REFUSED);
	assert_non_null(strstr(why.text, "not kept whole"));
	f->detail = NULL;
	assert_int_equal(flow_curl_add(&out, f, &why), ERR_REFUSED);
	assert_int_equal(flow_curl_url(&out, f, &why), 0);
	assert_memory_equal(out.p, "http://h.test/", 14);
	f->method = SPAN_NONE;
	assert_int_equal(flow_curl_add(&out, f, &why), ERR_NOTFOUND);
	assert_int_equal(flow_curl_url(&out, f, &why), ERR_NOTFOUND);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_bodies_reach_curl),
	    cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
