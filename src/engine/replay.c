/* SPDX-License-Identifier: MIT
 * Requests of our own. The HTTP/1 driver runs in its tunnel mode as if the tunnel had lost its server while the request was held: the
 * server is dialled and secured by the same steps. */
#include "engine/replay.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/ca_page.h"
#include "engine/conn.h"
#include "engine/drive.h"
#include "engine/drive_http1.h"
#include "engine/hold.h"
#include "engine/report.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

static void
replay_go(struct conn *c)
{
	if (!ca_page_is_at(c->worker, span_str(c->host))) {
		hold_request_go(c);
		return;
	}
	hold_drop(c->drive_state);
	ca_page_send(c, ca_page_new(c, &c->worker->head));
}

void
replay_send(struct worker *w, const struct intent_send *s)
{
	struct conn *c = conn_new_replay(w);
	flow_key flow = worker_key(w);
	const char *fault = NULL;
	char why[200];

	conn_set_dest(c, s->host, strlen(s->host), s->port);
	c->inner = s->tls;
	c->sni = s->tls && s->sni[0] ? mem_strdup(s->sni) : NULL;
	c->alpn = s->tls && !s->no_alpn ? mem_strdup("http/1.1") : NULL;
	report_sent(c, flow, s->tag);
	conn_drive(c, &drive_http1);
	if (hold_own_request(c, flow, s->message, &fault)) {
		replay_go(c);
		return;
	}
	c->flow = flow;
	report_flow_open(c, FLOW_H1);
	snprintf(why, sizeof why, "the request cannot be sent: %s", fault);
	conn_close(c, FLOW_S_ERROR, why, NULL);
}
