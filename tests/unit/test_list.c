/* SPDX-License-Identifier: MIT
 * The list machine: the selection keeps its id and its line; follow; and the index below it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow_store.h"
#include "ui/column_set.h"
#include "flow/flow.h"
#include "ui/flow_index.h"
#include "ui/freq.h"
#include "ui/list.h"
#include "ui_fixture.h"

/* Ids first, first + 1, ... */
struct rows {
	uint64_t first;
	size_t n;
};

static size_t
rows_count(const void *arg)
{
	return ((const struct rows *)arg)->n;
}

static uint64_t
rows_id(const void *arg, size_t row)
{
	return ((const struct rows *)arg)->first + row;
}

static size_t
rows_row(const void *arg, uint64_t id)
{
	const struct rows *r = arg;

	return id < r->first ? 0 : id - r->first > r->n ? r->n : (size_t)(id - r->first);
}

static size_t
rows_newer(const void *arg, uint64_t id)
{
	return rows_count(arg) - rows_row(arg, id + 1);
}

static uint64_t
rows_newest(const void *arg)
{
	return rows_id(arg, rows_count(arg) - 1);
}

static struct list_source
source(const struct rows *r)
{
	return (struct list_source){.count = rows_count,
	    .id = rows_id,
	    .row = rows_row,
	    .newer = rows_newer,
	    .newest = rows_newest,
	    .ascending = true,
	    .arg = r};
}

static void
test_follow(void **state)
{
	struct rows r = {.first = 1, .n = 0};
	struct list l = {.follow = true};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 10);
	assert_int_equal(l.selected, 0);
	r.n = 3;
	list_sync(&l, &s, 10);
	assert_int_equal(l.selected, 3);
	assert_int_equal(l.line, 2);
	r.n = 100;
	list_sync(&l, &s, 10);
	assert_int_equal(l.selected, 100);
	assert_int_equal(l.line, 9);
	list_move(&l, &s, MOVE_UP);
	assert_false(l.follow);
	assert_int_equal(l.selected, 99);
	assert_int_equal(list_unseen(&l, &s), 0);
	r.n = 110;
	list_sync(&l, &s, 10);
	assert_int_equal(l.selected, 99);
	assert_int_equal(l.line, 8);
	assert_int_equal(list_unseen(&l, &s), 10);
	list_follow(&l, &s, true);
	assert_int_equal(l.selected, 110);
	assert_int_equal(list_unseen(&l, &s), 0);
	list_move(&l, &s, MOVE_DOWN);
	assert_true(l.follow);
}

static void
test_selection_holds(void **state)
{
	struct rows r = {.first = 1, .n = 1000};
	struct list l = {.follow = false};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 15);
	list_select(&l, &s, 500);
	assert_int_equal(l.selected, 500);
	int line = l.line;
	r.n = 11000;
	list_sync(&l, &s, 15);
	assert_int_equal(l.selected, 500);
	assert_int_equal(l.line, line);
	r.first = 400; /* the oldest give way */
	r.n -= 399;
	list_sync(&l, &s, 15);
	assert_int_equal(l.selected, 500);
	assert_int_equal(l.line, line);
	list_sync(&l, &s, 3); /* a small screen and back */
	assert_int_equal(l.selected, 500);
	assert_in_range(l.line, 0, 2);
	r.first = 600; /* the selected one itself goes */
	r.n -= 200;
	list_sync(&l, &s, 15);
	assert_int_equal(l.selected, 600);
}

/* A screen that is small for a while, and a filter that matches nothing for a while, change nothing. */
static void
test_place_and_id_come_back(void **state)
{
	struct rows r = {.first = 1, .n = 1000};
	struct list l = {.follow = false};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 27);
	list_select(&l, &s, 500);
	for (int i = 0; i < 5; i++)
		list_move(&l, &s, MOVE_UP);
	assert_int_equal(l.line, 21);
	list_sync(&l, &s, 2);
	assert_int_equal(l.line, 1);
	list_sync(&l, &s, 1);
	list_sync(&l, &s, 27);
	assert_int_equal(l.selected, 495);
	assert_int_equal(l.line, 21);
	list_sync(&l, &s, 3);
	list_move(&l, &s, MOVE_UP); /* where it is now is where the user wants it */
	list_sync(&l, &s, 27);
	assert_int_equal(l.line, 1);
	r.n = 0;
	list_sync(&l, &s, 27);
	assert_int_equal(l.selected, 0);
	list_sync(&l, &s, 27);
	r.n = 1000;
	list_sync(&l, &s, 27);
	assert_int_equal(l.selected, 494);
}

