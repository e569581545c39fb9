/* SPDX-License-Identifier: MIT
 * The store and its session file: what has changed goes to the writer in batches, what has left memory comes back through the reader. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_db.h"
#include "flow/flow_reader.h"
#include "flow/flow_saver.h"
#include "flow/flow_store_internal.h"

enum {
	BATCH_MS = 200,               /* a flow is in the file this long after it changed, and what a commit takes */
	BATCH_BYTES = 16 << 20,       /* copied into one batch */
	BATCH_DUE_BYTES = 4 << 20,    /* as much has changed: no waiting */
	BATCH_MARKS = 16384,          /* flows whose marks go into one batch */
	FORGET_CONNS = 64,            /* not looked at anew for fewer than these */
	REOPEN_MS = 500,              /* an open flow that is looked at is read again after this long */
};

void
store_session_init(struct flow_store *s)
{
	s->session.fd = -1;
	s->session.next_batch = 1;
}

bool
store_saving(const struct flow_store *s)
{
	return s->session.saver && !s->session.problem.text[0];
}

bool
store_is_saved(const struct flow_store *s, const struct flow *f)
{
	return !f->unsaved && f->batch && f->batch <= s->session.done_batch;
}

/* Those that were lost to the file leave the list; it doubles when that does not make it a good deal shorter. */
static void
dirty_room(struct flow_store *s)
{
	struct store_session *x = &s->session;
	size_t n = 0;

	for (size_t i = 0; i < x->ndirty; i++)
		if (flow_store_find(s, x->dirty[i]))
			x->dirty[n++] = x->dirty[i];
	x->ndirty = n;
	if (n >= x->dirty_cap / 2) {
		x->dirty_cap = x->dirty_cap ? x->dirty_cap * 2 : 256;
		x->dirty = mem_resize(x->dirty, x->dirty_cap, sizeof *x->dirty);
	}
}

void
store_touch(struct flow_store *s, struct flow *f)
{
	struct store_session *x = &s->session;

	f->version++;
	if (!x->saver || f->unsaved)
		return;
	f->unsaved = true;
	if (x->ndirty == x->dirty_cap)
		dirty_room(s);
	x->dirty[x->ndirty++] = f->number;
}

void
store_touch_conn(struct flow_store *s, struct flow_conn *c)
{
	struct store_session *x = &s->session;

	if (!x->saver || c->unsaved)
		return;
	c->unsaved = true;
	c->refs++;
	if (x->ndirty_conn == x->dirty_conn_cap) {
		x->dirty_conn_cap = x->dirty_conn_cap ? x->dirty_conn_cap * 2 : 64;
		x->dirty_conn = mem_resize(x->dirty_conn, x->dirty_conn_cap, sizeof *x->dirty_conn);
	}
	x->dirty_conn[x->ndirty_conn++] = c;
}

void
store_forget_conns(struct flow_store *s)
{
	struct store_session *x = &s->session;
	size_t n = 0;

	if (store_saving(s) || x->ndirty_conn < x->forget_at)
		return;
	for (size_t i = 0; i < x->ndirty_conn; i++) {
		if (x->dirty_conn[i]->refs > 1)
			x->dirty_conn[n++] = x->dirty_conn[i];
		else
			store_conn_unref(s, x->dirty_conn[i]);
	}
	x->ndirty_conn = n;
	x->forget_at = n + n / 8 + FORGET_CONNS;
}

/* ---- writing ---- */

static void
batch_add_body(struct flow_batch *b, const struct flow *f, int dir, struct flow_body *body)
{
	for (; body->saved < body->npieces; body->saved++)
		flow_batch_add_piece(b, f, (enum flow_dir)dir, body->next_seq++, &body->piece[body->saved]);
}

static void
batch_add_flow(struct flow_batch *b, struct flow *f)
{
	f->unsaved = false;
	f->batch = flow_batch_id(b);
	flow_batch_add_flow(b, f);
	for (int dir = 0; f->detail && dir < 2; dir++) {
		if (f->detail->original[dir])
			batch_add_body(b, f, dir, &f->detail->original[dir]->body);
		batch_add_body(b, f, dir, &f->detail->body[dir]);
	}
	struct flow_messages *m = f->detail ? f->detail->messages : NULL;
	for (; m && m->saved < m->n; m->saved++)
		flow_batch_add_message(b, f, m->saved, &m->at[m->saved]);
}

static void
batch_add_conns(struct flow_store *s, struct flow_batch *b)
{
	struct store_session *x = &s->session;

	for (size_t i = 0; i < x->ndirty_conn; i++) {
		struct flow_conn *c = x->dirty_conn[i];
		c->unsaved = false;
		if (c->nflows)
			flow_batch_add_conn(b, c);
		store_conn_unref(s, c);
	}
	x->ndirty_conn = x->forget_at = 0;
}

