/* SPDX-License-Identifier: MIT
 * The meters. Each writes one line; graphs stand between two marks so that they can be coloured. */
#include "ui/meter.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/frontend.h"
#include "ui/meter_internal.h"
#include "ui/split.h"
#include "ui/term.h"

enum {
	METER_LINE_MAX = 1024,
	METER_LABEL = 6,
	WIDE_COLUMNS = 100,
	METER_NET_WORDS = 58, /* columns of its line that are no graph */
	METER_LOAD_MAX = 36,  /* of the title: what stands behind the listeners */
	METER_LISTENERS_MAX = 3,
	METER_READING_ROWS = 2,
	METER_GRAPH_MIN = 4,
	METER_LOW_ROWS = 24, /* below it three lines are all there is */
	METER_NARROW_COLUMNS = 80,
	METER_ONE_LINE_ROWS = 16,
	METER_LIST_FRAME = 3, /* heading, status line, keys */
};

#define GRAPH_ON '\x01'
#define GRAPH_OFF '\x02'

const char *
meter_rate(double v, char *out)
{
	if (v < 999.95)
		snprintf(out, FMT_MAX, "%.1f", v);
	else if (v < 99999.5)
		snprintf(out, FMT_MAX, "%.0f", v);
	else
		snprintf(out, FMT_MAX, "%.0fk", v / 1000);
	return out;
}

const char *
meter_bytes(const struct meter_env *e, double v, char *out)
{
	uint64_t bytes = (uint64_t)(v + 0.5);

	*(e->wide || bytes < 1000 ? fmt_size_long(out, bytes) : fmt_size(out, bytes)) = '\0';
	return out;
}

/* Zero is the lowest step alone, so that a little never looks like nothing. */
static void
meter_spark(struct meter_env *e, const double *v, int n, double top)
{
	for (int i = RATES_GRAPH - n; i < RATES_GRAPH; i++) {
		int level = v[i] > 0 ? 1 + (int)(v[i] / top * (GLYPH_LEVELS - 2) + 0.5) : 0;
		buf_add_str(&e->out, e->g->level[level < GLYPH_LEVELS ? level : GLYPH_LEVELS - 1]);
	}
}

/* How much of the most that a graph would show. */
static void
meter_bar(struct meter_env *e, double v, int n, double top)
{
	int inner = n - 2, filled = v > 0 ? 1 + (int)(v / top * (inner - 1) + 0.5) : 0;

	buf_add_str(&e->out, "[");
	for (int i = 0; i < inner; i++)
		buf_add_str(&e->out, i < filled ? e->g->bar : " ");
	buf_add_str(&e->out, "]");
}

static void
meter_graph(struct meter_env *e, enum rate_kind kind, int n)
{
	const double *v = e->app->rates.graph[kind];
	double top = 0;
	char mark[] = {GRAPH_ON, GRAPH_OFF};

	if (e->app->header.graph == GRAPH_NONE)
		return;
	for (int i = RATES_GRAPH - n; i < RATES_GRAPH; i++)
		top = v[i] > top ? v[i] : top;
	buf_add(&e->out, mark, 1);
	if (e->app->header.graph == GRAPH_BARS)
		meter_bar(e, v[RATES_GRAPH - 1], n, top);
	else
		meter_spark(e, v, n, top);
	buf_add(&e->out, mark + 1, 1);
}

static int
meter_graph_width(const struct meter_env *e)
{
	int n = (e->width - METER_NET_WORDS) / 3;

	return !e->wide ? RATES_GRAPH / 2 : n < RATES_GRAPH ? n : RATES_GRAPH;
}

static void
meter_up(struct meter_env *e)
{
	uint64_t s = (clock_mono_ns() - e->app->start_ns) / 1000000000u;

	if (s >= 86400)
		buf_addf(&e->out, "%llu+%02llu:%02llu", meter_ull(s / 86400),
		    meter_ull(s / 3600 % 24), meter_ull(s / 60 % 60));
	else
		buf_addf(&e->out, "%2llu:%02llu", meter_ull(s / 3600), meter_ull(s / 60 % 60));
}

