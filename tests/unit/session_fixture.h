/* SPDX-License-Identifier: MIT
 * A session file in a place of its own. */
#ifndef TESTS_UNIT_SESSION_FIXTURE_H
#define TESTS_UNIT_SESSION_FIXTURE_H

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/flow_db.h"
#include "flow_fixture.h"

enum { SESSION_DEADLINE_MS = 20000 };

struct place {
	char dir[256], file[300];
};

static inline void
place_make(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof p->dir, "%s/mitmtop-edit.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof p->file, "%s/s", p->dir);
}

static inline struct flow_store *
store_writing(const struct place *p, uint64_t memory)
{
	struct flow_store *s = store(memory);
	struct errmsg why;

	if (flow_store_write(s, p->file, &why))
		fail_msg("%s", why.text);
	return s;
}

static inline void
turn(struct flow_store *s)
{
	int wait = flow_store_turn(s);
	struct pollfd p = {.fd = flow_store_fd(s), .events = POLLIN};

	poll(&p, 1, wait < 0 || wait > 50 ? 50 : wait);
}

static inline const struct flow *
opened(struct flow_store *s, uint64_t number)
{
	uint64_t end = clock_mono_ns() + SESSION_DEADLINE_MS * 1000000ull;
	const struct flow *f = NULL;
	bool gone = false;

	while (!(f = flow_store_open(s, number, &gone)) && !gone && clock_mono_ns() < end)
		turn(s);
	assert_non_null(f);
	return f;
}

static inline void
close_whole(struct flow_store *s)
{
	struct errmsg why;

	if (flow_store_close(s, &why))
		fail_msg("%s", why.text);
	flow_store_free(s);
}

static inline void
place_remove(const struct place *p)
{
	unlink(p->file);
	assert_int_equal(rmdir(p->dir), 0);
}

#endif
