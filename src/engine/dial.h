/* SPDX-License-Identifier: MIT
 * Reaching a server: resolve the name, try every address in turn, each with its own time-out (S004-10, P22). */
#ifndef ENGINE_DIAL_H
#define ENGINE_DIAL_H

#include <stdbool.h>
#include <stdint.h>

struct worker;
struct dial;

enum dial_failure {
	DIAL_OK = 0,
	DIAL_NAME,    /* the name has no address */
	DIAL_REFUSED, /* connections refused, networks unreachable ... */
	DIAL_TIMEOUT, /* name server or addresses did not answer in time */
	DIAL_LOOP,    /* the address is one of our own listeners */
	DIAL_LOCAL    /* out of descriptors or memory here */
};

struct dial_result {
	enum dial_failure failure;
	int fd;               /* DIAL_OK: connected, non-blocking; passes to the receiver */
	char server[64];      /* address reached, or last tried */
	char local[64];
	uint32_t dns_us, connect_us;
	char why[256];        /* what happened, in words; escape before showing */
};

typedef void (*dial_cb)(void *arg, const struct dial_result *r);

/* Begins; cb is called once, from the event loop, never before this returns. host is copied. */
struct dial *dial_start(struct worker *w, const char *host, uint16_t port, dial_cb cb, void *arg);
/* Gives up a dial whose cb was not called. */
void dial_cancel(struct dial *d);
/* Called by the worker's tick. */
void dial_tick(struct dial *d, uint64_t now_ns);

#endif
