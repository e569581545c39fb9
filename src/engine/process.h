/* SPDX-License-Identifier: MIT
 * The process behind a client connection of this machine: a helper thread that asks the kernel for the client's socket by its addresses
 * and looks for that socket among the descriptors of processes. Processes of other users can only be seen by root.
 *
 * Each worker has a lane of its own and numbers its questions; it may have PROCESS_ASKS_MAX of them open. No lane waits for another, and
 * asking and taking answers never wait for the thread. */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_id.h"

struct process;
struct sockaddr;

enum { PROCESS_ASKS_MAX = 1024 };

struct process_answer {
	uint32_t ask;
	uint32_t pid;                 /* 0: not known */
	char name[FLOW_PROCESS_BYTES]; /* raw, terminated */
};

/* wake_fd[i]: eventfd written when lane i has answers; borrowed until process_stop. Starts the thread; NULL with a sentence. */
struct process *process_new(const int *wake_fd, unsigned lanes, struct errmsg *why);
/* Ends the thread. What was asked and not answered stays so. */
void process_stop(struct process *p);
void process_free(struct process *p); /* stopped; NULL is allowed */

/* The lane's worker: who has the connection from client to proxy, both as the socket says? ask < PROCESS_ASKS_MAX, not open. */
void process_ask(struct process *p, unsigned lane, uint32_t ask, const struct sockaddr *client, const struct sockaddr *proxy);
/* The next answer; false: none yet. Also after process_stop, from any one thread. */
bool process_take(struct process *p, unsigned lane, struct process_answer *out);

#endif
