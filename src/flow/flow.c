/* SPDX-License-Identifier: MIT
 * Questions asked of one flow. */
#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct flow_body flow_body_none;

size_t
flow_body_copy(const struct flow_body *b, char *out, size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < b->npieces && n < max; i++) {
		size_t k = b->piece[i].n < max - n ? b->piece[i].n : max - n;
		if (out)
			memcpy(out + n, b->piece[i].p, k);
		n += k;
	}
	return n;
}

bool
flow_is_whole(const struct flow *f)
{
	const struct flow_detail *d = f->detail;
	bool whole = d && !f->spilled;

	for (int dir = 0; whole && dir < 2; dir++)
		whole = !d->body[dir].spilled && !(d->original[dir] && d->original[dir]->body.spilled);
	return whole;
}

bool
flow_body_shed(const struct flow *f, enum flow_dir dir)
{
	return f->detail ? f->detail->body[dir].shed : !f->spilled && f->state != FLOW_S_PASS && f->bytes[dir] > 0;
}

struct span
flow_passed_by(const struct flow *f)
{
	static const char before[] = "(passthrough ";
	size_t n = f->why ? strlen(f->why) : 0, skip = sizeof before - 1;

	if (f->state != FLOW_S_PASS || n <= skip || strncmp(f->why, before, skip) != 0)
		return SPAN_NONE;
	return span_of(f->why + skip, n - skip - 1);
}

struct span
flow_head_field(const struct flow *f, enum flow_dir dir, const char *name)
{
	return flow_field_of(flow_head(f, dir), name);
}

struct span
flow_field_of(struct span h, const char *name)
{
	size_t want = strlen(name);

	for (const char *p = h.p, *end = p ? p + h.n : p; p && p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			break;
		if ((size_t)(eol - p) > want && p[want] == ':' && strncasecmp(p, name, want) == 0) {
			const char *v = p + want + 1, *e = eol;
			while (v < e && (*v == ' ' || *v == '\t'))
				v++;
			while (e > v && (e[-1] == '\r' || e[-1] == ' ' || e[-1] == '\t'))
				e--;
			return span_of(v, (size_t)(e - v));
		}
		p = eol + 1;
	}
	return SPAN_NONE;
}

size_t
flow_bound(struct flow *const *flow, size_t n, uint64_t number)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (flow[mid]->number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
flow_tls_free_texts(struct flow_tls *t)
{
	if (t->why && t->why[0])
		free(t->why);
	if (t->remedy && t->remedy[0])
		free(t->remedy);
}

uint64_t
flow_duration_us(const struct flow *f, uint64_t now_mono_ns)
{
	uint64_t end = f->end_ns ? f->end_ns : now_mono_ns;

	return end > f->mono_ns ? (end - f->mono_ns) / 1000 : 0;
}

uint64_t
flow_rate(const struct flow *f, uint64_t now_mono_ns)
{
	uint64_t us = flow_duration_us(f, now_mono_ns), all = f->bytes[FLOW_REQUEST] + f->bytes[FLOW_RESPONSE];
	uint64_t second = us / 1000000;

	if (f->ended || !f->detail || !second)
		return us ? (uint64_t)((double)all * 1e6 / (double)us) : 0;
	if (second == f->activity_s)
		return f->detail->before_bytes;
	return second == f->activity_s + 1ull ? f->detail->second_bytes : 0;
}

uint64_t
flow_ttfb_us(const struct flow *f)
{
	return f->first_byte_ns > f->mono_ns ? (f->first_byte_ns - f->mono_ns) / 1000 : 0;
}

uint64_t
flow_response_ns(const struct flow *f)
{
	return f->first_byte_ns && f->detail ? f->first_byte_ns + f->detail->held_us[0] * 1000 : f->first_byte_ns;
}