static void
batch_add_marks(struct flow_store *s, struct flow_batch *b)
{
	struct flow_set *marks = &s->session.marks;
	size_t n = marks->n < BATCH_MARKS ? marks->n : BATCH_MARKS;

	for (size_t i = 0; i < n; i++)
		flow_batch_add_marks(b, marks->number[i], flow_set_has(&s->marked, marks->number[i]),
		    flow_set_has(&s->deleted, marks->number[i]), flow_comments_find(&s->comments, marks->number[i]));
	flow_set_drop_first(marks, n);
}

/* As much as goes into one batch; the rest stays for the next. */
static void
session_submit(struct flow_store *s)
{
	struct store_session *x = &s->session;
	struct flow_batch *b = flow_batch_new(x->next_batch++);
	size_t i = 0;

	batch_add_conns(s, b);
	for (; i < x->ndirty && flow_batch_bytes(b) < BATCH_BYTES; i++) {
		struct flow *f = flow_store_find(s, x->dirty[i]);
		if (f)
			batch_add_flow(b, f);
	}
	x->ndirty -= i;
	if (i) /* there is no array yet when only a connection is to be saved */
		memmove(x->dirty, x->dirty + i, x->ndirty * sizeof *x->dirty);
	if (!x->ndirty)
		batch_add_marks(s, b);
	x->submit_ns = clock_mono_ns();
	x->dirty_bytes = 0;
	flow_saver_submit(x->saver, b);
}

static bool
session_dirty(const struct store_session *x)
{
	return x->ndirty || x->ndirty_conn || x->marks.n;
}

static void
session_take_done(struct flow_store *s)
{
	struct store_session *x = &s->session;
	struct flow_batch *b;

	while ((b = flow_saver_done(x->saver)) != NULL) {
		size_t n;
		const uint64_t *number = flow_batch_numbers(b, &n);
		x->done_batch = flow_batch_id(b);
		for (size_t i = 0; i < n; i++) {
			struct flow *f = flow_store_find(s, number[i]);
			x->saved = number[i] > x->saved ? number[i] : x->saved;
			if (f)
				store_trim_saved(s, f);
		}
		flow_batch_free(b);
	}
}

int
flow_store_turn(struct flow_store *s)
{
	struct store_session *x = &s->session;
	uint64_t count;

	if (x->fd < 0)
		return -1;
	if (read(x->fd, &count, sizeof count) < 0) {
		/* Nothing is ready. */
	}
	if (!x->saver)
		return -1;
	session_take_done(s);
	flow_saver_problem(x->saver, &x->problem, &x->problem_bytes);
	if (store_over_budget(s))
		store_trim(s);
	if (!session_dirty(x) || flow_saver_busy(x->saver))
		return -1; /* its end wakes us */
	uint64_t past_ms = (clock_mono_ns() - x->submit_ns) / 1000000u;
	if (past_ms < BATCH_MS && x->dirty_bytes < BATCH_DUE_BYTES && !store_over_budget(s))
		return (int)(BATCH_MS - past_ms);
	session_submit(s);
	return -1;
}

bool
flow_store_congested(const struct flow_store *s)
{
	return store_saving(s) && store_over_budget(s) &&
	    (session_dirty(&s->session) || flow_saver_busy(s->session.saver));
}

const char *
flow_store_problem(const struct flow_store *s)
{
	return s->session.problem.text;
}

int
flow_store_fd(const struct flow_store *s)
{
	return s->session.fd;
}

/* ---- opening and closing ---- */

static void
session_flagged(void *arg, uint64_t number, bool marked, bool deleted)
{
	struct flow_store *s = arg;

	if (marked)
		flow_set_add(&s->marked, number);
	if (deleted)
		flow_set_add(&s->deleted, number);
	s->marked_deleted += marked && deleted;
}

/* A file whose numbers go further than this was not made by recording: it could not be read again. */
#define NUMBER_LEFT (1ull << 52)

/* The list begins with what is in the file. */
static int
session_begin(struct flow_store *s, struct flow_db *db, struct errmsg *why)
{
	struct store_session *x = &s->session;
	uint64_t last;
	int r = flow_db_last(db, &last, &s->last_conn, why);

	if (!r)
		r = flow_db_flagged(db, session_flagged, s, why);
	if (r)
		return r;
	x->read_last = x->saved = last;
	s->first = s->next = s->body_cursor = s->head_cursor = last + 1;
	s->stats.total = last;
	x->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return x->fd < 0 ? err_set(why, ERR_SYSTEM, "no descriptor is left for the session file") : 0;
}

