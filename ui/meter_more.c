/* SPDX-License-Identifier: MIT
 * What the blocks of the header show when they are exploded. */
#include <stdio.h>

#include "base/escape.h"
#include "conf/option.h"
#include "flow/flow_tally.h"
#include "ui/frontend.h"
#include "ui/meter_internal.h"

enum { MORE_NAME_MAX = 24, MORE_CAUSES_ROWS = 3, MORE_STOCK_ROWS = 2 };

/* ---- Net ---- */

/* Listeners are told apart only when there are several. */
static unsigned
parts_listeners(const struct figures *f)
{
	unsigned n = f->nlisteners < FIGURES_PARTS ? f->nlisteners : FIGURES_PARTS;

	return n > 1 ? n : 0;
}

static unsigned
parts_count(const struct figures *f)
{
	return parts_listeners(f) + f->nworkers;
}

int
meter_parts_rows(const struct app *app)
{
	const struct figures *f = &app->figures;
	unsigned workers = f->nworkers < FIGURES_PARTS ? f->nworkers : FIGURES_PARTS;

	return (int)(parts_listeners(f) + workers);
}

void
meter_parts(struct meter_env *e, int line, int n)
{
	const struct figures *f = &e->app->figures;
	const struct rates *r = &e->app->rates;
	unsigned nlisten = parts_listeners(f), i = (unsigned)line;
	bool listener = i < nlisten;
	int name_width = e->width >= METER_FULL_COLUMNS ? 22 : 20;
	char name[MORE_NAME_MAX], a[FMT_MAX], b[FMT_MAX], c[FMT_MAX];

	if (line == n - 1 && parts_count(f) > (unsigned)n) {
		buf_addf(&e->out, "       and %u more", parts_count(f) - (unsigned)n + 1);
		return;
	}
	i -= listener ? 0 : nlisten;
	if (listener)
		snprintf(name, sizeof name, "%s", i < e->app->s->nlisten ? e->app->s->listen[i] : "-");
	else
		snprintf(name, sizeof name, "worker %u", i + 1);
	const struct figures_part *p = listener ? &f->listener[i] : &f->worker[i];
	const struct rates_part *now = listener ? &r->listener[i] : &r->worker[i];
	buf_addf(&e->out,
	    e->wide ? "       %-*.*s %5s req/s   in %9s/s  out %9s/s  %5llu client" : "       %-*.*s %5s req/s in %6s/s out %6s/s %5llu cli",
	    name_width, name_width, name, meter_rate(now->requests, a), meter_bytes(e, now->bytes_in, b),
	    meter_bytes(e, now->bytes_out, c), meter_ull(p->open));
	if (e->wide)
		buf_addf(&e->out, "  %6llu ever", meter_ull(p->accepted));
}

/* ---- TLS ---- */

int
meter_causes_rows(const struct app *app)
{
	(void)app;
	return MORE_CAUSES_ROWS;
}

static void
causes_put(struct meter_env *e, const char *title, const struct tally *t)
{
	unsigned order[TALLY_ROWS], n = tally_order(t, order);

	buf_add_str(&e->out, title);
	for (unsigned i = 0; i < n; i++) {
		buf_addf(&e->out, "%s ", i ? "," : "");
		escape_add(&e->out, span_str(t->row[order[i]].name), e->app->escape);
		buf_addf(&e->out, " %llu", meter_ull(t->row[order[i]].n));
	}
	if (t->others)
		buf_addf(&e->out, ", others %llu", meter_ull(t->others));
	if (!n)
		buf_add_str(&e->out, " none");
}

void
meter_causes(struct meter_env *e, int line, int n)
{
	const struct flow_tally *t = flow_store_tally(e->app->s->store);

	(void)n;
	if (line == 0) {
		causes_put(e, "       done   client:", &t->version[FLOW_CLIENT]);
		causes_put(e, "  server:", &t->version[FLOW_SERVER]);
	} else if (line == 1) {
		causes_put(e, "       failed client:", &t->failure[FLOW_CLIENT]);
	} else {
		causes_put(e, "       failed server:", &t->failure[FLOW_SERVER]);
	}
}

/* ---- Certs and Conns ---- */

int
meter_stock_rows(const struct app *app)
{
	(void)app;
	return MORE_STOCK_ROWS;
}

void
meter_stock(struct meter_env *e, int line, int n)
{
	const struct figures *f = &e->app->figures;
	const struct flow_store_stats *st = &e->app->stats;
	char used[FMT_MAX], max[FMT_MAX], shed[FMT_MAX];

	(void)n;
	if (line == 0) {
		buf_addf(&e->out, "       cache %llu of %lld, %llu minted",
		    meter_ull(f->leaves_cached),
		    (long long)option_int(e->app->s->options, OPT_LEAF_CACHE), meter_ull(f->leaf_forged));
		if (f->leaf_forged)
			buf_addf(&e->out, " in %.1f ms each",
			    (double)f->forge_us / (double)f->leaf_forged / 1000);
		buf_addf(&e->out, "  clients: %llu busy, %llu ever",
		    meter_ull(f->client_open > f->idle ? f->client_open - f->idle : 0),
		    meter_ull(f->accepted));
		return;
	}
	*fmt_size(used, st->memory_bytes) = '\0';
	*fmt_size(max, st->memory_max_bytes) = '\0';
	*fmt_size(shed, st->shed_bytes) = '\0';
	buf_addf(&e->out, "       flows in memory: %s of %s, %llu evicted, %s of bodies shed", used, max,
	    meter_ull(st->evicted), shed);
}

/* ---- Lat ---- */

int
meter_hosts_rows(const struct app *app)
{
	(void)app;
	return HOSTS_TOP_MAX;
}

void
meter_hosts(struct meter_env *e, int line, int n)
{
	const struct host *top[HOSTS_TOP_MAX];
	unsigned found = hosts_slowest(&e->app->hosts, top);
	char name[160];

	(void)n;
	if (!found && !line)
		buf_add_str(&e->out, "       slowest hosts: no answer yet");
	if ((unsigned)line >= found)
		return;
	const struct host *h = top[line];
	escape_text(name, sizeof name, span_str(h->name), e->app->escape);
	buf_add_str(&e->out, "       ttfb p50");
	meter_ms(&e->out, host_percentile_us(h, 0.50), 7);
	buf_add_str(&e->out, "  p95");
	meter_ms(&e->out, host_percentile_us(h, 0.95), 7);
	buf_add_str(&e->out, "  max");
	meter_ms(&e->out, h->max_us, 7);
	buf_addf(&e->out, " ms %6llu  %s", meter_ull(h->n), name);
}
