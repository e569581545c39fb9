/* SPDX-License-Identifier: MIT
 * HDR-style histogram of durations. */
#include "base/hist.h"

/* Bucket of a value: values below 16 are their own bucket, above that 8 steps per power of two. */
static unsigned
hist_bucket(uint64_t us)
{
	if (us < 16)
		return (unsigned)us;
	unsigned log = 63u - (unsigned)__builtin_clzll(us);
	unsigned b = (log - 3) * 8 + ((unsigned)(us >> (log - 3)) & 7u) + 8;
	return b < HIST_BUCKETS ? b : HIST_BUCKETS - 1;
}

static uint64_t
hist_bucket_low(unsigned b)
{
	if (b < 16)
		return b;
	unsigned log = (b - 8) / 8 + 3;
	return ((uint64_t)1 << log) + ((uint64_t)((b - 8) % 8) << (log - 3));
}

void
hist_add(struct hist *h, uint64_t us)
{
	_Atomic uint64_t *b = &h->bucket[hist_bucket(us)];

	atomic_store_explicit(b, atomic_load_explicit(b, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

void
hist_add_shared(struct hist *h, uint64_t us)
{
	atomic_fetch_add_explicit(&h->bucket[hist_bucket(us)], 1, memory_order_relaxed);
}

void
hist_sum(const struct hist *h, uint64_t *sum)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		sum[i] += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
}

uint64_t
hist_count(const uint64_t *sum)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		n += sum[i];
	return n;
}

uint64_t
hist_percentile(const uint64_t *sum, double share)
{
	uint64_t n = hist_count(sum), seen = 0;
	uint64_t rank = (uint64_t)((double)n * share);

	for (unsigned i = 0; n && i < HIST_BUCKETS; i++) {
		seen += sum[i];
		if (seen > rank || seen == n)
			return hist_bucket_low(i);
	}
	return 0;
}
