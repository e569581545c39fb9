/* SPDX-License-Identifier: MIT
 * The tab Hex: messages as bytes, whole or in parts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"
#include "text/text_body.h"
#include "text/text_hex.h"
#include "text/text_mask.h"
#include "ui/flow_page.h"
#include "ui/fmt.h"

enum { HEX_UNIT_FROM = 1000, HEX_WORDS_FROM = 76 };

static const char *const hex_title[FLOW_PART_COUNT] = {
    [FLOW_PART_RESPONSE] = "response body as received",
    [FLOW_PART_RESPONSE_DECODED] = "response body decoded",
    [FLOW_PART_RESPONSE_HEAD] = "response headers",
    [FLOW_PART_RESPONSE_RAW] = "response raw, as recorded",
    [FLOW_PART_REQUEST] = "request body as received",
    [FLOW_PART_REQUEST_DECODED] = "request body decoded",
    [FLOW_PART_REQUEST_HEAD] = "request headers",
    [FLOW_PART_REQUEST_RAW] = "request raw, as recorded",
};

/* ---- parts ---- */

static void
part_put(char *to, struct span s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
}

static void
part_body(const struct flow_body *b, size_t max, struct flow_part_bytes *out)
{
	size_t n = flow_body_copy(b, NULL, max);
	char *copy = n ? mem_alloc(n) : NULL;

	out->seen = b->seen;
	out->body_n = n ? flow_body_copy(b, copy, n) : 0;
	out->bytes = span_of(copy, out->body_n);
	out->whole = out->body_n == b->seen;
}

/* Of a body as much is decoded as the tab of its message decodes. */
static void
part_decoded(const struct flow *f, enum flow_dir dir, size_t max, struct flow_part_bytes *out)
{
	struct flow_part_bytes wire = {.seen = 0};
	struct coding_result r;
	struct buf content;

	part_body(flow_body(f, dir), TEXT_BODY_MAX, &wire);
	buf_init(&content, CODING_OUT_MAX_BYTES);
	coding_undo(flow_head_field(f, dir, "content-encoding"), wire.bytes, &coding_limits_default, &content, &r);
	struct span all = r.changed ? buf_span(&content) : wire.bytes;
	size_t n = all.n < max ? all.n : max;
	out->bytes = n ? span_of(mem_dup(all.p, n), n) : SPAN_NONE;
	out->body_n = n;
	out->seen = r.changed ? all.n : wire.seen;
	out->whole = wire.whole && r.end == CODING_WHOLE && n == all.n;
	out->coded = r.coded;
	out->why = r.why;
	/* That coded data ends where the recording does is no news. */
	if (!wire.whole && r.end == CODING_CUT_SHORT && !r.coded)
		err_set(&out->why, 0, "of a body that is recorded or shown in part");
	buf_fini(&content);
	free((char *)wire.bytes.p);
}

static void
part_raw(const struct flow *f, enum flow_dir dir, size_t max, struct flow_part_bytes *out)
{
	struct span head = flow_head(f, dir), trailer = flow_trailer(f, dir);
	const struct flow_body *b = flow_body(f, dir);

	out->head_n = head.n;
	out->body_n = flow_body_copy(b, NULL, max);
	out->seen = head.n + b->seen + trailer.n;
	out->whole = out->body_n == b->seen;
	if (!out->whole)
		trailer.n = 0; /* what stands before it is not there */
	size_t n = head.n + out->body_n + trailer.n;
	if (!n)
		return;
	char *copy = mem_alloc(n);
	part_put(copy, head);
	flow_body_copy(b, copy + head.n, out->body_n);
	part_put(copy + head.n + out->body_n, trailer);
	out->bytes = span_of(copy, n);
}

void
flow_page_part(const struct flow *f, enum flow_part part, size_t max, int flags, struct flow_part_bytes *out)
{
	enum flow_dir dir = flow_part_dir(part);
	bool coded = flow_head_field(f, dir, "content-encoding").n > 0 && flow_body(f, dir)->kept;

	*out = (struct flow_part_bytes){.coded = coded};
	switch (flow_part_of(part)) {
	case FLOW_PART_OF_BODY:
		part_body(flow_body(f, dir), max, out);
		break;
	case FLOW_PART_OF_DECODED:
		part_decoded(f, dir, max, out);
		break;
	case FLOW_PART_OF_HEAD:
		out->bytes = flow_head(f, dir);
		out->bytes.p = out->bytes.p ? mem_dup(out->bytes.p, out->bytes.n) : NULL;
		out->head_n = out->seen = out->bytes.n;
		out->whole = true;
		out->coded = false;
		break;
	case FLOW_PART_OF_RAW:
		part_raw(f, dir, max, out);
		break;
	}
	if (!out->coded || !(flags & TEXT_MASK))
		return;
	out->bytes.n = out->head_n;
	out->body_n = 0;
	out->whole = false;
}

