/* SPDX-License-Identifier: MIT
 * Copying: what of a flow goes to the clipboard of the terminal, or into a file when a terminal takes no such thing. */
#ifndef UI_COPY_H
#define UI_COPY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct app;
struct file_put;

enum { COPY_MAX = 64 << 20 };

struct copy {
	unsigned kind;        /* row of the menu, of what is or was copied last */
	bool once;            /* something was */
	struct buf text;      /* being collected */
	size_t taken, failed; /* flows */
	struct errmsg why;    /* of the first that failed */
	char done[64];        /* "curl line of flow 12" */
	struct file_put *put; /* the file being written; NULL: none */
	char *path;           /* of it; owned */
};

/* Asks what to copy. */
void copy_ask(struct app *app);
/* By name ("curl", "url" ...), or the kind that was copied last: "again". */
void copy_what(struct app *app, const char *what);
/* Takes in that the file was written. */
void copy_turn(struct copy *c, struct app *app);
void copy_fini(struct copy *c);

#endif
