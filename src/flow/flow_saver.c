/* SPDX-License-Identifier: MIT
 * The writer thread and its batches. */
#include "flow/flow_saver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "flow/flow_db.h"

enum { ARENA_CHUNK = 256 << 10, RETRY_MS = 1000 };

/* Memory of a batch: freed as a whole, addresses stay. */
struct chunk {
	struct chunk *next;
	size_t n, cap;
	max_align_t p[];
};

enum item_type { ITEM_CONN, ITEM_FLOW, ITEM_PIECE, ITEM_MESSAGE, ITEM_MARKS };

struct item {
	uint8_t type;         /* enum item_type */
	uint8_t dir;
	bool marked, deleted;
	uint32_t seq;
	uint64_t number, conn;
	union {
		const struct flow_conn *c;
		const struct flow *f;
		const char *comment;
		const struct flow_message *message;
		struct span data;
	};
	uint64_t wall_ns;     /* of the message */
	struct block *block;  /* data lies in it; a reference */
};

struct flow_batch {
	struct flow_batch *next;
	struct chunk *chunk;
	struct item *item;
	size_t nitems, cap;
	uint64_t *number;
	size_t nnumbers, numbers_cap;
	uint64_t bytes;
	uint32_t id;
};

struct queue {
	struct flow_batch *first, **end;
};

struct flow_saver {
	struct flow_db *db;
	int ready_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue todo, done; /* under the lock, as what follows */
	unsigned busy;
	bool closing;
	struct errmsg problem;
	uint64_t problem_bytes; /* that the file had then */
};

/* ---- batches ---- */

struct flow_batch *
flow_batch_new(uint32_t id)
{
	struct flow_batch *b = mem_zalloc(sizeof *b);

	b->id = id;
	return b;
}

static void *
batch_alloc(struct flow_batch *b, size_t n)
{
	struct chunk *c = b->chunk;
	size_t need = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);

	if (!c || c->n + need > c->cap) {
		size_t cap = need > ARENA_CHUNK ? need : ARENA_CHUNK;
		c = mem_alloc(sizeof *c + cap);
		c->next = b->chunk;
		c->n = 0;
		c->cap = cap;
		b->chunk = c;
	}
	void *p = (char *)c->p + c->n;
	c->n += need;
	b->bytes += need;
	return p;
}

static void *
batch_dup(struct flow_batch *b, const void *p, size_t n)
{
	return n ? memcpy(batch_alloc(b, n), p, n) : batch_alloc(b, 1);
}

static struct span
batch_span(struct flow_batch *b, struct span s)
{
	return s.p ? span_of(batch_dup(b, s.p, s.n), s.n) : SPAN_NONE;
}

static char *
batch_str(struct flow_batch *b, const char *s)
{
	return s ? batch_dup(b, s, strlen(s) + 1) : NULL;
}

static struct item *
batch_item(struct flow_batch *b, enum item_type type)
{
	if (b->nitems == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 256;
		b->item = mem_resize(b->item, b->cap, sizeof *b->item);
	}
	struct item *i = &b->item[b->nitems++];
	*i = (struct item){.type = (uint8_t)type};
	return i;
}

void
flow_batch_add_conn(struct flow_batch *b, const struct flow_conn *c)
{
	struct flow_conn *copy = batch_dup(b, c, sizeof *c);

	for (int side = 0; side < 2; side++) {
		if (!c->tls[side])
			continue;
		struct flow_tls *t = copy->tls[side] = batch_dup(b, c->tls[side], sizeof *t);
		t->why = batch_str(b, t->why);
		t->remedy = batch_str(b, t->remedy);
	}
	batch_item(b, ITEM_CONN)->c = copy;
}

static void
batch_copy_detail(struct flow_batch *b, struct flow *copy, const struct flow_detail *from)
{
	struct flow_detail *d = copy->detail = batch_dup(b, from, sizeof *d);

	for (int dir = 0; dir < 2; dir++) {
		d->head[dir] = batch_span(b, d->head[dir]);
		d->trailer[dir] = batch_span(b, d->trailer[dir]);
		d->body[dir].piece = NULL;
		d->body[dir].npieces = 0;
	}
	for (int dir = 0; dir < 2; dir++) {
		if (!d->original[dir])
			continue;
		struct flow_version *v = d->original[dir] = batch_dup(b, d->original[dir], sizeof *v);
		v->head = batch_span(b, v->head);
		v->trailer = batch_span(b, v->trailer);
		v->body.piece = NULL;
		v->body.npieces = 0;
	}
	d->messages = NULL;
	d->remedy = batch_str(b, d->remedy);
	if (d->conn) { /* what is asked of it is when it began */
		struct flow_conn *c = batch_alloc(b, sizeof *c);
		*c = (struct flow_conn){.number = d->conn->number, .mono_ns = d->conn->mono_ns};
		d->conn = c;
	}
}

