/* SPDX-License-Identifier: MIT
 * The option store. Every option is declared once in option_table.h; --help, the manual page, the config file and :set are
 * generated from that table. */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { OPTION_LIST_MAX = 64 }; /* values of a LIST */

enum option_type { OPTION_BOOL, OPTION_INT, OPTION_SIZE, OPTION_DURATION, OPTION_STRING, OPTION_LIST };

/* Who gave an option its value, in the order in which they are asked. */
enum option_source { OPTION_BUILT_IN, OPTION_FILE, OPTION_ARGS, OPTION_CONSOLE };

enum option_id {
#define OPTION(id, name, short_, arg, type, dflt, min, max, help) OPT_##id,
#include "conf/option_table.h"
#undef OPTION
	OPT_COUNT
};

struct option_row {
	const char *name;   /* long name, also for :set and the config file */
	char letter;        /* short option or 0 */
	const char *arg;    /* placeholder of its value; NULL for a switch, and where the type says it all */
	enum option_type type;
	const char *dflt;   /* as text; "" for none */
	double min, max;    /* numbers, in the type's base unit (ms for durations, bytes for sizes) */
	const char *help;   /* one sentence, no final stop */
};

extern const struct option_row option_rows[OPT_COUNT];

/* Takes no value as a separate word: a BOOL, and -v, which counts. */
bool option_is_switch(const struct option_row *row);

struct options;
struct options *options_new(void); /* every option at its default */
void options_free(struct options *o);

/* The row and id of a long name, OPT_COUNT when there is none. */
enum option_id option_find(const char *name);

/* Sets by name. Sizes take k M G T (powers of 1024), durations ms s m h, a bare number being seconds. The first value
 * that a source gives to a LIST replaces what stood there, its further ones append. The sentence names the option, what
 * is wrong and what is allowed; on an error the option keeps its value. */
int option_set(struct options *o, const char *name, const char *value, struct errmsg *why);
/* What is set from now on comes from the next source (the command line after the config file, the console after it). */
void options_next_source(struct options *o);
void options_set_source(struct options *o, enum option_source from);
enum option_source option_source(const struct options *o, enum option_id id);
/* Back to the default, which counts as set by the present source. */
void option_reset(struct options *o, enum option_id id);
/* Likewise, and as if nobody had set it: then it is in no config file that is written either. */
void option_unset(struct options *o, enum option_id id);
bool option_is_default(const struct options *o, enum option_id id);
/* One more item of a LIST, whatever source gave the others. */
int option_list_add(struct options *o, enum option_id id, const char *value, struct errmsg *why);
/* Takes the item away that begins with these bytes and ends there or goes on with a blank. False: there was none. */
bool option_list_remove(struct options *o, enum option_id id, const char *head);
bool option_bool(const struct options *o, enum option_id id);
int64_t option_int(const struct options *o, enum option_id id);  /* INT, SIZE (bytes), DURATION (ms) */
const char *option_str(const struct options *o, enum option_id id); /* "" when unset */
unsigned option_list_count(const struct options *o, enum option_id id);
const char *option_list_item(const struct options *o, enum option_id id, unsigned i);
bool option_is_set(const struct options *o, enum option_id id); /* by anybody, not only by default */
/* The value as option_set would take it back (a LIST: its items after one another, with spaces between). */
void option_text(const struct options *o, enum option_id id, char *out, size_t size_bytes);
/* A number of that type with its unit: "256M", "1m", "250ms". */
void option_number_text(enum option_type type, double n, char *out, size_t size_bytes);
/* The same from text: 0, or ERR_SYNTAX. The range is not looked at. */
int option_number_parse(enum option_type type, const char *text, double *out);

#endif
