/* SPDX-License-Identifier: MIT
 * Lists of events and of gRPC messages. Their look is that of the list of WebSocket messages. */
#include "ui/flow_page_body_messages.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "proto/grpc_frame.h"
#include "text/text_body.h"
#include "text/text_head.h"
#include "text/text_protobuf.h"
#include "text/text_view.h"
#include "text/text_mask.h"
#include "ui/fmt.h"
#include "ui/glyph.h"
#include "ui/message_rate.h"
#include "ui/message_index.h"

enum {
	LIST_TIME_FROM = 72,	     /* columns: TIME and the gap before */
	LIST_WIDE_FROM = 60,	     /* DIR and SIZE */
	LIST_STATUS_FROM = 100, /* rates beside the status of gRPC, which says more */
	LIST_ROOM_MIN = 8,	     /* columns of DATA, however narrow the screen is */
	LIST_TYPE_COLUMNS = 10,
	LIST_TYPE_NARROW = 8,
	LIST_LOOK_BYTES = 1024,	     /* of a message, for its line */
	LIST_HEX_COLUMNS = 3,	     /* of one byte */
	LIST_GAP_MAX_MS = 100000,
	LIST_MS_NS = 1000000,
	LIST_STATUS_MAX = 160
};

struct body_list {
	struct text_lines *t;
	const struct flow *f;
	const struct flow_page_env *env;
	enum flow_dir dir;
	bool protobuf[2];  /* the messages of the direction */
	uint32_t before_ms; /* when the one before came; 0: not known */
	struct fmt_clock clock;
};

static const char *
list_ellipsis(const struct body_list *l)
{
	return l->t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...";
}

/* ---- a line ---- */

struct span
flow_page_body_message_type(const struct flow *f, const struct body_message *m)
{
	if (f->proto == FLOW_GRPC)
		return m->trailer ? SPAN_LIT("trailers") : SPAN_LIT("message");
	return m->type.n ? m->type : SPAN_LIT("event");
}

static void
list_put_type(const struct body_list *l, const struct body_message *m, size_t columns)
{
	struct span type = flow_page_body_message_type(l->f, m), part = text_lines_cut(l->t, type, columns);
	size_t from = l->t->bytes.n;

	text_lines_add(l->t, TEXT_NAME, part);
	size_t used = l->t->bytes.n > from ? text_columns(span_of(l->t->bytes.p + from, l->t->bytes.n - from)) : 0;
	text_lines_addf(l->t, TEXT_NAME, "%*s", (int)(used < columns ? columns + 1 - used : 1), "");
}

/* "03:27.310    11  " */
static void
list_put_time(struct body_list *l, uint32_t came_ms)
{
	uint32_t gap_ms = came_ms > l->before_ms ? came_ms - l->before_ms : 0;
	char text[FMT_MAX + 1], gap[FMT_MAX + 1] = "-";

	if (!came_ms) {
		text_lines_addf(l->t, TEXT_PLAIN, "%9s %5s  ", "-", "-");
		return;
	}
	*fmt_time_ms(&l->clock, text, l->f->wall_ns + (uint64_t)(came_ms - 1) * LIST_MS_NS) = '\0';
	if (l->before_ms && gap_ms < LIST_GAP_MAX_MS)
		*fmt_u64(gap, gap_ms) = '\0';
	else if (l->before_ms)
		*fmt_duration(gap, (uint64_t)gap_ms * 1000) = '\0';
	text_lines_addf(l->t, TEXT_PLAIN, "%9s %5s  ", text + sizeof "HH:" - 1, gap);
	l->before_ms = came_ms;
}

/* Number, direction, time, type and size; returns the columns they take. */
static size_t
list_put_front(struct body_list *l, uint64_t number, const struct body_message *m)
{
	const char *arrow = l->dir == FLOW_REQUEST ? l->env->glyphs->out : l->env->glyphs->in;
	bool wide = l->env->width >= LIST_WIDE_FROM, time = l->env->width >= LIST_TIME_FROM;
	char size[FMT_MAX + 1];

	text_lines_addf(l->t, TEXT_OFFSET, wide ? "%5llu  " : "%3llu ", (unsigned long long)number);
	if (!wide) {
		list_put_type(l, m, LIST_TYPE_NARROW);
		return 4 + LIST_TYPE_NARROW + 1;
	}
	text_lines_words(l->t, TEXT_NOTE, arrow);
	text_lines_words(l->t, TEXT_NOTE, text_columns(span_str(arrow)) > 1 ? "   " : "    ");
	if (time)
		list_put_time(l, m->came_ms);
	list_put_type(l, m, LIST_TYPE_COLUMNS);
	*fmt_size(size, m->size) = '\0';
	text_lines_addf(l->t, TEXT_PLAIN, "%6s  ", size);
	return 7 + 5 + (time ? 17 : 0) + LIST_TYPE_COLUMNS + 1 + 8;
}