static void
meter_title(struct meter_env *e)
{
	const struct frontend_source *s = e->app->s;
	const double *load = e->app->rates.load;
	char now[FMT_MAX], a[FMT_MAX], b[FMT_MAX], c[FMT_MAX];

	*fmt_time(&e->app->env.clock, now, clock_wall_ns()) = '\0';
	buf_addf(&e->out, "mitmtop - %s up ", now);
	meter_up(e);
	if (s->reading) {
		const char *slash = strrchr(s->session, '/');
		buf_add_str(&e->out, ",  reading ");
		escape_add(&e->out, span_str(slash ? slash + 1 : s->session), e->app->escape);
		return;
	}
	/* One listener always; the others as far as there is room for them. */
	unsigned shown = 0;
	for (; shown < s->nlisten; shown++) {
		size_t with = e->out.n + 3 + strlen(s->listen[shown]) + METER_LOAD_MAX;
		if (shown && (!e->wide || shown == METER_LISTENERS_MAX || with > (size_t)e->width))
			break;
		buf_addf(&e->out, ",  %s", s->listen[shown]);
	}
	if (s->nlisten > shown)
		buf_addf(&e->out, " +%u", s->nlisten - shown);
	buf_addf(&e->out, ",  req/s%s: %s, %s, %s", e->wide ? " avg" : "", meter_rate(load[0], a),
	    meter_rate(load[1], b), meter_rate(load[2], c));
}

/* What the line says of the flows besides the counts that are always there, in order of appearance. */
enum meter_item { ITEM_STREAM = 0, ITEM_MARKED, ITEM_SAVED, ITEM_EVICTED, ITEM_SHED, ITEM_COUNT };

static void
meter_item(const struct meter_env *e, enum meter_item item, char *out, size_t size_bytes)
{
	const struct flow_store_stats *st = &e->app->stats;
	const char *wide = e->wide ? "  " : "";
	char shed[FMT_MAX];

	out[0] = '\0';
	*fmt_size(shed, st->shed_bytes) = '\0';
	if (item == ITEM_STREAM && e->wide)
		snprintf(out, size_bytes, " %3llu stream", meter_ull(st->by_state[FLOW_S_STREAM]));
	else if (item == ITEM_MARKED)
		snprintf(out, size_bytes, "%s %2llu marked", wide, meter_ull(st->marked));
	else if (item == ITEM_SAVED && e->app->s->session && !e->app->s->reading)
		snprintf(out, size_bytes, " %5llu saved", meter_ull(st->saved));
	else if (item == ITEM_EVICTED && (st->evicted || !e->app->s->session))
		snprintf(out, size_bytes, "%s %2llu evicted", wide, meter_ull(st->evicted));
	else if (item == ITEM_SHED && st->shed_bytes)
		snprintf(out, size_bytes, " %s shed", shed);
}

/* Where there is no room for all, evicted flows go first, but none last. */
static void
meter_items(struct meter_env *e, int room)
{
	static const enum meter_item by_rank[] = {
		ITEM_EVICTED, ITEM_SAVED, ITEM_MARKED, ITEM_SHED, ITEM_STREAM, ITEM_EVICTED};
	char text[ITEM_COUNT][32];
	bool shown[ITEM_COUNT] = {false};

	for (int i = e->app->stats.evicted ? 0 : 1; i <= ITEM_COUNT; i++) {
		enum meter_item item = by_rank[i];
		if (shown[item])
			continue;
		meter_item(e, item, text[item], sizeof text[item]);
		int need = (int)strlen(text[item]) + 1;
		shown[item] = need > 1 && need <= room;
		room -= shown[item] ? need : 0;
	}
	for (int i = 0; i < ITEM_COUNT; i++)
		if (shown[i])
			buf_addf(&e->out, ",%s", text[i]);
}

