/* SPDX-License-Identifier: MIT
 * Search in a pager's text. */
#include "ui/pager_find.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum { FIND_WORDS_MAX = 96 };

void
pager_find_fini(struct pager_find *f)
{
	free(f->range);
	*f = (struct pager_find){.range = NULL};
}

void
pager_find_set(struct pager_find *f, const char *text)
{
	snprintf(f->text, sizeof f->text, "%s", text);
	f->at = 0;
	pager_find_forget(f);
}

void
pager_find_forget(struct pager_find *f)
{
	f->nranges = f->count = 0;
	f->more = false;
}

uint32_t
pager_find_next(struct pager_find *f)
{
	f->more = f->count == PAGER_FIND_MAX;
	return f->more ? 0 : ++f->count;
}

void
pager_find_add(struct pager_find *f, uint32_t off, uint32_t n, uint32_t number)
{
	if (f->nranges == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->range = mem_resize(f->range, f->cap, sizeof *f->range);
	}
	f->range[f->nranges++] = (struct pager_range){.off = off, .n = n, .number = number};
}

bool
pager_find_folds(const char *text)
{
	return text[strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static bool
find_equal(const char *p, struct span needle)
{
	for (size_t i = 0; i < needle.n; i++) {
		char c = p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		if (c != needle.p[i])
			return false;
	}
	return true;
}

size_t
pager_find_in(struct span s, size_t from, struct span needle, bool fold)
{
	if (!needle.n || s.n < needle.n || from > s.n - needle.n)
		return s.n;
	if (!fold) {
		const char *p = memmem(s.p + from, s.n - from, needle.p, needle.n);
		return p ? (size_t)(p - s.p) : s.n;
	}
	char small = needle.p[0],
	     capital = small >= 'a' && small <= 'z' ? (char)(small & ~0x20) : small;
	for (size_t i = from; i <= s.n - needle.n; i++)
		if ((s.p[i] == small || s.p[i] == capital) && find_equal(s.p + i, needle))
			return i;
	return s.n;
}

void
pager_find_collect(struct pager_find *f, const struct text_lines *t)
{
	struct span needle = span_str(f->text);
	bool fold = pager_find_folds(f->text);

	pager_find_forget(f);
	for (size_t i = 0; i < t->nlines && needle.n && !f->more; i++) {
		const struct text_line *l = &t->line[i];
		if (!l->npieces || t->piece[l->piece].role == TEXT_RULE)
			continue;
		const struct text_piece *last = &t->piece[l->piece + l->npieces - 1];
		uint32_t off = t->piece[l->piece].off;
		struct span s = span_of(t->bytes.p + off, last->off + last->n - off);
		size_t at = pager_find_in(s, 0, needle, fold);
		while (at < s.n && !f->more) {
			uint32_t number = pager_find_next(f);
			if (number)
				pager_find_add(f, off + (uint32_t)at, (uint32_t)needle.n, number);
			at = pager_find_in(s, at + needle.n, needle, fold);
		}
	}
	if (f->at > f->count)
		f->at = 0;
}

void
pager_find_show(const struct pager_find *f, struct pager *p)
{
	p->range = f->range;
	p->nranges = f->nranges;
	p->current = f->at;
	if (p->beside)
		pager_find_show(f, p->beside);
}

/* Index of the first range of the match; nranges when there is none. */
static size_t
find_range_of(const struct pager_find *f, uint32_t number)
{
	size_t lo = 0, hi = f->nranges;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (f->range[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t
find_off(const struct pager_find *f, uint32_t number)
{
	return f->range[find_range_of(f, number)].off;
}

/* The first match that begins on the screen or below it; count + 1 when there is none. */
static uint32_t
find_from_part(const struct pager_find *f, const struct pager *p)
{
	uint32_t off = p->row[p->top].off;
	size_t lo = 0, hi = f->nranges;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (f->range[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == f->nranges)
		return f->count + 1;
	/* Of a match that began above, only a part is here. */
	bool part = lo && f->range[lo - 1].number == f->range[lo].number;
	return f->range[lo].number + part;
}

/* The same of both columns, the left one first. */
static uint32_t
find_from_screen(const struct pager_find *f, struct pager *p)
{
	uint32_t number = find_from_part(f, p);
	const struct pager *part = number <= f->count ? pager_of(p, find_off(f, number)) : p;

	return part == p ? number : find_from_part(f, part);
}

static bool
find_is_shown(const struct pager_find *f, struct pager *p, uint32_t number)
{
	uint32_t off = find_off(f, number);
	const struct pager *part = pager_of(p, off);
	size_t row = pager_row_of(part, off);

	return row >= part->top && row < part->top + (size_t)part->height;
}

/* The match to go to, and whether that is round the end. */
static uint32_t
find_target(const struct pager_find *f, struct pager *p, bool backwards, bool *wrapped)
{
	bool here = f->at && find_is_shown(f, p, f->at);
	uint32_t from = here ? f->at : find_from_screen(f, p);
	uint32_t to = backwards ? from - 1 : here ? from + 1 : from;

	*wrapped = to < 1 || to > f->count;
	if (to < 1)
		return f->count;
	return to > f->count ? 1 : to;
}

void
pager_find_go(struct pager_find *f, struct pager *p, bool backwards, char *out, size_t size)
{
	char words[FIND_WORDS_MAX];
	bool wrapped;

	if (!f->count || !p->nrows) {
		escape_text(words, sizeof words, span_str(f->text), p->text ? p->text->escape : 0);
		snprintf(out, size, "No match for %s", words);
		return;
	}
	f->at = find_target(f, p, backwards, &wrapped);
	uint32_t off = find_off(f, f->at);
	struct pager *part = pager_of(p, off);
	pager_show(part, pager_row_of(part, off));
	snprintf(out, size, "%s%u of %u%s", wrapped ? "search wrapped: " : "", f->at, f->count,
	    f->more ? "+" : "");
}
