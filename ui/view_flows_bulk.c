/* SPDX-License-Identifier: MIT
 * What is done to very many flows at once: clear the list, bring it back, take marks away. In slices, with progress, and it can be given up. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flow/flow_store.h"
#include "ui/frontend.h"
#include "ui/view_flows_internal.h"

enum { BULK_SLICE_NS = 3000000, BULK_CHUNK = 8192, BULK_MAX = 10000000 };

typedef unsigned long long ull;

static void
bulk_end(struct flows_bulk *b)
{
	flow_set_fini(&b->set);
	flow_set_fini(&b->done);
	*b = (struct flows_bulk){.what = BULK_NONE};
}

void
flows_bulk_fini(struct view_flows *v)
{
	bulk_end(&v->bulk);
}

bool
flows_bulk_is_free(const struct view_flows *v, struct app *app)
{
	if (v->bulk.what == BULK_NONE)
		return true;
	app_refuse(app, "what was asked for last is not done yet: ^C gives it up");
	return false;
}

static uint64_t
bulk_number(const struct flows_bulk *b, size_t i)
{
	return b->by_set ? b->set.number[i] : b->first + i;
}

/* ---- which ones ---- */

/* What has left memory has ended. */
static bool
clear_takes(const struct flows_bulk *b, struct app *app, uint64_t number)
{
	const struct flow *f = flow_store_find(app->s->store, number);

	return (!f || f->ended) && !flow_set_has(flow_store_deleted(app->s->store), number) &&
	    !(b->hidden && flow_set_has(&b->set, number));
}

static bool
bulk_takes(const struct flows_bulk *b, struct app *app, uint64_t number)
{
	switch (b->what) {
	case BULK_CLEAR:
		return clear_takes(b, app, number);
	case BULK_RESTORE:
		return flow_set_has(flow_store_deleted(app->s->store), number);
	case BULK_MARK: /* what only its mark kept in memory has left it */
		return number >= flow_store_first(app->s->store) && !flow_set_has(flow_store_marked(app->s->store), number);
	default:
		return flow_set_has(flow_store_marked(app->s->store), number);
	}
}

static void
bulk_chunk(struct flows_bulk *b, struct app *app)
{
	uint64_t number[BULK_CHUNK];
	size_t n = 0;

	for (unsigned i = 0; i < BULK_CHUNK && b->at < b->n; i++, b->at++)
		if (bulk_takes(b, app, bulk_number(b, b->at)))
			number[n++] = bulk_number(b, b->at);
	if (!n)
		return;
	if (b->what == BULK_UNMARK || b->what == BULK_MARK)
		flow_store_mark_many(app->s->store, number, n, b->what == BULK_MARK);
	else
		flow_store_delete_many(app->s->store, number, n, b->what == BULK_CLEAR);
	flow_set_join(&b->done, number, n);
}

/* ---- what came of it ---- */

static void
clear_done(struct view_flows *v, struct app *app, bool given_up)
{
	struct flows_bulk *b = &v->bulk;
	ull n = b->done.n, open = app->stats.active;
	char toast[sizeof app->toast], stay[48] = "";

	if (open && !given_up)
		snprintf(stay, sizeof stay, "; %llu open one%s", open, open == 1 ? " stays" : "s stay");
	if (!n) {
		app_toast(app, given_up ? "given up" : open ? "nothing to clear: open flows stay" : "nothing to clear");
		return;
	}
	flow_index_cleared(&app->index, b->done.number, b->done.n);
	flows_undo_push(v, (struct flows_undo){.cleared = b->done});
	b->done = (struct flow_set){.number = NULL};
	snprintf(toast, sizeof toast, "%s%llu flow%s cleared, u brings %s back%s%s", given_up ? "given up: " : "", n, n == 1 ? "" : "s",
	    n == 1 ? "it" : "them", stay, flows_not_kept(app));
	app_toast(app, toast);
}

/* What was not brought back can still be. */
static void
restore_rest(struct view_flows *v)
{
	struct flows_bulk *b = &v->bulk;
	struct flow_set rest = {.number = NULL};

	if (b->at == b->n)
		return;
	flow_set_join(&rest, b->set.number + b->at, b->n - b->at);
	flows_undo_push(v, (struct flows_undo){.cleared = rest});
}

static void
restore_done(struct view_flows *v, struct app *app, bool given_up)
{
	struct flows_bulk *b = &v->bulk;
	ull n = b->done.n - flow_set_bound(&b->done, flow_store_first(app->s->store));
	char toast[sizeof app->toast];

	restore_rest(v);
	if (b->done.n)
		flow_index_restored(&app->index);
	snprintf(toast, sizeof toast, "%s%llu flow%s back%s", given_up ? "given up: " : "", n, n == 1 ? " is" : "s are",
	    flows_not_kept(app));
	app_toast(app, toast);
}

static void
unmark_done(struct view_flows *v, struct app *app, bool given_up)
{
	struct flows_bulk *b = &v->bulk;
	char toast[sizeof app->toast];
	bool back = !b->as_before && b->done.n;

	if (b->done.n)
		flow_index_again(&app->index);
	snprintf(toast, sizeof toast, "%s%zu unmarked%s", given_up ? "given up: " : "", b->done.n,
	    b->as_before ? ", as before" : back ? ", u marks them again" : "");
	if (back) {
		flows_undo_push(v, (struct flows_undo){.unmarked = b->done});
		b->done = (struct flow_set){.number = NULL};
	}
	app_toast(app, toast);
}

