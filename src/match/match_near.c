/* SPDX-License-Identifier: MIT
 * Proposals for names. */
#include "match/match_near.h"

#include "match/match_find.h"

enum { NAME_MAX_BYTES = 24 };

static const struct {
	const char *word, *field;
} meant[] = {{"status", "code"}, {"ctype", "type"}, {"mime", "type"}, {"duration", "time"}, {"latency", "time"}, {"length", "size"},
    {"process", "proc"}, {"ip", "server"}, {"domain", "host"}, {"uri", "url"}, {"verb", "method"}, {"cookie", "header[cookie]"},
    {"agent", "req.header[user-agent]"}, {"note", "comment"}, {"protocol", "proto"}, {"src", "client"}, {"dst", "server"},
    {"failed", "error"}, {"tlsversion", "tls.version"}, {"ja4", "tls.ja4"}, {"query", "path"}, {"request", "req.body"}, {"response", "res.body"}};

/* Letters to change, insert, leave out or swap with the next to make b of a. */
static unsigned
distance(struct span a, struct span b)
{
	unsigned row[3][NAME_MAX_BYTES + 1] = {{0}};

	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *two = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			char x = match_lower(a.p[i - 1]), y = b.p[j - 1];
			unsigned best = up[j - 1] + (x != y);
			best = up[j] + 1 < best ? up[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && x == b.p[j - 2] && match_lower(a.p[i - 2]) == y && two[j - 2] + 1 < best)
				best = two[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[a.n % 3][b.n];
}

/* How many letters they begin with alike. */
static size_t
alike(struct span a, struct span b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && match_lower(a.p[n]) == match_lower(b.p[n]))
		n++;
	return n;
}

static void
consider(struct span name, const char *candidate, const char **best, unsigned *best_distance)
{
	unsigned d = distance(name, span_str(candidate));

	if (d < *best_distance) {
		*best = candidate;
		*best_distance = d;
	}
}

/* How many letters may be wrong. */
static unsigned
allowed(struct span name)
{
	return name.n <= 3 ? 1 : name.n <= 5 ? 2 : 3;
}

const char *
match_near_field(struct span name)
{
	const char *best = NULL;
	unsigned best_distance = allowed(name) + 1;

	if (name.n < 2 || name.n > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
		if (match_same(name, span_str(meant[i].word)))
			return meant[i].field;
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
		consider(name, match_fields[i].name, &best, &best_distance);
	return best;
}

const char *
match_near_tilde(struct span name)
{
	const char *best = NULL;
	unsigned best_distance = allowed(name) + 1;

	if (name.n < 2 || name.n > NAME_MAX_BYTES)
		return NULL;
	for (unsigned i = 0; i < match_tildes_count; i++)
		consider(name, match_tildes[i].name, &best, &best_distance);
	return best;
}

const char *
match_near_value(const struct match_field_info *f, struct span word)
{
	const char *best = f->values[0];

	if (word.n > NAME_MAX_BYTES)
		return best;
	for (const char *const *v = f->values + 1; *v; v++) {
		struct span new = span_str(*v), old = span_str(best);
		size_t n = alike(word, new), most = alike(word, old);
		if (n > most || (n == most && distance(word, new) < distance(word, old)))
			best = *v;
	}
	return best;
}
