/* SPDX-License-Identifier: MIT
 * The headless front end: a line for each flow when it has ended, and blocks of figures. */
#include "ui/headless_out.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow_store.h"
#include "flow/flow_subject.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/headless_blocks.h"
#include "ui/headless_json.h"
#include "ui/headless_line.h"
#include "ui/theme.h"
#include "ui/wake.h"

enum { PUMP_FACTS = 8192, LAST_FLUSH_MS = 2000, READ_AHEAD_BYTES = 1 << 20 };

struct headless {
	const struct frontend_source *s;
	struct headless_out out;
	struct headless_style style;
	struct match *filter; /* has been checked */
	struct flow_subject subject;
	struct flow_set later; /* flows that the filter could not decide yet */
	struct headless_blocks *blocks; /* NULL: none are asked for */
	struct flow_set begun; /* open flows that --start has seen */
	bool json, lines;
	int signal; /* that ended it; 0 */
	uint64_t shown, tls_failed;
	uint64_t start_ns;
	char problem[sizeof ((struct errmsg *)NULL)->text];
};

static void
headless_greet(const struct frontend_source *s)
{
	for (unsigned i = 0; i < s->nlisten; i++)
		fprintf(stderr, "mitmtop: listening on %s\n", s->listen[i]);
	if (s->ca_path)
		fprintf(stderr, "mitmtop: clients must trust the CA in %s (SHA256 %s)\n", s->ca_path,
		    s->ca_fingerprint ? s->ca_fingerprint : "unknown");
	fflush(stderr);
}

static void
headless_summary(const struct headless *h)
{
	struct figures *fig = mem_zalloc(sizeof *fig);
	struct flow_store_stats st;
	char size[FMT_MAX] = "";

	h->s->figures(h->s->arg, fig);
	flow_store_stats(h->s->store, &st);
	*fmt_size_long(size, fig->bytes_in + fig->bytes_out) = '\0';
	if (h->s->reading) {
		fprintf(stderr, "mitmtop: %llu of %llu flows shown\n", (unsigned long long)h->shown,
		    (unsigned long long)st.total);
		free(fig);
		return;
	}
	fprintf(stderr,
	    "mitmtop: %llu of %llu flows shown, %llu handshake%s failed, %s in %llu s\n",
	    (unsigned long long)h->shown, (unsigned long long)st.total,
	    (unsigned long long)h->tls_failed, h->tls_failed == 1 ? "" : "s", size,
	    (unsigned long long)((clock_mono_ns() - h->start_ns) / 1000000000u));
	if (fig->processes_skipped)
		fprintf(stderr, "mitmtop: the process of %llu clients was not looked for: too many at once\n",
		    (unsigned long long)fig->processes_skipped);
	if (h->out.lost)
		fprintf(stderr,
		    "mitmtop: %llu lines were not printed: standard output was stalled\n",
		    (unsigned long long)h->out.lost);
	free(fig);
}

/* True when a signal has come, which ends it. */
static bool
headless_woken(struct headless *h, const struct pollfd *p)
{
	int sig = p->revents & POLLIN ? wake_next(p->fd) : 0;

	if (sig)
		h->signal = sig;
	return sig != 0;
}

/* Writes what is left, for a bounded time; a second signal ends it. */
static void
headless_last_flush(struct headless *h, int wake_fd)
{
	uint64_t end = clock_mono_ns() + LAST_FLUSH_MS * 1000000ull;

	while (h->out.lines.n && !h->out.closed && clock_mono_ns() < end && !wake_next(wake_fd)) {
		struct pollfd p = {.fd = h->out.fd, .events = POLLOUT};
		poll(&p, 1, 50);
		headless_out_flush(&h->out);
	}
}

/* Tells once of each thing that is wrong with the session file, and when it is over. */
static void
headless_problem(struct headless *h)
{
	const char *now = flow_store_problem(h->s->store);

	if (strcmp(now, h->problem) == 0)
		return;
	if (*now)
		fprintf(stderr, "mitmtop: SAVE STOPPED: %s. The traffic goes on\n", now);
	else
		fprintf(stderr, "mitmtop: saving goes on\n");
	snprintf(h->problem, sizeof h->problem, "%s", now);
}

/* MAYBE: more of it has to be read from the session file. */
static enum match_result
headless_judge(struct headless *h, const struct flow *f)
{
	bool more = flow_store_has_more(h->s->store, f);

	if (f->deleted)
		return MATCH_NO;
	return flow_subject_eval(&h->subject, h->filter, f, more ? FLOW_MISSING_LATER : FLOW_MISSING_ABSENT);
}

