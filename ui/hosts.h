/* SPDX-License-Identifier: MIT
 * Which servers answer slowly: times to the first byte by host, for a bounded number of hosts. When there are more, the
 * host that was called least often gives way. */
#ifndef UI_HOSTS_H
#define UI_HOSTS_H

#include <stdint.h>

#include "base/span.h"

enum { HOSTS_MAX = 256, HOSTS_NAME_MAX = 96, HOSTS_BUCKETS = 64, HOSTS_TOP_MAX = 5 };

struct host {
	char name[HOSTS_NAME_MAX]; /* raw bytes, cut to size: escape before showing */
	uint32_t hash;
	uint64_t rank;             /* answers, and those of the hosts whose place it has taken */
	uint64_t n, sum_us, max_us;
	uint32_t bucket[HOSTS_BUCKETS]; /* two for each power of two of microseconds; the last has no end */
};

struct hosts {
	struct host *host; /* HOSTS_MAX of them; NULL before the first */
	unsigned n;
};

void hosts_fini(struct hosts *h);
/* An answer of that host began so long after its request. */
void hosts_add(struct hosts *h, struct span name, uint64_t us);
/* The share of the answers (0..1) that took at most so long: the upper end of its bucket, no more than the longest. */
uint64_t host_percentile_us(const struct host *h, double share);
/* The slowest by p95, slowest first; returns how many, at most HOSTS_TOP_MAX. Lent until hosts_add. */
unsigned hosts_slowest(const struct hosts *h, const struct host **top);

#endif
