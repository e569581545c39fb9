/* SPDX-License-Identifier: MIT
 * Telling protocols by their first bytes. */
#include "proto/sniff.h"

#include "proto/http_char.h"
#include "proto/tls_hello.h"

enum { SNIFF_METHOD_MAX = 32, SNIFF_LINE_MAX = 8192 };

/* s against a text that must stand at its front: SNIFF_MORE when s is too short to tell,
 * SNIFF_HTTP1 when it does, SNIFF_RAW when it does not. */
static enum sniff
sniff_text(struct span s, struct span text)
{
	if (memcmp(s.p, text.p, s.n < text.n ? s.n : text.n) != 0)
		return SNIFF_RAW;
	return s.n < text.n ? SNIFF_MORE : SNIFF_HTTP1;
}

static bool
is_known_method(struct span m)
{
	static const struct span methods[] = {SPAN_LIT("GET"), SPAN_LIT("HEAD"), SPAN_LIT("POST"),
	    SPAN_LIT("PUT"), SPAN_LIT("DELETE"), SPAN_LIT("CONNECT"), SPAN_LIT("OPTIONS"),
	    SPAN_LIT("TRACE"), SPAN_LIT("PATCH")};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (span_eq(m, methods[i]))
			return true;
	return false;
}

/* What follows the space after an unknown method: target SP HTTP/1.x CRLF. */
static enum sniff
sniff_target(struct span s)
{
	size_t n = http_char_run(s, HTTP_C_TARGET);

	if (n == s.n)
		return SNIFF_MORE;
	if (n == 0 || s.p[n] != ' ')
		return SNIFF_RAW;
	s = span_of(s.p + n + 1, s.n - n - 1);
	enum sniff v = sniff_text(s, SPAN_LIT("HTTP/1."));
	if (v != SNIFF_HTTP1)
		return v;
	s = span_of(s.p + 7, s.n - 7);
	if (s.n && !http_char_is(*s.p, HTTP_C_DIGIT))
		return SNIFF_RAW;
	return s.n ? sniff_text(span_of(s.p + 1, s.n - 1), SPAN_LIT("\r\n")) : SNIFF_MORE;
}

static enum sniff
sniff_http1(struct span s)
{
	size_t n = http_char_run(s, HTTP_C_TOKEN);

	if (n > SNIFF_METHOD_MAX)
		return SNIFF_RAW;
	if (n == s.n)
		return SNIFF_MORE;
	if (n == 0 || s.p[n] != ' ')
		return SNIFF_RAW;
	if (is_known_method(span_of(s.p, n)))
		return SNIFF_HTTP1; /* even if the rest is wrong: the parser is to answer it */
	return sniff_target(span_of(s.p + n + 1, s.n - n - 1));
}

static enum sniff
sniff_bounded(struct span s)
{
	static const struct span preface = SPAN_LIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	static const struct span empty_line = SPAN_LIT("\r\n");
	int tls = tls_hello_sniff(s.p, s.n);

	if (tls >= 0)
		return tls ? SNIFF_TLS : SNIFF_MORE;
	enum sniff v = sniff_text(s, preface);
	if (v != SNIFF_RAW)
		return v == SNIFF_MORE ? v : SNIFF_HTTP2;
	v = sniff_text(s, empty_line); /* RFC 9112 2.2: one may stand before a request */
	if (v == SNIFF_MORE)
		return v;
	return sniff_http1(v == SNIFF_HTTP1 ? span_of(s.p + 2, s.n - 2) : s);
}

enum sniff
sniff_first_bytes(const char *p, size_t n)
{
	if (n == 0)
		return SNIFF_MORE;
	enum sniff v = sniff_bounded(span_of(p, n < SNIFF_LINE_MAX ? n : SNIFF_LINE_MAX));
	return v == SNIFF_MORE && n >= SNIFF_LINE_MAX ? SNIFF_RAW : v;
}