/* The first line of text; false: there is more. */
static bool
list_put_text(const struct body_list *l, struct span data, size_t room)
{
	const char *end = data.n ? memchr(data.p, '\n', data.n) : NULL;
	struct span line = span_of(data.p, end ? (size_t)(end - data.p) : data.n), part = text_lines_cut(l->t, line, room);

	char *own;

	text_lines_add(l->t, TEXT_PLAIN, text_mask(TEXT_MASK_BODY, part, l->t->escape, &own));
	free(own);
	return part.n == data.n;
}

/* Field lines, one behind the other. */
static bool
list_put_fields(const struct body_list *l, struct span fields, size_t room)
{
	char *own;
	struct span line, rest = text_mask(TEXT_MASK_FIELDS, fields, l->t->escape, &own);
	bool first = true, more = false;

	while (!more && rest.n && text_next_line(&rest, &line)) {
		if (!first && room > 2)
			text_lines_words(l->t, TEXT_NOTE, "  ");
		room -= first ? 0 : room > 2 ? 2 : room;
		struct span part = text_lines_cut(l->t, line, room);
		size_t from = l->t->bytes.n;
		text_lines_add(l->t, TEXT_PLAIN, part);
		more = part.n < line.n;
		room -= l->t->bytes.n > from ? text_columns(span_of(l->t->bytes.p + from, l->t->bytes.n - from)) : 0;
		first = false;
	}
	free(own);
	return !more;
}

static bool
list_put_hex(const struct body_list *l, struct span data, size_t room)
{
	size_t n = room / LIST_HEX_COLUMNS < data.n ? room / LIST_HEX_COLUMNS : data.n;

	for (size_t i = 0; i < n; i++)
		text_lines_addf(l->t, TEXT_PLAIN, i ? " %02x" : "%02x", (unsigned char)data.p[i]);
	return n == data.n;
}

/* The beginning of its data in so many columns; false: there is more. */
static bool
list_put_data(const struct body_list *l, const struct body_message *m, size_t room)
{
	if (l->f->proto == FLOW_SSE)
		return list_put_text(l, m->data, room) && m->whole;
	if (m->trailer)
		return list_put_fields(l, m->data, room) && m->whole;
	if (m->compressed && m->why.text[0])
		return list_put_hex(l, m->data, room) && m->whole;
	if (l->protobuf[l->dir])
		return (text_protobuf_line(l->t, m->data, room) && m->whole) || !m->size;
	return list_put_text(l, m->data, room) && m->whole;
}

/* What is odd about it, or how it came. */
static void
list_note(const struct body_list *l, const struct body_message *m, char *out, size_t n)
{
	char coding[32];

	*out = '\0';
	if (m->compressed && m->why.text[0]) {
		snprintf(out, n, "  (!) %.100s", m->why.text);
	} else if (m->compressed) {
		struct span name = flow_head_field(l->f, l->dir, "grpc-encoding");
		escape_text(coding, sizeof coding, name.p ? name : SPAN_LIT("?"), 0);
		snprintf(out, n, "  (%s)", coding);
	}
}

static void
list_put(struct body_list *l, const struct message_item *i)
{
	struct body_message m;
	char note[128];

	l->dir = (enum flow_dir)i->dir;
	body_messages_get(l->env->messages, l->dir, i->index, LIST_LOOK_BYTES, &m);
	text_lines_begin(l->t);
	size_t used = list_put_front(l, i->number, &m);
	list_note(l, &m, note, sizeof note);
	used += strlen(note) + text_columns(span_str(list_ellipsis(l)));
	size_t width = (size_t)l->env->width, room = width > used + LIST_ROOM_MIN ? width - used : LIST_ROOM_MIN;
	if (!list_put_data(l, &m, room))
		text_lines_words(l->t, TEXT_NOTE, list_ellipsis(l));
	text_lines_words(l->t, TEXT_NOTE, note);
}

