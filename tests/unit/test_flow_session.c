/* SPDX-License-Identifier: MIT
 * The store with a session file: what leaves memory comes back from the file, nothing is let go before it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/flow_db.h"
#include "flow_fixture.h"

enum { FLOWS = 20000, DEADLINE_MS = 20000 };

struct place {
	char dir[256], file[300];
};

static void
place_make(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof p->dir, "%s/mitmtop-session.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof p->file, "%s/s", p->dir);
}

static void
place_remove(struct place *p)
{
	unlink(p->file);
	assert_int_equal(rmdir(p->dir), 0); /* one plain file is all that was left */
}

static struct flow_store *
store_writing(const struct place *p, uint64_t memory)
{
	struct flow_store *s = store(memory);
	struct errmsg why;

	if (flow_store_write(s, p->file, &why))
		fail_msg("%s", why.text);
	return s;
}

/* One turn, waiting for the file if there is nothing to do. */
static void
turn(struct flow_store *s)
{
	int wait = flow_store_turn(s);
	struct pollfd p = {.fd = flow_store_fd(s), .events = POLLIN};

	poll(&p, 1, wait < 0 || wait > 50 ? 50 : wait);
}

static void
feed_many(struct flow_store *s, flow_key first, flow_key last, size_t body)
{
	for (flow_key k = first; k <= last; k++) {
		feed_exchange(s, k, body);
		while (flow_store_congested(s))
			turn(s);
	}
}

static const struct flow *
opened(struct flow_store *s, uint64_t number)
{
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull;
	const struct flow *f = NULL;
	bool gone = false;

	while (!(f = flow_store_open(s, number, &gone)) && !gone && clock_mono_ns() < end)
		turn(s);
	return f;
}

static const struct flow *
row(struct flow_store *s, uint64_t number)
{
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull;
	const struct flow *f = NULL;
	bool gone = false;

	while (!(f = flow_store_row(s, number, &gone)) && !gone && clock_mono_ns() < end)
		turn(s);
	return f;
}

static void
check_whole(const struct flow *f, uint64_t number, size_t body)
{
	char out[4096];

	assert_non_null(f);
	assert_int_equal(f->number, number);
	assert_true(span_eq(f->host, SPAN_LIT("h.test")));
	assert_true(span_eq(flow_head(f, FLOW_REQUEST), span_str(request)));
	assert_true(span_eq(flow_head(f, FLOW_RESPONSE), span_str(response)));
	assert_int_equal(flow_body_copy(flow_body(f, FLOW_RESPONSE), out, sizeof out), body);
	for (size_t i = 0; i < body; i++)
		assert_int_equal(out[i], 'x');
}

static void
close_whole(struct flow_store *s)
{
	struct errmsg why;

	if (flow_store_close(s, &why))
		fail_msg("%s", why.text);
	flow_store_free(s);
}

static uint64_t
scan_count(struct flow_store *s)
{
	struct flow_scan *scan = flow_scan_new(s, flow_store_first(s), flow_store_last(s));
	const struct flow *f;
	uint64_t n = 0;
	bool wait = false;

	while ((f = flow_scan_next(scan, &wait)) || wait) {
		if (wait) {
			turn(s);
			continue;
		}
		assert_int_equal(f->number, ++n);
	}
	flow_scan_free(scan);
	return n;
}

