/* SPDX-License-Identifier: MIT
 * Flows of a session file added to a store that has others: whole, with numbers of their own, within the memory there is. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/flow_db.h"
#include "flow/flow_load.h"
#include "flow_fixture.h"

enum { DEADLINE_MS = 20000, MANY = 3000, MANY_BODY = 2000 };

struct place {
	char dir[64], file[96], other[96];
	int fd;
};

static void
place_make(struct place *p)
{
	strcpy(p->dir, "/tmp/test_flow_load-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof p->file, "%s/flows", p->dir);
	snprintf(p->other, sizeof p->other, "%s/other", p->dir);
	p->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static void
place_close(const struct place *p)
{
	unlink(p->file);
	unlink(p->other);
	assert_int_equal(rmdir(p->dir), 0);
	close(p->fd);
}

static struct flow_store *
store_writing(const char *path, uint64_t memory)
{
	struct flow_store *s = store(memory);
	struct errmsg why;

	if (flow_store_write(s, path, &why))
		fail_msg("%s", why.text);
	return s;
}

static void
close_whole(struct flow_store *s)
{
	struct errmsg why;

	if (flow_store_close(s, &why))
		fail_msg("%s", why.text);
	flow_store_free(s);
}

static struct flow_store_stats
stats(struct flow_store *s)
{
	struct flow_store_stats st;

	flow_store_stats(s, &st);
	return st;
}

static void
wait_for(struct flow_store *s, const struct place *p)
{
	struct pollfd f[] = {{.fd = p->fd, .events = POLLIN}, {.fd = flow_store_fd(s), .events = POLLIN}};
	uint64_t count;
	int wait = flow_store_turn(s);

	poll(f, 2, wait < 0 || wait > 50 ? 50 : wait);
	if (read(p->fd, &count, sizeof count) < 0)
		assert_int_equal(f[0].revents, 0);
}

/* All of it; what came of it. */
static struct flow_load_result
load(struct flow_store *s, const char *path, const struct place *p, const char *in_use)
{
	struct flow_load *l = flow_load_start(s, path, in_use, p->fd);
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull;
	enum flow_load_state state;

	assert_non_null(l);
	while ((state = flow_load_turn(l, clock_mono_ns() + 1000000)) != FLOW_LOAD_OVER && clock_mono_ns() < end)
		if (state == FLOW_LOAD_WAIT)
			wait_for(s, p);
	assert_int_equal(state, FLOW_LOAD_OVER);
	assert_int_equal(flow_load_turn(l, 0), FLOW_LOAD_OVER);
	struct flow_load_result r = *flow_load_result(l);
	flow_load_free(l);
	return r;
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

/* ---- a file with everything ---- */

static void
feed_conn(struct flow_store *s, flow_key k)
{
	struct fact_conn_open o = {.wall_ns = 1, .client = "127.0.0.1:5000"};
	struct fact_conn_tls t = {.ok = true, .version = "TLSv1.3", .side = FLOW_SERVER};

	apply(s, &o, FACT_CONN_OPEN, k, 0, 1000);
	apply(s, &t, FACT_CONN_TLS, k, 0, 2000);
	strcpy(t.why, "not trusted");
	t.ok = false;
	t.side = FLOW_CLIENT;
	apply(s, &t, FACT_CONN_TLS, k, 0, 2000);
}

/* 1 and 2 on one connection, 2 repeats 1; 3 edited, commented; 4 marked, failed; 5 deleted; 6 held when the recording ended. */
static void
make_file(const char *path)
{
	struct flow_store *s = store_writing(path, 1 << 20);
	struct errmsg why;

	feed_conn(s, 77);
	for (flow_key k = 1; k <= 2; k++) {
		if (k == 2)
			feed_sent(s, 2, 1);
		feed_head(s, FACT_REQUEST, 77, k, 1000000);
		feed_bytes(s, k, FLOW_REQUEST, "asked", 2);
		feed_head(s, FACT_RESPONSE, 77, k, 2000000);
		feed_bytes(s, k, FLOW_RESPONSE, "answered", 3);
		feed_end(s, 77, k, FLOW_S_DONE, "");
	}
	feed_head(s, FACT_REQUEST, 0, 3, 1000000);
	feed_bytes(s, 3, FLOW_REQUEST, "one ", 2);
	feed_bytes(s, 3, FLOW_REQUEST, "two", 2);
	feed_edit(s, 3, FLOW_REQUEST, edited_request);
	feed_bytes(s, 3, FLOW_REQUEST, "three ", 4);
	feed_bytes(s, 3, FLOW_REQUEST, "four", 4);
	feed_end(s, 0, 3, FLOW_S_DONE, "");
	assert_int_equal(flow_store_comment(s, 3, "about it", &why), 0);
	feed_head(s, FACT_REQUEST, 0, 4, 1000000);
	feed_end(s, 0, 4, FLOW_S_ERROR, "it broke");
	flow_store_mark(s, 4, true);
	feed_exchange(s, 5, 10);
	flow_store_delete(s, 5, true);
	feed_head(s, FACT_REQUEST, 0, 6, 1000000);
	feed_held(s, 6, 9, FLOW_REQUEST);
	close_whole(s);
}

/* They stand from number n on. */
static void
check_loaded(struct flow_store *s, uint64_t n, const struct flow *(*get)(struct flow_store *, uint64_t))
{
	const struct flow *f = get(s, n);
	const struct flow_conn *c = flow_conn(f);

	assert_true(f->ended && !f->deleted && f->state == FLOW_S_DONE && f->status == 200 && f->end_ns > f->mono_ns);
	assert_true(span_eq(f->host, SPAN_LIT("h.test")) && span_eq(f->content_type, SPAN_LIT("text/plain")));
	assert_true(span_eq(flow_head(f, FLOW_REQUEST), span_str(request)));
	assert_true(span_eq(flow_head(f, FLOW_RESPONSE), span_str(response)));
	check_body(flow_body(f, FLOW_REQUEST), "asked");
	check_body(flow_body(f, FLOW_RESPONSE), "answered");
	assert_true(c && !strcmp(c->client, "127.0.0.1:5000"));
	assert_true(c->tls[FLOW_SERVER]->done && !strcmp(c->tls[FLOW_SERVER]->version, "TLSv1.3"));
	assert_true(c->tls[FLOW_CLIENT]->failed && !strcmp(c->tls[FLOW_CLIENT]->why, "not trusted"));
	uint64_t conn = c->number;
	f = get(s, n + 1);
	assert_int_equal(flow_conn(f)->number, conn);
	assert_true(f->replay && f->detail->replay_of == n);
	f = get(s, n + 2);
	assert_true(f->edited && span_eq(f->path, SPAN_LIT("/new")) && !strcmp(f->comment, "about it"));
	assert_true(span_eq(flow_original(f, FLOW_REQUEST)->head, span_str(request)));
	check_body(&flow_original(f, FLOW_REQUEST)->body, "one two");
	check_body(flow_body(f, FLOW_REQUEST), "three four");
	f = get(s, n + 3);
	assert_true(f->state == FLOW_S_ERROR && !strcmp(f->why, "it broke"));
	assert_true(flow_set_has(flow_store_marked(s), n + 3));
	f = get(s, n + 4);
	assert_true(f->state == FLOW_S_ERROR && strstr(f->why, "the recording ended"));
}

static const struct flow *
live(struct flow_store *s, uint64_t number)
{
	return flow_store_find(s, number);
}

static const struct flow *
opened(struct flow_store *s, uint64_t number)
{
	uint64_t end = clock_mono_ns() + DEADLINE_MS * 1000000ull;
	const struct flow *f;
	bool gone = false;

	while (!(f = flow_store_open(s, number, &gone)) && !gone && clock_mono_ns() < end) {
		struct pollfd p = {.fd = flow_store_fd(s), .events = POLLIN};
		poll(&p, 1, 50);
		flow_store_turn(s);
	}
	assert_non_null(f);
	return f;
}

static void
test_whole_beside_others(void **state)
{
	struct place p;

	(void)state;
	place_make(&p);
	make_file(p.file);
	struct flow_store *s = store(1 << 20);
	feed_exchange(s, 500, 30);
	feed_head(s, FACT_REQUEST, 0, 501, 1000000);
	for (uint64_t times = 0; times < 2; times++) {
		struct flow_load_result r = load(s, p.file, &p, NULL);
		assert_string_equal(r.why.text, "");
		assert_true(r.flows == 5 && r.first == 3 + 5 * times && r.last == 7 + 5 * times && !r.unreadable && !r.full);
		check_loaded(s, r.first, live);
		assert_int_equal(stats(s).total, r.last);
		assert_int_equal(stats(s).active, 1);
		assert_int_equal(stats(s).held, 0);
		assert_int_equal(stats(s).failed, 2 * (times + 1));
	}
	assert_int_not_equal(flow_conn(live(s, 3))->number, flow_conn(live(s, 8))->number);
	/* What was there goes on. */
	feed_head(s, FACT_RESPONSE, 0, 501, 2000000);
	feed_end(s, 0, 501, FLOW_S_DONE, "");
	assert_true(live(s, 2)->status == 200 && live(s, 2)->ended && live(s, 1)->ended);
	assert_int_equal(stats(s).active, 0);
	flow_store_free(s);
	place_close(&p);
}

static void
test_into_the_file_that_is_written(void **state)
{
	struct place p;
	struct errmsg why;

	(void)state;
	place_make(&p);
	make_file(p.file);
	struct flow_store *s = store_writing(p.other, 1 << 20);
	feed_exchange(s, 500, 30);
	struct flow_load_result r = load(s, p.file, &p, p.other);
	assert_int_equal(r.flows, 5);
	close_whole(s);
	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.other, &why), 0);
	check_loaded(s, 2, opened);
	close_whole(s);
	place_close(&p);
}

