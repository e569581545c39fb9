/* SPDX-License-Identifier: MIT
 * Reading request-targets and authorities. */
#include "proto/url.h"

#include "base/err.h"
#include "proto/http_char.h"

enum { LABEL_MAX_BYTES = 63, PORT_MAX_DIGITS = 5, IPV6_GROUPS = 8 };

static int
url_fail(const char **why, const char *text)
{
	*why = text;
	return ERR_SYNTAX;
}

/* One octet of a dotted address: no leading zeros, which some read as octal. Returns its length or
 * 0. */
static size_t
octet_len(struct span s)
{
	size_t n = http_char_run(s, HTTP_C_DIGIT);
	unsigned v = 0;

	if (n == 0 || n > 3 || (n > 1 && *s.p == '0'))
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(s.p[i] - '0');
	return v <= 255 ? n : 0;
}

static bool
is_ipv4(struct span s)
{
	for (int i = 0; i < 4; i++) {
		size_t n = octet_len(s);
		if (n == 0)
			return false;
		s = span_of(s.p + n, s.n - n);
		if (i < 3 && (s.n == 0 || *s.p != '.'))
			return false;
		if (i < 3)
			s = span_of(s.p + 1, s.n - 1);
	}
	return s.n == 0;
}

/* What was read of an IPv6 address so far. */
struct ipv6_groups {
	unsigned n; /* of 16 bits */
	bool gap;   /* "::" was there */
};

/* Takes the colons after a group: one, or two for the only gap. Returns false when they are
 * misplaced. */
static bool
take_colons(struct span *s, struct ipv6_groups *g)
{
	bool gap = s->n >= 2 && s->p[1] == ':';

	if (s->n < 2 || *s->p != ':' || (gap && g->gap))
		return false;
	g->gap |= gap;
	*s = gap ? span_of(s->p + 2, s->n - 2) : span_of(s->p + 1, s->n - 1);
	return true;
}

static bool
groups_fit(const struct ipv6_groups *g, unsigned more)
{
	return g->gap ? g->n + more < IPV6_GROUPS : g->n + more == IPV6_GROUPS;
}

/* RFC 3986 3.2.2 IPv6address: eight groups, one run of them replaced by "::", the last two perhaps
 * a dotted address. */
static bool
is_ipv6(struct span s)
{
	struct ipv6_groups g = {0};

	if (s.n >= 2 && s.p[0] == ':' && s.p[1] == ':')
		take_colons(&s, &g);
	while (s.n) {
		size_t n = http_char_run(s, HTTP_C_HEX);
		if (n < s.n && s.p[n] == '.')
			return is_ipv4(s) && groups_fit(&g, 2);
		if (n == 0 || n > 4)
			return false;
		g.n++;
		s = span_of(s.p + n, s.n - n);
		if (s.n && !take_colons(&s, &g))
			return false;
	}
	return groups_fit(&g, 0);
}

/* A last label that is a number makes the whole an address for resolvers that still take "127.1" or
 * "0x7f000001"; only the plain form is taken here. */
