/* SPDX-License-Identifier: MIT
 * getifaddrs, as far as somebody is to be told. */
#include "engine/host_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { HOST_INTERFACES_MAX = 1024 }; /* addresses looked at: a machine of containers has very many */

/* 0, or it is not one to be told. */
static int
host_text(const struct ifaddrs *i, bool v6, char out[HOST_ADDRESS_MAX])
{
	unsigned flags = i->ifa_flags;

	if (!i->ifa_addr || i->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET) || !(flags & IFF_UP) || (flags & IFF_LOOPBACK))
		return -1;
	if (v6) {
		const struct sockaddr_in6 *sa = (const struct sockaddr_in6 *)(const void *)i->ifa_addr;
		return IN6_IS_ADDR_LINKLOCAL(&sa->sin6_addr) || !inet_ntop(AF_INET6, &sa->sin6_addr, out, HOST_ADDRESS_MAX) ? -1 : 0;
	}
	const struct sockaddr_in *sa = (const struct sockaddr_in *)(const void *)i->ifa_addr;
	bool link_local = (ntohl(sa->sin_addr.s_addr) >> 16) == 0xa9fe; /* 169.254.0.0/16 */
	return link_local || !inet_ntop(AF_INET, &sa->sin_addr, out, HOST_ADDRESS_MAX) ? -1 : 0;
}

static bool
host_is_there(char (*out)[HOST_ADDRESS_MAX], unsigned n, const char *text)
{
	while (n--)
		if (strcmp(out[n], text) == 0)
			return true;
	return false;
}

unsigned
host_addresses(bool v6, char (*out)[HOST_ADDRESS_MAX], unsigned max)
{
	struct ifaddrs *all;
	unsigned n = 0, looked = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i && n < max && looked < HOST_INTERFACES_MAX; i = i->ifa_next, looked++)
		if (host_text(i, v6, out[n]) == 0 && !host_is_there(out, n, out[n]))
			n++;
	freeifaddrs(all);
	return n;
}
