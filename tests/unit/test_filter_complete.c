/* SPDX-License-Identifier: MIT
 * Completion of header fields in expressions: names and values as the flows have them, with how many have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow_fixture.h"
#include "ui/filter_complete.h"

static void
feed(struct flow_store *s, enum fact_type type, flow_key flow, const char *text)
{
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n);

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->method_n = type == FACT_REQUEST ? 3 : 0;
	h->status = type == FACT_REQUEST ? 0 : 200;
	h->state = type == FACT_REQUEST ? FLOW_S_WAIT : FLOW_S_BODY;
	apply(s, h, type, 0, flow, 1000000);
	free(h);
}

static struct flow_store *
traffic(void)
{
	struct flow_store *s = store(1 << 20);

	for (flow_key i = 1; i <= 3; i++) {
		feed(s, FACT_REQUEST, i, i == 1 ? "GET / HTTP/1.1\r\nHost: a.test\r\nX-Team: blue\r\nx-team: BLUE sky\r\n\r\n"
		                                : "GET / HTTP/1.1\r\nHost: a.test\r\nX-TEAM: red\r\n\r\n");
		feed(s, FACT_RESPONSE, i, "HTTP/1.1 200 OK\r\nServer: nginx\r\nX-Team: back\r\nX-Evil: a\x1b]0;b\r\n\r\n");
	}
	return s;
}

/* The items as "text count", one a line. */
static void
expect(struct flow_store *s, const char *line, const char *want)
{
	static struct flow_values v;
	static struct completion c;
	char got[8192];
	size_t n = 0;

	filter_complete(&v, s, line, strlen(line), &c);
	while (flow_values_turn(&v, UINT64_MAX))
		filter_complete(&v, s, line, strlen(line), &c);
	got[0] = '\0';
	for (unsigned i = 0; i < c.n; i++)
		n += (size_t)snprintf(got + n, sizeof got - n, "%s%llu\n", c.item[i].text, (unsigned long long)c.item[i].count);
	flow_values_end(&v);
	got[strlen(want) < n ? strlen(want) : n] = '\0';
	assert_string_equal(got, want);
}

static void
test_names(void **state)
{
	struct flow_store *s = traffic();

	(void)state;
	expect(s, "header[x", "x-evil] 3\nx-team] 3\n");
	expect(s, "header[X-T", "x-team] 3\n");
	expect(s, "req.header[", "host] 3\nx-team] 3\naccept] 0\n");
	expect(s, "res.header[s", "server] 3\nset-cookie] 0\nstrict-transport-security] 0\n");
	expect(s, "marked and not req.header[ser", "");
	expect(s, "header[zz", "");
	flow_store_free(s);
}

static void
test_names_without_flows(void **state)
{
	struct flow_store *s = store(1 << 20);

	(void)state;
	expect(s, "req.header[co", "content-encoding] 0\ncontent-length] 0\ncontent-type] 0\ncookie] 0\n");
	expect(s, "res.header[e", "etag] 0\n");
	flow_store_free(s);
}

/* What looks like a pattern and is text. */
static void
test_text_like_pattern(void **state)
{
	static const char *const cases[][2] = {{"path ~ ^/v1", "^/v1"}, {"req.body ~ ^edit", "^edit"}, {"path ~x$", "x$"}, {"path !~ a.*b", "a.*b"},
	    {"code = 200 and path ~ /x$ or host ~ api", "/x$"}, {"header[server] ~ ^nginx", "^nginx"}, {"host ~ api and path ~ ^/a", "^/a"},
	    {"path ~ \"^/v1\"", NULL}, {"path ~ /^v1$/", NULL}, {"path ~ v1", NULL}, {"path ~ a.b", NULL}, {"~u ^/v1", NULL}, {"path = ^/v1", NULL},
	    {"path ~ ^", NULL}, {"path ~", NULL}, {"", NULL}, {"~", NULL}, {"^a", NULL}, {"comment ~ \"a ~ ^b\"", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span got = filter_text_like_pattern(cases[i][0]);
		if (!cases[i][1] ? got.p != NULL : !got.p || !span_eq(got, span_str(cases[i][1])))
			fail_msg("%s: got %.*s", cases[i][0], (int)got.n, got.p ? got.p : "");
	}
}

/* A flow that has a value in both messages has it once. */
static void
test_values(void **state)
{
	struct flow_store *s = traffic();

	(void)state;
	expect(s, "header[X-team] = ", "back 3\nred 2\n\"BLUE sky\" 1\nblue 1\n");
	expect(s, "req.header[ x-team ] = b", "\"BLUE sky\" 1\nblue 1\n");
	expect(s, "res.header[x-team] ~ ", "back 3\n");
	expect(s, "res.header[x-evil] = ", "\"a\x1b]0;b\" 3\n");
	expect(s, "header[server] in (", "nginx 3\n");
	expect(s, "header[none] = ", "");
	expect(s, "~h ", "");
	flow_store_free(s);
}

/* What is collected follows the cursor though the flows stay. */
static void
test_begins_anew(void **state)
{
	static struct flow_values v;
	static struct completion c;
	struct flow_store *s = traffic();
	const char *const lines[] = {"header[ser", "header[server] = ", "header[x-evil] = ", "host = "};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		filter_complete(&v, s, lines[i], strlen(lines[i]), &c);
		assert_true(flow_values_turn(&v, UINT64_MAX));
		filter_complete(&v, s, lines[i], strlen(lines[i]), &c);
		assert_false(flow_values_turn(&v, UINT64_MAX));
	}
	flow_values_end(&v);
	flow_store_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_names_without_flows),
	    cmocka_unit_test(test_values), cmocka_unit_test(test_begins_anew), cmocka_unit_test(test_text_like_pattern)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
