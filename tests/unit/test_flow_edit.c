/* SPDX-License-Identifier: MIT
 * Flows that are held, edited, repeated, commented and copied; the event log; all of it with a session file too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/flow_db.h"
#include "flow/flow_message.h"
#include "session_fixture.h"

static const char edited_response[] = "HTTP/1.1 418 No\r\nContent-Type: text/html\r\n\r\n";

static void
feed_state(struct flow_store *s, flow_key flow, enum flow_state state)
{
	struct fact_state v = {.state = (uint8_t)state, .proto = FLOW_H1};

	apply(s, &v, FACT_STATE, 0, flow, 9);
}

static void
check_body(const struct flow_body *b, const char *want)
{
	char out[256];
	size_t n = flow_body_copy(b, out, sizeof out);

	assert_true(span_eq(span_of(out, n), span_str(want)));
	assert_int_equal(b->kept, n);
	assert_int_equal(b->seen, n);
}

static struct flow_store_stats
stats(struct flow_store *s)
{
	struct flow_store_stats st;

	flow_store_stats(s, &st);
	return st;
}

static void
check_all_given_back(struct flow_store *s)
{
	uint64_t number[8];

	assert_int_equal(flow_store_held(s, number, 8), 0);
	flow_store_free(s);
}

/* ---- held ---- */

static void
test_the_held_queue(void **state)
{
	struct flow_store *s = store(1 << 20);
	uint64_t number[2];

	(void)state;
	for (flow_key k = 1; k <= 4; k++)
		feed_head(s, FACT_REQUEST, 0, k, 1000000);
	feed_held(s, 3, 3000, FLOW_REQUEST);
	feed_held(s, 1, 4000, FLOW_REQUEST);
	feed_held(s, 4, 3500, FLOW_REQUEST); /* another worker's, a little late */
	assert_int_equal(flow_store_held(s, number, 2), 2);
	assert_true(number[0] == 3 && number[1] == 4);
	assert_true(stats(s).held == 3 && stats(s).held_since_ns == 3000);
	const struct flow *f = flow_store_find(s, 3);
	assert_true(f->state == FLOW_S_HELD && f->detail->hold.rule == 3 && f->detail->hold.hold_ms == 5000);
	assert_true(f->detail->hold.kill_after && f->detail->hold.since_ns == 3000);
	feed_state(s, 3, FLOW_S_WAIT);
	assert_true(f->detail->hold.since_ns == 0 && f->detail->hold.rule == 0);
	assert_true(stats(s).held == 2 && stats(s).held_since_ns == 3500);
	feed_end(s, 0, 4, FLOW_S_ERROR, "client closed");
	feed_head(s, FACT_RESPONSE, 0, 1, 2000000);
	assert_true(stats(s).held == 0 && stats(s).held_since_ns == 0);
	feed_held(s, 1, 5000, FLOW_RESPONSE);
	feed_held(s, 1, 6000, FLOW_RESPONSE); /* held anew without a word in between */
	assert_true(stats(s).held == 1 && stats(s).held_since_ns == 6000);
	feed_held(s, 99, 1, FLOW_REQUEST); /* over already */
	assert_int_equal(stats(s).held, 1);
	flow_store_free(s);
}

