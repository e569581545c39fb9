/* SPDX-License-Identifier: MIT
 * Where clients reach the listeners: those of this machine, and those of others when a listener takes them. */
#ifndef UI_HERE_H
#define UI_HERE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "ui/frontend.h"

struct app;

enum { HERE_MAX = 8 };

struct here {
	char address[2][HERE_MAX][FRONTEND_ADDRESS_MAX]; /* of the families 0: IPv4, 1: IPv6 */
	unsigned n[2];
	uint64_t at_ns; /* looked at; 0: never */
};

/* What a listener's text says: "0.0.0.0:8080", "[::]:8080" take connections at every address of their family. */
enum here_reach { HERE_LOOPBACK, HERE_ONE, HERE_ALL };
enum here_reach here_reach(const char *listen);
/* "8080" of "127.0.0.1:8080". */
const char *here_port(const char *listen);

/* Appends "127.0.0.1:8080": the first listener as clients of this machine reach it. */
void here_put_own(const struct app *app, struct buf *out);
/* The same as those of any machine that reaches it do, with an address of this one. */
void here_put_proxy(struct app *app, struct buf *out);
/* That address alone, without brackets; NULL: the first listener takes none but this machine's, or this machine has no address that
 * others could use. Valid until the next call. */
const char *here_address(struct app *app);
/* Appends the addresses of the listeners that take connections at every one, as many as so many columns take; false: there are none, or none fits. */
bool here_put_all(struct app *app, size_t width, struct buf *out);

#endif
