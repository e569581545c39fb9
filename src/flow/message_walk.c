/* SPDX-License-Identifier: MIT
 * Two walks over frames, one for each direction, joined by the list of what came when. */
#include "flow/message_walk.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"
#include "proto/ws_inflate.h"

/* A request that asks for an upgrade may have a body of its own before the frames. */
static size_t
walk_skip(const struct flow *f, enum flow_dir dir, size_t n)
{
	struct span length = dir == FLOW_REQUEST ? flow_head_field(f, dir, "content-length") : SPAN_NONE;
	size_t skip = 0;

	for (size_t i = 0; i < length.n && length.p[i] >= '0' && length.p[i] <= '9' && skip < n; i++)
		skip = skip * 10 + (size_t)(length.p[i] - '0');
	return skip < n ? skip : n;
}

static void
side_init(struct message_side *s, const struct flow *f, enum flow_dir dir, size_t max_bytes)
{
	const struct flow_body *b = flow_body(f, dir);
	size_t n = flow_body_copy(b, NULL, max_bytes), skip = walk_skip(f, dir, n);

	s->copy = mem_alloc(n + 1);
	flow_body_copy(b, s->copy, n);
	s->looked = n;
	ws_walk_init(&s->walk, span_of(s->copy + skip, n - skip), dir == FLOW_REQUEST);
	buf_init(&s->plain, 0);
	if (ws_deflate_agreed(flow_head_field(f, FLOW_RESPONSE, "sec-websocket-extensions")))
		s->inflate = ws_inflate_new(CODING_OUT_MAX_BYTES);
}

void
message_walk_init(struct message_walk *w, const struct flow *f, size_t max_bytes)
{
	*w = (struct message_walk){.f = f};
	for (int dir = 0; dir < 2; dir++)
		side_init(&w->side[dir], f, (enum flow_dir)dir, max_bytes);
}

void
message_walk_fini(struct message_walk *w)
{
	for (int dir = 0; dir < 2; dir++) {
		struct message_side *s = &w->side[dir];
		ws_walk_fini(&s->walk);
		ws_inflate_free(s->inflate);
		buf_fini(&s->plain);
		free(s->copy);
	}
}

/* The next message of that side; false: there is none. */
static bool
side_peek(struct message_side *s)
{
	if (s->ready || s->over)
		return s->ready;
	s->end = ws_walk_next(&s->walk, &s->msg, &s->why);
	s->over = s->end != WS_MESSAGE;
	s->ready = s->end == WS_MESSAGE || (s->end == WS_CUT && s->msg.frames);
	s->number += s->ready;
	return s->ready;
}

static void
side_take(struct message_side *s, struct message_row *row)
{
	s->ready = false;
	row->kept = true;
	row->msg = s->msg;
	row->data = s->msg.data;
	if (!s->inflate || !(s->msg.rsv & WS_RSV1) || s->msg.opcode >= WS_CLOSE)
		return;
	ws_inflate_message(s->inflate, s->msg.data, s->msg.whole, &s->plain, &row->why);
	row->data = buf_span(&s->plain);
	row->msg.size = s->plain.n;
}

/* What the list says nothing of. */
static bool
take_rest(struct message_walk *w, struct message_row *row)
{
	for (int dir = 0; dir < 2; dir++) {
		if (!side_peek(&w->side[dir]))
			continue;
		row->dir = (enum flow_dir)dir;
		side_take(&w->side[dir], row);
		return true;
	}
	return false;
}

bool
message_walk_next(struct message_walk *w, struct message_row *row)
{
	const struct flow_messages *all = w->f->detail ? w->f->detail->messages : NULL;
	const struct flow_message *m = all && w->at < all->n ? &all->at[w->at] : NULL;

	*row = (struct message_row){.data = SPAN_LIT("")};
	if (!m)
		return take_rest(w, row);
	struct message_side *s = &w->side[m->dir];
	row->dir = (enum flow_dir)m->dir;
	/* One before it that the list has lost. */
	if (m->what != FLOW_MESSAGE_INJECTED && side_peek(s) && s->number < m->number) {
		side_take(s, row);
		return true;
	}
	w->at++;
	row->known = m;
	row->msg.opcode = m->opcode;
	row->msg.whole = true;
	if (m->what != FLOW_MESSAGE_INJECTED && s->ready && s->number == m->number)
		side_take(s, row);
	if (!row->kept && m->came.p) { /* it is held: there is something to decide about */
		row->kept = true;
		row->data = row->msg.data = m->came;
		row->msg.size = m->came.n;
		row->msg.frames = 1;
	}
	return true;
}

void
message_walk_text(const struct flow *f, enum flow_dir dir, size_t max_bytes, struct buf *out)
{
	struct message_walk w;
	struct message_row row;

	message_walk_init(&w, f, max_bytes);
	while (message_walk_next(&w, &row)) {
		bool sent = row.known && row.known->sent.p;
		if (row.dir != dir || (row.msg.opcode != WS_TEXT && row.msg.opcode != WS_BINARY))
			continue;
		if (sent)
			buf_add_span(out, row.known->sent);
		if (sent)
			buf_add_str(out, "\n");
		if (row.kept)
			buf_add_span(out, row.data);
		if (row.kept)
			buf_add_str(out, "\n");
	}
	message_walk_fini(&w);
}
