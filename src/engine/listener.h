/* SPDX-License-Identifier: MIT
 * Listening sockets: one per worker and address, shared by SO_REUSEPORT. */
#ifndef ENGINE_LISTENER_H
#define ENGINE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "engine/engine.h"

struct event;
struct listener_counters;
struct worker;

struct listener {
	struct worker *worker;
	int fd;
	struct event *ev;
	char text[64]; /* "127.0.0.1:8080" with the port really bound */
	struct listener_counters *counters; /* in those of its worker */
};

/* Binds and listens without accepting yet; port 0 in want becomes the bound one. c: the engine's, when this is
 * its first socket for the address, which is bound alone first, so that a port in use (by whoever) is an error and never shared; NULL:
 * a further one. */
int listener_open(const struct engine_listen *want, const struct engine_config *c, int *fd, uint16_t *port, struct errmsg *why);
/* Accepting begins or pauses. */
int listener_start(struct listener *l, struct worker *w, int fd);
void listener_pause(struct worker *w, bool pause);
/* Ends accepting for good: the worker's sockets are closed, and whoever comes is refused. */
void listener_stop(struct worker *w);
void listener_close(struct listener *l);

/* True when a connection to that address would come back to this engine (P03, T42). */
bool listener_is_own(const struct engine *e, const struct sockaddr_storage *sa);

#endif
