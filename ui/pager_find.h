/* SPDX-License-Identifier: MIT
 * Search in the text of a pager: what matches, and which match is the current one. */
#ifndef UI_PAGER_FIND_H
#define UI_PAGER_FIND_H

#include "ui/pager.h"

enum {
	PAGER_FIND_TEXT_MAX = 1024,
	PAGER_FIND_MAX = 100000 /* matches counted; more are said to be more */
};

struct pager_find {
	char text[PAGER_FIND_TEXT_MAX]; /* what is looked for; "": nothing */
	struct pager_range *range;
	size_t nranges, cap;
	uint32_t count, at; /* matches; the current one, 0: none */
	bool more;	    /* than are counted */
};

void pager_find_fini(struct pager_find *f);
/* From now on this is looked for (""); nothing matches until it was collected. */
void pager_find_set(struct pager_find *f, const char *text);
/* Collects the matches again: in every line but rules, as it stands on the screen; a text without
 * capitals matches capitals too. The current match keeps its number. */
void pager_find_collect(struct pager_find *f, const struct text_lines *t);
/* The same by hand, for a text that is searched in another form: forget all, then add matches by
 * ascending offset. A match of several ranges is added range by range under one number;
 * pager_find_next gives the next, 0: there are enough. */
void pager_find_forget(struct pager_find *f);
uint32_t pager_find_next(struct pager_find *f);
void pager_find_add(struct pager_find *f, uint32_t off, uint32_t n, uint32_t number);
/* Offset of needle in s at or behind from; s.n when there is none. fold: needle is in small letters
 * and matches both. */
size_t pager_find_in(struct span s, size_t from, struct span needle, bool fold);
/* False when the text holds an ASCII capital. */
bool pager_find_folds(const char *text);
/* Lets the pager paint the matches. */
void pager_find_show(const struct pager_find *f, struct pager *p);
/* Makes the next match the current one and shows it: from the current one if it is on the screen,
 * else from the first row there. Writes what a toast is to say: "3 of 17", "search wrapped: 1 of
 * 17", "No match for x". */
void pager_find_go(struct pager_find *f, struct pager *p, bool backwards, char *out, size_t size);

#endif
