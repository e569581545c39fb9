/* SPDX-License-Identifier: MIT
 * Forged leaves by name of what they depend on: a bounded table, least recently used out first, one
 * forge per name at a time (S000-14, pitfall P11). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "tls/tls_internal.h"

enum { FRESH_SECONDS = 86400 }; /* a leaf with less to live is forged anew (threat T36) */

struct slot {
	struct slot *hash_next;
	struct slot *newer,
	    *older; /* NULL while the leaf is being forged: such a slot is never evicted */
	struct tls_leaf *leaf; /* NULL while it is being forged */
	unsigned char id[TLS_KEY_BYTES];
};

struct tls_leaf_cache {
	pthread_mutex_t lock;
	pthread_cond_t forged;
	struct slot **bucket;
	size_t mask;
	struct slot *newest, *oldest;
	unsigned n, max;
	uint64_t hits;
};

struct tls_leaf_cache *
tls_leaf_cache_new(unsigned max)
{
	struct tls_leaf_cache *c = mem_zalloc(sizeof *c);
	size_t buckets = 16;

	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->forged, NULL);
	c->max = max ? max : 1;
	while (buckets < c->max && buckets < (1u << 20))
		buckets *= 2;
	c->mask = buckets - 1;
	c->bucket = mem_array(buckets, sizeof *c->bucket);
	return c;
}

void
tls_leaf_cache_free(struct tls_leaf_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i <= c->mask; i++) {
		for (struct slot *s = c->bucket[i], *next; s; s = next) {
			next = s->hash_next;
			tls_leaf_unref(s->leaf);
			free(s);
		}
	}
	pthread_cond_destroy(&c->forged);
	pthread_mutex_destroy(&c->lock);
	free(c->bucket);
	free(c);
}

/* The place that points to the slot, or to NULL at the end of its bucket. */
static struct slot **
find(struct tls_leaf_cache *c, const unsigned char *id)
{
	uint64_t h;

	memcpy(&h, id, sizeof h); /* the id is a hash already */
	struct slot **p = &c->bucket[h & c->mask];
	while (*p && memcmp((*p)->id, id, TLS_KEY_BYTES))
		p = &(*p)->hash_next;
	return p;
}

static void
unlink_age(struct tls_leaf_cache *c, struct slot *s)
{
	*(s->newer ? &s->newer->older : &c->newest) = s->older;
	*(s->older ? &s->older->newer : &c->oldest) = s->newer;
	s->newer = s->older = NULL;
	c->n--;
}

static void
link_newest(struct tls_leaf_cache *c, struct slot *s)
{
	s->older = c->newest;
	s->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = s;
	c->newest = s;
	c->n++;
}

static void
drop(struct tls_leaf_cache *c, struct slot *s)
{
	struct slot **p = find(c, s->id);

	*p = s->hash_next;
	tls_leaf_unref(s->leaf);
	free(s);
}

static void
add_forging(struct slot **place, const unsigned char *id)
{
	struct slot *s = mem_zalloc(sizeof *s);

	memcpy(s->id, id, sizeof s->id);
	*place = s;
}

struct tls_leaf *
tls_leaf_cache_get(struct tls_leaf_cache *c, const unsigned char *id)
{
	struct tls_leaf *l = NULL;
	struct slot **p, *s;

	pthread_mutex_lock(&c->lock);
	while ((s = *(p = find(c, id))) && !s->leaf)
		pthread_cond_wait(&c->forged, &c->lock);
	if (!s) {
		add_forging(p, id);
	} else if (s->leaf->not_after < tls_now() + FRESH_SECONDS) {
		unlink_age(c, s);
		tls_leaf_unref(s->leaf);
		s->leaf = NULL;
	} else {
		unlink_age(c, s);
		link_newest(c, s);
		l = tls_leaf_ref(s->leaf);
		c->hits++;
	}
	pthread_mutex_unlock(&c->lock);
	return l;
}

void
tls_leaf_cache_put(struct tls_leaf_cache *c, const unsigned char *id, struct tls_leaf *l)
{
	pthread_mutex_lock(&c->lock);
	struct slot *s = *find(c, id);
	CHECK(s && !s->leaf);
	if (l) {
		s->leaf = tls_leaf_ref(l);
		link_newest(c, s);
	} else {
		drop(c, s);
	}
	while (c->n > c->max) {
		struct slot *old = c->oldest;
		unlink_age(c, old);
		drop(c, old);
	}
	pthread_cond_broadcast(&c->forged);
	pthread_mutex_unlock(&c->lock);
}

void
tls_leaf_cache_count(struct tls_leaf_cache *c, uint64_t *kept, uint64_t *hits)
{
	pthread_mutex_lock(&c->lock);
	*kept = c->n;
	*hits = c->hits;
	pthread_mutex_unlock(&c->lock);
}
