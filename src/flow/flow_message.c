/* SPDX-License-Identifier: MIT
 * Messages of WebSockets: when they came, and what became of those that were held. */
#include "flow/flow_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_store_internal.h"

size_t
flow_messages_cost(const struct flow_messages *m)
{
	size_t n = 0;

	for (unsigned i = 0; m && i < m->n; i++)
		n += sizeof *m->at + m->at[i].came.n + m->at[i].sent.n;
	return n;
}

void
flow_messages_free(struct flow_messages *m)
{
	for (unsigned i = 0; m && i < m->n; i++) {
		free((char *)(uintptr_t)m->at[i].came.p);
		free((char *)(uintptr_t)m->at[i].sent.p);
	}
	if (m)
		free(m->at);
	free(m);
}

void
store_messages_drop(struct flow_store *s, struct flow_detail *d)
{
	store_uncharge(s, flow_messages_cost(d->messages));
	flow_messages_free(d->messages);
	d->messages = NULL;
}

const struct flow_message *
flow_message_held(const struct flow *f)
{
	const struct flow_messages *m = f->detail ? f->detail->messages : NULL;

	if (!m || f->state != FLOW_S_HELD || !m->held[f->detail->hold.dir])
		return NULL;
	return &m->at[m->held[f->detail->hold.dir] - 1];
}

bool
flow_hello_held(const struct flow *f)
{
	return f->detail && f->detail->hold.hello;
}

const char *
flow_held_what(const struct flow *f)
{
	if (flow_hello_held(f))
		return "hello";
	if (f->proto == FLOW_WS)
		return "message";
	return f->detail && f->detail->hold.dir == FLOW_RESPONSE ? "response" : "request";
}

struct flow_message *
flow_messages_add(struct flow_messages **all)
{
	struct flow_messages *m = *all ? *all : (*all = mem_zalloc(sizeof *m));

	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 16;
		m->at = mem_resize(m->at, m->cap, sizeof *m->at);
	}
	m->at[m->n] = (struct flow_message){0};
	return &m->at[m->n++];
}

static void
came_drop(struct flow_store *s, struct flow_message *m)
{
	store_uncharge(s, m->came.n);
	free((char *)(uintptr_t)m->came.p);
	m->came = SPAN_NONE;
}

/* Another one of that direction has come: what was held is not held any more. */
static void
held_went(struct flow_store *s, struct flow_messages *m, unsigned dir)
{
	struct flow_message *held = m && m->held[dir] ? &m->at[m->held[dir] - 1] : NULL;

	if (held)
		came_drop(s, held);
	if (m)
		m->held[dir] = 0;
}

/* The one that the fact is about: a later word on a held message, or a new one; NULL: there are too many. */
static struct flow_message *
message_of(struct flow_store *s, struct flow_detail *d, const struct fact_message *v)
{
	struct flow_messages *m = d->messages;

	if (v->what == FLOW_MESSAGE_EDITED || v->what == FLOW_MESSAGE_DROPPED)
		return m && m->held[v->dir] ? &m->at[m->held[v->dir] - 1] : NULL;
	if (v->what != FLOW_MESSAGE_INJECTED)
		held_went(s, m, v->dir);
	if (m && m->n >= FLOW_MESSAGES_MAX)
		return NULL;
	store_charge(s, sizeof *m->at);
	struct flow_message *added = flow_messages_add(&d->messages);
	if (v->what == FLOW_MESSAGE_HELD)
		d->messages->held[v->dir] = d->messages->n;
	return added;
}

static void
message_fill(struct flow_store *s, struct flow *f, struct flow_message *m, const struct fact_message *v)
{
	struct flow_messages *all = f->detail->messages;
	unsigned at = (unsigned)(m - all->at);

	if (!m->mono_ns)
		m->mono_ns = v->f.mono_ns;
	m->number = v->number;
	m->dir = v->dir;
	m->opcode = v->opcode;
	m->what = v->what;
	all->saved = all->saved < at ? all->saved : at;
	if (v->what == FLOW_MESSAGE_EDITED || v->what == FLOW_MESSAGE_DROPPED) {
		f->edited = true;
		held_went(s, all, v->dir);
	}
	f->edited |= v->what == FLOW_MESSAGE_INJECTED;
	if (v->what == FLOW_MESSAGE_SEEN || v->what == FLOW_MESSAGE_DROPPED)
		return;
	struct span *to = v->what == FLOW_MESSAGE_HELD ? &m->came : &m->sent;
	*to = span_of(mem_dup(v->block ? v->block->p : "", v->n), v->n);
	store_charge(s, v->n);
	s->session.dirty_bytes += v->n;
}

void
store_apply_message(struct flow_store *s, const struct fact_message *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);
	struct flow_message *m = f ? message_of(s, f->detail, v) : NULL;

	if (m) {
		message_fill(s, f, m, v);
		store_touch(s, f);
	}
	block_unref(v->block);
}
