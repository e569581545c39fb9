/* SPDX-License-Identifier: MIT
 * Hosts whose TLS is not decrypted: the main thread has the list as it was given last, each worker a copy of its own. */
#ifndef ENGINE_PASS_H
#define ENGINE_PASS_H

#include "base/err.h"
#include "conf/host_pattern.h"

struct conn;

struct pass_list {
	unsigned n;
	struct host_pattern pattern[];
};

/* Of n texts. NULL when there are none, and with a sentence in why->text for one that is no pattern; the text is "" otherwise. */
struct pass_list *pass_new(const char *const *text, unsigned n, struct errmsg *why);
struct pass_list *pass_copy(const struct pass_list *l); /* NULL for NULL; free(3) ends both */

/* The pattern that fits the connection's destination or its SNI (which may be unknown still); NULL: none. Lent by the worker's list. */
const struct host_pattern *pass_find(const struct conn *c);

#endif
