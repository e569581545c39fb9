/* SPDX-License-Identifier: MIT
 * Alarms: each has a rest, so that a thousand of a kind are one line. */
#include "ui/alarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"

enum { ALARM_REPEATS_MIN = 3, ALARM_WINDOW_S = 10, ALARM_EVICTED_REST_S = 60, ALARM_JUMP_S = 3 };

#define NS_PER_S 1000000000ull

/* A message that waits for a key is not covered. The event log escapes what it shows. */
static void
alarm_tell(struct app *app, const char *raw)
{
	char shown[sizeof app->toast];

	flow_store_event(app->s->store, FLOW_EVENT_WARNING, 0, raw);
	escape_text(shown, sizeof shown, span_str(raw), app->escape);
	if (!app->toast[0] || app->toast_until_ns != UINT64_MAX)
		app_toast(app, shown);
}

/* ---- repeated failures ---- */

/* The cause with the server it is about; false: it says nothing of others to come. */
static bool
failure_text(const struct flow *f, char out[ALARM_TEXT_MAX])
{
	bool dialled = f->answered_here && f->status >= 502 && f->status != 505;
	struct span host = f->state == FLOW_S_TLS_FAILED ? flow_text_tls_host(f) : f->host;
	int host_n = host.n < 80 ? (int)host.n : 80;

	if (!flow_failed(f) || !f->why)
		return false;
	const char *what = dialled ? "server not reached" : f->state == FLOW_S_TLS_FAILED ? "handshake failed" : "failed";
	if (dialled || !host.n) /* the cause names the server, or none is known */
		snprintf(out, ALARM_TEXT_MAX, "%s: %s", what, f->why);
	else
		snprintf(out, ALARM_TEXT_MAX, "%s: %.*s:%u %s", what, host_n, host.p, f->port, f->why);
	return true;
}

/* More servers or causes than there are places: what is left over is counted, so that neither memory nor lines grow with them. */
static void
others_take(struct alarm *a, unsigned n, uint64_t now_ns)
{
	if (!a->others.n)
		a->others.since_ns = now_ns;
	a->others.n += n;
}

static void
group_tell(struct app *app, struct alarm_group *g, uint64_t now_ns)
{
	char raw[ALARM_TEXT_MAX + 40];
	uint64_t s = (now_ns - g->since_ns + NS_PER_S / 2) / NS_PER_S;

	if (g->n >= ALARM_REPEATS_MIN) {
		snprintf(raw, sizeof raw, "%s, %u flows in %" PRIu64 " s", g->text, g->n, s);
		alarm_tell(app, raw);
	}
	g->n = 0;
}

/* Its place; or one that is free, or that of the first that is no series yet, which joins the others. NULL: there is none. */
static struct alarm_group *
group_find(struct alarm *a, const char *text, uint64_t now_ns)
{
	struct alarm_group *place = NULL;

	for (struct alarm_group *g = a->group; g < a->group + ALARM_GROUPS_MAX; g++) {
		if (g->n && strcmp(g->text, text) == 0)
			return g;
		if (g->n < ALARM_REPEATS_MIN && (!place || (place->n && (!g->n || g->since_ns < place->since_ns))))
			place = g;
	}
	if (!place)
		return NULL;
	others_take(a, place->n, now_ns);
	snprintf(place->text, sizeof place->text, "%s", text);
	place->since_ns = now_ns;
	place->n = 0;
	return place;
}

static void
failure_count(struct alarm *a, const char *text, uint64_t now_ns)
{
	struct alarm_group *g = group_find(a, text, now_ns);

	if (g)
		g->n++;
	else
		others_take(a, 1, now_ns);
}

void
alarm_flow(struct app *app, const struct flow *f)
{
	uint64_t now = clock_mono_ns();
	char text[ALARM_TEXT_MAX];

	/* A copy or a flow of a file has failed long ago. */
	if (now - f->end_ns < ALARM_WINDOW_S * NS_PER_S && failure_text(f, text))
		failure_count(&app->alarm, text, now);
}

static bool
group_due(const struct alarm_group *g, uint64_t now_ns)
{
	return g->n && now_ns - g->since_ns >= ALARM_WINDOW_S * NS_PER_S;
}

/* The others are told last, with those that have been no series. */
static void
failures_tick(struct app *app, uint64_t now_ns)
{
	struct alarm *a = &app->alarm;
	bool others = group_due(&a->others, now_ns);

	for (struct alarm_group *g = a->group; g < a->group + ALARM_GROUPS_MAX; g++) {
		if (others && g->n < ALARM_REPEATS_MIN) {
			a->others.n += g->n;
			g->n = 0;
		} else if (group_due(g, now_ns)) {
			group_tell(app, g, now_ns);
		}
	}
	if (!others)
		return;
	snprintf(a->others.text, sizeof a->others.text, "failed: many servers or causes");
	group_tell(app, &a->others, now_ns);
}

/* ---- memory ---- */

static void
evicted_tick(struct app *app, uint64_t now_ns)
{
	struct alarm *a = &app->alarm;
	struct flow_store_stats st;
	char limit[FMT_MAX], text[96];

	flow_store_stats(app->s->store, &st);
	if (st.evicted == a->evicted || (a->evicted_ns && now_ns - a->evicted_ns < ALARM_EVICTED_REST_S * NS_PER_S))
		return;
	*fmt_size(limit, st.memory_max_bytes) = '\0';
	snprintf(text, sizeof text, "FLOWS EVICTED %" PRIu64 ": memory limit %s, :set memory", st.evicted - a->evicted, limit);
	a->evicted = st.evicted;
	a->evicted_ns = now_ns;
	alarm_tell(app, text);
}

/* ---- the clock ---- */

/* Rates and times go by the monotonic clock; what a jump spoils is the order of the times of day. */
static void
clock_tick(struct app *app, uint64_t now_ns)
{
	struct alarm *a = &app->alarm;
	uint64_t wall = clock_wall_ns();
	int64_t jump = a->mono_ns ? (int64_t)(wall - a->wall_ns) - (int64_t)(now_ns - a->mono_ns) : 0;
	int64_t s = (jump + (jump < 0 ? -1 : 1) * (int64_t)(NS_PER_S / 2)) / (int64_t)NS_PER_S;
	char text[96];

	a->wall_ns = wall;
	a->mono_ns = now_ns;
	if (s < ALARM_JUMP_S && s > -ALARM_JUMP_S)
		return;
	snprintf(text, sizeof text, "CLOCK JUMP %+" PRId64 " s, rates go on", s);
	alarm_tell(app, text);
}

void
alarm_tick(struct app *app, uint64_t now_ns)
{
	if (app->alarm.mono_ns && now_ns - app->alarm.mono_ns < NS_PER_S / 2)
		return;
	failures_tick(app, now_ns);
	evicted_tick(app, now_ns);
	clock_tick(app, now_ns);
}