static void
meter_flows(struct meter_env *e)
{
	const struct flow_store_stats *st = &e->app->stats;
	char used[FMT_MAX], max[FMT_MAX], memory[2 * FMT_MAX + 16] = "", failed[24];

	/* Of the flows of a file it is not counted. */
	snprintf(failed, sizeof failed, e->app->s->reading ? "-" : "%llu", meter_ull(st->failed));
	*fmt_size(used, st->memory_bytes) = '\0';
	*fmt_size(max, st->memory_max_bytes) = '\0';
	if (e->wide)
		snprintf(memory, sizeof memory, ",  mem %s of %s", used, max);
	buf_addf(&e->out, "Flows: %5llu total, %4llu active, %4llu HELD, %4s failed",
	    meter_ull(st->total), meter_ull(st->active),
	    meter_ull(st->by_state[FLOW_S_HELD]), failed);
	meter_items(e, e->width - (int)(e->out.n + strlen(memory)));
	buf_add_str(&e->out, memory);
}

static void
meter_net(struct meter_env *e)
{
	const double *now = e->app->rates.now;
	char a[FMT_MAX];

	buf_addf(&e->out, e->wide ? "Net  : %5s req/s  " : "Net  : %5s req/s ",
	    meter_rate(now[RATE_REQUESTS], a));
	meter_graph(e, RATE_REQUESTS, meter_graph_width(e));
	buf_addf(
	    &e->out, e->wide ? "   in %9s/s " : "  in %6s/s ", meter_bytes(e, now[RATE_IN], a));
	meter_graph(e, RATE_IN, meter_graph_width(e));
	buf_addf(
	    &e->out, e->wide ? "  out %9s/s " : "  out %6s/s ", meter_bytes(e, now[RATE_OUT], a));
	meter_graph(e, RATE_OUT, meter_graph_width(e));
}

/* Share of a whole in percent; "-" when there is no whole. */
static const char *
meter_share(uint64_t part, uint64_t whole, char *out)
{
	if (whole)
		snprintf(out, FMT_MAX, "%.1f", 100.0 * (double)part / (double)whole);
	else
		snprintf(out, FMT_MAX, "-");
	return out;
}

static void
meter_tls(struct meter_env *e)
{
	const struct rates *r = &e->app->rates;
	uint64_t all = r->full + r->resumed + r->failed + r->passed;
	char a[FMT_MAX], b[FMT_MAX], c[FMT_MAX], d[FMT_MAX], p[FMT_MAX];

	buf_addf(&e->out, e->wide ? "TLS  : %5s hs/s   " : "TLS  : %5s hs/s  ",
	    meter_rate(r->now[RATE_HANDSHAKES], a));
	meter_graph(e, RATE_HANDSHAKES, meter_graph_width(e));
	meter_share(r->full, all, b);
	meter_share(r->resumed, all, c);
	meter_share(r->failed, all, d);
	meter_share(r->passed, r->passed ? all : 0, p); /* "-": nobody asked for it */
	if (e->wide)
		buf_addf(&e->out, "  %5s full,  %5s resum,  %5s fail,  %5s passthru%s", b, c, d, p,
		    e->width < METER_FULL_COLUMNS ? "  % of hs" : "    (% of handshakes)");
	else
		buf_addf(&e->out, "  %5s full, %5s resum, %4s fail,%4s pass", b, c, d, p);
}