/* What people take is none of the server's time; how long the client waited is told all the same. */
static void
test_time_held(void **state)
{
	struct flow_store *s = store(1 << 20);
	enum { MS = 1000000 };

	(void)state;
	feed_head(s, FACT_REQUEST, 0, 1, MS);
	feed_held(s, 1, 2 * MS, FLOW_REQUEST);
	feed_held(s, 1, 102 * MS, FLOW_REQUEST);
	feed_edit_at(s, 1, FLOW_REQUEST, edited_request, 502 * MS);
	feed_head(s, FACT_RESPONSE, 0, 1, 531 * MS);
	feed_held(s, 1, 540 * MS, FLOW_RESPONSE);
	const struct flow *f = flow_store_find(s, 1);
	assert_int_equal(flow_ttfb_us(f), 30000);
	assert_int_equal(flow_response_ns(f), 531 * MS);
	struct fact_flow_end e = {.state = FLOW_S_DONE};
	apply(s, &e, FACT_FLOW_END, 0, 1, 1540 * MS);
	assert_true(f->detail->held_us[0] == 500000 && f->detail->held_us[1] == 1000000);
	assert_int_equal(flow_ttfb_us(f), 30000);
	assert_int_equal(flow_duration_us(f, 0), 1539000);
	/* What the ClientHello of its connection waited is over when the request begins. */
	struct fact_flow_open o = {.proto = FLOW_TLS, .port = 443, .tls = true};
	struct fact_held hello = {.rule = 1, .hello = true};
	struct fact_conn_open c = {.wall_ns = 1};
	apply(s, &c, FACT_CONN_OPEN, 9, 0, MS);
	apply(s, &o, FACT_FLOW_OPEN, 9, 3, MS);
	apply(s, &hello, FACT_HELD, 9, 3, 2 * MS);
	f = flow_store_find(s, 2);
	assert_true(flow_hello_held(f) && stats(s).held == 1);
	assert_string_equal(flow_held_what(f), "hello");
	feed_head(s, FACT_REQUEST, 0, 3, 900 * MS);
	assert_true(flow_conn(f)->hello_held_us == 898000 && f->detail->held_us[0] == 0);
	assert_true(!flow_hello_held(f) && stats(s).held == 0);
	feed_head(s, FACT_RESPONSE, 0, 3, 910 * MS);
	assert_int_equal(flow_ttfb_us(f), 10000);
	assert_int_equal(flow_response_ns(f), 910 * MS);
	/* An answer of our own ends the hold. */
	feed_head(s, FACT_REQUEST, 0, 2, MS);
	feed_held(s, 2, 2 * MS, FLOW_REQUEST);
	feed_head(s, FACT_RESPONSE, 0, 2, 7 * MS);
	f = flow_store_find(s, 3);
	assert_true(flow_ttfb_us(f) == 1000 && f->detail->held_us[0] == 5000 && f->detail->held_us[1] == 0);
	check_all_given_back(s);
}

static void
test_a_held_message_stays_whole(void **state)
{
	struct flow_store *s = store(1 << 20);

	(void)state;
	feed_head(s, FACT_REQUEST, 0, 1, 1000000);
	feed_bytes(s, 1, FLOW_REQUEST, "first ", 2);
	feed_held(s, 1, 2000000, FLOW_REQUEST);
	feed_head(s, FACT_REQUEST, 0, 2, 1000000);
	feed_bytes(s, 2, FLOW_REQUEST, "first ", 2);
	for (flow_key k = 10; k <= 4000; k++)
		feed_exchange(s, k, 2000);
	feed_bytes(s, 1, FLOW_REQUEST, "second", 3);
	check_body(flow_body(flow_store_find(s, 1), FLOW_REQUEST), "first second");
	assert_true(flow_body(flow_store_find(s, 2), FLOW_REQUEST)->shed);
	assert_true(stats(s).memory_bytes < 1 << 20);
	flow_store_free(s);
}

/* ---- edited ---- */

