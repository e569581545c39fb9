/* SPDX-License-Identifier: MIT
 * Starting, draining and stopping the workers. */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "engine/client.h"
#include "engine/counters.h"
#include "engine/engine_internal.h"
#include "engine/listener.h"
#include "engine/process.h"
#include "engine/pass.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/selftest.h"
#include "engine/worker.h"
#include "flow/flow_fact.h"
#include "flow/flow_intent.h"

static int
open_listeners(struct engine *e, int fds[][ENGINE_LISTEN_MAX], struct errmsg *why)
{
	for (unsigned t = 0; t < e->config.threads; t++) {
		for (unsigned i = 0; i < e->config.nlisten; i++) {
			struct engine_listen *l = &e->config.listen[i];
			int r = listener_open(l, t ? NULL : &e->config, &fds[t][i], &l->port, why);
			if (r)
				return r;
			snprintf(e->listen_text[i], sizeof e->listen_text[i],
			    strchr(l->addr, ':') ? "[%s]:%u" : "%s:%u", l->addr, l->port);
		}
	}
	return 0;
}

static int
start_process(struct engine *e, struct errmsg *why)
{
	int *wake_fd = mem_array(e->nworkers, sizeof *wake_fd);

	for (unsigned t = 0; t < e->nworkers; t++)
		wake_fd[t] = e->worker[t].wake_fd;
	e->process = process_new(wake_fd, e->nworkers, why);
	free(wake_fd);
	return e->process ? 0 : ERR_SYSTEM;
}

static int
start_workers(struct engine *e, int fds[][ENGINE_LISTEN_MAX], struct errmsg *why)
{
	for (unsigned t = 0; t < e->config.threads; t++) {
		struct worker *w = &e->worker[t];
		e->nworkers = t + 1;
		int r = worker_init(w, e, t, why);
		if (r)
			return r;
		w->pass = pass_copy(e->pass);
		for (unsigned i = 0; i < e->config.nlisten; i++) {
			w->listener[i] = mem_zalloc(sizeof *w->listener[i]);
			w->listener[i]->fd = -1;
			w->listener[i]->counters = &w->counters->listener[i];
			if (listener_start(w->listener[i], w, fds[t][i]))
				return err_set(why, ERR_SYSTEM, "cannot watch a listening socket");
			fds[t][i] = -1;
		}
	}
	if (e->config.process && start_process(e, why))
		return ERR_SYSTEM;
	for (unsigned t = 0; t < e->config.threads; t++) {
		int r = worker_start(&e->worker[t], why);
		if (r)
			return r;
	}
	return 0;
}

struct engine *
engine_start(const struct engine_config *c, struct errmsg *why)
{
	struct engine *e = mem_zalloc(sizeof *e);
	int(*fds)[ENGINE_LISTEN_MAX] = mem_array(c->threads, sizeof *fds);

	e->config = *c;
	atomic_init(&e->ca_page, c->ca_page);
	e->fact_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	e->worker = mem_array(c->threads, sizeof *e->worker);
	memset(fds, -1, c->threads * sizeof *fds);
	e->pass = pass_new(c->passthrough, c->npassthrough, why);
	e->config.passthrough = NULL;
	int r = why->text[0] ? ERR_SYNTAX : 0;
	if (r == 0 && e->fact_fd < 0)
		r = err_set(why, ERR_SYSTEM, "cannot make an eventfd");
	if (r == 0)
		r = open_listeners(e, fds, why);
	if (r == 0)
		r = start_workers(e, fds, why);
	for (unsigned t = 0; t < c->threads; t++)
		for (unsigned i = 0; i < c->nlisten; i++)
			if (fds[t][i] >= 0)
				close(fds[t][i]);
	free(fds);
	if (r == 0)
		return e;
	engine_stop(e);
	engine_free(e);
	return NULL;
}

void
engine_stop(struct engine *e)
{
	e->stopped = true;
	engine_selftest_stop(e);
	for (unsigned t = 0; t < e->nworkers; t++)
		worker_stop(&e->worker[t]);
	if (!e->process)
		return;
	process_stop(e->process);
	for (unsigned t = 0; t < e->nworkers; t++)
		client_end(&e->worker[t]);
	eventfd_write(e->fact_fd, 1);
}

