/* SPDX-License-Identifier: MIT
 * Bodies: the first byte chooses the framing, the rest is the body. The data does not depend on the
 * split, and the trailers that are written are read back. */
#include "tests/fuzz/fuzz.h"

#include "base/buf.h"
#include "proto/h1_forward.h"

/* What reading came to. */
struct result {
	struct h1_body body;
	struct buf data;
	struct h1_fault fault;
	size_t taken;
};

static struct http_head head, written;

static void
feed(struct result *r, const char *p, size_t n, size_t *scan)
{
	while (r->taken < n && !r->body.done && !r->body.trailers && !r->fault.why) {
		size_t off, len;
		long rc = h1_body_feed(&r->body, p + r->taken, n - r->taken, &off, &len, &r->fault);
		FUZZ_ASSERT((rc < 0) == (r->fault.why != NULL) && rc <= (long)(n - r->taken));
		if (rc < 0)
			return;
		FUZZ_ASSERT(rc > 0 && off + len <= (size_t)rc);
		FUZZ_ASSERT(buf_add(&r->data, p + r->taken + off, len) == 0);
		r->taken += (size_t)rc;
	}
	if (!r->body.trailers || r->body.done || r->fault.why)
		return;
	long rc = h1_parse_trailers(&r->body, p + r->taken, n - r->taken, scan, &head, &r->fault);
	FUZZ_ASSERT((rc < 0) == (r->fault.why != NULL) && (rc > 0) == r->body.done);
	r->taken += rc > 0 ? (size_t)rc : 0;
}

static void
check_trailers(void)
{
	struct h1_body b;
	struct h1_fault f;
	struct buf out, out2;
	unsigned dropped, again;
	size_t scan = 0;

	buf_init(&out, 1 << 20);
	buf_init(&out2, 1 << 20);
	FUZZ_ASSERT(h1_write_trailers(&out, &head, &dropped) == 0 && dropped <= head.nfields);
	h1_body_init(&b, H1_BODY_CHUNKED, 0);
	long rc = h1_parse_trailers(&b, out.p, out.n, &scan, &written, &f);
	if (rc > 0) { /* else it grew past the maximum by a space after a colon */
		FUZZ_ASSERT((size_t)rc == out.n && written.nfields == head.nfields - dropped);
		FUZZ_ASSERT(h1_write_trailers(&out2, &written, &again) == 0 && again == 0);
		FUZZ_ASSERT(span_eq(buf_span(&out), buf_span(&out2)));
	}
	buf_fini(&out);
	buf_fini(&out2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result a = {.taken = 0}, b = {.taken = 0};
	size_t scan = 0;

	if (size == 0)
		return 0;
	enum h1_framing framing = (enum h1_framing)(data[0] & 3);
	const char *p = (const char *)data + 1;
	size_t n = size - 1, cut = fuzz_cut(data, n);

	h1_body_init(&a.body, framing, data[0] >> 2);
	b.body = a.body;
	buf_init(&a.data, n + 1);
	buf_init(&b.data, n + 1);
	feed(&b, p, cut, &scan);
	feed(&b, p, n, &scan);
	scan = 0;
	feed(&a, p, n, &scan);
	FUZZ_ASSERT(a.fault.why == b.fault.why && a.fault.status == b.fault.status);
	FUZZ_ASSERT(a.body.done == b.body.done && a.body.trailers == b.body.trailers);
	FUZZ_ASSERT(a.fault.why || (a.taken == b.taken && a.body.left == b.body.left));
	FUZZ_ASSERT(span_eq(buf_span(&a.data), buf_span(&b.data)));
	if (a.body.done && framing == H1_BODY_CHUNKED)
		check_trailers();
	buf_fini(&a.data);
	buf_fini(&b.data);
	return 0;
}
