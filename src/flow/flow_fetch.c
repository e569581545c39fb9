/* SPDX-License-Identifier: MIT
 * Whole flows for a walk: one batch is looked at while the next is read. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_reader.h"
#include "flow/flow_store_internal.h"

enum { FETCH_TOTAL_BYTES = 8 << 20, FETCH_WAITING_MAX = 2 * READER_BATCH_FLOWS };

struct flow_fetch {
	struct flow_store *store;
	uint64_t waiting[FETCH_WAITING_MAX];
	size_t nwaiting;
	struct reader_job *asked; /* being read; NULL: none */
	struct reader_job *ready; /* looked at: number i comes next, and flow at; NULL: none */
	size_t i, at;
};

bool
flow_store_has_more(const struct flow_store *s, const struct flow *f)
{
	if (!s->session.reader || flow_is_whole(f))
		return false;
	return f->spilled || f->detail || !flow_store_find(s, f->number);
}

bool
flow_store_is_saved(const struct flow_store *s, const struct flow *f)
{
	const struct flow *live = flow_store_find(s, f->number);

	return !live || !store_saving(s) || store_is_saved(s, live);
}

struct flow_fetch *
flow_fetch_new(struct flow_store *s)
{
	struct flow_fetch *fetch = mem_zalloc(sizeof *fetch);

	fetch->store = s;
	return fetch;
}

void
flow_fetch_free(struct flow_fetch *fetch)
{
	if (!fetch)
		return;
	flow_reader_give_up(fetch->store->session.reader, fetch->asked);
	flow_reader_give_up(fetch->store->session.reader, fetch->ready);
	free(fetch);
}

static void
fetch_submit(struct flow_fetch *fetch)
{
	size_t n = fetch->nwaiting < READER_BATCH_FLOWS ? fetch->nwaiting : READER_BATCH_FLOWS;

	if (fetch->asked || !n)
		return;
	fetch->asked = flow_reader_batch(
	    fetch->store->session.reader, fetch->waiting, n, FLOW_FETCH_BODY_MAX, FETCH_TOTAL_BYTES);
	fetch->nwaiting -= n;
	memmove(fetch->waiting, fetch->waiting + n, fetch->nwaiting * sizeof fetch->waiting[0]);
}

/* The rest is for what a batch has no room for. */
bool
flow_fetch_is_full(const struct flow_fetch *fetch)
{
	return fetch->nwaiting >= READER_BATCH_FLOWS;
}

void
flow_fetch_ask(struct flow_fetch *fetch, uint64_t number)
{
	fetch->waiting[fetch->nwaiting++] = number;
	fetch_submit(fetch);
}

/* What was too much for the batch goes into the next one. */
static void
fetch_take(struct flow_fetch *fetch)
{
	struct reader_job *j = fetch->asked;
	size_t rest = j->nnumbers - j->tried;

	memmove(fetch->waiting + rest, fetch->waiting, fetch->nwaiting * sizeof fetch->waiting[0]);
	memcpy(fetch->waiting, j->number + j->tried, rest * sizeof fetch->waiting[0]);
	fetch->nwaiting += rest;
	fetch->ready = j;
	fetch->asked = NULL;
	fetch->i = fetch->at = 0;
	fetch_submit(fetch);
}

static const struct flow *
fetch_flow(struct flow_fetch *fetch, uint64_t number)
{
	const struct reader_job *j = fetch->ready;

	if (fetch->at == j->n || j->flow[fetch->at]->number != number)
		return NULL;
	struct flow *f = j->flow[fetch->at++];
	f->marked = flow_set_has(&fetch->store->marked, number);
	f->deleted = flow_set_has(&fetch->store->deleted, number);
	return f;
}

bool
flow_fetch_next(struct flow_fetch *fetch, uint64_t *number, const struct flow **f, bool *wait)
{
	struct flow_reader *r = fetch->store->session.reader;

	*wait = false;
	while (!fetch->ready || fetch->i == fetch->ready->tried) {
		flow_reader_give_up(r, fetch->ready);
		fetch->ready = NULL;
		if (!fetch->asked)
			return false;
		*wait = !flow_reader_done(r, fetch->asked);
		if (*wait)
			return false;
		fetch_take(fetch);
	}
	*number = fetch->ready->number[fetch->i++];
	*f = fetch_flow(fetch, *number);
	return true;
}