static void
meter_certs(struct meter_env *e)
{
	const struct figures *f = &e->app->figures;
	char a[FMT_MAX], b[FMT_MAX], mint[24] = "";

	meter_share(f->leaf_hits, f->leaf_hits + f->leaf_forged, a);
	meter_rate(e->app->rates.now[RATE_MINTED], b);
	buf_addf(&e->out,
	    e->wide ? "Certs: %5llu leaf, %5s %%hit, %5s mint/s"
		    : "Certs:%6llu leaf,%5s %%hit,%5s mint/s",
	    meter_ull(f->leaves_cached), a, b);
	bool full = e->width >= METER_FULL_COLUMNS;
	if (e->app->rates.mint_us)
		snprintf(mint, sizeof mint, full ? ", %5.1f ms p99 mint" : ", %4.1f ms p99", (double)e->app->rates.mint_us / 1000);
	if (e->wide)
		buf_addf(&e->out, full ? "%-24.24s" : "%-15.15s", mint);
	buf_addf(&e->out,
	    e->wide ? "Conns:%5llu client,%5llu server,%5llu idle"
		    : "      Conns:%5llu cli,%4llu srv,%3llu idle",
	    meter_ull(f->client_open), meter_ull(f->server_open), meter_ull(f->idle));
}

void
meter_ms(struct buf *out, uint64_t us, int width)
{
	char text[FMT_MAX];

	if (us < 950)
		snprintf(text, sizeof text, "%.1f", (double)us / 1000);
	else
		snprintf(text, sizeof text, "%llu", meter_ull((us + 500) / 1000));
	buf_addf(out, "%*s", width, text);
}

static void
meter_latency(struct meter_env *e)
{
	static const char *const name[LATENCY_COUNT] = {"connect", "tls", "ttfb", "total"};
	const struct rates *r = &e->app->rates;
	unsigned shown = e->wide ? LATENCY_COUNT : LATENCY_TOTAL, any = 0;
	int width = !e->wide ? 1 : e->width < METER_FULL_COLUMNS ? 3 : 4;

	buf_add_str(&e->out, "Lat  : p50/p95/p99 ms ");
	for (unsigned l = 0; l < shown; l++)
		any += r->sampled[l];
	if (!any) {
		buf_add_str(&e->out, "  no samples yet");
		return;
	}
	for (unsigned l = 0; l < shown; l++) {
		buf_addf(&e->out, width > 3 ? "   %s " : width > 1 ? "  %s " : "  %.4s ", name[l]);
		for (int i = 0; i < 3; i++) {
			if (i)
				buf_add_str(&e->out, "/");
			if (r->sampled[l])
				meter_ms(&e->out, r->latency_us[l][i], width);
			else
				buf_addf(&e->out, "%*s", width, "-");
		}
	}
}

/* The narrow headers: everything that matters in one line. */
static void
meter_one_line(struct meter_env *e)
{
	const struct flow_store_stats *st = &e->app->stats;
	char a[FMT_MAX];

	buf_addf(&e->out, "mitmtop %s/s %llu act",
	    meter_rate(e->app->rates.now[RATE_REQUESTS], a), meter_ull(st->active));
	if (st->by_state[FLOW_S_HELD])
		buf_addf(&e->out, " %llu HELD", meter_ull(st->by_state[FLOW_S_HELD]));
	buf_addf(&e->out, " %llu fail", meter_ull(st->failed));
}

static void
meter_shortest(struct meter_env *e)
{
	const struct flow_store_stats *st = &e->app->stats;
	char a[FMT_MAX];

	buf_addf(&e->out, "%sr/s %lluact ", meter_rate(e->app->rates.now[RATE_REQUESTS], a),
	    meter_ull(st->active));
	if (st->by_state[FLOW_S_HELD])
		buf_addf(&e->out, "%lluHELD", meter_ull(st->by_state[FLOW_S_HELD]));
	else
		buf_addf(&e->out, "%llufail", meter_ull(st->failed));
}

