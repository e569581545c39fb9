/* SPDX-License-Identifier: MIT
 * The commands: what keys, and later the prompt and the configuration, can ask for. */
#ifndef UI_CMD_H
#define UI_CMD_H

#include <stdbool.h>

struct app;

struct cmd {
	const char *name;
	const char *usage; /* of its argument; "" for none */
	const char *help;  /* one phrase */
	void (*run)(struct app *app, const char *arg);
};

extern const struct cmd cmds[];
extern const unsigned cmds_count;

/* The command that a line names; NULL when there is none. *arg is what follows the name, or "". */
const struct cmd *cmd_find(const char *line, const char **arg);
/* False when no such command exists. */
bool cmd_run(struct app *app, const char *line);

#endif
