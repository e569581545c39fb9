/* SPDX-License-Identifier: MIT
 * Flows into a session file of their own: new numbers, all of them or none. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow/flow_db.h"
#include "flow/flow_export.h"
#include "flow_fixture.h"

enum { FLOWS = 1200, BODY = 5000, WAIT_MS = 20000 };

struct place {
	char dir[64], path[96];
	int fd;
	struct flow_store *store;
};

static void
place_open(struct place *p)
{
	strcpy(p->dir, "/tmp/test_flow_export-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof p->path, "%s/flows", p->dir);
	p->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->store = store(64 << 20);
	for (unsigned i = 1; i <= FLOWS; i++)
		feed_exchange(p->store, i, BODY);
}

/* Nothing else may be left in the directory. */
static void
place_close(struct place *p)
{
	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
	close(p->fd);
	flow_store_free(p->store);
}

static void
wait_ready(const struct place *p)
{
	struct pollfd f = {.fd = p->fd, .events = POLLIN};
	uint64_t count;

	assert_int_equal(poll(&f, 1, WAIT_MS), 1);
	assert_int_equal(read(p->fd, &count, sizeof count), sizeof count);
}

/* Exports each step-th flow; false with why when it is over before. */
static bool
add_flows(const struct place *p, struct flow_export *e, unsigned step, struct errmsg *why)
{
	bool gone;

	for (uint64_t i = 1; i <= FLOWS; i += step) {
		while (!flow_export_ready(e)) {
			if (flow_export_done(e, why))
				return false;
			wait_ready(p);
		}
		flow_export_add(e, flow_store_open(p->store, i, &gone));
	}
	return true;
}

static void
export(const struct place *p, enum flow_export_mode mode, const char *in_use, unsigned step, struct errmsg *why)
{
	struct flow_export *e = flow_export_start(p->path, mode, in_use, p->fd);

	assert_non_null(e);
	if (add_flows(p, e, step, why))
		flow_export_finish(e);
	while (!flow_export_done(e, why))
		wait_ready(p);
	flow_export_free(e);
}

static void
expect_file(const struct place *p, uint64_t flows)
{
	struct errmsg why;
	struct flow_db *db = flow_db_open_read(p->path, &why);
	struct flow *f;
	uint64_t last, conn;

	assert_non_null(db);
	assert_int_equal(flow_db_last(db, &last, &conn, &why), 0);
	assert_int_equal(last, flows);
	for (uint64_t n = 1; n <= flows; n += flows / 3) {
		assert_int_equal(flow_db_load(db, n, SIZE_MAX, &f, &why), 0);
		assert_int_equal(flow_body_copy(flow_body(f, FLOW_RESPONSE), NULL, SIZE_MAX), BODY);
		assert_int_equal(f->detail->body[FLOW_RESPONSE].kept, BODY);
		assert_int_equal(f->status, 200);
		flow_free_loaded(f);
	}
	flow_db_close(db);
}

static void
test_new_replace_append(void **state)
{
	struct place p;
	struct errmsg why;

	(void)state;
	place_open(&p);
	export(&p, FLOW_EXPORT_NEW, NULL, 1, &why);
	assert_string_equal(why.text, "");
	expect_file(&p, FLOWS);
	export(&p, FLOW_EXPORT_NEW, NULL, 1, &why);
	assert_non_null(strstr(why.text, "exists"));
	export(&p, FLOW_EXPORT_REPLACE, NULL, 3, &why);
	assert_string_equal(why.text, "");
	expect_file(&p, FLOWS / 3);
	export(&p, FLOW_EXPORT_APPEND, NULL, 2, &why);
	assert_string_equal(why.text, "");
	expect_file(&p, FLOWS / 3 + FLOWS / 2);
	export(&p, FLOW_EXPORT_APPEND, p.path, 2, &why);
	assert_non_null(strstr(why.text, "open here"));
	expect_file(&p, FLOWS / 3 + FLOWS / 2);
	place_close(&p);
}

/* Of an edited message both are written. */
static void
test_edited(void **state)
{
	static const char edit[] = "HTTP/1.1 418 No\r\n\r\n";
	struct fact_head *h = mem_zalloc(sizeof *h + sizeof edit - 1);
	struct place p;
	struct errmsg why;
	struct flow *f;

	(void)state;
	place_open(&p);
	feed_head(p.store, FACT_REQUEST, 0, FLOWS + 1, 1);
	feed_head(p.store, FACT_RESPONSE, 0, FLOWS + 1, 2);
	feed_body(p.store, 0, FLOWS + 1, 50, NULL);
	memcpy(h->head, edit, sizeof edit - 1);
	h->head_n = sizeof edit - 1;
	h->dir = FLOW_RESPONSE;
	h->status = 418;
	apply(p.store, h, FACT_EDIT, 0, FLOWS + 1, 3);
	free(h);
	feed_body(p.store, 0, FLOWS + 1, 7, NULL);
	feed_end(p.store, 0, FLOWS + 1, FLOW_S_DONE, "");
	struct flow_export *e = flow_export_start(p.path, FLOW_EXPORT_NEW, NULL, p.fd);
	while (!flow_export_ready(e))
		wait_ready(&p);
	flow_export_add(e, flow_store_find(p.store, FLOWS + 1));
	flow_export_finish(e);
	while (!flow_export_done(e, &why))
		wait_ready(&p);
	flow_export_free(e);
	struct flow_db *db = flow_db_open_read(p.path, &why);
	assert_int_equal(flow_db_load(db, 1, SIZE_MAX, &f, &why), 0);
	assert_int_equal(flow_body_copy(flow_body(f, FLOW_RESPONSE), NULL, SIZE_MAX), 7);
	assert_int_equal(flow_body_copy(&flow_original(f, FLOW_RESPONSE)->body, NULL, SIZE_MAX), 50);
	assert_true(span_eq(flow_head(f, FLOW_RESPONSE), span_str(edit)) && f->edited);
	flow_free_loaded(f);
	flow_db_close(db);
	place_close(&p);
}

static void
test_cancel_leaves_things_as_they_were(void **state)
{
	static const enum flow_export_mode modes[] = {FLOW_EXPORT_APPEND, FLOW_EXPORT_REPLACE};
	struct place p;
	struct errmsg why;

	(void)state;
	place_open(&p);
	export(&p, FLOW_EXPORT_NEW, NULL, 4, &why);
	for (int i = 0; i < 2; i++) {
		struct flow_export *e = flow_export_start(p.path, modes[i], NULL, p.fd);
		assert_true(add_flows(&p, e, 1, &why));
		assert_int_equal(flow_export_count(e), FLOWS);
		flow_export_free(e);
		expect_file(&p, FLOWS / 4);
	}
	place_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_new_replace_append),
	    cmocka_unit_test(test_edited),
	    cmocka_unit_test(test_cancel_leaves_things_as_they_were),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
