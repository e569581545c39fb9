/* SPDX-License-Identifier: MIT
 * Facts become flows; the budget is kept; what is open or marked stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow_map.h"
#include "flow_fixture.h"

static void
test_an_exchange_becomes_a_row(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct flow_store_stats st;
	feed_exchange(s, 77, 10);
	struct flow *f = flow_store_find(s, 1);
	assert_non_null(f);
	assert_true(span_eq(f->method, SPAN_LIT("GET")));
	assert_true(span_eq(f->host, SPAN_LIT("h.test")));
	assert_true(span_eq(f->path, SPAN_LIT("/path")));
	assert_true(span_eq(f->content_type, SPAN_LIT("text/plain")));
	assert_int_equal(f->status, 200);
	assert_int_equal(f->state, FLOW_S_DONE);
	assert_int_equal(f->bytes[FLOW_RESPONSE], 10);
	assert_int_equal(flow_ttfb_us(f), 1000);
	assert_int_equal(flow_duration_us(f, 0), 4000);
	assert_true(span_eq(flow_head_field(f, FLOW_REQUEST, "host"), SPAN_LIT("h.test")));
	assert_null(flow_head_field(f, FLOW_REQUEST, "hos").p);
	char out[16];
	assert_int_equal(flow_body_copy(flow_body(f, FLOW_RESPONSE), out, sizeof out), 10);
	flow_store_stats(s, &st);
	assert_int_equal(st.total, 1);
	assert_int_equal(st.active, 0);
	assert_int_equal(st.by_state[FLOW_S_DONE], 1);
	flow_store_free(s);
}

static void
test_a_connection_row_becomes_its_first_request(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct fact_conn_open open = {.client = "127.0.0.1:5"};
	struct fact_flow_open *o = mem_zalloc(sizeof *o + 6);
	o->proto = FLOW_TCP;
	o->host_n = 6;
	memcpy(o->host, "tunnel", 6);
	apply(s, &open, FACT_CONN_OPEN, 9, 0, 1);
	apply(s, o, FACT_FLOW_OPEN, 9, 10, 1);
	free(o);
	assert_true(span_eq(flow_store_find(s, 1)->host, SPAN_LIT("tunnel")));
	feed_head(s, FACT_REQUEST, 9, 10, 2);
	assert_int_equal(flow_store_last(s), 1);
	assert_int_equal(flow_store_find(s, 1)->proto, FLOW_H1);
	assert_string_equal(flow_conn(flow_store_find(s, 1))->client, "127.0.0.1:5");
	struct fact close = {0};
	apply(s, &close, FACT_CONN_CLOSE, 9, 0, 3);
	assert_false(flow_conn(flow_store_find(s, 1))->open);
	flow_store_free(s);
}

static void
count_ended(void *arg, const struct flow *f)
{
	unsigned *n = arg;

	(void)f;
	++*n;
}

/* Flows that end before it is known which process the client is are told of when it is, or when they leave memory. */
static void
test_the_process_of_a_client(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct fact_conn_open open = {.client = "127.0.0.1:5", .process_due = true};
	struct fact_conn_process curl = {.pid = 4711, .name = "curl"}, none = {.pid = 0};
	struct fact close = {0};
	unsigned ended = 0;
	flow_store_watch(s, &(struct flow_watcher){.ended = count_ended, .arg = &ended});
	apply(s, &open, FACT_CONN_OPEN, 9, 0, 1);
	apply(s, &open, FACT_CONN_OPEN, 10, 0, 1);
	feed_head(s, FACT_REQUEST, 9, 20, 2);
	feed_end(s, 9, 20, FLOW_S_DONE, "");
	feed_head(s, FACT_REQUEST, 10, 21, 2);
	feed_end(s, 10, 21, FLOW_S_DONE, "");
	feed_head(s, FACT_REQUEST, 9, 22, 2);
	apply(s, &close, FACT_CONN_CLOSE, 10, 0, 3);
	assert_int_equal(ended, 0);
	uint32_t version = flow_store_find(s, 1)->version;
	apply(s, &curl, FACT_CONN_PROCESS, 9, 0, 4);
	assert_int_equal(ended, 1);
	assert_true(flow_store_find(s, 1)->version != version);
	assert_string_equal(flow_conn(flow_store_find(s, 3))->process, "curl");
	assert_int_equal(flow_conn(flow_store_find(s, 1))->pid, 4711);
	assert_true(flow_conn(flow_store_find(s, 2))->process_due);
	apply(s, &none, FACT_CONN_PROCESS, 10, 0, 5);
	assert_int_equal(ended, 2);
	assert_false(flow_conn(flow_store_find(s, 2))->process_due);
	feed_end(s, 9, 22, FLOW_S_DONE, "");
	apply(s, &close, FACT_CONN_CLOSE, 9, 0, 6);
	assert_int_equal(ended, 3);
	/* Late, or of nobody: nothing happens. */
	apply(s, &curl, FACT_CONN_PROCESS, 9, 0, 7);
	apply(s, &curl, FACT_CONN_PROCESS, 99, 0, 7);
	/* Pushed out by others while it is being looked for. */
	apply(s, &open, FACT_CONN_OPEN, 11, 0, 8);
	feed_head(s, FACT_REQUEST, 11, 30, 8);
	feed_end(s, 11, 30, FLOW_S_DONE, "");
	assert_int_equal(ended, 3);
	for (unsigned i = 0; i < 2000; i++)
		feed_exchange(s, 100 + i, 2000);
	assert_int_equal(ended, 3 + 1 + 2000);
	apply(s, &curl, FACT_CONN_PROCESS, 11, 0, 9);
	assert_int_equal(ended, 3 + 1 + 2000);
	apply(s, &close, FACT_CONN_CLOSE, 11, 0, 9);
	flow_store_free(s);
}

