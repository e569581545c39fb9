/* SPDX-License-Identifier: MIT
 * Requests as command lines. */
#include "flow/flow_curl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum {
	CURL_ARG_MAX = 100000,	   /* Linux takes 128 KiB in one argument */
	CURL_EXPECT_FROM = 1 << 20 /* with a larger body curl asks with Expect first */
};

/* ---- words of a shell ---- */

static bool
curl_is_plain(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("_./:=@%+,-", c));
}

/* Bytes of the printable character at the start of s, n > 0; 0: it is none. */
static size_t
curl_printable(struct span s)
{
	unsigned cp;
	size_t n = escape_utf8_decode(s.p, s.n, &cp);

	return n && escape_width(cp) > 0 ? n : 0;
}

static bool
curl_all_printable(struct span s)
{
	for (size_t i = 0, n; i < s.n; i += n)
		if ((n = curl_printable(span_of(s.p + i, s.n - i))) == 0)
			return false;
	return true;
}

static int
curl_quoted(struct buf *out, struct span s)
{
	int bad = buf_add(out, "'", 1);

	for (size_t i = 0; i < s.n && !bad; i++)
		bad = s.p[i] == '\'' ? buf_add(out, "'\\''", 4) : buf_add(out, s.p + i, 1);
	return bad ? bad : buf_add(out, "'", 1);
}

/* printf 'FORMAT': three octal digits mean the same to every printf, whatever digit follows. */
static int
curl_printf(struct buf *out, struct span s)
{
	int bad = buf_add_str(out, "printf '");

	for (size_t i = 0, n; i < s.n && !bad; i += n) {
		n = curl_printable(span_of(s.p + i, s.n - i));
		if (!n || s.p[i] == '\'' || s.p[i] == '\\' || (s.p[i] == '-' && !i))
			bad = buf_addf(out, "\\%03o", (unsigned char)s.p[i]);
		else if (s.p[i] == '%')
			bad = buf_add(out, "%%", 2);
		else
			bad = buf_add(out, s.p + i, n);
		n = n ? n : 1;
	}
	return bad ? bad : buf_add(out, "'", 1);
}

int
flow_curl_word(struct buf *out, struct span s)
{
	size_t plain = 0;
	int bad;

	while (plain < s.n && curl_is_plain(s.p[plain]))
		plain++;
	if (s.n && plain == s.n)
		return buf_add_span(out, s);
	if (curl_all_printable(s))
		return curl_quoted(out, s);
	bad = buf_add_str(out, "\"$(");
	if (!bad)
		bad = curl_printf(out, s);
	return bad ? bad : buf_add_str(out, ")\"");
}

/* ---- the URL ---- */

static int
curl_authority(struct buf *out, const struct flow *f)
{
	bool v6 = f->host.n && f->host.p[0] != '[' && memchr(f->host.p, ':', f->host.n);
	int bad = buf_add_str(out, v6 ? "[" : "");

	if (!bad)
		bad = buf_add_span(out, f->host);
	if (!bad && v6)
		bad = buf_add_str(out, "]");
	if (!bad && f->port && f->port != (f->tls ? 443 : 80))
		bad = buf_addf(out, ":%u", f->port);
	return bad;
}

static int
curl_no_request(const struct flow *f, struct errmsg *why)
{
	if (f->method.p && f->host.n)
		return 0;
	return err_set(why, ERR_NOTFOUND, "flow %llu has no HTTP request", (unsigned long long)f->number);
}

/* What does not go into out. */
static int
curl_too_long(int bad, const struct flow *f, struct errmsg *why)
{
	return bad ? err_set(why, ERR_LIMIT, "flow %llu is too large for this", (unsigned long long)f->number) : 0;
}

static int
curl_base(struct buf *out, const struct flow *f)
{
	int bad = buf_add_str(out, f->tls ? "https://" : "http://");

	return bad ? bad : curl_authority(out, f);
}

