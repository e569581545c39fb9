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
#include "conf/paths.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/history.h"
#include "ui/input.h"
#include "ui/job.h"
#include "ui/option_use.h"
#include "ui/out.h"
#include "ui/pace.h"
#include "ui/scratch.h"
#include "ui/term.h"
#include "ui/viewer.h"
#include "ui/wake.h"

enum { PUMP_FACTS = 4096, KEYS_PER_TURN = 64, STATUS_SIGNAL = 128 };

/* How it ended. */
enum console_end { END_NOT = 0, END_QUIT, END_HANGUP, END_LOST, END_DETACH };

struct console {
	const struct frontend_source *s;
	struct app *app;
	struct terminal *term;
	int wake_fd;
	struct pace pace;
	bool suspended; /* the shell has the terminal */
	bool keyed; /* a key was pressed since the last frame: draw at once */
	bool facts_wait;
	int turn_ms; /* when the source wants to be called again; -1: no need */
	enum console_end end;
};

/* Another program has the terminal, or the shell. */
static bool
console_is_away(const struct console *c)
{
	return c->suspended || viewer_running();
}

static void
console_suspend(struct console *c)
{
	if (console_is_away(c))
		return;
	if (!job_has_parent()) {
		app_toast(c->app, "no shell started this: there is nothing to go back to");
		return;
	}
	term_suspend(c->term);
	c->suspended = true;
	job_suspend();
}

static void
console_back(struct console *c, const char *toast)
{
	if (!c->suspended)
		return;
	c->suspended = false;
	term_resume(c->term);
	app_toast(c->app, toast);
	c->keyed = true;
}

/* Whoever sent it: only the parent, or the shell, gives the terminal back. */
static void
console_continued(struct console *c)
{
	if (!job_is_foreground() || viewer_running())
		return;
	if (c->suspended) {
		console_back(c, "back: the traffic went on meanwhile");
		return;
	}
	/* It was stopped from outside, and the shell has had the terminal meanwhile. */
	term_resume(c->term);
	c->keyed = true;
}

static void
console_signals(struct console *c)
{
	int sig;

	while ((sig = wake_next(c->wake_fd)) != 0) {
		if (sig == SIGWINCH) {
			term_resize(c->term);
			c->keyed = true;
		} else if (sig == SIGTSTP) {
			console_suspend(c);
		} else if (sig == SIGCONT) {
			console_continued(c);
		} else if (sig == SIGUSR2) {
			console_back(c, "there is no shell with job control to go back to");
		} else {
			c->end = sig == SIGHUP ? END_HANGUP : END_QUIT;
		}
	}
}

/* What a command has asked for. */
static void
console_leave(struct console *c)
{
	enum app_leave leave = c->app->leave;

	c->app->leave = APP_STAY;
	if (leave == APP_SUSPEND)
		console_suspend(c);
	else if (leave == APP_DETACH && job_has_parent())
		c->end = END_DETACH;
	else if (leave == APP_DETACH)
		app_toast(c->app, "no shell started this: use --keep and close the terminal");
}

static void
console_keys(struct console *c)
{
	bool gone = false;

	for (int i = 0; i < KEYS_PER_TURN && !c->app->quit && !c->app->leave && !viewer_running(); i++) {
		struct mouse m;
		int key = input_next(&gone, &m);
		if (key == KEYC_NONE)
			break;
		if (key == KEYC_MOUSE)
			mouse_act(c->app, &m);
		else
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
	if ((!c->app->dirty && !c->keyed) || console_is_away(c))
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
		app_error(c->app, 0, why.text);
}

static void
console_wait(struct console *c, int tick_ms)
{
	const struct frontend_source *s = c->s;
	bool pending = term_pending(c->term), full = flow_store_congested(s->store);
	short keys = console_is_away(c) ? 0 : POLLIN;
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
	wait = console_earlier(wait, flow_repeat_turn(c->app, clock_mono_ns()));
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
		if (c->app->leave)
			console_leave(c);
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

/* What is done while there is still a console, and what it says of it. */
struct console_farewell {
	bool lost, keep;
	char released[128]; /* follows "going on without it" */
	char unsaved[128];  /* "" for nothing */
};

static void
console_farewell(struct console *c, struct console_farewell *f)
{
	const struct save *s = &c->app->out->save;

	f->lost = c->end == END_HANGUP || c->end == END_LOST;
	f->keep = f->lost && option_bool(c->s->options, OPT_KEEP);
	f->released[0] = f->unsaved[0] = '\0';
	if (f->keep || c->end == END_DETACH)
		quit_unattended(c->app, f->keep ? "terminal lost, going on without it" : "detached from the terminal",
		    f->released, sizeof f->released);
	if (save_is_going_on(s))
		out_path(c->app, s->path, f->unsaved, sizeof f->unsaved);
}

static void
console_detach(const struct console_farewell *f)
{
	printf("mitmtop: detached, goes on as pid %d until SIGTERM%s\n", (int)getpid(), f->released);
	fflush(stdout);
	job_detach();
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

/* The options are judged here, where their values are known, and before the screen starts. */
static int
console_options(const struct options *o, struct errmsg *why)
{
	static const enum option_id ids[] = {OPT_CUT, OPT_KEYS, OPT_THEME};
	struct keys keys = {.n = 0};
	int bad = 0;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0] && !bad; i++)
		bad = option_use_check(ids[i], option_str(o, ids[i]), why);
	if (!bad)
		bad = keys_load(&keys, o, why);
	keys_fini(&keys);
	return bad;
}

static void
console_history(struct app *app)
{
	struct errmsg why;
	char *path = paths_history_file();

	if (path && history_open(&app->prompt, path, &why) != 0)
		app_error(app, 0, why.text);
	free(path);
}

/* A file that cannot be read is told as a refused line of it would be. */
static void
console_script(struct app *app)
{
	const char *path = option_str(app->s->options, OPT_SCRIPT);
	struct errmsg why;

	if (*path && script_source(app, path, &why) != 0) {
		app_error(app, 0, why.text);
	}
}

static int
console_header(const struct options *o, struct errmsg *why)
{
	struct header h;

	return header_parse(&h, option_str(o, OPT_HEADER), why);
}

static int
console_open(struct console *c, struct errmsg *why)
{
	struct column_set set;
	int bad = console_options(c->s->options, why);

	if (!bad)
		bad = console_header(c->s->options, why);
	if (!bad)
		bad = column_set_read(&set, option_str(c->s->options, OPT_COLUMNS), why);
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
	scratch_sweep();
	console_history(c->app);
	console_script(c->app);
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
	struct console_farewell f;
	console_farewell(&c, &f);
	if (c.end == END_LOST)
		term_lost(c.term);
	app_free(c.app);
	if (c.suspended)
		term_lost(c.term);
	bool silent = term_close(c.term) != 0 || c.end != END_QUIT;
	if (f.keep && can_tell)
		fprintf(stderr, "mitmtop: terminal lost, going on without it (pid %d)%s\n",
		    (int)getpid(), f.released);
	if (f.unsaved[0] && (!f.lost || can_tell))
		fprintf(stderr, "mitmtop: the save to %s was given up\n", f.unsaved);
	if (c.end == END_DETACH)
		console_detach(&f);
	if (f.keep || c.end == END_DETACH)
		console_keep(&c);
	if (!silent)
		console_summary(s, start_ns);
	wake_close(c.wake_fd);
	return f.lost && !f.keep ? STATUS_SIGNAL + SIGHUP : 0;
}