static void
test_an_edit_keeps_the_original(void **state)
{
	struct flow_store *s = store(1 << 20);
	uint64_t before = stats(s).memory_bytes;

	(void)state;
	feed_head(s, FACT_REQUEST, 0, 1, 1000000);
	feed_bytes(s, 1, FLOW_REQUEST, "old", 2);
	feed_held(s, 1, 3, FLOW_REQUEST);
	feed_edit(s, 1, FLOW_REQUEST, edited_request);
	feed_bytes(s, 1, FLOW_REQUEST, "newer", 4);
	const struct flow *f = flow_store_find(s, 1);
	assert_true(f->edited && f->state == FLOW_S_WAIT && stats(s).held == 0);
	assert_true(span_eq(f->method, SPAN_LIT("PUT")) && span_eq(f->path, SPAN_LIT("/new")));
	assert_true(span_eq(f->host, SPAN_LIT("n.test")) && f->port == 80);
	assert_int_equal(f->bytes[FLOW_REQUEST], 5);
	assert_true(span_eq(flow_original(f, FLOW_REQUEST)->head, span_str(request)));
	check_body(&flow_original(f, FLOW_REQUEST)->body, "old");
	check_body(flow_body(f, FLOW_REQUEST), "newer");
	assert_null(flow_original(f, FLOW_RESPONSE));
	/* Edited once more, with a head that does not name the host: the first one stays the original. */
	feed_edit(s, 1, FLOW_REQUEST, "PUT /last HTTP/1.1\r\n\r\n");
	feed_bytes(s, 1, FLOW_REQUEST, "last", 4);
	assert_true(span_eq(f->host, SPAN_LIT("n.test")) && span_eq(f->path, SPAN_LIT("/last")));
	check_body(&flow_original(f, FLOW_REQUEST)->body, "old");
	check_body(flow_body(f, FLOW_REQUEST), "last");
	feed_head(s, FACT_RESPONSE, 0, 1, 7000000);
	feed_edit(s, 1, FLOW_RESPONSE, edited_response);
	assert_true(f->status == 418 && span_eq(f->content_type, SPAN_LIT("text/html")));
	assert_int_equal(flow_response_ns(f), 7000000);
	assert_true(span_eq(flow_original(f, FLOW_RESPONSE)->head, span_str(response)));
	feed_end(s, 0, 1, FLOW_S_DONE, "");
	assert_true(stats(s).memory_bytes > before);
	check_all_given_back(s);
}

/* Everything that was charged is given back when the flow goes. */
static void
test_edits_are_accounted(void **state)
{
	struct flow_store *s = store(1 << 20);

	(void)state;
	for (flow_key k = 1; k <= 20000; k++) {
		feed_head(s, FACT_REQUEST, 0, k, 1000000);
		feed_bytes(s, k, FLOW_REQUEST, "the body as it came", 2);
		feed_edit(s, k, FLOW_REQUEST, edited_request);
		feed_bytes(s, k, FLOW_REQUEST, "the body as it went", 4);
		feed_end(s, 0, k, FLOW_S_DONE, "");
	}
	assert_in_range(stats(s).memory_bytes, 1 << 19, 1 << 20);
	const struct flow *f = flow_store_find(s, flow_store_first(s));
	assert_true(f->edited && !f->detail && span_eq(f->path, SPAN_LIT("/new")));
	assert_in_range(f->summary_bytes, 64, 300);
	const struct flow *last = flow_store_find(s, flow_store_last(s));
	check_body(&flow_original(last, FLOW_REQUEST)->body, "the body as it came");
	flow_store_free(s);
}

/* ---- replays, activity, events ---- */

static void
test_replays_know_what_they_repeat(void **state)
{
	struct flow_store *s = store(1 << 20);

	(void)state;
	feed_sent(s, 5, 41); /* before the flow */
	feed_head(s, FACT_REQUEST, 0, 4, 1000000);
	feed_head(s, FACT_REQUEST, 0, 5, 1000000);
	feed_sent(s, 4, 42); /* after it */
	assert_true(flow_store_find(s, 1)->replay && flow_store_find(s, 1)->detail->replay_of == 42);
	assert_true(flow_store_find(s, 2)->replay && flow_store_find(s, 2)->detail->replay_of == 41);
	feed_sent(s, 77, 43); /* one that never comes */
	feed_head(s, FACT_REQUEST, 0, 6, 1000000);
	assert_false(flow_store_find(s, 3)->replay);
	flow_store_free(s);
}

