/* SPDX-License-Identifier: MIT
 * Messages in bodies. */
#include "flow/body_messages.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"
#include "proto/grpc_frame.h"
#include "proto/sse.h"

enum { ROWS_FIRST = 64, TRAILER_MAX = 8192 };

/* Where a message lies in the body, or in what it was decoded to. */
struct row {
	uint64_t at, n; /* all of its bytes */
	uint64_t size;  /* of its data */
	uint32_t came_ms;
	uint8_t flags;  /* gRPC */
};

struct side {
	enum flow_dir dir;
	bool there, events;
	enum grpc_kind grpc;
	struct row *row;     /* a ring, once it has BODY_MESSAGES_KEPT */
	size_t row_cap;
	uint64_t total;
	uint64_t fed;        /* bytes given to the reader */
	struct sse_reader sse;
	struct grpc_reader frames;
	bool broken;
	struct errmsg why;
	bool decodes;        /* what is read is `decoded` */
	struct buf decoded;
	uint64_t decoded_of; /* recorded bytes that it was made from */
	unsigned piece;      /* of the body, for reading on ... */
	uint64_t piece_at;   /* ... and the place of its first byte */
	uint32_t came_ms;    /* what is being read */
};

struct body_messages {
	const struct flow *f;
	uint64_t number;     /* of the flow; 0: none yet */
	bool edited[2];
	struct side side[2];
	struct buf raw, plain; /* of the message asked for last */
	struct sse_reader one;
	size_t inflate_left; /* bytes that may still be decompressed */
};

/* ---- beginning and end ---- */

static void
side_init(struct side *s, enum flow_dir dir)
{
	*s = (struct side){.dir = dir};
	sse_reader_init(&s->sse, 0, 0);
	buf_init(&s->decoded, CODING_OUT_MAX_BYTES);
}

static void
side_fini(struct side *s)
{
	sse_reader_fini(&s->sse);
	buf_fini(&s->decoded);
	free(s->row);
}

static void
side_again(struct side *s)
{
	enum flow_dir dir = s->dir;

	side_fini(s);
	side_init(s, dir);
}

struct body_messages *
body_messages_new(void)
{
	struct body_messages *b = mem_zalloc(sizeof *b);

	side_init(&b->side[FLOW_REQUEST], FLOW_REQUEST);
	side_init(&b->side[FLOW_RESPONSE], FLOW_RESPONSE);
	sse_reader_init(&b->one, 0, 0);
	buf_init(&b->raw, BODY_MESSAGE_MAX + GRPC_HEAD_BYTES);
	buf_init(&b->plain, CODING_OUT_MAX_BYTES);
	return b;
}

void
body_messages_free(struct body_messages *b)
{
	if (!b)
		return;
	side_fini(&b->side[FLOW_REQUEST]);
	side_fini(&b->side[FLOW_RESPONSE]);
	sse_reader_fini(&b->one);
	buf_fini(&b->raw);
	buf_fini(&b->plain);
	free(b);
}

/* ---- bytes ---- */

static const struct flow_body *
side_body(const struct body_messages *b, const struct side *s)
{
	return flow_body(b->f, s->dir);
}

/* The bytes from that place on that lie together; empty at the end. */
static struct span
side_bytes(const struct body_messages *b, struct side *s, uint64_t at)
{
	const struct flow_body *body = side_body(b, s);

	if (s->decodes)
		return at < s->decoded.n ? span_of(s->decoded.p + at, s->decoded.n - (size_t)at) : SPAN_LIT("");
	if (at < s->piece_at || s->piece > body->npieces)
		s->piece = 0, s->piece_at = 0;
	while (s->piece < body->npieces && at >= s->piece_at + body->piece[s->piece].n)
		s->piece_at += body->piece[s->piece++].n;
	if (s->piece == body->npieces)
		return SPAN_LIT("");
	size_t skip = (size_t)(at - s->piece_at);
	return span_of(body->piece[s->piece].p + skip, body->piece[s->piece].n - skip);
}

/* What can be read now. */
static uint64_t
side_end(const struct body_messages *b, const struct side *s)
{
	const struct flow_body *body = side_body(b, s);

	return s->decodes ? s->decoded.n : body->kept - body->spilled;
}

/* Decodes what is recorded, when more of it is than last time. */
static void
side_decode(struct body_messages *b, struct side *s, struct span codings)
{
	const struct flow_body *body = side_body(b, s);
	size_t n = flow_body_copy(body, NULL, BODY_MESSAGES_DECODE_MAX);
	struct coding_result r;
	struct buf plain;

	if (n == s->decoded_of)
		return;
	s->decoded_of = n;
	char *copy = mem_alloc(n + 1);
	struct span bytes = span_of(copy, flow_body_copy(body, copy, n));
	buf_init(&plain, CODING_OUT_MAX_BYTES);
	coding_undo(codings, bytes, &coding_limits_default, &plain, &r);
	if (!s->broken)
		s->why.text[0] = '\0';
	if (r.coded || (r.end != CODING_WHOLE && r.end != CODING_CUT_SHORT))
		s->why = r.why;
	buf_clear(&s->decoded);
	bytes = r.changed ? buf_span(&plain) : bytes;
	if (r.coded)
		bytes = SPAN_LIT("");
	if (s->grpc == GRPC_WEB_TEXT)
		grpc_text_decode(bytes, &s->decoded, s->why.text[0] ? NULL : &s->why);
	else
		buf_add_span(&s->decoded, bytes);
	buf_fini(&plain);
	free(copy);
}