void
engine_free(struct engine *e)
{
	if (!e)
		return;
	for (unsigned t = 0; t < e->nworkers; t++)
		worker_fini(&e->worker[t]);
	process_free(e->process);
	if (e->fact_fd >= 0)
		close(e->fact_fd);
	rules_free(e->rules);
	free(e->pass);
	free(e->worker);
	free(e);
}

int
engine_fact_fd(const struct engine *e)
{
	return e->fact_fd;
}

/* The ring whose oldest fact is the oldest of all, so that rows come in the order of time whatever worker saw them;
 * *until is the age of the next ring's. NULL when all are empty. */
static struct worker *
oldest_ring(struct engine *e, uint64_t *until)
{
	struct worker *best = NULL;
	uint64_t best_ns = UINT64_MAX;

	*until = UINT64_MAX;
	for (unsigned i = 0; i < e->nworkers; i++) {
		const struct fact *f = ring_peek(e->worker[i].ring);
		if (!f)
			continue;
		if (f->mono_ns < best_ns) {
			*until = best_ns;
			best_ns = f->mono_ns;
			best = &e->worker[i];
		} else if (f->mono_ns < *until) {
			*until = f->mono_ns;
		}
	}
	return best;
}

/* Drains one ring up to the facts that are younger than until. */
static unsigned
drain_worker(struct worker *w, unsigned max, uint64_t until,
    void (*sink)(void *, const struct fact *), void *arg)
{
	const struct fact *f;
	unsigned n = 0;

	while (n < max && (f = ring_peek(w->ring)) && f->mono_ns <= until) {
		sink(arg, f);
		ring_release(w->ring);
		n++;
		if (!w->running) /* stopped: its overflow is ours now */
			report_flush(w);
	}
	w->drained |= n > 0;
	return n;
}

/* Wakes the workers that wait for room, and sends what found a mailbox full. */
static void
drain_done(struct engine *e)
{
	for (unsigned i = 0; i < e->nworkers; i++) {
		struct worker *w = &e->worker[i];
		if (w->drained && atomic_exchange_explicit(&w->room_wanted, false, memory_order_seq_cst))
			eventfd_write(w->wake_fd, 1);
		w->drained = false;
		if (mailbox_flush(&w->mailbox))
			eventfd_write(w->wake_fd, 1);
	}
}

unsigned
engine_drain(struct engine *e, unsigned max, void (*sink)(void *, const struct fact *), void *arg)
{
	struct worker *w;
	eventfd_t ignored;
	uint64_t until;
	unsigned n = 0;

	/* Cleared first: what is pushed from here on makes it readable again. */
	eventfd_read(e->fact_fd, &ignored);
	while (n < max && (w = oldest_ring(e, &until)))
		n += drain_worker(w, max - n, until, sink, arg);
	drain_done(e);
	if (n == max)
		eventfd_write(e->fact_fd, 1);
	return n;
}

/* ---- intents ---- */

static void
send_mail(struct worker *w, enum mail_what what, void *p)
{
	if (mailbox_send(&w->mailbox, what, p))
		eventfd_write(w->wake_fd, 1);
}

static void
send_rules(struct engine *e, const struct intent *i)
{
	struct rules *before = e->rules;

	e->rules = rules_new(i, before);
	rules_free(before);
	for (unsigned t = 0; t < e->nworkers; t++)
		send_mail(&e->worker[t], MAIL_RULES, rules_copy(e->rules));
}

static void
send_pass(struct engine *e, const struct intent *i)
{
	struct errmsg why;
	struct pass_list *now = pass_new((const char *const *)i->hosts, i->nhosts, &why);

	if (why.text[0]) /* whoever asks has checked them */
		return;
	free(e->pass);
	e->pass = now;
	for (unsigned t = 0; t < e->nworkers; t++)
		send_mail(&e->worker[t], MAIL_PASS, pass_copy(e->pass));
}

/* To every worker one of its own. */
static void
send_all(struct engine *e, const struct intent *i)
{
	for (unsigned t = 0; t < e->nworkers; t++)
		send_mail(&e->worker[t], MAIL_INTENT, intent_new(i->type, 0));
}

