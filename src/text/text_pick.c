/* SPDX-License-Identifier: MIT
 * Choice of the renderer. */
#include "text/text_pick.h"

#include "base/escape.h"
#include "text/text_hex.h"
#include "text/text_plain.h"

enum { PICK_LOOK_BYTES = 4096, PICK_BAD_SHARE = 16 }; /* one bad byte in 16 makes it binary */

static const struct text_renderer renderer_text = {.name = "text", .render = text_plain};
static const struct text_renderer renderer_hex = {.name = "hex", .render = text_hex};

static bool
pick_is_control(unsigned cp)
{
	return cp < 0x20 && cp != '\n' && cp != '\r' && cp != '\t' && cp != '\f';
}

/* Text is UTF-8 with few controls; the look may cut a sequence at its end. */
static bool
pick_is_text(struct span body, size_t share)
{
	size_t n = body.n < PICK_LOOK_BYTES ? body.n : PICK_LOOK_BYTES;
	size_t bad = 0, took;
	unsigned cp;

	for (size_t i = 0; i < n; i += took) {
		took = escape_utf8_decode(body.p + i, body.n - i, &cp);
		bad += !took || pick_is_control(cp);
		took = took ? took : 1;
	}
	return bad * share <= n;
}

static bool
pick_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && span_ieq(span_of(s.p, n), span_of(prefix, n));
}

const struct text_renderer *
text_pick(struct span content_type, struct span body)
{
	/* A declared text type bears more stray bytes: it is shown as its sender meant it. */
	size_t share = pick_starts(content_type, "text/") ? 3 : PICK_BAD_SHARE;

	return pick_is_text(body, share) ? &renderer_text : &renderer_hex;
}
