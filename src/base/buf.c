/* SPDX-License-Identifier: MIT
 * A growing byte buffer with a stated maximum. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/mem.h"

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){.max = max_bytes};
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (n > b->max - b->n)
		return NULL;
	if (b->n + n > b->cap) {
		size_t cap = b->cap ? b->cap : 128;
		while (cap < b->n + n)
			cap *= 2;
		b->cap = cap > b->max ? b->max : cap;
		b->p = mem_resize(b->p, b->cap, 1);
	}
	return b->p ? b->p + b->n : (b->p = mem_alloc(1));
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char *d = buf_reserve(b, n);

	if (!d)
		return ERR_LIMIT;
	if (n)
		memcpy(d, p, n);
	b->n += n;
	return 0;
}

int
buf_add_span(struct buf *b, struct span s)
{
	return buf_add(b, s.p, s.n);
}

int
buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, ap2;

	va_start(ap, fmt);
	va_copy(ap2, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *d = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
	if (d) {
		vsnprintf(d, (size_t)n + 1, fmt, ap2);
		b->n += (size_t)n;
	}
	va_end(ap2);
	return d ? 0 : ERR_LIMIT;
}

void
buf_consume(struct buf *b, size_t n)
{
	CHECK(n <= b->n);
	b->n -= n;
	if (b->n)
		memmove(b->p, b->p + n, b->n);
}
