/* SPDX-License-Identifier: MIT
 * Walking over all flows. What memory does not hold is read in ranges, the next while one is looked at. */
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow_reader.h"
#include "flow/flow_store_internal.h"

enum { SCAN_FLOWS = 4096 };

struct flow_scan {
	struct flow_store *store;
	uint64_t at, last;         /* next number to give */
	struct reader_job *job;    /* flows read from the file, looked at from i on; NULL: none */
	struct reader_job *ahead;  /* those that come after */
	size_t i;
	struct errmsg why;         /* the first thing that went wrong; "" */
};

struct flow_scan *
flow_scan_new(struct flow_store *s, uint64_t first, uint64_t last)
{
	struct flow_scan *scan = mem_zalloc(sizeof *scan);

	scan->store = s;
	scan->at = first;
	scan->last = last;
	return scan;
}

void
flow_scan_free(struct flow_scan *scan)
{
	if (!scan)
		return;
	flow_reader_give_up(scan->store->session.reader, scan->job);
	flow_reader_give_up(scan->store->session.reader, scan->ahead);
	free(scan);
}

uint64_t
flow_scan_at(const struct flow_scan *scan)
{
	return scan->at;
}

int
flow_scan_error(const struct flow_scan *scan, struct errmsg *why)
{
	if (!scan->why.text[0])
		return 0;
	return err_set(why, ERR_SYSTEM, "%s", scan->why.text);
}

/* Asks for the range from that number on, as far as the file alone has it. */
static struct reader_job *
scan_ask(struct flow_scan *scan, uint64_t first)
{
	uint64_t last = scan->store->first - 1; /* memory has the rest */

	last = last < scan->last ? last : scan->last;
	if (first > last)
		return NULL;
	return flow_reader_some(scan->store->session.reader, first, last, SCAN_FLOWS);
}

/* A range that holds `at`, or NULL while it is read. */
static struct reader_job *
scan_range(struct flow_scan *scan)
{
	struct flow_reader *r = scan->store->session.reader;

	/* Memory may have had more than a range in between. */
	while (scan->job && flow_reader_done(r, scan->job) && scan->at > scan->job->last) {
		flow_reader_give_up(r, scan->job);
		scan->job = scan->ahead;
		scan->ahead = NULL;
		scan->i = 0;
	}
	if (!scan->job)
		scan->job = scan_ask(scan, scan->at);
	if (!flow_reader_done(r, scan->job))
		return NULL;
	if (scan->job->why.text[0] && !scan->why.text[0])
		scan->why = scan->job->why;
	if (!scan->ahead)
		scan->ahead = scan_ask(scan, scan->job->last + 1);
	return scan->job;
}

/* The flow `at`. When there is none: on to the next that is; what was there at the beginning memory never has, and the numbers in a
 * file may be as far apart as somebody made them. */
static struct flow *
scan_in_range(struct flow_scan *scan, struct reader_job *j)
{
	while (scan->i < j->n && j->flow[scan->i]->number < scan->at)
		scan->i++;
	if (scan->i == j->n || j->flow[scan->i]->number != scan->at) {
		uint64_t next = scan->i < j->n ? j->flow[scan->i]->number : j->last + 1;
		uint64_t own = scan->store->session.read_last + 1;
		next = next < own ? next : own;
		if (next > scan->at)
			scan->at = next - 1;
		return NULL;
	}
	struct flow *f = j->flow[scan->i++];
	f->marked = flow_set_has(&scan->store->marked, f->number);
	f->deleted = flow_set_has(&scan->store->deleted, f->number);
	return f;
}

const struct flow *
flow_scan_next(struct flow_scan *scan, bool *wait)
{
	*wait = false;
	while (scan->at <= scan->last) {
		struct flow *f = flow_store_find(scan->store, scan->at);
		if (!f && scan->at < scan->store->first && scan->store->session.reader) {
			struct reader_job *j = scan_range(scan);
			*wait = !j;
			if (!j)
				return NULL;
			f = scan_in_range(scan, j);
		}
		scan->at++;
		if (f)
			return f;
	}
	return NULL;
}
