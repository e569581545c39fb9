/* SPDX-License-Identifier: MIT
 * Which flow stands in which row. */
#include "ui/flow_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_store.h"
#include "ui/column.h"

enum { SLICE_NS = 4000000, REFRESH_TIMES = 20, LATER_FLOWS = 16 };

#define REFRESH_NS 5000000000ull

static void
work_end(struct index_work *w)
{
	flow_pass_end(&w->pass);
	flow_set_fini(&w->set);
	flow_order_fini(&w->order);
	*w = (struct index_work){.sorted = false};
}

static bool
work_is_on(const struct index_work *w)
{
	return w->pass.scan != NULL;
}

static void
work_begin(struct flow_index *x, struct index_work *w)
{
	work_end(w);
	w->begin_ns = clock_mono_ns();
	flow_pass_begin(&w->pass, x->store, flow_store_first(x->store), flow_store_last(x->store));
}

/* *m: the expression, NULL for one that says nothing; it takes the place of what was there. */
static int
index_compile(const char *words, struct match **m, struct match_error *e)
{
	struct match *made = NULL;

	if (words[strspn(words, " \t")] && !(made = match_new(words, e)))
		return ERR_SYNTAX;
	match_free(*m);
	*m = made;
	return 0;
}

static int
choice_set(struct index_choice *c, const char *words, struct match_error *e)
{
	int bad = index_compile(words, &c->match, e);

	if (!bad && words != c->words)
		snprintf(c->words, sizeof c->words, "%s", words);
	return bad;
}

static void
choice_copy(struct index_choice *to, const struct index_choice *from)
{
	if (strcmp(to->words, from->words) != 0)
		choice_set(to, from->words, NULL);
	to->only_marked = from->only_marked;
	to->only_active = from->only_active;
	to->column = from->column;
	to->reverse = from->reverse;
}

static bool
choice_filters(const struct index_choice *c)
{
	return c->match || c->only_marked || c->only_active;
}

/* whole: there is no more of the flow than this. */
static enum match_result
index_eval(struct flow_index *x, struct match *m, const struct flow *f, bool whole)
{
	bool later = !whole && match_needs(m) & ~(unsigned)(MATCH_NEEDS_TIME | MATCH_NEEDS_RESPONSE) &&
	    flow_store_has_more(x->store, f);

	return flow_subject_eval(&x->subject, m, f, later ? FLOW_MISSING_LATER : FLOW_MISSING_ABSENT);
}

static enum match_result
choice_judge(struct flow_index *x, const struct index_choice *c, const struct flow *f, bool whole)
{
	if (f->deleted || (c->only_marked && !f->marked) || (c->only_active && f->ended))
		return MATCH_NO;
	return c->match ? index_eval(x, c->match, f, whole) : MATCH_YES;
}

/* What is searched for is looked for among the flows that are wanted. */
static enum match_result
find_judge(struct flow_index *x, const struct flow *f, bool whole)
{
	enum match_result is;

	if (x->find_match)
		is = index_eval(x, x->find_match, f, whole);
	else
		is = phrase_match(&x->phrase, f) ? MATCH_YES : MATCH_NO;
	if (is == MATCH_NO)
		return is;
	enum match_result wanted = choice_judge(x, &x->want, f, whole);
	return wanted == MATCH_YES ? is : wanted;
}

static bool
index_finds(const struct flow_index *x)
{
	return x->find_text[0] && !x->find_stale;
}

static bool
choice_is_timed(const struct index_choice *c)
{
	return c->match && match_needs(c->match) & MATCH_NEEDS_TIME;
}

static void
set_but_deleted(struct flow_set *s, const struct flow_index *x, uint64_t first, uint64_t last)
{
	const struct flow_set *deleted = flow_store_deleted(x->store);

	flow_set_clear(s);
	size_t at = flow_set_bound(deleted, first);
	for (uint64_t n = first; n <= last; n++) {
		while (at < deleted->n && deleted->number[at] < n)
			at++;
		if (at == deleted->n || deleted->number[at] != n)
			flow_set_add(s, n);
	}
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
	x->stale = false;
	if (work_is_on(w) && w->pass.first < x->trimmed)
		x->trimmed = w->pass.first; /* what has gone meanwhile was still found */
	uint64_t now = clock_mono_ns(), rest = w->begin_ns ? (now - w->begin_ns) * REFRESH_TIMES : 0;
	x->refresh_ns = choice_is_timed(&x->shown) ? now + (rest > REFRESH_NS ? rest : REFRESH_NS) : 0;
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
	x->find_stale = x->find_text[0] != '\0';
}

void
flow_index_init(struct flow_index *x, struct flow_store *store, const char *words)
{
	*x = (struct flow_index){.store = store, .trimmed = flow_store_first(store)};
	flow_subject_init(&x->subject);
	flow_index_filter(x, words, NULL);
}

