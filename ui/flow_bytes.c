/* SPDX-License-Identifier: MIT
 * Messages as bytes. */
#include "ui/flow_bytes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"

bool
flow_bytes_decoded(struct buf *out, const struct flow *f, enum flow_dir dir)
{
	struct span codings = flow_head_field(f, dir, "content-encoding");
	struct coding_limits limits = coding_limits_default;
	size_t n = flow_body_copy(flow_body(f, dir), NULL, SIZE_MAX);
	struct coding_result r;

	if (!codings.n)
		return false;
	limits.out_max_bytes = FLOW_BYTES_DECODED_MAX;
	char *copy = mem_alloc(n + 1);
	flow_body_copy(flow_body(f, dir), copy, n);
	/* What came before a fault is shown too: r.changed tells whether there is any. */
	if (coding_undo(codings, span_of(copy, n), &limits, out, &r) && !r.changed)
		buf_clear(out);
	free(copy);
	return r.changed && !r.coded;
}

static const char *
bytes_name(enum flow_dir dir)
{
	return dir == FLOW_REQUEST ? "request" : "response";
}

static int
bytes_too_many(const struct flow *f, struct errmsg *why)
{
	return err_set(why, ERR_LIMIT, "flow %llu is too large for this", (unsigned long long)f->number);
}

static int
bytes_head(struct buf *out, const struct flow *f, enum flow_dir dir, struct errmsg *why)
{
	struct span head = flow_head(f, dir);

	if (!head.p)
		return err_set(why, ERR_NOTFOUND, "flow %llu has no %s head", (unsigned long long)f->number, bytes_name(dir));
	return buf_add_span(out, head) ? bytes_too_many(f, why) : 0;
}

static int
bytes_recorded(struct buf *out, const struct flow_body *b)
{
	size_t n = flow_body_copy(b, NULL, SIZE_MAX);
	char *p = n ? buf_reserve(out, n) : NULL;

	if (n && !p)
		return ERR_LIMIT;
	if (n)
		out->n += flow_body_copy(b, p, n);
	return 0;
}

static int
bytes_body(struct buf *out, const struct flow *f, enum flow_dir dir, bool decoded, struct errmsg *why)
{
	const struct flow_body *b = flow_body(f, dir);
	struct buf plain;
	int bad;

	if (!b->npieces)
		return err_set(why, ERR_NOTFOUND,
		    b->seen || f->bytes[dir] ? "the %s body of flow %llu was not kept" : "the %s of flow %llu has no body",
		    bytes_name(dir), (unsigned long long)f->number);
	buf_init(&plain, FLOW_BYTES_DECODED_MAX);
	if (decoded && flow_bytes_decoded(&plain, f, dir))
		bad = buf_add_span(out, buf_span(&plain));
	else
		bad = bytes_recorded(out, b);
	buf_fini(&plain);
	return bad ? bytes_too_many(f, why) : 0;
}

int
flow_bytes_part(struct buf *out, const struct flow *f, enum flow_part part, bool decoded, struct errmsg *why)
{
	enum flow_dir dir = flow_part_dir(part);
	enum flow_part_of of = flow_part_of(part);

	if (of == FLOW_PART_OF_HEAD)
		return bytes_head(out, f, dir, why);
	/* What is no HTTP has no head. */
	if (of == FLOW_PART_OF_RAW && flow_head(f, dir).p)
		return flow_bytes_message(out, f, dir, why);
	return bytes_body(out, f, dir, decoded || of == FLOW_PART_OF_DECODED, why);
}

int
flow_bytes_message(struct buf *out, const struct flow *f, enum flow_dir dir, struct errmsg *why)
{
	struct span trailer = flow_trailer(f, dir);
	int bad = bytes_head(out, f, dir, why);

	if (!bad && bytes_recorded(out, flow_body(f, dir)))
		bad = bytes_too_many(f, why);
	if (!bad && trailer.n && buf_add_span(out, trailer))
		bad = bytes_too_many(f, why);
	return bad;
}
