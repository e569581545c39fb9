/* SPDX-License-Identifier: MIT
 * Rates and percentiles worked out from the engine's cumulative figures. */
#ifndef UI_RATES_H
#define UI_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/figures.h"

enum rate_kind { RATE_REQUESTS = 0, RATE_IN, RATE_OUT, RATE_HANDSHAKES, RATE_MINTED, RATE_COUNT };
enum rate_latency { LATENCY_CONNECT = 0, LATENCY_TLS, LATENCY_TTFB, LATENCY_TOTAL, LATENCY_COUNT };
enum { RATES_GRAPH = 20, RATES_WINDOWS = 6, RATES_WINDOW_S = 10 };

/* A second, over the last tick. */
struct rates_part {
	double requests, bytes_in, bytes_out;
};

struct rates {
	double now[RATE_COUNT];                  /* a second, over the last tick */
	double load[3];                          /* requests a second over 1, 5, 15 minutes */
	double graph[RATE_COUNT][RATES_GRAPH];   /* newest last */
	uint64_t latency_us[LATENCY_COUNT][3];   /* p50, p95, p99 over the last minute */
	bool sampled[LATENCY_COUNT];
	uint64_t full, resumed, failed, passed;  /* handshakes of the last minute */
	uint64_t mint_us;                        /* p99 of the last minute; 0: nothing was minted */
	struct rates_part listener[FIGURES_PARTS], worker[FIGURES_PARTS];
	struct figures last;                     /* at the last tick */
	struct figures window[RATES_WINDOWS];    /* as they were; a ring */
	unsigned nwindows;                       /* ever taken */
	uint64_t tick_ns, window_ns;             /* monotonic; 0: none yet */
};

/* Takes the figures of this moment. */
void rates_tick(struct rates *r, const struct figures *f, uint64_t mono_ns);

#endif