/* ---- finding ---- */

static void
side_row(struct side *s, struct row row)
{
	if (s->total == s->row_cap && s->row_cap < BODY_MESSAGES_KEPT) {
		s->row_cap = s->row_cap ? s->row_cap * 2 : ROWS_FIRST;
		if (s->row_cap > BODY_MESSAGES_KEPT)
			s->row_cap = BODY_MESSAGES_KEPT;
		s->row = mem_resize(s->row, s->row_cap, sizeof *s->row);
	}
	row.came_ms = s->came_ms;
	s->row[s->total++ % s->row_cap] = row;
}

static void
side_find_events(struct side *s, struct span in)
{
	struct sse_event e;

	while (sse_reader_next(&s->sse, &in, &e))
		side_row(s, (struct row){.at = e.at, .n = e.n, .size = e.data_n});
}

static void
side_find_frames(struct side *s, struct span in)
{
	struct grpc_frame f;
	int got;

	while ((got = grpc_reader_next(&s->frames, &in, &f, &s->why)) == 1)
		side_row(s, (struct row){.at = f.at, .n = (uint64_t)f.n + GRPC_HEAD_BYTES, .size = f.n, .flags = f.flags});
	s->broken = got < 0;
}

/* Returns the bytes it looked through. */
static size_t
side_read(struct body_messages *b, struct side *s, size_t max)
{
	size_t done = 0;

	while (done < max && !s->broken) {
		struct span in = side_bytes(b, s, s->fed);
		in.n = in.n < max - done ? in.n : max - done;
		if (!in.n)
			break;
		s->came_ms = s->decodes ? 0 : side_body(b, s)->piece[s->piece].came_ms;
		if (s->events)
			side_find_events(s, in);
		else
			side_find_frames(s, in);
		s->fed += in.n;
		done += in.n;
	}
	return done;
}

static void
side_set(struct side *s, bool events, enum grpc_kind grpc, struct span codings)
{
	s->events = events;
	s->grpc = grpc;
	s->there = events || grpc != GRPC_NONE;
	s->decodes = codings.n > 0 || grpc == GRPC_WEB_TEXT;
}

/* What the flow's heads say of a direction; it begins again when that is news, or the body is not the one it was. */
static void
side_look(struct body_messages *b, struct side *s)
{
	const struct flow *f = b->f;
	struct span type = flow_head_field(f, s->dir, "content-type"), codings = flow_head_field(f, s->dir, "content-encoding");
	bool events = f->proto == FLOW_SSE && s->dir == FLOW_RESPONSE;
	enum grpc_kind grpc = f->proto == FLOW_GRPC ? grpc_type(type) : GRPC_NONE;
	bool edited = flow_original(f, s->dir) != NULL;

	if (s->events != events || s->grpc != grpc || b->edited[s->dir] != edited || side_body(b, s)->kept < s->decoded_of ||
	    (!s->decodes && side_end(b, s) < s->fed))
		side_again(s);
	b->edited[s->dir] = edited;
	side_set(s, events, grpc, codings);
	if (!s->there || !s->decodes)
		return;
	side_decode(b, s, codings);
	if (s->decoded.n >= s->fed)
		return;
	/* More of it was decoded to less: what was taken for its coding was another one. */
	side_again(s);
	side_set(s, events, grpc, codings);
	side_decode(b, s, codings);
}

bool
body_messages_read(struct body_messages *b, const struct flow *f, size_t max_bytes)
{
	bool other = b->number != f->number, more = false;

	b->f = f;
	b->number = f->number;
	b->inflate_left = CODING_OUT_MAX_BYTES;
	for (int dir = 0; dir < 2; dir++) {
		struct side *s = &b->side[dir];
		if (other)
			side_again(s);
		s->piece = 0;
		s->piece_at = 0;
		side_look(b, s);
		if (!s->there)
			continue;
		max_bytes -= side_read(b, s, max_bytes);
		more |= !s->broken && s->fed < side_end(b, s);
	}
	return more;
}

void
body_messages_side(const struct body_messages *b, enum flow_dir dir, struct body_messages_side *out)
{
	const struct side *s = &b->side[dir];

	*out = (struct body_messages_side){.there = s->there};
	if (!s->there)
		return;
	out->first = s->total > BODY_MESSAGES_KEPT ? s->total - BODY_MESSAGES_KEPT : 0;
	out->end = s->total;
	out->kept = side_body(b, s)->kept;
	out->read = s->decodes ? s->decoded_of : s->fed;
	out->decoded = s->decodes;
	out->open = s->events ? sse_reader_inside(&s->sse) : grpc_reader_inside(&s->frames);
	out->broken = s->broken;
	out->broken_at = s->frames.frame.at;
	out->why = s->why;
}