/* One line of a screen that has room for a graph in it. */
static void
meter_long_line(struct meter_env *e)
{
	const struct flow_store_stats *st = &e->app->stats;
	const double *now = e->app->rates.now;
	char a[FMT_MAX], b[FMT_MAX], held[32] = "", rest[128];

	*fmt_time(&e->app->env.clock, a, clock_wall_ns()) = '\0';
	buf_addf(&e->out, "mitmtop %s  %5s req/s ", a, meter_rate(now[RATE_REQUESTS], b));
	if (st->by_state[FLOW_S_HELD])
		snprintf(held, sizeof held, " %2llu HELD", meter_ull(st->by_state[FLOW_S_HELD]));
	meter_bytes(e, now[RATE_IN], a);
	meter_bytes(e, now[RATE_OUT], b);
	snprintf(rest, sizeof rest, " in %s/s out %s/s %3llu act%s %2llu fail", a, b,
	    meter_ull(st->active), held, meter_ull(st->failed));
	int room = e->width - (int)(e->out.n + strlen(rest));
	if (room >= METER_GRAPH_MIN)
		meter_graph(e, RATE_REQUESTS, room < RATES_GRAPH ? room : RATES_GRAPH);
	buf_add_str(&e->out, rest);
}

static void
meter_single(struct meter_env *e)
{
	if (e->width < 40)
		meter_shortest(e);
	else if (e->width < METER_NARROW_COLUMNS)
		meter_one_line(e);
	else if (e->app->s->reading)
		meter_title(e);
	else
		meter_long_line(e);
}

/* In order of appearance. */
static const struct meter {
	int block;   /* enum header_block; -1: always there */
	bool low;    /* on a low screen too */
	void (*text)(struct meter_env *e);
	/* Exploded: how many lines it would have below its own, and the first n of them. */
	int (*more_rows)(const struct app *app);
	void (*more)(struct meter_env *e, int line, int n);
} meters[] = {
	{.block = -1, .text = meter_title},
	{.block = -1, .low = true, .text = meter_flows},
	{.block = BLOCK_NET, .low = true, .text = meter_net, .more_rows = meter_parts_rows, .more = meter_parts},
	{.block = BLOCK_TLS, .low = true, .text = meter_tls, .more_rows = meter_causes_rows, .more = meter_causes},
	{.block = BLOCK_CERTS, .text = meter_certs, .more_rows = meter_stock_rows, .more = meter_stock},
	{.block = BLOCK_LATENCY, .text = meter_latency, .more_rows = meter_hosts_rows, .more = meter_hosts},
};

enum { METERS = sizeof meters / sizeof meters[0] };

/* Lines of each meter on a screen of some size; 0: it is not there. */
struct meter_plan {
	bool single; /* one line, which is no meter */
	int line[METERS];
	int rows;
};

/* Lines of the header that leave half of the screen to flows. */
static int
meter_rows_max(int rows)
{
	return rows / 2 - METER_LIST_FRAME;
}

/* The lines that are left go to the exploded blocks, one each in turn. */
static void
meter_explode(const struct app *app, struct meter_plan *p, int left)
{
	int want[METERS] = {0};
	bool any = true;

	for (int i = 0; i < METERS; i++)
		if (p->line[i] && meters[i].block >= 0 && app->header.block[meters[i].block] == SHOW_EXPLODED)
			want[i] = meters[i].more_rows(app);
	while (left > 0 && any) {
		any = false;
		for (int i = 0; i < METERS && left > 0; i++) {
			if (!p->line[i] || p->line[i] > want[i])
				continue;
			p->line[i]++;
			p->rows++;
			left--;
			any = true;
		}
	}
}

static void
meter_plan(const struct app *app, int rows, int cols, struct meter_plan *p)
{
	const struct header *h = &app->header;
	bool low = rows < METER_LOW_ROWS;

	*p = (struct meter_plan){.rows = 0};
	if (h->size == HEADER_OFF)
		return;
	p->single = h->size == HEADER_LINE || cols < METER_NARROW_COLUMNS || rows < METER_ONE_LINE_ROWS ||
	    split_takes_header(app, rows);
	p->rows = p->single;
	for (int i = 0; i < METERS && !p->single; i++) {
		bool shown = meters[i].block < 0 || h->block[meters[i].block] != SHOW_OFF;
		if (app->s->reading) /* nothing passes: there are no rates */
			shown = i < METER_READING_ROWS;
		else if (low)
			shown &= meters[i].low;
		p->line[i] = shown;
		p->rows += shown;
	}
	if (!p->single && !low)
		meter_explode(app, p, meter_rows_max(rows) - p->rows);
}

