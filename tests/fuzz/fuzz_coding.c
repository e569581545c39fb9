/* SPDX-License-Identifier: MIT
 * Content codings: the first byte picks the list. Whatever the bytes are, the output stays inside
 * its limits, and what the first half of them gives is the beginning of what all of them give. */
#include "tests/fuzz/fuzz.h"

#include "proto/coding.h"

static const char *const lists[] = {"gzip", "deflate", "br", "zstd", "gzip, gzip", "br, gzip",
    "deflate, zstd", "identity,x-gzip,,unknown"};

static void
undo(struct span list, struct span body, struct buf *out, struct coding_result *r)
{
	const struct coding_limits l = {
	    .out_max_bytes = 2 << 20, .ratio_max = 1000, .layers_max = 3};

	buf_init(out, 0);
	int code = coding_undo(list, body, &l, out, r);
	FUZZ_ASSERT(out->n <= l.out_max_bytes && out->cap <= l.out_max_bytes);
	FUZZ_ASSERT((code == 0) == (r->end == CODING_WHOLE));
	FUZZ_ASSERT(code == 0 ? !r->coded : r->why.text[0]);
	FUZZ_ASSERT(r->changed || out->n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct coding_result whole, part;
	struct buf a, b;

	if (!size)
		return 0;
	size_t pick = data[0] % (sizeof lists / sizeof *lists);
	struct span list = span_str(lists[pick]), body = span_of((const char *)data + 1, size - 1);
	undo(list, body, &a, &whole);
	undo(list, span_of(body.p, fuzz_cut(data, body.n)), &b, &part);
	/* With one coding, what is cut off cannot change what came before; but zstd decodes a small
	 * frame at once when it has all of it, and then gives nothing of one that is broken. */
	bool at_once = pick == 3 && whole.end == CODING_BROKEN;
	if (pick < 4 && !at_once && part.changed && part.end != CODING_BOMB && whole.changed)
		FUZZ_ASSERT(b.n <= a.n && span_eq(buf_span(&b), span_of(buf_span(&a).p, b.n)));
	buf_fini(&a);
	buf_fini(&b);
	return 0;
}
