/* SPDX-License-Identifier: MIT
 * The addresses of this machine's own interfaces. */
#ifndef ENGINE_HOST_ADDRESSES_H
#define ENGINE_HOST_ADDRESSES_H

#include <stdbool.h>

enum { HOST_ADDRESS_MAX = 46 }; /* INET6_ADDRSTRLEN */

/* Writes up to max addresses of the family that other machines can use: of interfaces that are up, neither loopback nor link-local.
 * Numeric, without brackets. Returns how many were written; 0 also when the system does not tell. */
unsigned host_addresses(bool v6, char (*out)[HOST_ADDRESS_MAX], unsigned max);

#endif
