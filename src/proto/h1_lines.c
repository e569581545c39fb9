/* SPDX-License-Identifier: MIT
 * Splitting a head into lines and field lines into names and values. */
#include "proto/h1_lines.h"

#include "proto/http_char.h"

static const char *
field_name_why(struct span line, size_t n)
{
	char c = n < line.n ? line.p[n] : '\0';

	if (n == line.n)
		return "a field line has no colon";
	if (n == 0 && (c == ' ' || c == '\t'))
		return "a field line begins with white space (folded lines are obsolete)";
	if (n == 0 && c == ':')
		return "a field has an empty name";
	if (c == ' ' || c == '\t')
		return "white space stands between a field name and its colon";
	return "a byte that is not allowed stands in a field name";
}

static const char *
field_value_why(char c)
{
	if (c == '\0')
		return "a NUL byte stands in a field value";
	if (c == '\r')
		return "a CR without LF stands in a field value";
	return "a control byte stands in a field value";
}

/* One field line (RFC 9112 5.1). Fields past the maximum are checked and counted but not kept; the
 * count is judged at the end of the head. */
static int
field_line(struct http_head *h, struct span line, struct h1_fault *fault)
{
	size_t n = http_char_run(line, HTTP_C_TOKEN);

	if (n == 0 || n == line.n || line.p[n] != ':')
		return h1_fail(fault, ERR_SYNTAX, 400, field_name_why(line, n));
	struct span value = http_trim(span_of(line.p + n + 1, line.n - n - 1));
	size_t good = http_value_len(value);
	if (good < value.n)
		return h1_fail(fault, ERR_SYNTAX, 400, field_value_why(value.p[good]));
	if (h->nfields < HTTP_FIELDS_MAX) {
		struct http_field *f = &h->field[h->nfields];
		f->name = span_of(line.p, n);
		f->value = value;
		f->id = http_field_id_of(f->name);
		h->present |= 1u << f->id;
	}
	h->nfields++;
	return 0;
}

/* Where the line begins that is not complete before at. */
static size_t
line_begin(const struct h1_lines *l, size_t at)
{
	while (at > l->first && l->p[at - 1] != '\n')
		at--;
	return at;
}

static long
lines_end(const struct h1_lines *l, size_t end)
{
	struct http_head *h = l->h;

	if (h->nfields > HTTP_FIELDS_MAX) {
		h->nfields = 0;
		return h1_fail(l->fault, ERR_LIMIT, 431, "the message has too many fields");
	}
	h->present &= ~(1u << HTTP_F_OTHER);
	h->raw = span_of(l->p + l->first, end - l->first);
	return (long)end;
}

static long
lines_unfinished(const struct h1_lines *l, size_t n, size_t *scan)
{
	*scan = n;
	if (n < l->first + HTTP_HEAD_MAX_BYTES)
		return 0;
	if (l->start_line && line_begin(l, n) == l->first)
		return h1_fail(l->fault, ERR_LIMIT, 414, "the request line is too long");
	return h1_fail(l->fault, ERR_LIMIT, 431, "the fields take too many bytes");
}

/* The head was seen to be complete by this call, but its first lines were by earlier ones: they
 * were found good and are read again now that their place is final. */
static long
lines_again(const struct h1_lines *l, size_t end)
{
	struct h1_lines whole = *l;
	size_t scan = 0;

	whole.n = end;
	return h1_lines_read(&whole, &scan);
}

static int
lines_one(const struct h1_lines *l, struct span line, bool first)
{
	return first && l->start_line ? l->start_line(l->h, line, l->fault)
				      : field_line(l->h, line, l->fault);
}

long
h1_lines_read(const struct h1_lines *l, size_t *scan)
{
	size_t max = l->first + HTTP_HEAD_MAX_BYTES, n = l->n < max ? l->n : max;
	size_t line = l->first, from = *scan > l->first ? *scan : l->first;
	bool line_known = from == l->first, resumed = false;
	const char *lf;

	l->h->nfields = 0;
	l->h->present = 0;
	while (from < n && (lf = memchr(l->p + from, '\n', n - from))) {
		size_t end = (size_t)(lf - l->p);
		if (!line_known) { /* looked for once a line, so that single bytes cost O(n) */
			line = line_begin(l, from);
			resumed = line > l->first;
			line_known = true;
		}
		if (end == line || lf[-1] != '\r')
			return h1_fail(l->fault, ERR_SYNTAX, 400, "a line ends in LF without CR");
		struct span s = span_of(l->p + line, end - 1 - line);
		if (s.n == 0 && (line > l->first || !l->start_line))
			return resumed ? lines_again(l, end + 1) : lines_end(l, end + 1);
		int rc = lines_one(l, s, line == l->first);
		if (rc < 0)
			return rc;
		line = from = end + 1;
	}
	return lines_unfinished(l, n, scan);
}
