/* SPDX-License-Identifier: MIT
 * How many messages of a flow came in a second: of one that is open in the latest seconds, of one that has ended over all its life. */
#ifndef UI_MESSAGE_RATE_H
#define UI_MESSAGE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body_messages;
struct flow;

struct message_rate {
	bool known;         /* false: it is not recorded when they came */
	uint64_t tenths[2]; /* of messages a second, by flow_dir */
};

enum { MESSAGE_RATE_BYTES = 64 };

/* Of a WebSocket; total: its messages so far, by flow_dir; NULL: not all of them were looked at. */
struct message_rate message_rate_of(const struct flow *f, const uint64_t total[2], uint64_t now_ns);
/* Of a flow whose bodies are made of messages; b has looked through them. */
struct message_rate message_rate_of_bodies(const struct flow *f, const struct body_messages *b, uint64_t now_ns);
/* "196/s in, 0.2/s out"; "" when it is not known. Returns out. */
const char *message_rate_text(const struct message_rate *r, char out[MESSAGE_RATE_BYTES]);

#endif
