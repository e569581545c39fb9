/* SPDX-License-Identifier: MIT
 * Which name was meant: the proposal that a refusal makes. */
#ifndef UI_NEAREST_H
#define UI_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* as typed */
	size_t n;         /* bytes of it */
	const char *best; /* NULL: nothing is near */
	unsigned distance;
};

/* Begins with the word; each name that exists is then offered once. */
struct nearest nearest_to(const char *word, size_t n);
/* A name that begins with the word is nearest, then one with few letters wrong, missing or swapped. */
void nearest_offer(struct nearest *near, const char *name);

#endif
