/* SPDX-License-Identifier: MIT
 * What a worker does with intents. */
#include "engine/intents.h"

#include <stdlib.h>
#include <sys/eventfd.h>

#include "engine/conn.h"
#include "engine/drive.h"
#include "engine/drive_websocket.h"
#include "engine/engine_internal.h"
#include "engine/hold.h"
#include "engine/listener.h"
#include "engine/replay.h"
#include "engine/rules.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"

static struct conn *
find_conn(struct worker *w, flow_key flow)
{
	struct conn *c;

	TAILQ_FOREACH(c, &w->conns, link)
		if (flow && conn_flow(c) == flow)
			return c;
	return NULL;
}

static void
kill_flow(struct worker *w, flow_key flow)
{
	struct conn *c = find_conn(w, flow);

	if (c)
		conn_close(c, FLOW_S_KILLED, "killed", NULL);
}

static void
inject(struct worker *w, const struct intent *i)
{
	struct conn *c = find_conn(w, i->flow);

	if (c && c->phase == CONN_DRIVE && c->drive == &drive_websocket)
		websocket_inject(c, i);
}

static void
run_intent(struct worker *w, struct intent *i)
{
	switch (i->type) {
	case INTENT_KILL:
		kill_flow(w, i->flow);
		break;
	case INTENT_DROP:
		hold_drop_message(w, i);
		break;
	case INTENT_INJECT:
		inject(w, i);
		break;
	case INTENT_RESUME:
		hold_resume(w, i);
		break;
	case INTENT_ANSWER:
		hold_answer(w, i->flow, i->message);
		break;
	case INTENT_SEND:
		replay_send(w, i->send);
		break;
	case INTENT_RELEASE:
		hold_release(w);
		break;
	case INTENT_DRAIN:
		w->draining = true;
		listener_stop(w);
		break;
	case INTENT_RULES: /* these two come as what they mean */
	case INTENT_PASSTHROUGH:
		break;
	}
	intent_free(i);
}

void
intents_run(struct worker *w)
{
	struct mail mail;

	while (mailbox_take(&w->mailbox, &mail)) {
		if (mail.what == MAIL_RULES) {
			rules_free(w->rules);
			w->rules = mail.p;
			rules_compile(w->rules);
		} else if (mail.what == MAIL_PASS) {
			free(w->pass);
			w->pass = mail.p;
		} else {
			run_intent(w, mail.p);
		}
	}
	if (mailbox_room_wanted(&w->mailbox))
		eventfd_write(w->engine->fact_fd, 1);
}

void
intents_drop(struct worker *w)
{
	struct mail mail;

	do {
		while (mailbox_take(&w->mailbox, &mail)) {
			if (mail.what == MAIL_RULES)
				rules_free(mail.p);
			else if (mail.what == MAIL_PASS)
				free(mail.p);
			else
				intent_free(mail.p);
		}
	} while (mailbox_flush(&w->mailbox));
}