static void
test_failures_are_counted_with_their_cause(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct flow_store_stats st;
	feed_head(s, FACT_REQUEST, 0, 5, 1);
	feed_end(s, 0, 5, FLOW_S_TLS_FAILED, "client alert unknown_ca (48)");
	flow_store_stats(s, &st);
	assert_int_equal(st.failed, 1);
	assert_string_equal(flow_store_find(s, 1)->why, "client alert unknown_ca (48)");
	flow_store_free(s);
}

static void
feed_open(struct flow_store *s, flow_key flow, const char *pattern)
{
	struct fact_flow_open open = {.proto = FLOW_TCP, .port = 443};
	size_t n = strlen(pattern);
	struct fact_pass *p = mem_zalloc(sizeof *p + n);

	apply(s, &open, FACT_FLOW_OPEN, 0, flow, 1);
	p->n = (uint16_t)n;
	memcpy(p->pattern, pattern, n);
	apply(s, p, FACT_PASS, 0, flow, 2);
	free(p);
}

static void
test_what_passes_unread_is_counted_only(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct flow_store_stats st;
	struct fact_body b = {.dir = FLOW_RESPONSE, .n = 5000};
	bool gone;
	feed_open(s, 5, "*.h.test");
	apply(s, &b, FACT_BODY, 0, 5, 3);
	struct flow *f = flow_store_find(s, 1);
	assert_int_equal(f->state, FLOW_S_PASS);
	assert_string_equal(f->why, "(passthrough *.h.test)");
	assert_true(span_eq(flow_passed_by(f), SPAN_LIT("*.h.test")));
	assert_true(f->proto == FLOW_TLS && f->tls && !f->ended && f->bytes[FLOW_RESPONSE] == 5000);
	feed_end(s, 0, 5, FLOW_S_PASS, "");
	assert_true(f->ended && f->state == FLOW_S_PASS && span_eq(flow_passed_by(f), SPAN_LIT("*.h.test")));
	assert_false(flow_body_shed(f, FLOW_RESPONSE));
	flow_store_stats(s, &st);
	assert_true(st.by_state[FLOW_S_PASS] == 1 && st.failed == 0 && st.active == 0 && st.shed_bytes == 0);
	assert_int_equal(flow_store_find(s, flow_store_duplicate(s, 1, &gone))->state, FLOW_S_PASS);
	feed_open(s, 6, "h.test");
	feed_end(s, 0, 6, FLOW_S_ERROR, "idle (passthrough h.test)");
	f = flow_store_find(s, 3);
	assert_string_equal(f->why, "idle (passthrough h.test)");
	assert_null(flow_passed_by(f).p);
	flow_store_free(s);
}

