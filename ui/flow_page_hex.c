/* SPDX-License-Identifier: MIT
 * The tab Hex: heads and bodies as bytes, before anything was decoded. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "text/text_body.h"
#include "text/text_hex.h"
#include "text/text_mask.h"
#include "ui/flow_page.h"
#include "ui/fmt.h"

enum { HEX_UNIT_FROM = 1000 };

static const struct hex_part {
	const char *title;
	enum flow_dir dir;
	bool head;
} hex_parts[FLOW_PART_COUNT] = {
    [FLOW_PART_RESPONSE] = {"response body as received", FLOW_RESPONSE, false},
    [FLOW_PART_REQUEST] = {"request body as received", FLOW_REQUEST, false},
    [FLOW_PART_RESPONSE_HEAD] = {"response head", FLOW_RESPONSE, true},
    [FLOW_PART_REQUEST_HEAD] = {"request head", FLOW_REQUEST, true},
};

uint64_t
flow_page_part_size(const struct flow *f, enum flow_part part)
{
	const struct hex_part *h = &hex_parts[part];

	return h->head ? flow_head(f, h->dir).n : flow_body(f, h->dir)->seen;
}

/* The part, of a body at most max bytes; NONE: there is none. */
static struct span
part_copy(const struct flow *f, enum flow_part part, size_t max)
{
	const struct hex_part *h = &hex_parts[part];
	struct span head = flow_head(f, h->dir);

	if (h->head && head.p)
		return span_of(mem_dup(head.p, head.n), head.n);
	size_t n = h->head ? 0 : flow_body_copy(flow_body(f, h->dir), NULL, max);
	if (!n)
		return SPAN_NONE;
	char *copy = mem_alloc(n);
	flow_body_copy(flow_body(f, h->dir), copy, n);
	return span_of(copy, n);
}

struct span
flow_page_part(const struct flow *f, enum flow_part part, uint64_t *seen)
{
	*seen = flow_page_part_size(f, part);
	return part_copy(f, part, TEXT_BODY_MAX);
}

struct span
flow_page_part_whole(const struct flow *f, enum flow_part part, size_t max)
{
	uint64_t seen = flow_page_part_size(f, part);
	struct span s = seen && seen <= max ? part_copy(f, part, max) : SPAN_NONE;

	if (s.n == seen)
		return s;
	free((char *)s.p);
	return SPAN_NONE;
}

static void
hex_none(struct text_lines *t, const struct flow *f, const struct hex_part *h, uint64_t seen,
    const struct flow_page_env *env)
{
	if (seen) {
		text_lines_begin(t);
		flow_page_shed(t, f, h->dir, env);
	} else if (flow_head(f, h->dir).p) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Body: none.  This message has a head only.");
	} else {
		flow_page_no_message(t, f, h->dir, env);
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

void
flow_page_hex(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	const struct hex_part *h = &hex_parts[env->part];
	uint64_t seen;
	struct span bytes = flow_page_part(f, env->part, &seen);
	char shown[FMT_MAX], whole[FMT_MAX];

	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, h->title);
	text_lines_words(
	    t, TEXT_NOTE, env->width >= 76 ? "t cycles body/head of response/request" : "t cycles");
	if (!bytes.n) {
		hex_none(t, f, h, seen, env);
		return;
	}
	if (h->head) {
		char *own;
		text_hex(t, text_mask(TEXT_MASK_HEAD, bytes, t->escape, &own), env->width);
		free(own);
	} else {
		text_body_hex(t, bytes, flow_head_field(f, h->dir, "content-encoding"), env->width);
	}
	*fmt_size_long(shown, bytes.n) = '\0';
	*fmt_size_long(whole, seen) = '\0';
	text_lines_begin(t);
	if (bytes.n < seen)
		text_lines_addf(t, TEXT_NOTE, "(shown %s of %s)", shown, whole);
	else if (seen < HEX_UNIT_FROM)
		text_lines_addf(t, TEXT_NOTE, "(%" PRIu64 " bytes)", seen);
	else
		text_lines_addf(t, TEXT_NOTE, "(%s: %" PRIu64 " bytes)", whole, seen);
	if (env->sha256 && env->sha256[0]) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "sha256 ");
		text_lines_words(t, TEXT_PLAIN, env->sha256);
	} else if (!h->head && flow_body(f, h->dir)->kept == seen && seen > FLOW_SHA256_MAX) {
		text_lines_note(t, "sha256 is worked out up to 4 MiB");
	}
	if (!h->head)
		hex_shed(t, f, h->dir, env);
	free((char *)bytes.p);
}
