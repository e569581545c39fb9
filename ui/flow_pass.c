/* SPDX-License-Identifier: MIT
 * Walks for expressions. */
#include "ui/flow_pass.h"

#include "base/clock.h"
#include "flow/flow_store.h"

enum { SLICE_FLOWS = 64 };

void
flow_pass_begin(struct flow_pass *p, struct flow_store *store, uint64_t first, uint64_t last)
{
	flow_pass_end(p);
	*p = (struct flow_pass){.store = store, .first = first, .last = last};
	p->scan = flow_scan_new(store, first, last);
}

void
flow_pass_end(struct flow_pass *p)
{
	flow_scan_free(p->scan);
	flow_fetch_free(p->fetch);
	flow_set_fini(&p->unsaved);
	p->scan = NULL;
	p->fetch = NULL;
}

/* An open flow is tested again when it changes. */
static void
pass_undecided(struct flow_pass *p, const struct flow *f)
{
	if (!f->ended || !flow_store_has_more(p->store, f))
		return;
	if (!flow_store_is_saved(p->store, f)) {
		flow_set_add(&p->unsaved, f->number);
		return;
	}
	if (!p->fetch)
		p->fetch = flow_fetch_new(p->store);
	flow_fetch_ask(p->fetch, f->number);
}

/* What was read of the whole flows so far. Return values as of a slice. */
static int
pass_fetched(struct flow_pass *p, flow_pass_take take, void *arg, uint64_t end_ns)
{
	const struct flow *f;
	uint64_t number;
	bool wait = false;

	while (p->fetch && flow_fetch_next(p->fetch, &number, &f, &wait)) {
		if (!f)
			f = flow_store_find(p->store, number);
		if (f)
			take(arg, f, true);
		if (clock_mono_ns() >= end_ns)
			return 1;
	}
	return wait ? 0 : -1;
}

/* The same for so many flows. */
static int
pass_flows(struct flow_pass *p, flow_pass_take take, void *arg, uint64_t end_ns)
{
	bool wait = false;

	for (int i = 0; i < SLICE_FLOWS; i++) {
		int fetched = pass_fetched(p, take, arg, end_ns);
		if (p->fetch && flow_fetch_is_full(p->fetch))
			return fetched;
		const struct flow *f = flow_scan_next(p->scan, &wait);
		if (!f)
			return wait && fetched < 0 ? 0 : fetched;
		if (take(arg, f, false) == MATCH_MAYBE)
			pass_undecided(p, f);
	}
	return 1;
}

int
flow_pass_slice(struct flow_pass *p, flow_pass_take take, void *arg, uint64_t end_ns)
{
	int more;

	do
		more = pass_flows(p, take, arg, end_ns);
	while (more == 1 && clock_mono_ns() < end_ns);
	if (more < 0 && !flow_scan_error(p->scan, &p->damage))
		p->damage.text[0] = '\0';
	return more;
}

unsigned
flow_pass_percent(const struct flow_pass *p)
{
	uint64_t all = p->last + 1 - p->first;

	return all ? (unsigned)((flow_scan_at(p->scan) - p->first) * 100 / all) : 100;
}
