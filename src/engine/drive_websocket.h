/* SPDX-License-Identifier: MIT
 * The WebSocket driver (RFC 6455, RFC 7692): a raw stream that is read along. Frames go on as they come; only while a breakpoint rule for
 * messages could match one is that message gathered first, and held when the rule matches. */
#ifndef ENGINE_DRIVE_WEBSOCKET_H
#define ENGINE_DRIVE_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/drive_raw.h"
#include "engine/hold.h"
#include "flow/flow_id.h"
#include "proto/ws_stream.h"

struct conn;
struct http_head;
struct intent;
struct intent_message;
struct ws_inflate;

/* One direction. */
struct websocket_dir {
	struct ws_stream in;
	uint32_t number;           /* messages and control frames that have come */
	size_t head_sent;          /* bytes of a frame's head that have gone on before the head was complete */
	bool gather;               /* the message that comes in is kept in wire until it is complete */
	bool waits;                /* it is complete, and another one is held */
	bool plain;                /* compressed messages go on uncompressed: the receiver has not seen what they may refer to */
	bool closed;               /* a close frame has gone on */
	bool told;                 /* why rules do not apply to it was said */
	bool data_lost;            /* the message cannot be looked at: it is too large or cannot be inflated */
	bool alone;                /* each compressed message stands for itself */
	bool missed;               /* one has gone by that was not inflated: those after it cannot be, unless they stand alone */
	struct ws_inflate *inflate;/* has seen every compressed message; NULL: no rule has asked for one, or it cannot be any more */
	struct buf wire;           /* gathered: frames as they came */
	struct buf data;           /* payload of the message that comes in, without masks; when it is gathered or inflated */
	struct buf inflated;       /* of the message that is complete */
	uint64_t counted;          /* bytes of it, gathered and inflated, in the engine's total */
};

struct websocket {
	struct raw raw;            /* first: the raw driver relays */
	struct websocket_dir dir[2]; /* by enum flow_dir */
	char *request, *response;  /* heads, for rules */
	size_t request_n, response_n;
	struct hold hold;          /* stage HOLD_HELD: a message of hold.dir is held */
};

/* The HTTP/1 driver has freed its state; flow goes on as a WebSocket. request: head of the request, taken over; response: lent. */
void drive_websocket_take(struct conn *c, flow_key flow, struct span request, const struct http_head *response);

/* ---- drive_websocket.c, for websocket_hold.c ---- */

/* The payload of the message that is complete, its compression undone; false when it is not known, as of none that is held. */
bool websocket_payload(const struct websocket_dir *d, struct span *out);
static inline bool
websocket_compressed(const struct websocket_dir *d)
{
	return d->in.rsv & WS_RSV1;
}
/* Sends payload as one uncompressed frame in direction dir. */
void websocket_send(struct conn *c, enum flow_dir dir, unsigned opcode, struct span payload);
/* What was gathered goes on, as far as it has come, and is forgotten. */
void websocket_let_go(struct conn *c, enum flow_dir dir);
void websocket_forget(struct conn *c, enum flow_dir dir);

/* ---- websocket_hold.c ---- */

/* A message begins: could a rule match it, if it can be looked at? */
bool websocket_may_match(struct conn *c, enum flow_dir dir);
/* The gathered message, whose payload is known, is complete: is it held, or has it to wait for one that is? That direction is stopped then. */
bool websocket_holds(struct conn *c, enum flow_dir dir);
void websocket_expired(struct conn *c);
/* A message is held: is it the one that the intent names? */
bool websocket_held_is(const struct conn *c, const struct intent *i);
/* Intents about the held message: m (NULL: it goes as it came) in its place; it is not sent on. */
void websocket_resume(struct conn *c, const struct intent_message *m);
void websocket_drop(struct conn *c);
void websocket_inject(struct conn *c, const struct intent *i);
void websocket_hold_fini(struct conn *c);

#endif
