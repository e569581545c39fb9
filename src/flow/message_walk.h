/* SPDX-License-Identifier: MIT
 * The recorded messages of a WebSocket in the order they came, both directions: the frames of a direction are in the record of its bytes, the
 * order and what became of each in flow_detail.messages. */
#ifndef FLOW_MESSAGE_WALK_H
#define FLOW_MESSAGE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "flow/flow_id.h"
#include "proto/ws_frame.h"

struct flow;
struct flow_message;
struct ws_inflate;

struct message_row {
	enum flow_dir dir;
	const struct flow_message *known; /* when it came and what became of it; NULL: that is not recorded */
	bool kept;             /* as it came: false when its frames are not in the record, and of an injected one */
	struct ws_message msg; /* as it came; with `kept` false the opcode alone */
	struct span data;      /* its payload, compression undone; valid until the next row */
	struct errmsg why;     /* why it is not undone, or not all; "": it is */
};

/* A direction. */
struct message_side {
	struct ws_walk walk;
	struct ws_message msg;      /* the next one, when `ready` */
	bool ready, over;
	enum ws_step end;           /* when over: how it ended ... */
	struct errmsg why;          /* ... and of WS_BROKEN why */
	uint32_t number;            /* of msg */
	size_t looked;              /* bytes of the record that are looked at */
	char *copy;
	struct ws_inflate *inflate; /* NULL: compression was not agreed */
	struct buf plain;
};

struct message_walk {
	const struct flow *f;
	unsigned at;                /* the next one of flow_detail.messages */
	struct message_side side[2];
};

/* At most max_bytes are looked at of each direction. f is borrowed and must stay as it is. */
void message_walk_init(struct message_walk *w, const struct flow *f, size_t max_bytes);
void message_walk_fini(struct message_walk *w);
bool message_walk_next(struct message_walk *w, struct message_row *row);

/* Adds the payloads of one direction's text and binary messages, each ended by a newline: as it was sent on, then as it came when it was
 * edited. Not more than out takes. */
void message_walk_text(const struct flow *f, enum flow_dir dir, size_t max_bytes, struct buf *out);

#endif
