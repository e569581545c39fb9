/* SPDX-License-Identifier: MIT
 * Slow hosts. */
#include "ui/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
hosts_fini(struct hosts *h)
{
	free(h->host);
	*h = (struct hosts){.host = NULL};
}

/* FNV-1a */
static uint32_t
host_hash(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash;
}

static unsigned
host_bucket(uint64_t us)
{
	unsigned log = us > 1 ? 63u - (unsigned)__builtin_clzll(us) : 0;
	unsigned b = 2 * log + (log ? (unsigned)(us >> (log - 1)) & 1u : 0);

	return b < HOSTS_BUCKETS ? b : HOSTS_BUCKETS - 1;
}

/* The first value above the bucket. */
static uint64_t
host_bucket_end(unsigned b)
{
	return b < 2 ? 2 : (uint64_t)(b % 2 ? 4 : 3) << (b / 2 - 1);
}

/* The place of a new host: a free one, or that of the host with the lowest rank. */
static struct host *
host_new(struct hosts *h)
{
	struct host *least = &h->host[0];

	if (h->n < HOSTS_MAX)
		return memset(&h->host[h->n++], 0, sizeof *h->host);
	for (unsigned i = 1; i < h->n; i++)
		if (h->host[i].rank < least->rank)
			least = &h->host[i];
	uint64_t rank = least->rank;
	memset(least, 0, sizeof *least);
	least->rank = rank;
	return least;
}

static struct host *
host_find(struct hosts *h, struct span name)
{
	char text[HOSTS_NAME_MAX] = "";

	if (name.n >= sizeof text)
		name.n = sizeof text - 1;
	if (name.n)
		memcpy(text, name.p, name.n);
	uint32_t hash = host_hash(text);
	for (unsigned i = 0; i < h->n; i++)
		if (h->host[i].hash == hash && strcmp(h->host[i].name, text) == 0)
			return &h->host[i];
	struct host *one = host_new(h);
	memcpy(one->name, text, sizeof text);
	one->hash = hash;
	return one;
}

void
hosts_add(struct hosts *h, struct span name, uint64_t us)
{
	if (!h->host)
		h->host = mem_array(HOSTS_MAX, sizeof *h->host);
	struct host *one = host_find(h, name);
	one->rank++;
	one->n++;
	one->sum_us += us;
	one->max_us = us > one->max_us ? us : one->max_us;
	one->bucket[host_bucket(us)]++;
}

uint64_t
host_percentile_us(const struct host *h, double share)
{
	uint64_t seen = 0;

	for (unsigned b = 0; b < HOSTS_BUCKETS; b++) {
		seen += h->bucket[b];
		if ((double)seen >= (double)h->n * share && b < HOSTS_BUCKETS - 1)
			return host_bucket_end(b) < h->max_us ? host_bucket_end(b) : h->max_us;
	}
	return h->max_us;
}

unsigned
hosts_slowest(const struct hosts *h, const struct host **top)
{
	uint64_t p95[HOSTS_TOP_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < h->n; i++) {
		uint64_t us = host_percentile_us(&h->host[i], 0.95);
		unsigned at = n;
		while (at && p95[at - 1] < us)
			at--;
		if (at == HOSTS_TOP_MAX)
			continue;
		n += n < HOSTS_TOP_MAX;
		for (unsigned k = n - 1; k > at; k--) {
			top[k] = top[k - 1];
			p95[k] = p95[k - 1];
		}
		top[at] = &h->host[i];
		p95[at] = us;
	}
	return n;
}
