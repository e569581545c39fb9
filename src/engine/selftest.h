/* SPDX-License-Identifier: MIT
 * One HTTPS request to the page of the proxy itself, made as any client on this machine would: over a listener's socket, with a
 * CONNECT, with TLS that is verified against the CA. It runs in a thread of its own for as long as ENGINE_SELFTEST_MS at most. */
#ifndef ENGINE_SELFTEST_H
#define ENGINE_SELFTEST_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"

struct selftest;
struct tls;

/* Asks that listener. Its end is added to ready_fd, an eventfd. NULL with a sentence. */
struct selftest *selftest_start(const struct engine_listen *l, struct tls *tls, int ready_fd, struct errmsg *why);
/* True when it has come to its end: *out. */
bool selftest_done(struct selftest *t, struct engine_selftest *out);
/* Gives it up when it still runs, and waits for that, which is soon. NULL is allowed. */
void selftest_free(struct selftest *t);

#endif
