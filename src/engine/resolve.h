/* SPDX-License-Identifier: MIT
 * Names to addresses without blocking (S004-03, S004-04): one c-ares channel per worker, answers cached for their TTL (at
 * most a minute), equal questions asked once. The only door to c-ares. */
#ifndef ENGINE_RESOLVE_H
#define ENGINE_RESOLVE_H

#include <netinet/in.h>
#include <stdint.h>

struct event_base;
struct resolver;
struct resolve_waiter;

enum { RESOLVE_ADDRS_MAX = 16 };

struct resolve_addr {
	uint8_t family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

struct resolve_answer {
	unsigned n;
	struct resolve_addr addr[RESOLVE_ADDRS_MAX]; /* in the order to be tried */
	const char *why;                             /* n == 0: static words, e.g. "the name does not exist" */
};

typedef void (*resolve_cb)(void *arg, const struct resolve_answer *a);

struct resolver *resolver_new(struct event_base *base);
void resolver_free(struct resolver *r); /* waiters are dropped without a call */

/* Asks; cb is called once, possibly before this returns (a literal or a cached answer; NULL is returned then). */
struct resolve_waiter *resolve_name(struct resolver *r, const char *name, resolve_cb cb, void *arg);
/* Withdraws a waiter that was not called yet. */
void resolve_cancel(struct resolve_waiter *w);

#endif
