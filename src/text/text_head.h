/* SPDX-License-Identifier: MIT
 * A message head as a table of its fields, in wire order. */
#ifndef TEXT_TEXT_HEAD_H
#define TEXT_TEXT_HEAD_H

#include "base/span.h"
#include "text/text_lines.h"

enum { TEXT_HEAD_FOLD_FROM = 256 };

/* Adds one line per field of a head as on the wire (start line first, any line end). */
void text_head(struct text_lines *t, struct span head);
/* The same; a value of TEXT_HEAD_FOLD_FROM bytes and more is cut so that its line fits in width columns and ends in a note. */
void text_head_folded(struct text_lines *t, struct span head, int width);
/* The same for fields without a start line: trailers, the head of a part. */
void text_head_fields(struct text_lines *t, struct span fields);
/* The start line without its line end; empty when there is none. */
struct span text_head_start(struct span head);
/* Fields in the head. */
unsigned text_head_count(struct span head);
/* The next line of *rest without its line end; moves *rest past it. False at the end. */
bool text_next_line(struct span *rest, struct span *line);

#endif
