/* SPDX-License-Identifier: MIT
 * WebSocket frames as they come: cut in pieces they are what they are in one, the pieces joined are the bytes, and the messages are those that
 * a walk over all of the bytes finds. The first byte says which side. */
#include "tests/fuzz/fuzz.h"

#include "proto/ws_frame.h"
#include "proto/ws_stream.h"

struct told {
	struct ws_stream s;
	unsigned messages;
	uint64_t sum; /* over bytes and opcodes of whole messages */
	uint64_t open, control;
	size_t bytes;
};

static uint64_t
mix(uint64_t sum, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)p[i]) * 1099511628211u;
	return sum;
}

static void
end(struct told *t, unsigned opcode, uint64_t sum)
{
	char c = (char)opcode;

	t->messages++;
	t->sum = mix(t->sum, &c, 1) ^ sum;
}

/* Payload without mask. */
static uint64_t
payload(uint64_t sum, const struct ws_piece *p)
{
	for (size_t i = 0; i < p->payload.n; i++) {
		char c;
		ws_frame_unmask(p->frame, p->at + i, p->payload.p + i, 1, &c);
		sum = mix(sum, &c, 1);
	}
	return sum;
}

static void
feed(struct told *t, struct span in)
{
	struct errmsg why;
	struct ws_piece p;

	for (size_t at = 0; at < in.n && !t->s.broken; at += p.n) {
		if (ws_stream_next(&t->s, span_of(in.p + at, in.n - at), &p, &why)) {
			FUZZ_ASSERT(why.text[0] && t->s.broken);
			return;
		}
		FUZZ_ASSERT(p.n > 0 && p.n <= in.n - at);
		if (!p.frame)
			continue;
		t->bytes += p.head.n + p.payload.n;
		if (p.control) {
			t->control = payload(p.begins ? 0 : t->control, &p);
			if (p.ends)
				end(t, p.frame->opcode, t->control);
			continue;
		}
		t->open = payload(p.begins ? 0 : t->open, &p);
		if (p.ends)
			end(t, t->s.opcode, t->open);
	}
}

static unsigned
walk(struct span in, bool client)
{
	struct ws_message m;
	struct errmsg why;
	struct ws_walk w;
	unsigned n = 0;

	ws_walk_init(&w, in, client);
	while (ws_walk_next(&w, &m, &why) == WS_MESSAGE)
		n++;
	ws_walk_fini(&w);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct span in = span_of((const char *)data + 1, size - 1);
	size_t cut = fuzz_cut(data, in.n);
	struct told whole = {.s = {.client = data[0] & 1}}, parts = whole;

	feed(&whole, in);
	feed(&parts, span_of(in.p, cut));
	feed(&parts, span_of(in.p + cut, in.n - cut));
	FUZZ_ASSERT(whole.messages == parts.messages && whole.sum == parts.sum && whole.s.broken == parts.s.broken && whole.bytes == parts.bytes);
	FUZZ_ASSERT(whole.messages == walk(in, data[0] & 1));
	FUZZ_ASSERT(ws_stream_between(&whole.s) == ws_stream_between(&parts.s));
	return 0;
}
