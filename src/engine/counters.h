/* SPDX-License-Identifier: MIT
 * Counters of one worker: written by that worker only, read by anyone, relaxed. Padded, so that no two workers
 * share a cache line. */
#ifndef ENGINE_COUNTERS_H
#define ENGINE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hist.h"

struct counters {
	ATTR_CACHE_LINE _Atomic uint64_t accepted;
	_Atomic uint64_t client_open, server_open, busy;
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t requests;
	_Atomic uint64_t handshakes_full, handshakes_resumed, handshakes_failed;
	struct hist connect_us, tls_us, ttfb_us, total_us;
	char pad[64];
};

/* Single writer: a plain add without a locked instruction. */
#define COUNTER_ADD(c, n)                                                                          \
	atomic_store_explicit(&(c), atomic_load_explicit(&(c), memory_order_relaxed) + (n),        \
	    memory_order_relaxed)
#define COUNTER_GET(c) atomic_load_explicit(&(c), memory_order_relaxed)

#endif
