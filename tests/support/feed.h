/* SPDX-License-Identifier: MIT
 * Gives a parser one input whole, byte by byte, and cut in two at every point, so that a test can
 * claim that its verdict does not depend on how the bytes arrived. */
#ifndef TESTS_SUPPORT_FEED_H
#define TESTS_SUPPORT_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* The parser under test. p[0..n) is all that has arrived so far, at a place that does not change
 * between the calls of one way. */
struct feed_parser {
	void (*start)(void *ctx);			  /* before each way */
	bool (*more)(void *ctx, const char *p, size_t n); /* false when it wants no more */
	void (*finish)(void *ctx, const char *way);	  /* after each way: compares */
};

enum { FEED_EVERY_SPLIT_BYTES = 2000, FEED_SPLIT_STEP = 487 };

/* Every split of a long input would take too long: its ends, and some places in between, do. */
static inline size_t
feed_next_split(size_t k, size_t n)
{
	bool near_end = n <= FEED_EVERY_SPLIT_BYTES || k < 200 || k + 200 > n;

	return near_end || k + FEED_SPLIT_STEP + 200 > n ? k + 1 : k + FEED_SPLIT_STEP;
}

static inline void
feed_every_way(struct span in, const struct feed_parser *parser, void *ctx)
{
	/* Exactly as large as the input, so that the sanitizer sees a read past its end. */
	char *p = calloc(in.n ? in.n : 1, 1);
	if (!p)
		abort();
	if (in.n)
		memcpy(p, in.p, in.n);

	parser->start(ctx);
	parser->more(ctx, p, in.n);
	parser->finish(ctx, "whole");

	parser->start(ctx);
	for (size_t n = 1; n <= in.n && parser->more(ctx, p, n);)
		n++;
	parser->finish(ctx, "byte by byte");

	for (size_t k = 1; k < in.n; k = feed_next_split(k, in.n)) {
		parser->start(ctx);
		if (parser->more(ctx, p, k))
			parser->more(ctx, p, in.n);
		parser->finish(ctx, "in two pieces");
	}
	free(p);
}

#endif
