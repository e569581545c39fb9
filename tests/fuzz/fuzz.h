/* SPDX-License-Identifier: MIT
 * What the fuzz targets share: assertions that stay in every build, and where to cut an input in
 * two. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/span.h"

#define FUZZ_ASSERT(x)                                                                             \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether s lies in p[0..n); an absent span lies anywhere. */
static inline bool
fuzz_inside(struct span s, const char *p, size_t n)
{
	return !s.p || (s.p >= p && s.p + s.n <= p + n);
}

/* A place to cut an input of n bytes, chosen by its content so that the fuzzer can move it. */
static inline size_t
fuzz_cut(const uint8_t *data, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ data[i]) * 16777619u;
	return n ? h % n : 0;
}

#endif
