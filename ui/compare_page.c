/* SPDX-License-Identifier: MIT
 * Two messages beside each other. */
#include "ui/compare_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "text/text_body.h"
#include "text/text_diff.h"
#include "text/text_head.h"
#include "text/text_mask.h"
#include "ui/fmt.h"

enum { COMPARE_TEXT_MAX = 8 << 20, COMPARE_CONTEXT = 3, COMPARE_GAP = 3, COMPARE_VALUE_MAX = 1 << 20, COMPARE_FIELDS_MAX = 1024 };

void
compare_side_take(struct compare_side *s, const struct flow *f, int escape_flags)
{
	s->number = f->number;
	for (int i = 0; i < 2; i++) {
		enum flow_dir dir = (enum flow_dir)i;
		struct compare_message *m = &s->message[i];
		struct span head = flow_head(f, dir), type = flow_head_field(f, dir, "content-type");
		size_t n = flow_body_copy(flow_body(f, dir), NULL, TEXT_BODY_MAX);
		char *copy = mem_alloc(n + 1);
		const struct text_body body = {.bytes = span_of(copy, flow_body_copy(flow_body(f, dir), copy, n)),
		    .seen = flow_body(f, dir)->seen,
		    .content_type = type.p ? type : SPAN_LIT(""),
		    .content_encoding = flow_head_field(f, dir, "content-encoding")};
		struct text_body_info info;

		char *own;
		head = text_mask(TEXT_MASK_HEAD, head, escape_flags, &own);
		m->head = head.p ? span_of(mem_dup(head.p, head.n), head.n) : SPAN_NONE;
		free(own);
		m->seen = flow_body(f, dir)->seen;
		m->kept = n;
		text_lines_init(&m->body, COMPARE_TEXT_MAX, escape_flags);
		if (n)
			text_body(&m->body, &body, &info);
		free(copy);
	}
}

void
compare_side_fini(struct compare_side *s)
{
	for (int dir = 0; s->number && dir < 2; dir++) {
		free((char *)s->message[dir].head.p);
		text_lines_fini(&s->message[dir].body);
	}
	s->number = 0;
}

bool
compare_line_differs(const struct text_lines *t, size_t line)
{
	const struct text_line *l = &t->line[line];

	for (uint32_t i = 0; i < l->npieces; i++)
		if (t->piece[l->piece + i].role == TEXT_REMOVED || t->piece[l->piece + i].role == TEXT_ADDED)
			return true;
	return false;
}

/* ---- lines ---- */

struct compare {
	struct text_lines *t;
	bool wide;
	size_t half; /* columns of a side */
	size_t differ;
};

/* Takes from *rest what fits in so many columns. */
static struct span
compare_fit(struct span *rest, size_t columns)
{
	size_t n = 0, used = 0;

	while (n < rest->n) {
		unsigned cp;
		size_t took = escape_utf8_decode(rest->p + n, rest->n - n, &cp);
		int width = took ? escape_width(cp) : 1;
		used += width > 0 ? (size_t)width : 0;
		if (used > columns && n)
			break;
		n += took ? took : 1;
	}
	struct span line = span_of(rest->p, n);
	*rest = span_of(rest->p + n, rest->n - n);
	return line;
}

/* Printable text of both sides; p NULL: that side has none of it. */
static void
compare_put_wide(struct compare *c, struct span a, struct span b, bool same)
{
	enum text_role left = same ? TEXT_PLAIN : TEXT_REMOVED, right = same ? TEXT_PLAIN : TEXT_ADDED;
	bool first = true;

	while (first || a.n || b.n) {
		text_lines_begin(c->t);
		text_lines_words(c->t, left, !first || same || !a.p ? "  " : "- ");
		text_lines_ready(c->t, left, compare_fit(&a, c->half));
		text_lines_pad(c->t, c->half + COMPARE_GAP, 1);
		text_lines_words(c->t, right, !first || same || !b.p ? "  " : "+ ");
		text_lines_ready(c->t, right, compare_fit(&b, c->half));
		first = false;
	}
}

static void
compare_put(struct compare *c, struct span a, struct span b, bool same)
{
	c->differ += !same;
	if (c->wide) {
		compare_put_wide(c, a, b, same);
		return;
	}
	if (a.p) {
		text_lines_begin(c->t);
		text_lines_words(c->t, same ? TEXT_PLAIN : TEXT_REMOVED, same ? "  " : "- ");
		text_lines_ready(c->t, same ? TEXT_PLAIN : TEXT_REMOVED, a);
	}
	if (b.p && !same) {
		text_lines_begin(c->t);
		text_lines_words(c->t, TEXT_ADDED, "+ ");
		text_lines_ready(c->t, TEXT_ADDED, b);
	}
}

/* The same for bytes as they came. */
static void
compare_put_raw(struct compare *c, struct span a, struct span b)
{
	struct buf shown[2];

	for (int i = 0; i < 2; i++) {
		buf_init(&shown[i], COMPARE_VALUE_MAX);
		escape_add(&shown[i], i ? b : a, c->t->escape);
	}
	compare_put(c, a.p ? buf_span(&shown[0]) : SPAN_NONE, b.p ? buf_span(&shown[1]) : SPAN_NONE, a.p && b.p && span_eq(a, b));
	buf_fini(&shown[0]);
	buf_fini(&shown[1]);
}

