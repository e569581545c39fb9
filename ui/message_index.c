/* SPDX-License-Identifier: MIT
 * The messages of a flow as a list. */
#include "ui/message_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "proto/ws_inflate.h"
#include "ui/flow_page_body_messages.h"
#include "ui/message_filter.h"

void
message_index_init(struct message_index *x)
{
	*x = (struct message_index){.n = 0};
	buf_init(&x->data, MESSAGES_DATA_BYTES);
}

void
message_index_fini(struct message_index *x)
{
	free(x->item);
	buf_fini(&x->data);
}

/* ---- items ---- */

static uint64_t
item_id(enum flow_dir dir, uint64_t number, bool injected, bool sent)
{
	return number << 3 | (uint64_t)injected << 2 | (uint64_t)sent << 1 | (uint64_t)dir;
}

/* The oldest make room, many at a time. */
static struct message_item *
item_add(struct message_index *x)
{
	if (x->n == 2 * (size_t)MESSAGES_MAX) {
		memmove(x->item, x->item + MESSAGES_MAX, MESSAGES_MAX * sizeof *x->item);
		x->n = MESSAGES_MAX;
	}
	if (x->n == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 256;
		x->item = mem_resize(x->item, x->cap, sizeof *x->item);
	}
	x->item[x->n] = (struct message_item){.number = x->total};
	return &x->item[x->n++];
}

static void
item_trim(struct message_index *x)
{
	if (x->n <= MESSAGES_MAX)
		return;
	memmove(x->item, x->item + (x->n - MESSAGES_MAX), MESSAGES_MAX * sizeof *x->item);
	x->n = MESSAGES_MAX;
}

/* ---- of a WebSocket ---- */

static struct message_item *
socket_add(struct message_index *x, const struct flow *f, const struct message_row *row)
{
	struct message_item *i = item_add(x);

	i->dir = (uint8_t)row->dir;
	i->known = row->known ? (uint32_t)(row->known - f->detail->messages->at) + 1 : 0;
	i->opcode = row->msg.opcode;
	i->rsv = row->msg.rsv;
	i->frames = row->msg.frames;
	i->size = row->msg.size;
	i->kept = row->kept;
	i->whole = row->msg.whole;
	i->mask_wrong = row->msg.mask_wrong;
	return i;
}

/* As it came. */
static void
socket_add_data(struct message_index *x, struct message_item *i, const struct message_row *row)
{
	i->off = x->data.n;
	if (buf_add_span(&x->data, row->data) == 0)
		i->n = (uint32_t)row->data.n;
	else
		i->whole = false;
	size_t why = x->data.n - i->off;
	if (row->why.text[0] && buf_add(&x->data, row->why.text, strlen(row->why.text) + 1) == 0)
		i->why = (uint32_t)why + 1;
}

/* One that was edited is listed as the tab shows versions. */
static void
socket_add_versions(
    struct message_index *x, const struct flow *f, const struct message_row *row, enum flow_shown shown, uint64_t number)
{
	bool injected = row->known && row->known->what == FLOW_MESSAGE_INJECTED;
	bool edited = row->known && row->known->what == FLOW_MESSAGE_EDITED;
	bool came = !injected && (!edited || shown != FLOW_SHOWN_EDITED);
	bool sent = injected || (edited && shown != FLOW_SHOWN_ORIGINAL);

	x->total++;
	if (came) {
		struct message_item *i = socket_add(x, f, row);
		i->id = item_id(row->dir, number, false, false);
		i->removed = sent;
		socket_add_data(x, i, row);
	}
	if (sent) {
		struct message_item *i = socket_add(x, f, row);
		i->id = item_id(row->dir, number, injected, true);
		i->sent = true;
		socket_add_data(x, i, row);
	}
}

