/* SPDX-License-Identifier: MIT
 * Counters of one worker: written by that worker only, read by anyone, relaxed. Padded, so that no two workers
 * share a cache line. */
#ifndef ENGINE_COUNTERS_H
#define ENGINE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hist.h"
#include "engine/engine.h"

/* What came through one listener. */
struct listener_counters {
	_Atomic uint64_t accepted, open;
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t requests;
};

struct counters {
	ATTR_CACHE_LINE _Atomic uint64_t accepted;
	_Atomic uint64_t client_open, server_open, busy;
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t requests;
	_Atomic uint64_t handshakes_full, handshakes_resumed, handshakes_failed, handshakes_passed;
	_Atomic uint64_t processes_skipped;
	struct hist connect_us, tls_us, ttfb_us, total_us;
	struct listener_counters listener[ENGINE_LISTEN_MAX];
	char pad[64];
};

/* Single writer: a plain add without a locked instruction. */
#define COUNTER_ADD(c, n)                                                                          \
	atomic_store_explicit(&(c), atomic_load_explicit(&(c), memory_order_relaxed) + (n),        \
	    memory_order_relaxed)
/* Of a connection: its worker's counter, and that of the listener it came through. */
#define CONN_COUNT(c, counter, n)                                                                  \
	do {                                                                                       \
		COUNTER_ADD((c)->worker->counters->counter, n);                                    \
		if ((c)->came)                                                                     \
			COUNTER_ADD((c)->came->counter, n);                                        \
	} while (0)
#define COUNTER_GET(c) atomic_load_explicit(&(c), memory_order_relaxed)

#endif