void
flow_index_fini(struct flow_index *x)
{
	work_end(&x->work);
	work_end(&x->find);
	flow_index_pick_end(x);
	flow_pass_end(&x->trial);
	flow_order_fini(&x->order);
	flow_set_fini(&x->base);
	flow_set_fini(&x->still);
	flow_set_fini(&x->later);
	flow_set_fini(&x->open);
	flow_fetch_free(x->later_fetch);
	match_free(x->want.match);
	match_free(x->shown.match);
	match_free(x->find_match);
	match_free(x->trial_match);
	flow_subject_fini(&x->subject);
}

int
flow_index_filter(struct flow_index *x, const char *words, struct match_error *e)
{
	int bad = choice_set(&x->want, words, e);

	if (bad)
		return bad;
	find_drop(x);
	index_restart(x);
	return 0;
}

void
flow_index_again(struct flow_index *x)
{
	if (choice_filters(&x->shown) || choice_filters(&x->want))
		flow_index_restored(x);
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
	else if (!work_is_on(&x->work))
		x->shown.reverse = reverse;
	x->changes++;
}

static bool
find_is_expression(const char *text)
{
	return text[0] == '~' || text[strcspn(text, "=<>~")] || strstr(text, "header[");
}

void
flow_index_find(struct flow_index *x, const char *text)
{
	match_free(x->find_match);
	x->find_match = NULL;
	snprintf(x->find_text, sizeof x->find_text, "%s", text);
	phrase_set(&x->phrase, text);
	if (find_is_expression(text))
		x->find_match = match_new(text, NULL);
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

int
flow_index_try(struct flow_index *x, const char *words, struct match_error *e)
{
	flow_pass_end(&x->trial);
	x->trial_n = 0;
	if (!words)
		return 0;
	int bad = index_compile(words, &x->trial_match, e);
	if (bad)
		return bad;
	flow_pass_begin(&x->trial, x->store, flow_store_first(x->store), flow_store_last(x->store));
	flow_index_turn(x);
	return 0;
}

int
flow_index_pick(struct flow_index *x, const char *words, struct match_error *e)
{
	struct match *m = match_new(words, e);

	if (!m)
		return ERR_SYNTAX;
	flow_index_pick_end(x);
	x->pick_match = m;
	work_begin(x, &x->pick);
	return 0;
}

void
flow_index_pick_end(struct flow_index *x)
{
	work_end(&x->pick);
	match_free(x->pick_match);
	x->pick_match = NULL;
}

/* ---- slices ---- */

static void
open_put(struct flow_index *x, const struct flow *f)
{
	if (f->ended)
		flow_set_remove(&x->open, f->number);
	else
		flow_set_add(&x->open, f->number);
}

static enum match_result
take_work(void *arg, const struct flow *f, bool whole)
{
	struct flow_index *x = arg;
	enum match_result is = choice_judge(x, &x->want, f, whole);

	if (!f->ended && x->want.match)
		open_put(x, f);
	if (is == MATCH_YES && choice_filters(&x->want))
		flow_set_add(&x->work.set, f->number);
	if (is == MATCH_YES && x->work.sorted)
		flow_order_add(&x->work.order, f);
	return is;
}

static enum match_result
take_find(void *arg, const struct flow *f, bool whole)
{
	struct flow_index *x = arg;
	enum match_result is = find_judge(x, f, whole);

	if (is == MATCH_YES)
		flow_set_add(&x->find.set, f->number);
	return is;
}

static enum match_result
take_pick(void *arg, const struct flow *f, bool whole)
{
	struct flow_index *x = arg;
	enum match_result is = index_eval(x, x->pick_match, f, whole);

	if (is == MATCH_NO)
		return is;
	enum match_result wanted = choice_judge(x, &x->want, f, whole);
	if (is == MATCH_YES && wanted == MATCH_YES)
		flow_set_add(&x->pick.set, f->number);
	return wanted == MATCH_YES ? is : wanted;
}

static enum match_result
take_trial(void *arg, const struct flow *f, bool whole)
{
	struct flow_index *x = arg;
	enum match_result is = MATCH_YES;

	if (f->deleted)
		return MATCH_NO;
	if (x->trial_match)
		is = index_eval(x, x->trial_match, f, whole);
	x->trial_n += is == MATCH_YES;
	return is;
}

/* What the walk could not decide is decided later. */
static int
index_slice(struct flow_index *x, struct flow_pass *p, flow_pass_take take, uint64_t end_ns)
{
	int more = flow_pass_slice(p, take, x, end_ns);

	if (more < 0) {
		x->damage = p->damage;
		for (size_t i = 0; i < p->unsaved.n; i++)
			flow_set_add(&x->later, p->unsaved.number[i]);
	}
	return more;
}

static bool
turn_work(struct flow_index *x, uint64_t end_ns)
{
	struct index_work *w = &x->work;
	int more = index_slice(x, &w->pass, take_work, end_ns);

	if (more >= 0)
		return more;
	while (w->sorted && !flow_order_finish(&w->order))
		if (clock_mono_ns() >= end_ns)
			return true;
	index_swap(x);
	return false;
}

/* A found set stays: only its walk ends. */
static bool
turn_pass(struct flow_index *x, struct flow_pass *p, flow_pass_take take, uint64_t end_ns)
{
	int more = index_slice(x, p, take, end_ns);

	if (more >= 0)
		return more;
	flow_pass_end(p);
	return false;
}

static bool turn_later(struct flow_index *x, uint64_t end_ns);

bool
flow_index_turn(struct flow_index *x)
{
	uint64_t end_ns = clock_mono_ns() + SLICE_NS;
	bool more = false;

	if (work_is_on(&x->work))
		more |= turn_work(x, end_ns);
	if (work_is_on(&x->find) && !work_is_on(&x->work)) /* what is found is among what will be shown then */
		more |= turn_pass(x, &x->find.pass, take_find, end_ns);
	if (work_is_on(&x->pick))
		more |= turn_pass(x, &x->pick.pass, take_pick, end_ns);
	if (x->trial.scan)
		more |= turn_pass(x, &x->trial, take_trial, end_ns);
	if (x->later.n || x->later_fetch)
		more |= turn_later(x, end_ns);
	return more;
}

bool
flow_index_cancel(struct flow_index *x)
{
	bool any = flow_index_is_working(x) || work_is_on(&x->find) || x->pick_match;

	/* A search that went over what was wanted is none of what is shown. */
	if (any)
		find_drop(x);
	work_end(&x->work);
	flow_index_pick_end(x);
	choice_copy(&x->want, &x->shown);
	if (x->stale)
		index_restart(x);
	return any;
}

bool
flow_index_is_working(const struct flow_index *x)
{
	return work_is_on(&x->work) && !x->work.quiet;
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
	const struct index_work *w = &x->work;

	if (!flow_index_is_working(x))
		w = work_is_on(&x->find) ? &x->find : &x->pick;
	if (!work_is_on(w))
		return "";
	*percent = flow_pass_percent(&w->pass);
	if (w == &x->pick)
		return "marking";
	return w == &x->find ? "searching" : w->sorted ? "sorting" : "filtering";
}

/* ---- as flows come and go ---- */

/* What is not known leaves it as it is. */
static void
set_put(struct flow_set *s, uint64_t number, enum match_result in)
{
	if (in == MATCH_YES)
		flow_set_add(s, number);
	else if (in == MATCH_NO)
		flow_set_remove(s, number);
}

static void
index_apply(struct flow_index *x, const struct flow *f, bool whole)
{
	bool working = work_is_on(&x->work) && choice_filters(&x->want);
	enum match_result is = MATCH_NO;
	bool maybe = false;

	if (working) {
		is = choice_judge(x, &x->want, f, whole);
		maybe |= is == MATCH_MAYBE;
		set_put(&x->work.set, f->number, is);
	}
	if (work_is_on(&x->work) && x->work.sorted)
		flow_order_changed(&x->work.order, f->number);
	if (x->chosen) {
		is = choice_judge(x, &x->shown, f, whole);
		maybe |= is == MATCH_MAYBE;
		set_put(&x->base, f->number, is);
	}
	if (x->sorted)
		flow_order_changed(&x->order, f->number);
	if (index_finds(x)) {
		is = find_judge(x, f, whole);
		maybe |= is == MATCH_MAYBE;
		set_put(&x->find.set, f->number, is);
	}
	if (maybe && !whole && f->ended && flow_store_has_more(x->store, f))
		flow_set_add(&x->later, f->number);
}

void
flow_index_changed(struct flow_index *x, const struct flow *f)
{
	/* An open or marked flow may have left the list before it changes. */
	if (f->number < flow_store_first(x->store))
		return;
	if (x->shown.match || x->want.match)
		open_put(x, f);
	index_apply(x, f, false);
}

/* Asks for some of what was left undecided. */
static void
later_ask(struct flow_index *x)
{
	for (size_t i = 0, n = 0; i < x->later.n && n < LATER_FLOWS; n++) {
		uint64_t number = x->later.number[i];
		const struct flow *f = flow_store_find(x->store, number);
		if (f && !flow_store_is_saved(x->store, f)) {
			i++;
			continue;
		}
		if (!x->later_fetch)
			x->later_fetch = flow_fetch_new(x->store);
		if (flow_fetch_is_full(x->later_fetch))
			return;
		flow_fetch_ask(x->later_fetch, number);
		flow_set_remove(&x->later, number);
	}
}

static bool
turn_later(struct flow_index *x, uint64_t end_ns)
{
	const struct flow *f;
	uint64_t number;
	bool wait = false;

	later_ask(x);
	while (x->later_fetch && flow_fetch_next(x->later_fetch, &number, &f, &wait)) {
		if (!f)
			f = flow_store_find(x->store, number);
		if (f && number >= flow_store_first(x->store))
			index_apply(x, f, true);
		if (clock_mono_ns() >= end_ns)
			return true;
	}
	if (!wait) {
		flow_fetch_free(x->later_fetch);
		x->later_fetch = NULL;
	}
	return false;
}

/* Nobody tells of an open flow that grows; what has ended is tested again now and then when the clock decides, and the list stays as it is meanwhile. */
void
flow_index_tick(struct flow_index *x)
{
	if (!x->shown.match && !x->want.match) {
		flow_set_clear(&x->open);
		return;
	}
	for (size_t i = 0; i < x->open.n;) {
		uint64_t number = x->open.number[i];
		const struct flow *f = number < flow_store_first(x->store) ? NULL : flow_store_find(x->store, number);
		if (f)
			index_apply(x, f, false);
		if (!f || f->ended)
			flow_set_remove(&x->open, x->open.number[i]);
		else
			i++;
	}
	if (!x->refresh_ns || clock_mono_ns() < x->refresh_ns || work_is_on(&x->work) || x->paused)
		return;
	index_restart(x);
	x->work.quiet = work_is_on(&x->work);
}

/* Is it to be listed? What is not in memory now (f is NULL) has ended, and was listed when the user saw it. */
static enum match_result
flagged_shows(struct flow_index *x, const struct index_choice *c, uint64_t number, const struct flow *f)
{
	if (number < flow_store_first(x->store) || flow_set_has(flow_store_deleted(x->store), number) ||
	    (c->only_marked && !flow_set_has(flow_store_marked(x->store), number)) || (c->only_active && (!f || f->ended)))
		return MATCH_NO;
	return f && c->match ? index_eval(x, c->match, f, false) : MATCH_YES;
}

/* The store tells of changes in memory only, and a list in another order takes them in when it has the time. */
static void
index_flagged(struct flow_index *x, uint64_t number, bool seen)
{
	bool gone;
	const struct flow *f = flow_store_row(x->store, number, &gone);
	enum match_result shows = flagged_shows(x, &x->shown, number, f);
	enum match_result wanted = flagged_shows(x, &x->want, number, f);

	if (f && (shows == MATCH_MAYBE || wanted == MATCH_MAYBE) && flow_store_has_more(x->store, f)) {
		flow_set_add(&x->later, number);
		shows = shows == MATCH_MAYBE && seen ? MATCH_YES : shows;
	}
	if (x->chosen)
		set_put(&x->base, number, shows);
	if (x->chosen && x->paused && number <= x->pause_last)
		set_put(&x->still, number, shows);
	if (x->sorted)
		flow_order_put(&x->order, x->store, x->chosen ? &x->base : NULL, number);
	x->changes++;
	if (work_is_on(&x->work) && choice_filters(&x->want))
		set_put(&x->work.set, number, wanted);
	if (work_is_on(&x->work) && x->work.sorted)
		flow_order_changed(&x->work.order, number);
	if (index_finds(x))
		set_put(&x->find.set, number,
		    wanted == MATCH_YES && f ? find_judge(x, f, false) : wanted == MATCH_MAYBE ? wanted : MATCH_NO);
}

void
flow_index_deleted(struct flow_index *x, uint64_t number)
{
	if (!x->chosen) {
		index_choose_all(x);
		if (x->paused)
			set_but_deleted(&x->still, x, x->pause_first, x->pause_last);
	}
	index_flagged(x, number, true);
}

void
flow_index_marked(struct flow_index *x, uint64_t number)
{
	if (choice_filters(&x->shown) || choice_filters(&x->want))
		index_flagged(x, number, false);
}

void
flow_index_cleared(struct flow_index *x, const uint64_t *number, size_t n)
{
	if (!x->chosen) {
		index_choose_all(x);
		if (x->paused)
			set_but_deleted(&x->still, x, x->pause_first, x->pause_last);
	} else {
		flow_set_subtract(&x->base, number, n);
		flow_set_subtract(&x->still, number, n);
	}
	if (x->sorted)
		flow_order_keep(&x->order, &x->base);
	flow_set_subtract(&x->find.set, number, n);
	x->changes++;
	if (work_is_on(&x->work))
		index_restart(x);
}

void
flow_index_restored(struct flow_index *x)
{
	x->stale = true;
	find_drop(x);
	index_restart(x);
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
