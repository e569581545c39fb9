/* SPDX-License-Identifier: MIT
 * Request heads: the verdict does not depend on the split, and what is written is read back as the
 * same message. */
#include "tests/fuzz/fuzz.h"

#include "base/buf.h"
#include "base/err.h"
#include "proto/h1_forward.h"

static struct http_head whole, split, written;

static void
check_spans(const struct http_head *h, const char *p, size_t n)
{
	FUZZ_ASSERT(fuzz_inside(h->raw, p, n) && fuzz_inside(h->method, p, n) && h->method.n);
	FUZZ_ASSERT(fuzz_inside(h->target, p, n) && h->target.n && h->nfields <= HTTP_FIELDS_MAX);
	for (unsigned i = 0; i < h->nfields; i++) {
		const struct http_field *f = &h->field[i];
		FUZZ_ASSERT(fuzz_inside(f->name, p, n) && f->name.n && fuzz_inside(f->value, p, n));
		FUZZ_ASSERT(f->value.p && http_field_id_of(f->name) == f->id);
	}
}

static void
check_split(const char *p, size_t n, size_t cut, long rc, const struct h1_fault *fault)
{
	struct h1_fault f = {0, NULL};
	size_t scan = 0;
	long r = h1_parse_request(p, cut, &scan, &split, &f);

	if (r == 0)
		r = h1_parse_request(p, n, &scan, &split, &f);
	FUZZ_ASSERT(r == rc && f.status == fault->status && f.why == fault->why);
	FUZZ_ASSERT(r <= 0 || (split.nfields == whole.nfields && split.present == whole.present &&
				  span_eq(split.raw, whole.raw) && split.raw.p == whole.raw.p));
}

/* What is written must be a good request with the same framing and nothing left to change in it. */
static void
check_written(const struct h1_request *r)
{
	struct h1_fault f = {0, NULL};
	struct h1_request again;
	struct buf b;
	size_t scan = 0;

	buf_init(&b, 1 << 20);
	FUZZ_ASSERT(h1_write_request(&b, &whole, r, SPAN_LIT("a.test"), SPAN_NONE) == 0);
	long n = h1_parse_request(b.p, b.n, &scan, &written, &f);
	if (n > 0) {
		FUZZ_ASSERT((size_t)n == b.n && written.minor == 1);
		FUZZ_ASSERT(span_eq(written.method, whole.method));
		FUZZ_ASSERT(h1_check_request(&written, &again, &f) == 0);
		FUZZ_ASSERT(again.framing == r->framing && again.length == r->length);
		FUZZ_ASSERT(again.upgrade == r->upgrade);
		FUZZ_ASSERT(again.verbatim || r->is_connect || r->max_forwards >= 0);
	} else {
		FUZZ_ASSERT(n == ERR_LIMIT); /* grown by encoding, Host or Connection */
	}
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct h1_fault f = {0, NULL};
	struct h1_request r;
	size_t scan = 0;
	long rc = h1_parse_request(p, size, &scan, &whole, &f);

	FUZZ_ASSERT(rc <= (long)size && (rc < 0) == (f.why != NULL));
	FUZZ_ASSERT(
	    rc >= 0 || f.status == 400 || f.status == 414 || f.status == 431 || f.status == 505);
	check_split(p, size, fuzz_cut(data, size), rc, &f);
	if (rc <= 0)
		return 0;
	check_spans(&whole, p, (size_t)rc);
	if (h1_check_request(&whole, &r, &f) == 0)
		check_written(&r);
	else
		FUZZ_ASSERT(f.why && (f.status == 400 || f.status == 501));
	return 0;
}
