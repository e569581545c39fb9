/* SPDX-License-Identifier: MIT
 * Any bytes at all: the escaped text is printable, decodes back to the bytes, and both forms agree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
hex_of(const char *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 16 + (unsigned)(p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10);
	return v;
}

static size_t
put_utf8(char *out, unsigned cp)
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)(n == 1 ? cp : (0xf00u >> n) | cp);
	return n;
}

/* The bytes that the escape at s stands for; returns the bytes of the escape. */
static size_t
unescape(struct span s, char *out, size_t *n)
{
	CHECK(s.n >= 2);
	if (s.p[1] == '\\') {
		out[(*n)++] = '\\';
		return 2;
	}
	if (s.p[1] == 'x') {
		out[(*n)++] = (char)hex_of(s.p + 2, 2);
		return 4;
	}
	CHECK(s.p[1] == 'u' && s.p[2] == '{');
	const char *end = memchr(s.p, '}', s.n);
	CHECK(end);
	*n += put_utf8(out + *n, hex_of(s.p + 3, (size_t)(end - s.p) - 3));
	return (size_t)(end - s.p) + 1;
}

static void
check_text(struct span text, struct span in, int flags)
{
	char *back = malloc(in.n + 8);
	size_t n = 0, took;
	unsigned cp;

	for (size_t i = 0; i < text.n; i += took) {
		took = escape_utf8_decode(text.p + i, text.n - i, &cp);
		CHECK(took);
		CHECK((flags & ESCAPE_UTF8) || cp < 0x80);
		CHECK(escape_width(cp) >= 0 || (cp == '\t' && (flags & ESCAPE_KEEP_TAB)));
		CHECK(n <= in.n);
		if (cp == '\\') {
			took = unescape(span_of(text.p + i, text.n - i), back, &n);
			continue;
		}
		memcpy(back + n, text.p + i, took);
		n += took;
	}
	CHECK(n == in.n && memcmp(back, in.p, n) == 0);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int flags = size ? data[0] & 3 : 0;
	struct span in = span_of((const char *)data + (size > 0), size ? size - 1 : 0);
	size_t room = in.n * 10 + 1;
	char *fixed = malloc(room);
	struct buf out;

	buf_init(&out, room);
	CHECK(escape_add(&out, in, flags) == 0);
	size_t n = escape_text(fixed, room, in, flags);
	CHECK(n == out.n && (n == 0 || memcmp(fixed, out.p, n) == 0));
	check_text(buf_span(&out), in, flags);
	n = escape_text(fixed, room / 3 + 1, in, flags);
	CHECK(n <= room / 3 && (n == 0 || memcmp(fixed, out.p, n) == 0));
	buf_fini(&out);
	free(fixed);
	return 0;
}
