/* SPDX-License-Identifier: MIT
 * A walk over the newest flows, each connection once. */
#include "ui/handshakes.h"

#include "flow/flow.h"
#include "flow/flow_set.h"
#include "flow/flow_store.h"
#include "ui/flow_text.h"

enum { HANDSHAKES_FLOWS = 20000 };

static void
handshakes_add(struct handshakes *out, const struct flow *f, const struct flow *one)
{
	bool failed = flow_conn(one)->tls[FLOW_CLIENT]->failed;

	if (span_ieq(flow_text_tls_host(one), flow_text_tls_host(f))) {
		out->here++;
		out->here_failed += failed;
	} else {
		out->others++;
		out->others_failed += failed;
	}
}

void
handshakes_count(struct flow_store *s, const struct flow *f, struct handshakes *out)
{
	uint64_t first = flow_store_first(s), last = flow_store_last(s);
	const struct flow_conn *c = flow_conn(f);
	struct flow_set conns = {.n = 0};

	*out = (struct handshakes){.here = 0};
	if (!c)
		return;
	struct span client = flow_text_address(c->client);
	for (uint64_t n = last - first < HANDSHAKES_FLOWS ? first : last - HANDSHAKES_FLOWS; n <= last; n++) {
		const struct flow *one = flow_store_find(s, n);
		const struct flow_conn *other = one ? flow_conn(one) : NULL;
		if (!other || !other->tls[FLOW_CLIENT] || !span_eq(flow_text_address(other->client), client) ||
		    flow_set_has(&conns, other->number))
			continue;
		flow_set_add(&conns, other->number);
		handshakes_add(out, f, one);
	}
	flow_set_fini(&conns);
}
