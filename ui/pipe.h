/* SPDX-License-Identifier: MIT
 * A shell command fed with bytes, whose output is collected: the console's loop goes on meanwhile, and nobody waits. */
#ifndef UI_PIPE_H
#define UI_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	PIPE_OUT_MAX = 1 << 20, /* of output; more ends the command */
	PIPE_TIME_MAX_S = 60    /* likewise */
};

enum pipe_end { PIPE_ENDED = 0, PIPE_TOO_MUCH, PIPE_TOO_LONG, PIPE_GIVEN_UP };

struct pipe {
	pid_t pid;           /* and process group; 0: none runs */
	int in_fd, out_fd, pid_fd; /* -1: closed */
	struct buf in, out;  /* fed to it; read so far */
	size_t in_at;        /* of in, written so far */
	uint64_t begin_ns, stop_ns; /* monotonic; stop_ns 0: not told to end */
	enum pipe_end end;
	bool reaped;
	int status;          /* of waitpid, when reaped */
	char *command;       /* owned */
};

void pipe_init(struct pipe *p);
/* Ends the command, without waiting for it to be polite, and frees all. */
void pipe_fini(struct pipe *p);
/* Starts sh -c command on the bytes of in, which are taken over; standard error goes where standard output does, and there is no terminal.
 * What is waited for is put into the epoll descriptor. Nothing else may run in p. 0, or ERR_SYSTEM with why. */
int pipe_start(struct pipe *p, const char *command, struct buf *in, int poll_fd, struct errmsg *why);
bool pipe_running(const struct pipe *p);
/* Moves bytes. True once, when the command has ended: out, end and status say what came of it, until the next start. */
bool pipe_turn(struct pipe *p);
/* Tells the command to end; told twice, or two seconds later, it has no say. */
void pipe_stop(struct pipe *p, enum pipe_end end);

#endif
