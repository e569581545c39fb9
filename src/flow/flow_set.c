/* SPDX-License-Identifier: MIT
 * A sorted array. */
#include "flow/flow_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
flow_set_fini(struct flow_set *s)
{
	free(s->number);
	*s = (struct flow_set){.number = NULL};
}

void
flow_set_clear(struct flow_set *s)
{
	s->n = 0;
}

size_t
flow_set_bound(const struct flow_set *s, uint64_t number)
{
	size_t lo = 0, hi = s->n;

	if (hi && s->number[hi - 1] < number)
		return hi;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->number[mid] < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
flow_set_has(const struct flow_set *s, uint64_t number)
{
	size_t at = flow_set_bound(s, number);

	return at < s->n && s->number[at] == number;
}

bool
flow_set_add(struct flow_set *s, uint64_t number)
{
	size_t at = flow_set_bound(s, number);

	if (at < s->n && s->number[at] == number)
		return false;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->number = mem_resize(s->number, s->cap, sizeof *s->number);
	}
	memmove(s->number + at + 1, s->number + at, (s->n - at) * sizeof *s->number);
	s->number[at] = number;
	s->n++;
	return true;
}

bool
flow_set_remove(struct flow_set *s, uint64_t number)
{
	size_t at = flow_set_bound(s, number);

	if (at == s->n || s->number[at] != number)
		return false;
	memmove(s->number + at, s->number + at + 1, (s->n - at - 1) * sizeof *s->number);
	s->n--;
	return true;
}

size_t
flow_set_common(const struct flow_set *s, const uint64_t *number, size_t n)
{
	size_t at = n ? flow_set_bound(s, number[0]) : 0, common = 0;

	for (size_t i = 0; i < n && at < s->n; i++) {
		while (at < s->n && s->number[at] < number[i])
			at++;
		common += at < s->n && s->number[at] == number[i];
	}
	return common;
}

/* From the end on, so that nothing is overwritten before it has moved. */
void
flow_set_join(struct flow_set *s, const uint64_t *number, size_t n)
{
	size_t more = n - flow_set_common(s, number, n), from = s->n, to = s->n + more;

	if (to > s->cap) {
		s->cap = s->cap ? s->cap : 64;
		while (s->cap < to)
			s->cap *= 2;
		s->number = mem_resize(s->number, s->cap, sizeof *s->number);
	}
	s->n = to;
	while (to > from) {
		if (from && s->number[from - 1] > number[n - 1]) {
			to--;
			s->number[to] = s->number[--from];
			continue;
		}
		from -= from && s->number[from - 1] == number[n - 1];
		s->number[--to] = number[--n];
	}
}

void
flow_set_subtract(struct flow_set *s, const uint64_t *number, size_t n)
{
	size_t to = n ? flow_set_bound(s, number[0]) : s->n, from = to, i = 0;

	while (from < s->n && i < n) {
		while (i < n && number[i] < s->number[from])
			i++;
		if (i < n && number[i] == s->number[from])
			from++;
		else
			s->number[to++] = s->number[from++];
	}
	if (to < from)
		memmove(s->number + to, s->number + from, (s->n - from) * sizeof *s->number);
	s->n -= from - to;
}

void
flow_set_drop_first(struct flow_set *s, size_t k)
{
	if (!k)
		return;
	memmove(s->number, s->number + k, (s->n - k) * sizeof *s->number);
	s->n -= k;
}
