/* SPDX-License-Identifier: MIT
 * What was typed at the prompt, kept across runs: one line each, the first byte says of which prompt. Every line is
 * appended at once, so that several consoles and a crash lose nothing; what is more than the maximum goes at the start. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "base/err.h"
#include "ui/prompt.h"

enum { HISTORY_LINES_MAX = 500, HISTORY_BYTES_MAX = 1 << 20 };

/* Reads the file into the prompt's past, shortens it when it is too long, and has the prompt append to it. The file is made
 * with mode 0600; one that is somebody else's, or no regular file, is let alone. 0, or why nothing is kept. */
int history_open(struct prompt *p, const char *path, struct errmsg *why);
/* Appends a line; errors are not told: it is a convenience. */
void history_add(const char *path, enum prompt_history kind, const char *text);

#endif