/* What came between the last frame and the key does not end following. */
static void
test_down_while_following(void **state)
{
	struct rows r = {.first = 1, .n = 100};
	struct list l = {.follow = true};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 10);
	r.n = 150;
	list_move(&l, &s, MOVE_DOWN);
	list_move(&l, &s, MOVE_PAGE_DOWN);
	list_move(&l, &s, MOVE_END);
	assert_true(l.follow);
	list_sync(&l, &s, 10);
	assert_int_equal(l.selected, 150);
	r.n = 160;
	list_move(&l, &s, MOVE_UP);
	assert_false(l.follow);
	assert_int_equal(l.selected, 149);
}

static void
test_moves(void **state)
{
	static const struct {
		enum move m;
		uint64_t want;
	} steps[] = {
	    {MOVE_END, 1000},
	    {MOVE_TOP, 1},
	    {MOVE_PAGE_DOWN, 16},
	    {MOVE_PAGE_DOWN, 31},
	    {MOVE_PAGE_DOWN, 46},
	    {MOVE_HALF_DOWN, 53},
	    {MOVE_DOWN, 54},
	    {MOVE_DOWN, 55},
	    {MOVE_UP, 54},
	    {MOVE_HALF_UP, 47},
	    {MOVE_PAGE_UP, 32},
	    {MOVE_PAGE_UP, 17},
	    {MOVE_PAGE_UP, 2},
	    {MOVE_PAGE_UP, 1},
	    {MOVE_UP, 1},
	    {MOVE_END, 1000},
	    {MOVE_DOWN, 1000},
	    {MOVE_PAGE_DOWN, 1000},
	};
	struct rows r = {.first = 1, .n = 1000};
	struct list l = {.follow = false};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 15);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		list_move(&l, &s, steps[i].m);
		assert_int_equal(l.selected, steps[i].want);
		assert_in_range(l.line, 0, 14);
		assert_int_equal(l.top + (size_t)l.line + 1, l.selected);
	}
}

static void
test_no_rows(void **state)
{
	struct rows r = {.first = 1};
	struct list l = {.follow = false};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 15);
	for (int m = 0; m < MOVE_COUNT; m++)
		list_move(&l, &s, (enum move)m);
	list_follow(&l, &s, true);
	list_select(&l, &s, 7);
	assert_int_equal(l.selected, 0);
	assert_int_equal(list_unseen(&l, &s), 0);
}

static void
index_watch(void *arg, const struct flow *f)
{
	flow_index_changed(arg, f);
}

/* With a filter the rows are those that match, also when what matches becomes known later. */
static void
test_index_filters(void **state)
{
	struct fixture fx;
	struct flow_index x;
	(void)state;
	fixture_init(&fx);
	fixture_add_gallery(&fx);
	flow_index_init(&x, fx.store, "CDN  seg");
	flow_store_watch(fx.store, &(struct flow_watcher){.changed = index_watch, .arg = &x});
	struct list_source s = flow_index_source(&x);
	assert_int_equal(s.count(s.arg), 1);
	fixture_add_gallery(&fx);
	assert_int_equal(s.count(s.arg), 2);
	assert_int_equal(s.id(s.arg, 0), 10);
	assert_int_equal(s.id(s.arg, 1), 22);
	assert_int_equal(s.row(s.arg, 11), 1);
	assert_int_equal(s.newer(s.arg, 10), 1);
	assert_int_equal(s.newer(s.arg, 22), 0);
	assert_int_equal(s.newest(s.arg), 22);
	flow_index_fini(&x);
	fixture_fini(&fx);
}

