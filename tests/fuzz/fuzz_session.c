/* SPDX-License-Identifier: MIT
 * Session files: opened, listed, their first flows loaded. What is returned keeps its promises; what is refused has a sentence. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/flow_db.h"

enum { LOADED = 50, BODY_MAX = 4096 };

struct seen {
	uint64_t number[LOADED], last;
	unsigned n;
};

static char path[256];

static void
remove_file(void)
{
	static const char *const suffix[] = {"", "-wal", "-shm", "-journal"};
	char name[sizeof path + 16];

	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffix[i]);
		unlink(name);
	}
}

static void
write_file(const uint8_t *data, size_t size)
{
	const char *dir = getenv("TMPDIR");

	if (!path[0])
		snprintf(path, sizeof path, "%s/fuzz_session.%ld", dir ? dir : "/tmp", (long)getpid());
	remove_file();
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_EXCL, 0600);
	FUZZ_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static bool
see(void *arg, const struct flow *f)
{
	struct seen *s = arg;

	FUZZ_ASSERT(f->number > s->last && f->ended && !f->detail);
	FUZZ_ASSERT(f->state < FLOW_STATE_COUNT && f->proto < FLOW_PROTO_COUNT);
	FUZZ_ASSERT(f->mono_ns >= FLOW_DB_MONO_NS && f->end_ns >= f->mono_ns);
	s->last = f->number;
	if (s->n < LOADED)
		s->number[s->n++] = f->number;
	return true;
}

static void
see_flag(void *arg, uint64_t number, bool marked, bool deleted)
{
	uint64_t *last = arg;

	(void)marked;
	(void)deleted;
	FUZZ_ASSERT(number > *last);
	*last = number;
}

static void
check_rc(int rc, const struct errmsg *why)
{
	FUZZ_ASSERT(rc <= 0 && (rc == 0) == (why->text[0] == '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errmsg why = {""};
	struct seen s = {.n = 0};
	uint64_t flow, conn, flag = 0;
	struct flow *f;

	write_file(data, size);
	struct flow_db *db = flow_db_open_read(path, &why);
	check_rc(db ? 0 : -1, &why);
	if (db) {
		check_rc(flow_db_last(db, &flow, &conn, &why), &why);
		why.text[0] = '\0';
		check_rc(flow_db_rows(db, 0, UINT64_MAX, see, &s, &why), &why);
		why.text[0] = '\0';
		check_rc(flow_db_flagged(db, see_flag, &flag, &why), &why);
	}
	for (unsigned i = 0; i < s.n; i++) {
		why.text[0] = '\0';
		int rc = flow_db_load(db, s.number[i], BODY_MAX, &f, &why);
		check_rc(rc, &why);
		FUZZ_ASSERT((rc == 0) == (f != NULL));
		for (int dir = 0; f && dir < 2; dir++)
			FUZZ_ASSERT(flow_body_copy(&f->detail->body[dir], NULL, SIZE_MAX) <= BODY_MAX);
		flow_free_loaded(f);
	}
	flow_db_close(db);
	remove_file();
	return 0;
}
