/* SPDX-License-Identifier: MIT
 * Which flows are shown: those whose host or path contains every word, without regard to case. */
#ifndef UI_FILTER_H
#define UI_FILTER_H

#include <stdbool.h>

struct flow;

enum { FILTER_WORDS_MAX = 16, FILTER_TEXT_MAX = 512 };

struct filter {
	char text[FILTER_TEXT_MAX]; /* lower case; words end in NUL */
	const char *word[FILTER_WORDS_MAX];
	unsigned nwords; /* 0: everything matches */
};

/* Words beyond the limits are ignored. */
void filter_set(struct filter *f, const char *words);
bool filter_match(const struct filter *f, const struct flow *flow);

#endif
