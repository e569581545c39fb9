/* SPDX-License-Identifier: MIT
 * The reader thread and the page cache. */
#include "flow/flow_reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "flow/flow_db.h"

enum { READER_PAGES = 64 };

struct page {
	struct reader_job *job; /* NULL: unused */
	uint64_t used;          /* tick of the last use */
};

struct flow_reader {
	struct flow_db *db;
	int ready_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct reader_job *todo; /* under the lock, as `closing`, `done` and `orphan` of every job */
	bool closing;
	struct page page[READER_PAGES];
	uint64_t tick;
};

static void
job_free(struct reader_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		flow_free_loaded(j->flow[i]);
	free(j->flow);
	free(j);
}

static void
job_add(struct reader_job *j, struct flow *f)
{
	if (j->n == j->cap) {
		j->cap = j->cap ? j->cap * 2 : READER_PAGE_FLOWS;
		j->flow = mem_resize(j->flow, j->cap, sizeof *j->flow);
	}
	j->flow[j->n++] = f;
}

static bool
job_each(void *arg, const struct flow *f)
{
	struct reader_job *j = arg;

	job_add(j, flow_copy_summary(f));
	if (j->n == j->max)
		j->last = f->number;
	return j->n != j->max;
}

/* What cannot be read is told once, the rest is read all the same. */
static void
job_load(struct flow_db *db, struct reader_job *j)
{
	uint64_t total = 0;

	while (j->tried < j->nnumbers && total <= j->total_max_bytes) {
		struct flow *f = NULL;
		struct errmsg why = {.text = ""};
		if (flow_db_load(db, j->number[j->tried++], j->body_max_bytes, &f, &why) == 0) {
			job_add(j, f);
			total += flow_body(f, FLOW_REQUEST)->kept + flow_body(f, FLOW_RESPONSE)->kept;
		} else if (!j->why.text[0]) {
			j->why = why;
		}
	}
}

static void
job_run(struct flow_db *db, struct reader_job *j)
{
	if (j->whole)
		job_load(db, j);
	else
		flow_db_rows(db, j->first, j->last, job_each, j, &j->why);
}

