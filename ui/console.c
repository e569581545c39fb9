/* SPDX-License-Identifier: MIT
 * The console's loop: keys, facts, signals and time, none of which ever waits for another. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/input.h"
#include "ui/term.h"
#include "ui/wake.h"

enum { PUMP_FACTS = 4096, FRAME_MS = 100, KEYS_PER_TURN = 64 };

struct console {
	struct app *app;
	struct terminal *term;
	int wake_fd;
	uint64_t frame_ns; /* when the last frame was drawn */
	bool keyed;        /* a key was pressed since: draw at once */
	bool facts_wait;
};

static void
console_signals(struct console *c)
{
	int sig;

	while ((sig = wake_next(c->wake_fd)) != 0) {
		if (sig == SIGWINCH) {
			term_resize(c->term);
			c->keyed = true;
		} else {
			c->app->quit = true;
		}
	}
}

static void
console_keys(struct console *c)
{
	for (int i = 0; i < KEYS_PER_TURN && !c->app->quit; i++) {
		int key = input_next();
		if (key == KEYC_NONE)
			return;
		app_key(c->app, key);
		c->keyed = true;
	}
}

/* Milliseconds until the next frame is due; 0: now, -1: nothing to draw. */
static int
console_frame_wait(const struct console *c)
{
	if (!c->app->dirty && !c->keyed)
		return -1;
	uint64_t past_ms = (clock_mono_ns() - c->frame_ns) / 1000000u;
	return c->keyed || past_ms >= FRAME_MS ? 0 : (int)(FRAME_MS - past_ms);
}

static void
console_draw(struct console *c)
{
	/* A frame that cannot be sent is not drawn: what the terminal gets next is current. */
	if (term_pending(c->term) || console_frame_wait(c) != 0)
		return;
	app_draw(c->app);
	c->frame_ns = clock_mono_ns();
	c->keyed = false;
}

static void
console_wait(struct console *c, int tick_ms)
{
	const struct frontend_source *s = c->app->s;
	bool pending = term_pending(c->term);
	struct pollfd p[] = {
	    {.fd = term_fd(c->term), .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
	    {.fd = s->fact_fd, .events = POLLIN},
	    {.fd = c->wake_fd, .events = POLLIN},
	};
	int frame = pending ? -1 : console_frame_wait(c);
	int wait = frame >= 0 && frame < tick_ms ? frame : tick_ms;

	poll(p, 3, c->facts_wait ? 0 : wait);
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
		c->app->quit = true; /* the terminal is gone */
		return;
	}
	if (p[0].revents & POLLIN)
		console_keys(c);
	if (p[2].revents & POLLIN)
		console_signals(c);
	c->facts_wait = s->pump(s->arg, PUMP_FACTS) > 0;
	c->app->dirty |= c->facts_wait;
	if (pending && term_flush(c->term))
		c->app->quit = true;
}

static void
console_loop(struct console *c)
{
	while (!c->app->quit) {
		int tick_ms = app_tick(c->app);
		console_draw(c);
		console_wait(c, tick_ms);
	}
}

static void
console_summary(const struct frontend_source *s, uint64_t start_ns)
{
	struct figures *fig = mem_zalloc(sizeof *fig);
	struct flow_store_stats st;
	char size[FMT_MAX];

	s->figures(s->arg, fig);
	flow_store_stats(s->store, &st);
	*fmt_size_long(size, fig->bytes_in + fig->bytes_out) = '\0';
	printf("mitmtop: %llu flows, %llu failed, %s in %llu s\n", (unsigned long long)st.total,
	    (unsigned long long)st.failed, size,
	    (unsigned long long)((clock_mono_ns() - start_ns) / 1000000000u));
	fflush(stdout);
	free(fig);
}

int
console_run(const struct frontend_source *s, struct errmsg *why)
{
	struct console c = {.wake_fd = wake_open(1)};

	if (c.wake_fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot open a pipe for signals");
	c.term = term_open(why);
	if (!c.term) {
		wake_close(c.wake_fd);
		return ERR_REFUSED;
	}
	c.app = app_new(s, c.term);
	uint64_t start_ns = c.app->start_ns;
	console_loop(&c);
	bool gone = term_flush(c.term) != 0;
	app_free(c.app);
	term_close(c.term);
	if (!gone)
		console_summary(s, start_ns);
	wake_close(c.wake_fd);
	return 0;
}
