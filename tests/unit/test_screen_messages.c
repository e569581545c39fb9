/* SPDX-License-Identifier: MIT
 * The tab Messages of event streams and gRPC, drawn into memory and compared with tests/unit/screens. UPDATE=1 rewrites those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "screen_fixture.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/term.h"

static uint64_t told = 1; /* the flow that facts are about */

static void
tell(struct fixture *fx, void *fact, enum fact_type type, unsigned ms)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->flow = told;
	f->mono_ns = FIXTURE_MONO_NS + ms * 1000000ull;
	flow_store_apply(fx->store, f);
	free(fact);
}

static void
tell_head(struct fixture *fx, enum flow_dir dir, const char *text)
{
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);
	const char *host = strstr(text, "Host: "), *type = strstr(text, "Content-Type: ");

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->wall_ns = FIXTURE_WALL_NS;
	h->port = 80;
	h->state = dir == FLOW_REQUEST ? FLOW_S_WAIT : FLOW_S_BODY;
	if (dir == FLOW_REQUEST) {
		h->method_n = (uint32_t)strcspn(text, " ");
		h->path_off = h->method_n + 1;
		h->path_n = (uint32_t)strcspn(text + h->path_off, " ");
		h->host_off = (uint32_t)(host + 6 - text);
		h->host_n = (uint32_t)strcspn(host + 6, "\r");
	} else {
		h->status = 200;
		h->type_off = (uint32_t)(type + 14 - text);
		h->type_n = (uint32_t)strcspn(type + 14, "\r");
	}
	tell(fx, h, dir == FLOW_REQUEST ? FACT_REQUEST : FACT_RESPONSE, dir == FLOW_REQUEST ? 0 : 20);
}

static void
tell_body(struct fixture *fx, enum flow_dir dir, struct span bytes, unsigned ms)
{
	struct fact_body *b = mem_zalloc(sizeof *b + bytes.n + 1);

	b->dir = (uint8_t)dir;
	b->n = b->kept_n = (uint32_t)bytes.n;
	memcpy(b->data, bytes.p, bytes.n);
	tell(fx, b, FACT_BODY, ms);
}

static void
tell_end(struct fixture *fx)
{
	struct fact_flow_end *e = mem_zalloc(sizeof *e + 1);

	e->state = FLOW_S_DONE;
	tell(fx, e, FACT_FLOW_END, 40);
}

