/* SPDX-License-Identifier: MIT
 * The tab Messages: what of a WebSocket stream is recorded, taken apart for looking at. Each direction stands by itself, for the
 * record has the order of the bytes of one direction only, and no times of messages. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"
#include "proto/ws_frame.h"
#include "proto/ws_inflate.h"
#include "text/text_body.h"
#include "ui/flow_page.h"
#include "ui/flow_page_body_messages.h"
#include "ui/fmt.h"
#include "ui/glyph.h"

enum {
	MESSAGES_MAX = 10000,	  /* listed of one direction */
	MESSAGES_WIDE_FROM = 60,  /* columns: DIR and SIZE */
	MESSAGES_ROOM_MIN = 8,	  /* columns of DATA, however narrow the screen is */
	MESSAGES_HEX_COLUMNS = 3, /* of one byte */
	MESSAGES_NOTE_MAX = 160,
	MESSAGES_STATUS_BYTES = 2 /* the code in a close frame */
};

/* A direction being shown. */
struct messages {
	struct text_lines *t;
	const struct flow *f;
	const struct flow_page_env *env;
	enum flow_dir dir;
	struct ws_inflate *inflate; /* NULL: compression was not agreed */
	struct buf plain;	    /* the message inflated */
};

static const struct {
	unsigned code;
	const char *words;
} messages_close[] = {
    {1000, "normal"},
    {1001, "going away"},
    {1002, "protocol error"},
    {1003, "data not accepted"},
    {1005, "no code"},
    {1006, "abnormal"},
    {1007, "invalid data"},
    {1008, "policy"},
    {1009, "too large"},
    {1010, "extension missing"},
    {1011, "server error"},
    {1012, "service restart"},
    {1013, "try again later"},
    {1014, "bad gateway"},
    {1015, "TLS failed"},
};

static const char *
messages_type(unsigned opcode, char *out, size_t n)
{
	static const char *const name[16] = {
	    [WS_TEXT] = "text", [WS_BINARY] = "bin", [WS_CLOSE] = "close", [WS_PING] = "ping", [WS_PONG] = "pong"};

	if (opcode < 16 && name[opcode])
		snprintf(out, n, "%s", name[opcode]);
	else
		snprintf(out, n, "op%u", opcode);
	return out;
}

/* ---- one message ---- */

/* What is odd about it, in brackets behind its data; "" when nothing is. */
static void
messages_note(const struct messages *m, const struct ws_message *msg, const struct errmsg *why, char *out)
{
	unsigned fine = m->inflate ? WS_RSV1 : 0;
	int n = 0;

	*out = '\0';
	if (msg->frames > 1)
		n += snprintf(out + n, MESSAGES_NOTE_MAX - (size_t)n, "  (%u fragments)", msg->frames);
	if (!msg->whole)
		n += snprintf(out + n, MESSAGES_NOTE_MAX - (size_t)n, "  (in part)");
	if (msg->mask_wrong)
		n += snprintf(out + n, MESSAGES_NOTE_MAX - (size_t)n, "  (!) %s", m->dir == FLOW_REQUEST ? "not masked" : "masked");
	if (msg->rsv & ~fine)
		n += snprintf(out + n, MESSAGES_NOTE_MAX - (size_t)n, "  (!) reserved bits are set");
	if (why->text[0])
		snprintf(out + n, MESSAGES_NOTE_MAX - (size_t)n, "  (!) %s", why->text);
}

static bool
messages_is_text(const struct ws_message *msg)
{
	return msg->opcode == WS_TEXT || msg->opcode >= WS_PING;
}

/* The beginning of the data in so many columns; returns how many bytes of it were shown. */
static size_t
messages_put_data(struct text_lines *t, const struct ws_message *msg, struct span data, size_t room)
{
	if (messages_is_text(msg)) {
		struct span part = text_lines_cut(t, data, room);
		text_lines_add(t, TEXT_PLAIN, part);
		return part.n;
	}
	size_t n = room / MESSAGES_HEX_COLUMNS < data.n ? room / MESSAGES_HEX_COLUMNS : data.n;
	for (size_t i = 0; i < n; i++)
		text_lines_addf(t, TEXT_PLAIN, i ? " %02x" : "%02x", (unsigned char)data.p[i]);
	return n;
}