void
flow_batch_add_flow(struct flow_batch *b, const struct flow *f)
{
	struct flow *copy = batch_dup(b, f, sizeof *f);

	copy->method = batch_span(b, f->method);
	copy->host = batch_span(b, f->host);
	copy->path = batch_span(b, f->path);
	copy->content_type = batch_span(b, f->content_type);
	copy->text = copy->comment = NULL;
	copy->why = batch_str(b, f->why);
	if (f->detail)
		batch_copy_detail(b, copy, f->detail);
	struct item *i = batch_item(b, ITEM_FLOW);
	i->f = copy;
	i->conn = f->detail && f->detail->conn ? f->detail->conn->number : 0;
	if (b->nnumbers == b->numbers_cap) {
		b->numbers_cap = b->numbers_cap ? b->numbers_cap * 2 : 256;
		b->number = mem_resize(b->number, b->numbers_cap, sizeof *b->number);
	}
	b->number[b->nnumbers++] = f->number;
}

void
flow_batch_add_piece(struct flow_batch *b, const struct flow *f, enum flow_dir dir, uint32_t seq,
    const struct flow_piece *p)
{
	struct item *i = batch_item(b, ITEM_PIECE);

	i->number = f->number;
	i->dir = (uint8_t)dir;
	i->seq = seq;
	if (p->block) {
		i->block = block_ref(p->block);
		i->data = span_of(p->p, p->n);
		b->bytes += p->n;
	} else {
		struct span copy = batch_span(b, span_of(p->p, p->n));
		b->item[b->nitems - 1].data = copy;
	}
}

void
flow_batch_add_message(struct flow_batch *b, const struct flow *f, uint32_t seq, const struct flow_message *m)
{
	struct flow_message *copy = batch_dup(b, m, sizeof *m);

	copy->came = SPAN_NONE;
	copy->sent = batch_span(b, m->sent);
	struct item *i = batch_item(b, ITEM_MESSAGE);
	i->number = f->number;
	i->seq = seq;
	i->message = copy;
	i->wall_ns = f->wall_ns + (m->mono_ns > f->mono_ns ? m->mono_ns - f->mono_ns : 0);
}

void
flow_batch_add_marks(struct flow_batch *b, uint64_t number, bool marked, bool deleted, const char *comment)
{
	const char *copy = batch_str(b, comment);
	struct item *i = batch_item(b, ITEM_MARKS);

	i->comment = copy;
	i->number = number;
	i->marked = marked;
	i->deleted = deleted;
}

uint64_t
flow_batch_bytes(const struct flow_batch *b)
{
	return b->bytes;
}

uint32_t
flow_batch_id(const struct flow_batch *b)
{
	return b->id;
}

const uint64_t *
flow_batch_numbers(const struct flow_batch *b, size_t *n)
{
	*n = b->nnumbers;
	return b->number;
}