static void
headless_print(struct headless *h, const struct flow *f)
{
	int rc = h->json ? headless_json(&h->out.lines, f, h->style.verbose)
			 : headless_line(&h->out.lines, &h->style, f);
	h->shown += rc == 0;
	h->out.lost += rc != 0;
}

/* Once, when it is known what it is: a connection becomes the flow of its first request. */
static void
headless_begun(void *arg, const struct flow *f)
{
	struct headless *h = arg;
	bool known = f->method.n || f->state != FLOW_S_CONNECT;

	if (!known || !flow_set_add(&h->begun, f->number) || headless_judge(h, f) != MATCH_YES)
		return;
	int rc = h->json ? headless_json_begun(&h->out.lines, f) : headless_line_begun(&h->out.lines, &h->style, f);
	h->out.lost += rc != 0;
}

/* What is not in memory is read when it is in the file. */
static void
headless_ended(void *arg, const struct flow *f)
{
	struct headless *h = arg;
	enum match_result is = h->lines ? headless_judge(h, f) : MATCH_NO;

	flow_set_remove(&h->begun, f->number);
	h->tls_failed += f->state == FLOW_S_TLS_FAILED;
	if (is == MATCH_YES)
		headless_print(h, f);
	else if (is == MATCH_MAYBE)
		flow_set_add(&h->later, f->number);
}

/* Flows whose long bodies have left memory before the end. True when some are left, which flow_store_fd tells of. */
static bool
headless_later(struct headless *h)
{
	for (size_t i = 0; i < h->later.n;) {
		uint64_t number = h->later.number[i];
		const struct flow *f = flow_store_find(h->s->store, number);
		bool gone = false;
		if (f && !flow_store_is_saved(h->s->store, f)) {
			i++;
			continue;
		}
		f = flow_store_open(h->s->store, number, &gone);
		if (!f && !gone)
			return true;
		if (f && flow_subject_eval(&h->subject, h->filter, f, FLOW_MISSING_ABSENT) == MATCH_YES)
			headless_print(h, f);
		flow_set_remove(&h->later, number);
	}
	return h->later.n > 0;
}

static void
headless_loop(struct headless *h, int wake_fd)
{
	unsigned pumped = 0;
	int wait = -1, block = -1;

	while (!h->out.closed) {
		if (h->blocks && !(block = headless_blocks_turn(h->blocks, &h->out.lines)))
			return;
		if (wait < 0 || (block >= 0 && block < wait))
			wait = block;
		struct pollfd p[] = {
		    {.fd = h->s->fact_fd, .events = POLLIN},
		    {.fd = wake_fd, .events = POLLIN},
		    /* A closed pipe shows as POLLERR even when nothing waits to be written. */
		    {.fd = h->out.own || h->out.lines.n ? h->out.fd : -1,
			.events = h->out.lines.n ? POLLOUT : 0},
		    {.fd = flow_store_fd(h->s->store), .events = POLLIN},
		};
		poll(p, 4, pumped ? 0 : wait);
		if (headless_woken(h, &p[1]))
			return;
		if (p[2].revents & POLLERR)
			h->out.closed = true;
		pumped = h->s->pump(h->s->arg, PUMP_FACTS);
		wait = h->s->turn(h->s->arg);
		headless_later(h);
		headless_problem(h);
		headless_out_flush(&h->out);
	}
}

/* What is still open ends here, and each of its flows is a line too. A slow disk may make that long: a second signal ends it now. */
static void
headless_end(struct headless *h, int wake_fd)
{
	int sig;

	h->s->stop(h->s->arg);
	while (!h->out.closed) {
		/* Before: a pump that was kept from it has not come to the end. */
		bool held = flow_store_congested(h->s->store);
		unsigned pumped = h->s->pump(h->s->arg, PUMP_FACTS);
		int wait = h->s->turn(h->s->arg);
		bool later = headless_later(h) && !*flow_store_problem(h->s->store);
		headless_out_flush(&h->out);
		if (!pumped && !held && !later)
			return;
		struct pollfd p[] = {
		    {.fd = flow_store_fd(h->s->store), .events = POLLIN},
		    {.fd = wake_fd, .events = POLLIN},
		};
		poll(p, 2, pumped ? 0 : wait);
		if ((p[1].revents & POLLIN) && (sig = wake_next(wake_fd))) {
			wake_close(wake_fd);
			raise(sig);
		}
	}
}

/* Waits for what is read from the session file. False: a signal. */
static bool
headless_wait(struct headless *h, int wake_fd)
{
	struct pollfd p[] = {
	    {.fd = flow_store_fd(h->s->store), .events = POLLIN},
	    {.fd = wake_fd, .events = POLLIN},
	};

	poll(p, 2, -1);
	h->s->turn(h->s->arg);
	return !headless_woken(h, &p[1]);
}

