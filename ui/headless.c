/* SPDX-License-Identifier: MIT
 * The headless front end: a line for each flow when it has ended. */
#include "ui/headless_out.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow_store.h"
#include "ui/filter.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/headless_json.h"
#include "ui/headless_line.h"
#include "ui/wake.h"

enum { PUMP_FACTS = 8192, LAST_FLUSH_MS = 2000 };

struct headless {
	const struct frontend_source *s;
	struct headless_out out;
	struct headless_style style;
	struct filter filter;
	bool json;
	uint64_t shown, tls_failed;
	uint64_t start_ns;
};

static void
headless_ended(void *arg, const struct flow *f)
{
	struct headless *h = arg;

	h->tls_failed += f->state == FLOW_S_TLS_FAILED;
	if (!filter_match(&h->filter, f))
		return;
	int rc = h->json ? headless_json(&h->out.lines, f, h->style.verbose)
			 : headless_line(&h->out.lines, &h->style, f);
	h->shown += rc == 0;
	h->out.lost += rc != 0;
}

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
	fprintf(stderr,
	    "mitmtop: %llu of %llu flows shown, %llu handshake%s failed, %s in %llu s\n",
	    (unsigned long long)h->shown, (unsigned long long)st.total,
	    (unsigned long long)h->tls_failed, h->tls_failed == 1 ? "" : "s", size,
	    (unsigned long long)((clock_mono_ns() - h->start_ns) / 1000000000u));
	if (h->out.lost)
		fprintf(stderr,
		    "mitmtop: %llu flows were not printed: standard output was stalled\n",
		    (unsigned long long)h->out.lost);
	free(fig);
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

static void
headless_loop(struct headless *h, int wake_fd)
{
	unsigned pumped = 0;

	while (!h->out.closed) {
		struct pollfd p[] = {
		    {.fd = h->s->fact_fd, .events = POLLIN},
		    {.fd = wake_fd, .events = POLLIN},
		    /* A closed pipe shows as POLLERR even when nothing waits to be written. */
		    {.fd = h->out.own || h->out.lines.n ? h->out.fd : -1,
			.events = h->out.lines.n ? POLLOUT : 0},
		};
		poll(p, 3, pumped ? 0 : -1);
		if ((p[1].revents & POLLIN) && wake_next(wake_fd))
			return;
		if (p[2].revents & POLLERR)
			h->out.closed = true;
		pumped = h->s->pump(h->s->arg, PUMP_FACTS);
		headless_out_flush(&h->out);
	}
}

int
headless_run(const struct frontend_source *s, struct errmsg *why)
{
	struct headless h = {.s = s, .start_ns = clock_mono_ns()};
	struct flow_watcher w = {.ended = headless_ended, .arg = &h};
	int wake_fd = wake_open(0);

	if (wake_fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot open a pipe for signals");
	headless_out_open(&h.out);
	filter_set(&h.filter, option_str(s->options, OPT_FILTER));
	h.json = option_bool(s->options, OPT_JSON);
	h.style.verbose = (int)option_int(s->options, OPT_VERBOSE);
	h.style.escape = text_locale_utf8() ? ESCAPE_UTF8 : 0;
	flow_store_watch(s->store, &w);
	headless_greet(s);
	headless_loop(&h, wake_fd);
	/* What is still open ends here, and each of its flows is a line too. */
	s->stop(s->arg);
	while (s->pump(s->arg, PUMP_FACTS) && !h.out.closed)
		headless_out_flush(&h.out);
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
	wake_close(wake_fd);
	return h.out.error ? 1 : 0;
}
