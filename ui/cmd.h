/* SPDX-License-Identifier: MIT
 * The commands: what keys, and later the prompt and the configuration, can ask for. */
#ifndef UI_CMD_H
#define UI_CMD_H

#include <stdbool.h>

#include "ui/list.h"

struct app;
struct prompt_refusal; /* ui/prompt.h */

struct cmd {
	const char *name;
	/* Of its argument; "" for none. Words to choose from stand with | between them; capitals are placeholders, of which
	 * completion knows COLUMN, COMMAND, FILE, OPTION, THEME and VIEW. What may be left out is in brackets. */
	const char *usage;
	const char *help;  /* one phrase */
	void (*run)(struct app *app, const char *arg);
	/* What is wrong with the argument, r->at in bytes from its beginning; NULL: run says it. */
	void (*check)(const char *arg, struct prompt_refusal *r);
};

extern const struct cmd cmds[];
extern const unsigned cmds_count;

/* The command that a line names; NULL when there is none. *arg is what follows the name, or "". */
const struct cmd *cmd_find(const char *line, const char **arg);
/* What is wrong with the line before it is run: a name that does not exist, with the one that was meant perhaps, an
 * argument that cannot be. r->why stays "" when nothing is. */
void cmd_check(const char *line, struct prompt_refusal *r);
/* What the command "move" calls it, "page-down"; false: there is none of that name. */
bool cmd_move_named(const char *name, enum move *out);
/* False when no such command exists. */
bool cmd_run(struct app *app, const char *line);

#endif
