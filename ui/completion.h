/* SPDX-License-Identifier: MIT
 * What can stand at the cursor of a prompt line: a list above it, filled by whoever asks the line (prompt_line.complete). */
#ifndef UI_COMPLETION_H
#define UI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "ui/cell.h"

enum { COMPLETION_MAX = 128, COMPLETION_TEXT_MAX = 160, COMPLETION_WHAT_MAX = 64 };

#define COMPLETION_NO_COUNT UINT64_MAX

struct completion_item {
	char text[COMPLETION_TEXT_MAX]; /* takes the place of the word; raw bytes, a blank at the end when another word follows */
	char what[COMPLETION_WHAT_MAX]; /* words of our own; "" */
	uint64_t count;                 /* how often it occurs; COMPLETION_NO_COUNT */
	const char *after;              /* what can follow it: static words; NULL */
	const char *example;            /* static words; NULL */
};

struct completion {
	bool open;                      /* it is on the screen, and Up, Down and Tab are its keys */
	bool wanted;                    /* it is to be, as soon as there is an item: they are still being collected */
	size_t from, to;                /* bytes of the line that an item takes the place of */
	struct completion_item item[COMPLETION_MAX];
	unsigned n, selected, top;
	const char *title;              /* of the list, static; NULL: that it completes the word */
};

void completion_clear(struct completion *c, size_t from, size_t to);
/* NULL when the list is full or the text too long; else the item, without count, after and example. */
struct completion_item *completion_add(struct completion *c, struct span text, const char *what);
/* True when the text begins with the prefix, without regard to case. */
bool completion_begins(const char *text, struct span prefix);
void completion_move(struct completion *c, int rows);
/* Draws it at the foot of the area. word: what is being completed. */
void completion_draw(struct completion *c, struct span word, const struct area *a, const struct glyphs *g, int escape);

#endif