/* ---- the list ---- */

/* "grpc-status 5 NOT_FOUND: no such thing" */
static void
list_put_status(const struct body_list *l)
{
	struct span status, message;
	char text[LIST_STATUS_MAX], code[24], words[3 * LIST_STATUS_MAX];

	body_messages_status(l->env->messages, &status, &message);
	if (!status.p) {
		text_lines_words(l->t, TEXT_NOTE, l->f->ended ? "no grpc-status" : "open");
		return;
	}
	escape_text(code, sizeof code, status, 0);
	const char *name = grpc_status_name(status);
	size_t n = grpc_message_decode(message.p ? message : SPAN_LIT(""), text, sizeof text);
	escape_text(words, sizeof words, span_of(text, n), l->t->escape);
	text_lines_addf(l->t, TEXT_NOTE, "grpc-status %s%s%s%s%s", code, name ? " " : "", name ? name : "", n ? ": " : "", words);
}

static void
list_heading(const struct body_list *l, const struct body_messages_side side[2])
{
	uint64_t n = side[FLOW_REQUEST].end + side[FLOW_RESPONSE].end, first = side[FLOW_REQUEST].first + side[FLOW_RESPONSE].first;
	bool grpc = l->f->proto == FLOW_GRPC, wide = l->env->width >= (grpc ? LIST_STATUS_FROM : LIST_WIDE_FROM);
	const struct message_rate r = message_rate_of_bodies(l->f, l->env->messages, l->env->now_ns);
	char rate[MESSAGE_RATE_BYTES];

	text_lines_begin(l->t);
	text_lines_addf(l->t, TEXT_RULE, "%llu %s%s", (unsigned long long)n, grpc ? "message" : "event", n == 1 ? "" : "s");
	/* All of the same role: it is one piece. */
	if (wide && r.known)
		text_lines_addf(l->t, TEXT_NOTE, "%s   ", message_rate_text(&r, rate));
	if (grpc)
		list_put_status(l);
	else
		text_lines_words(l->t, TEXT_NOTE, l->f->ended ? "ended" : "open");
	if (l->env->rows->follow)
		text_lines_words(l->t, TEXT_NOTE, "   FOLLOW");
	if (side[FLOW_REQUEST].end && side[FLOW_RESPONSE].end && !l->env->rows->index->timed)
		text_lines_note(l->t, "When each came is not known: the client's stand first.");
	if (l->env->width >= LIST_TIME_FROM)
		text_lines_note(l->t, "    N  DIR  TIME        +ms  TYPE         SIZE  DATA");
	else if (l->env->width >= LIST_WIDE_FROM)
		text_lines_note(l->t, "    N  DIR  TYPE         SIZE  DATA");
	if (first) {
		text_lines_begin(l->t);
		text_lines_addf(l->t, TEXT_NOTE, "(the latest %llu are listed, %llu came before them)", (unsigned long long)(n - first),
		    (unsigned long long)first);
	}
}

/* What the list does not show of a direction, and why. */
static void
list_rest(const struct body_list *l, const struct body_messages_side *s)
{
	const char *who = l->dir == FLOW_REQUEST ? "client" : "server";
	const struct flow_body *b = flow_body(l->f, l->dir);
	char size[FMT_MAX + 1], all[FMT_MAX + 1];

	if (s->broken) {
		text_lines_begin(l->t);
		text_lines_addf(l->t, TEXT_BAD, "From the %s at byte %llu: %s. See 7 Hex.", who, (unsigned long long)s->broken_at,
		    s->why.text);
	} else if (s->why.text[0]) {
		text_lines_begin(l->t);
		text_lines_addf(l->t, TEXT_BAD, "From the %s: %s", who, s->why.text);
	} else if (s->read < s->kept) {
		*fmt_size_long(size, s->read) = '\0';
		*fmt_size_long(all, s->kept) = '\0';
		text_lines_begin(l->t);
		text_lines_addf(l->t, TEXT_NOTE, "From the %s: shown %s of %s.", who, size, all);
	} else if (s->open && b->kept == b->seen) {
		text_lines_begin(l->t);
		text_lines_addf(l->t, TEXT_NOTE,
		    l->f->ended ? "The %s's body ended inside a message." : "More of a message of the %s is still to come.", who);
	}
	if (b->kept < b->seen) {
		text_lines_begin(l->t);
		flow_page_shed(l->t, l->f, l->dir, l->env);
	}
}

