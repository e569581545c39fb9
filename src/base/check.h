/* SPDX-License-Identifier: MIT
 * Invariants that stay on in release builds, and the one way to die. A CHECK that a peer's bytes can
 * reach is a bug. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/attr.h"

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (__builtin_expect(!(cond), 0))                                                  \
			die("%s:%d: invariant broken: %s", __FILE__, __LINE__, #cond);             \
	} while (0)

/* Called by die() before the message is printed; the console restores the terminal in it. */
extern void (*die_hook)(void);

/* Prints "mitmtop: " and the message on stderr and aborts. */
void die(const char *fmt, ...) ATTR_PRINTF(1, 2) ATTR_NORETURN;

#endif
