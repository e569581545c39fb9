/* SPDX-License-Identifier: MIT
 * Response heads as answers to requests of several kinds: the verdict does not depend on the split,
 * and what is written is read back as the same message. */
#include "tests/fuzz/fuzz.h"

#include "base/buf.h"
#include "base/err.h"
#include "proto/h1_forward.h"

static struct http_head whole, split, written;

static void
check_spans(const struct http_head *h, const char *p, size_t n)
{
	FUZZ_ASSERT(fuzz_inside(h->raw, p, n) && fuzz_inside(h->reason, p, n));
	FUZZ_ASSERT(h->status >= 100 && h->status <= 999 && h->nfields <= HTTP_FIELDS_MAX);
	for (unsigned i = 0; i < h->nfields; i++) {
		const struct http_field *f = &h->field[i];
		FUZZ_ASSERT(fuzz_inside(f->name, p, n) && f->name.n && fuzz_inside(f->value, p, n));
	}
}

static void
check_split(const char *p, size_t n, size_t cut, long rc, const struct h1_fault *fault)
{
	struct h1_fault f = {0, NULL};
	size_t scan = 0;
	long r = h1_parse_response(p, cut, &scan, &split, &f);

	if (r == 0)
		r = h1_parse_response(p, n, &scan, &split, &f);
	FUZZ_ASSERT(r == rc && f.status == fault->status && f.why == fault->why);
	FUZZ_ASSERT(r <= 0 || (split.nfields == whole.nfields && split.present == whole.present &&
				  span_eq(split.raw, whole.raw) && split.status == whole.status));
}

static void
check_written(const struct h1_request *r, const struct h1_response *resp, bool unchunk)
{
	const struct h1_response_how how = {unchunk, unchunk, SPAN_NONE};
	struct h1_fault f = {0, NULL};
	struct h1_response again;
	struct buf b;
	size_t scan = 0;

	buf_init(&b, 1 << 20);
	FUZZ_ASSERT(h1_write_response(&b, &whole, resp, &how) == 0);
	long n = h1_parse_response(b.p, b.n, &scan, &written, &f);
	if (n > 0) {
		bool opened = unchunk && resp->framing == H1_BODY_CHUNKED;
		FUZZ_ASSERT(
		    (size_t)n == b.n && written.minor == 1 && written.status == whole.status);
		FUZZ_ASSERT(h1_check_response(&written, r, &again, &f) == 0 && again.verbatim);
		FUZZ_ASSERT(again.framing == (opened ? H1_BODY_CLOSE : resp->framing));
		FUZZ_ASSERT(again.length == resp->length);
	} else {
		FUZZ_ASSERT(n == ERR_LIMIT);
	}
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct h1_fault f = {0, NULL};
	size_t scan = 0;
	long rc = h1_parse_response(p, size, &scan, &whole, &f);

	FUZZ_ASSERT(
	    rc <= (long)size && (rc < 0) == (f.why != NULL) && (rc >= 0 || f.status == 502));
	check_split(p, size, fuzz_cut(data, size), rc, &f);
	if (rc <= 0)
		return 0;
	check_spans(&whole, p, (size_t)rc);
	for (unsigned kind = 0; kind < 8; kind++) {
		const struct h1_request r = {.is_head = kind & 1, .upgrade = kind & 2};
		struct h1_response resp;
		if (h1_check_response(&whole, &r, &resp, &f) == 0)
			check_written(&r, &resp, kind & 4);
		else
			FUZZ_ASSERT(f.status == 502 && f.why);
	}
	return 0;
}
