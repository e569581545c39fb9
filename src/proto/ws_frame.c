/* SPDX-License-Identifier: MIT
 * WebSocket frames and messages. */
#include "proto/ws_frame.h"

#include "proto/http_char.h"

enum {
	WS_FIN = 0x80,
	WS_RSV_SHIFT = 4,
	WS_RSV_BITS = 7,
	WS_OPCODE_BITS = 0x0f,
	WS_MASKED = 0x80,
	WS_LENGTH_BITS = 0x7f,
	WS_LENGTH_16 = 126,
	WS_LENGTH_64 = 127,
	WS_MASK_BYTES = 4
};

static uint64_t
ws_number(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static bool
ws_is_control(uint8_t opcode)
{
	return opcode >= WS_CLOSE;
}

static int
ws_frame_check(const struct ws_frame *f, struct errmsg *why)
{
	if (f->payload_n >> 63)
		return err_set(why, ERR_SYNTAX, "the length of a frame has its highest bit set");
	if (!ws_is_control(f->opcode))
		return 1;
	if (!f->fin)
		return err_set(why, ERR_SYNTAX, "a control frame comes in fragments");
	if (f->payload_n > WS_CONTROL_MAX_BYTES)
		return err_set(why, ERR_SYNTAX, "a control frame has more than %d bytes", WS_CONTROL_MAX_BYTES);
	return 1;
}

int
ws_frame_parse(struct span in, struct ws_frame *out, struct errmsg *why)
{
	const unsigned char *p = (const unsigned char *)in.p;

	if (in.n < 2)
		return 0;
	*out = (struct ws_frame){.fin = p[0] & WS_FIN,
	    .masked = p[1] & WS_MASKED,
	    .opcode = p[0] & WS_OPCODE_BITS,
	    .rsv = p[0] >> WS_RSV_SHIFT & WS_RSV_BITS,
	    .payload_n = p[1] & WS_LENGTH_BITS,
	    .head_n = 2};
	size_t more = out->payload_n == WS_LENGTH_64 ? 8 : out->payload_n == WS_LENGTH_16 ? 2 : 0;
	size_t mask = out->masked ? WS_MASK_BYTES : 0;
	if (in.n < 2 + more + mask)
		return 0;
	if (more)
		out->payload_n = ws_number(p + 2, more);
	for (size_t i = 0; i < mask; i++)
		out->mask[i] = p[2 + more + i];
	out->head_n += more + mask;
	return ws_frame_check(out, why);
}

void
ws_frame_unmask(const struct ws_frame *f, uint64_t at, const char *in, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)((unsigned char)in[i] ^ f->mask[(at + i) % WS_MASK_BYTES]);
}

/* ---- messages ---- */

void
ws_walk_init(struct ws_walk *w, struct span in, bool client)
{
	*w = (struct ws_walk){.in = in, .client = client};
	buf_init(&w->data, in.n);
}

void
ws_walk_fini(struct ws_walk *w)
{
	buf_fini(&w->data);
}

/* What is read of the message that is open. */
static struct ws_message
ws_walk_opened(const struct ws_walk *w, bool whole)
{
	return (struct ws_message){.opcode = w->opcode,
	    .rsv = w->rsv,
	    .whole = whole,
	    .mask_wrong = w->mask_wrong,
	    .frames = w->frames,
	    .size = w->size,
	    .data = buf_span(&w->data)};
}

