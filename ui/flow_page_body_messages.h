/* SPDX-License-Identifier: MIT
 * The tab Messages of flows whose bodies are made of messages: event streams, gRPC, gRPC-Web. */
#ifndef UI_FLOW_PAGE_BODY_MESSAGES_H
#define UI_FLOW_PAGE_BODY_MESSAGES_H

#include "ui/flow_page.h"

/* Of a flow for which flow_has_body_messages says so; env->messages has been given it. */
void flow_page_body_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);

#endif
