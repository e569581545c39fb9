/* SPDX-License-Identifier: MIT
 * Counting names in small tables. */
#include "flow/flow_tally.h"

#include <stdio.h>
#include <string.h>

#include "flow/flow_fact.h"

static void
tally_add(struct tally *t, const char *name)
{
	unsigned i = 0;

	while (i < t->nrows && strcmp(t->row[i].name, name) != 0)
		i++;
	if (i == TALLY_ROWS) {
		t->others++;
		return;
	}
	if (i == t->nrows)
		snprintf(t->row[t->nrows++].name, TALLY_NAME_MAX, "%s", name);
	t->row[i].n++;
}

void
flow_tally_tls(struct flow_tally *t, const struct fact_conn_tls *v)
{
	unsigned side = v->side == FLOW_SERVER ? FLOW_SERVER : FLOW_CLIENT;

	if (v->ok)
		tally_add(&t->version[side], v->version[0] ? v->version : "unknown");
	else
		tally_add(&t->failure[side], v->fail_class[0] ? v->fail_class : "unknown");
}

unsigned
tally_order(const struct tally *t, unsigned *order)
{
	for (unsigned i = 0; i < t->nrows; i++) {
		unsigned at = i;
		for (; at && t->row[order[at - 1]].n < t->row[i].n; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return t->nrows;
}
