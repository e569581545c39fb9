/* SPDX-License-Identifier: MIT
 * A text of several lines being typed: the machine behind the body editor. It draws nothing. Characters are bases with their marks;
 * what is not UTF-8 is moved over byte by byte. */
#ifndef UI_EDITOR_H
#define UI_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { EDITOR_MAX_BYTES = 256 << 10 };

struct editor {
	struct buf text;
	size_t cursor;  /* byte */
	size_t goal;    /* column that Up and Down keep to */
	bool changed;
};

void editor_init(struct editor *e, struct span text); /* text.n <= EDITOR_MAX_BYTES */
void editor_fini(struct editor *e);
/* Arrows, Home, End, PgUp, PgDn (by page lines), Enter, Backspace, Delete, ^K (rest of the line), ^U (start of the line), tab, characters. False: the key
 * means nothing here. */
bool editor_key(struct editor *e, int key, int page);

/* Number of the cursor's line, from 0. */
size_t editor_line(const struct editor *e);
/* The line that begins at byte `from`, without its line end. */
struct span editor_line_at(const struct editor *e, size_t from);
/* Where line number n begins; the text's end when there are fewer. */
size_t editor_line_start(const struct editor *e, size_t n);
/* Bytes from the beginning of its line to the cursor. */
struct span editor_before_cursor(const struct editor *e);
size_t editor_lines(const struct editor *e);

#endif