/* ---- much of it ---- */

static void
make_large(const char *path)
{
	struct flow_store *s = store_writing(path, 64 << 20);

	for (flow_key k = 1; k <= MANY; k++)
		feed_exchange(s, k, MANY_BODY);
	close_whole(s);
}

static void
test_nothing_gives_way_to_it(void **state)
{
	enum { MEMORY = 2 << 20, LIVE = 100 };
	struct place p;

	(void)state;
	place_make(&p);
	make_large(p.file);
	struct flow_store *s = store(MEMORY);
	for (flow_key k = 1; k <= LIVE; k++)
		feed_exchange(s, k, 500);
	struct flow_load_result r = load(s, p.file, &p, NULL);
	assert_true(r.full && r.flows > 300 && r.flows < MANY);
	assert_true(stats(s).memory_bytes <= MEMORY - MEMORY / 8);
	assert_int_equal(stats(s).evicted + stats(s).shed_bytes, 0);
	for (uint64_t n = 1; n <= r.last; n++)
		assert_true(flow_is_whole(live(s, n)) &&
		    flow_body(live(s, n), FLOW_RESPONSE)->kept == (n <= LIVE ? 500 : MANY_BODY));
	r = load(s, p.file, &p, NULL);
	assert_true(r.full && r.flows == 0);
	/* What was charged is given back: others take all their room. */
	for (flow_key k = 1000; k < 9000; k++)
		feed_exchange(s, k, 500);
	assert_in_range(stats(s).memory_bytes, MEMORY / 2, MEMORY);
	flow_store_limit_memory(s, 1);
	feed_exchange(s, 1, 10);
	assert_in_range(stats(s).memory_bytes, 1, 400000); /* the rows that stay whatever the budget */
	flow_store_free(s);
	place_close(&p);
}

