/* SPDX-License-Identifier: MIT
 * What a mistyped name was meant to be. */
#ifndef MATCH_MATCH_NEAR_H
#define MATCH_MATCH_NEAR_H

#include "base/span.h"
#include "match/match_field.h"

/* The field nearest to the name by its letters or, for words that other programs use, by its meaning; NULL when none is near. */
const char *match_near_field(struct span name);
/* The same for "~x". */
const char *match_near_tilde(struct span name);
/* The one of the values that the field lists which begins most like the word, then the nearest by its letters. */
const char *match_near_value(const struct match_field_info *f, struct span word);

#endif