static void
test_activity(void **state)
{
	struct flow_store *s = store(1 << 20);
	static const uint8_t first[8] = {0, 0, 0, 0, 0, 0, 3, 1}, later[8] = {1, 1, 1, 1, 1, 1, 1, 2};
	const uint64_t second = 1000000000;

	(void)state;
	feed_head(s, FACT_REQUEST, 0, 1, second);
	const struct flow *f = flow_store_find(s, 1);
	feed_bytes(s, 1, FLOW_REQUEST, "123", 2 * second - 1);
	feed_bytes(s, 1, FLOW_RESPONSE, "4", 2 * second - 1);
	feed_bytes(s, 1, FLOW_RESPONSE, "x", 7 * second);
	assert_memory_equal(f->activity, first, 8);
	assert_int_equal(f->activity_s, 6);
	for (uint64_t i = 8; i < 20; i++)
		feed_bytes(s, 1, FLOW_RESPONSE, "x", i * second);
	feed_bytes(s, 1, FLOW_RESPONSE, "y", 19 * second + 5);
	assert_memory_equal(f->activity, later, 8);
	assert_int_equal(f->activity_s, 18);
	assert_int_equal(flow_rate(f, 19 * second + 9), 1); /* the second before */
	feed_bytes(s, 1, FLOW_RESPONSE, "zzz", 20 * second);
	assert_int_equal(flow_rate(f, 20 * second + 9), 2);
	assert_int_equal(flow_rate(f, 21 * second), 3);
	assert_int_equal(flow_rate(f, 22 * second), 0); /* nothing comes any more */
	feed_bytes(s, 1, FLOW_RESPONSE, "zz", 25 * second);
	assert_int_equal(flow_rate(f, 25 * second), 0);
	feed_head(s, FACT_REQUEST, 0, 2, second);
	feed_bytes(s, 2, FLOW_REQUEST, "1234", second + 1);
	assert_int_equal(flow_rate(flow_store_find(s, 2), second + second / 2), 8); /* the mean so far */
	flow_store_free(s);
}

static void
test_the_event_log_is_bounded(void **state)
{
	struct flow_store *s = store(1 << 20);
	char *text = mem_zalloc(sizeof(struct fact_event) + 60000);
	struct fact_event *e = (void *)text;

	(void)state;
	assert_int_equal(flow_store_event_end(s), 0);
	assert_null(flow_store_event_at(s, 0));
	feed_head(s, FACT_REQUEST, 0, 1, 1000000);
	e->level = FLOW_EVENT_WARNING;
	e->n = 60000;
	memset(e->text, 'e', 60000);
	apply(s, e, FACT_EVENT, 0, 1, 9);
	const struct flow_event *v = flow_store_event_at(s, 0);
	assert_true(v->flow == 1 && v->level == FLOW_EVENT_WARNING && strlen(v->text) == FLOW_EVENT_TEXT_MAX);
	e->n = 0;
	apply(s, e, FACT_EVENT, 0, 99, 9);
	assert_true(flow_store_event_at(s, 1)->flow == 0 && !flow_store_event_at(s, 1)->text[0]);
	for (int i = 0; i < FLOW_EVENTS_MAX + 5; i++)
		flow_store_event(s, FLOW_EVENT_INFO, 0, "line");
	assert_int_equal(flow_store_event_end(s) - flow_store_event_first(s), FLOW_EVENTS_MAX);
	assert_null(flow_store_event_at(s, flow_store_event_first(s) - 1));
	assert_non_null(flow_store_event_at(s, flow_store_event_first(s)));
	assert_null(flow_store_event_at(s, flow_store_event_end(s)));
	free(text);
	flow_store_free(s);
}

/* ---- comments and copies ---- */

static void
test_comments(void **state)
{
	struct flow_store *s = store(1 << 20);
	struct errmsg why;
	char *long_text = mem_zalloc(FLOW_COMMENT_MAX + 2);

	(void)state;
	feed_exchange(s, 1, 10);
	uint64_t before = stats(s).memory_bytes;
	assert_int_equal(flow_store_comment(s, 1, "look here", &why), 0);
	assert_string_equal(flow_store_find(s, 1)->comment, "look here");
	assert_true(stats(s).memory_bytes > before);
	memset(long_text, 'c', FLOW_COMMENT_MAX);
	assert_int_equal(flow_store_comment(s, 1, long_text, &why), 0);
	long_text[FLOW_COMMENT_MAX] = 'c';
	assert_int_equal(flow_store_comment(s, 1, long_text, &why), ERR_LIMIT);
	assert_string_equal(why.text, "a comment has 1024 bytes at most");
	assert_int_equal(flow_store_comment(s, 2, "x", &why), ERR_NOTFOUND);
	assert_int_equal(flow_store_comment(s, 1, "", &why), 0);
	assert_null(flow_store_find(s, 1)->comment);
	assert_int_equal(stats(s).memory_bytes, before);
	free(long_text);
	flow_store_free(s);
}