static void
index_socket(struct message_index *x, const struct flow *f, enum flow_shown shown)
{
	uint64_t number[2] = {0}, injected[2] = {0};
	struct message_walk w;
	struct message_row row;

	message_walk_init(&w, f, MESSAGES_LOOK_BYTES);
	x->deflate = w.side[FLOW_REQUEST].inflate != NULL;
	while (message_walk_next(&w, &row)) {
		bool own = row.known && row.known->what == FLOW_MESSAGE_INJECTED;
		socket_add_versions(x, f, &row, shown, own ? ++injected[row.dir] : ++number[row.dir]);
	}
	for (int dir = 0; dir < 2; dir++) {
		const struct message_side *s = &w.side[dir];
		x->socket_total[dir] = number[dir] + injected[dir];
		x->rest[dir] = (struct message_rest){
		    .over = s->over, .end = s->end, .at = s->walk.at, .looked = s->looked, .why = s->why};
	}
	message_walk_fini(&w);
}

static const struct flow_message *
item_known(const struct flow *f, const struct message_item *i)
{
	const struct flow_messages *all = f->detail ? f->detail->messages : NULL;

	return all && i->known && i->known <= all->n ? &all->at[i->known - 1] : NULL;
}

struct span
message_index_data(const struct message_index *x, const struct flow *f, const struct message_item *i)
{
	const struct flow_message *known = i->sent ? item_known(f, i) : NULL;

	if (!i->sent)
		return span_of(buf_span(&x->data).p + i->off, i->n);
	return known && known->sent.p ? known->sent : SPAN_LIT("");
}

void
message_index_row(const struct message_index *x, const struct flow *f, const struct message_item *i, struct message_row *out)
{
	*out = (struct message_row){.dir = (enum flow_dir)i->dir,
	    .known = item_known(f, i),
	    .kept = i->kept,
	    .msg = {.opcode = i->opcode,
		.rsv = i->rsv,
		.whole = i->whole,
		.mask_wrong = i->mask_wrong,
		.frames = i->frames,
		.size = i->size},
	    .data = span_of(buf_span(&x->data).p + i->off, i->n)};
	out->msg.data = out->data;
	if (i->why)
		err_set(&out->why, ERR_SYNTAX, "%s", x->data.p + i->off + i->why - 1);
}

/* ---- of a body ---- */

/* Whether it is known when each came, in both directions, so that they can stand in their order. */
static bool
body_timed(const struct body_messages *b, const struct body_messages_side side[2])
{
	for (int dir = 0; dir < 2; dir++)
		if (side[dir].end && !(body_messages_came(b, (enum flow_dir)dir, side[dir].first) &&
					 body_messages_came(b, (enum flow_dir)dir, side[dir].end - 1)))
			return false;
	return true;
}

/* The direction whose next message comes first. */
static enum flow_dir
body_next(const struct body_messages *b, const struct body_messages_side side[2], const uint64_t at[2], bool timed)
{
	if (at[FLOW_REQUEST] == side[FLOW_REQUEST].end || at[FLOW_RESPONSE] == side[FLOW_RESPONSE].end)
		return at[FLOW_REQUEST] == side[FLOW_REQUEST].end ? FLOW_RESPONSE : FLOW_REQUEST;
	bool later = timed && body_messages_came(b, FLOW_REQUEST, at[FLOW_REQUEST]) >
				  body_messages_came(b, FLOW_RESPONSE, at[FLOW_RESPONSE]);
	return later ? FLOW_RESPONSE : FLOW_REQUEST;
}

