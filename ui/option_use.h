/* SPDX-License-Identifier: MIT
 * What the console does with an option that is set while it runs: which values it can have, what follows at once, and
 * what waits for the next start. */
#ifndef UI_OPTION_USE_H
#define UI_OPTION_USE_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/option.h"

struct app;

/* The values to choose from, NULL behind the last; NULL at once when any will do. */
const char *option_use_choice(enum option_id id, unsigned i);
/* 0, or why the value cannot be. */
int option_use_check(enum option_id id, const char *value, struct errmsg *why);
/* Sets the option of the running program; *later: it takes effect at the next start. */
int option_use_set(struct app *app, enum option_id id, const char *value, bool *later, struct errmsg *why);
void option_use_reset(struct app *app, enum option_id id, bool *later);
/* The value as it is shown: "-" when there is none. */
void option_use_text(const struct app *app, enum option_id id, char *out, size_t size_bytes);
/* Path of the configuration file; the caller frees it. NULL: there is no place for one. */
char *option_use_config_path(const struct app *app);
/* Writes what the console has changed to the configuration file; a toast says where, or why not. */
void option_use_write(struct app *app);

#endif
