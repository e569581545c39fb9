/* SPDX-License-Identifier: MIT
 * Listening sockets of a port, from NETLINK_SOCK_DIAG, and their holder, from /proc. */
#include "engine/port_holder.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum { HOLDER_ROOM = 16384 };

/* Addresses in one form: IPv4 as v4-mapped, any address of either family as ::. */
static struct in6_addr
holder_address(uint8_t family, const void *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct in6_addr a = IN6ADDR_ANY_INIT;

	if (family == AF_INET6) {
		memcpy(&a, addr, sizeof a);
	} else if (memcmp(addr, "\0\0\0\0", 4) != 0) {
		memcpy(a.s6_addr, mapped, sizeof mapped);
		memcpy(a.s6_addr + sizeof mapped, addr, 4);
	}
	return a;
}

/* Do both claim an address? */
static bool
holder_collides(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_UNSPECIFIED(b) || memcmp(a, b, sizeof *a) == 0;
}

/* Inode of the first socket of that family that listens on the port and claims the address; 0: none. */
static uint32_t
holder_inode(int diag_fd, uint8_t family, uint16_t port, const struct in6_addr *want)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} ask = {
	    .h = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .r = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1u << TCP_LISTEN},
	};
	union {
		struct nlmsghdr h;
		char room[HOLDER_ROOM];
	} answer;
	uint32_t found = 0;
	bool more = true;
	ssize_t n;

	ask.r.id.idiag_sport = port;
	more = send(diag_fd, &ask, sizeof ask, 0) == sizeof ask;
	while (more && (n = recv(diag_fd, &answer, sizeof answer, 0)) > 0) {
		unsigned left = (unsigned)n;
		for (struct nlmsghdr *h = &answer.h; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			const struct inet_diag_msg *m = NLMSG_DATA(h);
			more = h->nlmsg_type == SOCK_DIAG_BY_FAMILY;
			if (!more || h->nlmsg_len < NLMSG_LENGTH(sizeof *m))
				break;
			struct in6_addr has = holder_address(m->idiag_family, m->id.idiag_src);
			if (!found && m->id.idiag_sport == port && holder_collides(&has, want))
				found = m->idiag_inode;
		}
	}
	return found;
}

bool
port_holder_find(const struct sockaddr_storage *sa, struct process_want *out)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	bool six = sa->ss_family == AF_INET6;
	uint16_t port = six ? in6->sin6_port : in->sin_port;
	struct in6_addr want = holder_address((uint8_t)sa->ss_family, six ? (const void *)&in6->sin6_addr : &in->sin_addr);
	int fd = process_diag_open();
	_Atomic bool stop = false;
	struct process_scan scan;

	*out = (struct process_want){.pid = 0};
	if (fd < 0)
		return false;
	out->inode = holder_inode(fd, (uint8_t)sa->ss_family, port, &want);
	/* A socket of IPv6 may take IPv4 too. */
	if (!out->inode && !six)
		out->inode = holder_inode(fd, AF_INET6, port, &want);
	close(fd);
	if (!out->inode)
		return false;
	process_scan_init(&scan);
	process_scan_run(&scan, out, 1, &stop);
	process_scan_fini(&scan);
	return out->pid != 0;
}
