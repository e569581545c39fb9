/* SPDX-License-Identifier: MIT
 * The list of a WebSocket's messages as a flow has it. */
#ifndef FLOW_FLOW_MESSAGE_H
#define FLOW_FLOW_MESSAGE_H

struct flow_message;
struct flow_messages;

/* Adds one, zeroed; *all is made when it is NULL. */
struct flow_message *flow_messages_add(struct flow_messages **all);
void flow_messages_free(struct flow_messages *m); /* NULL is allowed */

#endif