/* ---- one message ---- */

/* The first n bytes of it, at most what raw takes. */
static struct span
message_bytes(struct body_messages *b, struct side *s, const struct row *row, uint64_t n)
{
	uint64_t at = row->at, end = row->at + (n < row->n ? n : row->n);

	buf_clear(&b->raw);
	while (at < end) {
		struct span in = side_bytes(b, s, at);
		in.n = in.n < end - at ? in.n : (size_t)(end - at);
		if (!in.n || buf_add_span(&b->raw, in))
			break;
		at += in.n;
	}
	return buf_span(&b->raw);
}

static void
message_event(struct body_messages *b, struct side *s, const struct row *row, size_t max, struct body_message *out)
{
	struct span in = message_bytes(b, s, row, max);
	struct sse_event e;

	sse_reader_fini(&b->one);
	/* Where the stream begins an event never does that a byte order mark could stand before. */
	sse_reader_init(&b->one, row->at ? row->at : sizeof "\xef\xbb\xbf" - 1, max);
	out->whole = !row->size;
	if (!sse_reader_next(&b->one, &in, &e) && !sse_reader_open(&b->one, &e))
		return;
	out->data = e.data;
	out->whole = e.data.n == row->size;
	out->type = e.type;
	out->id = e.id;
	out->retry_ms = e.retry_ms;
}

/* The coding of compressed messages; "" when none is named. */
static struct span
message_coding(const struct body_messages *b, const struct side *s)
{
	struct span name = flow_head_field(b->f, s->dir, "grpc-encoding");

	return name.p ? name : SPAN_LIT("");
}

static void
message_inflate(struct body_messages *b, struct side *s, struct body_message *out)
{
	struct span coding = message_coding(b, s);
	struct coding_limits l = coding_limits_default;
	struct coding_result r;

	if (!coding.n) {
		err_set(&out->why, ERR_SYNTAX, "grpc-encoding is missing");
		return;
	}
	if (!b->inflate_left || !out->whole) {
		err_set(&out->why, ERR_LIMIT, out->whole ? "too much is compressed" : "too long to decompress");
		return;
	}
	l.out_max_bytes = b->inflate_left;
	buf_clear(&b->plain);
	coding_undo(coding, out->data, &l, &b->plain, &r);
	out->why = r.why;
	if (!r.changed)
		return;
	/* What is read counts too, that nothing comes out of much is no way round the limit. */
	size_t cost = b->plain.n + out->data.n;
	b->inflate_left -= cost < b->inflate_left ? cost : b->inflate_left;
	out->data = buf_span(&b->plain);
	out->whole = r.end == CODING_WHOLE;
}

static void
message_frame(struct body_messages *b, struct side *s, const struct row *row, size_t max, struct body_message *out)
{
	out->compressed = row->flags & GRPC_COMPRESSED;
	out->trailer = row->flags & GRPC_TRAILER;
	struct span in = message_bytes(b, s, row, (uint64_t)(out->compressed ? BODY_MESSAGE_MAX : max) + GRPC_HEAD_BYTES);
	if (in.n < GRPC_HEAD_BYTES)
		return;
	out->data = span_of(in.p + GRPC_HEAD_BYTES, in.n - GRPC_HEAD_BYTES);
	out->whole = out->data.n == row->size;
	if (out->compressed)
		message_inflate(b, s, out);
}

uint32_t
body_messages_came(const struct body_messages *b, enum flow_dir dir, uint64_t index)
{
	const struct side *s = &b->side[dir];

	return s->row[index % s->row_cap].came_ms;
}

void
body_messages_get(struct body_messages *b, enum flow_dir dir, uint64_t index, size_t max, struct body_message *out)
{
	struct side *s = &b->side[dir];
	const struct row *row = &s->row[index % s->row_cap];

	max = max < BODY_MESSAGE_MAX ? max : BODY_MESSAGE_MAX;
	*out = (struct body_message){.data = SPAN_LIT(""), .size = row->size, .came_ms = row->came_ms, .type = SPAN_LIT(""), .retry_ms = -1};
	if (s->events)
		message_event(b, s, row, max, out);
	else
		message_frame(b, s, row, max, out);
}

static bool
status_of(struct span fields, struct span *status, struct span *message)
{
	*status = flow_field_of(fields, "grpc-status");
	*message = flow_field_of(fields, "grpc-message");
	return status->p;
}

void
body_messages_status(struct body_messages *b, struct span *status, struct span *message)
{
	struct side *s = &b->side[FLOW_RESPONSE];
	struct body_message m;

	if (status_of(flow_trailer(b->f, FLOW_RESPONSE), status, message))
		return;
	if (s->there && !s->events && s->total && s->row[(s->total - 1) % s->row_cap].flags & GRPC_TRAILER) {
		body_messages_get(b, FLOW_RESPONSE, s->total - 1, TRAILER_MAX, &m);
		if (status_of(m.data, status, message))
			return;
	}
	status_of(flow_head(b->f, FLOW_RESPONSE), status, message);
}
