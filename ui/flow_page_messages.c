/* SPDX-License-Identifier: MIT
 * The tab Messages: the messages of a WebSocket in the order they came, and what became of those that were held. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "flow/message_walk.h"
#include "proto/ws_frame.h"
#include "text/text_body.h"
#include "text/text_view.h"
#include "text/text_mask.h"
#include "ui/flow_page.h"
#include "ui/flow_page_body_messages.h"
#include "ui/fmt.h"
#include "ui/glyph.h"
#include "ui/message_index.h"
#include "ui/message_rate.h"

enum {
	MESSAGES_TIME_FROM = 72,  /* columns: TIME and the gap before */
	MESSAGES_WIDE_FROM = 60,  /* DIR and SIZE */
	MESSAGES_ROOM_MIN = 8,	  /* columns of DATA, however narrow the screen is */
	MESSAGES_HEX_COLUMNS = 3, /* of one byte */
	MESSAGES_NOTE_MAX = 160,
	MESSAGES_GAP_MAX_MS = 100000,
	MESSAGES_STATUS_BYTES = 2 /* the code in a close frame */
};

/* The list being made. */
struct messages {
	struct text_lines *t;
	const struct flow *f;
	const struct flow_page_env *env;
	const struct flow_message *held;
	const struct message_index *index;
	uint64_t before_ns;	/* when the one before came; 0: unknown */
	struct fmt_clock clock;
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

struct span
flow_page_message_type(unsigned opcode, char *out, size_t size_bytes)
{
	static const char *const name[16] = {
	    [WS_TEXT] = "text", [WS_BINARY] = "bin", [WS_CLOSE] = "close", [WS_PING] = "ping", [WS_PONG] = "pong"};

	if (opcode < 16 && name[opcode])
		return span_str(name[opcode]);
	snprintf(out, size_bytes, "op%u", opcode);
	return span_str(out);
}

static const char messages_not_kept[] = "not kept: memory limit, see --memory";

/* ---- one message ---- */

static void
note_add(char *out, const char *words)
{
	size_t n = strlen(out);

	snprintf(out + n, MESSAGES_NOTE_MAX - n, "  %s", words);
}

/* What became of it, behind its data. */
static void
messages_fate(const struct messages *m, const struct flow_message *known, char *out)
{
	static const char *const word[FLOW_MESSAGE_WHATS] = {
	    [FLOW_MESSAGE_HELD] = "(was held)",
	    [FLOW_MESSAGE_EDITED] = "(edited)",
	    [FLOW_MESSAGE_DROPPED] = "DROPPED",
	    [FLOW_MESSAGE_INJECTED] = "(injected)"};

	if (known == m->held)
		note_add(out, "HELD");
	else if (word[known->what])
		note_add(out, word[known->what]);
}

/* What is odd about it, in brackets behind its data; "" when nothing is. */
static void
messages_note(const struct messages *m, const struct message_row *row, char *out)
{
	const struct ws_message *msg = &row->msg;
	unsigned fine = m->index->deflate ? WS_RSV1 : 0;
	char text[96];

	*out = '\0';
	if (row->known)
		messages_fate(m, row->known, out);
	if (!row->kept)
		return;
	snprintf(text, sizeof text, "(%u fragments)", msg->frames);
	if (msg->frames > 1)
		note_add(out, text);
	if (!msg->whole)
		note_add(out, "(in part)");
	if (msg->mask_wrong)
		note_add(out, row->dir == FLOW_REQUEST ? "(!) not masked" : "(!) masked");
	if (msg->rsv & ~fine)
		note_add(out, "(!) reserved bits are set");
	snprintf(text, sizeof text, "(!) %.80s", row->why.text);
	if (row->why.text[0])
		note_add(out, text);
}

static bool
messages_is_text(unsigned opcode)
{
	return opcode == WS_TEXT || opcode >= WS_PING;
}

/* The beginning of the data in so many columns; returns how many bytes of it were shown. */
static size_t
messages_put_data(struct text_lines *t, unsigned opcode, struct span data, size_t room, enum text_role role)
{
	char *own;

	if (messages_is_text(opcode)) {
		struct span part = text_lines_cut(t, data, room);
		text_lines_add(t, role, text_mask(TEXT_MASK_BODY, part, t->escape, &own));
		free(own);
		return part.n;
	}
	size_t n = room / MESSAGES_HEX_COLUMNS < data.n ? room / MESSAGES_HEX_COLUMNS : data.n;
	struct span part = text_mask(TEXT_MASK_BODY, span_of(data.p, n), t->escape, &own);
	for (size_t i = 0; i < n; i++)
		text_lines_addf(t, role, i ? " %02x" : "%02x", (unsigned char)part.p[i]);
	free(own);
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

/* An arrow; of one that was touched a letter in it, which says how. */
static void
messages_put_arrow(const struct messages *m, const struct message_row *row)
{
	static const char letter[FLOW_MESSAGE_WHATS] = {
	    [FLOW_MESSAGE_EDITED] = '~', [FLOW_MESSAGE_DROPPED] = 'x', [FLOW_MESSAGE_INJECTED] = '+'};
	const struct flow_message *known = row->known;
	char c = known && known == m->held ? 'H' : known ? letter[known->what] : '\0';
	const char *arrow = row->dir == FLOW_REQUEST ? m->env->glyphs->out : m->env->glyphs->in;

	if (c) {
		text_lines_addf(m->t, TEXT_NOTE, row->dir == FLOW_REQUEST ? "%c>   " : "<%c   ", c);
		return;
	}
	text_lines_words(m->t, TEXT_NOTE, arrow);
	text_lines_words(m->t, TEXT_NOTE, text_columns(span_str(arrow)) > 1 ? "   " : "    ");
}

/* "03:27.310    11  " */
static void
messages_put_time(struct messages *m, const struct message_row *row)
{
	uint64_t ns = row->known ? row->known->mono_ns : 0, begin = m->f->mono_ns;
	uint64_t gap_ms = ns > m->before_ns ? (ns - m->before_ns) / 1000000u : 0;
	char text[FMT_MAX + 1], gap[FMT_MAX + 1];

	if (!ns) {
		text_lines_addf(m->t, TEXT_PLAIN, "%9s %5s  ", "-", "-");
		return;
	}
	*fmt_time_ms(&m->clock, text, m->f->wall_ns + (ns > begin ? ns - begin : 0)) = '\0';
	if (!m->before_ns)
		snprintf(gap, sizeof gap, "-");
	else if (gap_ms < MESSAGES_GAP_MAX_MS)
		*fmt_u64(gap, gap_ms) = '\0';
	else
		*fmt_duration(gap, gap_ms * 1000) = '\0';
	text_lines_addf(m->t, TEXT_PLAIN, "%9s %5s  ", text + 3, gap);
	m->before_ns = ns;
}

/* Number, direction, time, type and size; returns the columns they take. */
static size_t
messages_put_front(struct messages *m, const struct message_row *row, uint64_t number, uint64_t size_n)
{
	char own[8], size[FMT_MAX + 1];
	const char *type = flow_page_message_type(row->msg.opcode, own, sizeof own).p;
	bool wide = m->env->width >= MESSAGES_WIDE_FROM, time = m->env->width >= MESSAGES_TIME_FROM;

	text_lines_addf(m->t, TEXT_OFFSET, wide ? "%5llu  " : "%3llu ", (unsigned long long)number);
	if (!wide) {
		text_lines_addf(m->t, TEXT_NAME, "%-5s ", type);
		return 4 + 6;
	}
	messages_put_arrow(m, row);
	if (time)
		messages_put_time(m, row);
	text_lines_addf(m->t, TEXT_NAME, "%-5s ", type);
	*fmt_size(size, size_n) = '\0';
	text_lines_addf(m->t, TEXT_PLAIN, "%6s  ", size);
	return 7 + 5 + (time ? 17 : 0) + 6 + 8;
}

static enum text_role
messages_role(const struct messages *m, const struct message_item *i)
{
	bool differs = m->env->shown == FLOW_SHOWN_DIFF && (i->removed || (i->sent && i->kept));

	return !differs ? TEXT_PLAIN : i->sent ? TEXT_ADDED : TEXT_REMOVED;
}

/* A line. */
static void
messages_put(struct messages *m, const struct message_item *i)
{
	const char *cut = m->t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...";
	bool absent = !i->sent && !i->kept, more = false;
	char note[MESSAGES_NOTE_MAX];
	struct message_row row;

	message_index_row(m->index, m->f, i, &row);
	struct span data = message_index_data(m->index, m->f, i);
	text_lines_begin(m->t);
	size_t used = messages_put_front(m, &row, i->number, i->sent || !i->kept ? data.n : row.msg.size);
	messages_note(m, &row, note);
	used += strlen(note) + text_columns(span_str(cut));
	size_t width = (size_t)m->env->width, room = width > used + MESSAGES_ROOM_MIN ? width - used : MESSAGES_ROOM_MIN;
	if (absent)
		text_lines_words(m->t, TEXT_NOTE, messages_not_kept);
	else if (row.msg.opcode == WS_CLOSE)
		messages_put_close(m->t, data);
	else
		more = messages_put_data(m->t, row.msg.opcode, data, room, messages_role(m, i)) < data.n;
	/* A line that is too long even so gets a cut mark of its own. */
	if (more && width + text_columns(span_str(cut)) >= used + room)
		text_lines_words(m->t, TEXT_NOTE, cut);
	text_lines_words(m->t, TEXT_NOTE, note);
}

/* ---- the list ---- */

/* What it does not show of a direction, and why. */
static void
messages_rest(const struct messages *m, const struct message_rest *s, enum flow_dir dir)
{
	const struct flow_body *b = flow_body(m->f, dir);
	const char *who = dir == FLOW_REQUEST ? "client" : "server";
	char size[FMT_MAX + 1], all[FMT_MAX + 1];

	if (s->over && s->end == WS_BROKEN) {
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_BAD, "From the %s at byte %zu: %s. See 7 Hex.", who, s->at, s->why.text);
	} else if (s->looked < b->kept) {
		*fmt_size_long(size, s->looked) = '\0';
		*fmt_size_long(all, b->kept) = '\0';
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_NOTE, "From the %s: shown %s of %s.", who, size, all);
	} else if (s->over && s->end == WS_CUT && b->kept == b->seen) {
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_NOTE,
		    m->f->ended ? "The %s's stream ended inside a message." : "More of a message of the %s is still to come.", who);
	}
	if (b->kept < b->seen) {
		text_lines_begin(m->t);
		flow_page_shed(m->t, m->f, dir, m->env);
	}
}

