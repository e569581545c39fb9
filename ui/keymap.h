/* SPDX-License-Identifier: MIT
 * The default keys: to command lines, per view. keys.h makes of them those in force, which the help and the key bar
 * show. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdbool.h>

struct key_binding {
	unsigned scope;      /* set of enum view_scope */
	int key;             /* enum key_code or a code point */
	const char *command; /* line for cmd_run */
	const char *topic;   /* group in the help */
	const char *help;    /* NULL: another key of the line above, with the same command */
	const char *bar;     /* word in the key bar; NULL: not there */
};

extern const struct key_binding keymap[];
extern const unsigned keymap_count;

enum key_bar_when {
	BAR_ALWAYS = 0,
	BAR_HELD,  /* while a message is held */
	BAR_FLOWS, /* since the first flow */
	BAR_START, /* before it */
	BAR_PROXY, /* the same, and there is a proxy */
	BAR_OFFERED, /* while the view offers it */
	BAR_NEVER   /* it acts, and leaves the room to what the view is for */
};

/* What the key bar of a view offers first, by command; the other rows with a word for it follow in their order. */
struct key_bar {
	unsigned scope;
	const char *command;
	enum key_bar_when when;
	const char *second; /* command of another key that stands before the same word: "J/K Flow"; NULL: none */
	const char *word;   /* in place of that of the key; NULL: none */
};

extern const struct key_bar keymap_bar[];
extern const unsigned keymap_bar_count;

#endif
