/* SPDX-License-Identifier: MIT
 * Untrusted bytes to printable text, with a width table of our own so that layout never depends on
 * the C library. */
#include "base/escape.h"

#include <stdint.h>

#include "base/err.h"
#include "base/escape_table.h"

enum {
	ESCAPE_PIECE = 12,       /* longest output of one step: \u{10ffff} */
	ESCAPE_COMBINING_MAX = 2 /* marks on one base; more would pile up over other rows */
};

static const char escape_hex[] = "0123456789abcdef";

/* One step of the way from bytes to text. */
struct escape_step {
	size_t took;             /* bytes of input */
	size_t n;                /* bytes in out */
	char out[ESCAPE_PIECE];
};

/* Bytes in the sequence that c begins, with the payload bits of c in *cp; 0 when c cannot begin
 * one. */
static size_t
escape_utf8_lead(unsigned char c, unsigned *cp)
{
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*cp = c & 0x1fu;
		return 2;
	}
	if ((c & 0xf0) == 0xe0) {
		*cp = c & 0x0fu;
		return 3;
	}
	*cp = c & 0x07u;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

size_t
escape_utf8_decode(const char *s, size_t n, unsigned *cp)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned v = 0;
	size_t len = escape_utf8_lead((unsigned char)s[0], &v);

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (c & 0x3fu);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

int
escape_width(unsigned cp)
{
	size_t lo = 0, hi = sizeof(escape_ranges) / sizeof(escape_ranges[0]);

	if (cp < 0x80)
		return cp >= 0x20 && cp != 0x7f ? 1 : -1;
	if (cp > 0x10ffff)
		return -1;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (cp > escape_ranges[mid].last)
			lo = mid + 1;
		else if (cp < escape_ranges[mid].first)
			hi = mid;
		else
			return escape_ranges[mid].width;
	}
	return 1;
}

static void
escape_byte(struct escape_step *s, unsigned char c)
{
	s->took = 1;
	s->n = 4;
	s->out[0] = '\\';
	s->out[1] = 'x';
	s->out[2] = escape_hex[c >> 4];
	s->out[3] = escape_hex[c & 15];
}

static void
escape_code(struct escape_step *s, unsigned cp, size_t took)
{
	int digits = cp > 0xfffff ? 6 : cp > 0xffff ? 5 : 4;

	s->took = took;
	s->n = 0;
	s->out[s->n++] = '\\';
	s->out[s->n++] = 'u';
	s->out[s->n++] = '{';
	for (int i = digits - 1; i >= 0; i--)
		s->out[s->n++] = escape_hex[cp >> (4 * i) & 15];
	s->out[s->n++] = '}';
}

/* An ASCII byte: printable, a tab to keep, a backslash or a control. */
static void
escape_ascii(struct escape_step *s, unsigned char c, int flags)
{
	if (c == '\\') {
		*s = (struct escape_step){.took = 1, .n = 2, .out = {'\\', '\\'}};
	} else if ((c >= 0x20 && c != 0x7f) || (c == '\t' && (flags & ESCAPE_KEEP_TAB))) {
		s->took = s->n = 1;
		s->out[0] = (char)c;
	} else {
		escape_byte(s, c);
	}
}

/* The next step over p, n > 0. *marks counts the combining marks on the current base; -1: there is
 * no base. */
static void
escape_next(struct escape_step *s, const char *p, size_t n, int flags, int *marks)
{
	unsigned cp;
	size_t took = escape_utf8_decode(p, n, &cp);

	if (took == 1) {
		escape_ascii(s, (unsigned char)cp, flags);
		*marks = s->n == 1 && cp != '\t' ? 0 : -1;
		return;
	}
	int width = took ? escape_width(cp) : -1;
	if (!took) {
		escape_byte(s, (unsigned char)p[0]);
	} else if (!(flags & ESCAPE_UTF8) || width < 0 ||
	    (width == 0 && (*marks < 0 || *marks >= ESCAPE_COMBINING_MAX))) {
		escape_code(s, cp, took);
	} else {
		s->took = s->n = took;
		memcpy(s->out, p, took);
	}
	if (s->n == took && took)
		*marks = width == 0 ? *marks + 1 : 0;
	else if (width != 0)
		*marks = -1;
}

/* Length of the leading run that needs no change at all: the fast path of nearly all traffic. */
static size_t
escape_plain(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)(p[i] - 0x20) < 0x5f && p[i] != '\\')
		i++;
	return i;
}

/* Adds what fits of a run that needs no escapes. */
static int
escape_add_run(struct buf *out, const char *p, size_t n)
{
	size_t room = out->max - out->n;

	if (n <= room)
		return buf_add(out, p, n);
	buf_add(out, p, room);
	return ERR_LIMIT;
}

int
escape_add(struct buf *out, struct span in, int flags)
{
	struct escape_step s;
	int marks = -1;

	for (size_t i = 0; i < in.n; i += s.took) {
		size_t plain = escape_plain(in.p + i, in.n - i);
		if (plain && escape_add_run(out, in.p + i, plain))
			return ERR_LIMIT;
		i += plain;
		if (i == in.n)
			break;
		if (plain)
			marks = 0;
		escape_next(&s, in.p + i, in.n - i, flags, &marks);
		if (buf_add(out, s.out, s.n))
			return ERR_LIMIT;
	}
	return 0;
}

size_t
escape_text(char *out, size_t size_bytes, struct span in, int flags)
{
	struct escape_step s;
	int marks = -1;
	size_t n = 0, room = size_bytes - 1;

	for (size_t i = 0; i < in.n; i += s.took) {
		escape_next(&s, in.p + i, in.n - i, flags, &marks);
		if (s.n > room - n)
			break;
		memcpy(out + n, s.out, s.n);
		n += s.n;
	}
	out[n] = '\0';
	return n;
}
