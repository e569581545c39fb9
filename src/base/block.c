/* SPDX-License-Identifier: MIT
 * Reference-counted blocks of bytes and the pools they come from. */
#include "base/block.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/mem.h"

enum { SLAB_BYTES = 2 << 20, BLOCK_STRIDE = (sizeof(struct block) + BLOCK_BYTES + 63) & ~63 };

struct slab {
	struct slab *next;
};

struct block_pool {
	_Atomic uint32_t refs;           /* the owner and every block that is out */
	struct block *local;             /* the owner's */
	_Atomic(struct block *) returned; /* pushed by any thread, taken whole by the owner: no ABA */
	struct slab *slabs;
};

struct block *
block_new(size_t cap_bytes)
{
	CHECK(cap_bytes <= UINT32_MAX);
	struct block *b = mem_alloc(sizeof *b + cap_bytes);

	atomic_init(&b->refs, 1);
	b->cap = (uint32_t)cap_bytes;
	b->pool = NULL;
	return b;
}

struct block *
block_ref(struct block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

int
block_sole(const struct block *b)
{
	return atomic_load_explicit(&b->refs, memory_order_acquire) == 1;
}

static void
pool_unref(struct block_pool *p)
{
	if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (struct slab *s = p->slabs, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	free(p);
}

void
block_unref(struct block *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	struct block_pool *p = b->pool;
	if (!p) {
		free(b);
		return;
	}
	struct block *head = atomic_load_explicit(&p->returned, memory_order_relaxed);
	do
		b->next = head;
	while (!atomic_compare_exchange_weak_explicit(&p->returned, &head, b, memory_order_release,
	    memory_order_relaxed));
	pool_unref(p);
}

struct block_pool *
block_pool_new(void)
{
	struct block_pool *p = mem_zalloc(sizeof *p);

	atomic_init(&p->refs, 1);
	return p;
}

static void
pool_grow(struct block_pool *p)
{
	char *m = aligned_alloc(SLAB_BYTES, SLAB_BYTES);
	size_t first = (sizeof(struct slab) + 63) & ~(size_t)63;

	CHECK(m);
	madvise(m, SLAB_BYTES, MADV_HUGEPAGE);
	struct slab *s = (void *)m;
	s->next = p->slabs;
	p->slabs = s;
	for (size_t at = first; at + BLOCK_STRIDE <= SLAB_BYTES; at += BLOCK_STRIDE) {
		struct block *b = (void *)(m + at);
		b->cap = BLOCK_BYTES;
		b->pool = p;
		b->next = p->local;
		p->local = b;
	}
}

struct block *
block_pool_take(struct block_pool *p)
{
	if (!p->local)
		p->local = atomic_exchange_explicit(&p->returned, NULL, memory_order_acquire);
	if (!p->local)
		pool_grow(p);
	struct block *b = p->local;
	p->local = b->next;
	atomic_init(&b->refs, 1);
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return b;
}

void
block_pool_give(struct block_pool *p, struct block *b)
{
	b->next = p->local;
	p->local = b;
	atomic_fetch_sub_explicit(&p->refs, 1, memory_order_relaxed);
}

void
block_pool_close(struct block_pool *p)
{
	if (p)
		pool_unref(p);
}
