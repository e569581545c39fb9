/* SPDX-License-Identifier: MIT
 * WebSocket frames of one direction, piece by piece. */
#include "proto/ws_stream.h"

#include <string.h>

/* Takes bytes of a head until it is complete. Returns how many, 0 < n <= in.n, or ERR_SYNTAX. */
static long
stream_head(struct ws_stream *s, struct span in, struct errmsg *why)
{
	for (size_t n = 0; n < in.n;) {
		s->head[s->head_n++] = in.p[n++];
		int got = ws_frame_parse(span_of(s->head, s->head_n), &s->f, why);
		if (got < 0)
			return got;
		if (!got)
			continue;
		s->in_payload = true;
		s->done = 0;
		return (long)n;
	}
	return (long)in.n;
}

/* May a frame like this stand here? */
static int
stream_order(const struct ws_stream *s, struct errmsg *why)
{
	if (s->f.opcode >= WS_CLOSE)
		return 0;
	if (s->f.opcode == WS_CONTINUATION && !s->in_message)
		return err_set(why, ERR_SYNTAX, "a fragment continues no message");
	if (s->f.opcode != WS_CONTINUATION && s->in_message)
		return err_set(why, ERR_SYNTAX, "a message begins before the one before has ended");
	return 0;
}

static void
stream_begin(struct ws_stream *s, struct ws_piece *out)
{
	out->head = span_of(s->head, s->head_n);
	out->begins = out->control || !s->in_message;
	if (out->control || s->in_message)
		return;
	s->in_message = true;
	s->opcode = s->f.opcode;
	s->rsv = s->f.rsv;
}

static void
stream_payload(struct ws_stream *s, struct span in, struct ws_piece *out)
{
	uint64_t left = s->f.payload_n - s->done;
	size_t n = in.n < left ? in.n : (size_t)left;

	out->payload = span_of(in.p, n);
	out->at = s->done;
	out->n += n;
	s->done += n;
	if (s->done < s->f.payload_n)
		return;
	s->in_payload = false;
	s->head_n = 0;
	out->ends = out->control || s->f.fin;
	if (!out->control && s->f.fin)
		s->in_message = false;
}

int
ws_stream_next(struct ws_stream *s, struct span in, struct ws_piece *out, struct errmsg *why)
{
	bool head = !s->in_payload;

	*out = (struct ws_piece){.head = SPAN_LIT(""), .payload = SPAN_LIT("")};
	if (head) {
		long n = stream_head(s, in, why);
		if (n < 0 || (s->in_payload && stream_order(s, why))) {
			s->broken = true;
			return ERR_SYNTAX;
		}
		out->n = (size_t)n;
		if (!s->in_payload)
			return 0;
	}
	out->frame = &s->f;
	out->control = s->f.opcode >= WS_CLOSE;
	if (head)
		stream_begin(s, out);
	stream_payload(s, span_of(in.p + out->n, in.n - out->n), out);
	return 0;
}

bool
ws_stream_between(const struct ws_stream *s)
{
	return !s->in_message && !s->in_payload && !s->head_n && !s->broken;
}

bool
ws_stream_in_control(const struct ws_stream *s)
{
	return s->in_payload && s->f.opcode >= WS_CLOSE;
}

size_t
ws_frame_write(char *out, unsigned opcode, uint64_t payload_n, const uint8_t *mask)
{
	size_t n = 2, more = payload_n < 126 ? 0 : payload_n <= UINT16_MAX ? 2 : 8;

	out[0] = (char)(0x80 | opcode);
	out[1] = (char)((mask ? 0x80 : 0) | (more == 8 ? 127 : more == 2 ? 126 : (unsigned)payload_n));
	for (size_t i = more; i--;)
		out[n++] = (char)(payload_n >> (8 * i));
	if (mask) {
		memcpy(out + n, mask, 4);
		n += 4;
	}
	return n;
}
