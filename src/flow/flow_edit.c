/* SPDX-License-Identifier: MIT
 * Facts about messages that are held, edited or sent by us, and events. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_store_internal.h"

void
store_apply_held(struct flow_store *s, const struct fact_held *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f)
		return;
	store_set_state(s, f, FLOW_S_HELD, h->f.mono_ns);
	f->detail->hold = (struct flow_hold){.since_ns = h->f.mono_ns,
	    .hold_ms = h->hold_ms,
	    .rule = h->rule,
	    .dir = h->dir,
	    .kill_after = h->kill_after,
	    .hello = h->hello};
	store_held_add(s, f);
	store_notify(s, f);
}

/* ---- edits ---- */

/* What was recorded of the message becomes its original. Pieces of its body that are not in the session file yet will be there under the
 * numbers before those of the new body. */
static void
original_keep(struct flow_store *s, struct flow *f, unsigned dir)
{
	struct flow_detail *d = f->detail;
	struct flow_version *v = d->original[dir] = mem_zalloc(sizeof *v);
	struct flow_body *b = &d->body[dir];

	v->head = d->head[dir];
	v->trailer = d->trailer[dir];
	v->body = *b;
	v->end_seq = b->next_seq + (b->npieces - b->saved);
	d->head[dir] = d->trailer[dir] = SPAN_NONE;
	*b = (struct flow_body){.first_seq = v->end_seq, .next_seq = v->end_seq};
	store_charge(s, sizeof *v + STORE_ALLOC_BYTES);
}

/* An edit of an edit: what came of the first one is nobody's. */
static void
edited_drop(struct flow_store *s, struct flow *f, unsigned dir)
{
	struct flow_body *b = &f->detail->body[dir];
	uint32_t next = b->next_seq + (b->npieces - b->saved);

	store_body_drop(s, b, true);
	*b = (struct flow_body){.first_seq = next, .next_seq = next};
	store_head_drop(s, &f->detail->trailer[dir]);
}

/* The host may lie in a head that is going to be freed. */
static void
host_own(struct flow_store *s, struct flow *f)
{
	if (!f->host.n || f->host.p == f->text)
		return;
	char *text = mem_dup(f->host.p, f->host.n);
	free(f->text);
	f->text = text;
	f->host.p = text;
	f->summary_bytes += (uint32_t)f->host.n + STORE_ALLOC_BYTES;
	store_charge(s, f->host.n + STORE_ALLOC_BYTES);
}

static void
edit_request(struct flow *f, const struct fact_head *h, struct span head)
{
	f->method = span_of(head.p + h->method_off, h->method_n);
	f->path = span_of(head.p + h->path_off, h->path_n);
	if (h->host_n)
		f->host = span_of(head.p + h->host_off, h->host_n);
	f->port = h->port ? h->port : f->port;
}

static void
edit_response(struct flow *f, const struct fact_head *h, struct span head)
{
	f->content_type = span_of(head.p + h->type_off, h->type_n);
	f->status = h->status;
	if (!f->first_byte_ns)
		store_response_seen(f, h->f.mono_ns);
}

void
store_apply_edit(struct flow_store *s, const struct fact_head *h)
{
	struct flow *f = flow_map_find(&s->flows, h->f.flow);

	if (!f)
		return;
	if (h->dir == FLOW_REQUEST && !h->host_n)
		host_own(s, f);
	if (f->detail->original[h->dir])
		edited_drop(s, f, h->dir);
	else
		original_keep(s, f, h->dir);
	f->bytes[h->dir] = 0;
	f->edited = true;
	struct span head = store_head_keep(s, f, h->dir, h);
	store_set_state(s, f, h->state, h->f.mono_ns);
	if (h->dir == FLOW_REQUEST)
		edit_request(f, h, head);
	else
		edit_response(f, h, head);
	store_notify(s, f);
}

/* ---- sent by us ---- */

static void
sent_mark(struct flow *f, uint64_t replay_of)
{
	f->replay = true;
	f->detail->replay_of = replay_of;
}

void
store_apply_sent(struct flow_store *s, const struct fact_sent *v)
{
	struct flow *f = flow_map_find(&s->flows, v->f.flow);

	if (f) {
		sent_mark(f, v->tag);
		store_notify(s, f);
	} else if (v->f.flow && s->sent.n < STORE_SENT_MAX && !flow_map_find(&s->sent, v->f.flow)) {
		flow_map_put(&s->sent, v->f.flow, mem_dup(&v->tag, sizeof v->tag));
	}
}

void
store_sent_begun(struct flow_store *s, struct flow *f)
{
	uint64_t *replay_of = s->sent.n ? flow_map_remove(&s->sent, f->key) : NULL;

	if (replay_of)
		sent_mark(f, *replay_of);
	free(replay_of);
}

/* ---- events ---- */

void
store_apply_event(struct flow_store *s, const struct fact_event *v)
{
	const struct flow *f = v->f.flow ? flow_map_find(&s->flows, v->f.flow) : NULL;
	char text[FLOW_EVENT_TEXT_MAX + 1];
	size_t n = v->n < FLOW_EVENT_TEXT_MAX ? v->n : FLOW_EVENT_TEXT_MAX;

	memcpy(text, v->text, n);
	text[n] = '\0';
	flow_store_event(s, (enum flow_event_level)v->level, f ? f->number : 0, text);
}

void
flow_store_event(struct flow_store *s, enum flow_event_level level, uint64_t flow, const char *text)
{
	flow_events_add(&s->events, level, flow, text);
}

uint64_t
flow_store_event_first(const struct flow_store *s)
{
	return flow_events_first(&s->events);
}

uint64_t
flow_store_event_end(const struct flow_store *s)
{
	return s->events.end;
}

const struct flow_event *
flow_store_event_at(const struct flow_store *s, uint64_t index)
{
	return flow_events_at(&s->events, index);
}
