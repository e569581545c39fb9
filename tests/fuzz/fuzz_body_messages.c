/* SPDX-License-Identifier: MIT
 * Messages in recorded bodies, of a kind and coding that the first byte chooses: what is found lies in what was read, and where nothing is decoded the same is found
 * however the body came. */
#include "tests/fuzz/fuzz.h"

#include "flow/body_messages.h"
#include "flow/flow.h"
#include "proto/coding.h"

static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web\r\ngrpc-encoding: deflate\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web-text\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: deflate\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web-text\r\nContent-Encoding: gzip\r\n\r\n",
};

/* What all messages were, as one number. */
static uint64_t
look(struct body_messages *b, size_t max)
{
	struct body_messages_side side;
	struct body_message m;
	struct span status, message;
	uint64_t h = 14695981039346656037u;

	body_messages_side(b, FLOW_RESPONSE, &side);
	FUZZ_ASSERT(side.there && side.first <= side.end && side.end - side.first <= BODY_MESSAGES_KEPT && side.read <= side.kept);
	FUZZ_ASSERT(!side.broken || side.why.text[0]);
	for (uint64_t i = side.first; i < side.end; i++) {
		body_messages_get(b, FLOW_RESPONSE, i, max, &m);
		FUZZ_ASSERT(m.data.n <= CODING_OUT_MAX_BYTES && (m.compressed || m.data.n <= m.size));
		FUZZ_ASSERT(m.compressed || m.whole == (m.data.n == m.size));
		for (size_t k = 0; k < m.data.n; k++)
			h = (h ^ (unsigned char)m.data.p[k]) * 1099511628211u;
		h = (h ^ m.size ^ m.type.n) * 1099511628211u;
	}
	body_messages_status(b, &status, &message);
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	unsigned kind = data[0] % (sizeof heads / sizeof *heads);
	const char *p = (const char *)data + 2;
	size_t n = size - 2, cut = fuzz_cut(data, n);
	struct flow_piece piece[2] = {{.p = p, .n = (uint32_t)cut, .came_ms = 1}, {.p = p + cut, .n = (uint32_t)(n - cut), .came_ms = 2}};
	struct flow_detail d = {.head[FLOW_RESPONSE] = span_str(heads[kind]),
	    .body[FLOW_RESPONSE] = {.piece = piece, .npieces = 2, .kept = n, .seen = n}};
	struct flow f = {.number = 1, .proto = kind == 0 || kind == 4 ? FLOW_SSE : FLOW_GRPC, .detail = &d};
	struct body_messages *one = body_messages_new(), *two = body_messages_new();

	while (body_messages_read(one, &f, SIZE_MAX))
		continue;
	d.body[FLOW_RESPONSE].npieces = 1;
	d.body[FLOW_RESPONSE].kept = d.body[FLOW_RESPONSE].seen = cut;
	body_messages_read(two, &f, 1 + data[1]);
	look(two, data[1]);
	d.body[FLOW_RESPONSE].npieces = 2;
	d.body[FLOW_RESPONSE].kept = d.body[FLOW_RESPONSE].seen = n;
	while (body_messages_read(two, &f, 1 + data[1]))
		continue;
	uint64_t a = look(one, SIZE_MAX), b = look(two, SIZE_MAX);
	FUZZ_ASSERT(kind > 3 || a == b);
	look(one, data[1]);
	body_messages_free(one);
	body_messages_free(two);
	return 0;
}
