/* SPDX-License-Identifier: MIT
 * Handing a stream to the raw driver in the middle (101 Switching Protocols). */
#ifndef ENGINE_DRIVE_RAW_H
#define ENGINE_DRIVE_RAW_H

#include "flow/flow_id.h"

struct conn;

/* The current driver has freed its state; flow goes on as a raw stream. */
void drive_raw_take(struct conn *c, flow_key flow);

#endif
