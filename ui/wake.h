/* SPDX-License-Identifier: MIT
 * Signals as bytes in a pipe, so that a poll loop sees them. The handlers are the process's, so
 * there is one pipe. */
#ifndef UI_WAKE_H
#define UI_WAKE_H

/* Opens the pipe and catches SIGINT, SIGTERM and SIGHUP, and with resize SIGWINCH and ignores
 * SIGTSTP. SIGPIPE is ignored. Returns the end to poll, or ERR_SYSTEM. */
int wake_open(int resize);
/* The next signal that came, or 0. */
int wake_next(int fd);
/* Gives the signals back their former actions and closes the pipe. */
void wake_close(int fd);

#endif
