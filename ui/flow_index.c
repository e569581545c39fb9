/* SPDX-License-Identifier: MIT
 * Which flow stands in which row. */
#include "ui/flow_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_store.h"
#include "ui/column.h"

enum { SLICE_FLOWS = 256, SLICE_NS = 4000000 };

static void
work_end(struct index_work *w)
{
	flow_scan_free(w->scan);
	flow_set_fini(&w->set);
	flow_order_fini(&w->order);
	*w = (struct index_work){.scan = NULL};
}

static void
work_begin(struct flow_index *x, struct index_work *w)
{
	work_end(w);
	w->first = flow_store_first(x->store);
	w->last = flow_store_last(x->store);
	w->scan = flow_scan_new(x->store, w->first, w->last);
}

static void
choice_set(struct index_choice *c, const char *words, bool only_marked, unsigned column)
{
	if (words != c->words)
		snprintf(c->words, sizeof c->words, "%s", words);
	filter_set(&c->filter, c->words);
	c->only_marked = only_marked;
	c->column = column;
}

static void
choice_copy(struct index_choice *to, const struct index_choice *from)
{
	choice_set(to, from->words, from->only_marked, from->column);
	to->only_active = from->only_active;
	to->reverse = from->reverse;
}

static bool
choice_filters(const struct index_choice *c)
{
	return c->filter.nwords || c->only_marked || c->only_active;
}

static bool
choice_has(const struct index_choice *c, const struct flow *f)
{
	return !f->deleted && (!c->only_marked || f->marked) && (!c->only_active || !f->ended) &&
	    filter_match(&c->filter, f);
}

static void
set_but_deleted(struct flow_set *s, const struct flow_index *x, uint64_t first, uint64_t last)
{
	const struct flow_set *deleted = flow_store_deleted(x->store);

	flow_set_clear(s);
	for (uint64_t n = first; n <= last; n++)
		if (!flow_set_has(deleted, n))
			flow_set_add(s, n);
}

/* All that is not deleted. */
static void
index_choose_all(struct flow_index *x)
{
	x->chosen = flow_store_deleted(x->store)->n > 0;
	if (x->chosen)
		set_but_deleted(
		    &x->base, x, flow_store_first(x->store), flow_store_last(x->store));
	else
		flow_set_clear(&x->base);
}

/* The rows of a paused screen are those that were chosen, without what has come since. */
static void
index_hold(struct flow_index *x)
{
	size_t n = flow_set_bound(&x->base, x->pause_last + 1);

	flow_set_clear(&x->still);
	for (size_t i = 0; i < n && x->chosen; i++)
		flow_set_add(&x->still, x->base.number[i]);
}

/* What has been asked for takes the place of what was shown. */
static void
index_swap(struct flow_index *x)
{
	struct index_work *w = &x->work;

	if (choice_filters(&x->want)) {
		flow_set_fini(&x->base);
		x->base = w->set;
		w->set = (struct flow_set){.number = NULL};
		x->chosen = true;
	} else {
		index_choose_all(x);
	}
	flow_order_fini(&x->order);
	x->changes++;
	x->sorted = w->sorted;
	if (x->sorted) {
		x->order = w->order;
		w->order = (struct flow_order){.nruns = 0};
	}
	choice_copy(&x->shown, &x->want);
	if (w->scan && w->first < x->trimmed)
		x->trimmed = w->first; /* what has gone meanwhile was still found */
	work_end(w);
	if (x->paused)
		index_hold(x);
}

static void
index_restart(struct flow_index *x)
{
	work_end(&x->work);
	if (!choice_filters(&x->want) && x->want.column == COLUMN_ID) {
		index_swap(x);
	} else {
		work_begin(x, &x->work);
		x->work.sorted = x->want.column != COLUMN_ID;
		if (x->work.sorted)
			flow_order_init(&x->work.order, x->want.column);
	}
	flow_index_turn(x);
}

static void
find_drop(struct flow_index *x)
{
	work_end(&x->find);
	x->find_stale = x->phrase.nwords > 0;
}

void
flow_index_init(struct flow_index *x, struct flow_store *store, const char *words)
{
	*x = (struct flow_index){.store = store, .trimmed = flow_store_first(store)};
	flow_index_filter(x, words);
}

