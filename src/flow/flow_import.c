/* SPDX-License-Identifier: MIT
 * The thread that reads a session file for flow_load.c, a bounded number of flows ahead. */
#include "flow/flow_import.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "flow/flow_db.h"
#include "flow/flow_file.h"
#include "flow/flow_message.h"

enum {
	IMPORT_QUEUE_FLOWS = 256,
	IMPORT_QUEUE_BYTES = 8 << 20, /* of bodies, heads and messages; one flow may be more */
	IMPORT_NUMBERS = 256          /* asked for at once */
};

struct flow_import {
	char *path, *in_use;
	int ready_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* The thread's. */
	uint64_t last;              /* number of the last flow in the file */
	uint64_t at, step;          /* where it is; how far it goes on where nothing can be read */
	uint64_t number[IMPORT_NUMBERS];
	size_t n;
	/* Under the lock. */
	struct flow *queue[IMPORT_QUEUE_FLOWS]; /* from head on, count of them */
	size_t head, count, bytes;
	unsigned percent;
	bool cancel, done;
	struct flow_import_end end;
};

/* ---- the thread ---- */

static void
import_signal(const struct flow_import *im)
{
	uint64_t one = 1;

	if (write(im->ready_fd, &one, sizeof one) < 0) {
		/* Its counter is at its maximum: it is readable all the same. */
	}
}

static size_t
import_bytes(const struct flow *f)
{
	size_t n = f->detail ? flow_messages_cost(f->detail->messages) : 0;

	for (int dir = 0; dir < 2; dir++) {
		const struct flow_version *v = flow_original(f, (enum flow_dir)dir);
		n += flow_head(f, (enum flow_dir)dir).n + flow_body_copy(flow_body(f, (enum flow_dir)dir), NULL, SIZE_MAX);
		n += v ? v->head.n + flow_body_copy(&v->body, NULL, SIZE_MAX) : 0;
	}
	return n;
}

/* Waits for room; frees it when nobody wants it any more. */
static void
import_put(struct flow_import *im, struct flow *f)
{
	size_t bytes = import_bytes(f);

	pthread_mutex_lock(&im->lock);
	while (!im->cancel && im->count && (im->count == IMPORT_QUEUE_FLOWS || im->bytes + bytes > IMPORT_QUEUE_BYTES))
		pthread_cond_wait(&im->wake, &im->lock);
	bool wanted = !im->cancel;
	if (wanted) {
		im->percent = (unsigned)(f->number * 100.0 / im->last);
		im->queue[(im->head + im->count++) % IMPORT_QUEUE_FLOWS] = f;
		im->bytes += bytes;
	}
	pthread_mutex_unlock(&im->lock);
	if (wanted)
		import_signal(im);
	else
		flow_free_loaded(f);
}

static bool
import_wanted(struct flow_import *im)
{
	pthread_mutex_lock(&im->lock);
	bool wanted = !im->cancel;
	pthread_mutex_unlock(&im->lock);
	return wanted;
}

static void
import_damaged(struct flow_import *im, const struct errmsg *why)
{
	pthread_mutex_lock(&im->lock);
	if (im->end.unreadable++ == 0)
		im->end.damage = *why;
	pthread_mutex_unlock(&im->lock);
}

static bool
import_number(void *arg, const struct flow *f)
{
	struct flow_import *im = arg;

	im->at = f->number;
	im->step = 1;
	if (!f->deleted)
		im->number[im->n++] = f->number;
	return im->n < IMPORT_NUMBERS && import_wanted(im);
}

/* Behind pages that cannot be read there may be whole ones: goes on by steps that double. False: that was the last flow. */
static bool
import_skip(struct flow_import *im)
{
	if (im->last - im->at <= im->step)
		return false;
	im->at += im->step;
	im->step *= 2;
	return true;
}