/* "1000 normal: reason" */
static void
messages_put_close(struct text_lines *t, struct span data)
{
	const unsigned char *p = (const unsigned char *)data.p;
	unsigned code = data.n < MESSAGES_STATUS_BYTES ? 0 : (unsigned)(p[0] << 8 | p[1]);
	const char *words = NULL;

	if (data.n < MESSAGES_STATUS_BYTES) {
		text_lines_words(t, TEXT_NOTE, data.n ? "(!) half a code" : "no code");
		return;
	}
	for (size_t i = 0; i < sizeof messages_close / sizeof messages_close[0]; i++)
		if (messages_close[i].code == code)
			words = messages_close[i].words;
	text_lines_addf(t, TEXT_PLAIN, "%u", code);
	if (words)
		text_lines_addf(t, TEXT_NOTE, " %s", words);
	if (data.n > MESSAGES_STATUS_BYTES) {
		text_lines_words(t, TEXT_NOTE, ": ");
		text_lines_add(
		    t, TEXT_PLAIN, span_of(data.p + MESSAGES_STATUS_BYTES, data.n - MESSAGES_STATUS_BYTES));
	}
}

/* Number, direction, type and size; returns the columns they take. */
static size_t
messages_put_front(const struct messages *m, unsigned number, const struct ws_message *msg, uint64_t size_n)
{
	char type[8], size[FMT_MAX];
	bool wide = m->env->width >= MESSAGES_WIDE_FROM;
	const struct glyphs *g = m->env->glyphs;

	messages_type(msg->opcode, type, sizeof type);
	text_lines_addf(m->t, TEXT_OFFSET, wide ? "%5u  " : "%3u ", number);
	if (!wide) {
		text_lines_addf(m->t, TEXT_NAME, "%-5s ", type);
		return 4 + 6;
	}
	const char *arrow = m->dir == FLOW_REQUEST ? g->out : g->in;
	text_lines_words(m->t, TEXT_NOTE, arrow);
	text_lines_words(m->t, TEXT_NOTE, text_columns(span_str(arrow)) > 1 ? "   " : "    ");
	text_lines_addf(m->t, TEXT_NAME, "%-5s ", type);
	*fmt_size(size, size_n) = '\0';
	text_lines_addf(m->t, TEXT_PLAIN, "%7s  ", size);
	return 7 + 5 + 6 + 9;
}

/* All of a message that has no room in its line, as a body is shown. */
static void
messages_put_whole(const struct messages *m, const struct ws_message *msg, struct span data)
{
	struct text_body_info info;
	const struct text_body body = {.bytes = data,
	    .seen = data.n,
	    .content_type = SPAN_LIT(""),
	    .content_encoding = SPAN_LIT(""),
	    .view = messages_is_text(msg) ? NULL : "hex",
	    .width = m->env->width};

	text_body(m->t, &body, &info);
}

/* The payload, inflated when it has to be; why tells what went wrong with that. */
static struct span
messages_data(struct messages *m, const struct ws_message *msg, uint64_t *size, struct errmsg *why)
{
	*size = msg->size;
	if (!m->inflate || !(msg->rsv & WS_RSV1) || msg->opcode >= WS_CLOSE)
		return msg->data;
	ws_inflate_message(m->inflate, msg->data, msg->whole, &m->plain, why);
	*size = m->plain.n;
	return buf_span(&m->plain);
}