void
flow_index_fini(struct flow_index *x)
{
	work_end(&x->work);
	work_end(&x->find);
	flow_scan_free(x->trial_scan);
	flow_order_fini(&x->order);
	flow_set_fini(&x->base);
	flow_set_fini(&x->still);
}

void
flow_index_filter(struct flow_index *x, const char *words)
{
	choice_set(&x->want, words, x->want.only_marked, x->want.column);
	find_drop(x);
	index_restart(x);
}

void
flow_index_only_marked(struct flow_index *x, bool on)
{
	x->want.only_marked = on;
	find_drop(x);
	index_restart(x);
}

void
flow_index_only_active(struct flow_index *x, bool on)
{
	x->want.only_active = on;
	find_drop(x);
	index_restart(x);
}

void
flow_index_sort(struct flow_index *x, unsigned column, bool reverse)
{
	bool again = column != x->want.column;

	x->want.column = column;
	x->want.reverse = reverse;
	if (again)
		index_restart(x);
	else if (!x->work.scan)
		x->shown.reverse = reverse;
	x->changes++;
}

void
flow_index_find(struct flow_index *x, const char *phrase)
{
	filter_set_phrase(&x->phrase, phrase);
	find_drop(x);
	flow_index_find_again(x);
}

void
flow_index_find_again(struct flow_index *x)
{
	if (!x->find_stale)
		return;
	x->find_stale = false;
	work_begin(x, &x->find);
	flow_index_turn(x);
}

void
flow_index_try(struct flow_index *x, const char *words)
{
	flow_scan_free(x->trial_scan);
	x->trial_scan = NULL;
	x->trial_n = 0;
	if (!words)
		return;
	filter_set(&x->trial, words);
	x->trial_scan =
	    flow_scan_new(x->store, flow_store_first(x->store), flow_store_last(x->store));
	flow_index_turn(x);
}

/* ---- slices ---- */

/* Gives flows to take() until the time is up. 1: there is more, 0: it must wait, -1: the end. */
static int
scan_slice(struct flow_index *x, struct flow_scan *scan,
    void (*take)(struct flow_index *x, const struct flow *f), uint64_t end_ns)
{
	bool wait;

	for (;;) {
		for (int i = 0; i < SLICE_FLOWS; i++) {
			const struct flow *f = flow_scan_next(scan, &wait);
			if (!f && wait)
				return 0;
			if (!f) {
				if (!flow_scan_error(scan, &x->damage))
					x->damage.text[0] = '\0';
				return -1;
			}
			take(x, f);
		}
		if (clock_mono_ns() >= end_ns)
			return 1;
	}
}

static void
take_work(struct flow_index *x, const struct flow *f)
{
	if (!choice_has(&x->want, f))
		return;
	if (choice_filters(&x->want))
		flow_set_add(&x->work.set, f->number);
	if (x->work.sorted)
		flow_order_add(&x->work.order, f);
}

static void
take_find(struct flow_index *x, const struct flow *f)
{
	if (filter_match(&x->phrase, f) && choice_has(&x->want, f))
		flow_set_add(&x->find.set, f->number);
}

static void
take_trial(struct flow_index *x, const struct flow *f)
{
	x->trial_n += !f->deleted && filter_match(&x->trial, f);
}

static bool
turn_work(struct flow_index *x, uint64_t end_ns)
{
	struct index_work *w = &x->work;
	uint64_t before = flow_scan_at(w->scan);
	int more = before > w->last ? -1 : scan_slice(x, w->scan, take_work, end_ns);

	if (more >= 0)
		return more;
	while (w->sorted && !flow_order_finish(&w->order))
		if (clock_mono_ns() >= end_ns)
			return true;
	index_swap(x);
	return false;
}

/* A found set stays: only its scan ends. */
static bool
turn_find(struct flow_index *x, uint64_t end_ns)
{
	int more = scan_slice(x, x->find.scan, take_find, end_ns);

	if (more >= 0)
		return more;
	flow_scan_free(x->find.scan);
	x->find.scan = NULL;
	return false;
}

static bool
turn_trial(struct flow_index *x, uint64_t end_ns)
{
	int more = scan_slice(x, x->trial_scan, take_trial, end_ns);

	if (more >= 0)
		return more;
	flow_scan_free(x->trial_scan);
	x->trial_scan = NULL;
	return false;
}

