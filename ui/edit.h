/* SPDX-License-Identifier: MIT
 * A message that is being edited: as it was, as it is now, and what it is to become. It knows nothing of the screen. */
#ifndef UI_EDIT_H
#define UI_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow_id.h"
#include "proto/h1_message.h"
#include "text/text_lines.h"

struct flow;
struct intent_message;

enum { EDIT_UNDO_MAX = 16 };

/* What is done with it. */
enum edit_kind {
	EDIT_HELD = 0, /* the held message goes on */
	EDIT_ANSWER,   /* a response of our own to a held request */
	EDIT_SEND      /* a request of our own */
};

/* Where a request of our own goes. */
struct edit_server {
	char host[256], sni[256];
	uint16_t port;
	bool tls;
	bool no_alpn; /* none was agreed on before */
};

struct edit {
	enum edit_kind kind;
	uint64_t number;       /* of the flow it is about; 0: of none */
	flow_key key;
	enum flow_dir dir;     /* which message of it */
	bool to_head;          /* a response to HEAD */
	uint32_t message;      /* number of the WebSocket message that is held, which has a body only; 0: it is none */
	bool cut;              /* its body was not recorded whole */
	struct edit_server server; /* EDIT_SEND */
	struct h1_message was, now;
	struct h1_message undo[EDIT_UNDO_MAX];
	unsigned nundo;
};

/* Each makes an edit that edit_free frees, or returns NULL with why. The flow is borrowed during the call. */
struct edit *edit_new_held(const struct flow *f, struct errmsg *why);
struct edit *edit_new_answer(const struct flow *f);
struct edit *edit_new_again(const struct flow *f, struct errmsg *why); /* its request, to the server it had */
/* From "METHOD URL". */
struct edit *edit_new_request(const char *line, struct errmsg *why);
void edit_free(struct edit *e); /* NULL is allowed */

/* What is held of the flow it is about, which is held, is still what the edit is of. */
bool edit_is_of_held(const struct edit *e, const struct flow *f);
bool edit_is_changed(const struct edit *e);
/* To be called before a change: what `now` is becomes an undo. */
void edit_keep(struct edit *e);
bool edit_undo(struct edit *e); /* false: there is nothing to undo */
void edit_restore(struct edit *e);

/* The body is text that an editor can show: UTF-8 without controls but tab, CR and LF. */
bool edit_body_is_text(const struct edit *e);

/* The message to be sent; NULL with why when it cannot be. For a held message that was not changed *same is set and NULL returned. */
struct intent_message *edit_message(const struct edit *e, bool *same, struct errmsg *why);
/* Where the request goes: its target says so when it is absolute; else server. */
int edit_destination(const struct edit *e, struct edit_server *out, struct errmsg *why);

/* The target names another host than Host, and overrules it. */
bool edit_overrules_host(const struct edit *e);

/* The message as lines, framing and Host as they will be sent when it can be. */
void edit_lines(const struct h1_message *m, bool to_head, struct text_lines *out);

#endif