static void
fill_events(struct fixture *fx)
{
	tell_head(fx, FLOW_REQUEST, "GET /v1/stream HTTP/1.1\r\nHost: live.example.test\r\n\r\n");
	tell_head(fx, FLOW_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
	tell_body(fx, FLOW_RESPONSE, SPAN_LIT(": hello\n\nretry: 3000\nid: 1\ndata: {\"t\":\"price\",\"s\":\"ABC\",\"p\":101.25}\n\n"), 30);
	tell_body(fx, FLOW_RESPONSE,
	    SPAN_LIT("event: chat\ndata: line one\ndata: line two\n\n"
		     "event: a-name-that-is-long\r\nid: 2\r\ndata: \x1b]0;PWNED\x07 \x1b[31m\r\n\r\n"
		     "data\n\n"
		     "data: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567\n\n"
		     "data: not yet"), 77);
}

#define MESSAGE "\x08\x96\x01\x12\x07testing\x1a\x06\x08\x01\x12\x02" "ab" "\x21\0\0\0\0\0\0\xf8\x3f"

static void
tell_other(struct fixture *fx, uint64_t flow)
{
	told = flow;
	tell_head(fx, FLOW_REQUEST, "GET /other HTTP/1.1\r\nHost: live.example.test\r\n\r\n");
	tell_end(fx);
	told = 1;
}

static void
fill_grpc(struct fixture *fx)
{
	tell_head(fx, FLOW_REQUEST,
	    "POST /shop.Cart/Add HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/grpc-web+proto\r\n\r\n");
	tell_body(fx, FLOW_REQUEST, SPAN_LIT("\0\0\0\0\x0c\x08\x96\x01\x12\x07testing"), 5);
	tell_head(fx, FLOW_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\n\r\n");
	tell_body(fx, FLOW_RESPONSE, SPAN_LIT("\0\0\0\0\x1d" MESSAGE), 30);
	tell_body(fx, FLOW_REQUEST, SPAN_LIT("\0\0\0\0\0"), 35); /* both sides at once, as streams of gRPC are */
	tell_body(fx, FLOW_RESPONSE,
	    SPAN_LIT("\1\0\0\0\3abc" "\0\0\0\0\4\x08\1\7x"
		     "\x80\0\0\0\x37" "grpc-status:5\r\ngrpc-message:no%20such%20\x1b[31mthing%0a\r\n"), 38);
	tell_end(fx);
}

static void
fill_broken(struct fixture *fx)
{
	tell_head(fx, FLOW_REQUEST, "POST /shop.Cart/Add HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/grpc\r\n\r\n");
	tell_body(fx, FLOW_REQUEST, SPAN_LIT("\0\0\0\0\2\x08\1" "{\"not\": \"gRPC\"}"), 5);
	tell_head(fx, FLOW_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
	tell_body(fx, FLOW_RESPONSE, SPAN_LIT("<html>"), 30);
	tell_end(fx);
}

/* Of which the summary alone is left in memory. */
static void
fill_events_shed(struct fixture *fx)
{
	fill_events(fx);
	flow_store_limit_memory(fx->store, 1);
	tell_end(fx);
}

static void
screen_one(const char *what, const char *keys, void (*fill)(struct fixture *), int rows, int cols)
{
	struct screen s;
	char name[64];

	screen_open(&s, "xterm-256color", rows, cols);
	clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
	fill(&s.fx);
	app_tick(s.app);
	app_draw(s.app);
	screen_keys(&s, keys);
	snprintf(name, sizeof name, "%s-%dx%d", what, cols, rows);
	screen_expect(&s, name);
	screen_close(&s);
}

static void
screen_sizes(const char *what, const char *keys, void (*fill)(struct fixture *))
{
	static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		screen_one(what, keys, fill, sizes[i][0], sizes[i][1]);
}

static void
test_events(void **state)
{
	(void)state;
	screen_sizes("sse", "\r6", fill_events);
	screen_one("sse-unfolded", "\r6\r", fill_events, 36, 80);
	screen_one("sse-found", "\r6/line two\r", fill_events, 24, 80);
	screen_sizes("sse-filter", "\r6ftype=chat size>9\r", fill_events);
	screen_one("sse-shed", "\r6", fill_events_shed, 24, 80);
	screen_sizes("sse-list", "", fill_events);
}

static bool
shows(struct screen *s, const char *words)
{
	struct buf b;

	screen_dump(s, &b);
	buf_add(&b, "", 1);
	bool found = strstr(b.p, words);
	buf_fini(&b);
	return found;
}

/* Help lies over its messages while it leaves memory. */
static void
test_gone(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	fill_events(&s.fx);
	tell_end(&s.fx);
	app_tick(s.app);
	app_draw(s.app);
	screen_keys(&s, "\r6h");
	flow_store_limit_memory(s.fx.store, 1);
	for (uint64_t n = 2; n < 1000; n++)
		tell_other(&s.fx, n);
	app_tick(s.app);
	screen_keys(&s, "q");
	assert_true(shows(&s, "Flow 1 is no longer kept: memory limit, see --memory"));
	assert_false(shows(&s, "message 1/"));
	screen_keys(&s, "jF");
	assert_true(shows(&s, "nothing is followed here"));
	cmd_run(s.app, "message-filter dir=in");
	assert_true(shows(&s, "there are no messages here"));
	screen_keys(&s, "f"); /* as everywhere but in a list of messages */
	assert_true(shows(&s, "Filter: "));
	screen_close(&s);
}

/* What is read of a long message stays where it is while others come. */
static void
test_read_on(void **state)
{
	struct screen s;
	struct buf b;

	(void)state;
	screen_open(&s, "xterm-256color", 24, 80);
	fill_events(&s.fx);
	buf_init(&b, 4096);
	for (int i = 0; i < 100; i++)
		buf_addf(&b, "%sdata: row %d\n", i ? "" : "\n\n", i);
	buf_add_str(&b, "\n");
	tell_body(&s.fx, FLOW_RESPONSE, buf_span(&b), 80);
	buf_fini(&b);
	app_tick(s.app);
	app_draw(s.app);
	screen_keys(&s, "\r6\r  ");
	assert_true(shows(&s, "row 40\n"));
	clock_stop(FIXTURE_MONO_NS + 3000000000, FIXTURE_WALL_NS + 3000000000);
	tell_body(&s.fx, FLOW_RESPONSE, SPAN_LIT("data: more\n\n"), 90);
	app_tick(s.app);
	assert_true(shows(&s, "message 7/8"));
	assert_true(shows(&s, "row 40\n"));
	screen_close(&s);
}

/* The screen becomes too small for two panes while the filter of the messages is asked for. */
static void
test_filter_without_its_pane(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, "xterm-256color", 36, 120);
	fill_events(&s.fx);
	app_tick(s.app);
	app_draw(s.app);
	screen_keys(&s, "-\t6f");
	screen_keys(&s, "dir=in");
	term_set_size(s.term, 12, 40);
	app_draw(s.app);
	screen_keys(&s, "\r");
	assert_true(shows(&s, "the messages are no longer shown"));
	screen_close(&s);
}

static void
test_grpc(void **state)
{
	(void)state;
	screen_sizes("grpc", "\r6", fill_grpc);
	screen_one("grpc-unfolded", "\r6\r", fill_grpc, 36, 80);
	screen_sizes("grpc-broken", "\r6", fill_broken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_grpc),
	    cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_read_on),
	    cmocka_unit_test(test_filter_without_its_pane),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