static void
index_body(struct message_index *x, const struct body_messages *b)
{
	struct body_messages_side side[2];

	for (int dir = 0; dir < 2; dir++)
		body_messages_side(b, (enum flow_dir)dir, &side[dir]);
	x->body_end[FLOW_REQUEST] = side[FLOW_REQUEST].end;
	x->body_end[FLOW_RESPONSE] = side[FLOW_RESPONSE].end;
	uint64_t at[2] = {side[FLOW_REQUEST].first, side[FLOW_RESPONSE].first};
	x->timed = body_timed(b, side);
	x->total = at[FLOW_REQUEST] + at[FLOW_RESPONSE];
	while (at[FLOW_REQUEST] < side[FLOW_REQUEST].end || at[FLOW_RESPONSE] < side[FLOW_RESPONSE].end) {
		enum flow_dir dir = body_next(b, side, at, x->timed);
		x->total++;
		struct message_item *i = item_add(x);
		i->dir = (uint8_t)dir;
		i->index = at[dir]++;
		i->id = item_id(dir, i->index + 1, false, false);
	}
}

/* ---- those that are asked for ---- */

/* type: for one without a name. */
static struct message_facts
item_facts(const struct message_index *x, const struct flow *f, const struct flow_page_env *env, const struct message_item *i, char type[8])
{
	struct message_facts facts = {.dir = (enum flow_dir)i->dir};
	struct body_message m;

	if (flow_has_body_messages(f)) {
		size_t max = message_filter_reads(env->filter) ? BODY_MESSAGE_MAX : MESSAGES_TYPE_LOOK;
		body_messages_get(env->messages, facts.dir, i->index, max, &m);
		facts.type = flow_page_body_message_type(f, &m);
		facts.data = m.data;
		facts.size = m.size;
		return facts;
	}
	facts.type = flow_page_message_type(i->opcode, type, 8);
	facts.data = message_index_data(x, f, i);
	facts.size = i->sent ? facts.data.n : i->size;
	return facts;
}

static void
index_filter(struct message_index *x, const struct flow *f, const struct flow_page_env *env)
{
	size_t n = 0;
	char type[8];

	for (size_t i = 0; i < x->n; i++) {
		struct message_facts facts = item_facts(x, f, env, &x->item[i], type);
		if (message_filter_matches(env->filter, &facts))
			x->item[n++] = x->item[i];
	}
	x->hidden = x->n - n;
	x->n = n;
}

void
message_index_read(struct message_index *x, const struct flow *f, const struct flow_page_env *env)
{
	bool before = x->n > 0;

	x->n = x->hidden = 0;
	x->listed = 0;
	x->total = 0;
	x->deflate = false;
	buf_clear(&x->data);
	if (flow_has_body_messages(f)) {
		if (before || !env->reading)
			index_body(x, env->messages);
	} else if (f->proto == FLOW_WS) {
		index_socket(x, f, env->shown);
	}
	item_trim(x);
	if (x->n)
		x->listed = x->total - x->item[0].number + 1;
	if (env->filter && env->filter->n)
		index_filter(x, f, env);
}

/* ---- as a source of rows ---- */

static size_t
source_count(const void *arg)
{
	return ((const struct message_index *)arg)->n;
}

static uint64_t
source_id(const void *arg, size_t row)
{
	return ((const struct message_index *)arg)->item[row].id;
}

/* Its other version, or the next one of its direction, is near to where it was. */
static size_t
source_row(const void *arg, uint64_t id)
{
	const struct message_index *x = arg;
	size_t near = x->n;

	for (size_t i = 0; i < x->n; i++) {
		uint64_t other = x->item[i].id;
		if (other == id)
			return i;
		if (near == x->n && (other & 1) == (id & 1) && other >> 3 >= id >> 3)
			near = i;
	}
	return near;
}

static size_t
source_newer(const void *arg, uint64_t id)
{
	size_t row = source_row(arg, id), n = source_count(arg);

	return row < n ? n - 1 - row : 0;
}

static uint64_t
source_newest(const void *arg)
{
	const struct message_index *x = arg;

	return x->item[x->n - 1].id;
}

struct list_source
message_index_source(const struct message_index *x)
{
	return (struct list_source){.count = source_count,
	    .id = source_id,
	    .row = source_row,
	    .newer = source_newer,
	    .newest = source_newest,
	    .ascending = true,
	    .arg = x};
}
