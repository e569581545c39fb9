/* SPDX-License-Identifier: MIT
 * The text that is searched for in the flow list: a flow has it when its host (with port), its path (or why it failed), its method or its status
 * code holds it, without regard to case. */
#ifndef UI_PHRASE_H
#define UI_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

struct flow;

enum { PHRASE_MAX = 512 };

struct phrase {
	char text[PHRASE_MAX]; /* lower case */
};

void phrase_set(struct phrase *p, const char *text); /* what is too long is cut */
bool phrase_match(const struct phrase *p, const struct flow *flow);

#endif
