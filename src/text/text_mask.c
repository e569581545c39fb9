/* SPDX-License-Identifier: MIT
 * Looks for names of secrets, wherever they stand: a body need not be of the type it claims, nor whole, nor valid. */
#include "text/text_mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/http_char.h"
#include "text/text_head.h"

enum { MASK_NAME_MAX = 128, MASK_PART_HEAD_MAX = 4096 };

/* Line ends stay: what is below keeps its place. */
static void
mask_stars(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' && p[i] != '\n')
			p[i] = '*';
}

static bool
mask_has(struct span s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (span_ieq(span_of(s.p + i, n), span_of(word, n)))
			return true;
	return false;
}

static bool
mask_is_secret(struct span name)
{
	static const char *const parts[] = {"password", "passwd", "passphrase", "secret", "token"};
	static const char *const names[] = {"pass", "pwd"};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (mask_has(name, parts[i]))
			return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_ieq(name, span_str(names[i])))
			return true;
	return false;
}

/* ---- name=value ---- */

static bool
mask_is_name_byte(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("_-.[]%+", c));
}

/* What ends a value that is not in quotes. */
static bool
mask_ends_value(char c)
{
	return (unsigned char)c <= ' ' || strchr("&;\"'<>#", c);
}

static void
mask_pairs(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t from = i, to = i + 1;
		if (p[i] != '=')
			continue;
		while (from && i - from < MASK_NAME_MAX && mask_is_name_byte(p[from - 1]))
			from--;
		if (!mask_is_secret(span_of(p + from, i - from)))
			continue;
		char quote = to < n && (p[to] == '"' || p[to] == '\'') ? p[to++] : '\0';
		size_t begin = to;
		while (to < n && (quote ? p[to] != quote : !mask_ends_value(p[to])))
			to++;
		mask_stars(p + begin, to - begin);
		i = to - 1;
	}
}

/* "https://user:password@host/" */
static void
mask_user(char *p, size_t n)
{
	for (size_t i = 0; i + 3 < n; i++) {
		size_t colon = 0, k = i + 3;
		if (memcmp(p + i, "://", 3) != 0)
			continue;
		for (; k < n && !mask_ends_value(p[k]) && p[k] != '/' && p[k] != '@' && p[k] != '?'; k++)
			colon = p[k] == ':' && !colon ? k : colon;
		if (k < n && p[k] == '@' && colon)
			mask_stars(p + colon + 1, k - colon - 1);
		i = k - 1;
	}
}

/* ---- "name": value ---- */

/* The string that begins behind a quote, which stands behind a backslash itself when JSON is quoted in JSON. Returns its end. */
static size_t
mask_string(char *p, size_t n, size_t from, bool quoted)
{
	size_t to = from;

	while (to < n && p[to] != '"') {
		if (p[to] == '\\' && quoted && to + 1 < n && p[to + 1] == '"')
			break;
		to += p[to] == '\\' && to + 1 < n && !quoted ? 2 : 1;
	}
	to = to < n ? to : n;
	mask_stars(p + from, to - from);
	return to;
}

static void
mask_digit(char *c)
{
	if (*c >= '0' && *c <= '9') /* JSON stays JSON */
		*c = '0';
}

/* An object or an array, with all in it. */
static void
mask_nested(char *p, size_t n)
{
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		depth += p[i] == '{' || p[i] == '[';
		if (p[i] == '"')
			i = mask_string(p, n, i + 1, false);
		else if ((p[i] == '}' || p[i] == ']') && --depth == 0)
			return;
		else
			mask_digit(&p[i]);
	}
}

static void
mask_json_value(char *p, size_t n, size_t at)
{
	while (at < n && (unsigned char)p[at] <= ' ')
		at++;
	if (at >= n)
		return;
	if (p[at] == '"')
		mask_string(p, n, at + 1, false);
	else if (p[at] == '\\' && at + 1 < n && p[at + 1] == '"')
		mask_string(p, n, at + 2, true);
	else if (p[at] == '{' || p[at] == '[')
		mask_nested(p + at, n - at);
	else
		for (; at < n && !strchr(",}] \t\r\n", p[at]); at++)
			mask_digit(&p[at]);
}

/* From each colon backwards: quotes that do not match elsewhere lead nowhere. */
static void
mask_json(char *p, size_t n)
{
	for (size_t colon = 0; colon < n; colon++) {
		size_t end = colon, from;
		if (p[colon] != ':')
			continue;
		while (end && (unsigned char)p[end - 1] <= ' ')
			end--;
		if (!end || p[end - 1] != '"')
			continue;
		for (from = --end; from && end - from < MASK_NAME_MAX && p[from - 1] != '"'; from--)
			continue;
		if (mask_is_secret(span_of(p + from, end - from)))
			mask_json_value(p, n, colon + 1);
	}
}

/* ---- parts of multipart/form-data ---- */

/* Behind the blank line that ends a head; n: there is none. *none: up to where none was found before, so that each byte is looked at
 * once. */
