/* SPDX-License-Identifier: MIT
 * What can stand at the cursor of a command line. */
#ifndef UI_CMD_COMPLETE_H
#define UI_CMD_COMPLETE_H

#include <stddef.h>

enum { CMD_CANDIDATES_MAX = 64, CMD_CANDIDATE_MAX = 256 };

struct cmd_candidate {
	char text[CMD_CANDIDATE_MAX]; /* takes the place of bytes from..to of the line */
	char what[100];               /* words of our own */
};

struct cmd_candidates {
	struct cmd_candidate row[CMD_CANDIDATES_MAX];
	unsigned n;
	size_t from, to;
	char title[160]; /* "sort [COLUMN|next|prev|reverse]  order of the list"; "" while the name is typed */
};

/* The names that begin with what stands before the cursor, then those that have its letters in that order. Looks into
 * directories for names of files. */
void cmd_complete(const char *line, size_t cursor, struct cmd_candidates *out);

#endif