static void
test_more_than_memory_with_a_file(void **state)
{
	struct place p;
	struct errmsg why;

	(void)state;
	place_make(&p);
	make_large(p.file);
	struct flow_store *s = store_writing(p.other, 1 << 20);
	struct flow_load_result r = load(s, p.file, &p, NULL);
	assert_true(!r.full && r.flows == MANY && r.last == MANY);
	close_whole(s);
	s = store(1 << 20);
	assert_int_equal(flow_store_read(s, p.other, &why), 0);
	for (uint64_t n = 1; n <= MANY; n += MANY / 7)
		assert_int_equal(flow_body_copy(flow_body(opened(s, n), FLOW_RESPONSE), NULL, SIZE_MAX), MANY_BODY);
	close_whole(s);
	place_close(&p);
}

static void
test_it_can_be_given_up(void **state)
{
	struct place p;

	(void)state;
	place_make(&p);
	make_large(p.file);
	struct flow_store *s = store(64 << 20);
	struct flow_load *l = flow_load_start(s, p.file, NULL, p.fd);
	while (flow_load_result(l)->flows < 10)
		if (flow_load_turn(l, 0) == FLOW_LOAD_WAIT)
			wait_for(s, &p);
	uint64_t n = flow_load_result(l)->flows;
	assert_true(flow_load_percent(l) <= 100);
	flow_load_free(l);
	assert_int_equal(stats(s).total, n);
	assert_true(flow_is_whole(live(s, n)));
	flow_load_free(flow_load_start(s, p.file, NULL, p.fd)); /* before anything was read */
	flow_store_free(s);
	place_close(&p);
}

