/* SPDX-License-Identifier: MIT
 * Flows into a session file of their own. */
#include "flow/flow_export.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "flow/flow_db.h"
#include "flow/flow_file.h"
#include "flow/flow_map.h"
#include "flow/flow_saver.h"

enum { EXPORT_BATCH_BYTES = 4 << 20, EXPORT_BATCH_FLOWS = 500, EXPORT_QUEUE = 2 };

struct flow_export {
	char *path, *temp, *in_use; /* temp: what is written, NULL when appending */
	enum flow_export_mode mode;
	int ready_fd;
	/* The main thread's. */
	struct flow_batch *batch;   /* being filled; NULL: none */
	uint64_t flow, conn, count; /* numbers given last */
	struct flow_map flows, conns; /* number here -> number there */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	struct flow_batch *queue[EXPORT_QUEUE + 1];
	unsigned nqueue;
	bool open, finish, cancel, done;
	uint64_t last_flow, last_conn; /* in the file when it was opened */
	struct errmsg why;
};

/* ---- the thread ---- */

static void
export_signal(const struct flow_export *e)
{
	uint64_t one = 1;

	if (write(e->ready_fd, &one, sizeof one) < 0) {
		/* Its counter is at its maximum: it is readable all the same. */
	}
}

static struct flow_db *
export_open(struct flow_export *e, struct errmsg *why)
{
	if (flow_file_same(e->path, e->in_use)) {
		err_set(why, ERR_REFUSED, "that is the session file that is open here");
		return NULL;
	}
	if (e->mode == FLOW_EXPORT_APPEND)
		return flow_db_open_write(e->path, why);
	e->temp = mem_printf("%s.XXXXXX", e->path);
	int fd = mkostemp(e->temp, O_CLOEXEC);
	if (fd < 0) {
		err_set(why, ERR_SYSTEM, "%s", strerror(errno));
		free(e->temp);
		e->temp = NULL;
		return NULL;
	}
	close(fd); /* an empty file counts as a new one */
	return flow_db_open_write(e->temp, why);
}

/* The next batch; NULL: there is no more, or *cancel. */
static struct flow_batch *
export_next(struct flow_export *e, bool *cancel)
{
	struct flow_batch *b = NULL;

	pthread_mutex_lock(&e->lock);
	while (!e->nqueue && !e->finish && !e->cancel)
		pthread_cond_wait(&e->wake, &e->lock);
	*cancel = e->cancel;
	if (e->nqueue && !e->cancel) {
		b = e->queue[0];
		memmove(e->queue, e->queue + 1, --e->nqueue * sizeof e->queue[0]);
	}
	pthread_mutex_unlock(&e->lock);
	export_signal(e);
	return b;
}

static int
export_write(struct flow_export *e, struct flow_db *db, struct errmsg *why)
{
	struct flow_batch *b;
	bool cancel;
	int r = flow_db_begin(db, why);

	while (!r && (b = export_next(e, &cancel)) != NULL) {
		r = flow_batch_put(b, db, why);
		flow_batch_free(b);
	}
	if (!r && cancel)
		r = err_set(why, ERR_REFUSED, "given up");
	if (!r)
		r = flow_db_commit(db, why);
	if (r)
		flow_db_rollback(db);
	return r;
}

static void
export_remove(const char *path)
{
	static const char *const suffix[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		char *name = mem_printf("%s%s", path, suffix[i]);
		unlink(name);
		free(name);
	}
}

/* Gives the finished file its name. What is left beside it says that it is not finished: the disk had no room for its end. */
static int
export_name(const struct flow_export *e, struct errmsg *why)
{
	char *wal = mem_printf("%s-wal", e->temp);
	bool left = access(wal, F_OK) == 0;
	unsigned flags = e->mode == FLOW_EXPORT_NEW ? RENAME_NOREPLACE : 0;

	free(wal);
	if (left)
		return err_set(why, ERR_SYSTEM, "%s", strerror(ENOSPC));
	if (renameat2(AT_FDCWD, e->temp, AT_FDCWD, e->path, flags) < 0)
		return err_set(why, ERR_SYSTEM, "%s", strerror(errno));
	return 0;
}

/* The name that the user gave, where the sentence has ours. */
static void
export_own_name(const struct flow_export *e, struct errmsg *why)
{
	char *at = e->temp ? strstr(why->text, e->temp) : NULL;
	size_t n = strlen(e->path), temp_n = e->temp ? strlen(e->temp) : 0;

	if (at)
		memmove(at + n, at + temp_n, strlen(at + temp_n) + 1);
}

static void *
export_main(void *arg)
{
	struct flow_export *e = arg;
	struct errmsg why = {.text = ""};
	uint64_t flow, conn;
	struct flow_db *db = export_open(e, &why);
	int r = db ? flow_db_last(db, &flow, &conn, &why) : ERR_REFUSED;

	if (!r) {
		pthread_mutex_lock(&e->lock);
		e->last_flow = flow;
		e->last_conn = conn;
		e->open = true;
		pthread_mutex_unlock(&e->lock);
		export_signal(e);
		r = export_write(e, db, &why);
	}
	flow_db_close(db);
	if (!r && e->temp)
		r = export_name(e, &why);
	if (r && e->temp)
		export_remove(e->temp);
	export_own_name(e, &why);
	pthread_mutex_lock(&e->lock);
	e->why = why;
	e->done = true;
	pthread_mutex_unlock(&e->lock);
	export_signal(e);
	return NULL;
}

/* ---- the main thread ---- */

