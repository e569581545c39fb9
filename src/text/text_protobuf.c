/* SPDX-License-Identifier: MIT
 * Protocol Buffers as lines. */
#include "text/text_protobuf.h"

#include <stdio.h>

#include "base/escape.h"
#include "proto/protobuf.h"
#include "text/text_hex.h"
#include "text/text_type.h"

enum {
	PB_INDENT = 2,
	PB_NUMBER_BYTES = 16, /* of a field that is a number: no more of it is missing where a body was cut */
	PB_SHORT_MAX = 48,
	PB_DATA_COLUMNS = 8   /* of a text, at least: else it is not begun in a line */
};

struct pb {
	struct text_lines *t;
	struct text_view_env *env;
	unsigned level; /* of messages and groups round the fields */
};

static const char *
pb_ellipsis(const struct text_lines *t)
{
	return t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...";
}

static bool
pb_hides(const struct pb *p)
{
	return p->env->fold && p->level >= p->env->fold;
}

static void
pb_begin(const struct pb *p)
{
	text_lines_begin(p->t);
	text_lines_addf(p->t, TEXT_PLAIN, "%*s", (int)p->level * PB_INDENT, "");
}

static void
pb_hex(struct text_lines *t, struct span s, size_t max)
{
	for (size_t i = 0; i < s.n && i < max; i++)
		text_lines_addf(t, TEXT_PLAIN, i ? " %02x" : "%02x", (unsigned char)s.p[i]);
}

static double
pb_double(uint64_t v)
{
	double d;

	memcpy(&d, &v, sizeof d);
	return d;
}