static void
test_memory_stays_under_the_budget(void **state)
{
	(void)state;
	struct flow_store *s = store(2 << 20);
	struct flow_store_stats st;
	for (flow_key k = 1; k <= 20000; k++)
		feed_exchange(s, k, 1000);
	flow_store_stats(s, &st);
	assert_in_range(st.memory_bytes, 1 << 20, 2 << 20);
	assert_int_equal(st.total, 20000);
	assert_int_equal(st.evicted, 20000 - (flow_store_last(s) - flow_store_first(s) + 1));
	/* The newest is whole, an old one still a row. */
	assert_non_null(flow_head(flow_store_find(s, 20000), FLOW_RESPONSE).p);
	assert_false(flow_body_shed(flow_store_find(s, 20000), FLOW_RESPONSE));
	struct flow *old = flow_store_find(s, flow_store_first(s));
	assert_true(flow_body_shed(old, FLOW_RESPONSE));
	assert_true(span_eq(old->host, SPAN_LIT("h.test")));
	assert_true(span_eq(old->path, SPAN_LIT("/path")));
	flow_store_free(s);
}

static void
test_marked_and_open_flows_stay(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	feed_head(s, FACT_REQUEST, 0, 1, 1); /* stays open */
	feed_exchange(s, 2, 100);
	flow_store_mark(s, 2, true);
	for (flow_key k = 3; k < 10000; k++)
		feed_exchange(s, k, 1000);
	/* They do not keep what came after them. */
	struct flow_store_stats st;
	flow_store_stats(s, &st);
	assert_in_range(st.memory_bytes, 1 << 19, 1 << 20);
	assert_true(flow_store_first(s) > 3 && !flow_store_find(s, 3));
	assert_non_null(flow_head(flow_store_find(s, 1), FLOW_REQUEST).p);
	assert_int_equal(flow_body(flow_store_find(s, 2), FLOW_RESPONSE)->kept, 100);
	feed_end(s, 0, 1, FLOW_S_DONE, "");
	assert_null(flow_store_find(s, 1));
	flow_store_mark(s, 2, false);
	assert_null(flow_store_find(s, 2));
	flow_store_free(s);
}

static void
test_a_summary_is_small(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	for (flow_key k = 1; k <= 20000; k++)
		feed_exchange(s, k, 1000);
	struct flow *old = flow_store_find(s, flow_store_first(s));
	assert_null(old->detail);
	assert_in_range(old->summary_bytes, 64, 300);
	flow_store_free(s);
}

static void
test_shared_blocks_are_released(void **state)
{
	(void)state;
	struct flow_store *s = store(1 << 20);
	struct block *b = block_new(BLOCK_BYTES);
	feed_head(s, FACT_REQUEST, 0, 1, 1);
	feed_body(s, 0, 1, BLOCK_BYTES, block_ref(b));
	assert_false(block_sole(b));
	/* A body of a flow nobody knows is not kept. */
	feed_body(s, 0, 999, BLOCK_BYTES, block_ref(b));
	flow_store_free(s);
	assert_true(block_sole(b));
	block_unref(b);
}

