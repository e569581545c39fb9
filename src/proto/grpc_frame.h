/* SPDX-License-Identifier: MIT
 * Messages of gRPC and gRPC-Web in a body as its bytes come, in pieces of any size: a byte of flags, four of length, and the message. For
 * looking at them only: the reader keeps no message, it says where each one lies. */
#ifndef PROTO_GRPC_FRAME_H
#define PROTO_GRPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	GRPC_HEAD_BYTES = 5,
	GRPC_COMPRESSED = 0x01, /* flags: by the coding that grpc-encoding names */
	GRPC_TRAILER = 0x80	/* gRPC-Web: field lines instead of a message */
};

struct grpc_frame {
	uint64_t at; /* of its head in the body */
	uint32_t n;  /* bytes that follow the head */
	uint8_t flags;
};

/* Zeroed at the beginning. */
struct grpc_reader {
	struct grpc_frame frame; /* read last; `at` is valid once it has begun */
	/* private */
	uint64_t at;	  /* bytes read */
	unsigned char head[GRPC_HEAD_BYTES];
	unsigned head_n;  /* of the frame that is being read; 0: none is */
	uint64_t left;	  /* of its message */
	bool broken;
};

/* Reads from the beginning of *in, which becomes what is left of it. Returns 1: up to the end of a frame, *out; 0: all of it, and no frame has ended;
 * ERR_SYNTAX: no frame begins there (unknown flags), nothing more is read. */
int grpc_reader_next(struct grpc_reader *r, struct span *in, struct grpc_frame *out, struct errmsg *why);

/* The frame that has begun and not ended; false: there is none, or not all of its head. */
bool grpc_reader_open(const struct grpc_reader *r, struct grpc_frame *out);
/* True when the bytes read so far end inside a frame, or its head. */
bool grpc_reader_inside(const struct grpc_reader *r);

/* ---- gRPC-Web-text ---- */

/* Base64 that may end and begin again after padding, as a server writes it that sends each message for itself. Adds the bytes to out. Returns 0; ERR_SYNTAX with why:
 * not Base64, out has what came before; ERR_LIMIT: out is full. Up to three characters at the end that make no group are left out. */
int grpc_text_decode(struct span in, struct buf *out, struct errmsg *why);

/* ---- types ---- */

enum grpc_kind { GRPC_NONE = 0, GRPC_PLAIN, GRPC_WEB, GRPC_WEB_TEXT };

/* What a Content-Type says: application/grpc, application/grpc-web, application/grpc-web-text, each with or without +proto, +json ... */
enum grpc_kind grpc_type(struct span content_type);
/* True when its messages are protobuf: no suffix, or +proto. */
bool grpc_is_protobuf(struct span content_type);

/* Undoes the percent-encoding of grpc-message: writes at most size-1 bytes, terminated. Returns their number. */
size_t grpc_message_decode(struct span in, char *out, size_t size);
/* "UNAVAILABLE" for 14; NULL for what is not a code. */
const char *grpc_status_name(struct span code);

#endif
