/* SPDX-License-Identifier: MIT
 * Making and freeing intents. */
#include "flow/flow_intent.h"

#include <stdlib.h>

#include "base/mem.h"

struct intent *
intent_new(enum intent_type type, flow_key flow)
{
	struct intent *i = mem_zalloc(sizeof *i);

	i->type = type;
	i->flow = flow;
	return i;
}

void
intent_free(struct intent *i)
{
	if (!i)
		return;
	for (unsigned k = 0; k < i->nrules; k++)
		free(i->rules[k].expr);
	free(i->rules);
	for (unsigned k = 0; k < i->nhosts; k++)
		free(i->hosts[k]);
	free(i->hosts);
	if (i->send)
		intent_message_free(i->send->message);
	free(i->send);
	intent_message_free(i->message);
	free(i);
}

struct intent_message *
intent_message_new(const char *head, size_t head_n, const char *body, size_t body_n, const char *trailers,
    size_t trailers_n)
{
	struct intent_message *m = mem_zalloc(sizeof *m);

	m->head = mem_dup(head, head_n);
	m->head_n = head_n;
	m->body = body_n ? mem_dup(body, body_n) : NULL;
	m->body_n = body_n;
	m->trailers = trailers_n ? mem_dup(trailers, trailers_n) : NULL;
	m->trailers_n = trailers_n;
	return m;
}

void
intent_message_free(struct intent_message *m)
{
	if (!m)
		return;
	free(m->head);
	free(m->body);
	free(m->trailers);
	free(m);
}