static void
test_a_copy_is_a_flow_of_its_own(void **state)
{
	struct flow_store *s = store(1 << 20);
	struct errmsg why;
	bool gone;

	(void)state;
	feed_head(s, FACT_REQUEST, 0, 1, 1000000);
	feed_bytes(s, 1, FLOW_REQUEST, "old", 2);
	feed_edit(s, 1, FLOW_REQUEST, edited_request);
	feed_bytes(s, 1, FLOW_REQUEST, "new", 2);
	feed_head(s, FACT_RESPONSE, 0, 1, 2000000);
	assert_int_equal(flow_store_comment(s, 1, "why", &why), 0);
	flow_store_mark(s, 1, true);
	assert_int_equal(flow_store_duplicate(s, 1, &gone), 2);
	const struct flow *f = flow_store_find(s, 2);
	assert_true(f->ended && f->state == FLOW_S_DONE && f->end_ns && !f->marked && !f->edited && !f->replay);
	assert_string_equal(f->comment, "why");
	assert_true(span_eq(f->path, SPAN_LIT("/new")) && span_eq(f->content_type, SPAN_LIT("text/plain")));
	assert_true(span_eq(flow_head(f, FLOW_REQUEST), span_str(edited_request)));
	assert_true(span_eq(flow_head(f, FLOW_RESPONSE), span_str(response)));
	check_body(flow_body(f, FLOW_REQUEST), "new");
	assert_true(stats(s).active == 1 && stats(s).total == 2);
	/* The one it was made of goes on alone. */
	feed_end(s, 0, 1, FLOW_S_ERROR, "reset");
	assert_true(f->state == FLOW_S_DONE && !f->why);
	assert_int_equal(flow_store_duplicate(s, 1, &gone), 3);
	assert_string_equal(flow_store_find(s, 3)->why, "reset");
	assert_int_equal(flow_store_duplicate(s, 9, &gone), 0);
	assert_true(gone);
	flow_store_free(s);
}

/* ---- with a session file ---- */

static const struct flow *
row(struct flow_store *s, uint64_t number)
{
	uint64_t end = clock_mono_ns() + SESSION_DEADLINE_MS * 1000000ull;
	const struct flow *f = NULL;
	bool gone = false;

	while (!(f = flow_store_row(s, number, &gone)) && !gone && clock_mono_ns() < end)
		turn(s);
	assert_non_null(f);
	return f;
}

static void
feed_edited(struct flow_store *s, flow_key k)
{
	feed_head(s, FACT_REQUEST, 0, k, 1000000);
	feed_bytes(s, k, FLOW_REQUEST, "one ", 2);
	turn(s); /* some of it may be in the file before the edit */
	feed_bytes(s, k, FLOW_REQUEST, "two", 2);
	feed_edit(s, k, FLOW_REQUEST, edited_request);
	feed_bytes(s, k, FLOW_REQUEST, "gone", 3);
	feed_edit(s, k, FLOW_REQUEST, edited_request);
	feed_bytes(s, k, FLOW_REQUEST, "three ", 4);
	feed_bytes(s, k, FLOW_REQUEST, "four", 4);
	feed_head(s, FACT_RESPONSE, 0, k, 2000000);
	feed_end(s, 0, k, FLOW_S_DONE, "");
}

static void
check_edited(const struct flow *f)
{
	assert_true(f->edited && span_eq(f->path, SPAN_LIT("/new")));
	assert_true(span_eq(flow_head(f, FLOW_REQUEST), span_str(edited_request)));
	assert_non_null(flow_original(f, FLOW_REQUEST));
	assert_null(flow_original(f, FLOW_RESPONSE));
	assert_true(span_eq(flow_original(f, FLOW_REQUEST)->head, span_str(request)));
	check_body(&flow_original(f, FLOW_REQUEST)->body, "one two");
	check_body(flow_body(f, FLOW_REQUEST), "three four");
}

