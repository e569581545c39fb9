/* SPDX-License-Identifier: MIT
 * WebSocket (RFC 6455 5) on its way: one direction's frames as they come, piece by piece, and frames of our own. Nothing is kept but the
 * head of a frame that is cut. */
#ifndef PROTO_WS_STREAM_H
#define PROTO_WS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "proto/ws_frame.h"

struct ws_stream {
	bool client;           /* whose frames must be masked; set by the caller */
	bool broken;           /* no frame was found where one had to begin: nothing more is read */
	bool in_message;       /* a message has begun and not ended; control frames may stand inside it */
	uint8_t opcode, rsv;   /* of that message */
	/* private */
	bool in_payload;
	uint64_t done;         /* payload bytes read of the frame */
	struct ws_frame f;
	size_t head_n;
	char head[WS_HEAD_MAX_BYTES];
};

/* What one step has read: the rest of a head, and payload as far as it is there. */
struct ws_piece {
	size_t n;              /* bytes taken */
	const struct ws_frame *frame; /* NULL: its head is not complete yet; valid until the next step */
	struct span head;      /* all of it, when it has become complete in this step; else empty */
	struct span payload;   /* part of the input, under its mask */
	uint64_t at;           /* place of payload in the frame's */
	bool control;
	bool begins;           /* a message: first piece of its first frame (of a control frame: of it) */
	bool ends;             /* a message, or a control frame */
};

/* Reads from in, which is not empty, to the end of a frame at most. Returns 0, or ERR_SYNTAX with why, when broken is set. */
int ws_stream_next(struct ws_stream *s, struct span in, struct ws_piece *out, struct errmsg *why);
/* No frame has begun that has not ended, and no message: what is written now stands between two messages. */
bool ws_stream_between(const struct ws_stream *s);
/* Part of a control frame has come, more than its head. */
bool ws_stream_in_control(const struct ws_stream *s);

/* Writes the head of a frame that is all of a message into out (WS_HEAD_MAX_BYTES). mask: four bytes, NULL: none. Returns its length. */
size_t ws_frame_write(char *out, unsigned opcode, uint64_t payload_n, const uint8_t *mask);

#endif