static size_t
mask_part_body(const char *p, size_t n, size_t at, size_t *none)
{
	size_t most = n - at < MASK_PART_HEAD_MAX ? n : at + MASK_PART_HEAD_MAX;

	for (at = at < *none ? *none : at; at + 1 < most; at++)
		if (p[at] == '\n' && (p[at + 1] == '\n' || (p[at + 1] == '\r' && at + 2 < n && p[at + 2] == '\n')))
			return at + (p[at + 1] == '\n' ? 2 : 3);
	*none = at;
	return n;
}

static void
mask_parts(char *p, size_t n)
{
	static const char word[] = "name=\"";
	enum { WORD = sizeof word - 1 };
	size_t none = 0;

	for (size_t i = 1; i + WORD < n; i++) {
		if (memcmp(p + i, word, WORD) != 0 || mask_is_name_byte(p[i - 1]))
			continue;
		const char *name = p + i + WORD, *end = memchr(name, '"', n - i - WORD);
		if (!end || !mask_is_secret(span_of(name, (size_t)(end - name))))
			continue;
		size_t from = mask_part_body(p, n, (size_t)(end - p), &none), to = from;
		if (from == n)
			continue;
		while (to < n && !(p[to] == '\n' && n - to > 2 && p[to + 1] == '-' && p[to + 2] == '-'))
			to++;
		mask_stars(p + from, to - from);
		i = to;
	}
}

/* ---- fields ---- */

static bool
mask_is_cookie(struct span name)
{
	return span_ieq(name, SPAN_LIT("cookie")) || span_ieq(name, SPAN_LIT("set-cookie"));
}

bool
text_mask_is_secret_field(struct span name)
{
	return mask_is_cookie(name) || span_ieq(name, SPAN_LIT("authorization")) || span_ieq(name, SPAN_LIT("proxy-authorization"));
}

/* Names of cookies stay, and the attributes of Set-Cookie. */
static void
mask_cookies(char *p, size_t n, bool one)
{
	for (size_t i = 0; i < n;) {
		const char *end = memchr(p + i, ';', n - i);
		size_t to = end ? (size_t)(end - p) : n;
		const char *equals = memchr(p + i, '=', to - i);
		size_t from = equals ? (size_t)(equals - p) + 1 : i;
		mask_stars(p + from, to - from);
		if (one)
			return;
		i = to + 1 + (to + 1 < n && p[to + 1] == ' ');
	}
}

/* The scheme stays. */
static void
mask_credentials(char *p, size_t n)
{
	const char *blank = memchr(p, ' ', n);
	size_t from = blank ? (size_t)(blank - p) + 1 : 0;

	mask_stars(p + from, n - from);
}

static void
mask_field_value(struct span name, char *p, size_t n)
{
	if (mask_is_cookie(name)) {
		mask_cookies(p, n, span_ieq(name, SPAN_LIT("set-cookie")));
	} else if (text_mask_is_secret_field(name)) {
		mask_credentials(p, n);
	} else {
		mask_pairs(p, n);
		mask_user(p, n);
	}
}

/* Returns whether what is folded below it goes on being secret. */
static bool
mask_field(char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t at = colon ? (size_t)(colon - p) + 1 : 0;
	struct span name = http_trim(span_of(p, colon ? at - 1 : 0));

	while (at < n && (p[at] == ' ' || p[at] == '\t'))
		at++;
	mask_field_value(name, p + at, n - at);
	return text_mask_is_secret_field(name);
}

static void
mask_fields(char *p, size_t n)
{
	struct span rest = span_of(p, n), line;
	bool secret = false;

	while (text_next_line(&rest, &line)) {
		char *at = p + (line.p - p);
		bool folded = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
		if (folded && secret)
			mask_stars(at, line.n);
		else if (line.n)
			secret = mask_field(at, line.n);
	}
}

static void
mask_head(char *p, size_t n)
{
	size_t start = text_head_start(span_of(p, n)).n;

	mask_pairs(p, start);
	mask_user(p, start);
	mask_fields(p + start, n - start);
}

static void
mask_body(char *p, size_t n)
{
	mask_pairs(p, n);
	mask_json(p, n);
	mask_parts(p, n);
	mask_user(p, n);
}

/* ---- copies ---- */

struct span
text_mask(enum text_mask_what what, struct span raw, int flags, char **own)
{
	*own = NULL;
	if (!(flags & TEXT_MASK) || !raw.n)
		return raw;
	*own = mem_dup(raw.p, raw.n);
	if (what == TEXT_MASK_HEAD) {
		mask_head(*own, raw.n);
	} else if (what == TEXT_MASK_FIELDS) {
		mask_fields(*own, raw.n);
	} else if (what == TEXT_MASK_BODY) {
		mask_body(*own, raw.n);
	} else {
		mask_pairs(*own, raw.n);
		mask_user(*own, raw.n);
	}
	return span_of(*own, raw.n);
}

struct span
text_mask_value(struct span name, struct span value, char between, bool cookie, int flags, char **own)
{
	*own = NULL;
	if (!(flags & TEXT_MASK) || !value.n)
		return value;
	*own = mem_dup(value.p, value.n);
	if (between == ':')
		mask_field_value(name, *own, value.n);
	else if (cookie || mask_is_secret(name))
		mask_stars(*own, value.n);
	return span_of(*own, value.n);
}
