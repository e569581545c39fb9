/* SPDX-License-Identifier: MIT
 * Reference-counted blocks of bytes: decrypted data is read into one, forwarded from it, and shared with the
 * recorder in another thread. The bytes below the last recorded end never change. */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_BYTES = 16384 }; /* payload of one TLS record */

struct block {
	_Atomic uint32_t refs;
	uint32_t cap;
	char p[];
};

struct block *block_new(size_t cap_bytes); /* refs == 1 */
struct block *block_ref(struct block *b);
void block_unref(struct block *b);          /* NULL is allowed */
/* True when the caller holds the only reference. */
int block_sole(const struct block *b);

#endif
