/* SPDX-License-Identifier: MIT
 * The outcome of a request to the proxy itself, in the status line and the event log. */
#include "ui/selftest.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/out.h"

enum {
	ROW_WAIT_NS = 500 * 1000000, /* facts are on their way for a few milliseconds */
	ROW_LOOK_MAX = 4096          /* of the newest flows: others may have come since */
};

void
cmd_selftest(struct app *app, const char *arg)
{
	struct selftest_run *r = &app->selftest;
	struct errmsg why = {.text = "no proxy runs here"};
	char text[sizeof why.text + 32];

	(void)arg;
	if (r->running) {
		app_refuse(app, "a self-test is running already: ^C gives it up");
		return;
	}
	if (!app->s->selftest_start || app->s->selftest_start(app->s->arg, app->out->ready_fd, &why)) {
		snprintf(text, sizeof text, "self-test: %s", why.text);
		app_error(app, 0, text);
		return;
	}
	*r = (struct selftest_run){.running = true};
	app_toast(app, "self-test: asking the proxy ...");
}

/* Number of the flow that came from that address; 0: not seen. */
static uint64_t
row_of(const struct app *app, const char *client)
{
	struct flow_store_stats st;

	flow_store_stats(app->s->store, &st);
	for (uint64_t i = 0; *client && i < ROW_LOOK_MAX && i < st.total; i++) {
		const struct flow *f = flow_store_find(app->s->store, st.total - i);
		const struct flow_conn *c = f ? flow_conn(f) : NULL;
		if (c && strcmp(c->client, client) == 0)
			return f->number;
	}
	return 0;
}

static void
tell(struct app *app, uint64_t row)
{
	const struct frontend_selftest *t = &app->selftest.result;
	char flow[40] = "", text[400];

	if (row)
		snprintf(flow, sizeof flow, ", flow %llu", (unsigned long long)row);
	app->dirty = true;
	if (!t->ok) {
		snprintf(text, sizeof text, "self-test failed after %u ms%s: %s", t->ms, flow, t->text);
		app_error(app, row, text);
		return;
	}
	snprintf(text, sizeof text, "self-test ok: HTTPS through the proxy in %u ms%s", t->ms, flow);
	app_toast(app, text);
	app->toast_until_ns = UINT64_MAX; /* it was waited for */
	flow_store_event(app->s->store, FLOW_EVENT_INFO, row, text);
}

void
selftest_turn(struct app *app)
{
	struct selftest_run *r = &app->selftest;

	if (!r->running)
		return;
	if (!r->over) {
		r->over = app->s->selftest_done(app->s->arg, &r->result);
		r->until_ns = clock_mono_ns() + ROW_WAIT_NS;
	}
	if (!r->over)
		return;
	uint64_t row = row_of(app, r->result.client);
	if (!row && *r->result.client && clock_mono_ns() < r->until_ns)
		return;
	r->running = false;
	tell(app, row);
}

bool
selftest_cancel(struct app *app)
{
	bool was = app->selftest.running;

	if (was && !app->selftest.over)
		app->s->selftest_stop(app->s->arg);
	app->selftest.running = false;
	return was;
}
