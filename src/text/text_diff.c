/* SPDX-License-Identifier: MIT
 * Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986), in stretches: when a stretch would take more than
 * TEXT_DIFF_EDITS_MAX changes, the way that came furthest is taken and the next stretch begins where it ended. */
#include "text/text_diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* Lines with their hashes, which tell most of them apart. */
struct side {
	const struct span *line;
	uint32_t *hash;
	uint32_t n;
};

/* The furthest x on each diagonal k = x - y after d changes, for every d so far: row d has d + 1 entries, k = -d, -d + 2 .. d. */
struct trace {
	int32_t x[(TEXT_DIFF_EDITS_MAX + 1) * (TEXT_DIFF_EDITS_MAX + 2) / 2];
};

static uint32_t
hash_line(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static void
side_init(struct side *s, const struct span *line, size_t n)
{
	s->line = line;
	s->n = (uint32_t)(n < TEXT_DIFF_LINES_MAX ? n : TEXT_DIFF_LINES_MAX);
	s->hash = mem_alloc(s->n * sizeof *s->hash + 1);
	for (uint32_t i = 0; i < s->n; i++)
		s->hash[i] = hash_line(line[i]);
}

static bool
same_line(const struct side *a, uint32_t i, const struct side *b, uint32_t j)
{
	return a->hash[i] == b->hash[j] && span_eq(a->line[i], b->line[j]);
}

static void
run_add(struct text_diff *d, enum text_diff_op op, uint32_t a, uint32_t b, uint32_t n)
{
	struct text_diff_run *last = d->nruns ? &d->run[d->nruns - 1] : NULL;

	if (!n)
		return;
	d->removed += op == TEXT_DIFF_REMOVED ? n : 0;
	d->added += op == TEXT_DIFF_ADDED ? n : 0;
	if (last && last->op == op) {
		last->n += n;
		return;
	}
	if (d->nruns == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->run = mem_resize(d->run, d->cap, sizeof *d->run);
	}
	d->run[d->nruns++] = (struct text_diff_run){.op = (uint8_t)op, .a = a, .b = b, .n = n};
}

static int32_t *
trace_row(struct trace *t, int d)
{
	return &t->x[d * (d + 1) / 2];
}

/* x on diagonal k after d changes, before the equal lines that follow. *down: the last change added a line. */
static int32_t
step_x(struct trace *t, int d, int k, bool *down)
{
	const int32_t *before = trace_row(t, d - 1);
	int at = (k + d) / 2; /* of k in row d; in row d - 1 diagonal k + 1 has the same place, k - 1 the one before */

	*down = k == -d || (k != d && before[at - 1] < before[at]);
	return *down ? before[at] : before[at - 1] + 1;
}

/* One stretch from (x0, y0) on. Fills the trace; returns the changes of the way taken and its last diagonal. */
static int
stretch_search(struct trace *t, const struct side *a, const struct side *b, uint32_t x0, uint32_t y0, int *last_k)
{
	int32_t na = (int32_t)(a->n - x0), nb = (int32_t)(b->n - y0);

	for (int d = 0; d <= TEXT_DIFF_EDITS_MAX; d++) {
		int32_t best = -1;
		for (int k = -d; k <= d; k += 2) {
			bool down = false;
			int32_t x = d ? step_x(t, d, k, &down) : 0, y = x - k;
			while (x < na && y < nb &&
			       same_line(a, x0 + (uint32_t)x, b, y0 + (uint32_t)y)) {
				x++;
				y++;
			}
			trace_row(t, d)[(k + d) / 2] = x;
			bool inside = x <= na && y <= nb; /* one is, as long as the end is not reached */
			if (inside && x + y > best) {
				best = x + y;
				*last_k = k;
			}
			if (inside && x == na && y == nb)
				return d;
		}
	}
	return TEXT_DIFF_EDITS_MAX;
}

/* One changed line and the equal ones after it. */
struct move {
	bool down; /* it was added */
	uint32_t same;
};

/* Walks the trace back and notes the way. */
static void
stretch_walk(struct trace *t, int d, int k, struct move *move)
{
	for (; d > 0; d--) {
		int32_t end = trace_row(t, d)[(k + d) / 2];
		bool down;
		int32_t x = step_x(t, d, k, &down);
		move[d].same = (uint32_t)(end - x);
		move[d].down = down;
		k += down ? 1 : -1;
	}
	move[0].same = (uint32_t)trace_row(t, 0)[0];
}

/* Within a change what is removed stands first. */
static void
stretch_emit(struct text_diff *out, const struct move *move, int d, uint32_t *x, uint32_t *y)
{
	uint32_t removed = 0, added = 0;

	run_add(out, TEXT_DIFF_SAME, *x, *y, move[0].same);
	*x += move[0].same;
	*y += move[0].same;
	for (int i = 1; i <= d; i++) {
		removed += !move[i].down;
		added += move[i].down;
		if (i < d && !move[i].same)
			continue;
		run_add(out, TEXT_DIFF_REMOVED, *x, *y, removed);
		*x += removed;
		run_add(out, TEXT_DIFF_ADDED, *x, *y, added);
		*y += added;
		run_add(out, TEXT_DIFF_SAME, *x, *y, move[i].same);
		*x += move[i].same;
		*y += move[i].same;
		removed = added = 0;
	}
}

/* Stretches meet inside a change at times: removed lines are brought before added ones, and runs of one kind joined. */
static void
runs_tidy(struct text_diff *d)
{
	struct text_diff old = *d;

	*d = (struct text_diff){.cut = old.cut};
	for (size_t i = 0; i < old.nruns;) {
		uint32_t a = old.run[i].a, b = old.run[i].b, removed = 0, added = 0;
		if (old.run[i].op == TEXT_DIFF_SAME) {
			run_add(d, TEXT_DIFF_SAME, a, b, old.run[i++].n);
			continue;
		}
		for (; i < old.nruns && old.run[i].op != TEXT_DIFF_SAME; i++)
			*(old.run[i].op == TEXT_DIFF_REMOVED ? &removed : &added) += old.run[i].n;
		run_add(d, TEXT_DIFF_REMOVED, a, b, removed);
		run_add(d, TEXT_DIFF_ADDED, a + removed, b, added);
		d->changed += removed > added ? removed : added;
	}
	free(old.run);
}

static void
compare(struct text_diff *d, const struct side *a, const struct side *b)
{
	struct trace *t = mem_alloc(sizeof *t);
	struct move *move = mem_array(TEXT_DIFF_EDITS_MAX + 1, sizeof *move);
	uint32_t x = 0, y = 0;

	while (x < a->n && y < b->n) {
		int k = 0, changes = stretch_search(t, a, b, x, y, &k);
		stretch_walk(t, changes, k, move);
		stretch_emit(d, move, changes, &x, &y);
	}
	run_add(d, TEXT_DIFF_REMOVED, x, y, a->n - x);
	run_add(d, TEXT_DIFF_ADDED, a->n, y, b->n - y);
	runs_tidy(d);
	free(move);
	free(t);
}

void
text_diff_init(struct text_diff *d, const struct span *a, size_t na, const struct span *b, size_t nb)
{
	struct side sa, sb;

	*d = (struct text_diff){.cut = na > TEXT_DIFF_LINES_MAX || nb > TEXT_DIFF_LINES_MAX};
	side_init(&sa, a, na);
	side_init(&sb, b, nb);
	compare(d, &sa, &sb);
	free(sa.hash);
	free(sb.hash);
}

void
text_diff_fini(struct text_diff *d)
{
	free(d->run);
	*d = (struct text_diff){.run = NULL};
}

struct span *
text_diff_split(struct span text, size_t *n)
{
	size_t cap = 64, at = 0;
	struct span *line = mem_array(cap, sizeof *line);

	*n = 0;
	while (at < text.n && *n <= TEXT_DIFF_LINES_MAX) {
		const char *p = text.p + at, *lf = memchr(p, '\n', text.n - at);
		size_t len = lf ? (size_t)(lf - p) : text.n - at;
		at += len + (lf != NULL);
		if (lf && len && p[len - 1] == '\r')
			len--;
		if (*n == cap) {
			cap *= 2;
			line = mem_resize(line, cap, sizeof *line);
		}
		line[(*n)++] = span_of(p, len);
	}
	return line;
}

/* The pieces of a line lie one after the other. */
static struct span
shown_line(const struct text_lines *t, size_t i)
{
	const struct text_line *l = &t->line[i];
	size_t n = 0;

	for (uint32_t k = 0; k < l->npieces; k++)
		n += t->piece[l->piece + k].n;
	return n ? span_of(t->bytes.p + t->piece[l->piece].off, n) : span_of("", 0);
}

struct span *
text_diff_split_lines(const struct text_lines *t, size_t *n)
{
	*n = t->nlines < TEXT_DIFF_LINES_MAX + 1 ? t->nlines : TEXT_DIFF_LINES_MAX + 1;
	struct span *line = mem_array(*n + 1, sizeof *line);

	for (size_t i = 0; i < *n; i++)
		line[i] = shown_line(t, i);
	return line;
}

/* ---- showing ---- */

static void
show_lines(struct text_lines *out, enum text_diff_op op, const struct span *line, size_t n)
{
	static const char *const mark[] = {"  ", "- ", "+ "};
	static const enum text_role role[] = {TEXT_PLAIN, TEXT_REMOVED, TEXT_ADDED};

	for (size_t i = 0; i < n; i++) {
		text_lines_begin(out);
		text_lines_words(out, role[op], mark[op]);
		text_lines_ready(out, role[op], line[i]);
	}
}

static void
show_same(struct text_lines *out, const struct span *line, size_t n, size_t before, size_t after)
{
	char words[64];

	/* A note in the place of one line would be no shorter. */
	if (before >= n || after >= n - before || n - before - after < 2) {
		show_lines(out, TEXT_DIFF_SAME, line, n);
		return;
	}
	show_lines(out, TEXT_DIFF_SAME, line, before);
	snprintf(words, sizeof words, "  (%zu equal lines)", n - before - after);
	text_lines_note(out, words);
	show_lines(out, TEXT_DIFF_SAME, line + n - after, after);
}

static void
show_runs(struct text_lines *out, const struct text_diff *d, const struct span *a, const struct span *b, size_t context)
{
	for (size_t i = 0; i < d->nruns; i++) {
		const struct text_diff_run *r = &d->run[i];
		if (r->op == TEXT_DIFF_SAME)
			show_same(out, a + r->a, r->n, i ? context : 0, i + 1 < d->nruns ? context : 0);
		else
			show_lines(out, r->op, r->op == TEXT_DIFF_REMOVED ? a + r->a : b + r->b, r->n);
	}
}

size_t
text_diff_show(struct text_lines *out, const struct text_lines *a, const struct text_lines *b, size_t context)
{
	size_t na, nb;
	struct span *la = text_diff_split_lines(a, &na), *lb = text_diff_split_lines(b, &nb);
	struct text_diff d;

	text_diff_init(&d, la, na, lb, nb);
	const size_t changed = d.changed;
	if (!changed)
		text_lines_note(out, "no line differs");
	show_runs(out, &d, la, lb, context);
	if (d.cut)
		text_lines_note(out, "only the first 20,000 lines were compared");
	text_diff_fini(&d);
	free(la);
	free(lb);
	return changed;
}
