/* SPDX-License-Identifier: MIT
 * Rates by difference, load averages by exponential decay as top's, percentiles over the last
 * minute. */
#include "ui/rates.h"

#include <string.h>

static double
rates_total(const struct figures *f, enum rate_kind kind)
{
	switch (kind) {
	case RATE_REQUESTS:
		return (double)f->requests;
	case RATE_IN:
		return (double)f->bytes_in;
	case RATE_OUT:
		return (double)f->bytes_out;
	case RATE_HANDSHAKES:
		return (double)(f->handshakes_full + f->handshakes_resumed);
	default:
		return (double)f->leaf_forged;
	}
}

static void
rates_parts(struct rates_part *out, const struct figures_part *now, const struct figures_part *then, double seconds)
{
	for (unsigned i = 0; i < FIGURES_PARTS; i++)
		out[i] = (struct rates_part){
		    .requests = (double)(now[i].requests - then[i].requests) / seconds,
		    .bytes_in = (double)(now[i].bytes_in - then[i].bytes_in) / seconds,
		    .bytes_out = (double)(now[i].bytes_out - then[i].bytes_out) / seconds,
		};
}

static void
rates_advance(struct rates *r, const struct figures *f, double seconds)
{
	static const double minutes[3] = {1, 5, 15};

	for (int k = 0; k < RATE_COUNT; k++) {
		double delta = rates_total(f, (enum rate_kind)k) -
		    rates_total(&r->last, (enum rate_kind)k);
		r->now[k] = delta > 0 ? delta / seconds : 0;
		memmove(r->graph[k], r->graph[k] + 1, sizeof r->graph[k] - sizeof r->graph[k][0]);
		r->graph[k][RATES_GRAPH - 1] = r->now[k];
	}
	rates_parts(r->listener, f->listener, r->last.listener, seconds);
	rates_parts(r->worker, f->worker, r->last.worker, seconds);
	for (int i = 0; i < 3; i++) {
		double span = 60 * minutes[i], keep = span / (span + seconds);
		r->load[i] = r->load[i] * keep + r->now[RATE_REQUESTS] * (1 - keep);
	}
}

static void
rates_latency(struct rates *r, enum rate_latency l, const uint64_t *now, const uint64_t *then)
{
	static const double share[3] = {0.50, 0.95, 0.99};
	uint64_t diff[HIST_BUCKETS];

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		diff[i] = now[i] - then[i];
	r->sampled[l] = hist_count(diff) > 0;
	for (int i = 0; i < 3; i++)
		r->latency_us[l][i] = hist_percentile(diff, share[i]);
}

static void
rates_mint(struct rates *r, const struct figures *now, const struct figures *then)
{
	uint64_t diff[HIST_BUCKETS];

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		diff[i] = now->mint_us[i] - then->mint_us[i];
	r->mint_us = hist_percentile(diff, 0.99);
}

/* The figures of about a minute ago: the oldest that is kept, all zero in the first minute. */
static const struct figures *
rates_oldest(const struct rates *r)
{
	static const struct figures none;

	return r->nwindows < RATES_WINDOWS ? &none : &r->window[r->nwindows % RATES_WINDOWS];
}

void
rates_tick(struct rates *r, const struct figures *f, uint64_t mono_ns)
{
	if (r->tick_ns && mono_ns > r->tick_ns)
		rates_advance(r, f, (double)(mono_ns - r->tick_ns) / 1e9);
	if (!r->window_ns)
		r->window_ns = mono_ns;
	const struct figures *old = rates_oldest(r);
	rates_latency(r, LATENCY_CONNECT, f->connect_us, old->connect_us);
	rates_latency(r, LATENCY_TLS, f->tls_us, old->tls_us);
	rates_latency(r, LATENCY_TTFB, f->ttfb_us, old->ttfb_us);
	rates_latency(r, LATENCY_TOTAL, f->total_us, old->total_us);
	r->full = f->handshakes_full - old->handshakes_full;
	r->resumed = f->handshakes_resumed - old->handshakes_resumed;
	r->failed = f->handshakes_failed - old->handshakes_failed;
	r->passed = f->handshakes_passed - old->handshakes_passed;
	rates_mint(r, f, old);
	if (mono_ns - r->window_ns >= RATES_WINDOW_S * 1000000000ull) {
		r->window[r->nwindows++ % RATES_WINDOWS] = *f;
		r->window_ns = mono_ns;
	}
	r->last = *f;
	r->tick_ns = mono_ns;
}
