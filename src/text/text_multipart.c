/* SPDX-License-Identifier: MIT
 * Parts between boundaries. */
#include "text/text_multipart.h"

#include "proto/http_char.h"
#include "text/text_head.h"
#include "text/text_plain.h"
#include "text/text_type.h"

/* A boundary line: where what comes before it ends, and where what follows begins. */
struct boundary {
	size_t before, after;
	bool last;
};

struct delimiter {
	char text[TEXT_MULTIPART_BOUNDARY_MAX + 3]; /* with the leading "--" */
	size_t n;
};

static bool
delimiter_init(struct delimiter *d, struct span content_type)
{
	size_t n = text_type_param(content_type, "boundary", d->text + 2, sizeof d->text - 2);

	d->text[0] = d->text[1] = '-';
	d->n = n + 2;
	return n > 0;
}

bool
text_multipart_fits(struct span content_type, struct span body)
{
	struct delimiter d;

	(void)body;
	return text_type_starts(content_type, "multipart/") && delimiter_init(&d, content_type);
}

/* Whether the line that has the delimiter at its beginning is a boundary: only white space may
 * follow, so that one boundary can be the beginning of another. */
static bool
boundary_at(struct span body, size_t at, size_t delimiter_n, struct boundary *b)
{
	size_t i = at + delimiter_n;

	b->last = body.n - i >= 2 && memcmp(body.p + i, "--", 2) == 0;
	i += b->last ? 2 : 0;
	while (i < body.n && (body.p[i] == ' ' || body.p[i] == '\t' || body.p[i] == '\r'))
		i++;
	if (i < body.n && body.p[i] != '\n')
		return false;
	b->after = i < body.n ? i + 1 : i;
	b->before = at;
	/* The line end before a boundary belongs to it. */
	if (b->before && body.p[b->before - 1] == '\n')
		b->before--;
	if (b->before && b->before < at && body.p[b->before - 1] == '\r')
		b->before--;
	return true;
}

/* Looks from the beginning of a line on. */
static bool
boundary_find(struct span body, size_t from, const struct delimiter *d, struct boundary *b)
{
	while (body.n - from >= d->n) {
		const char *line = body.p + from;
		if (memcmp(line, d->text, d->n) == 0 && boundary_at(body, from, d->n, b))
			return true;
		const char *end = memchr(line, '\n', body.n - from);
		if (!end)
			return false;
		from = (size_t)(end - body.p) + 1;
	}
	return false;
}

/* Splits a part at its blank line; a part without one is all head. */
static struct span
part_head(struct span *part)
{
	struct span rest = *part, line, head;

	while (text_next_line(&rest, &line) && line.n)
		continue;
	head = span_of(part->p, part->n - rest.n);
	*part = rest;
	return head;
}

static struct span
part_type(struct span head)
{
	struct span line, name = SPAN_LIT("content-type:");

	while (text_next_line(&head, &line))
		if (line.n >= name.n && span_ieq(span_of(line.p, name.n), name))
			return http_trim(span_of(line.p + name.n, line.n - name.n));
	return SPAN_NONE;
}

static void
part_show(struct text_lines *t, unsigned number, struct span part, struct text_view_env *env)
{
	struct span head = part_head(&part);
	struct text_view_env inner = {
	    .content_type = part_type(head),
	    .width = env->width,
	    .partial = env->partial,
	    .nesting = env->nesting + 1,
	};

	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "part %u", number);
	text_lines_addf(t, TEXT_NOTE, "%zu byte%s", part.n, part.n == 1 ? "" : "s");
	text_head_fields(t, head);
	if (part.n) {
		text_lines_begin(t);
		text_view_show(t, NULL, part, &inner);
	}
	if (!env->why.text[0])
		env->why = inner.why;
}

/* Notes why the body is not what its type says, and shows it all the same. */
static int
multipart_fail(struct text_lines *t, struct span body, struct text_view_env *env, const char *why)
{
	err_set(&env->why, 0, "not multipart: %s", why);
	text_lines_note(t, env->why.text);
	text_plain(t, body);
	return ERR_SYNTAX;
}

static void
multipart_note_left(struct text_lines *t, size_t n, const char *what)
{
	if (!n)
		return;
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "(%zu byte%s %s)", n, n == 1 ? "" : "s", what);
}

/* The parts from the first boundary on. */
static int
multipart_parts(struct text_lines *t, struct span body, const struct delimiter *d,
    struct boundary at, struct text_view_env *env)
{
	unsigned number = 0;

	while (!at.last && !t->cut) {
		struct boundary next = {body.n, body.n, true};
		if (++number > TEXT_MULTIPART_PARTS_MAX) {
			multipart_note_left(
			    t, body.n - at.after, "follow: the limit of parts is reached");
			break;
		}
		bool closed = boundary_find(body, at.after, d, &next);
		size_t end = next.before > at.after ? next.before : at.after;
		part_show(t, number, span_of(body.p + at.after, end - at.after), env);
		if (!closed && !env->partial) {
			err_set(&env->why, 0, "not multipart: the last boundary is missing");
			text_lines_note(t, env->why.text);
		}
		at = next;
	}
	if (at.last)
		multipart_note_left(t, body.n - at.after, "after the last boundary");
	return env->why.text[0] ? ERR_SYNTAX : 0;
}

int
text_multipart(struct text_lines *t, struct span body, struct text_view_env *env)
{
	struct delimiter d;
	struct boundary first;

	if (!delimiter_init(&d, env->content_type))
		return multipart_fail(
		    t, body, env, "its type names no boundary of 1 to 70 characters");
	if (!boundary_find(body, 0, &d, &first))
		return multipart_fail(t, body, env, "no line of it is the boundary");
	multipart_note_left(t, first.before, "before the first boundary");
	return multipart_parts(t, body, &d, first, env);
}
