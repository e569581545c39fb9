/* SPDX-License-Identifier: MIT
 * The value of --listen: [MODE[:DATA]@][ADDR:]PORT. */
#ifndef CONF_LISTEN_H
#define CONF_LISTEN_H

#include <stdint.h>

#include "base/err.h"

enum { LISTEN_MAX = 16 }; /* listeners of one mitmtop */

struct listen_spec {
	char mode[16];  /* "auto", the only one yet */
	char addr[64];  /* numeric, without brackets; 127.0.0.1 unless given */
	uint16_t port;  /* 0: any free one */
};

/* Returns 0, or ERR_SYNTAX or ERR_REFUSED with a sentence. */
int listen_parse(const char *text, struct listen_spec *out, struct errmsg *why);
/* "127.0.0.1:8080", "[::1]:8080". */
void listen_text(const struct listen_spec *l, char *out, unsigned size_bytes);

#endif