int
flow_store_read(struct flow_store *s, const char *path, struct errmsg *why)
{
	struct flow_db *db = flow_db_open_read(path, why);
	int r = db ? session_begin(s, db, why) : ERR_REFUSED;

	if (r) {
		flow_db_close(db);
		return r;
	}
	s->session.reader = flow_reader_new(db, s->session.fd, why);
	return s->session.reader ? 0 : ERR_SYSTEM;
}

int
flow_store_write(struct flow_store *s, const char *path, struct errmsg *why)
{
	struct flow_db *db = flow_db_open_write(path, why);
	int r = db ? session_begin(s, db, why) : ERR_REFUSED;

	if (!r && (s->next > NUMBER_LEFT || s->last_conn > NUMBER_LEFT))
		r = err_set(why, ERR_REFUSED, "%s has no flow numbers left: name another session file", path);
	struct flow_db *reading = r ? NULL : flow_db_open_read(path, why);

	if (!reading) {
		flow_db_close(db);
		return r ? r : ERR_SYSTEM;
	}
	s->session.reader = flow_reader_new(reading, s->session.fd, why);
	if (!s->session.reader) {
		flow_db_close(db);
		return ERR_SYSTEM;
	}
	s->session.saver = flow_saver_new(db, s->session.fd, why);
	return s->session.saver ? 0 : ERR_SYSTEM;
}

int
flow_store_close(struct flow_store *s, struct errmsg *why)
{
	struct store_session *x = &s->session;
	struct errmsg disk = {.text = ""};

	flow_reader_give_up(x->reader, x->open_job);
	x->open_job = NULL;
	flow_reader_free(x->reader);
	x->reader = NULL;
	if (!x->saver)
		return 0;
	while (session_dirty(x))
		session_submit(s);
	flow_saver_free(x->saver, &disk, &x->lost);
	x->saver = NULL;
	/* Some were counted for what they had in memory and again for a batch. */
	if (x->lost > s->next - 1 - x->read_last)
		x->lost = s->next - 1 - x->read_last;
	if (!x->lost && !disk.text[0])
		return 0;
	return err_set(why, ERR_SYSTEM, "%.256s%s%llu flow%s not in the session file, or not whole", disk.text,
	    disk.text[0] ? "; " : "", (unsigned long long)x->lost, x->lost == 1 ? " is" : "s are");
}

void
store_session_fini(struct flow_store *s)
{
	struct store_session *x = &s->session;
	struct errmsg why;

	flow_store_close(s, &why);
	if (x->fd >= 0)
		close(x->fd);
	free(x->dirty);
	free(x->dirty_conn);
	flow_set_fini(&x->marks);
}

/* ---- reading ---- */

const struct flow *
flow_store_row(struct flow_store *s, uint64_t number, bool *gone)
{
	struct flow *f = flow_store_find(s, number);

	*gone = !f && !s->session.reader;
	if (f || *gone)
		return f;
	f = flow_reader_row(s->session.reader, number, gone);
	if (f)
		store_refresh(s, f);
	return f;
}

/* True when that flow was asked for and the answer is not out of date: the flow, what memory has of it when the file does not have
 * it, or NULL while it is read. */
static bool
session_opened(
    struct flow_store *s, uint64_t number, const struct flow *live, const struct flow **out, bool *gone)
{
	struct store_session *x = &s->session;
	struct reader_job *j = x->open_job;

	*out = NULL;
	if (!j || j->first != number)
		return false;
	if (!flow_reader_done(x->reader, j))
		return true;
	if (j->n)
		store_refresh(s, j->flow[0]);
	*out = j->n ? j->flow[0] : live;
	*gone = !*out;
	return !live || live->version == x->open_version ||
	    clock_mono_ns() - x->open_ns <= REOPEN_MS * 1000000ull;
}

const struct flow *
flow_store_open(struct flow_store *s, uint64_t number, bool *gone)
{
	struct store_session *x = &s->session;
	struct flow *f = flow_store_find(s, number);
	const struct flow *opened;

	*gone = !f && !x->reader;
	if (*gone || (f && (!x->reader || flow_is_whole(f))))
		return f;
	if (session_opened(s, number, f, &opened, gone))
		return opened;
	flow_reader_give_up(x->reader, x->open_job);
	x->open_job = flow_reader_load(x->reader, number, s->limits.body_max_bytes);
	x->open_version = f ? f->version : 0;
	x->open_ns = clock_mono_ns();
	return NULL;
}

int
flow_store_open_error(const struct flow_store *s, struct errmsg *why)
{
	const struct reader_job *j = s->session.open_job;

	if (!j || !flow_reader_done(s->session.reader, j) || !j->why.text[0])
		return 0;
	return err_set(why, ERR_SYSTEM, "%s", j->why.text);
}