void
engine_intend(struct engine *e, struct intent *i)
{
	unsigned t = (unsigned)(i->flow & 0xff);

	if (i->type == INTENT_SEND)
		t = e->next_send++ % e->nworkers;
	if (e->stopped || t >= e->nworkers) {
		intent_free(i);
	} else if (i->type == INTENT_RULES) {
		send_rules(e, i);
		intent_free(i);
	} else if (i->type == INTENT_PASSTHROUGH) {
		send_pass(e, i);
		intent_free(i);
	} else if (i->type == INTENT_RELEASE || i->type == INTENT_DRAIN) {
		send_all(e, i);
		intent_free(i);
	} else {
		send_mail(&e->worker[t], MAIL_INTENT, i);
	}
}

void
engine_serve_ca_page(struct engine *e, bool on)
{
	atomic_store_explicit(&e->ca_page, on, memory_order_relaxed);
}

int
engine_selftest_start(struct engine *e, int ready_fd, struct errmsg *why)
{
	unsigned i = 0;

	if (e->selftest)
		return err_set(why, ERR_EXISTS, "one is running already: ^C gives it up");
	if (!atomic_load_explicit(&e->ca_page, memory_order_relaxed))
		return err_set(why, ERR_REFUSED, "the page it asks for is off: :set ca-page=yes");
	while (i < e->config.nlisten && strcmp(e->config.listen[i].mode, "auto") != 0)
		i++;
	if (i == e->config.nlisten)
		return err_set(why, ERR_NOTFOUND, "no listener is one that clients ask as a proxy");
	e->selftest = selftest_start(&e->config.listen[i], e->config.tls, ready_fd, why);
	return e->selftest ? 0 : ERR_SYSTEM;
}

bool
engine_selftest_done(struct engine *e, struct engine_selftest *out)
{
	if (!e->selftest || !selftest_done(e->selftest, out))
		return false;
	engine_selftest_stop(e);
	return true;
}

void
engine_selftest_stop(struct engine *e)
{
	selftest_free(e->selftest);
	e->selftest = NULL;
}

const char *
engine_listener_text(const struct engine *e, unsigned i)
{
	return i < e->config.nlisten ? e->listen_text[i] : "";
}

void
engine_stats(const struct engine *e, struct engine_stats *s)
{
	memset(s, 0, sizeof *s);
	for (unsigned t = 0; t < e->nworkers; t++) {
		struct counters *c = e->worker[t].counters;
#define SUM(m) s->m += COUNTER_GET(c->m)
		SUM(accepted);
		SUM(client_open);
		SUM(server_open);
		SUM(bytes_in);
		SUM(bytes_out);
		SUM(requests);
		SUM(handshakes_full);
		SUM(handshakes_resumed);
		SUM(handshakes_failed);
		SUM(processes_skipped);
		SUM(handshakes_passed);
#undef SUM
		uint64_t open = COUNTER_GET(c->client_open), busy = COUNTER_GET(c->busy);
		s->idle += open > busy ? open - busy : 0;
		hist_sum(&c->connect_us, s->connect_us);
		hist_sum(&c->tls_us, s->tls_us);
		hist_sum(&c->ttfb_us, s->ttfb_us);
		hist_sum(&c->total_us, s->total_us);
	}
}

bool
engine_listener_stats(const struct engine *e, unsigned i, struct engine_part *p)
{
	memset(p, 0, sizeof *p);
	if (i >= e->config.nlisten)
		return false;
	for (unsigned t = 0; t < e->nworkers; t++) {
		const struct listener_counters *c = &e->worker[t].counters->listener[i];
		p->accepted += COUNTER_GET(c->accepted);
		p->open += COUNTER_GET(c->open);
		p->bytes_in += COUNTER_GET(c->bytes_in);
		p->bytes_out += COUNTER_GET(c->bytes_out);
		p->requests += COUNTER_GET(c->requests);
	}
	return true;
}

bool
engine_worker_stats(const struct engine *e, unsigned i, struct engine_part *p)
{
	memset(p, 0, sizeof *p);
	if (i >= e->nworkers)
		return false;
	const struct counters *c = e->worker[i].counters;
	*p = (struct engine_part){
	    .accepted = COUNTER_GET(c->accepted),
	    .open = COUNTER_GET(c->client_open),
	    .bytes_in = COUNTER_GET(c->bytes_in),
	    .bytes_out = COUNTER_GET(c->bytes_out),
	    .requests = COUNTER_GET(c->requests),
	};
	return true;
}
