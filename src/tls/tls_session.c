/* SPDX-License-Identifier: MIT
 * Sessions of servers, kept for resumption: a bounded table by key, least recently used out first.
 * TLS 1.3 tickets are used once; a TLS 1.2 session may be used again and again. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tls/tls_internal.h"

enum { PER_KEY_MAX = 32 }; /* as many connections as may begin at once find a ticket */

struct kept {
	SSL_SESSION *s;
	time_t until; /* end of the ticket or of the server's certificate */
};

struct entry {
	struct entry *hash_next;
	struct entry *newer, *older;
	struct kept kept[PER_KEY_MAX]; /* oldest first */
	unsigned n;
	uint64_t hash;
	char key[];
};

struct tls_session_cache {
	pthread_mutex_t lock;
	struct entry **bucket;
	size_t mask;
	struct entry *newest, *oldest;
	unsigned n, max; /* sessions */
};

struct tls_session_cache *
tls_session_cache_new(unsigned max)
{
	struct tls_session_cache *c = mem_zalloc(sizeof *c);
	size_t buckets = 16;

	pthread_mutex_init(&c->lock, NULL);
	c->max = max ? max : 1;
	while (buckets < c->max && buckets < (1u << 20))
		buckets *= 2;
	c->mask = buckets - 1;
	c->bucket = mem_array(buckets, sizeof *c->bucket);
	return c;
}

static uint64_t
hash_key(const char *key)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211u;
	return h ^ h >> 32;
}

static struct entry **
find(struct tls_session_cache *c, const char *key, uint64_t hash)
{
	struct entry **p = &c->bucket[hash & c->mask];

	while (*p && ((*p)->hash != hash || strcmp((*p)->key, key)))
		p = &(*p)->hash_next;
	return p;
}

static void
unlink_age(struct tls_session_cache *c, struct entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void
link_newest(struct tls_session_cache *c, struct entry *e)
{
	e->older = c->newest;
	e->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void
forget(struct tls_session_cache *c, struct entry *e, unsigned i)
{
	SSL_SESSION_free(e->kept[i].s);
	e->n--;
	c->n--;
	memmove(&e->kept[i], &e->kept[i + 1], (e->n - i) * sizeof e->kept[0]);
}

static void
drop(struct tls_session_cache *c, struct entry *e)
{
	while (e->n)
		forget(c, e, e->n - 1);
	unlink_age(c, e);
	*find(c, e->key, e->hash) = e->hash_next;
	free(e);
}

void
tls_session_cache_free(struct tls_session_cache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop(c, c->oldest);
	pthread_mutex_destroy(&c->lock);
	free(c->bucket);
	free(c);
}

static struct entry *
entry_of(struct tls_session_cache *c, const char *key)
{
	uint64_t hash = hash_key(key);
	struct entry **p = find(c, key, hash), *e = *p;

	if (e) {
		unlink_age(c, e);
	} else {
		size_t n = strlen(key) + 1;
		e = mem_zalloc(sizeof *e + n);
		e->hash = hash;
		memcpy(e->key, key, n);
		*p = e;
	}
	link_newest(c, e);
	return e;
}

static time_t
usable_until(SSL_SESSION *s)
{
	time_t until = (time_t)(SSL_SESSION_get_time(s) + SSL_SESSION_get_timeout(s));
	X509 *x = SSL_SESSION_get0_peer(s);
	time_t end = x ? tls_time_of(X509_get0_notAfter(x)) : until;

	/* A certificate that had ended when it was accepted (insecure) says nothing about the
	 * ticket. */
	return end > tls_now() && end < until ? end : until;
}

bool
tls_session_put(struct tls_session_cache *c, const char *key, const SSL_SESSION *s)
{
	/* A copy: the connection goes on writing to its own object, maybe in another thread. */
	SSL_SESSION *copy = SSL_SESSION_is_resumable(s) ? SSL_SESSION_dup(s) : NULL;

	if (!copy)
		return false;
	time_t until = usable_until(copy);
	pthread_mutex_lock(&c->lock);
	struct entry *e = entry_of(c, key);
	if (SSL_SESSION_get_protocol_version(copy) < TLS1_3_VERSION)
		while (e->n)
			forget(c, e, 0);
	if (e->n == PER_KEY_MAX)
		forget(c, e, 0);
	e->kept[e->n++] = (struct kept){copy, until};
	c->n++;
	while (c->n > c->max && c->oldest != e)
		drop(c, c->oldest);
	while (c->n > c->max)
		forget(c, e, 0);
	pthread_mutex_unlock(&c->lock);
	return true;
}

SSL_SESSION *
tls_session_take(struct tls_session_cache *c, const char *key)
{
	SSL_SESSION *s = NULL;
	time_t now = tls_now();

	pthread_mutex_lock(&c->lock);
	struct entry *e = *find(c, key, hash_key(key));
	while (e && e->n && !s) {
		struct kept *k = &e->kept[e->n - 1];
		if (k->until <= now) {
			forget(c, e, e->n - 1);
		} else if (SSL_SESSION_get_protocol_version(k->s) < TLS1_3_VERSION) {
			s = SSL_SESSION_dup(k->s);
			break;
		} else {
			s = k->s;
			e->n--;
			c->n--;
		}
	}
	if (e && e->n == 0)
		drop(c, e);
	pthread_mutex_unlock(&c->lock);
	return s;
}

unsigned
tls_session_count(struct tls_session_cache *c)
{
	pthread_mutex_lock(&c->lock);
	unsigned n = c->n;
	pthread_mutex_unlock(&c->lock);
	return n;
}
