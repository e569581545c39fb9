/* SPDX-License-Identifier: MIT
 * Whole flows one after another. */
#include "flow/flow_pick.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow_reader.h"
#include "flow/flow_store_internal.h"

struct flow_pick {
	struct flow_store *store;
	uint64_t body_max_bytes;
	struct reader_job *job; /* NULL: nothing was asked of the file */
};

struct flow_pick *
flow_pick_new(struct flow_store *s, uint64_t body_max_bytes)
{
	struct flow_pick *p = mem_zalloc(sizeof *p);

	p->store = s;
	p->body_max_bytes = body_max_bytes;
	return p;
}

const struct flow *
flow_pick_open(struct flow_pick *p, uint64_t number, bool *gone)
{
	struct flow_reader *r = p->store->session.reader;
	struct flow *live = flow_store_find(p->store, number), *f;

	*gone = !live && !r;
	if (*gone || (live && (!r || flow_is_whole(live))))
		return live;
	if (!p->job || p->job->first != number) {
		flow_reader_give_up(r, p->job);
		p->job = flow_reader_load(r, number, p->body_max_bytes);
	}
	if (!flow_reader_done(r, p->job))
		return NULL;
	f = p->job->n ? p->job->flow[0] : live;
	*gone = !f;
	if (f) { /* as they are now, not as they were when it was written */
		f->marked = flow_set_has(&p->store->marked, number);
		f->deleted = flow_set_has(&p->store->deleted, number);
	}
	return f;
}

void
flow_pick_free(struct flow_pick *p)
{
	if (!p)
		return;
	flow_reader_give_up(p->store->session.reader, p->job);
	free(p);
}
