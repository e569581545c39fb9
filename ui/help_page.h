/* SPDX-License-Identifier: MIT
 * The pages of the help as text, made from the tables of keys, states and columns. */
#ifndef UI_HELP_PAGE_H
#define UI_HELP_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "text/text_lines.h"

struct app;
struct view_ops;

enum { HELP_TEXT_MAX = 65536 };

enum help_page { HELP_KEYS = 0, HELP_FILTERS, HELP_STATES, HELP_CONNECT, HELP_COMMANDS, HELP_PAGES };

/* What can be run: words of the page, and the line for cmd_run in the view that the help is about. */
struct help_item {
	uint32_t off, n; /* bytes of the text */
	char *command;   /* owned */
};

struct help_items {
	struct help_item *item; /* ascending by off */
	size_t n, cap;
};

/* What pages are made of, and into. */
struct help_writer {
	struct text_lines *t;
	struct help_items *items;
	struct app *app;
	const struct view_ops *about; /* the view whose keys are shown */
	int width;
};

void help_items_clear(struct help_items *items);
void help_items_fini(struct help_items *items);

/* Adds the page to what is there. */
void help_page_build(const struct help_writer *w, enum help_page page);
/* Adds the lines of all pages and options that hold the word, in capitals or not, below the names of their pages; returns how many. */
size_t help_page_search(const struct help_writer *w, const char *word);

#endif
