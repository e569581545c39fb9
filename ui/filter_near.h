/* SPDX-License-Identifier: MIT
 * What a filter that matches nothing may have been meant to be. */
#ifndef UI_FILTER_NEAR_H
#define UI_FILTER_NEAR_H

#include <stdbool.h>
#include <stddef.h>

struct flow_store;

/* For one term, FIELD = VALUE or FIELD ~ VALUE over a text: the same with a value that one of the newest flows in memory has and that differs in a letter or two. */
bool filter_near(struct flow_store *store, const char *text, char *out, size_t size);

#endif
