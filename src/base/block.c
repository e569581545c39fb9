/* SPDX-License-Identifier: MIT
 * Reference-counted blocks of bytes. */
#include "base/block.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

struct block *
block_new(size_t cap_bytes)
{
	CHECK(cap_bytes <= UINT32_MAX);
	struct block *b = mem_alloc(sizeof *b + cap_bytes);

	atomic_init(&b->refs, 1);
	b->cap = (uint32_t)cap_bytes;
	return b;
}

struct block *
block_ref(struct block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
block_unref(struct block *b)
{
	if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
		free(b);
}

int
block_sole(const struct block *b)
{
	return atomic_load_explicit(&b->refs, memory_order_acquire) == 1;
}