/* ---- heads ---- */

static size_t
compare_split_fields(struct span head, struct span *field)
{
	struct span line;
	size_t n = 0;

	for (bool start = true; n < COMPARE_FIELDS_MAX && text_next_line(&head, &line); start = false)
		if (!start && line.n)
			field[n++] = line;
	return n;
}

static struct span
compare_field_name(struct span field)
{
	const char *colon = memchr(field.p, ':', field.n);

	return span_of(field.p, colon ? (size_t)(colon - field.p) : field.n);
}

/* Fields in the order of a, each with the one of b that has its name, or the next of that name; then those that only b has. */
static void
compare_fields(struct compare *c, struct span a, struct span b)
{
	struct span *fa = mem_array(COMPARE_FIELDS_MAX, sizeof *fa), *fb = mem_array(COMPARE_FIELDS_MAX, sizeof *fb);
	size_t na = compare_split_fields(a, fa), nb = compare_split_fields(b, fb);

	for (size_t i = 0; i < na; i++) {
		size_t k = 0;
		while (k < nb && (!fb[k].p || !span_ieq(compare_field_name(fa[i]), compare_field_name(fb[k]))))
			k++;
		compare_put_raw(c, fa[i], k < nb ? fb[k] : SPAN_NONE);
		if (k < nb)
			fb[k] = SPAN_NONE;
	}
	for (size_t k = 0; k < nb; k++)
		if (fb[k].p)
			compare_put_raw(c, SPAN_NONE, fb[k]);
	free(fa);
	free(fb);
}

/* ---- bodies ---- */

static void
compare_same(struct compare *c, const struct span *line, size_t n, bool first, bool last)
{
	size_t before = first ? 0 : COMPARE_CONTEXT, after = last ? 0 : COMPARE_CONTEXT;
	bool all = n < before + after + 2;

	for (size_t i = 0; i < n; i++) {
		if (all || i < before || i >= n - after) {
			compare_put(c, line[i], line[i], true);
			continue;
		}
		text_lines_begin(c->t);
		text_lines_addf(c->t, TEXT_NOTE, "  (%zu equal lines)", n - before - after);
		i = n - after - 1;
	}
}

static void
compare_runs(struct compare *c, const struct text_diff *d, const struct span *a, const struct span *b)
{
	for (size_t i = 0; i < d->nruns; i++) {
		const struct text_diff_run *r = &d->run[i], *next = i + 1 < d->nruns ? r + 1 : NULL;
		if (r->op == TEXT_DIFF_SAME) {
			compare_same(c, a + r->a, r->n, i == 0, !next);
			continue;
		}
		/* What was removed stands beside what came in its place. */
		bool pair = c->wide && r->op == TEXT_DIFF_REMOVED && next && next->op == TEXT_DIFF_ADDED;
		size_t n = pair && next->n > r->n ? next->n : r->n;
		for (size_t k = 0; k < n; k++) {
			struct span left = r->op == TEXT_DIFF_REMOVED && k < r->n ? a[r->a + k] : SPAN_NONE;
			struct span right = r->op == TEXT_DIFF_ADDED ? b[r->b + k] : pair && k < next->n ? b[next->b + k] : SPAN_NONE;
			compare_put(c, left, right, false);
		}
		i += pair;
	}
}

static void
compare_bodies(struct compare *c, const struct compare_message *a, const struct compare_message *b)
{
	size_t na, nb;
	struct span *la = text_diff_split_lines(&a->body, &na), *lb = text_diff_split_lines(&b->body, &nb);
	struct text_diff d;

	text_diff_init(&d, la, na, lb, nb);
	compare_runs(c, &d, la, lb);
	if (d.cut)
		text_lines_note(c->t, "only the first 20,000 lines were compared");
	if (a->kept < a->seen || b->kept < b->seen)
		text_lines_note(c->t, "the bodies were not compared whole: the rest is too much, or was not kept");
	text_diff_fini(&d);
	free(la);
	free(lb);
}

/* ---- the page ---- */

static void
compare_rule(struct compare *c, const char *words)
{
	text_lines_begin(c->t);
	text_lines_words(c->t, TEXT_RULE, words);
}

void
compare_page(struct text_lines *t, const struct compare_side *a, const struct compare_side *b, enum flow_dir dir, int width)
{
	const struct compare_message *ma = &a->message[dir], *mb = &b->message[dir];
	struct compare c = {.t = t, .wide = width >= COMPARE_WIDE_FROM};
	char size[2][FMT_MAX + 1], words[80];

	c.half = ((size_t)width - COMPARE_GAP) / 2 - 2;
	compare_rule(&c, "head");
	compare_put_raw(&c, ma->head.p ? text_head_start(ma->head) : SPAN_NONE, mb->head.p ? text_head_start(mb->head) : SPAN_NONE);
	compare_fields(&c, ma->head, mb->head);
	*fmt_size_long(size[0], ma->seen) = '\0';
	*fmt_size_long(size[1], mb->seen) = '\0';
	snprintf(words, sizeof words, "body  %s and %s", size[0], size[1]);
	compare_rule(&c, words);
	if (ma->seen || mb->seen)
		compare_bodies(&c, ma, mb);
	else
		text_lines_note(t, "Neither has a body.");
	if (!c.differ)
		text_lines_note(t, "Nothing differs.");
}
