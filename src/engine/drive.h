/* SPDX-License-Identifier: MIT
 * The driver interface: who consumes the bytes of a connection now (design.md 3). */
#ifndef ENGINE_DRIVE_H
#define ENGINE_DRIVE_H

#include "flow/flow_id.h"

struct conn;
struct dial_result;
struct endpoint;

struct drive_ops {
	const char *name;
	/* Takes over; input may be waiting on either side. Sets c->drive_state. */
	void (*open)(struct conn *c);
	/* Input may be there on that side. Also called to go on after a pause. */
	void (*readable)(struct conn *c, struct endpoint *ep);
	/* What that side had not taken has gone out. */
	void (*drained)(struct conn *c, struct endpoint *ep);
	/* The driver asked for a server with conn_dial. */
	void (*dialled)(struct conn *c, const struct dial_result *r);
	/* The deadline passed; why is the sentence for the row. */
	void (*expired)(struct conn *c, const char *why);
	/* The connection ends: end the flows that are open (why may be NULL), free the state. */
	void (*close)(struct conn *c, int state, const char *why, const char *remedy);
	/* The flow that is open, 0: none. */
	flow_key (*flow)(const struct conn *c);
	/* TLS with the server that was dialled again is up (why NULL), or failed. */
	void (*secured)(struct conn *c, const char *why, const char *remedy);
};

extern const struct drive_ops drive_hello; /* hello_hold.c: nobody yet, the connection is held after its ClientHello */
extern const struct drive_ops drive_raw;
extern const struct drive_ops drive_http1;
extern const struct drive_ops drive_websocket;

#endif