/* The right end of the heading. */
static void
messages_note_right(struct text_lines *t, const char *words, bool follow)
{
	if (*words || follow)
		text_lines_addf(t, TEXT_NOTE, "%s%s%s", words, *words && follow ? "   " : "", follow ? "FOLLOW" : "");
}

/* Nothing was shed, too much, or no message at all. */
static bool
messages_all_counted(const struct messages *m)
{
	for (int dir = 0; dir < 2; dir++) {
		const struct message_rest *s = &m->index->rest[dir];
		if (s->looked < flow_body(m->f, (enum flow_dir)dir)->seen || (s->over && s->end == WS_BROKEN))
			return false;
	}
	return true;
}

static void
messages_heading(struct messages *m)
{
	const struct flow_messages *all = m->f->detail ? m->f->detail->messages : NULL;
	uint64_t listed = m->index->listed;
	bool wide = m->env->width >= MESSAGES_WIDE_FROM;
	const struct message_rate r = message_rate_of(m->f, messages_all_counted(m) ? m->index->socket_total : NULL, m->env->now_ns);
	char rate[MESSAGE_RATE_BYTES];

	text_lines_begin(m->t);
	if (all)
		text_lines_addf(m->t, TEXT_RULE, "%u message%s%s", all->n, all->n == 1 ? "" : "s", all->n == FLOW_MESSAGES_MAX ? " or more" : "");
	else
		text_lines_words(m->t, TEXT_RULE, "messages");
	messages_note_right(m->t, wide ? message_rate_text(&r, rate) : "", m->env->rows->follow);
	if (!all)
		text_lines_note(m->t, "When each came was not recorded: the client's stand first.");
	if (listed < m->index->total) {
		text_lines_begin(m->t);
		text_lines_addf(m->t, TEXT_NOTE, "(the latest %llu are listed, %llu came before them)", (unsigned long long)listed,
		    (unsigned long long)(m->index->total - listed));
	}
	if (m->env->width >= MESSAGES_TIME_FROM)
		text_lines_note(m->t, "    N  DIR  TIME        +ms  TYPE    SIZE  DATA");
	else if (m->env->width >= MESSAGES_WIDE_FROM)
		text_lines_note(m->t, "    N  DIR  TYPE    SIZE  DATA");
}

