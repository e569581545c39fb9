/* SPDX-License-Identifier: MIT
 * Event streams: the same events come however the bytes are cut, their limits hold, and the bytes an event names are that event. */
#include "tests/fuzz/fuzz.h"

#include "proto/sse.h"

enum { DATA_MAX = 96 };

/* What all events were, as one number, so that two readings can be compared. */
struct sum {
	uint64_t h, n, end;
};

static void
sum_add(struct sum *s, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->h = (s->h ^ ((const uint8_t *)p)[i]) * 1099511628211u;
	s->h = (s->h ^ n) * 1099511628211u;
}

static void
check_again(struct span all, const struct sse_event *e)
{
	struct span part = span_of(all.p + e->at, (size_t)e->n);
	struct sse_event again;
	struct sse_reader r;

	/* At the place 0 a mark belongs to no event, so none begins there. */
	sse_reader_init(&r, e->at ? e->at : 3, DATA_MAX);
	FUZZ_ASSERT(sse_reader_next(&r, &part, &again) && !part.n);
	FUZZ_ASSERT(span_eq(again.data, e->data) && again.data_n == e->data_n && again.cut == e->cut);
	sse_reader_fini(&r);
}

static void
give(struct sse_reader *r, struct span all, struct span in, struct sum *s)
{
	struct sse_event e;

	while (sse_reader_next(r, &in, &e)) {
		FUZZ_ASSERT(e.n && e.at >= s->end && e.at + e.n <= all.n);
		FUZZ_ASSERT(e.data.n <= DATA_MAX && e.data.n <= e.data_n && e.data_n <= e.n);
		FUZZ_ASSERT(e.type.n <= SSE_TYPE_MAX_BYTES && e.id.n <= SSE_ID_MAX_BYTES && e.retry_ms >= -1);
		s->end = e.at + e.n;
		s->n++;
		sum_add(s, &e.at, sizeof e.at);
		sum_add(s, &e.n, sizeof e.n);
		sum_add(s, e.data.p, e.data.n);
		sum_add(s, e.type.p, e.type.n);
		sum_add(s, e.id.p ? e.id.p : "", e.id.n);
		sum_add(s, &e.retry_ms, sizeof e.retry_ms);
		check_again(all, &e);
	}
	FUZZ_ASSERT(!in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of((const char *)data, size);
	size_t cut = fuzz_cut(data, size);
	struct sum one = {0}, two = {0};
	struct sse_reader r;

	sse_reader_init(&r, 0, DATA_MAX);
	give(&r, all, all, &one);
	bool inside = sse_reader_inside(&r);
	sse_reader_fini(&r);
	sse_reader_init(&r, 0, DATA_MAX);
	give(&r, all, span_of(all.p, cut), &two);
	give(&r, all, span_of(all.p + cut, size - cut), &two);
	FUZZ_ASSERT(one.h == two.h && one.n == two.n && inside == sse_reader_inside(&r));
	sse_reader_fini(&r);
	return 0;
}
