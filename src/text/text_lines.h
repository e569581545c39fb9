/* SPDX-License-Identifier: MIT
 * Text ready to be shown: lines of pieces, each with a role. Everything in it is already escaped.
 */
#ifndef TEXT_TEXT_LINES_H
#define TEXT_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

enum text_role {
	TEXT_PLAIN = 0, /* bytes of the peer, escaped */
	TEXT_NAME,	/* field name, escaped */
	TEXT_NOTE,	/* our own words about the bytes */
	TEXT_RULE,	/* heading; drawn as a rule over the whole width */
	TEXT_OFFSET,	/* offset of a hex line */
	TEXT_GOOD,	/* our own words: success */
	TEXT_BAD,	/* our own words: failure */
	TEXT_ADDED,	/* line that only the newer of two texts has */
	TEXT_REMOVED,	/* line that only the older one has */
	TEXT_ROLE_COUNT
};

struct text_piece {
	uint32_t off, n; /* in bytes.p */
	uint8_t role;	 /* enum text_role */
};

struct text_line {
	uint32_t piece, npieces; /* in piece[] */
};

struct text_lines {
	struct buf bytes;
	struct text_piece *piece;
	size_t npieces, piece_cap;
	struct text_line *line;
	size_t nlines, line_cap;
	size_t beside; /* lines from here on stand at the right of those before; 0: all stand below each other */
	int escape; /* enum escape_flags for text_lines_add */
	unsigned folds; /* places where something is left out that can be unfolded */
	bool cut;   /* the maximum was met: the end is missing */
};

void text_lines_init(struct text_lines *t, size_t max_bytes, int escape_flags);
void text_lines_fini(struct text_lines *t);
void text_lines_clear(struct text_lines *t);
void text_lines_begin(struct text_lines *t); /* starts a new line */
/* What is added from now on, first of all a heading, stands at the right of what there is. */
void text_lines_beside(struct text_lines *t);
/* Adds bytes of the peer to the last line, escaped. */
void text_lines_add(struct text_lines *t, enum text_role role, struct span raw);
/* Adds words of our own, which hold nothing to escape. */
void text_lines_words(struct text_lines *t, enum text_role role, const char *s);
/* The same for a span in which nothing has to be escaped (any more), wherever it is from. */
void text_lines_ready(struct text_lines *t, enum text_role role, struct span s);
/* A line of its own with words about the bytes. */
void text_lines_note(struct text_lines *t, const char *words);
void text_lines_addf(struct text_lines *t, enum text_role role, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* Adds spaces up to that column of the last line, at least `least` of them. */
void text_lines_pad(struct text_lines *t, size_t column, size_t least);
/* The text of a piece; valid until the next change. */
struct span text_lines_piece(const struct text_lines *t, const struct text_piece *p);
/* Columns that escaped text takes. */
size_t text_columns(struct span escaped);
/* The beginning of raw bytes that takes at most so many columns when it is escaped. */
struct span text_lines_cut(const struct text_lines *t, struct span raw, size_t columns);

#endif