/* The wheel moves what is seen and not the selection; what is clicked is selected where it stands. */
static void
test_scroll_and_point(void **state)
{
	struct rows r = {.first = 1, .n = 100};
	struct list l = {.follow = true};
	struct list_source s = source(&r);
	(void)state;
	list_sync(&l, &s, 10);
	list_scroll(&l, &s, -3);
	assert_false(l.follow);
	assert_int_equal(l.selected, 100);
	assert_int_equal(l.top, 87);
	list_scroll(&l, &s, -300);
	assert_int_equal(l.top, 0);
	list_scroll(&l, &s, 3); /* at once, however far it was turned before */
	assert_int_equal(l.top, 3);
	assert_int_equal(l.selected, 100);
	assert_false(list_point(&l, &s, 4));
	assert_int_equal(l.selected, 8);
	assert_int_equal(l.top, 3);
	assert_int_equal(l.line, 4);
	assert_true(list_point(&l, &s, 4));
	assert_false(list_point(&l, &s, 10));
	assert_int_equal(l.selected, 8);
	list_scroll(&l, &s, 30);
	list_move(&l, &s, MOVE_DOWN); /* back to the selection */
	assert_int_equal(l.selected, 9);
	assert_int_equal(l.top, 3);
	list_scroll(&l, &s, -3);
	r.n = 2;
	list_sync(&l, &s, 10);
	assert_int_equal(l.top, 0);
	assert_false(list_point(&l, &s, 5));
	r.n = 0;
	list_scroll(&l, &s, 3);
	list_sync(&l, &s, 10);
	assert_false(list_point(&l, &s, 0));
}

/* ---- columns ---- */

static void
expect_layout(const struct column_set *set, int cols, const char *want)
{
	struct column_layout l;
	char got[256] = "";
	size_t n = 0;
	int x = 0;

	column_layout_make(&l, set, cols, 12, false);
	for (unsigned i = 0; i < l.n; i++) {
		assert_int_equal(l.slot[i].x, x);
		x += l.slot[i].w + 1;
		n += (size_t)snprintf(got + n, sizeof got - n, "%s%s:%d", i ? " " : "", l.slot[i].title, l.slot[i].w);
	}
	assert_string_equal(got, want);
	assert_int_equal(x, cols + 1);
}

static void
test_column_layouts(void **state)
{
	struct column_set set;
	struct errmsg why;
	(void)state;
	column_set_default(&set);
	expect_layout(&set, 20, "ID:6 S:1 CODE:3 HOST:7");
	expect_layout(&set, 40, "ID:6 S:1 CODE:4 HOST+PATH:19 TIME:6");
	expect_layout(&set, 80, "ID:8 S:1 PROT:4 METHOD:6 CODE:4 HOST:16 PATH:21 SIZE:6 TIME:6");
	expect_layout(&set, 100, "ID:8 S:1 PROT:4 START:8 METHOD:6 CODE:4 HOST:16 PATH:14 TYPE:10 SIZE:6 TTFB:6 TIME:6");
	expect_layout(&set, 120,
	    "ID:8 S:1 PROT:4 START:8 METHOD:6 CODE:4 HOST:21 PATH:20 TYPE:10 SIZE:6 TTFB:6 TIME:6 ACTIVITY:8");
	assert_int_equal(column_set_read(&set, "id,s,prot:6,code,path,+type,client", &why), 0);
	expect_layout(&set, 80, "ID:8 S:1 PROT:6 CODE:4 PATH:30 TYPE:10 CLIENT:15");
	expect_layout(&set, 40, "ID:6 S:1 CODE:4 PATH:15 TYPE:10");
	expect_layout(&set, 25, "ID:6 S:1 CODE:3 PATH:12");
}

