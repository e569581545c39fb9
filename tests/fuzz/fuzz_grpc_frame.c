/* SPDX-License-Identifier: MIT
 * Messages of gRPC: the same come however the bytes are cut, each inside the bytes and behind the one before; Base64 in groups gives what the rest gives. */
#include "tests/fuzz/fuzz.h"

#include "proto/grpc_frame.h"

struct sum {
	uint64_t h, n, end;
	int last;
};

static void
give(struct grpc_reader *r, struct span in, size_t all, struct sum *s)
{
	struct grpc_frame f;
	struct errmsg why;

	while ((s->last = grpc_reader_next(r, &in, &f, &why)) == 1) {
		FUZZ_ASSERT(f.at == s->end && f.at + GRPC_HEAD_BYTES + f.n <= all);
		s->end = f.at + GRPC_HEAD_BYTES + f.n;
		s->h = (s->h ^ f.at) * 1099511628211u + f.n + f.flags;
		s->n++;
	}
	FUZZ_ASSERT(s->last < 0 || !in.n);
}

static void
check_text(struct span in, size_t cut)
{
	struct buf all, part;

	cut &= ~(size_t)3;
	buf_init(&all, in.n);
	buf_init(&part, in.n);
	int code = grpc_text_decode(in, &all, NULL);
	if (!grpc_text_decode(span_of(in.p, cut), &part, NULL))
		FUZZ_ASSERT(grpc_text_decode(span_of(in.p + cut, in.n - cut), &part, NULL) == code);
	FUZZ_ASSERT(span_eq(buf_span(&all), buf_span(&part)));
	buf_fini(&all);
	buf_fini(&part);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of((const char *)data, size);
	size_t cut = fuzz_cut(data, size);
	struct grpc_reader a = {0}, b = {0};
	struct sum one = {0}, two = {0};
	char text[32];

	give(&a, all, size, &one);
	give(&b, span_of(all.p, cut), size, &two);
	give(&b, span_of(all.p + cut, size - cut), size, &two);
	FUZZ_ASSERT(one.h == two.h && one.n == two.n && one.last == two.last);
	FUZZ_ASSERT(grpc_reader_inside(&a) == grpc_reader_inside(&b));
	check_text(all, cut);
	FUZZ_ASSERT(grpc_message_decode(all, text, sizeof text) < sizeof text);
	grpc_is_protobuf(all);
	grpc_status_name(all);
	return 0;
}
