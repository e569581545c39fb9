/* SPDX-License-Identifier: MIT
 * What can stand at the cursor of a command line. */
#ifndef UI_CMD_COMPLETE_H
#define UI_CMD_COMPLETE_H

#include <stddef.h>

struct completion;

/* Fills the list, by the usage of the commands: what begins with the word before the cursor, then what has its letters in
 * that order. Looks into directories for names of files. */
void cmd_complete(const char *line, size_t cursor, struct completion *out);

#endif
