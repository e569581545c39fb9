/* SPDX-License-Identifier: MIT
 * Bodies of flows fed to a shell command; what it says is shown. And shells on the terminal. */
#ifndef UI_PIPE_FLOW_H
#define UI_PIPE_FLOW_H

#include "base/buf.h"
#include "base/err.h"
#include "ui/pipe.h"
#include "ui/view.h"

struct app;

enum { PIPE_IN_MAX = 256 << 20 };

struct pipe_flow {
	struct pipe pipe;
	struct view_target target;
	struct buf in;        /* being collected */
	size_t taken, failed; /* flows */
	struct errmsg why;    /* of the first that failed */
	char *command;        /* asked for; owned */
	bool over;            /* the command has ended: its output is to be shown */
};

void pipe_flow_init(struct pipe_flow *p);
void pipe_flow_fini(struct pipe_flow *p);
/* Asks for a command, or takes that one. */
void pipe_flow_ask(struct app *app, const char *command);
void pipe_flow_turn(struct pipe_flow *p, struct app *app);

/* Asks for a command to be run on the terminal, or takes that one; nothing: $SHELL. */
void shell_ask(struct app *app, const char *command);

#endif
