/* SPDX-License-Identifier: MIT
 * Search in the lines of text_hex: over the bytes, so that a match may lie across two lines. */
#ifndef UI_FLOW_FIND_H
#define UI_FLOW_FIND_H

#include "base/span.h"
#include "ui/pager_find.h"

/* "1b5d" or "1b 5d" as bytes, at most half as many as the text has; returns their number, or 0 when it is no pairs of digits. */
size_t flow_find_hex_bytes(const char *text, char *out);
/* False when the text begins with "hex:" and what follows is no pairs of digits. */
bool flow_find_is_pattern(const char *text);
/* Collects the matches of f->text, which is text or "hex:1b5d", in the bytes that t was made from
 * by flow_page_hex. */
void flow_find_hex(struct pager_find *f, const struct text_lines *t, struct span bytes);

/* What offset that line of the tab Hex begins at; behind the bytes: the last one of them. False: there are none. */
bool flow_find_hex_offset(const struct text_lines *t, size_t line, uint64_t *offset);

#endif