/* ---- the page ---- */

static void
hex_none(struct text_lines *t, const struct flow *f, enum flow_dir dir, uint64_t seen, const struct flow_page_env *env)
{
	if (seen) {
		text_lines_begin(t);
		flow_page_shed(t, f, dir, env);
	} else if (flow_part_of(env->part) == FLOW_PART_OF_DECODED && flow_body(f, dir)->kept) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Decoded, this body has no bytes.");
	} else if (flow_head(f, dir).p) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Body: none.  This message has a head only.");
	} else {
		flow_page_no_message(t, f, dir, env);
	}
}

static void
hex_shed(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	if (flow_body(f, dir)->kept == flow_body(f, dir)->seen)
		return;
	text_lines_begin(t);
	flow_page_shed(t, f, dir, env);
}

/* The n bytes at *at, in their place. True: some were masked. */
static bool
hex_mask(const struct flow_part_bytes *p, size_t *at, size_t n, enum text_mask_what what, int flags)
{
	char *own;
	struct span bytes = span_of(p->bytes.p + *at, n), masked = text_mask(what, bytes, flags, &own);
	bool changed = own && !span_eq(bytes, masked);

	if (changed)
		part_put((char *)p->bytes.p + *at, masked);
	*at += n;
	free(own);
	return changed;
}

bool
flow_page_part_mask(struct flow_part_bytes *p, int flags)
{
	size_t at = 0, rest = p->bytes.n - p->head_n - p->body_n;
	bool head = hex_mask(p, &at, p->head_n, TEXT_MASK_HEAD, flags);
	bool body = hex_mask(p, &at, p->body_n, TEXT_MASK_BODY, flags);

	return hex_mask(p, &at, rest, TEXT_MASK_FIELDS, flags) || head || body;
}

static void
hex_size(struct text_lines *t, const struct flow_part_bytes *p)
{
	char shown[FMT_MAX], whole[FMT_MAX];

	*fmt_size_long(shown, p->bytes.n) = '\0';
	*fmt_size_long(whole, p->seen) = '\0';
	text_lines_begin(t);
	if (p->bytes.n < p->seen)
		text_lines_addf(t, TEXT_NOTE, "(shown %s of %s)", shown, whole);
	else if (p->seen < HEX_UNIT_FROM)
		text_lines_addf(t, TEXT_NOTE, "(%" PRIu64 " bytes)", p->seen);
	else
		text_lines_addf(t, TEXT_NOTE, "(%s: %" PRIu64 " bytes)", whole, p->seen);
}

/* What the bytes are not, although their title says so. */
static void
hex_notes(struct text_lines *t, const struct flow *f, const struct flow_part_bytes *p, enum flow_part part)
{
	enum flow_dir dir = flow_part_dir(part);
	enum flow_part_of of = flow_part_of(part);

	text_body_is_hidden(t, p->coded);
	if (p->why.text[0])
		text_lines_note(t, p->why.text);
	else if (of == FLOW_PART_OF_DECODED && !flow_head_field(f, dir, "content-encoding").n)
		text_lines_note(t, "no content coding: the same as received");
	if (of == FLOW_PART_OF_RAW && flow_head_field(f, dir, "transfer-encoding").n)
		text_lines_note(t, "the chunked coding of the body is taken off before it is recorded");
}

static void
hex_sum(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	enum flow_part_of of = flow_part_of(env->part);
	const struct flow_body *b = flow_body(f, flow_part_dir(env->part));

	if (env->sha256 && env->sha256[0]) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "sha256 ");
		text_lines_words(t, TEXT_PLAIN, env->sha256);
	} else if (of != FLOW_PART_OF_HEAD && b->kept == b->seen && b->seen > FLOW_SHA256_MAX) {
		text_lines_note(t, "sha256 is worked out up to 4 MiB");
	}
}

void
flow_page_hex(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	enum flow_dir dir = flow_part_dir(env->part);
	struct flow_part_bytes p;

	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, hex_title[env->part]);
	text_lines_words(t, TEXT_NOTE, env->width >= HEX_WORDS_FROM ? "t view: body/decoded/headers/raw" : "t cycles");
	flow_page_part(f, env->part, TEXT_BODY_MAX, t->escape, &p);
	if (!p.bytes.n && !p.coded) {
		hex_none(t, f, dir, p.seen, env);
		free((char *)p.bytes.p);
		return;
	}
	bool masked = flow_page_part_mask(&p, t->escape);
	text_hex(t, p.bytes, env->width);
	hex_notes(t, f, &p, env->part);
	hex_size(t, &p);
	if (masked && p.whole)
		text_lines_note(t, "sha256 is not shown while mask is on: these bytes have a secret");
	else
		hex_sum(t, f, env);
	if (flow_part_of(env->part) != FLOW_PART_OF_HEAD)
		hex_shed(t, f, dir, env);
	free((char *)p.bytes.p);
}