static void
test_the_file_keeps_it_all(void **state)
{
	struct place p;
	struct errmsg why;

	(void)state;
	place_make(&p);
	struct flow_store *s = store_writing(&p, 1 << 20);
	feed_edited(s, 1);
	feed_sent(s, 2, 1);
	feed_exchange(s, 2, 100);
	feed_head(s, FACT_REQUEST, 0, 3, 1000000);
	feed_held(s, 3, 9, FLOW_REQUEST);
	/* All but the newest leaves memory. */
	for (flow_key k = 10; k < 4000; k++) {
		feed_exchange(s, k, 1000);
		while (flow_store_congested(s))
			turn(s);
	}
	assert_null(flow_store_find(s, 1));
	check_edited(opened(s, 1));
	assert_int_equal(flow_store_comment(s, 1, "about \xe2\x82\xac", &why), 0);
	assert_int_equal(flow_store_comment(s, 2, "goes again", &why), 0);
	assert_string_equal(row(s, 1)->comment, "about \xe2\x82\xac");
	assert_string_equal(opened(s, 1)->comment, "about \xe2\x82\xac");
	flow_store_mark(s, 2, true);
	assert_true(opened(s, 2)->replay && opened(s, 2)->detail->replay_of == 1);
	assert_int_equal(flow_store_comment(s, 2, "", &why), 0);
	assert_null(row(s, 2)->comment);
	close_whole(s);

	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	check_edited(opened(s, 1));
	assert_string_equal(opened(s, 1)->comment, "about \xe2\x82\xac");
	assert_true(row(s, 1)->edited && !row(s, 1)->replay && row(s, 2)->replay && !row(s, 2)->edited);
	assert_true(!row(s, 2)->comment && row(s, 2)->marked && opened(s, 2)->detail->replay_of == 1);
	assert_true(row(s, 3)->state == FLOW_S_HELD && row(s, 3)->ended && row(s, 3)->why);
	assert_int_equal(stats(s).held, 0);
	/* Read only: a comment is known, and nowhere written. */
	assert_int_equal(flow_store_comment(s, 3, "mine", &why), 0);
	assert_string_equal(row(s, 3)->comment, "mine");
	assert_int_equal(flow_store_comment(s, 999999, "mine", &why), ERR_NOTFOUND);
	close_whole(s);
	place_remove(&p);
}

static void
test_a_copy_of_what_left_memory(void **state)
{
	struct place p;
	struct errmsg why;
	bool gone = false;
	uint64_t copy = 0;

	(void)state;
	place_make(&p);
	struct flow_store *s = store_writing(&p, 1 << 20);
	feed_edited(s, 1);
	assert_int_equal(flow_store_comment(s, 1, "to be copied", &why), 0);
	close_whole(s);
	s = store_writing(&p, 1 << 20);
	while (!(copy = flow_store_duplicate(s, 1, &gone)) && !gone)
		turn(s);
	assert_int_equal(copy, 2);
	close_whole(s);
	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	const struct flow *f = opened(s, 2);
	assert_string_equal(f->comment, "to be copied");
	check_body(flow_body(f, FLOW_REQUEST), "three four");
	assert_true(span_eq(f->path, SPAN_LIT("/new")) && !f->edited);
	close_whole(s);
	place_remove(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_held_queue),
	    cmocka_unit_test(test_time_held),
	    cmocka_unit_test(test_a_held_message_stays_whole),
	    cmocka_unit_test(test_an_edit_keeps_the_original),
	    cmocka_unit_test(test_edits_are_accounted),
	    cmocka_unit_test(test_replays_know_what_they_repeat),
	    cmocka_unit_test(test_activity),
	    cmocka_unit_test(test_the_event_log_is_bounded),
	    cmocka_unit_test(test_comments),
	    cmocka_unit_test(test_a_copy_is_a_flow_of_its_own),
	    cmocka_unit_test(test_the_file_keeps_it_all),
	    cmocka_unit_test(test_a_copy_of_what_left_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