/* ---- a damaged file ---- */

/* Makes a page of the table of flows in the middle of the file unreadable: texts of a row stand there side by side. */
static void
damage_page(const char *path)
{
	enum { PAGE = 16384 };
	static const char row[] = "GETh.test";
	char page[PAGE];
	FILE *f = fopen(path, "r+");
	struct stat st;

	assert_int_equal(fstat(fileno(f), &st), 0);
	long at = st.st_size / PAGE / 2 * PAGE;
	do {
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		assert_int_equal(fread(page, 1, PAGE, f), PAGE);
		at += PAGE;
	} while (!memmem(page, PAGE, row, sizeof row - 1));
	memset(page, 0xee, PAGE);
	assert_int_equal(fseek(f, at - PAGE, SEEK_SET), 0);
	assert_int_equal(fwrite(page, 1, PAGE, f), PAGE);
	fclose(f);
}

static void
test_flows_behind_a_damaged_page(void **state)
{
	struct place p;

	(void)state;
	place_make(&p);
	make_large(p.file);
	damage_page(p.file);
	struct flow_store *s = store(64 << 20);
	struct flow_load_result r = load(s, p.file, &p, NULL);
	assert_true(r.unreadable > 0 && strstr(r.damage.text, "damaged"));
	assert_true(r.flows > MANY * 3 / 4 && r.flows < MANY);
	assert_true(flow_is_whole(live(s, r.last)));
	flow_store_free(s);
	place_close(&p);
}

/* ---- what is refused ---- */

static void
refused(const struct place *p, const char *path, const char *in_use, const char *words)
{
	struct flow_store *s = store(1 << 20);
	struct flow_load_result r = load(s, path, p, in_use);

	assert_int_equal(r.flows, 0);
	if (!strstr(r.why.text, words) && !strstr(r.damage.text, words))
		fail_msg("neither '%s' nor '%s' says '%s'", r.why.text, r.damage.text, words);
	flow_store_free(s);
}

static void
test_refusals(void **state)
{
	struct place p;
	FILE *f;

	(void)state;
	place_make(&p);
	refused(&p, p.file, NULL, "is not there");
	refused(&p, p.dir, NULL, "is a folder");
	make_file(p.file);
	refused(&p, p.file, p.file, "open here");
	f = fopen(p.other, "w");
	fputs("this is no session file, and long enough to look like one of them would, header and all: "
	      "a hundred bytes at least are needed for that.", f);
	fclose(f);
	refused(&p, p.other, NULL, "is not a session file");
	assert_int_equal(truncate(p.other, 0), 0);
	refused(&p, p.other, NULL, "is empty");
	unlink(p.other);
	make_large(p.other);
	struct stat st;
	assert_int_equal(stat(p.other, &st), 0);
	assert_int_equal(truncate(p.other, st.st_size / 2), 0);
	refused(&p, p.other, NULL, "cut short");
	f = fopen(p.file, "r+");
	fseek(f, 60, SEEK_SET); /* user_version (SQLite's header) */
	fwrite("\0\0\0\x63", 1, 4, f);
	fclose(f);
	refused(&p, p.file, NULL, "newer");
	place_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_beside_others),
	    cmocka_unit_test(test_into_the_file_that_is_written),
	    cmocka_unit_test(test_nothing_gives_way_to_it),
	    cmocka_unit_test(test_more_than_memory_with_a_file),
	    cmocka_unit_test(test_it_can_be_given_up),
	    cmocka_unit_test(test_flows_behind_a_damaged_page),
	    cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