static void
messages_put(struct messages *m, unsigned number, const struct ws_message *msg)
{
	const char *cut = m->t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...";
	struct errmsg why = {.text = ""};
	char note[MESSAGES_NOTE_MAX];
	uint64_t size;
	struct span data = messages_data(m, msg, &size, &why);

	text_lines_begin(m->t);
	size_t used = messages_put_front(m, number, msg, size);
	messages_note(m, msg, &why, note);
	used += strlen(note) + text_columns(span_str(cut));
	size_t width = (size_t)m->env->width, room = width > used + MESSAGES_ROOM_MIN ? width - used : MESSAGES_ROOM_MIN;
	if (msg->opcode == WS_CLOSE) {
		messages_put_close(m->t, data);
		text_lines_words(m->t, TEXT_NOTE, note);
		return;
	}
	bool more = messages_put_data(m->t, msg, data, room) < data.n;
	if (more)
		text_lines_words(m->t, TEXT_NOTE, cut);
	text_lines_words(m->t, TEXT_NOTE, note);
	if (more && m->env->unfold)
		messages_put_whole(m, msg, data);
	m->t->folds += more && !m->env->unfold;
}

/* ---- one direction ---- */

/* Whole messages in the bytes. */
static unsigned
messages_count(struct span bytes, bool client)
{
	struct ws_message msg;
	struct ws_walk w;
	unsigned n = 0;

	ws_walk_init(&w, bytes, client);
	while (ws_walk_next(&w, &msg, NULL) == WS_MESSAGE)
		n++;
	ws_walk_fini(&w);
	return n;
}

static void
messages_rule(const struct messages *m, unsigned n)
{
	text_lines_begin(m->t);
	text_lines_addf(m->t, TEXT_RULE, "from the %s  %u message%s", m->dir == FLOW_REQUEST ? "client" : "server", n,
	    n == 1 ? "" : "s");
	if (m->inflate)
		text_lines_words(m->t, TEXT_NOTE, "permessage-deflate");
}

/* What the list does not show, and why. shown: bytes looked at. */
static void
messages_rest(const struct messages *m, enum ws_step end, const struct ws_walk *w, size_t shown, const struct errmsg *why)
{
	const struct flow_body *b = flow_body(m->f, m->dir);
	char size[FMT_MAX], all[FMT_MAX];

	if (end == WS_BROKEN) {
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_BAD, "At byte %zu: %s.  7 Hex shows the bytes.", w->at, why->text);
	} else if (shown < b->kept) {
		*fmt_size_long(size, shown) = '\0';
		*fmt_size_long(all, b->kept) = '\0';
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_NOTE, "(shown %s of %s)", size, all);
	} else if (end == WS_CUT && b->kept == b->seen) {
		text_lines_note(m->t, m->f->ended ? "The stream ended inside a message." : "More of a message is still to come.");
	}
	if (b->kept < b->seen) {
		text_lines_begin(m->t);
		flow_page_shed(m->t, m->f, m->dir, m->env);
	}
}

static void
messages_list(struct messages *m, struct span bytes, size_t shown)
{
	struct errmsg why = {.text = ""};
	struct ws_message msg;
	struct ws_walk w;
	enum ws_step step;
	unsigned n = 0;

	ws_walk_init(&w, bytes, m->dir == FLOW_REQUEST);
	while ((step = ws_walk_next(&w, &msg, &why)) == WS_MESSAGE && n < MESSAGES_MAX && !m->t->cut)
		messages_put(m, ++n, &msg);
	if (step == WS_CUT && msg.frames)
		messages_put(m, ++n, &msg);
	if (step == WS_MESSAGE) {
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_NOTE, "(the first %u are listed)", n);
	} else {
		messages_rest(m, step, &w, shown, &why);
	}
	ws_walk_fini(&w);
}

/* A request that asks for an upgrade may have a body of its own before the frames. */
static size_t
messages_skip(const struct flow *f, enum flow_dir dir, size_t n)
{
	struct span length = dir == FLOW_REQUEST ? flow_head_field(f, dir, "content-length") : SPAN_NONE;
	size_t skip = 0;

	for (size_t i = 0; i < length.n && length.p[i] >= '0' && length.p[i] <= '9' && skip < n; i++)
		skip = skip * 10 + (size_t)(length.p[i] - '0');
	return skip < n ? skip : n;
}

