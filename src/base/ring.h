/* SPDX-License-Identifier: MIT
 * Single-producer single-consumer ring of variable-size records. Lock-free: the producer publishes with a release
 * store, the consumer frees with one. Records are contiguous and 8-byte aligned. */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stddef.h>

struct ring;

struct ring *ring_new(size_t cap_bytes); /* a power of two, >= 4096 */
void ring_free(struct ring *r);

/* Producer: room for a record of n bytes, or NULL while the ring is too full; n <= cap / 4. Nothing is visible to the consumer
 * before ring_commit, which publishes the record last reserved. */
void *ring_reserve(struct ring *r, size_t n);
void ring_commit(struct ring *r);
/* Producer: bytes in use, as far as it knows (never less than the truth). */
size_t ring_used(struct ring *r);
size_t ring_cap(const struct ring *r);

/* Consumer: the oldest record, valid until ring_release; NULL when empty. */
const void *ring_peek(struct ring *r);
void ring_release(struct ring *r);

#endif
