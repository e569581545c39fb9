/* SPDX-License-Identifier: MIT
 * Whole flows, one after another. */
#include "ui/gather.h"

#include <stdlib.h>

#include "base/clock.h"
#include "flow/flow_pick.h"
#include "ui/app.h"
#include "ui/frontend.h"

enum { GATHER_SLICE_NS = 4000000 };

void
gather_start(struct gather *g, struct app *app, uint64_t *numbers, size_t n, bool (*take)(struct app *, const struct flow *),
    void (*done)(struct app *))
{
	gather_start_when(g, app, numbers, n, NULL, take, done);
}

void
gather_start_when(struct gather *g, struct app *app, uint64_t *numbers, size_t n, bool (*ready)(struct app *),
    bool (*take)(struct app *, const struct flow *), void (*done)(struct app *))
{
	gather_stop(g);
	*g = (struct gather){.active = true,
	    .number = numbers,
	    .n = n,
	    .pick = flow_pick_new(app->s->store, GATHER_BODY_MAX),
	    .ready = ready,
	    .take = take,
	    .done = done};
	gather_turn(g, app);
}

/* False when the flow is still being read, or not wanted yet. */
static bool
gather_one(struct gather *g, struct app *app)
{
	bool gone;

	if (g->ready && !g->ready(app))
		return false;
	const struct flow *f = flow_pick_open(g->pick, g->number[g->at], &gone);

	if (!f && !gone)
		return false;
	g->at++;
	g->gone += !f;
	if (f && !g->take(app, f))
		g->at = g->n;
	return true;
}

bool
gather_turn(struct gather *g, struct app *app)
{
	uint64_t begin = clock_mono_ns();

	if (!g->active)
		return false;
	while (g->at < g->n) {
		if (!gather_one(g, app))
			return false;
		if (g->at < g->n && clock_mono_ns() - begin > GATHER_SLICE_NS)
			return true;
	}
	gather_stop(g); /* before what may begin another one */
	g->done(app);
	return false;
}

void
gather_stop(struct gather *g)
{
	flow_pick_free(g->pick);
	free(g->number);
	g->pick = NULL;
	g->number = NULL;
	g->active = false;
}
