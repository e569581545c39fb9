/* SPDX-License-Identifier: MIT
 * Media types and their parameters. */
#include "text/text_type.h"

#include "proto/http_char.h"

struct span
text_type_name(struct span content_type)
{
	return http_media_type(content_type);
}

bool
text_type_is(struct span content_type, const char *name)
{
	return span_ieq(text_type_name(content_type), span_str(name));
}

bool
text_type_starts(struct span content_type, const char *prefix)
{
	struct span s = text_type_name(content_type);
	size_t n = strlen(prefix);

	return s.n >= n && span_ieq(span_of(s.p, n), span_of(prefix, n));
}

bool
text_type_ends(struct span content_type, const char *suffix)
{
	struct span s = text_type_name(content_type);
	size_t n = strlen(suffix);

	return s.n >= n && span_ieq(span_of(s.p + s.n - n, n), span_of(suffix, n));
}

static struct span
type_skip(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

/* Takes the value at the beginning of *rest, a token or a quoted string, up to the next semicolon.
 */
static size_t
type_value(struct span *rest, char *out, size_t size)
{
	struct span s = *rest;
	bool quoted = s.n && *s.p == '"';
	size_t n = 0;

	for (s = type_skip(s, quoted); s.n && *s.p != (quoted ? '"' : ';'); s = type_skip(s, 1)) {
		if (quoted && *s.p == '\\' && s.n > 1)
			s = type_skip(s, 1);
		if (n + 1 < size)
			out[n] = *s.p;
		n++;
	}
	while (!quoted && n && n < size && (out[n - 1] == ' ' || out[n - 1] == '\t'))
		n--;
	const char *end = s.n ? memchr(s.p, ';', s.n) : NULL;
	*rest = end ? span_of(end, s.n - (size_t)(end - s.p)) : type_skip(s, s.n);
	return n < size ? n : 0;
}

size_t
text_type_param(struct span content_type, const char *name, char *out, size_t size)
{
	const char *at = content_type.n ? memchr(content_type.p, ';', content_type.n) : NULL;
	struct span rest = at ? type_skip(content_type, (size_t)(at - content_type.p)) : SPAN_NONE;
	size_t n = 0;
	bool found = false;

	while (rest.n && !found) {
		rest = http_trim(type_skip(rest, 1)); /* the semicolon */
		size_t key_n = http_char_run(rest, HTTP_C_TOKEN);
		found = span_ieq(span_of(rest.p, key_n), span_str(name));
		rest = type_skip(rest, key_n);
		bool valued = rest.n && *rest.p == '=';
		rest = type_skip(rest, valued);
		n = type_value(&rest, out, size);
		found = found && valued;
	}
	n = found ? n : 0;
	out[n] = '\0';
	return n;
}
