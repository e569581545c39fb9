/* SPDX-License-Identifier: MIT
 * Reference-counted blocks of bytes: decrypted data is read into one, forwarded from it, and shared with the
 * recorder in another thread. The bytes below the last recorded end never change. Blocks of the usual size come
 * from a pool of one thread and return to it from any. */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_BYTES = 16384 }; /* payload of one TLS record */

struct block_pool;

struct block {
	_Atomic uint32_t refs;
	uint32_t cap;
	struct block_pool *pool; /* where it returns to; NULL: free() */
	struct block *next;      /* in the pool */
	char p[];
};

/* A block of any size, refs == 1. */
struct block *block_new(size_t cap_bytes);
struct block *block_ref(struct block *b);
/* Drops a reference; any thread. NULL is allowed. */
void block_unref(struct block *b);
/* True when the caller holds the only reference. */
int block_sole(const struct block *b);

/* A pool belongs to one thread, which alone takes blocks from it. Its memory grows in slabs of 2 MiB and is kept for
 * reuse: malloc would grow and shrink its heap, page by page, with every body that is recorded. */
struct block_pool *block_pool_new(void);
struct block *block_pool_take(struct block_pool *p); /* cap == BLOCK_BYTES, refs == 1 */
/* The owner gives back a block of which it holds the only reference: cheaper than block_unref. */
void block_pool_give(struct block_pool *p, struct block *b);
/* The owner is done; the memory goes when the last block has come back. */
void block_pool_close(struct block_pool *p);

#endif
