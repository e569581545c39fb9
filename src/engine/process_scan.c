/* SPDX-License-Identifier: MIT
 * Sockets and who holds them, from NETLINK_SOCK_DIAG and /proc. */
#include "engine/process_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

enum { SCAN_PATH_BYTES = 40, SCAN_LINK_BYTES = 40, TCP_LISTENS = 10 };

/* ---- the socket ---- */

int
process_diag_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* The answer is there when the question was taken: nothing waits. Without the connection the kernel would offer a listener on that port. */
uint32_t
process_socket_inode(int diag_fd, const struct process_tuple *t)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} ask = {
	    .h = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
	    .r = {.sdiag_family = t->family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u},
	};
	union {
		struct nlmsghdr h;
		char room[1024];
	} answer;
	const struct inet_diag_msg *m = NLMSG_DATA(&answer.h);

	ask.r.id.idiag_sport = t->port;
	ask.r.id.idiag_dport = t->other_port;
	memcpy(ask.r.id.idiag_src, &t->addr, sizeof t->addr);
	memcpy(ask.r.id.idiag_dst, &t->other, sizeof t->other);
	ask.r.id.idiag_cookie[0] = ask.r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (send(diag_fd, &ask, sizeof ask, MSG_DONTWAIT) != sizeof ask)
		return 0;
	ssize_t n = recv(diag_fd, &answer, sizeof answer, MSG_DONTWAIT);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof *m) || answer.h.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    m->idiag_state == TCP_LISTENS || m->id.idiag_dport != t->other_port)
		return 0;
	return m->idiag_inode;
}

/* ---- the process ---- */

void
process_scan_init(struct process_scan *s)
{
	*s = (struct process_scan){.pid = NULL};
}

void
process_scan_fini(struct process_scan *s)
{
	free(s->pid);
	s->pid = NULL;
}

static struct process_want *
want_find(struct process_want *want, size_t n, uint32_t inode)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;
		if (want[middle].inode < inode)
			low = middle + 1;
		else if (want[middle].inode == inode)
			return &want[middle];
		else
			n = middle;
	}
	return NULL;
}

static void
process_name(uint32_t pid, char name[FLOW_PROCESS_BYTES])
{
	char path[SCAN_PATH_BYTES];

	snprintf(path, sizeof path, "/proc/%" PRIu32 "/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, name, FLOW_PROCESS_BYTES - 1);
	if (fd >= 0)
		close(fd);
	if (n > 0 && name[n - 1] == '\n')
		n--;
	name[n > 0 ? n : 0] = '\0';
}

/* Number of the inode in "socket:[123]"; 0: another kind. */
static uint32_t
link_inode(int dir_fd, const char *name)
{
	char text[SCAN_LINK_BYTES];
	ssize_t n = readlinkat(dir_fd, name, text, sizeof text - 1);

	if (n < 9 || memcmp(text, "socket:[", 8) != 0)
		return 0;
	text[n] = '\0';
	unsigned long v = strtoul(text + 8, NULL, 10);
	return v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* How many of the sockets it holds. */
static size_t
scan_process(struct process_want *want, size_t n, uint32_t pid)
{
	char path[SCAN_PATH_BYTES], name[FLOW_PROCESS_BYTES] = "";
	const struct dirent *e;
	size_t found = 0;

	snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd", pid);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	while ((e = readdir(d))) {
		uint32_t inode = e->d_name[0] == '.' ? 0 : link_inode(dirfd(d), e->d_name);
		struct process_want *w = inode ? want_find(want, n, inode) : NULL;
		if (!w || w->pid)
			continue;
		if (!found++)
			process_name(pid, name);
		w->pid = pid;
		memcpy(w->name, name, sizeof w->name);
	}
	closedir(d);
	return found;
}

static void
remember(struct process_scan *s, uint32_t pid)
{
	size_t i = 0;

	while (i < PROCESS_RECENT - 1 && s->recent[i] != pid)
		i++;
	memmove(s->recent + 1, s->recent, i * sizeof s->recent[0]);
	s->recent[0] = pid;
}

static bool
is_recent(const uint32_t recent[PROCESS_RECENT], uint32_t pid)
{
	for (unsigned i = 0; i < PROCESS_RECENT; i++)
		if (recent[i] == pid)
			return true;
	return false;
}

/* The number given last on this machine: the last word of loadavg. */
static uint32_t
last_pid(void)
{
	char text[128];
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	const char *word = strrchr(text, ' ');
	return word ? (uint32_t)strtoul(word, NULL, 10) : 0;
}

static int
by_age(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* All processes but those found before, newest first. Numbers are given in ascending order and start again at the end of their range, so the
 * age of a process is how far its number lies behind the last one. */
static size_t
list_processes(struct process_scan *s, const uint32_t recent[PROCESS_RECENT])
{
	const struct dirent *e;
	DIR *d = opendir("/proc");
	uint32_t last = last_pid();
	size_t n = 0;

	while (d && (e = readdir(d))) {
		uint32_t pid = (uint32_t)strtoul(e->d_name, NULL, 10);
		if (!pid || is_recent(recent, pid))
			continue;
		if (n == s->cap) {
			s->cap = s->cap ? s->cap * 2 : 512;
			s->pid = mem_resize(s->pid, s->cap, sizeof *s->pid);
		}
		s->pid[n++] = last - pid; /* modulo 2^32 */
	}
	if (d)
		closedir(d);
	qsort(s->pid, n, sizeof *s->pid, by_age);
	for (size_t i = 0; i < n; i++)
		s->pid[i] = last - s->pid[i];
	return n;
}

void
process_scan_run(struct process_scan *s, struct process_want *want, size_t n, const _Atomic bool *stop)
{
	uint32_t recent[PROCESS_RECENT], self = (uint32_t)getpid();
	size_t left = n;

	memcpy(recent, s->recent, sizeof recent);
	for (unsigned i = 0; left && i < PROCESS_RECENT; i++)
		if (recent[i])
			left -= scan_process(want, n, recent[i]);
	size_t npids = left ? list_processes(s, recent) : 0;
	for (size_t i = 0; left && i < npids && !atomic_load_explicit(stop, memory_order_relaxed); i++) {
		size_t found = s->pid[i] == self ? 0 : scan_process(want, n, s->pid[i]);
		left -= found;
		if (found)
			remember(s, s->pid[i]);
	}
}
