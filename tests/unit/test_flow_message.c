/* SPDX-License-Identifier: MIT
 * Messages of WebSockets as the store keeps them, and the session file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow_message.h"
#include "session_fixture.h"

static void
feed_open(struct flow_store *s, flow_key k)
{
	struct fact_state v = {.state = FLOW_S_STREAM, .proto = FLOW_WS};

	feed_head(s, FACT_REQUEST, 0, k, 1000000);
	feed_head(s, FACT_RESPONSE, 0, k, 2000000);
	apply(s, &v, FACT_STATE, 0, k, 2000000);
}

static void
feed(struct flow_store *s, flow_key k, enum flow_dir dir, enum flow_message_what what, uint32_t number, const char *data)
{
	size_t n = strlen(data);
	struct block *b = n ? block_new(n) : NULL;
	struct fact_message m = {.dir = (uint8_t)dir, .opcode = 1, .what = (uint8_t)what, .number = number, .block = b, .n = (uint32_t)n};

	if (b)
		memcpy(b->p, data, n);
	apply(s, &m, FACT_MESSAGE, 0, k, 3000000 + number * 1000);
}

static void
feed_hold(struct flow_store *s, flow_key k, enum flow_dir dir, uint32_t number, const char *data)
{
	struct fact_held h = {.dir = (uint8_t)dir, .rule = 1};

	feed(s, k, dir, FLOW_MESSAGE_HELD, number, data);
	h.f.size = sizeof h;
	apply(s, &h, FACT_HELD, 0, k, 3000000);
}

static void
feed_go(struct flow_store *s, flow_key k)
{
	struct fact_state v = {.state = FLOW_S_STREAM, .proto = FLOW_WS};

	apply(s, &v, FACT_STATE, 0, k, 4000000);
}

static void
check(const struct flow *f, unsigned i, enum flow_dir dir, enum flow_message_what what, uint32_t number, const char *sent)
{
	const struct flow_message *m = &f->detail->messages->at[i];

	assert_true(i < f->detail->messages->n);
	assert_int_equal(m->dir, dir);
	assert_int_equal(m->what, what);
	assert_int_equal(m->number, number);
	assert_int_equal(m->opcode, 1);
	assert_true(sent ? span_eq(m->sent, span_str(sent)) : !m->sent.p);
	assert_int_equal(m->mono_ns - f->mono_ns, 2000000 + number * 1000);
}

/* What all tests begin with: one of each kind. */
static void
feed_all(struct flow_store *s, flow_key k)
{
	feed_open(s, k);
	feed(s, k, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 1, "");
	feed_hold(s, k, FLOW_RESPONSE, 1, "as it came");
	feed(s, k, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 2, "");
	feed(s, k, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, 1, "edited");
	feed_go(s, k);
	feed_hold(s, k, FLOW_RESPONSE, 2, "to be dropped");
	feed(s, k, FLOW_RESPONSE, FLOW_MESSAGE_DROPPED, 2, "");
	feed_go(s, k);
	feed(s, k, FLOW_REQUEST, FLOW_MESSAGE_INJECTED, 0, "mine");
	feed_hold(s, k, FLOW_REQUEST, 3, "let go");
	feed_go(s, k);
	feed(s, k, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 4, "");
}

static void
check_all(const struct flow *f)
{
	assert_non_null(f->detail->messages);
	assert_int_equal(f->detail->messages->n, 7);
	check(f, 0, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 1, NULL);
	check(f, 1, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, 1, "edited");
	check(f, 2, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 2, NULL);
	check(f, 3, FLOW_RESPONSE, FLOW_MESSAGE_DROPPED, 2, NULL);
	check(f, 4, FLOW_REQUEST, FLOW_MESSAGE_INJECTED, 0, "mine");
	check(f, 5, FLOW_REQUEST, FLOW_MESSAGE_HELD, 3, NULL);
	check(f, 6, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 4, NULL);
	assert_true(f->edited);
}

static uint64_t
memory(struct flow_store *s)
{
	struct flow_store_stats st;

	flow_store_stats(s, &st);
	return st.memory_bytes;
}

static void
test_kinds(void **state)
{
	struct flow_store *s = store(1 << 20);

	(void)state;
	feed_all(s, 1);
	check_all(flow_store_find(s, 1));
	/* What has gone on does not stay in memory a second time. */
	for (unsigned i = 0; i < 7; i++)
		assert_null(flow_store_find(s, 1)->detail->messages->at[i].came.p);
	flow_store_free(s);
}

