/* SPDX-License-Identifier: MIT
 * Completion of the expression language: fields, operators, values that were seen, joining words. */
#ifndef UI_FILTER_COMPLETE_H
#define UI_FILTER_COMPLETE_H

#include <stddef.h>

#include "ui/completion.h"
#include "ui/flow_values.h"

/* Fills c with what can stand at the cursor. Begins to count when v does not count what is needed; the list is to be made again while
 * flow_values_turn does something. */
void filter_complete(struct flow_values *v, struct flow_store *store, const char *text, size_t cursor, struct completion *c);

/* True when the text has a word that stands alone: it means that host or path contains it. */
bool filter_has_word(const char *text);
/* The first value behind a ~ that looks like a pattern and is text, as it has no quotes: "^edit", "x$", "a.*b". SPAN_NONE: there is none.
 * Within the text. */
struct span filter_text_like_pattern(const char *text);

#endif
