/* SPDX-License-Identifier: MIT
 * A growing byte buffer with a stated maximum. Appending past the maximum is an ordinary error
 * (ERR_LIMIT, nothing appended), never a crash. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/span.h"

struct buf {
	char *p;     /* the bytes; NULL while nothing was ever appended */
	size_t n;    /* bytes in use, n <= cap <= max */
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* empties it, keeps the memory */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_add_span(struct buf *b, struct span s);
int buf_add_str(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* Makes room for n more bytes and returns where they go, or NULL past the maximum. The caller adds
 * to b->n what it wrote. */
char *buf_reserve(struct buf *b, size_t n);
void buf_consume(struct buf *b, size_t n); /* drops the first n bytes */

static inline struct span
buf_span(const struct buf *b)
{
	return span_of(b->p ? b->p : "", b->n);
}

#endif
