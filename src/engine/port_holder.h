/* SPDX-License-Identifier: MIT
 * Who listens on an address that cannot be had. */
#ifndef ENGINE_PORT_HOLDER_H
#define ENGINE_PORT_HOLDER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "engine/process_scan.h"

/* The process whose listening socket is in the way of one at sa (AF_INET or AF_INET6): its pid and name. False: there is none, or this
 * user may not see it. Looks through /proc: not for a worker. */
bool port_holder_find(const struct sockaddr_storage *sa, struct process_want *out);

#endif
