/* SPDX-License-Identifier: MIT
 * The keys in force: those of keymap.h, a preset laid over them, and what the user has bound. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ui/keymap.h"

struct options;

struct key_row {
	unsigned scope;      /* set of enum view_scope; never 0 */
	int key;
	unsigned group;      /* rows that the help shows as one line: same command, same words */
	const char *command;
	const char *topic;
	const char *help;
	const char *bar;     /* NULL: not in the key bar */
	char *own;           /* the command, when the user gave it */
};

struct keys {
	struct key_row *row; /* in the order of the help */
	unsigned n, cap;
};

/* What one line binds: "[VIEW] KEY [COMMAND]". */
struct key_line {
	unsigned scope;
	int key;
	const char *command; /* within the text; "": the key does nothing */
};

/* Makes the keys in force by the options keys and bind, in place of those that were. The first bind that cannot be is
 * the result; the others are in force. why may be NULL. Begins with a zeroed struct. */
int keys_load(struct keys *k, const struct options *o, struct errmsg *why);
void keys_fini(struct keys *k);
/* The command line of the key in that view; NULL when it has none. */
const char *keys_find(const struct keys *k, unsigned scope, int key);
/* The first key of that command line in that view; KEYC_NONE when it has none. */
int keys_of(const struct keys *k, unsigned scope, const char *command);
/* True for the row that stands for its group in that view. */
bool keys_is_first(const struct keys *k, unsigned row, unsigned scope);
/* Names of all keys of the row's group in that view, with blanks between them. */
void keys_names(const struct keys *k, unsigned row, unsigned scope, char *out, size_t size_bytes);

int key_line_parse(struct key_line *l, const char *text, struct errmsg *why);

/* Names of the presets and of the views that a key can be bound in; NULL behind the last. */
const char *keys_preset_name(unsigned i);
const char *keys_view_name(unsigned i);
/* The rows of a preset; n is 0 for the first one, which changes nothing. */
const struct key_binding *keys_preset_rows(unsigned i, unsigned *n);

#endif