static void
list_rows(struct body_list *l, struct message_rows *rows)
{
	const struct message_item *item = rows->index->item;

	if (rows->from < rows->to && rows->from)
		l->before_ms = body_messages_came(l->env->messages, (enum flow_dir)item[rows->from - 1].dir, item[rows->from - 1].index);
	rows->line = l->t->nlines;
	for (size_t i = rows->from; i < rows->to; i++)
		list_put(l, &item[i]);
	rows->line_end = l->t->nlines;
}

static void
list_all(struct body_list *l, const struct body_messages_side side[2])
{
	list_rows(l, l->env->rows);
	for (int dir = 0; dir < 2; dir++) {
		l->dir = (enum flow_dir)dir;
		if (side[dir].there)
			list_rest(l, &side[dir]);
	}
}

/* While the bodies are still looked through. */
static void
list_progress(const struct body_list *l, const struct body_messages_side side[2])
{
	char read[FMT_MAX + 1], kept[FMT_MAX + 1];

	*fmt_size_long(read, side[FLOW_REQUEST].read + side[FLOW_RESPONSE].read) = '\0';
	*fmt_size_long(kept, side[FLOW_REQUEST].kept + side[FLOW_RESPONSE].kept) = '\0';
	text_lines_begin(l->t);
	text_lines_addf(l->t, TEXT_NOTE, "looking for messages: %s of %s ...", read, kept);
}

void
flow_page_body_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	struct body_list l = {.t = t, .f = f, .env = env};
	struct body_messages_side side[2];

	for (int dir = 0; dir < 2; dir++) {
		body_messages_side(env->messages, dir, &side[dir]);
		l.protobuf[dir] = grpc_is_protobuf(flow_head_field(f, dir, "content-type"));
	}
	if (env->reading && !env->rows->index->n) {
		list_progress(&l, side);
		return;
	}
	list_heading(&l, side);
	list_all(&l, side);
	if (f->proto == FLOW_GRPC && f->status && !side[FLOW_RESPONSE].there)
		text_lines_note(t, "The response is not of a gRPC type: 2 shows it.");
}

/* ---- all of a message ---- */

static void
list_put_event_fields(const struct body_list *l, const struct body_message *m)
{
	text_lines_begin(l->t);
	if (m->id.p) {
		text_lines_words(l->t, TEXT_NOTE, "id ");
		text_lines_add(l->t, TEXT_PLAIN, m->id);
	}
	if (m->retry_ms >= 0)
		text_lines_addf(l->t, TEXT_NOTE, "%sretry after %lld ms", m->id.p ? "  " : "", (long long)m->retry_ms);
}

void
flow_page_body_message(struct text_lines *head, struct text_lines *t, const struct flow *f, const struct flow_page_env *env,
    const struct message_item *item)
{
	struct body_list l = {.t = t, .f = f, .env = env, .dir = (enum flow_dir)item->dir};
	struct text_body_info info = {.view = NULL};
	struct body_message m;

	body_messages_get(env->messages, l.dir, item->index, BODY_MESSAGE_MAX, &m);
	bool protobuf = grpc_is_protobuf(flow_head_field(f, l.dir, "content-type")) && !m.trailer, hex = m.compressed && m.why.text[0];
	const char *text = f->proto == FLOW_SSE ? flow_page_message_view(m.data) : NULL;
	const char *view = env->view[l.dir], *plain = hex ? "hex" : m.trailer ? "text" : text;
	const struct text_body body = {.bytes = m.data,
	    .seen = m.whole ? m.data.n : m.data.n + 1,
	    .content_type = protobuf ? SPAN_LIT("application/x-protobuf") : SPAN_LIT(""),
	    .content_encoding = SPAN_LIT(""),
	    .view = view ? view : plain,
	    .width = env->width};

	if (m.id.p || m.retry_ms >= 0)
		list_put_event_fields(&l, &m);
	if (m.why.text[0])
		flow_page_message_why(t, &m.why);
	if (m.data.n)
		text_body(t, &body, &info);
	else
		text_lines_note(t, "It has no data.");
	flow_page_message_heading(head, item, flow_page_body_message_type(f, &m), m.size, info.view);
}