void
flow_batch_free(struct flow_batch *b)
{
	for (size_t i = 0; i < b->nitems; i++)
		block_unref(b->item[i].block);
	for (struct chunk *c = b->chunk, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(b->item);
	free(b->number);
	free(b);
}

/* ---- the thread ---- */

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
queue_put(struct queue *q, struct flow_batch *b)
{
	b->next = NULL;
	*q->end = b;
	q->end = &b->next;
}

static struct flow_batch *
queue_take(struct queue *q)
{
	struct flow_batch *b = q->first;

	if (b && !(q->first = b->next))
		q->end = &q->first;
	return b;
}

static int
save_item(struct flow_db *db, const struct item *i, struct errmsg *why)
{
	switch (i->type) {
	case ITEM_CONN:
		return flow_db_put_conn(db, i->c, why);
	case ITEM_FLOW:
		return flow_db_put_flow(db, i->f, i->conn, why);
	case ITEM_PIECE:
		return flow_db_put_piece(db, i->number, (enum flow_dir)i->dir, i->seq, i->data, why);
	case ITEM_MESSAGE:
		return flow_db_put_message(db, i->number, i->seq, i->message, i->wall_ns, why);
	default:
		return flow_db_put_marks(db, i->number, i->marked, i->deleted, i->comment, why);
	}
}

int
flow_batch_put(const struct flow_batch *b, struct flow_db *db, struct errmsg *why)
{
	int r = 0;

	for (size_t i = 0; !r && i < b->nitems; i++)
		r = save_item(db, &b->item[i], why);
	return r;
}

static int
save_batch(struct flow_db *db, const struct flow_batch *b, struct errmsg *why)
{
	int r = flow_db_begin(db, why);

	if (r)
		return r;
	r = flow_batch_put(b, db, why);
	if (!r)
		r = flow_db_commit(db, why);
	if (r)
		flow_db_rollback(db);
	return r;
}

/* After a failure: until the time to try again has come, or the end. */
static void
saver_wait_retry(struct flow_saver *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_MS / 1000;
	while (!s->closing && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0) {
		/* woken for a batch that must wait its turn */
	}
}

static void
saver_signal(const struct flow_saver *s)
{
	uint64_t one = 1;

	if (write(s->ready_fd, &one, sizeof one) < 0) {
		/* Its counter is at its maximum: it is readable all the same. */
	}
}

/* With the lock held; gives up the batch at the end only, so that nothing is left out in between. */
static void
saver_work(struct flow_saver *s, struct flow_batch *b)
{
	struct errmsg why;

	for (bool last = false; !last;) {
		last = s->closing;
		pthread_mutex_unlock(&s->lock);
		int r = save_batch(s->db, b, &why);
		uint64_t bytes = r ? flow_db_bytes(s->db) : 0;
		pthread_mutex_lock(&s->lock);
		if (r == 0) {
			s->problem.text[0] = '\0';
			queue_put(&s->done, queue_take(&s->todo));
			s->busy--;
			saver_signal(s);
			return;
		}
		s->problem = why;
		s->problem_bytes = bytes;
		saver_signal(s);
		if (!last)
			saver_wait_retry(s);
	}
	/* Left in todo: flow_saver_free counts what it holds. */
	s->db = NULL;
}

static void *
saver_main(void *arg)
{
	struct flow_saver *s = arg;
	struct flow_db *db = s->db;

	pthread_mutex_lock(&s->lock);
	while (s->db && (s->todo.first || !s->closing)) {
		if (s->todo.first)
			saver_work(s, s->todo.first);
		else
			pthread_cond_wait(&s->wake, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	flow_db_close(db);
	return NULL;
}

struct flow_saver *
flow_saver_new(struct flow_db *db, int ready_fd, struct errmsg *why)
{
	struct flow_saver *s = mem_zalloc(sizeof *s);
	pthread_condattr_t clock;

	s->db = db;
	s->ready_fd = ready_fd;
	queue_init(&s->todo);
	queue_init(&s->done);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &clock);
	pthread_condattr_destroy(&clock);
	if (pthread_create(&s->thread, NULL, saver_main, s) == 0)
		return s;
	err_set(why, ERR_SYSTEM, "cannot start the thread that writes the session file");
	flow_db_close(db);
	free(s);
	return NULL;
}

static void
saver_drop(struct queue *q, uint64_t *lost)
{
	struct flow_batch *b;

	while ((b = queue_take(q)) != NULL) {
		*lost += b->nnumbers;
		flow_batch_free(b);
	}
}

void
flow_saver_free(struct flow_saver *s, struct errmsg *why, uint64_t *lost)
{
	uint64_t saved = 0;

	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	*why = s->problem;
	saver_drop(&s->todo, lost);
	saver_drop(&s->done, &saved);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	free(s);
}

unsigned
flow_saver_busy(struct flow_saver *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned busy = s->busy;
	pthread_mutex_unlock(&s->lock);
	return busy;
}

void
flow_saver_submit(struct flow_saver *s, struct flow_batch *b)
{
	pthread_mutex_lock(&s->lock);
	queue_put(&s->todo, b);
	s->busy++;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

struct flow_batch *
flow_saver_done(struct flow_saver *s)
{
	pthread_mutex_lock(&s->lock);
	struct flow_batch *b = queue_take(&s->done);
	pthread_mutex_unlock(&s->lock);
	return b;
}

void
flow_saver_problem(struct flow_saver *s, struct errmsg *out, uint64_t *bytes)
{
	pthread_mutex_lock(&s->lock);
	*out = s->problem;
	*bytes = s->problem_bytes;
	pthread_mutex_unlock(&s->lock);
}
