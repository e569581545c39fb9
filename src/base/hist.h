/* SPDX-License-Identifier: MIT
 * HDR-style histogram of durations in microseconds: 8 linear steps per power of two, so a percentile is
 * within 12.5 % of the true value. One writer thread but for hist_add_shared, any number of readers (relaxed atomics). */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdatomic.h>
#include <stdint.h>

enum { HIST_BUCKETS = 8 * 38 };

struct hist {
	_Atomic uint64_t bucket[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t us);
/* The same for a histogram with several writers. */
void hist_add_shared(struct hist *h, uint64_t us);
/* Adds the counts of h to sum, a plain array of HIST_BUCKETS. */
void hist_sum(const struct hist *h, uint64_t *sum);
/* The value in microseconds below which the share (0..1) of the counts lies; 0 without samples. */
uint64_t hist_percentile(const uint64_t *sum, double share);
uint64_t hist_count(const uint64_t *sum);

#endif