static void
mark_again_done(struct view_flows *v, struct app *app, bool given_up)
{
	struct flows_bulk *b = &v->bulk;
	char toast[sizeof app->toast];

	if (b->done.n)
		flow_index_again(&app->index);
	snprintf(toast, sizeof toast, "%s%zu marked again%s", given_up ? "given up: " : "", b->done.n, flows_not_kept(app));
	app_toast(app, toast);
}

static void
bulk_done(struct view_flows *v, struct app *app, bool given_up)
{
	static void (*const done[])(struct view_flows *, struct app *, bool) = {
	    [BULK_CLEAR] = clear_done, [BULK_RESTORE] = restore_done, [BULK_UNMARK] = unmark_done, [BULK_MARK] = mark_again_done};

	done[v->bulk.what](v, app, given_up);
	bulk_end(&v->bulk);
	app->dirty = true;
}

/* ---- slices ---- */

void
flows_bulk_turn(struct view_flows *v, struct app *app)
{
	struct flows_bulk *b = &v->bulk;
	uint64_t end_ns = clock_mono_ns() + BULK_SLICE_NS;

	if (b->what == BULK_NONE)
		return;
	do
		bulk_chunk(b, app);
	while (b->at < b->n && clock_mono_ns() < end_ns);
	if (b->at < b->n)
		app->busy = app->dirty = true;
	else
		bulk_done(v, app, false);
}

bool
flows_bulk_cancel(struct view_flows *v, struct app *app)
{
	bool was = v->bulk.what != BULK_NONE;

	if (was)
		bulk_done(v, app, true);
	return was;
}

bool
flows_bulk_status(const struct view_flows *v, struct buf *out)
{
	static const char *const doing[] = {[BULK_CLEAR] = "clearing", [BULK_RESTORE] = "bringing back", [BULK_UNMARK] = "unmarking", [BULK_MARK] = "marking"};
	const struct flows_bulk *b = &v->bulk;

	if (b->what == BULK_NONE)
		return false;
	buf_addf(out, "%s %llu %%, ^C gives up", doing[b->what], (ull)(b->n ? b->at * 100 / b->n : 0));
	return true;
}

/* ---- what begins it ---- */

static void
bulk_begin(struct view_flows *v, struct app *app, struct flows_bulk b)
{
	if (b.by_set)
		b.n = b.set.n;
	v->bulk = b;
	flows_bulk_turn(v, app);
}

static struct flow_set
set_copy(const struct flow_set *s)
{
	struct flow_set copy = {.number = NULL};

	flow_set_join(&copy, s->number, s->n);
	return copy;
}

void
view_flows_clear(struct view *base, struct app *app, enum flows_clear which)
{
	struct view_flows *v = (struct view_flows *)base;
	const struct flow_index *x = &app->index;
	uint64_t first = flow_store_first(app->s->store), last = flow_store_last(app->s->store);
	struct flows_bulk b = {.what = BULK_CLEAR, .first = first, .hidden = which == CLEAR_HIDDEN};

	if (!flows_bulk_is_free(v, app))
		return;
	if (flow_index_is_working(x)) {
		app_refuse(app, "the list is being filtered or sorted: wait, or ^C gives that up");
		return;
	}
	if (which == CLEAR_HIDDEN && !flow_index_filters(x)) {
		app_refuse(app, "no flow is hidden: there is no filter");
		return;
	}
	b.by_set = which == CLEAR_SHOWN && x->chosen;
	if (!b.by_set && last >= first && last - first >= BULK_MAX) {
		app_refuse(app, "more than 10000000 flows: with a filter, clear shown takes fewer");
		return;
	}
	if (b.by_set || b.hidden)
		b.set = set_copy(&x->base);
	b.n = last >= first ? (size_t)(last + 1 - first) : 0;
	flow_store_stats(app->s->store, &app->stats);
	bulk_begin(v, app, b);
}

static void
clear_agreed(struct app *app, const char *text)
{
	(void)text;
	view_flows_clear(app->view[0], app, CLEAR_ALL);
}

void
view_flows_clear_ask(struct app *app)
{
	char question[96];

	snprintf(question, sizeof question, "Clear all %llu flows off the list? y/n", (ull)flow_index_total(&app->index));
	prompt_ask(&app->prompt, true, question, clear_agreed);
}

void
flows_bulk_restore(struct view_flows *v, struct app *app, struct flow_set *cleared)
{
	struct flows_bulk b = {.what = BULK_RESTORE, .by_set = true, .set = *cleared};

	*cleared = (struct flow_set){.number = NULL};
	bulk_begin(v, app, b);
}

void
flows_bulk_mark_again(struct view_flows *v, struct app *app, struct flow_set *unmarked)
{
	struct flows_bulk b = {.what = BULK_MARK, .by_set = true, .set = *unmarked};

	*unmarked = (struct flow_set){.number = NULL};
	bulk_begin(v, app, b);
}

void
flows_bulk_unmark(struct view_flows *v, struct app *app, const struct flow_set *which, bool as_before)
{
	if (!which->n)
		app_refuse(app, "no flow is marked: m marks one");
	else if (flows_bulk_is_free(v, app))
		bulk_begin(v, app, (struct flows_bulk){.what = BULK_UNMARK, .by_set = true, .as_before = as_before, .set = set_copy(which)});
}
