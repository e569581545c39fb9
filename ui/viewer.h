/* SPDX-License-Identifier: MIT
 * A text in an external program, which has the terminal meanwhile: $PAGER (else less) shows it, $VISUAL or $EDITOR
 * (else vi) edits it. Nothing waits for it: the console's loop goes on with facts, reads no keys and draws
 * nothing until viewer_turn says that it has ended. */
#ifndef UI_VIEWER_H
#define UI_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

struct terminal;

/* There is one terminal, so at most one program runs. */

enum { VIEWER_EDIT_MAX_BYTES = 128 << 20 };

/* What an editor left of the text. */
struct viewer_edit {
	/* Called from viewer_turn when the editor has ended, with the terminal ours again. text is what stands in the file, valid during the
	 * call; p NULL: it cannot be used, why says so. */
	void (*done)(void *arg, struct span text, const struct errmsg *why);
	void *arg;
};

/* Writes the parts one after another to a file of its own (ui/scratch.h) and starts
 * the program on it. name is the file's name. The terminal is left to the program. Returns 0, or
 * ERR_SYSTEM with why, nothing started. */
int viewer_start(struct terminal *t, const char *name, const struct span *part, size_t nparts,
    struct errmsg *why);
/* The same with the editor. */
int viewer_start_edit(struct terminal *t, const char *name, const struct span *part, size_t nparts,
    const struct viewer_edit *edit, struct errmsg *why);
/* Likewise sh -c command, which keeps its output on the screen until Enter is pressed; "": $SHELL. */
int viewer_start_shell(struct terminal *t, const char *command, struct errmsg *why);
bool viewer_running(void);
/* Readable when the program has ended, on systems that can tell; else -1: ask viewer_turn now and
 * then. */
int viewer_fd(void);
/* True once, when the program has ended: its file is gone and the terminal ours again, to be drawn
 * whole. why says what went wrong with it, or is empty. */
bool viewer_turn(struct errmsg *why);
/* Ends the program, if one runs, as a terminal that hangs up does. */
void viewer_stop(void);

#endif
