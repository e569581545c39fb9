/* SPDX-License-Identifier: MIT
 * Case-insensitive search: memchr looks for one byte of the needle in both its cases, the rest is compared in place. */
#include "match/match_find.h"

static bool
same(const char *p, struct span lower)
{
	for (size_t i = 0; i < lower.n; i++)
		if (match_lower(p[i]) != lower.p[i])
			return false;
	return true;
}

bool
match_same(struct span a, struct span b_lower)
{
	return a.n == b_lower.n && same(a.p, b_lower);
}

/* The byte of the needle that is rarest in headers, URLs and text: not a letter that is common, best no letter at all. */
static size_t
rare_byte(struct span needle)
{
	static const char common[] = "etaoinsrhldcumpgfwyb/-. ";
	size_t best = 0, best_rank = 0;

	for (size_t i = 0; i < needle.n; i++) {
		const char *at = needle.p[i] ? strchr(common, needle.p[i]) : NULL;
		size_t rank = at ? (size_t)(at - common) : sizeof common;
		if (rank >= best_rank) {
			best = i;
			best_rank = rank;
		}
	}
	return best;
}

/* Where the next of the byte's two cases is, between from and end; end when nowhere. */
struct pair {
	const char *lower, *upper; /* next place of each; end when there is none */
};

static const char *
next_of(const char *from, const char *end, char c)
{
	const char *at = from < end ? memchr(from, c, (size_t)(end - from)) : NULL;

	return at ? at : end;
}

bool
match_find(struct span hay, struct span needle)
{
	if (needle.n == 0)
		return true;
	if (hay.n < needle.n)
		return false;
	size_t k = rare_byte(needle);
	const char c = needle.p[k], C = c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
	const char *from = hay.p + k, *end = hay.p + hay.n - needle.n + k + 1;
	struct pair next = {next_of(from, end, c), c == C ? end : next_of(from, end, C)};

	for (;;) {
		const char *at = next.lower < next.upper ? next.lower : next.upper;
		if (at == end)
			return false;
		if (same(at - k, needle))
			return true;
		if (at == next.lower)
			next.lower = next_of(at + 1, end, c);
		else
			next.upper = next_of(at + 1, end, C);
	}
}
