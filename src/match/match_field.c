/* SPDX-License-Identifier: MIT
 * The field table. */
#include "match/match_field.h"

#include <stddef.h>

const struct match_field_info match_fields[MATCH_FIELD_COUNT] = {
#define X(id, n, t, w) [MATCH_F_##id] = {.field = MATCH_F_##id, .name = n, .type = t, .what = w},
	MATCH_FIELDS(X)
#undef X
};
