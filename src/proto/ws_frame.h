/* SPDX-License-Identifier: MIT
 * WebSocket (RFC 6455 5) as recorded bytes of one direction: frames, and the messages they make up. For looking at them only; what is
 * relayed never passes here. Nothing is allocated but what the caller's buffers hold. */
#ifndef PROTO_WS_FRAME_H
#define PROTO_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8, /* this one and all above are of control frames */
	WS_PING = 9,
	WS_PONG = 10
};

enum {
	WS_HEAD_MAX_BYTES = 14,
	WS_CONTROL_MAX_BYTES = 125, /* payload of a control frame */
	WS_RSV1 = 4		    /* in rsv: the message is compressed (RFC 7692 6) */
};

struct ws_frame {
	bool fin, masked;
	uint8_t opcode; /* 0..15 */
	uint8_t rsv;	/* the three reserved bits, RSV1 the highest */
	uint8_t mask[4];
	uint64_t payload_n;
	size_t head_n; /* bytes before the payload */
};

/* Reads the head of the frame that the bytes begin with. Returns 1, 0 (the bytes end before the head does) or ERR_SYNTAX with why: a length that
 * no frame can have, a control frame that is too long or one of several. */
int ws_frame_parse(struct span in, struct ws_frame *out, struct errmsg *why);
/* Writes n payload bytes without their mask to out; at: the first one's place in the payload. */
void ws_frame_unmask(const struct ws_frame *f, uint64_t at, const char *in, size_t n, char *out);

/* ---- messages ---- */

/* A walk over the bytes of one direction. */
struct ws_walk {
	struct span in; /* borrowed; set by the caller */
	bool client;	/* whose frames must be masked; set by the caller */
	size_t at;	/* bytes read so far */
	bool open;	/* a message was begun and its last fragment not read */
	uint8_t opcode, rsv;
	unsigned frames;
	bool mask_wrong;
	uint64_t size;
	struct buf data; /* payload of the message that is open or was read last */
	char control[WS_CONTROL_MAX_BYTES];
};

struct ws_message {
	uint8_t opcode; /* of its first frame */
	uint8_t rsv;	/* of its first frame */
	bool whole;	/* all of it is in the bytes */
	bool mask_wrong; /* a client's frame without mask, or a server's with one */
	unsigned frames;
	uint64_t size;	  /* payload bytes that its frames announce */
	struct span data; /* payload unmasked, as far as it is there; valid until the next step */
};

enum ws_step {
	WS_MESSAGE = 0, /* *out is one; a control frame inside a message comes before it */
	WS_END,		/* the bytes end between two messages */
	WS_CUT,		/* the bytes end inside a message: *out is what there is of it; frames 0: not even a frame's head */
	WS_BROKEN	/* what comes at byte `at` cannot be a frame: why */
};

/* in is borrowed until ws_walk_fini. */
void ws_walk_init(struct ws_walk *w, struct span in, bool client);
void ws_walk_fini(struct ws_walk *w);
/* After anything but WS_MESSAGE the walk is over. */
enum ws_step ws_walk_next(struct ws_walk *w, struct ws_message *out, struct errmsg *why);

/* True when the values of Sec-WebSocket-Extensions in a response name permessage-deflate. */
bool ws_deflate_agreed(struct span extensions);
/* True when they say that each compressed message of that side stands for itself (RFC 7692 7.1.1). */
bool ws_deflate_alone(struct span extensions, bool client);

#endif