int
flow_curl_url(struct buf *out, const struct flow *f, struct errmsg *why)
{
	int bad = curl_no_request(f, why);

	if (bad)
		return bad;
	bad = curl_base(out, f);
	if (!bad)
		bad = f->path.n && f->path.p[0] != '*' ? buf_add_span(out, f->path) : buf_add(out, "/", 1);
	return curl_too_long(bad, f, why);
}

/* ---- fields ---- */

/* The command line being made. */
struct curl_line {
	struct buf *out;
	const struct flow *f;
	struct span head;
	char *body;
	size_t body_n;
	bool data;	 /* it has a body, be it an empty one */
	int bad;
};

static void
curl_option(struct curl_line *l, const char *option, struct span value)
{
	if (!l->bad)
		l->bad = buf_addf(l->out, " %s ", option);
	if (!l->bad)
		l->bad = flow_curl_word(l->out, value);
}

static void
curl_flag(struct curl_line *l, const char *option)
{
	if (!l->bad)
		l->bad = buf_addf(l->out, " %s", option);
}

static bool
curl_has(const struct curl_line *l, const char *name)
{
	return flow_head_field(l->f, FLOW_REQUEST, name).p != NULL;
}

/* curl makes the same by itself. */
static bool
curl_own_field(const struct curl_line *l, struct span name, struct span value)
{
	if (span_ieq(name, SPAN_LIT("content-length")) || span_ieq(name, SPAN_LIT("proxy-connection")) ||
	    span_ieq(name, SPAN_LIT("proxy-authorization")))
		return true;
	if (!span_ieq(name, SPAN_LIT("host")))
		return false;
	struct buf own;
	buf_init(&own, 1024);
	bool same = curl_authority(&own, l->f) == 0 && span_eq(buf_span(&own), value);
	buf_fini(&own);
	return same;
}

/* One field; curl sends an empty one when it ends in a semicolon instead. */
static void
curl_field(struct curl_line *l, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct buf text;

	if (!colon || colon == line.p || line.p[0] == '@')
		return;
	struct span name = span_of(line.p, (size_t)(colon - line.p));
	struct span value = span_of(colon + 1, line.n - name.n - 1);
	while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
		value = span_of(value.p + 1, value.n - 1);
	while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
		value.n--;
	if (curl_own_field(l, name, value))
		return;
	buf_init(&text, line.n + 8);
	buf_add_span(&text, name);
	buf_add_str(&text, value.n ? ": " : ";");
	buf_add_span(&text, value);
	curl_option(l, "-H", buf_span(&text));
	buf_fini(&text);
}

static void
curl_fields(struct curl_line *l)
{
	const char *p = memchr(l->head.p, '\n', l->head.n), *end = l->head.p + l->head.n;

	while (p && ++p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		curl_field(l, span_of(p, n && p[n - 1] == '\r' ? n - 1 : n));
		p = eol;
	}
}

/* What curl would say that was not said. */
static void
curl_unsay(struct curl_line *l)
{
	static const char *const always[] = {"User-Agent", "Accept"};
	char text[32];

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		if (curl_has(l, always[i]))
			continue;
		int n = snprintf(text, sizeof text, "%s:", always[i]);
		curl_option(l, "-H", span_of(text, (size_t)n));
	}
	if (!l->data)
		return;
	if (!curl_has(l, "content-type"))
		curl_option(l, "-H", SPAN_LIT("Content-Type:"));
	if (l->body_n > CURL_EXPECT_FROM && !curl_has(l, "expect"))
		curl_option(l, "-H", SPAN_LIT("Expect:"));
}

/* ---- the line ---- */

static void
curl_method(struct curl_line *l)
{
	struct span method = l->f->method;

	if (span_eq(method, SPAN_LIT("HEAD")) && !l->data)
		curl_flag(l, "-I");
	else if (!span_eq(method, l->data ? SPAN_LIT("POST") : SPAN_LIT("GET")))
		curl_option(l, "-X", method);
}

/* "." or "..", be it with its dots as %2e. */
static bool
curl_is_dots(struct span path)
{
	size_t i = 0;

	for (int dots = 0; dots < 2 && i < path.n; dots++) {
		if (path.p[i] == '.')
			i++;
		else if (path.n - i >= 3 && strncasecmp(path.p + i, "%2e", 3) == 0)
			i += 3;
		else
			break;
	}
	return i && (i == path.n || path.p[i] == '/' || path.p[i] == '?');
}

