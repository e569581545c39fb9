/* SPDX-License-Identifier: MIT
 * The held queue in a few words. */
#include "ui/held.h"

#include <stdio.h>

#include "base/clock.h"
#include "ui/app.h"

static uint64_t
held_age_ns(const struct app *app, uint64_t now_ns)
{
	uint64_t since = app->stats.held_since_ns;

	return now_ns > since ? now_ns - since : 0;
}

void
held_words(const struct app *app, int cols, struct buf *out)
{
	char age[FMT_MAX];
	unsigned long long s = held_age_ns(app, clock_mono_ns()) / 1000000000u;

	if (!app->stats.held)
		return;
	/* Whole seconds: it is a clock. */
	if (s < 60)
		snprintf(age, sizeof age, "%llus", s);
	else if (s < 3600)
		snprintf(age, sizeof age, "%llum%02llu", s / 60, s % 60);
	else
		snprintf(age, sizeof age, "%lluh%02llu", s / 3600, s / 60 % 60);
	buf_addf(out, cols < HELD_SHORT_BELOW ? "HELD %llu %s" : "HELD %llu oldest %s",
	    (unsigned long long)app->stats.held, age);
}

uint64_t
held_tick(struct app *app, uint64_t now_ns)
{
	uint64_t age = held_age_ns(app, now_ns);

	if (!app->stats.held)
		return UINT64_MAX;
	if (app->held_age_s != age / 1000000000u)
		app->dirty = true;
	app->held_age_s = age / 1000000000u;
	return 1000000000u - age % 1000000000u;
}