/* A POST with that Content-Type, answered with the other one. */
static const struct flow *
called(struct flow_store *s, flow_key flow, const char *asks, const char *answers, unsigned status)
{
	struct fact_state wait = {.state = FLOW_S_WAIT, .proto = FLOW_H1};
	char *text = mem_printf("POST /p HTTP/1.1\r\nContent-Type: %s\r\n\r\n", asks);
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n);

	*h = (struct fact_head){.head_n = (uint32_t)n, .method_n = 4, .state = FLOW_S_REQUEST};
	memcpy(h->head, text, n);
	apply(s, h, FACT_REQUEST, 0, flow, 1);
	free(h);
	free(text);
	apply(s, &wait, FACT_STATE, 0, flow, 2);
	n = strlen(answers);
	h = mem_zalloc(sizeof *h + n);
	*h = (struct fact_head){.head_n = (uint32_t)n, .type_n = (uint32_t)n, .status = (uint16_t)status, .state = FLOW_S_BODY};
	memcpy(h->head, answers, n);
	apply(s, h, FACT_RESPONSE, 0, flow, 3);
	free(h);
	return flow_store_find(s, flow_store_first(s) + flow - 1);
}

static void
test_bodies_of_messages_are_streams(void **state)
{
	(void)state;
	static const struct {
		const char *asks, *answers;
		unsigned status;
		enum flow_proto proto;
	} cases[] = {
	    {"text/plain", "Text/Event-Stream; charset=utf-8", 200, FLOW_SSE},
	    {"text/plain", "text/event-stream", 404, FLOW_H1},
	    {"text/plain", "text/event-streams", 200, FLOW_H1},
	    {"application/grpc", "application/grpc", 200, FLOW_GRPC},
	    {"application/grpc-web+proto", "text/html", 503, FLOW_GRPC},
	    {"text/plain", "application/grpc-web-text", 200, FLOW_GRPC},
	    {"text/plain", "text/html", 200, FLOW_H1},
	};
	struct flow_store *s = store(1 << 20);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct flow *f = called(s, i + 1, cases[i].asks, cases[i].answers, cases[i].status);
		bool plain = cases[i].proto == FLOW_H1;
		assert_int_equal(f->proto, cases[i].proto);
		assert_int_equal(f->state, plain ? FLOW_S_BODY : FLOW_S_STREAM);
		feed_end(s, 0, i + 1, FLOW_S_DONE, "");
		assert_int_equal(f->state, FLOW_S_DONE);
	}
	flow_store_free(s);
}

static void
test_map_finds_after_removals(void **state)
{
	(void)state;
	struct flow_map m;
	flow_map_init(&m);
	for (flow_key k = 1; k <= 5000; k++)
		flow_map_put(&m, k, (void *)(uintptr_t)k);
	for (flow_key k = 1; k <= 5000; k += 2)
		assert_ptr_equal(flow_map_remove(&m, k), (void *)(uintptr_t)k);
	for (flow_key k = 1; k <= 5000; k++)
		assert_ptr_equal(flow_map_find(&m, k), k % 2 ? NULL : (void *)(uintptr_t)k);
	assert_null(flow_map_remove(&m, 1));
	assert_int_equal(m.n, 2500);
	flow_map_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_exchange_becomes_a_row),
	    cmocka_unit_test(test_a_connection_row_becomes_its_first_request),
	    cmocka_unit_test(test_the_process_of_a_client),
	    cmocka_unit_test(test_failures_are_counted_with_their_cause),
	    cmocka_unit_test(test_what_passes_unread_is_counted_only),
	    cmocka_unit_test(test_memory_stays_under_the_budget),
	    cmocka_unit_test(test_marked_and_open_flows_stay),
	    cmocka_unit_test(test_a_summary_is_small),
	    cmocka_unit_test(test_shared_blocks_are_released),
	    cmocka_unit_test(test_bodies_of_messages_are_streams),
	    cmocka_unit_test(test_map_finds_after_removals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
