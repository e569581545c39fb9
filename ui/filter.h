/* SPDX-License-Identifier: MIT
 * Which flows are shown: those that contain every word, without regard to case, in host (with port), path (or why it failed), method or
 * status code. FIELD=WORD looks in one of them: host, path, method, code. */
#ifndef UI_FILTER_H
#define UI_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct flow;

enum { FILTER_WORDS_MAX = 16, FILTER_TEXT_MAX = 512 };

enum filter_field { FILTER_ANY, FILTER_HOST, FILTER_PATH, FILTER_METHOD, FILTER_CODE };

struct filter {
	char text[FILTER_TEXT_MAX]; /* lower case; words end in NUL */
	const char *word[FILTER_WORDS_MAX];
	enum filter_field field[FILTER_WORDS_MAX];
	unsigned nwords; /* 0: everything matches */
};

/* Words beyond the limits are ignored. f must not be copied afterwards: words point into it. */
void filter_set(struct filter *f, const char *words);
/* One word that may hold blanks, in any field. */
void filter_set_phrase(struct filter *f, const char *phrase);
/* Words that cannot be meant: 0, or ERR_SYNTAX with the byte it is about and a sentence that proposes another. */
int filter_check(const char *words, size_t *at, struct errmsg *why);
bool filter_match(const struct filter *f, const struct flow *flow);

#endif
