/* SPDX-License-Identifier: MIT
 * The console's loop: keys, facts, signals and time, none of which ever waits for another. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/input.h"
#include "ui/out.h"
#include "ui/pace.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/viewer.h"
#include "ui/wake.h"

enum { PUMP_FACTS = 4096, KEYS_PER_TURN = 64, STATUS_SIGNAL = 128 };

/* How it ended. */
enum console_end { END_NOT = 0, END_QUIT, END_HANGUP, END_LOST };

struct console {
	const struct frontend_source *s;
	struct app *app;
	struct terminal *term;
	int wake_fd;
	struct pace pace;
	bool keyed; /* a key was pressed since the last frame: draw at once */
	bool facts_wait;
	int turn_ms; /* when the source wants to be called again; -1: no need */
	enum console_end end;
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
			c->end = sig == SIGHUP ? END_HANGUP : END_QUIT;
		}
	}
}

static void
console_keys(struct console *c)
{
	bool gone = false;

	for (int i = 0; i < KEYS_PER_TURN && !c->app->quit && !viewer_running(); i++) {
		int key = input_next(&gone);
		if (key == KEYC_NONE)
			break;
		app_key(c->app, key);
		c->keyed = true;
	}
	if (gone)
		c->end = END_LOST;
}

/* Milliseconds until the next frame is due; 0: now, -1: nothing to draw. */
static int
console_frame_wait(const struct console *c)
{
	if ((!c->app->dirty && !c->keyed) || viewer_running())
		return -1;
	return pace_wait_ms(&c->pace, clock_mono_ns(), c->keyed);
}

static void
console_draw(struct console *c)
{
	int rows, cols;

	/* A frame that cannot be sent is not drawn: what the terminal gets next is current. */
	if (term_pending(c->term) || console_frame_wait(c) != 0)
		return;
	app_draw(c->app);
	term_size(c->term, &rows, &cols);
	pace_drawn(&c->pace, clock_mono_ns(), term_frame_bytes(c->term), (unsigned)(rows * cols));
	c->keyed = false;
}

/* The earlier of two times to wait, where -1 is never. */
static int
console_earlier(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Applies what the engine has told, unless the session file has to catch up first. */
static void
console_pump(struct console *c)
{
	const struct frontend_source *s = c->s;

	c->facts_wait = !flow_store_congested(s->store) && s->pump(s->arg, PUMP_FACTS) > 0;
	c->turn_ms = s->turn ? s->turn(s->arg) : -1;
}

/* While another program has the terminal, its end is waited for instead of keys. */
static void
console_viewer(struct console *c)
{
	struct errmsg why;

	if (!viewer_turn(&why))
		return;
	c->keyed = true;
	if (why.text[0])
		app_toast(c->app, why.text);
}

static void
console_wait(struct console *c, int tick_ms)
{
	const struct frontend_source *s = c->s;
	bool pending = term_pending(c->term), full = flow_store_congested(s->store);
	short keys = viewer_running() ? 0 : POLLIN;
	struct pollfd p[] = {
	    {.fd = term_fd(c->term), .events = (short)(keys | (pending ? POLLOUT : 0))},
	    {.fd = c->wake_fd, .events = POLLIN},
	    {.fd = full ? -1 : s->fact_fd, .events = POLLIN},
	    {.fd = flow_store_fd(s->store), .events = POLLIN},
	    {.fd = viewer_fd(), .events = POLLIN},
	    {.fd = out_fd(c->app->out), .events = POLLIN},
	};
	int wait = console_earlier(tick_ms, pending ? -1 : console_frame_wait(c));

	wait = console_earlier(wait, c->turn_ms);
	poll(p, sizeof p / sizeof p[0], c->facts_wait || c->app->busy ? 0 : wait);
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
		c->end = END_LOST;
		return;
	}
	if (p[0].revents & POLLIN)
		console_keys(c);
	if (p[1].revents & POLLIN)
		console_signals(c);
	console_viewer(c);
	console_pump(c);
	c->app->dirty |= c->facts_wait || (p[3].revents & POLLIN);
	/* What a key has asked for is part of its answer. */
	c->keyed |= (p[3].revents & POLLIN) && c->app->awaited;
	app_turn(c->app);
	if (pending && term_flush(c->term))
		c->end = END_LOST;
}

static void
console_loop(struct console *c)
{
	while (!c->end) {
		int tick_ms = app_tick(c->app);
		console_draw(c);
		console_wait(c, tick_ms);
		if (c->app->quit && !c->end)
			c->end = END_QUIT;
	}
}

/* The proxy without its screen, until SIGINT or SIGTERM. */
static void
console_keep(struct console *c)
{
	const struct frontend_source *s = c->s;

	for (int sig = 0; sig != SIGINT && sig != SIGTERM; sig = wake_next(c->wake_fd)) {
		console_pump(c);
		bool full = flow_store_congested(s->store);
		struct pollfd p[] = {
		    {.fd = c->wake_fd, .events = POLLIN},
		    {.fd = full ? -1 : s->fact_fd, .events = POLLIN},
		    {.fd = flow_store_fd(s->store), .events = POLLIN},
		};
		poll(p, 3, c->facts_wait ? 0 : c->turn_ms);
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

/* The option is judged here, where its values are known, and before the screen starts. */
static int
console_theme(const struct options *o, struct errmsg *why)
{
	const char *name = option_str(o, OPT_THEME);
	char names[128];
	size_t n = 0;

	if (theme_set(name))
		return 0;
	for (unsigned i = 0; theme_name_at(i) && n < sizeof names; i++)
		n += (size_t)snprintf(
		    names + n, sizeof names - n, "%s%s", i ? ", " : "", theme_name_at(i));
	return err_set(why, ERR_REFUSED, "there is no theme '%.40s'. There are: %s", name, names);
}

static int
console_open(struct console *c, struct errmsg *why)
{
	int bad = console_theme(c->s->options, why);

	if (bad)
		return bad;
	c->wake_fd = wake_open(1);
	if (c->wake_fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot open a pipe for signals");
	c->term = term_open(why);
	if (!c->term) {
		wake_close(c->wake_fd);
		return ERR_REFUSED;
	}
	c->app = app_new(c->s, c->term);
	return 0;
}

int
console_run(const struct frontend_source *s, struct errmsg *why)
{
	struct console c = {.s = s, .turn_ms = -1};
	/* Not to be asked later: a terminal that is gone does not look like one. */
	bool can_tell = !isatty(STDERR_FILENO);
	int bad = console_open(&c, why);

	if (bad)
		return bad;
	uint64_t start_ns = c.app->start_ns;
	console_loop(&c);
	viewer_stop();
	if (c.end == END_LOST)
		term_lost(c.term);
	app_free(c.app);
	bool silent = term_close(c.term) != 0 || c.end != END_QUIT;
	bool keep = c.end != END_QUIT && option_bool(s->options, OPT_KEEP);
	if (keep && can_tell)
		fprintf(stderr, "mitmtop: terminal lost, going on without it (pid %d)\n",
		    (int)getpid());
	if (keep)
		console_keep(&c);
	if (!silent)
		console_summary(s, start_ns);
	wake_close(c.wake_fd);
	return keep || c.end == END_QUIT ? 0 : STATUS_SIGNAL + SIGHUP;
}