bool
flow_index_turn(struct flow_index *x)
{
	uint64_t end_ns = clock_mono_ns() + SLICE_NS;
	bool more = false;

	if (x->work.scan)
		more |= turn_work(x, end_ns);
	if (x->find.scan && !x->work.scan) /* what is found is among what will be shown then */
		more |= turn_find(x, end_ns);
	if (x->trial_scan)
		more |= turn_trial(x, end_ns);
	return more;
}

bool
flow_index_cancel(struct flow_index *x)
{
	bool any = x->work.scan || x->find.scan;

	/* A search that went over what was wanted is none of what is shown. */
	if (any)
		find_drop(x);
	work_end(&x->work);
	choice_copy(&x->want, &x->shown);
	return any;
}

static unsigned
work_percent(const struct index_work *w)
{
	uint64_t all = w->last + 1 - w->first;

	return all ? (unsigned)((flow_scan_at(w->scan) - w->first) * 100 / all) : 100;
}

bool
flow_index_is_working(const struct flow_index *x)
{
	return x->work.scan != NULL;
}

bool
flow_index_filters(const struct flow_index *x)
{
	return choice_filters(&x->shown);
}

void
flow_index_pause(struct flow_index *x, bool on)
{
	x->paused = on;
	x->pause_first = flow_store_first(x->store);
	x->pause_last = flow_store_last(x->store);
	if (on)
		index_hold(x);
	else
		flow_set_fini(&x->still);
}

const char *
flow_index_progress(const struct flow_index *x, unsigned *percent)
{
	const struct index_work *w = x->work.scan ? &x->work : &x->find;

	if (!w->scan)
		return "";
	*percent = work_percent(w);
	return w == &x->find ? "searching" : w->sorted ? "sorting" : "filtering";
}

/* ---- as flows come and go ---- */

static void
set_put(struct flow_set *s, uint64_t number, bool in)
{
	if (in)
		flow_set_add(s, number);
	else
		flow_set_remove(s, number);
}

void
flow_index_changed(struct flow_index *x, const struct flow *f)
{
	/* An open or marked flow may have left the list before it changes. */
	if (f->number < flow_store_first(x->store))
		return;
	bool shows = choice_has(&x->want, f);
	if (x->work.scan && choice_filters(&x->want))
		set_put(&x->work.set, f->number, shows);
	if (x->work.scan && x->work.sorted)
		flow_order_changed(&x->work.order, f->number);
	if (x->chosen)
		set_put(&x->base, f->number, choice_has(&x->shown, f));
	if (x->sorted)
		flow_order_changed(&x->order, f->number);
	if (x->phrase.nwords && !x->find_stale)
		set_put(&x->find.set, f->number, shows && filter_match(&x->phrase, f));
}

/* Is it to be listed? What is not in memory now (f is NULL) has ended, and was listed when the user saw it. */
static bool
flagged_shows(const struct flow_index *x, const struct index_choice *c, uint64_t number,
    const struct flow *f)
{
	return number >= flow_store_first(x->store) &&
	    !flow_set_has(flow_store_deleted(x->store), number) &&
	    (!c->only_marked || flow_set_has(flow_store_marked(x->store), number)) &&
	    (!c->only_active || (f && !f->ended)) && (!f || filter_match(&c->filter, f));
}

/* The store tells of changes in memory only, and a list in another order takes them in when it has the time. */
static void
index_flagged(struct flow_index *x, uint64_t number)
{
	bool gone;
	const struct flow *f = flow_store_row(x->store, number, &gone);
	bool shows = flagged_shows(x, &x->shown, number, f);
	bool wanted = flagged_shows(x, &x->want, number, f);

	if (x->chosen)
		set_put(&x->base, number, shows);
	if (x->chosen && x->paused && number <= x->pause_last)
		set_put(&x->still, number, shows);
	if (x->sorted)
		flow_order_put(&x->order, x->store, x->chosen ? &x->base : NULL, number);
	x->changes++;
	if (x->work.scan && choice_filters(&x->want))
		set_put(&x->work.set, number, wanted);
	if (x->work.scan && x->work.sorted)
		flow_order_changed(&x->work.order, number);
	if (x->phrase.nwords && !x->find_stale)
		set_put(&x->find.set, number, wanted && f && filter_match(&x->phrase, f));
}

void
flow_index_deleted(struct flow_index *x, uint64_t number)
{
	if (!x->chosen) {
		index_choose_all(x);
		if (x->paused)
			set_but_deleted(&x->still, x, x->pause_first, x->pause_last);
	}
	index_flagged(x, number);
}