static void
test_the_held_one(void **state)
{
	struct flow_store *s = store(1 << 20);
	const struct flow *f;

	(void)state;
	feed_open(s, 1);
	f = flow_store_find(s, 1);
	assert_null(flow_message_held(f));
	feed_hold(s, 1, FLOW_REQUEST, 1, "one");
	assert_true(span_eq(flow_message_held(f)->came, SPAN_LIT("one")));
	/* The other direction goes on. */
	feed(s, 1, FLOW_RESPONSE, FLOW_MESSAGE_SEEN, 1, "");
	assert_int_equal(flow_message_held(f)->number, 1);
	feed_go(s, 1);
	assert_null(flow_message_held(f));
	feed_hold(s, 1, FLOW_RESPONSE, 2, "two");
	assert_true(span_eq(flow_message_held(f)->came, SPAN_LIT("two")));
	/* A word about one that is not held changes nothing. */
	feed(s, 1, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 2, "");
	feed(s, 1, FLOW_REQUEST, FLOW_MESSAGE_EDITED, 1, "late");
	assert_false(f->edited);
	flow_store_free(s);
}

static void
test_limit(void **state)
{
	struct flow_store *s = store(64 << 20);

	(void)state;
	feed_open(s, 1);
	uint64_t before = memory(s);
	for (uint32_t i = 1; i <= FLOW_MESSAGES_MAX + 10; i++)
		feed(s, 1, FLOW_RESPONSE, FLOW_MESSAGE_SEEN, i, "");
	feed_hold(s, 1, FLOW_RESPONSE, FLOW_MESSAGES_MAX + 11, "no room");
	const struct flow *f = flow_store_find(s, 1);
	assert_int_equal(f->detail->messages->n, FLOW_MESSAGES_MAX);
	assert_null(flow_message_held(f));
	assert_true(memory(s) - before >= FLOW_MESSAGES_MAX * sizeof(struct flow_message));
	flow_store_free(s);
}

/* The same flows after it leave the same behind, whether it had messages or not. */
static uint64_t
memory_after(bool messages)
{
	static char large[4000];
	struct flow_store *s = store(1 << 20);

	memset(large, 'x', sizeof large - 1);
	feed_open(s, 1);
	for (unsigned i = 0; messages && i < 200; i++) {
		feed(s, 1, FLOW_REQUEST, FLOW_MESSAGE_INJECTED, 0, large);
		feed_hold(s, 1, FLOW_RESPONSE, i + 1, large);
		feed(s, 1, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, i + 1, "short");
		feed_go(s, 1);
	}
	if (messages)
		assert_true(memory(s) > 200 * sizeof large);
	feed_end(s, 0, 1, FLOW_S_DONE, "");
	for (flow_key k = 2; k < 20000; k++)
		feed_exchange(s, k, 0);
	assert_null(flow_store_find(s, 1));
	uint64_t n = memory(s);
	flow_store_free(s);
	return n;
}

static void
test_memory_comes_back(void **state)
{
	(void)state;
	uint64_t with = memory_after(true), without = memory_after(false);
	assert_true((with > without ? with - without : without - with) < 1000);
}

static void
test_a_copy(void **state)
{
	struct flow_store *s = store(1 << 20);
	bool gone;

	(void)state;
	feed_all(s, 1);
	assert_int_equal(flow_store_duplicate(s, 1, &gone), 2);
	feed_end(s, 0, 1, FLOW_S_DONE, "");
	const struct flow *f = flow_store_find(s, 2);
	assert_int_equal(f->detail->messages->n, 7);
	check(f, 1, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, 1, "edited");
	flow_store_free(s);
}

static void
test_the_file(void **state)
{
	struct place p;
	struct errmsg why;

	(void)state;
	place_make(&p);
	struct flow_store *s = store_writing(&p, 1 << 20);
	feed_open(s, 1);
	feed(s, 1, FLOW_REQUEST, FLOW_MESSAGE_SEEN, 1, "");
	feed_hold(s, 1, FLOW_RESPONSE, 1, "as it came");
	/* Until it stands in the file; what becomes of it is told later. */
	uint64_t end = clock_mono_ns() + SESSION_DEADLINE_MS * 1000000ull;
	const struct flow_messages *all = flow_store_find(s, 1)->detail->messages;
	while (all->saved < 2 && clock_mono_ns() < end)
		turn(s);
	assert_int_equal(all->saved, 2);
	feed(s, 1, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, 1, "edited");
	assert_int_equal(all->saved, 1);
	feed_all(s, 2);
	feed_end(s, 0, 2, FLOW_S_DONE, "");
	close_whole(s);

	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	check_all(opened(s, 2));
	const struct flow *f = opened(s, 1);
	assert_int_equal(f->detail->messages->n, 2);
	check(f, 1, FLOW_RESPONSE, FLOW_MESSAGE_EDITED, 1, "edited");
	close_whole(s);
	place_remove(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_the_held_one),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_memory_comes_back),
	    cmocka_unit_test(test_a_copy),
	    cmocka_unit_test(test_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