/* Takes a frame of a message, whose payload begins at p and is there up to n bytes. */
static int
ws_walk_data(struct ws_walk *w, const struct ws_frame *f, const char *p, size_t n, struct errmsg *why)
{
	if (f->opcode == WS_CONTINUATION && !w->open)
		return err_set(why, ERR_SYNTAX, "a fragment continues no message");
	if (f->opcode != WS_CONTINUATION && w->open)
		return err_set(why, ERR_SYNTAX, "a message begins before the one before has ended");
	if (!w->open) {
		w->open = true;
		w->opcode = f->opcode;
		w->rsv = f->rsv;
		w->frames = 0;
		w->mask_wrong = false;
		w->size = 0;
		buf_clear(&w->data);
	}
	w->frames++;
	w->mask_wrong |= f->masked != w->client;
	w->size = w->size + f->payload_n < w->size ? UINT64_MAX : w->size + f->payload_n;
	char *to = n ? buf_reserve(&w->data, n) : NULL;
	if (to) { /* the buffer takes as much as there are bytes in all */
		ws_frame_unmask(f, 0, p, n, to);
		w->data.n += n;
	}
	return 0;
}

static void
ws_walk_control(struct ws_walk *w, const struct ws_frame *f, const char *p, size_t n, struct ws_message *out)
{
	ws_frame_unmask(f, 0, p, n, w->control);
	*out = (struct ws_message){.opcode = f->opcode,
	    .rsv = f->rsv,
	    .whole = n == f->payload_n,
	    .mask_wrong = f->masked != w->client,
	    .frames = 1,
	    .size = f->payload_n,
	    .data = span_of(w->control, n)};
}

static enum ws_step
ws_walk_cut(struct ws_walk *w, struct ws_message *out)
{
	*out = w->open ? ws_walk_opened(w, false) : (struct ws_message){.data = SPAN_LIT("")};
	w->at = w->in.n;
	return WS_CUT;
}

enum ws_step
ws_walk_next(struct ws_walk *w, struct ws_message *out, struct errmsg *why)
{
	for (;;) {
		struct span rest = span_of(w->in.p + w->at, w->in.n - w->at);
		struct ws_frame f;
		if (!rest.n && !w->open)
			return WS_END;
		int got = ws_frame_parse(rest, &f, why);
		if (got < 0)
			return WS_BROKEN;
		if (!got)
			return ws_walk_cut(w, out);
		size_t left = rest.n - f.head_n, n = f.payload_n < left ? (size_t)f.payload_n : left;
		bool control = ws_is_control(f.opcode), whole = n == f.payload_n;
		if (control)
			ws_walk_control(w, &f, rest.p + f.head_n, n, out);
		else if (ws_walk_data(w, &f, rest.p + f.head_n, n, why))
			return WS_BROKEN;
		w->at += f.head_n + n;
		if (!whole)
			return control && !w->open ? WS_CUT : ws_walk_cut(w, out);
		if (control)
			return WS_MESSAGE;
		if (!f.fin)
			continue;
		w->open = false;
		*out = ws_walk_opened(w, true);
		return WS_MESSAGE;
	}
}

/* The part of a list before its next separator, which is taken off it with what is before. */
static struct span
list_next(struct span *list, char separator)
{
	const char *end = memchr(list->p, separator, list->n);
	size_t n = end ? (size_t)(end - list->p) : list->n;
	struct span part = http_trim(span_of(list->p, n));

	n += end ? 1 : 0;
	*list = span_of(list->p + n, list->n - n);
	return part;
}

/* Finds permessage-deflate; what is behind its name is in *parameters. */
static bool
deflate_find(struct span list, struct span *parameters)
{
	while (list.n) {
		*parameters = list_next(&list, ',');
		if (parameters->n && span_ieq(list_next(parameters, ';'), SPAN_LIT("permessage-deflate")))
			return true;
	}
	return false;
}

bool
ws_deflate_agreed(struct span list)
{
	struct span parameters;

	return deflate_find(list, &parameters);
}

bool
ws_deflate_alone(struct span extensions, bool client)
{
	struct span parameters, name = client ? SPAN_LIT("client_no_context_takeover") : SPAN_LIT("server_no_context_takeover");

	if (!deflate_find(extensions, &parameters))
		return false;
	while (parameters.n)
		if (span_ieq(list_next(&parameters, ';'), name))
			return true;
	return false;
}