/* When the one came that stands before. */
static void
messages_begin_at(struct messages *m, size_t from)
{
	struct message_row row;

	for (m->before_ns = 0; from-- && !m->before_ns;) {
		message_index_row(m->index, m->f, &m->index->item[from], &row);
		m->before_ns = row.known ? row.known->mono_ns : 0;
	}
}

static void
messages_list(struct messages *m)
{
	struct message_rows *rows = m->env->rows;

	m->index = rows->index;
	messages_heading(m);
	messages_begin_at(m, rows->from);
	rows->line = m->t->nlines;
	for (size_t i = rows->from; i < rows->to; i++)
		messages_put(m, &m->index->item[i]);
	rows->line_end = m->t->nlines;
	messages_rest(m, &m->index->rest[FLOW_REQUEST], FLOW_REQUEST);
	messages_rest(m, &m->index->rest[FLOW_RESPONSE], FLOW_RESPONSE);
	if (!m->held)
		return;
	text_lines_begin(m->t);
	text_lines_addf(m->t, TEXT_NOTE, "Held by rule %u: a lets it go on, e edits it, x drops it.", m->f->detail->hold.rule);
}

/* ---- all of a message ---- */

void
flow_page_message_heading(
    struct text_lines *head, const struct message_item *item, struct span type, uint64_t size_bytes, const char *view)
{
	char size[FMT_MAX + 1], word[MESSAGES_NOTE_MAX];

