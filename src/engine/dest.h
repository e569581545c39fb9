/* SPDX-License-Identifier: MIT
 * The destination interface: how a connection learns where to (design.md 3). On the listening port the first
 * bytes choose among the rows of dest_table. */
#ifndef ENGINE_DEST_H
#define ENGINE_DEST_H

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct dial_result;

struct dest_ops {
	const char *name;
	/* Judges the first bytes p[0..n): 1 these are mine, 0 more are needed, -1 not mine. */
	int (*claims)(const char *p, size_t n);
	/* Goes on with the client's input (called again whenever more has come) until the destination is known. */
	void (*readable)(struct conn *c);
	/* The dial that it asked for is over. */
	void (*dialled)(struct conn *c, const struct dial_result *r);
};

extern const struct dest_ops dest_http;
extern const struct dest_ops *const dest_table[]; /* NULL at the end */

#endif
