/* SPDX-License-Identifier: MIT
 * The messages that the recorded bodies of an exchange are made of: events of an event stream, messages of gRPC and gRPC-Web. They are
 * found in slices, each byte is read once however often the body grows, and of what is found only the place and the time are kept: of the latest
 * BODY_MESSAGES_KEPT of a direction. When a message came is known as long as memory has the body as it came; a body in a content coding, or in Base64, is decoded up to
 * BODY_MESSAGES_DECODE_MAX recorded bytes, and then it is not. */
#ifndef FLOW_BODY_MESSAGES_H
#define FLOW_BODY_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "flow/flow_id.h"

enum {
	BODY_MESSAGES_KEPT = 20000,
	BODY_MESSAGES_DECODE_MAX = 1 << 20,
	BODY_MESSAGE_MAX = 1 << 20 /* bytes of one that are given at most */
};

struct flow;
struct body_messages;

/* What a direction has come to. */
struct body_messages_side {
	bool there;         /* the body is one of messages; false: nothing below is set */
	uint64_t first, end; /* messages first..end-1, counted from 0, can be asked for */
	uint64_t read, kept; /* bytes looked through, and recorded (of a body that is decoded: before that) */
	bool decoded;       /* a coding was undone */
	bool open;          /* the bytes end inside a message */
	bool broken;        /* no message begins where the last one ended: */
	uint64_t broken_at; /* there, in the body or in what it was decoded to */
	struct errmsg why;  /* broken, or what could not be decoded; else empty */
};

struct body_message {
	struct span data;    /* as far as it is given: of an event its data, of gRPC the message, compression undone; valid until the next one */
	uint64_t size;       /* bytes of it; of a compressed one as it came */
	bool whole;          /* data is all of it */
	uint32_t came_ms;    /* when its end came, since the flow began, from 1; 0: not known */
	struct span type;    /* event: its name, "" for none */
	struct span id;      /* event: p NULL: it has none */
	int64_t retry_ms;    /* event: -1: it has none */
	bool trailer;        /* gRPC-Web: field lines */
	bool compressed;     /* gRPC: it came so */
	struct errmsg why;   /* why it is not decompressed, or not all; "": it is */
};

struct body_messages *body_messages_new(void);
void body_messages_free(struct body_messages *b); /* NULL is allowed */

/* Looks through at most so many more bytes of the flow's bodies, after beginning again when it is another flow than last time, or a body is another one. True:
 * there is more to look through. f is borrowed until the next call. */
bool body_messages_read(struct body_messages *b, const struct flow *f, size_t max_bytes);
void body_messages_side(const struct body_messages *b, enum flow_dir dir, struct body_messages_side *out);

/* When that message came, as in struct body_message. */
uint32_t body_messages_came(const struct body_messages *b, enum flow_dir dir, uint64_t index);
/* The message of that index, first..end-1, of the flow read last; at most max bytes of it are looked at, unless it has to be decompressed. Ascending indices are cheap. From one call of
 * body_messages_read to the next so many bytes are decompressed as a body may have; of what is left then why says so. */
void body_messages_get(struct body_messages *b, enum flow_dir dir, uint64_t index, size_t max, struct body_message *out);

/* The fields grpc-status and grpc-message where they stand: trailers, a trailer of gRPC-Web, or the head. p NULL: nowhere, or not yet. Valid like f, or until
 * the next message is asked for. */
void body_messages_status(struct body_messages *b, struct span *status, struct span *message);

#endif