void
flow_index_marked(struct flow_index *x, uint64_t number)
{
	if (x->shown.only_marked || x->want.only_marked)
		index_flagged(x, number);
}

static void
set_trim(struct flow_set *s, uint64_t first)
{
	size_t k = flow_set_bound(s, first);

	if (k)
		flow_set_drop_first(s, k);
}

void
flow_index_trim(struct flow_index *x)
{
	uint64_t first = flow_store_first(x->store);

	if (x->paused)
		return;
	if (first > x->trimmed) {
		for (uint64_t n = x->trimmed; x->sorted && n < first; n++)
			flow_order_changed(&x->order, n);
		set_trim(&x->base, first);
		set_trim(&x->find.set, first);
		x->trimmed = first;
	}
	if (x->sorted)
		x->changes += flow_order_settle(
		    &x->order, x->store, x->chosen ? &x->base : NULL, clock_mono_ns());
}

/* ---- rows ---- */

/* Number of the first row where all are shown. */
static uint64_t
index_first(const struct flow_index *x)
{
	return x->paused ? x->pause_first : flow_store_first(x->store);
}

static uint64_t
index_last(const struct flow_index *x)
{
	return x->paused ? x->pause_last : flow_store_last(x->store);
}

/* Where some are chosen: which. */
static const struct flow_set *
index_rows(const struct flow_index *x)
{
	return x->paused ? &x->still : &x->base;
}

bool
flow_index_shows(const struct flow_index *x, uint64_t number)
{
	if (x->chosen)
		return flow_set_has(index_rows(x), number);
	return number >= index_first(x) && number <= index_last(x);
}

static size_t
index_count(const void *arg)
{
	const struct flow_index *x = arg;
	uint64_t first = index_first(x), last = index_last(x);

	if (x->sorted)
		return flow_order_count(&x->order);
	if (x->chosen)
		return index_rows(x)->n;
	return last >= first ? (size_t)(last + 1 - first) : 0;
}

static uint64_t
index_id(const void *arg, size_t row)
{
	const struct flow_index *x = arg;

	if (x->shown.reverse)
		row = index_count(x) - 1 - row;
	if (x->sorted)
		return flow_order_id(&x->order, row);
	return x->chosen ? index_rows(x)->number[row] : index_first(x) + row;
}

struct span
flow_index_key(const struct flow_index *x, size_t row)
{
	return flow_order_key(&x->order, x->shown.reverse ? index_count(x) - 1 - row : row);
}

static size_t
index_row(const void *arg, uint64_t id)
{
	struct flow_index *x = (struct flow_index *)(uintptr_t)arg;
	uint64_t first = index_first(x);
	size_t n = index_count(x), row;

	if (x->sorted)
		row = flow_order_row(&x->order, id);
	else if (x->chosen)
		row = flow_set_bound(index_rows(x), id);
	else
		row = id > first ? (size_t)(id - first) : 0;
	if (row >= n)
		row = n ? n - 1 : 0;
	return x->shown.reverse && n ? n - 1 - row : row;
}

/* Also while paused: how many have come meanwhile is shown. */
static size_t
index_newer(const void *arg, uint64_t id)
{
	const struct flow_index *x = arg;
	uint64_t first = flow_store_first(x->store), last = flow_store_last(x->store);

	if (x->chosen)
		return x->base.n - flow_set_bound(&x->base, id + 1);
	if (id < first)
		id = first - 1;
	return last > id ? (size_t)(last - id) : 0;
}

static uint64_t
index_newest(const void *arg)
{
	const struct flow_index *x = arg;
	const struct flow_set *s = index_rows(x);

	if (x->chosen)
		return s->n ? s->number[s->n - 1] : 0;
	return index_last(x);
}

struct list_source
flow_index_source(struct flow_index *x)
{
	return (struct list_source){.count = index_count,
	    .id = index_id,
	    .row = index_row,
	    .newer = index_newer,
	    .newest = index_newest,
	    .ascending = !x->sorted && !x->shown.reverse,
	    .arg = x};
}

uint64_t
flow_index_total(const struct flow_index *x)
{
	const struct flow_set *deleted = flow_store_deleted(x->store);
	uint64_t first = flow_store_first(x->store);

	/* Some that were deleted have left the list since. */
	return flow_store_last(x->store) + 1 - first - (deleted->n - flow_set_bound(deleted, first));
}