	*fmt_size_long(size, size_bytes) = '\0';
	escape_text(word, sizeof word, type, head->escape);
	text_lines_begin(head);
	text_lines_addf(head, TEXT_RULE, "message %llu  %s  %s %s", (unsigned long long)item->number,
	    item->dir == FLOW_REQUEST ? "client -> server" : "server -> client", word, size);
	if (view)
		text_lines_addf(head, TEXT_NOTE, "view: %s", view);
}

void
flow_page_message_why(struct text_lines *t, const struct errmsg *why)
{
	text_lines_begin(t);
	text_lines_addf(t, TEXT_BAD, "(!) %s", why->text);
}

const char *
flow_page_message_view(struct span text)
{
	return strcmp(text_view_pick(SPAN_LIT(""), text)->name, "hex") == 0 ? "text" : NULL;
}

static void
message_put(struct text_lines *head, struct messages *m, const struct message_item *i)
{
	struct text_body_info info = {.view = NULL};
	struct message_row row;
	char type[8];

	message_index_row(m->index, m->f, i, &row);
	struct span data = message_index_data(m->index, m->f, i);
	const char *view = m->env->view[i->dir], *plain = messages_is_text(row.msg.opcode) ? flow_page_message_view(data) : "hex";
	const struct text_body body = {.bytes = data,
	    .seen = row.msg.whole ? data.n : data.n + 1,
	    .content_type = SPAN_LIT(""),
	    .content_encoding = SPAN_LIT(""),
	    .view = view ? view : plain,
	    .width = m->env->width};

	if (!i->sent && row.why.text[0])
		flow_page_message_why(m->t, &row.why);
	if (!i->sent && !i->kept)
		text_lines_note(m->t, messages_not_kept);
	else if (row.msg.opcode == WS_CLOSE) {
		text_lines_begin(m->t);
		messages_put_close(m->t, data);
	} else if (data.n)
		text_body(m->t, &body, &info);
	else
		text_lines_note(m->t, "It has no data.");
	flow_page_message_heading(head, i, flow_page_message_type(row.msg.opcode, type, sizeof type), i->sent || !i->kept ? data.n : row.msg.size, info.view);
}

void
flow_page_message(struct text_lines *head, struct text_lines *t, const struct flow *f, const struct flow_page_env *env,
    const struct message_item *item)
{
	struct messages m = {.t = t, .f = f, .env = env, .index = env->rows->index};

	if (flow_has_body_messages(f))
		flow_page_body_message(head, t, f, env, item);
	else
		message_put(head, &m, item);
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

/* Its summary alone is left. */
static bool
messages_are_shed(const struct flow *f)
{
	return !f->detail && (f->proto == FLOW_WS || flow_has_body_messages(f));
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

static void
messages_none_match(struct text_lines *t, const struct flow_page_env *env)
{
	if (env->rows->index->hidden && !env->rows->index->n)
		text_lines_note(t, "None of them is what the filter asks for.");
}

void
flow_page_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	struct messages m = {.t = t, .f = f, .env = env, .held = flow_message_held(f)};

	if (messages_are_shed(f)) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NOTE, "Messages: %s", messages_not_kept);
	} else if (flow_has_body_messages(f))
		flow_page_body_messages(t, f, env);
	else if (f->proto != FLOW_WS)
		messages_none(t, f);
	else
		messages_list(&m);
	messages_none_match(t, env);
}