static bool
is_numeric_label(struct span s)
{
	if (s.n >= 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x')
		return http_char_run(span_of(s.p + 2, s.n - 2), HTTP_C_HEX) == s.n - 2;
	return http_char_run(s, HTTP_C_DIGIT) == s.n;
}

static int
check_name(struct span s, const char **why)
{
	struct span label = SPAN_NONE;

	if (http_char_run(s, HTTP_C_HOST) < s.n)
		return url_fail(why, "a byte that is not allowed stands in the host");
	if (s.n > URL_HOST_MAX_BYTES)
		return url_fail(why, "the host is longer than 255 bytes");
	while (s.n) { /* ends after a last dot too: "example.com." */
		const char *dot = memchr(s.p, '.', s.n);
		label = span_of(s.p, dot ? (size_t)(dot - s.p) : s.n);
		if (label.n == 0 || label.n > LABEL_MAX_BYTES)
			return url_fail(
			    why, "a label of the host is empty or longer than 63 bytes");
		s = dot ? span_of(dot + 1, s.n - label.n - 1) : span_of(s.p + s.n, 0);
	}
	if (is_numeric_label(label))
		return url_fail(why, "the host is a number but not an IPv4 address");
	return 0;
}

static int
parse_port(struct span s, struct url_authority *a, const char **why)
{
	unsigned v = 0;

	if (s.n == 0)
		return url_fail(why, "the port is empty");
	if (s.n > PORT_MAX_DIGITS || *s.p == '0' || http_char_run(s, HTTP_C_DIGIT) < s.n)
		return url_fail(why, "the port is not a number from 1 to 65535");
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (unsigned)(s.p[i] - '0');
	if (v > 65535)
		return url_fail(why, "the port is not a number from 1 to 65535");
	a->has_port = true;
	a->port = (uint16_t)v;
	return 0;
}

static int
parse_bracketed(struct span s, struct url_authority *a, struct span *rest, const char **why)
{
	const char *end = memchr(s.p, ']', s.n);

	if (!end)
		return url_fail(why, "the host has an opening bracket only");
	a->host = span_of(s.p + 1, (size_t)(end - s.p) - 1);
	a->kind = URL_HOST_IPV6;
	*rest = span_of(end + 1, s.n - a->host.n - 2);
	if (memchr(s.p, '%', a->host.n + 1))
		return url_fail(why, "the host has a zone identifier");
	return is_ipv6(a->host) ? 0 : url_fail(why, "the host is not an IPv6 address");
}

static int
parse_unbracketed(struct span s, struct url_authority *a, struct span *rest, const char **why)
{
	const char *colon = memchr(s.p, ':', s.n);

	a->host = span_of(s.p, colon ? (size_t)(colon - s.p) : s.n);
	*rest = span_of(s.p + a->host.n, s.n - a->host.n);
	if (a->host.n == 0)
		return url_fail(why, "the host is empty");
	a->kind = is_ipv4(a->host) ? URL_HOST_IPV4 : URL_HOST_NAME;
	return a->kind == URL_HOST_IPV4 ? 0 : check_name(a->host, why);
}

int
url_parse_authority(struct span s, struct url_authority *a, const char **why)
{
	struct span rest;

	*a = (struct url_authority){.has_port = false};
	if (s.n == 0)
		return url_fail(why, "the host is empty");
	if (memchr(s.p, '@', s.n))
		return url_fail(why, "the authority has a user name");
	int rc =
	    *s.p == '[' ? parse_bracketed(s, a, &rest, why) : parse_unbracketed(s, a, &rest, why);
	if (rc < 0 || rest.n == 0)
		return rc;
	if (*rest.p != ':')
		return url_fail(why, "something other than a port follows the host");
	return parse_port(span_of(rest.p + 1, rest.n - 1), a, why);
}

/* Path and query are only checked for bytes that must not be there: what they mean is the server's.
 */
static int
check_path(struct span s, struct url_target *t, const char **why)
{
	unsigned any = 0;

	t->path = s;
	for (size_t i = 0; i < s.n; i++) {
		if (!http_char_is(s.p[i], HTTP_C_TARGET))
			return url_fail(why, s.p[i] == '#' ? "the target has a fragment"
							   : "a control byte stands in the target");
		any |= http_char[(unsigned char)s.p[i]];
	}
	t->has_8bit = any & HTTP_C_8BIT;
	return 0;
}

void
url_authority_add(const struct url_authority *a, struct buf *out)
{
	const bool v6 = a->kind == URL_HOST_IPV6;

	buf_addf(out, "%s%.*s%s", v6 ? "[" : "", (int)a->host.n, a->host.p, v6 ? "]" : "");
	if (a->has_port)
		buf_addf(out, ":%u", a->port);
}

/* The length of "http" or "https" before "://", 0 when there is no such scheme. */
static size_t
served_scheme_len(struct span s)
{
	static const struct span http = SPAN_LIT("http"), https = SPAN_LIT("https");
	const char *colon = memchr(s.p, ':', s.n);
	struct span scheme = span_of(s.p, colon ? (size_t)(colon - s.p) : 0);

	if (!span_ieq(scheme, http) && !span_ieq(scheme, https))
		return 0;
	return s.n >= scheme.n + 3 && memcmp(colon, "://", 3) == 0 ? scheme.n : 0;
}

static int
parse_absolute(struct span s, struct url_target *t, const char **why)
{
	size_t n = served_scheme_len(s);

	if (n == 0)
		return url_fail(why, "the target is neither a path nor an http or https URL");
	t->form = URL_ABSOLUTE;
	t->scheme = span_of(s.p, n);
	s = span_of(s.p + n + 3, s.n - n - 3);
	for (n = 0; n < s.n && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#';)
		n++;
	int rc = url_parse_authority(span_of(s.p, n), &t->authority, why);
	return rc < 0 ? rc : check_path(span_of(s.p + n, s.n - n), t, why);
}

static int
parse_connect(struct span s, struct url_target *t, const char **why)
{
	int rc = url_parse_authority(s, &t->authority, why);

	t->form = URL_AUTHORITY;
	if (rc == 0 && !t->authority.has_port)
		return url_fail(why, "the target of CONNECT has no port");
	return rc;
}

int
url_parse_target(struct span method, struct span target, struct url_target *t, const char **why)
{
	*t = (struct url_target){.form = URL_ORIGIN};
	if (target.n == 0)
		return url_fail(why, "the target is empty");
	if (span_eq(method, SPAN_LIT("CONNECT")))
		return parse_connect(target, t, why);
	if (*target.p == '/')
		return check_path(target, t, why);
	if (!span_eq(target, SPAN_LIT("*")))
		return parse_absolute(target, t, why);
	t->form = URL_ASTERISK;
	t->path = target;
	return span_eq(method, SPAN_LIT("OPTIONS"))
		   ? 0
		   : url_fail(why, "only OPTIONS takes the target *");
}
