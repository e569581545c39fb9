/* SPDX-License-Identifier: MIT
 * The one function that turns untrusted bytes into printable text (threats T01-T06). Every screen,
 * log and dump line passes network text through it; it is unambiguous and never lossy: a backslash
 * is doubled, so the original bytes can always be told from the escaped text. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

enum escape_flags {
	ESCAPE_UTF8 = 1,     /* the output may hold UTF-8; without it all non-ASCII is escaped */
	ESCAPE_KEEP_TAB = 2, /* a tab becomes 8-column spacing by the caller: pass it through */
};

/* Decodes one code point of strict UTF-8 (no overlong forms, no surrogates, at most U+10FFFF) from
 * s, n > 0. Returns the bytes it took (1-4) and the code point in *cp, or 0 when the first byte does not
 * start a valid sequence. */
size_t escape_utf8_decode(const char *s, size_t n, unsigned *cp);

/* Columns the code point takes on a terminal (1 or 2; 0 for a combining mark), or -1 when it must be
 * shown as an escape: controls, C1, bidi controls, zero-width, ZWJ, variation selectors, unassigned,
 * private use. Independent of the locale, so layout is deterministic. */
int escape_width(unsigned cp);

/* Appends to out (a buf) the printable form of in: bytes that are not valid UTF-8, controls and DEL as
 * \xNN, unprintable code points as \u{NNNN}, a backslash as \\; at most two combining marks per base,
 * the others escaped. Returns 0 or ERR_LIMIT when out is full (what fitted stays). */
int escape_add(struct buf *out, struct span in, int flags);

/* Same into a fixed array, always terminated, cut at a whole character or escape. Returns the length
 * written. size_bytes >= 1. */
size_t escape_text(char *out, size_t size_bytes, struct span in, int flags);

#endif
