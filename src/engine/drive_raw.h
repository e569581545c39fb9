/* SPDX-License-Identifier: MIT
 * Handing a stream to the raw driver in the middle: after 101 Switching Protocols, and TLS that is not decrypted. */
#ifndef ENGINE_DRIVE_RAW_H
#define ENGINE_DRIVE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow_id.h"

struct conn;
struct endpoint;

/* State of a stream that is relayed; a driver that reads along begins its own with it. */
struct raw {
	flow_key flow;
	uint64_t seen[2], kept[2]; /* by direction */
	char *pass;                /* pattern by which it is not decrypted; NULL: it is */
	/* Takes of from's input what it can; NULL: all of it is relayed. */
	void (*take)(struct conn *c, struct endpoint *from, struct endpoint *to);
	/* That side sends no more; called before the other one is told. NULL: nothing to do. */
	void (*ended)(struct conn *c, struct endpoint *from);
	bool stopped[2];           /* that direction waits: its input is left where it is */
};

/* Records n bytes that stand at the beginning of from's input, as far as body-max allows. */
void raw_record(struct conn *c, const struct endpoint *from, size_t n);
/* Begins with raw, zeroed but for take, which was allocated and becomes c's; raw_close frees it. */
void raw_start(struct conn *c, struct raw *raw, flow_key flow);
void raw_readable(struct conn *c, struct endpoint *from);
void raw_drained(struct conn *c, struct endpoint *ep);
void raw_close(struct conn *c, int state, const char *why, const char *remedy);
flow_key raw_flow(const struct conn *c);

/* The current driver has freed its state; flow goes on as a raw stream. */
void drive_raw_take(struct conn *c, flow_key flow);
/* The connection's own row goes on as encrypted bytes, those of the ClientHello that have come first, which are counted and not
 * kept. pattern: why; copied. */
void drive_raw_pass(struct conn *c, const char *pattern);

#endif
