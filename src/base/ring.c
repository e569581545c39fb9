/* SPDX-License-Identifier: MIT
 * Single-producer single-consumer ring of variable-size records. */
#include "base/ring.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/mem.h"

/* Before each record stands its length, header included; a record that would cross the end of the memory
 * is preceded by a filler whose length has this bit set. */
enum { RING_HEADER = 8 };
static const uint64_t ring_filler = (uint64_t)1 << 63;

struct ring {
	size_t cap;
	char *p;
	/* Producer's line. head counts bytes ever published; next is where the reserved record ends. */
	ATTR_CACHE_LINE _Atomic uint64_t head;
	uint64_t next, tail_seen;
	/* Consumer's line. */
	ATTR_CACHE_LINE _Atomic uint64_t tail;
	uint64_t head_seen;
};

struct ring *
ring_new(size_t cap_bytes)
{
	struct ring *r;

	CHECK(cap_bytes >= 4096 && (cap_bytes & (cap_bytes - 1)) == 0);
	r = aligned_alloc(64, sizeof *r);
	CHECK(r);
	*r = (struct ring){.cap = cap_bytes, .p = mem_alloc(cap_bytes)};
	return r;
}

void
ring_free(struct ring *r)
{
	if (r)
		free(r->p);
	free(r);
}

static uint64_t *
ring_at(struct ring *r, uint64_t pos)
{
	return (uint64_t *)(void *)(r->p + (pos & (r->cap - 1)));
}

size_t
ring_used(struct ring *r)
{
	r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	return (size_t)(r->next - r->tail_seen);
}

size_t
ring_cap(const struct ring *r)
{
	return r->cap;
}

static bool
ring_fits(struct ring *r, size_t need)
{
	return r->cap - (size_t)(r->next - r->tail_seen) >= need || r->cap - ring_used(r) >= need;
}

void *
ring_reserve(struct ring *r, size_t n)
{
	size_t need = (n + RING_HEADER + 7) & ~(size_t)7;

	CHECK(n <= r->cap / 4);
	r->next = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t to_end = r->cap - (size_t)(r->next & (r->cap - 1));
	size_t skip = need > to_end ? to_end : 0;
	if (!ring_fits(r, skip + need))
		return NULL;
	if (skip) {
		*ring_at(r, r->next) = ring_filler | skip;
		r->next += skip;
	}
	uint64_t *rec = ring_at(r, r->next);
	*rec = need;
	r->next += need;
	return rec + 1;
}

void
ring_commit(struct ring *r)
{
	atomic_store_explicit(&r->head, r->next, memory_order_release);
}

const void *
ring_peek(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == r->head_seen) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail == r->head_seen)
			return NULL;
	}
	uint64_t *rec = ring_at(r, tail);
	if (*rec & ring_filler) {
		tail += *rec & ~ring_filler;
		atomic_store_explicit(&r->tail, tail, memory_order_release);
		rec = ring_at(r, tail);
	}
	return rec + 1;
}

void
ring_release(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + *ring_at(r, tail), memory_order_release);
}