static float
pb_float(uint64_t v)
{
	uint32_t bits = (uint32_t)v;
	float d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

static void
pb_number(struct text_lines *t, const struct protobuf_field *f)
{
	if (f->wire == PROTOBUF_I64) {
		text_lines_addf(t, TEXT_PLAIN, "0x%016llx", (unsigned long long)f->value);
		text_lines_addf(t, TEXT_NOTE, " (%.17g)", pb_double(f->value));
	} else if (f->wire == PROTOBUF_I32) {
		text_lines_addf(t, TEXT_PLAIN, "0x%08llx", (unsigned long long)f->value);
		text_lines_addf(t, TEXT_NOTE, " (%.9g)", (double)pb_float(f->value));
	} else {
		text_lines_addf(t, TEXT_PLAIN, "%llu", (unsigned long long)f->value);
		if (f->value >> 63)
			text_lines_addf(t, TEXT_NOTE, " (%lld)", (long long)f->value);
	}
}

static void pb_fields(struct pb *p, struct span in);

static void
pb_message(struct pb *p, const struct protobuf_field *f)
{
	p->level++;
	if (pb_hides(p)) {
		text_lines_addf(p->t, TEXT_NOTE, "{%s%llu B}", pb_ellipsis(p->t), (unsigned long long)f->data_n);
		p->t->folds++;
		p->level--;
		return;
	}
	text_lines_words(p->t, TEXT_PLAIN, "{");
	pb_fields(p, f->data);
	p->level--;
	pb_begin(p);
	text_lines_words(p->t, TEXT_PLAIN, "}");
}

static void
pb_bytes(struct pb *p, const struct protobuf_field *f)
{
	text_lines_addf(p->t, TEXT_NOTE, "%llu byte%s: ", (unsigned long long)f->data_n, f->data_n == 1 ? "" : "s");
	pb_hex(p->t, f->data, TEXT_PROTOBUF_BYTES_MAX);
	if (f->data.n > TEXT_PROTOBUF_BYTES_MAX)
		text_lines_words(p->t, TEXT_NOTE, pb_ellipsis(p->t));
}

static void
pb_len(struct pb *p, const struct protobuf_field *f)
{
	enum protobuf_guess g = f->data.n < f->data_n ? PROTOBUF_BYTES : protobuf_guess(f->data);

	text_lines_words(p->t, TEXT_NOTE, "len ");
	if (g == PROTOBUF_TEXT) {
		text_lines_words(p->t, TEXT_NOTE, "\"");
		text_lines_add(p->t, TEXT_PLAIN, f->data);
		text_lines_words(p->t, TEXT_NOTE, "\"");
	} else if (g == PROTOBUF_MESSAGE && p->level + 1 < PROTOBUF_DEPTH_MAX) {
		pb_message(p, f);
	} else {
		pb_bytes(p, f);
	}
	if (f->data.n < f->data_n)
		text_lines_words(p->t, TEXT_NOTE, "  (in part)");
}

static void
pb_field(struct pb *p, const struct protobuf_field *f)
{
	static const char *const wire[] = {[PROTOBUF_VARINT] = "varint ", [PROTOBUF_I64] = "i64 ", [PROTOBUF_I32] = "i32 "};

	if (pb_hides(p))
		return;
	pb_begin(p);
	text_lines_addf(p->t, TEXT_NAME, "%u ", f->number);
	if (f->wire == PROTOBUF_LEN) {
		pb_len(p, f);
	} else if (f->wire == PROTOBUF_SGROUP) {
		text_lines_words(p->t, TEXT_NOTE, "group ");
		text_lines_words(p->t, TEXT_PLAIN, "{");
	} else {
		text_lines_words(p->t, TEXT_NOTE, wire[f->wire]);
		pb_number(p->t, f);
	}
}

static void
pb_group_begin(struct pb *p)
{
	p->level++;
	if (pb_hides(p) && p->level == p->env->fold) {
		text_lines_words(p->t, TEXT_NOTE, pb_ellipsis(p->t));
		p->t->folds++;
	}
}

static void
pb_group_end(struct pb *p)
{
	bool hidden = pb_hides(p), outer;

	p->level--;
	outer = hidden && !pb_hides(p);
	if (!hidden)
		pb_begin(p);
	if (!hidden || outer)
		text_lines_words(p->t, TEXT_PLAIN, "}");
}

/* What is no field, from here to the end of the body. */
static void
pb_fail(struct pb *p, struct span rest, size_t at, const char *why)
{
	struct text_view_env *env = p->env;

	err_set(&env->why, ERR_SYNTAX, "not protobuf at byte %zu: %s", at, why);
	text_lines_note(p->t, env->why.text);
	text_hex(p->t, rest, env->width);
}

/* Groups that have begun and not ended. */
struct pb_groups {
	uint32_t number[PROTOBUF_DEPTH_MAX];
	unsigned depth;
};

/* Whether a field that could be read may stand there. */
static int
pb_check(const struct pb *p, const struct pb_groups *g, const struct protobuf_field *f, struct errmsg *why)
{
	if (f->wire == PROTOBUF_EGROUP && (!g->depth || g->number[g->depth - 1] != f->number))
		return err_set(why, ERR_SYNTAX, "a group ends that has not begun");
	if (f->wire == PROTOBUF_SGROUP && g->depth == PROTOBUF_DEPTH_MAX)
		return err_set(why, ERR_LIMIT, "groups are nested deeper than %d", PROTOBUF_DEPTH_MAX);
	if (f->data.n < f->data_n && !p->env->partial)
		return err_set(why, ERR_SYNTAX, "the value of field %u does not end", f->number);
	return 1;
}

static void
pb_put(struct pb *p, struct pb_groups *g, const struct protobuf_field *f)
{
	if (f->wire == PROTOBUF_EGROUP) {
		g->depth--;
		pb_group_end(p);
		return;
	}
	pb_field(p, f);
	if (f->wire == PROTOBUF_SGROUP) {
		g->number[g->depth++] = f->number;
		pb_group_begin(p);
	}
}

/* A message inside another one was read to its end before it was taken for one, so only the outermost can fail. */
static void
pb_fields(struct pb *p, struct span in)
{
	struct pb_groups g = {.depth = 0};
	struct errmsg why = {""};
	struct protobuf_field f;
	struct span rest = in;
	int got = 1;

	while (got == 1 && !p->t->cut) {
		struct span before = rest;
		got = protobuf_next(&rest, &f, &why);
		if (got == 1)
			got = pb_check(p, &g, &f, &why);
		if (got == 1)
			pb_put(p, &g, &f);
		else
			rest = before;
	}
	if (got == 0 && g.depth && !p->env->partial)
		got = err_set(&why, ERR_SYNTAX, "a group does not end");
	p->level -= g.depth;
	bool cut_there = p->env->partial && rest.n < PB_NUMBER_BYTES;
	if (got < 0 && !cut_there)
		pb_fail(p, rest, in.n - rest.n, why.text);
}

bool
text_protobuf_fits(struct span content_type, struct span body)
{
	static const char *const types[] = {"application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf",
	    "application/x-google-protobuf"};

	(void)body;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (text_type_is(content_type, types[i]))
			return true;
	return text_type_ends(content_type, "+protobuf");
}

int
text_protobuf(struct text_lines *t, struct span body, struct text_view_env *env)
{
	struct pb p = {.t = t, .env = env};

	pb_fields(&p, body);
	return env->why.text[0] ? ERR_SYNTAX : 0;
}

/* ---- in one line ---- */

/* What has a length of its own: numbers, brackets; "" for text and bytes, which are cut. */
static void
pb_short(const struct protobuf_field *f, enum protobuf_guess g, char *out, size_t size)
{
	unsigned long long v = (unsigned long long)f->value;

	*out = '\0';
	if (f->wire == PROTOBUF_SGROUP || f->wire == PROTOBUF_EGROUP)
		snprintf(out, size, f->wire == PROTOBUF_SGROUP ? "{" : "}");
	else if (f->wire == PROTOBUF_I32)
		snprintf(out, size, "0x%08llx", v);
	else if (f->wire == PROTOBUF_I64)
		snprintf(out, size, "0x%016llx", v);
	else if (f->wire == PROTOBUF_VARINT)
		snprintf(out, size, "%llu", v);
	else if (g == PROTOBUF_MESSAGE)
		snprintf(out, size, "{%llu B}", (unsigned long long)f->data_n);
}

/* Text or bytes, as much as there is room for; false: not all. */
static bool
pb_line_data(struct text_lines *t, struct span data, enum protobuf_guess g, size_t room)
{
	if (g != PROTOBUF_TEXT) {
		pb_hex(t, data, room / 3);
		return data.n <= room / 3;
	}
	struct span part = text_lines_cut(t, data, room - 2);
	text_lines_words(t, TEXT_NOTE, "\"");
	text_lines_add(t, TEXT_PLAIN, part);
	text_lines_words(t, TEXT_NOTE, "\"");
	return part.n == data.n;
}

/* Adds a field, at most *room columns, which become what is left; false: it has no room, or not all of it. */
static bool
pb_line_field(struct text_lines *t, const struct protobuf_field *f, bool first, size_t *room)
{
	enum protobuf_guess g = f->wire != PROTOBUF_LEN || f->data.n < f->data_n ? PROTOBUF_BYTES : protobuf_guess(f->data);
	char head[PB_SHORT_MAX], value[PB_SHORT_MAX];
	bool data;

	pb_short(f, g, value, sizeof value);
	data = !*value;
	snprintf(head, sizeof head, f->wire == PROTOBUF_EGROUP ? "%s" : "%s%u: ", first ? "" : "  ", f->number);
	size_t n = strlen(head) + (data ? PB_DATA_COLUMNS : strlen(value)), from = t->bytes.n;
	if (n > *room)
		return false;
	text_lines_words(t, TEXT_NAME, head);
	text_lines_words(t, TEXT_PLAIN, value);
	bool all = !data || pb_line_data(t, f->data, g, *room - strlen(head));
	n = t->bytes.n > from ? text_columns(span_of(t->bytes.p + from, t->bytes.n - from)) : 0;
	*room = n < *room ? *room - n : 0;
	return all && !t->cut && f->data.n == f->data_n;
}

bool
text_protobuf_line(struct text_lines *t, struct span body, size_t columns)
{
	struct protobuf_field f;
	bool first = true;
	int got;

	while ((got = protobuf_next(&body, &f, NULL)) == 1) {
		if (!pb_line_field(t, &f, first, &columns))
			return false;
		first = false;
	}
	return got == 0;
}
