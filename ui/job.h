/* SPDX-License-Identifier: MIT
 * Job control without stopping the traffic: a process that is stopped proxies nothing. So the program that a shell starts is a small
 * parent which owns the job, and the console with its engine is its child in a process group of its own. When the console
 * suspends itself it leaves the terminal, and the parent alone stops; when the shell continues the parent, the console takes the
 * terminal back. Signals sent to the parent reach the child, and the parent ends as the child did. */
#ifndef UI_JOB_H
#define UI_JOB_H

#include <stdbool.h>

/* To be called before there are threads, when the console will be shown. Where a shell may want its terminal back it forks: only
 * the child returns, the parent ends with the child's status. Else it does nothing. */
void job_split(void);
/* There is a parent that can be stopped. */
bool job_has_parent(void);
/* The terminal has been left: stops the parent. What comes of it arrives as a signal: SIGCONT when the terminal is ours again,
 * SIGUSR2 when there is no shell that takes it. */
void job_suspend(void);
/* The terminal is this process group's: who takes it otherwise is stopped, and the traffic with it. */
bool job_is_foreground(void);
/* Ends the parent with status 0 and goes on without terminal: standard streams are /dev/null from now on. False: there is no
 * parent, nothing was done. */
bool job_detach(void);

#endif
