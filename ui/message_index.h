/* SPDX-License-Identifier: MIT
 * The messages of a flow as a list: which there are, in the order they are listed. Of those of a WebSocket it has the payload too, since the
 * frames before one must be read to get at it; those of a body are asked for at body_messages. */
#ifndef UI_MESSAGE_INDEX_H
#define UI_MESSAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/flow_id.h"
#include "flow/message_walk.h"
#include "proto/ws_frame.h"
#include "ui/flow_page.h"
#include "ui/list.h"

enum {
	MESSAGES_MAX = 100000,		/* listed: the latest */
	MESSAGES_LOOK_BYTES = 16 << 20, /* of each direction of a WebSocket */
	MESSAGES_TYPE_LOOK = 1024,	/* of an event, for its name */
	MESSAGES_DATA_BYTES = 64 << 20	/* payload kept of both, compression undone */
};

struct message_item {
	uint64_t id;	 /* direction, and number in it: stays the same as messages come; never 0 */
	uint64_t number; /* as it is listed, from 1 */
	uint64_t index;	 /* in a body: in its direction, for body_messages_get */
	size_t off;	 /* WebSocket: its payload in message_index.data */
	uint32_t n;
	uint32_t why;	 /* ... and behind it why it is not all, 0-terminated; 0: it is */
	uint32_t known;	 /* place + 1 in flow_detail.messages; 0: none */
	uint32_t frames;
	uint64_t size;
	uint8_t dir, opcode, rsv; /* as in struct ws_message */
	bool kept, whole, mask_wrong;
	bool sent;	 /* what is listed is what was sent in its place */
	bool removed;	 /* it is listed beside that */
};

/* What the list does not have of a direction of a WebSocket. */
struct message_rest {
	bool over;
	enum ws_step end;
	size_t at, looked;
	struct errmsg why;
};

struct message_index {
	struct message_item *item;
	size_t n, cap;
	uint64_t listed; /* the latest so many of them, before the filter */
	size_t hidden;	/* that the filter leaves out */
	uint64_t total; /* messages there are; those before the first listed are not kept here */
	uint64_t socket_total[2]; /* WebSocket: of them, of a direction */
	bool deflate;	/* WebSocket: compression was agreed */
	uint64_t body_end[2]; /* body: messages of a direction when it was read */
	bool timed;	/* body: when each came is known */
	struct message_rest rest[2];
	struct buf data;
};

void message_index_init(struct message_index *x);
void message_index_fini(struct message_index *x);
/* Makes it anew; a flow that has no messages has an empty one. f and env are borrowed until it returns. */
void message_index_read(struct message_index *x, const struct flow *f, const struct flow_page_env *env);
/* The message as message_walk gave it, but for what flow_detail.messages no longer has; valid until the next reading. */
void message_index_row(const struct message_index *x, const struct flow *f, const struct message_item *i, struct message_row *out);
/* Of a WebSocket: the payload of that item, as it came or as it was sent in its place; valid likewise. */
struct span message_index_data(const struct message_index *x, const struct flow *f, const struct message_item *i);
/* For the list machine; x is borrowed. */
struct list_source message_index_source(const struct message_index *x);

#endif
