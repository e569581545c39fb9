/* SPDX-License-Identifier: MIT
 * What the kernel tells of sockets and who holds them. For one thread. */
#ifndef ENGINE_PROCESS_SCAN_H
#define ENGINE_PROCESS_SCAN_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow_id.h"

/* One end of a TCP connection and the other, as the end asked for sees them; in network order. */
struct process_tuple {
	uint8_t family;             /* AF_INET, AF_INET6 */
	uint16_t port, other_port;
	struct in6_addr addr, other; /* AF_INET: the first 4 bytes */
};

/* A netlink socket for process_socket_inode, or -1. */
int process_diag_open(void);
/* The inode of the open socket of this machine with those addresses; 0: there is none. */
uint32_t process_socket_inode(int diag_fd, const struct process_tuple *t);

/* A socket looked for. */
struct process_want {
	uint32_t inode;
	uint32_t pid;               /* found: the holder; else 0 */
	char name[FLOW_PROCESS_BYTES];
};

enum { PROCESS_RECENT = 16 };

struct process_scan {
	uint32_t recent[PROCESS_RECENT]; /* holders found last, newest first; 0: none */
	uint32_t *pid;              /* scratch: processes there are */
	size_t cap;
};

void process_scan_init(struct process_scan *s);
void process_scan_fini(struct process_scan *s);
/* Finds the holders of n sockets, sorted by inode: first among the processes found before, then the newest process first, until all are
 * found, every process was looked at, or *stop. A socket that several processes hold is the first one's. */
void process_scan_run(struct process_scan *s, struct process_want *want, size_t n, const _Atomic bool *stop);

#endif
