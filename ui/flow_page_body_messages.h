/* SPDX-License-Identifier: MIT
 * The tab Messages of flows whose bodies are made of messages: event streams, gRPC, gRPC-Web. */
#ifndef UI_FLOW_PAGE_BODY_MESSAGES_H
#define UI_FLOW_PAGE_BODY_MESSAGES_H

#include "base/err.h"
#include "ui/flow_page.h"

struct body_message;

/* "message 411  client -> server  text 33 B", the only line of head. type: of the peer; view: how it is shown, NULL: not at all. */
void flow_page_message_heading(
    struct text_lines *head, const struct message_item *item, struct span type, uint64_t size_bytes, const char *view);
/* A line: why it is not shown as what it is. */
void flow_page_message_why(struct text_lines *t, const struct errmsg *why);
/* As lists and filters name it: "text", "op3"; out is for those without a name. */
struct span flow_page_message_type(unsigned opcode, char *out, size_t size_bytes);
/* The same of one in a body: "message", or the name of the event, of the peer. */
struct span flow_page_body_message_type(const struct flow *f, const struct body_message *m);

/* What shows text of which no more is known: a name of text_view.h, NULL: what it is taken for. */
const char *flow_page_message_view(struct span text);

/* Of a flow for which flow_has_body_messages says so; env->messages has been given it. */
void flow_page_body_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
/* As flow_page_message, likewise. */
void flow_page_body_message(struct text_lines *head, struct text_lines *t, const struct flow *f, const struct flow_page_env *env,
    const struct message_item *item);

#endif