static void
test_column_texts(void **state)
{
	static const char *const good[] = {"", "id,path", "id,s,prot:6,method,+type:12,path,client,req.size"};
	static const char *const bad[] = {"s,path", "id,s", "id,path,nonesuch", "id,path,path", "id,path,s:0",
	    "id,path,s:201", "id,path,s:x", "id,path:9", "id,,path", ",", "id,path,averyveryverylongname"};
	struct column_set set, dflt;
	char text[COLUMN_SET_TEXT_MAX];
	struct errmsg why;
	(void)state;
	column_set_default(&dflt);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(column_set_read(&set, good[i], &why), 0);
		column_set_write(&set, text, sizeof text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_not_equal(column_set_read(&set, bad[i], &why), 0);
		column_set_write(&set, text, sizeof text);
		assert_string_equal(text, "");
	}
	/* Everything on, moved and as wide as can be, fits its text. */
	column_set_default(&set);
	for (unsigned i = 0; i < columns_count; i++) {
		set.place[i].mode = COLUMN_ON;
		set.place[i].width = columns[set.place[i].column].width ? COLUMN_WIDTH_MAX : 0;
	}
	column_set_write(&set, text, sizeof text);
	assert_true(strlen(text) + 1 < sizeof text);
	assert_int_equal(column_set_read(&dflt, text, &why), 0);
}

/* ---- counts ---- */

static void
test_counts(void **state)
{
	struct freq f;
	char host[32];
	(void)state;
	freq_init(&f, FREQ_HOST, 50);
	for (unsigned i = 0; i < 200; i++) {
		int n = snprintf(host, sizeof host, "h%u", i < 100 ? i % 10 : i);
		struct flow flow = {.host = span_of(host, (size_t)n), .bytes = {1, i}};
		freq_add(&f, &flow);
	}
	freq_sort(&f);
	assert_int_equal(f.flows, 200);
	assert_int_equal(f.n, 51);
	assert_string_equal(f.value[0].text, "h0");
	assert_int_equal(f.value[0].flows, 10);
	assert_int_equal(f.value[9].flows, 10);
	assert_int_equal(f.value[10].flows, 1);
	assert_null(f.value[50].text); /* what there was no room for */
	assert_int_equal(f.value[50].flows, 60);
	uint64_t bytes = 0;
	for (size_t i = 0; i < f.n; i++)
		bytes += f.value[i].bytes;
	assert_int_equal(bytes, 200 + 199 * 100);
	freq_fini(&f);
}

static void
test_count_terms(void **state)
{
	static const struct {
		enum freq_by by;
		const char *text, *term; /* NULL: there is none */
	} rows[] = {
	    {FREQ_HOST, "api.example.test", "host=api.example.test"},
	    {FREQ_HOST, "a b\"c\\", "host=\"a b\\\"c\\\\\""},
	    {FREQ_HOST, "\x1b[31m", NULL},
	    {FREQ_HOST, "", NULL},
	    {FREQ_HOST, NULL, NULL},
	    {FREQ_CODE, "404", "code=404"},
	    {FREQ_TYPE, "image/svg+xml", "type~\"^image/svg[+]xml\""},
	    {FREQ_TYPE, "a\\", NULL},
	    {FREQ_CLIENT, "10.0.0.7", "client~\"^[[]?10[.]0[.]0[.]7[]]?:\""},
	};
	char out[FREQ_TERM_MAX], text[FREQ_VALUE_BYTES_MAX];
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(freq_term(rows[i].by, rows[i].text, out, &why), rows[i].term != NULL);
		if (rows[i].term)
			assert_string_equal(out, rows[i].term);
		else
			assert_non_null(why);
	}
	memset(text, '"', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_true(freq_term(FREQ_HOST, text, out, &why)); /* the longest */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_follow),
	    cmocka_unit_test(test_selection_holds),
	    cmocka_unit_test(test_place_and_id_come_back),
	    cmocka_unit_test(test_down_while_following),
	    cmocka_unit_test(test_moves),
	    cmocka_unit_test(test_no_rows),
	    cmocka_unit_test(test_index_filters),
	    cmocka_unit_test(test_scroll_and_point),
	    cmocka_unit_test(test_column_layouts),
	    cmocka_unit_test(test_column_texts),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_count_terms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
