/* SPDX-License-Identifier: MIT
 * Command lines of a file, run in the console's loop as if they were typed. */
#ifndef UI_SCRIPT_H
#define UI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct app;

enum { SCRIPT_DEPTH_MAX = 8, SCRIPT_BYTES_MAX = 1 << 20 };

struct script_file {
	char *path, *text; /* owned */
	size_t n, at;      /* bytes; the next line begins there */
	unsigned line;     /* number of the line that was run last */
};

struct script {
	struct script_file file[SCRIPT_DEPTH_MAX]; /* the last one runs, the others wait for its end */
	unsigned depth;
	uint64_t wait_flows, wait_until_ns; /* until so many flows have ended; 0: not waiting */
	char *dump;                         /* file that the next whole frame is to be written to; NULL: none */
	bool dump_over;                     /* a file that is there is replaced */
};

/* Begins to run the file. It has blank lines, lines that begin with #, and commands. */
int script_source(struct app *app, const char *path, struct errmsg *why);
/* Runs lines for a few milliseconds at most; true: there is more to do at once. A line that is refused ends all of it,
 * with a problem that names file and line. */
bool script_turn(struct app *app);
/* True while lines are left to run. */
bool script_is_running(const struct app *app);
/* Writes the frame that was just drawn when somebody waits for it and nothing in it is still to come. */
void script_drawn(struct app *app);
void script_fini(struct script *s);

/* The commands. */
void cmd_source(struct app *app, const char *arg);
void cmd_key(struct app *app, const char *arg);
void cmd_dump_screen(struct app *app, const char *arg);
void cmd_wait_flows(struct app *app, const char *arg);

#endif