static void
export_release(struct flow_export *e)
{
	for (unsigned i = 0; i < e->nqueue; i++)
		flow_batch_free(e->queue[i]);
	if (e->batch)
		flow_batch_free(e->batch);
	flow_map_fini(&e->flows);
	flow_map_fini(&e->conns);
	pthread_mutex_destroy(&e->lock);
	pthread_cond_destroy(&e->wake);
	free(e->path);
	free(e->temp);
	free(e->in_use);
	free(e);
}

struct flow_export *
flow_export_start(const char *path, enum flow_export_mode mode, const char *in_use, int ready_fd)
{
	struct flow_export *e = mem_zalloc(sizeof *e);

	e->path = mem_strdup(path);
	e->in_use = mem_strdup(in_use);
	e->mode = mode;
	e->ready_fd = ready_fd;
	flow_map_init(&e->flows);
	flow_map_init(&e->conns);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wake, NULL);
	if (pthread_create(&e->thread, NULL, export_main, e) == 0)
		return e;
	export_release(e);
	return NULL;
}

bool
flow_export_ready(struct flow_export *e)
{
	pthread_mutex_lock(&e->lock);
	bool ready = e->open && !e->done && e->nqueue < EXPORT_QUEUE;
	if (ready && !e->flow && !e->count) {
		e->flow = e->last_flow;
		e->conn = e->last_conn;
	}
	pthread_mutex_unlock(&e->lock);
	return ready;
}

static void
export_submit(struct flow_export *e)
{
	pthread_mutex_lock(&e->lock);
	if (e->nqueue <= EXPORT_QUEUE && !e->done) {
		e->queue[e->nqueue++] = e->batch;
		e->batch = NULL;
	}
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

/* Its number in the file; it is written with the first of its flows. */
static uint64_t
export_conn(struct flow_export *e, const struct flow_conn *c)
{
	uintptr_t number = (uintptr_t)flow_map_find(&e->conns, c->number);

	if (number)
		return number;
	struct flow_conn copy = *c;
	copy.number = ++e->conn;
	flow_batch_add_conn(e->batch, &copy);
	flow_map_put(&e->conns, c->number, (void *)(uintptr_t)copy.number);
	return copy.number;
}

/* Its pieces are numbered from seq on; returns the number of the next. */
static uint32_t
export_body(struct flow_export *e, const struct flow *copy, enum flow_dir dir, uint32_t seq, struct flow_body *b)
{
	for (unsigned i = 0; i < b->npieces; i++)
		flow_batch_add_piece(e->batch, copy, dir, seq++, &b->piece[i]);
	/* What was not read into memory is not there. */
	b->kept = flow_body_copy(b, NULL, SIZE_MAX);
	b->spilled = 0;
	b->shed |= b->kept < b->seen;
	return seq;
}

/* What a message carried, and before it what the one carried that it replaced; v: room for a copy of that. */
static void
export_bodies(struct flow_export *e, struct flow *copy, enum flow_dir dir, struct flow_version *v)
{
	struct flow_detail *d = copy->detail;
	uint32_t seq = 0;

	if (d->original[dir]) {
		*v = *d->original[dir];
		d->original[dir] = v;
		seq = v->end_seq = export_body(e, copy, dir, 0, &v->body);
	}
	d->body[dir].first_seq = seq;
	export_body(e, copy, dir, seq, &d->body[dir]);
}

static void
export_messages(struct flow_export *e, const struct flow *copy)
{
	const struct flow_messages *m = copy->detail->messages;

	for (unsigned i = 0; m && i < m->n; i++)
		flow_batch_add_message(e->batch, copy, i, &m->at[i]);
}

void
flow_export_add(struct flow_export *e, const struct flow *f)
{
	struct flow copy = *f;
	struct flow_detail detail;
	struct flow_version original[2];
	struct flow_conn conn;

	if (!e->batch)
		e->batch = flow_batch_new(0);
	copy.number = ++e->flow;
	flow_map_put(&e->flows, f->number, (void *)(uintptr_t)copy.number);
	if (f->detail) {
		detail = *f->detail;
		copy.detail = &detail;
		detail.replay_of = (uintptr_t)flow_map_find(&e->flows, detail.replay_of);
		if (detail.conn) {
			conn = *detail.conn;
			conn.number = export_conn(e, detail.conn);
			detail.conn = &conn;
		}
		for (int dir = 0; dir < 2; dir++)
			export_bodies(e, &copy, (enum flow_dir)dir, &original[dir]);
		export_messages(e, &copy);
	}
	flow_batch_add_flow(e->batch, &copy);
	size_t n;
	flow_batch_numbers(e->batch, &n);
	e->count++;
	if (n >= EXPORT_BATCH_FLOWS || flow_batch_bytes(e->batch) >= EXPORT_BATCH_BYTES)
		export_submit(e);
}

uint64_t
flow_export_count(const struct flow_export *e)
{
	return e->count;
}

void
flow_export_finish(struct flow_export *e)
{
	if (e->batch)
		export_submit(e);
	pthread_mutex_lock(&e->lock);
	e->finish = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

void
flow_export_cancel(struct flow_export *e)
{
	pthread_mutex_lock(&e->lock);
	e->cancel = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

bool
flow_export_done(struct flow_export *e, struct errmsg *why)
{
	pthread_mutex_lock(&e->lock);
	bool done = e->done;
	*why = e->why;
	pthread_mutex_unlock(&e->lock);
	return done;
}

void
flow_export_free(struct flow_export *e)
{
	if (!e)
		return;
	flow_export_cancel(e);
	pthread_join(e->thread, NULL);
	export_release(e);
}
