/* SPDX-License-Identifier: MIT
 * WebSocket messages of one direction, inflated: the first byte says which side. What is read stays inside the bytes and the limits, and what a
 * part of the bytes gives is the beginning of what all of them give. */
#include "tests/fuzz/fuzz.h"

#include "proto/ws_frame.h"
#include "proto/ws_inflate.h"

enum { OUT_MAX = 1 << 18 };

/* Whole messages in the bytes; at most max. */
static unsigned
walk(struct span in, bool client, unsigned max)
{
	struct ws_inflate *z = ws_inflate_new(OUT_MAX);
	struct ws_message m;
	struct errmsg why;
	struct ws_walk w;
	struct buf plain;
	size_t total = 0;
	unsigned n = 0;
	enum ws_step step = WS_END;

	buf_init(&plain, 0);
	ws_walk_init(&w, in, client);
	while (n < max && (step = ws_walk_next(&w, &m, &why)) == WS_MESSAGE) {
		FUZZ_ASSERT(m.whole && m.size == m.data.n && m.frames && m.data.n <= in.n && w.at <= in.n);
		if (m.rsv & WS_RSV1)
			ws_inflate_message(z, m.data, true, &plain, &why);
		total += m.rsv & WS_RSV1 ? plain.n : 0;
		FUZZ_ASSERT(total <= OUT_MAX);
		n++;
	}
	if (step == WS_CUT)
		FUZZ_ASSERT(!m.whole && m.data.n <= in.n && (m.frames || !m.data.n));
	if (step == WS_BROKEN)
		FUZZ_ASSERT(why.text[0] && w.at < in.n);
	ws_walk_fini(&w);
	buf_fini(&plain);
	ws_inflate_free(z);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct span in = span_of((const char *)data + 1, size - 1);
	unsigned all = walk(in, data[0] & 1, (unsigned)-1);
	unsigned part = walk(span_of(in.p, fuzz_cut(data, in.n)), data[0] & 1, (unsigned)-1);
	FUZZ_ASSERT(part <= all);
	return 0;
}
