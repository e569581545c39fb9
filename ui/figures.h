/* SPDX-License-Identifier: MIT
 * What the header of the console shows of the engine: plain counts, cumulative unless said. */
#ifndef UI_FIGURES_H
#define UI_FIGURES_H

#include <stdint.h>

#include "base/hist.h"

enum { FIGURES_PARTS = 16 };

/* A listener or a worker. */
struct figures_part {
	uint64_t accepted, open;                 /* client connections: ever, now */
	uint64_t bytes_in, bytes_out, requests;
};

struct figures {
	uint64_t accepted;                       /* client connections ever */
	uint64_t client_open, server_open, idle; /* now; idle: without a request in flight */
	uint64_t bytes_in, bytes_out;            /* read from clients, written to clients */
	uint64_t requests;                       /* HTTP request heads */
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed; /* both sides */
	uint64_t processes_skipped; /* clients whose process was not looked for: too many at once */
	uint64_t handshakes_passed;              /* connections whose TLS was not decrypted */
	uint64_t leaves_cached;                  /* now */
	uint64_t leaf_hits, leaf_forged;
	uint64_t forge_us;                       /* spent on forging */
	struct figures_part listener[FIGURES_PARTS], worker[FIGURES_PARTS]; /* the first ones of each */
	unsigned nlisteners, nworkers;           /* there; at most FIGURES_PARTS of each are above */
	uint64_t connect_us[HIST_BUCKETS], tls_us[HIST_BUCKETS], ttfb_us[HIST_BUCKETS],
	    total_us[HIST_BUCKETS], mint_us[HIST_BUCKETS]; /* for hist_percentile */
};

#endif
