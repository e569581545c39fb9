/* SPDX-License-Identifier: MIT
 * Bodies as lines. */
#include "text/text_body.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/coding.h"
#include "text/text_hex.h"
#include "text/text_mask.h"
#include "text/text_view.h"

enum { BODY_SIZE_TEXT = 32 };

/* 412 B, 1.2 KiB, 9.6 MiB */
static const char *
body_size(char out[BODY_SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB"};
	uint64_t unit = 1024;
	size_t i = 0;

	while (bytes / unit >= 1024 && i < 2) {
		unit *= 1024;
		i++;
	}
	/* Rounded as everywhere else on the screen. */
	uint64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	if (bytes < 1024)
		snprintf(out, BODY_SIZE_TEXT, "%u B", (unsigned)bytes);
	else
		snprintf(out, BODY_SIZE_TEXT, "%llu.%llu %s", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10), units[i]);
	return out;
}

static void
body_note_part(struct text_lines *t, size_t shown, uint64_t seen)
{
	char part[BODY_SIZE_TEXT], whole[BODY_SIZE_TEXT];

	text_lines_begin(t);
	text_lines_addf(
	    t, TEXT_NOTE, "(shown %s of %s)", body_size(part, shown), body_size(whole, seen));
}

/* What is under a coding cannot be looked into for secrets. */
bool
text_body_is_hidden(struct text_lines *t, bool coded)
{
	bool hidden = coded && (t->escape & TEXT_MASK);

	if (hidden)
		text_lines_note(t, "(not shown while mask is on: these bytes are under a coding)");
	return hidden;
}

/* Shows the content, or as much of it as could be decoded. */
static void
body_show(struct text_lines *t, const struct text_view *v, struct span content, bool coded,
    struct text_view_env *env, struct text_body_info *info)
{
	char *own;

	info->decoded_n = content.n;
	info->automatic = !v;
	if (text_body_is_hidden(t, coded))
		return;
	/* Bytes that are still coded are not what their type says. */
	if (coded)
		env->content_type = SPAN_NONE;
	info->view = text_view_show(t, v, text_mask(TEXT_MASK_BODY, content, t->escape, &own), env)->name;
	free(own);
	if (!info->note.text[0])
		info->note = env->why;
}

static void
body_decode(struct text_lines *t, const struct text_body *b, struct span bytes, bool partial,
    struct text_body_info *info)
{
	const struct text_view *v = text_view_find(b->view);
	struct text_view_env env = {.content_type = b->content_type, .fold = b->fold, .width = b->width};
	struct coding_result r;
	struct buf content;

	buf_init(&content, CODING_OUT_MAX_BYTES);
	coding_undo(b->content_encoding, bytes, &coding_limits_default, &content, &r);
	/* That coded data ends where the recording does is no news. */
	if (partial && r.end == CODING_CUT_SHORT && !r.coded)
		r.why.text[0] = '\0';
	info->note = r.why;
	info->coded = r.changed;
	env.partial = partial || r.end != CODING_WHOLE;
	if (r.coded)
		text_lines_note(t, r.why.text);
	body_show(t, v, r.changed ? buf_span(&content) : bytes, r.coded, &env, info);
	if (!r.coded && r.why.text[0])
		text_lines_note(t, r.why.text);
	buf_fini(&content);
}

/* The bytes as recorded. */
static void
body_hex(struct text_lines *t, struct span bytes, struct span content_encoding, int width)
{
	char *own;

	if (text_body_is_hidden(t, content_encoding.n > 0))
		return;
	text_hex(t, text_mask(TEXT_MASK_BODY, bytes, t->escape, &own), width);
	free(own);
}

void
text_body(struct text_lines *t, const struct text_body *b, struct text_body_info *info)
{
	size_t n = b->bytes.n < TEXT_BODY_MAX ? b->bytes.n : TEXT_BODY_MAX;
	struct span bytes = span_of(b->bytes.p, n);
	bool partial = n < b->seen || n < b->bytes.n;

	*info = (struct text_body_info){.view = "hex", .decoded_n = n};
	if (b->view && strcmp(b->view, "hex") == 0)
		body_hex(t, bytes, b->content_encoding, b->width);
	else
		body_decode(t, b, bytes, partial, info);
	if (partial)
		body_note_part(t, n, b->seen > b->bytes.n ? b->seen : b->bytes.n);
	if (t->cut && !info->note.text[0])
		err_set(&info->note, 0, "too long to show whole");
}