static void *
reader_main(void *arg)
{
	struct flow_reader *r = arg;
	uint64_t one = 1;

	pthread_mutex_lock(&r->lock);
	while (!r->closing) {
		struct reader_job *j = r->todo;
		if (!j) {
			pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		r->todo = j->next;
		pthread_mutex_unlock(&r->lock);
		job_run(r->db, j);
		pthread_mutex_lock(&r->lock);
		j->done = true;
		if (j->orphan)
			job_free(j);
		else if (write(r->ready_fd, &one, sizeof one) < 0)
			continue; /* its counter is at its maximum: it is readable all the same */
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct flow_reader *
flow_reader_new(struct flow_db *db, int ready_fd, struct errmsg *why)
{
	struct flow_reader *r = mem_zalloc(sizeof *r);

	r->db = db;
	r->ready_fd = ready_fd;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	if (pthread_create(&r->thread, NULL, reader_main, r) == 0)
		return r;
	err_set(why, ERR_SYSTEM, "cannot start the thread that reads the session file");
	flow_db_close(db);
	free(r);
	return NULL;
}

void
flow_reader_free(struct flow_reader *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->closing = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	for (unsigned i = 0; i < READER_PAGES; i++)
		flow_reader_give_up(r, r->page[i].job);
	for (struct reader_job *j = r->todo, *next; j; j = next) {
		next = j->next;
		job_free(j);
	}
	flow_db_close(r->db);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	free(r);
}

static struct reader_job *
reader_submit(struct flow_reader *r, struct reader_job *j, bool urgent)
{
	struct reader_job **at;

	pthread_mutex_lock(&r->lock);
	at = &r->todo;
	while (!urgent && *at)
		at = &(*at)->next;
	j->next = *at;
	*at = j;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	return j;
}

static struct reader_job *
reader_rows(struct flow_reader *r, uint64_t first, uint64_t last)
{
	struct reader_job *j = mem_zalloc(sizeof *j);

	j->first = first;
	j->last = last;
	return reader_submit(r, j, true);
}

struct reader_job *
flow_reader_some(struct flow_reader *r, uint64_t first, uint64_t last, size_t max)
{
	struct reader_job *j = mem_zalloc(sizeof *j);

	j->first = first;
	j->last = last;
	j->max = max;
	return reader_submit(r, j, false);
}

struct reader_job *
flow_reader_load(struct flow_reader *r, uint64_t number, uint64_t body_max_bytes)
{
	struct reader_job *j = mem_zalloc(sizeof *j);

	j->whole = true;
	j->first = j->last = j->number[0] = number;
	j->nnumbers = 1;
	j->body_max_bytes = body_max_bytes;
	return reader_submit(r, j, true);
}

struct reader_job *
flow_reader_batch(struct flow_reader *r, const uint64_t *number, size_t n, uint64_t body_max_bytes,
    uint64_t total_max_bytes)
{
	struct reader_job *j = mem_zalloc(sizeof *j);

	j->whole = true;
	memcpy(j->number, number, n * sizeof *number);
	j->nnumbers = n;
	j->body_max_bytes = body_max_bytes;
	j->total_max_bytes = total_max_bytes;
	return reader_submit(r, j, false);
}

bool
flow_reader_done(struct flow_reader *r, const struct reader_job *job)
{
	pthread_mutex_lock(&r->lock);
	bool done = job->done;
	pthread_mutex_unlock(&r->lock);
	return done;
}

void
flow_reader_give_up(struct flow_reader *r, struct reader_job *job)
{
	if (!job)
		return;
	pthread_mutex_lock(&r->lock);
	struct reader_job **at = &r->todo;
	while (*at && *at != job)
		at = &(*at)->next;
	bool waits = *at == job;
	if (waits)
		*at = job->next;
	bool mine = waits || job->done;
	job->orphan = !mine;
	pthread_mutex_unlock(&r->lock);
	if (mine)
		job_free(job);
}

static struct flow *
job_find(const struct reader_job *j, uint64_t number)
{
	size_t i = flow_bound(j->flow, j->n, number);

	return i < j->n && j->flow[i]->number == number ? j->flow[i] : NULL;
}

static struct page *
page_find(struct flow_reader *r, uint64_t first)
{
	for (unsigned i = 0; i < READER_PAGES; i++)
		if (r->page[i].job && r->page[i].job->first == first)
			return &r->page[i];
	return NULL;
}

static struct page *
page_oldest(struct flow_reader *r)
{
	struct page *oldest = &r->page[0];

	for (unsigned i = 1; i < READER_PAGES; i++)
		if (r->page[i].used < oldest->used)
			oldest = &r->page[i];
	return oldest;
}

struct flow *
flow_reader_row(struct flow_reader *r, uint64_t number, bool *gone)
{
	uint64_t first = number - (number - 1) % READER_PAGE_FLOWS;
	struct page *p = page_find(r, first);

	*gone = false;
	if (!p) {
		p = page_oldest(r);
		flow_reader_give_up(r, p->job);
		p->job = reader_rows(r, first, first + READER_PAGE_FLOWS - 1);
	}
	p->used = ++r->tick;
	if (!flow_reader_done(r, p->job))
		return NULL;
	struct flow *f = job_find(p->job, number);
	*gone = !f;
	return f;
}

void
flow_reader_forget(struct flow_reader *r, uint64_t number)
{
	struct page *p = page_find(r, number - (number - 1) % READER_PAGE_FLOWS);

	if (!p)
		return;
	flow_reader_give_up(r, p->job);
	*p = (struct page){.job = NULL};
}

struct flow *
flow_reader_cached(struct flow_reader *r, uint64_t number)
{
	struct page *p = page_find(r, number - (number - 1) % READER_PAGE_FLOWS);

	return p && flow_reader_done(r, p->job) ? job_find(p->job, number) : NULL;
}