/* Nobody waits but the reader of our output: it may take its time. */
static bool
headless_drain(struct headless *h, int wake_fd)
{
	headless_out_flush(&h->out);
	while (h->out.lines.n > READ_AHEAD_BYTES && !h->out.closed) {
		struct pollfd p[] = {
		    {.fd = h->out.fd, .events = POLLOUT},
		    {.fd = wake_fd, .events = POLLIN},
		};
		poll(p, 2, -1);
		if (headless_woken(h, &p[1]))
			return false;
		headless_out_flush(&h->out);
	}
	return !h->out.closed;
}

/* A line for each flow of a session file. */
static int
headless_read(struct headless *h, int wake_fd, struct errmsg *why)
{
	struct flow_store *store = h->s->store;
	bool details = h->json || h->style.verbose, wait = false, gone;
	struct flow_scan *scan = flow_scan_new(store, flow_store_first(store), flow_store_last(store));
	const struct flow *f;
	bool on = true;
	int bad = 0;

	while (on && ((f = flow_scan_next(scan, &wait)) || wait)) {
		if (wait) {
			on = headless_wait(h, wake_fd);
			continue;
		}
		const struct flow *whole = f;
		uint64_t number = f->number;
		enum match_result is = headless_judge(h, f);
		h->tls_failed += f->state == FLOW_S_TLS_FAILED;
		if (is == MATCH_NO)
			continue;
		while ((details || is == MATCH_MAYBE) && on && !(whole = flow_store_open(store, number, &gone)) && !gone)
			on = headless_wait(h, wake_fd);
		/* What the file does not give is told, once, and its summary is a line all the same. */
		if (on && !whole && !bad)
			bad = flow_store_open_error(store, why);
		if (is == MATCH_MAYBE)
			is = flow_subject_eval(&h->subject, h->filter, whole ? whole : f, FLOW_MISSING_ABSENT);
		if (on && is == MATCH_YES)
			headless_print(h, whole ? whole : f);
		on = on && headless_drain(h, wake_fd);
	}
	if (!bad)
		bad = flow_scan_error(scan, why);
	flow_scan_free(scan);
	return bad;
}

static void
headless_options(struct headless *h)
{
	const struct options *o = h->s->options;
	const char *term = getenv("TERM");

	h->lines = option_bool(o, OPT_HEADLESS);
	h->json = option_bool(o, OPT_JSON);
	h->blocks = headless_blocks_new(h->s);
	h->style.verbose = (int)option_int(o, OPT_VERBOSE);
	h->style.escape = text_locale_utf8() ? ESCAPE_UTF8 : 0;
	h->style.colour = isatty(STDOUT_FILENO) && !theme_refused() && term && strcmp(term, "dumb") != 0;
}

/* What the shell would say of a signal, when that is asked for. */
static int
headless_status(const struct headless *h)
{
	if (h->out.error)
		return 1;
	return h->signal && option_bool(h->s->options, OPT_STRICT) ? 128 + h->signal : 0;
}

int
headless_run(const struct frontend_source *s, struct errmsg *why)
{
	struct headless h = {.s = s, .start_ns = clock_mono_ns()};
	struct flow_watcher w = {.ended = headless_ended, .arg = &h};
	int wake_fd = wake_open(0), bad = 0;

	if (wake_fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot open a pipe for signals");
	headless_out_open(&h.out);
	h.filter = match_new(option_str(s->options, OPT_FILTER), NULL);
	flow_subject_init(&h.subject);
	headless_options(&h);
	if (h.lines && option_bool(s->options, OPT_START))
		w.changed = headless_begun;
	flow_store_watch(s->store, &w);
	if (s->reading) {
		bad = headless_read(&h, wake_fd, why);
	} else {
		headless_greet(s);
		headless_loop(&h, wake_fd);
		headless_end(&h, wake_fd);
	}
	headless_out_flush(&h.out);
	headless_last_flush(&h, wake_fd);
	if (!h.out.closed || h.out.error)
		headless_summary(&h);
	if (h.out.error)
		fprintf(stderr,
		    "mitmtop: cannot write to standard output: %s. Free space, or send it elsewhere\n",
		    strerror(h.out.error));
	flow_store_watch(s->store, &(struct flow_watcher){.arg = NULL});
	headless_out_close(&h.out);
	match_free(h.filter);
	flow_subject_fini(&h.subject);
	flow_set_fini(&h.later);
	flow_set_fini(&h.begun);
	headless_blocks_free(h.blocks);
	wake_close(wake_fd);
	return bad ? bad : headless_status(&h);
}