static void
messages_of(struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	const struct flow_body *b = flow_body(f, dir);
	struct messages m = {.t = t, .f = f, .env = env, .dir = dir};
	size_t n = flow_body_copy(b, NULL, TEXT_BODY_MAX), skip = messages_skip(f, dir, n);
	char *copy = mem_alloc(n + 1);
	struct span bytes = span_of(copy + skip, n - skip);

	flow_body_copy(b, copy, n);
	buf_init(&m.plain, 0);
	if (ws_deflate_agreed(flow_head_field(f, FLOW_RESPONSE, "sec-websocket-extensions")))
		m.inflate = ws_inflate_new(CODING_OUT_MAX_BYTES);
	messages_rule(&m, messages_count(bytes, dir == FLOW_REQUEST));
	if (!n && !b->seen && f->bytes[dir])
		text_lines_note(t, "not kept: memory limit, see --memory");
	else
		messages_list(&m, bytes, n);
	ws_inflate_free(m.inflate);
	buf_fini(&m.plain);
	free(copy);
}

/* ---- flows without messages ---- */

static void
messages_none_http(struct text_lines *t, const struct flow *f)
{
	bool asked = span_ieq(flow_head_field(f, FLOW_REQUEST, "upgrade"), SPAN_LIT("websocket"));

	if (asked && !f->status && !f->ended) {
		text_lines_words(t, TEXT_NOTE, "Messages: not yet.  The server has not answered the upgrade to WebSocket.");
		return;
	}
	text_lines_words(t, TEXT_NOTE, "Messages: none.  This is a plain HTTP flow (");
	text_lines_words(t, TEXT_NOTE, flow_proto_name((enum flow_proto)f->proto));
	text_lines_words(t, TEXT_NOTE, " ");
	text_lines_add(t, TEXT_PLAIN, text_lines_cut(t, f->method, 24));
	text_lines_words(t, TEXT_NOTE, asked ? ") whose upgrade to WebSocket was not agreed to." : ").");
}

static void
messages_none(struct text_lines *t, const struct flow *f)
{
	char up[FMT_MAX], down[FMT_MAX];
	struct span to = f->status == 101 ? flow_head_field(f, FLOW_RESPONSE, "upgrade") : SPAN_NONE;

	text_lines_begin(t);
	if (f->status != 101 && f->proto != FLOW_RAW) {
		if (f->method.p)
			messages_none_http(t, f);
		else
			text_lines_words(t, TEXT_NOTE,
			    f->ended ? "Messages: none.  No request was seen." : "Messages: not yet.  No request was seen so far.");
		return;
	}
	text_lines_words(t, TEXT_NOTE, "Messages: none.  This is a plain stream");
	if (to.n) {
		text_lines_words(t, TEXT_NOTE, " after an upgrade to ");
		text_lines_add(t, TEXT_PLAIN, text_lines_cut(t, to, 24));
	}
	*fmt_size_long(up, f->bytes[FLOW_REQUEST]) = '\0';
	*fmt_size_long(down, f->bytes[FLOW_RESPONSE]) = '\0';
	text_lines_addf(t, TEXT_NOTE, ": %s from the client, %s from the server.  7 Hex shows the bytes.", up, down);
}

void
flow_page_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	if (flow_has_body_messages(f)) {
		flow_page_body_messages(t, f, env);
		return;
	}
	if (f->proto != FLOW_WS) {
		messages_none(t, f);
		return;
	}
	if (env->width >= MESSAGES_WIDE_FROM)
		text_lines_note(t, "    N  DIR  TYPE     SIZE  DATA");
	messages_of(t, f, FLOW_REQUEST, env);
	messages_of(t, f, FLOW_RESPONSE, env);
}
