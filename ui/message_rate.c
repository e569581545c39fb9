/* SPDX-License-Identifier: MIT
 * Messages a second. */
#include "ui/message_rate.h"

#include <stdio.h>

#include "flow/body_messages.h"
#include "flow/flow.h"
#include "ui/fmt.h"

enum {
	RATE_WHOLE_FROM = 100, /* tenths */
};

static const uint64_t rate_window_ns = 5000000000, rate_shortest_ns = 1000000000;

/* The time that is looked at. What lasted less than a second had no more a second than it had. */
static uint64_t
rate_span_ns(const struct flow *f, uint64_t now_ns)
{
	uint64_t until = f->ended ? f->end_ns : now_ns, age = until > f->mono_ns ? until - f->mono_ns : 0;

	if (!f->ended && age > rate_window_ns)
		age = rate_window_ns;
	return age > rate_shortest_ns ? age : rate_shortest_ns;
}

static uint64_t
rate_tenths(uint64_t n, uint64_t span_ns)
{
	uint64_t span_ms = span_ns / 1000000;
	uint64_t tenths = (n * 10000 + span_ms / 2) / span_ms;

	return n && !tenths ? 1 : tenths; /* few is not none */
}

static struct message_rate
rate_of_counts(const struct flow *f, const uint64_t n[2], uint64_t now_ns)
{
	uint64_t span = rate_span_ns(f, now_ns);

	return (struct message_rate){true, {rate_tenths(n[0], span), rate_tenths(n[1], span)}};
}

struct message_rate
message_rate_of(const struct flow *f, const uint64_t total[2], uint64_t now_ns)
{
	const struct flow_messages *all = f->detail ? f->detail->messages : NULL;
	uint64_t span = rate_span_ns(f, now_ns), since = now_ns > span ? now_ns - span : 0, n[2] = {0, 0};

	if (f->ended)
		return total ? rate_of_counts(f, total, now_ns) : (struct message_rate){.known = false};
	/* Of those after the last that is listed it is not known. */
	if (!all || all->n == FLOW_MESSAGES_MAX)
		return (struct message_rate){.known = false};
	for (unsigned i = all->n; i-- && all->at[i].mono_ns >= since;)
		n[all->at[i].dir]++;
	return rate_of_counts(f, n, now_ns);
}

/* How many came from since_ms on; false: it is not known. */
static bool
rate_count_side(const struct body_messages *b, enum flow_dir dir, uint64_t since_ms, uint64_t *n)
{
	struct body_messages_side side;

	body_messages_side(b, dir, &side);
	for (uint64_t i = side.end; i-- > side.first; ++*n) {
		uint32_t came_ms = body_messages_came(b, dir, i);
		if (!came_ms)
			return false;
		if (came_ms < since_ms)
			return true;
	}
	return side.first == 0;
}

/* All of them, when nothing was shed and all that was recorded could be read. */
static bool
rate_count_ended(const struct flow *f, const struct body_messages *b, enum flow_dir dir, uint64_t *n)
{
	struct body_messages_side side;

	body_messages_side(b, dir, &side);
	*n = side.end;
	return !side.there || (!side.broken && side.read >= flow_body(f, dir)->seen);
}

struct message_rate
message_rate_of_bodies(const struct flow *f, const struct body_messages *b, uint64_t now_ns)
{
	uint64_t span = rate_span_ns(f, now_ns), age = now_ns > f->mono_ns ? now_ns - f->mono_ns : 0, n[2] = {0, 0};
	uint64_t since_ms = age > span ? (age - span) / 1000000 + 1 : 0;

	for (int dir = 0; dir < 2; dir++)
		if (f->ended ? !rate_count_ended(f, b, (enum flow_dir)dir, &n[dir]) : !rate_count_side(b, (enum flow_dir)dir, since_ms, &n[dir]))
			return (struct message_rate){.known = false};
	return rate_of_counts(f, n, now_ns);
}

static char *
rate_put(char *p, uint64_t tenths)
{
	return tenths >= RATE_WHOLE_FROM || tenths % 10 == 0 ? fmt_u64(p, (tenths + 5) / 10) : fmt_tenths(p, tenths);
}

const char *
message_rate_text(const struct message_rate *r, char out[MESSAGE_RATE_BYTES])
{
	char in[FMT_MAX + 1], sent[FMT_MAX + 1];

	out[0] = '\0';
	if (!r->known)
		return out;
	*rate_put(in, r->tenths[FLOW_RESPONSE]) = '\0';
	*rate_put(sent, r->tenths[FLOW_REQUEST]) = '\0';
	snprintf(out, MESSAGE_RATE_BYTES, "%s/s in, %s/s out", in, sent);
	return out;
}