/* curl would drop a fragment, tidy up dots, and refuse what is no URL. */
static bool
curl_takes_path(struct span path)
{
	if (!path.n || path.p[0] != '/')
		return !path.n;
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];
		bool dots = c == '/' && curl_is_dots(span_of(path.p + i + 1, path.n - i - 1));
		if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\' || dots)
			return false;
	}
	return true;
}

static void
curl_target(struct curl_line *l)
{
	struct span path = l->f->path;
	struct buf url;

	buf_init(&url, path.n + l->f->host.n + 64);
	curl_base(&url, l->f);
	bool takes = curl_takes_path(path);
	if (!takes)
		curl_option(l, "--request-target", path);
	buf_add_span(&url, takes && path.n ? path : SPAN_LIT("/"));
	/* Brackets and braces would stand for several URLs. */
	if (memchr(url.p, '[', url.n) || memchr(url.p, '{', url.n))
		curl_flag(l, "-g");
	if (!l->bad)
		l->bad = buf_add(l->out, " ", 1);
	if (!l->bad)
		l->bad = flow_curl_word(l->out, buf_span(&url));
	buf_fini(&url);
}

static void
curl_version(struct curl_line *l)
{
	const char *eol = memchr(l->head.p, '\n', l->head.n);
	struct span line = span_of(l->head.p, eol ? (size_t)(eol - l->head.p) : l->head.n);

	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (line.n > 8 && memcmp(line.p + line.n - 8, "HTTP/1.0", 8) == 0)
		curl_flag(l, "--http1.0");
	else if (l->f->tls) /* or they would agree on another one */
		curl_flag(l, "--http1.1");
}

/* A body that can stand in the line; an empty one too. */
static bool
curl_body_is_text(const struct curl_line *l)
{
	return l->body_n <= CURL_ARG_MAX && curl_all_printable(span_of(l->body, l->body_n));
}

static void
curl_all(struct curl_line *l)
{
	bool text = curl_body_is_text(l);

	if (l->data && !text) {
		l->bad = curl_printf(l->out, span_of(l->body, l->body_n));
		if (!l->bad)
			l->bad = buf_add_str(l->out, " | ");
	}
	if (!l->bad)
		l->bad = buf_add_str(l->out, "curl");
	curl_version(l);
	curl_method(l);
	if (curl_has(l, "accept-encoding"))
		curl_flag(l, "--compressed");
	curl_fields(l);
	curl_unsay(l);
	if (l->data && text)
		curl_option(l, "--data-raw", span_of(l->body, l->body_n));
	else if (l->data)
		curl_flag(l, "--data-binary @-");
	curl_target(l);
}

int
flow_curl_add(struct buf *out, const struct flow *f, struct errmsg *why)
{
	const struct flow_body *b = flow_body(f, FLOW_REQUEST);
	unsigned long long number = f->number;
	int bad = curl_no_request(f, why);

	if (bad)
		return bad;
	struct span head = flow_head(f, FLOW_REQUEST);
	if (!head.p)
		return err_set(why, ERR_REFUSED, "the request of flow %llu was not kept", number);
	if (memchr(head.p, '\0', head.n))
		return err_set(why, ERR_REFUSED, "the request of flow %llu has a NUL byte, which no command line can hold", number);
	size_t n = flow_body_copy(b, NULL, SIZE_MAX);
	if (n < b->seen)
		return err_set(why, ERR_REFUSED, "the request body of flow %llu was not kept whole", number);
	struct curl_line l = {.out = out, .f = f, .head = head, .body = mem_alloc(n + 1), .body_n = n};
	flow_body_copy(b, l.body, n);
	l.data = n || curl_has(&l, "content-length") || curl_has(&l, "transfer-encoding");
	curl_all(&l);
	free(l.body);
	return curl_too_long(l.bad, f, why);
}
