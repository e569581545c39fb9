/* SPDX-License-Identifier: MIT
 * What a mistyped name was meant to be. */
#ifndef MATCH_MATCH_NEAR_H
#define MATCH_MATCH_NEAR_H

#include "base/span.h"

/* The field nearest to the name by its letters or, for words that other programs use, by its meaning; NULL when none is near. */
const char *match_near_field(struct span name);
/* The same for "~x". */
const char *match_near_tilde(struct span name);

#endif
