/* SPDX-License-Identifier: MIT
 * The table of renderers and the choice among them. */
#include "text/text_view.h"

#include "base/escape.h"
#include "text/text_charset.h"
#include "text/text_form.h"
#include "text/text_hex.h"
#include "text/text_json.h"
#include "text/text_multipart.h"
#include "text/text_plain.h"
#include "text/text_protobuf.h"
#include "text/text_type.h"

enum {
	VIEW_LOOK_BYTES = 4096,
	VIEW_BAD_SHARE = 16, /* one bad byte in 16 makes it binary */
	VIEW_BAD_SHARE_TEXT = 3,
	VIEW_UTF8_MAX = 8 << 20 /* of a converted body */
};

static bool
view_is_control(unsigned cp)
{
	return cp < 0x20 && cp != '\n' && cp != '\r' && cp != '\t' && cp != '\f';
}

/* Text is UTF-8 with few controls; the look may cut a sequence at its end. */
static bool
view_fits_text(struct span content_type, struct span body)
{
	/* A declared text type bears more stray bytes: it is shown as its sender meant it. */
	size_t share =
	    text_type_starts(content_type, "text/") ? VIEW_BAD_SHARE_TEXT : VIEW_BAD_SHARE;
	size_t n = body.n < VIEW_LOOK_BYTES ? body.n : VIEW_LOOK_BYTES;
	size_t bad = 0, took;
	unsigned cp;

	for (size_t i = 0; i < n; i += took) {
		took = escape_utf8_decode(body.p + i, body.n - i, &cp);
		bad += !took || view_is_control(cp);
		took = took ? took : 1;
	}
	return bad * share <= n;
}

static bool
view_fits_always(struct span content_type, struct span body)
{
	(void)content_type, (void)body;
	return true;
}

static int
view_render_text(struct text_lines *t, struct span body, struct text_view_env *env)
{
	(void)env;
	text_plain(t, body);
	return 0;
}

static int
view_render_hex(struct text_lines *t, struct span body, struct text_view_env *env)
{
	text_hex(t, body, env->width);
	return 0;
}

const struct text_view text_views[] = {
    {"json", true, text_json_fits, text_json},
    {"form", true, text_form_fits, text_form},
    {"multipart", false, text_multipart_fits, text_multipart},
    {"protobuf", false, text_protobuf_fits, text_protobuf},
    {"text", true, view_fits_text, view_render_text},
    {"hex", false, view_fits_always, view_render_hex},
};
const size_t text_view_count = sizeof text_views / sizeof *text_views;

const struct text_view *
text_view_find(const char *name)
{
	for (size_t i = 0; name && i < text_view_count; i++)
		if (strcmp(text_views[i].name, name) == 0)
			return &text_views[i];
	return NULL;
}

const char *
text_view_next(const char *name)
{
	const struct text_view *v = text_view_find(name);
	size_t next = v ? (size_t)(v - text_views) + 1 : 0;

	return next < text_view_count ? text_views[next].name : NULL;
}

/* The first view that fits the bytes in the form that it wants them in. */
static const struct text_view *
view_pick(struct span content_type, struct span body, struct span utf8, unsigned nesting)
{
	const struct text_view *v = text_views;

	while (!v->fits(content_type, v->utf8 ? utf8 : body) ||
	       (v->render == text_multipart && nesting >= TEXT_MULTIPART_NESTING_MAX))
		v++;
	return v;
}

const struct text_view *
text_view_pick(struct span content_type, struct span body)
{
	return view_pick(content_type, body, body, 0);
}

/* Two bytes at the beginning of a picture may look like a byte order mark. */
static bool
view_may_be_text(struct span content_type)
{
	static const char *const binary[] = {"image/", "audio/", "video/", "font/", "multipart/"};

	for (size_t i = 0; i < sizeof binary / sizeof *binary; i++)
		if (text_type_starts(content_type, binary[i]))
			return false;
	return true;
}

const struct text_view *
text_view_show(
    struct text_lines *t, const struct text_view *v, struct span body, struct text_view_env *env)
{
	struct span utf8 = body;
	struct errmsg note = {""};
	struct buf converted;

	env->why.text[0] = '\0';
	buf_init(&converted, VIEW_UTF8_MAX);
	if (v ? v->utf8 : view_may_be_text(env->content_type))
		utf8 = text_charset_utf8(env->content_type, body, &converted, &note);
	if (!v)
		v = view_pick(env->content_type, body, utf8, env->nesting);
	if (v->utf8 && note.text[0])
		text_lines_note(t, note.text);
	v->render(t, v->utf8 ? utf8 : body, env);
	if (v->utf8 && note.text[0] && !env->why.text[0])
		env->why = note;
	buf_fini(&converted);
	return v;
}