/* The flows after im->at; moves it on. False: that was all. */
static bool
import_some(struct flow_import *im, struct flow_db *db)
{
	struct errmsg why = {.text = ""};

	im->n = 0;
	flow_db_rows(db, im->at + 1, im->last, import_number, im, &why);
	/* A page with a wrong number in it ends the reading without an error. */
	bool missed = why.text[0] || (im->n < IMPORT_NUMBERS && im->at < im->last && import_wanted(im));
	if (missed && !why.text[0])
		err_set(&why, ERR_SYSTEM, "%s is damaged: flows after %llu are missing", im->path, (unsigned long long)im->at);
	if (missed)
		import_damaged(im, &why);
	for (size_t i = 0; i < im->n && import_wanted(im); i++) {
		struct flow *f = NULL;
		if (flow_db_load(db, im->number[i], FLOW_IMPORT_BODY_MAX, &f, &why))
			import_damaged(im, &why);
		else
			import_put(im, f);
	}
	return im->n == IMPORT_NUMBERS || (missed && import_skip(im));
}

static void *
import_main(void *arg)
{
	struct flow_import *im = arg;
	struct errmsg why = {.text = ""};
	struct flow_db *db = NULL;
	uint64_t conn;

	if (flow_file_same(im->path, im->in_use))
		err_set(&why, ERR_REFUSED, "that is the session file that is open here");
	else
		db = flow_db_open_read(im->path, &why);
	if (db && flow_db_last(db, &im->last, &conn, &why) == 0)
		while (import_some(im, db) && import_wanted(im))
			;
	flow_db_close(db);
	pthread_mutex_lock(&im->lock);
	im->end.why = why;
	im->done = true;
	pthread_mutex_unlock(&im->lock);
	import_signal(im);
	return NULL;
}

/* ---- the main thread ---- */

static void
import_release(struct flow_import *im)
{
	for (; im->count; im->count--, im->head = (im->head + 1) % IMPORT_QUEUE_FLOWS)
		flow_free_loaded(im->queue[im->head]);
	pthread_mutex_destroy(&im->lock);
	pthread_cond_destroy(&im->wake);
	free(im->path);
	free(im->in_use);
	free(im);
}

struct flow_import *
flow_import_start(const char *path, const char *in_use, int ready_fd)
{
	struct flow_import *im = mem_zalloc(sizeof *im);

	im->path = mem_strdup(path);
	im->in_use = mem_strdup(in_use);
	im->ready_fd = ready_fd;
	im->step = 1;
	pthread_mutex_init(&im->lock, NULL);
	pthread_cond_init(&im->wake, NULL);
	if (pthread_create(&im->thread, NULL, import_main, im) == 0)
		return im;
	import_release(im);
	return NULL;
}

struct flow *
flow_import_take(struct flow_import *im)
{
	struct flow *f = NULL;

	pthread_mutex_lock(&im->lock);
	if (im->count) {
		f = im->queue[im->head];
		im->head = (im->head + 1) % IMPORT_QUEUE_FLOWS;
		im->count--;
		im->bytes -= import_bytes(f);
		pthread_cond_signal(&im->wake);
	}
	pthread_mutex_unlock(&im->lock);
	return f;
}

unsigned
flow_import_percent(struct flow_import *im)
{
	pthread_mutex_lock(&im->lock);
	unsigned percent = im->percent;
	pthread_mutex_unlock(&im->lock);
	return percent;
}

bool
flow_import_done(struct flow_import *im, struct flow_import_end *end)
{
	pthread_mutex_lock(&im->lock);
	bool done = im->done && !im->count;
	*end = im->end;
	pthread_mutex_unlock(&im->lock);
	return done;
}

void
flow_import_free(struct flow_import *im)
{
	if (!im)
		return;
	pthread_mutex_lock(&im->lock);
	im->cancel = true;
	pthread_cond_signal(&im->wake);
	pthread_mutex_unlock(&im->lock);
	pthread_join(im->thread, NULL);
	import_release(im);
}