static void
test_what_left_memory_comes_back(void **state)
{
	(void)state;
	struct place p;
	struct flow_store_stats st;

	place_make(&p);
	struct flow_store *s = store_writing(&p, 2 << 20);
	feed_many(s, 1, FLOWS, 1000);
	flow_store_stats(s, &st);
	assert_int_equal(st.evicted, 0);
	assert_int_equal(st.shed_bytes, 0);
	assert_in_range(st.memory_bytes, 1, 3 << 20);
	assert_int_equal(flow_store_first(s), 1);
	assert_null(flow_store_find(s, 1));
	assert_true(span_eq(row(s, 1)->path, SPAN_LIT("/path")));
	check_whole(opened(s, 1), 1, 1000);
	check_whole(opened(s, FLOWS / 2), FLOWS / 2, 1000);
	check_whole(opened(s, FLOWS), FLOWS, 1000);
	assert_int_equal(scan_count(s), FLOWS);
	close_whole(s);

	/* And another day. */
	struct errmsg why;
	s = store(2 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	assert_int_equal(flow_store_last(s), FLOWS);
	check_whole(opened(s, 7), 7, 1000);
	assert_int_equal(scan_count(s), FLOWS);
	bool gone = false;
	assert_null(flow_store_row(s, FLOWS + 1, &gone));
	flow_store_free(s);
	place_remove(&p);
}

static void
test_a_file_is_continued(void **state)
{
	(void)state;
	struct place p;

	place_make(&p);
	struct flow_store *s = store_writing(&p, 1 << 20);
	feed_many(s, 1, 10, 100);
	flow_store_mark(s, 3, true);
	flow_store_delete(s, 4, true);
	flow_store_delete(s, 5, true);
	flow_store_delete(s, 5, false);
	close_whole(s);
	s = store_writing(&p, 1 << 20);
	assert_int_equal(flow_store_last(s), 10);
	assert_true(flow_set_has(flow_store_marked(s), 3) && flow_store_marked(s)->n == 1);
	assert_true(flow_set_has(flow_store_deleted(s), 4) && flow_store_deleted(s)->n == 1);
	feed_many(s, 11, 20, 100);
	assert_int_equal(flow_store_last(s), 20);
	check_whole(opened(s, 5), 5, 100);
	check_whole(opened(s, 20), 20, 100);
	close_whole(s);
	place_remove(&p);
}

/* A body larger than the budget, while the flow is open. */
static void
test_a_long_body_goes_through_memory(void **state)
{
	(void)state;
	struct place p;
	struct flow_store_stats st;
	enum { PIECES = 800 };

	place_make(&p);
	struct flow_store *s = store_writing(&p, 2 << 20);
	feed_head(s, FACT_REQUEST, 0, 1, 1000000);
	feed_head(s, FACT_RESPONSE, 0, 1, 2000000);
	for (int i = 0; i < PIECES; i++) {
		feed_body(s, 0, 1, BLOCK_BYTES, block_new(BLOCK_BYTES));
		while (flow_store_congested(s))
			turn(s);
	}
	flow_store_stats(s, &st);
	assert_in_range(st.memory_bytes, 1, 3 << 20);
	assert_int_equal(st.shed_bytes, 0);
	struct flow *f = flow_store_find(s, 1);
	assert_int_equal(flow_body(f, FLOW_RESPONSE)->kept, (uint64_t)PIECES * BLOCK_BYTES);
	assert_false(flow_is_whole(f));
	feed_end(s, 0, 1, FLOW_S_DONE, "");
	close_whole(s);
	struct errmsg why;
	s = store(2 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	const struct flow *read = opened(s, 1);
	assert_int_equal(flow_body(read, FLOW_RESPONSE)->kept, (uint64_t)PIECES * BLOCK_BYTES);
	assert_true(flow_body_copy(flow_body(read, FLOW_RESPONSE), NULL, SIZE_MAX) >= 1 << 20);
	flow_store_free(s);
	place_remove(&p);
}

/* The disk is full for a while: flows go on, what is still in memory is written afterwards. */
static void
test_a_full_disk_stops_nothing(void **state)
{
	(void)state;
	struct place p;
	struct rlimit old, small = {.rlim_cur = 256 << 10};
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull;

	place_make(&p);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	struct flow_store *s = store_writing(&p, 64 << 20);
	setrlimit(RLIMIT_FSIZE, &small);
	feed_many(s, 1, 3000, 1000);
	while (!flow_store_problem(s)[0] && clock_mono_ns() < end)
		turn(s);
	assert_true(flow_store_problem(s)[0]);
	struct flow_store_stats st;
	flow_store_stats(s, &st);
	assert_in_range(st.session_bytes, 4096, 2 * (256 << 10)); /* the file and its log */
	feed_many(s, 3001, 6000, 1000);
	assert_non_null(flow_store_find(s, 6000));
	setrlimit(RLIMIT_FSIZE, &old);
	while (flow_store_problem(s)[0] && clock_mono_ns() < end)
		turn(s);
	assert_string_equal(flow_store_problem(s), "");
	close_whole(s);
	struct errmsg why;
	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	assert_int_equal(scan_count(s), 6000);
	flow_store_free(s);
	place_remove(&p);
}

/* Full to the end: memory stays under its budget, and the end says what is missing. */
static void
test_a_disk_that_stays_full_is_told(void **state)
{
	(void)state;
	struct place p;
	struct rlimit old, small = {.rlim_cur = 256 << 10};
	struct flow_store_stats st;
	struct errmsg why;

	place_make(&p);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	struct flow_store *s = store_writing(&p, 2 << 20);
	setrlimit(RLIMIT_FSIZE, &small);
	feed_many(s, 1, FLOWS, 1000);
	flow_store_stats(s, &st);
	assert_in_range(st.memory_bytes, 1, 3 << 20);
	assert_true(flow_store_close(s, &why) < 0);
	assert_non_null(strstr(why.text, "not in the session file"));
	setrlimit(RLIMIT_FSIZE, &old);
	flow_store_free(s);
	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	flow_store_free(s);
	place_remove(&p);
}

static struct rlimit disk_limit;

static void
disk_full(bool on)
{
	struct rlimit r = disk_limit;

	if (on)
		r.rlim_cur = 256 << 10;
	setrlimit(RLIMIT_FSIZE, &r);
}

static struct flow_store *
store_on_full_disk(struct place *p, uint64_t memory)
{
	place_make(p);
	struct flow_store *s = store_writing(p, memory);
	getrlimit(RLIMIT_FSIZE, &disk_limit);
	disk_full(true);
	return s;
}

static void
close_full_disk(struct flow_store *s, const struct place *p, uint64_t flows)
{
	struct errmsg why;
	char words[64];

	snprintf(words, sizeof words, "%llu flows are not in the session file", (unsigned long long)flows);
	assert_true(flow_store_close(s, &why) < 0);
	if (flows && !strstr(why.text, words))
		fail_msg("'%s' does not say '%s'", why.text, words);
	disk_full(false);
	flow_store_free(s);
	unlink(p->file);
	rmdir(p->dir);
}

/* Connections wait to be written too; they must not fill the memory when that is never. */
static void
test_connections_leave_memory_on_a_full_disk(void **state)
{
	(void)state;
	struct place p;
	struct flow_store *s = store_on_full_disk(&p, 2 << 20);
	struct flow_store_stats st;

	for (flow_key k = 1; k <= FLOWS; k++) {
		struct fact_conn_open o = {.wall_ns = 1};
		struct fact_conn_tls t = {.ok = true};
		struct fact end = {0};
		apply(s, &o, FACT_CONN_OPEN, k, 0, 1000);
		apply(s, &t, FACT_CONN_TLS, k, 0, 2000);
		feed_head(s, FACT_REQUEST, k, k, 3000);
		feed_end(s, k, k, FLOW_S_DONE, "");
		apply(s, &end, FACT_CONN_CLOSE, k, 0, 9000);
		while (flow_store_congested(s))
			turn(s);
	}
	flow_store_stats(s, &st);
	assert_in_range(st.memory_bytes, 1, 3 << 20);
	close_full_disk(s, &p, 0);
}

/* What is neither in memory nor in the file is not asked for again and again. */
static void
test_opening_what_a_full_disk_lost(void **state)
{
	(void)state;
	struct place p;
	struct flow_store *s = store_on_full_disk(&p, 2 << 20);
	uint64_t number = flow_store_first(s);
	const struct flow *f = NULL;
	bool gone = false;

	feed_many(s, 1, FLOWS, 1000);
	while (!(f = flow_store_find(s, number)) || f->detail)
		assert_true(++number <= FLOWS);
	f = opened(s, number);
	assert_non_null(f);
	assert_true(flow_body_shed(f, FLOW_RESPONSE));
	/* The answer stays the answer. */
	assert_true(flow_store_open(s, number, &gone) && !gone);
	assert_null(opened(s, 1000));
	close_full_disk(s, &p, FLOWS);
}

/* Flows that were open for long end when their neighbours have left: they are counted as lost too. */
static void
test_open_flows_lost_on_a_full_disk_are_counted(void **state)
{
	(void)state;
	struct place p;
	struct flow_store *s = store_on_full_disk(&p, 1 << 20);

	for (flow_key k = 1; k <= 50; k++)
		feed_head(s, FACT_REQUEST, 0, k, 1000000);
	feed_many(s, 51, FLOWS, 1000);
	assert_non_null(flow_store_find(s, 50));
	for (flow_key k = 1; k <= 50; k++)
		feed_end(s, 0, k, FLOW_S_DONE, "");
	assert_null(flow_store_find(s, 50));
	close_full_disk(s, &p, FLOWS);
}

/* Memory has more than two ranges in the middle of what the file has. */
static void
test_walking_past_many_marked_flows(void **state)
{
	(void)state;
	struct place p;

	place_make(&p);
	struct flow_store *s = store_writing(&p, 1 << 20);
	for (flow_key k = 1; k <= 3 * FLOWS; k++) {
		feed_many(s, k, k, 10);
		if (k > 100 && k <= 2 * FLOWS)
			flow_store_mark(s, k, true);
	}
	/* The file's first range, and then time for the next one to be there. */
	struct flow_scan *scan = flow_scan_new(s, 1, 3 * FLOWS);
	const struct flow *f;
	uint64_t n = 0;
	bool wait = false;
	while ((f = flow_scan_next(scan, &wait)) || wait) {
		if (f)
			assert_int_equal(f->number, ++n);
		if (wait || n == 50)
			turn(s);
		if (n == 50)
			poll(NULL, 0, 100);
	}
	assert_int_equal(n, 3 * FLOWS);
	flow_scan_free(scan);
	close_whole(s);
	place_remove(&p);
}

/* The walk is as long as the file, not as its numbers. */
static void
test_numbers_far_apart(void **state)
{
	(void)state;
	const uint64_t numbers[] = {1, 2, 5000, 1ull << 40, (1ull << 53) - 1};
	struct place p;
	struct errmsg why;

	place_make(&p);
	struct flow_db *db = flow_db_open_write(p.file, &why);
	assert_non_null(db);
	assert_int_equal(flow_db_begin(db, &why), 0);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		assert_int_equal(
		    flow_db_put_flow(db, &(struct flow){.number = numbers[i]}, 0, &why), 0);
	assert_int_equal(flow_db_commit(db, &why), 0);
	flow_db_close(db);
	struct flow_store *s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.file, &why), 0);
	struct flow_scan *scan = flow_scan_new(s, flow_store_first(s), flow_store_last(s));
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0];) {
		bool wait = false;
		const struct flow *f = flow_scan_next(scan, &wait);
		assert_true(f || wait);
		if (wait)
			turn(s);
		else
			assert_int_equal(f->number, numbers[i++]);
	}
	flow_scan_free(scan);
	flow_store_free(s);
	/* Nor is it continued where numbers end. */
	s = store(1 << 20);
	assert_true(flow_store_write(s, p.file, &why) < 0);
	assert_non_null(strstr(why.text, "no flow numbers left"));
	flow_store_free(s);
	place_remove(&p);
}

int
main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_left_memory_comes_back),
	    cmocka_unit_test(test_a_file_is_continued),
	    cmocka_unit_test(test_a_long_body_goes_through_memory),
	    cmocka_unit_test(test_a_full_disk_stops_nothing),
	    cmocka_unit_test(test_a_disk_that_stays_full_is_told),
	    cmocka_unit_test(test_connections_leave_memory_on_a_full_disk),
	    cmocka_unit_test(test_opening_what_a_full_disk_lost),
	    cmocka_unit_test(test_open_flows_lost_on_a_full_disk_are_counted),
	    cmocka_unit_test(test_walking_past_many_marked_flows),
	    cmocka_unit_test(test_numbers_far_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