int
meter_rows(const struct app *app, int screen_rows, int screen_cols)
{
	struct meter_plan p;

	meter_plan(app, screen_rows, screen_cols, &p);
	return p.rows;
}

int
meter_block_rows(const struct app *app, enum header_block block)
{
	struct meter_plan p;
	int rows, cols, n = 0;

	term_size(app->term, &rows, &cols);
	meter_plan(app, rows, cols, &p);
	for (int i = 0; i < METERS; i++)
		n += meters[i].block == (int)block ? p.line[i] : 0;
	return n;
}

int
meter_block_at(const struct app *app, int y)
{
	struct meter_plan p;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	meter_plan(app, rows, cols, &p);
	for (int i = 0; i < METERS; i++) {
		if (y >= 0 && y < p.line[i])
			return meters[i].block;
		y -= p.line[i];
	}
	return -1;
}

static void
meter_draw_line(struct meter_env *e, const struct area *a, int y)
{
	struct span rest = buf_span(&e->out);
	struct cell_style style = {.glyphs = e->g, .role = ROLE_TEXT};
	bool label = rest.n > 5 && rest.p[5] == ':';
	int x = 0;

	while (rest.n && x < a->w) {
		size_t n = 0;
		while (n < rest.n && rest.p[n] != GRAPH_ON && rest.p[n] != GRAPH_OFF)
			n++;
		if (label)
			n = METER_LABEL;
		style.role = label ? ROLE_LABEL : style.role;
		x += cell_text(a, y, x, a->w - x, span_of(rest.p, n), &style);
		rest = span_of(rest.p + n, rest.n - n);
		style.role = ROLE_TEXT;
		if (!label && rest.n) {
			style.role = rest.p[0] == GRAPH_ON ? ROLE_GRAPH : ROLE_TEXT;
			rest = span_of(rest.p + 1, rest.n - 1);
		}
		label = false;
	}
	buf_clear(&e->out);
}

void
meter_draw(struct app *app, const struct area *a, const struct glyphs *g)
{
	struct meter_env e = {.app = app, .g = g, .width = a->w, .wide = a->w >= WIDE_COLUMNS};
	struct meter_plan p;
	int rows, cols, y = 0;

	term_size(app->term, &rows, &cols);
	meter_plan(app, rows, cols, &p);
	buf_init(&e.out, METER_LINE_MAX);
	if (p.single) {
		meter_single(&e);
		meter_draw_line(&e, a, 0);
	}
	for (int i = 0; i < METERS; i++) {
		for (int line = 0; line < p.line[i]; line++) {
			if (line)
				meters[i].more(&e, line - 1, p.line[i] - 1);
			else
				meters[i].text(&e);
			meter_draw_line(&e, a, y++);
		}
	}
	buf_fini(&e.out);
}

int
meter_text(struct app *app, int cols, const char *indent, struct buf *out)
{
	struct meter_env e = {.app = app, .width = cols, .wide = cols >= WIDE_COLUMNS};
	size_t before = out->n;
	int bad = 0;

	buf_init(&e.out, METER_LINE_MAX);
	for (int i = 0; i < METERS; i++) {
		meters[i].text(&e);
		bad |= buf_add_str(out, indent) | buf_add(out, e.out.p, e.out.n) | buf_add(out, "\n", 1);
		buf_clear(&e.out);
	}
	buf_fini(&e.out);
	if (bad)
		out->n = before;
	return bad ? ERR_LIMIT : 0;
}
