/* SPDX-License-Identifier: MIT
 * The list of a WebSocket's messages as a flow has it. */
#ifndef FLOW_FLOW_MESSAGE_H
#define FLOW_FLOW_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

struct flow;
struct flow_message;
struct flow_messages;

/* The message that is held; NULL: none is, or it was one too many to be recorded. */
const struct flow_message *flow_message_held(const struct flow *f);

/* It is a connection that is held after its ClientHello. */
bool flow_hello_held(const struct flow *f);

/* What of a held flow it is that is held: "hello", "request", "response" or, of a WebSocket, "message". */
const char *flow_held_what(const struct flow *f);
/* What they cost in the budget; NULL: 0. */
size_t flow_messages_cost(const struct flow_messages *m);
/* Adds one, zeroed; *all is made when it is NULL. */
struct flow_message *flow_messages_add(struct flow_messages **all);
void flow_messages_free(struct flow_messages *m); /* NULL is allowed */

#endif
