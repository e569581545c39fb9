/* SPDX-License-Identifier: MIT
 * Handing a stream to the raw driver in the middle: after 101 Switching Protocols, and TLS that is not decrypted. */
#ifndef ENGINE_DRIVE_RAW_H
#define ENGINE_DRIVE_RAW_H

#include "flow/flow_id.h"

struct conn;

/* The current driver has freed its state; flow goes on as a raw stream. */
void drive_raw_take(struct conn *c, flow_key flow);
/* The connection's own row goes on as encrypted bytes, those of the ClientHello that have come first, which are counted and not
 * kept. pattern: why; copied. */
void drive_raw_pass(struct conn *c, const char *pattern);

#endif
