/* SPDX-License-Identifier: MIT
 * What the header of the console shows of the engine: plain counts, cumulative unless said. */
#ifndef UI_FIGURES_H
#define UI_FIGURES_H

#include <stdint.h>

#include "base/hist.h"

struct figures {
	uint64_t accepted;                       /* client connections ever */
	uint64_t client_open, server_open, idle; /* now; idle: without a request in flight */
	uint64_t bytes_in, bytes_out;            /* read from clients, written to clients */
	uint64_t requests;                       /* HTTP request heads */
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed; /* both sides */
	uint64_t leaves_cached;                  /* now */
	uint64_t leaf_hits, leaf_forged;
	uint64_t connect_us[HIST_BUCKETS], tls_us[HIST_BUCKETS], ttfb_us[HIST_BUCKETS],
	    total_us[HIST_BUCKETS];          /* for hist_percentile */
};

#endif
