/* SPDX-License-Identifier: MIT
 * Values of number fields: units, status classes, ranges. */
#include "match/match_internal.h"

#include "match/match_find.h"

struct unit {
	const char *name; /* lower case */
	int64_t factor;
};

static const struct unit size_units[] = {{"", 1}, {"b", 1}, {"k", 1 << 10}, {"kb", 1 << 10}, {"kib", 1 << 10}, {"m", 1 << 20},
    {"mb", 1 << 20}, {"mib", 1 << 20}, {"g", 1 << 30}, {"gb", 1 << 30}, {"gib", 1 << 30}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};
static const struct unit time_units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000},
    {"d", 86400000000}, {NULL, 0}};

static const struct unit *
units_of(enum match_type t)
{
	if (t == MATCH_T_SIZE)
		return size_units;
	return t == MATCH_T_TIME || t == MATCH_T_DATE ? time_units : plain_units;
}

enum { DIGITS_MAX = 18 };

/* The digits at *at as a number; their count, 0 when there are none or too many. */
static size_t
digits(struct span s, size_t *at, int64_t *out)
{
	size_t from = *at;

	for (*out = 0; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; ++*at) {
		if (*at - from == DIGITS_MAX)
			return 0;
		*out = *out * 10 + (s.p[*at] - '0');
	}
	return *at - from;
}

static const char *
scale(int64_t whole, int64_t part, int64_t part_of, int64_t factor, int64_t *out)
{
	int64_t more;

	if (__builtin_mul_overflow(whole, factor, out) || __builtin_mul_overflow(part, factor, &more) ||
	    __builtin_add_overflow(*out, more / part_of, out))
		return "too large a number";
	return NULL;
}

/* One number with its unit. */
static const char *
number(enum match_type t, struct span s, int64_t *out)
{
	bool negative = t == MATCH_T_DATE && s.n && s.p[0] == '-';
	size_t at = negative, from;
	int64_t whole = 0, part = 0, part_of = 1;

	if (!digits(s, &at, &whole))
		return "expected a number here";
	if (at < s.n && s.p[at] == '.' && units_of(t) != plain_units) {
		from = ++at;
		if (!digits(s, &at, &part) || at - from > 6)
			return "too many digits after the point";
		while (from++ < at)
			part_of *= 10;
	}
	struct span unit = span_of(s.p + at, s.n - at);
	bool times = units_of(t) == time_units;
	if (times && !unit.n && whole + part)
		return "expected a unit: us ms s m h d";
	for (const struct unit *u = units_of(t); u->name; u++) {
		if (!match_same(unit, span_str(u->name)) && !(times && !unit.n))
			continue;
		const char *why = scale(whole, part, part_of, u->factor, out);
		*out = negative ? -*out : *out;
		return why;
	}
	if (t == MATCH_T_SIZE)
		return "no such unit, there are k M G";
	return times ? "no such unit, there are us ms s m h d" : "expected a number here";
}

/* 5xx. */
static bool
status_class(struct span s, struct match_value *v)
{
	if (s.n != 3 || s.p[0] < '1' || s.p[0] > '9' || match_lower(s.p[1]) != 'x' || match_lower(s.p[2]) != 'x')
		return false;
	v->lo = (s.p[0] - '0') * 100;
	v->hi = v->lo + 99;
	return true;
}

const char *
match_value_range(enum match_type t, struct span s, struct match_value *v)
{
	for (size_t i = 1; i + 2 < s.n; i++) {
		if (s.p[i] != '.' || s.p[i + 1] != '.')
			continue;
		const char *why = number(t, span_of(s.p, i), &v->lo);
		if (!why)
			why = number(t, span_of(s.p + i + 2, s.n - i - 2), &v->hi);
		return !why && v->lo > v->hi ? "the range ends before it begins" : why;
	}
	if (t == MATCH_T_STATUS && status_class(s, v))
		return NULL;
	const char *why = number(t, s, &v->lo);
	v->hi = v->lo;
	return why;
}

bool
match_value_version(struct span s, int64_t *out)
{
	size_t at = 0;
	int64_t major, minor = 0;
	bool ssl = s.n > 3 && match_same(span_of(s.p, 3), SPAN_LIT("ssl"));

	/* TLSv1.2, tls1.2, SSLv3 */
	while (at < s.n && at < 4 && (s.p[at] < '0' || s.p[at] > '9')) {
		char c = match_lower(s.p[at]);
		if (c != "tlsv"[at] && c != "sslv"[at] && c != ' ')
			return false;
		at++;
	}
	if (!digits(s, &at, &major) || major > 9)
		return false;
	if (at < s.n && s.p[at] == '.') {
		at++;
		if (!digits(s, &at, &minor) || minor > 99)
			return false;
	}
	*out = ssl ? major : major * 65536 + minor;
	return at == s.n;
}

const char *
match_value_sample(const struct match_field_info *f)
{
	static const char *const sample[] = {[MATCH_T_NUMBER] = "1", [MATCH_T_STATUS] = "400", [MATCH_T_SIZE] = "1M",
	    [MATCH_T_TIME] = "200ms", [MATCH_T_TEXT] = "x", [MATCH_T_FLAG] = "", [MATCH_T_VERSION] = "1.2", [MATCH_T_DATE] = "30d",
	    [MATCH_T_HEADER] = "x", [MATCH_T_BODY] = "x"};

	return f->values ? f->values[0] : sample[f->type];
}
