/* SPDX-License-Identifier: MIT
 * Patterns of hosts: "example.test", "*.example.test" (any name below it, not itself), "192.0.2.7", "::1", each with or without
 * ":PORT" ("[::1]:443"). Names are compared without regard to case and to a final dot, addresses by value. */
#ifndef CONF_HOST_PATTERN_H
#define CONF_HOST_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { HOST_PATTERN_NAME_MAX = 253, HOST_PATTERN_TEXT_MAX = HOST_PATTERN_NAME_MAX + 11 };

enum host_pattern_kind { HOST_NAME, HOST_BELOW, HOST_IPV4, HOST_IPV6 };

struct host_pattern {
	char text[HOST_PATTERN_TEXT_MAX];     /* as it is shown and compared with others: lower case, addresses in one form */
	char name[HOST_PATTERN_NAME_MAX + 2]; /* HOST_NAME; HOST_BELOW: ".example.test" */
	unsigned char addr[16];               /* in network order, 4 bytes or 16 */
	uint8_t kind;                         /* enum host_pattern_kind */
	uint16_t port;                        /* 0: any */
};

/* 0, or ERR_SYNTAX with a sentence that has no control bytes. */
int host_pattern_parse(const char *text, struct host_pattern *out, struct errmsg *why);
/* host: a name or a numeric address without brackets; NULL matches nothing. */
bool host_pattern_matches(const struct host_pattern *p, const char *host, uint16_t port);

#endif
