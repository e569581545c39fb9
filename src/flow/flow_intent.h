/* SPDX-License-Identifier: MIT
 * Intents: what the front end asks of the engine, by flow key. Each is allocated by who asks and taken over by the engine; what
 * came of it arrives as facts. An intent about a flow that is over or not held is dropped silently: the facts have told already. */
#ifndef FLOW_FLOW_INTENT_H
#define FLOW_FLOW_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow_id.h"

enum {
	INTENT_RULES_MAX = 64,
	INTENT_MESSAGE_MAX_BYTES = 64 << 20
};

/* What stands in the place of a pattern when a connection passes undecrypted because of INTENT_RESUME. */
#define INTENT_PASS_ONCE "at a breakpoint"

enum intent_type {
	INTENT_RULES = 1,  /* rules: all breakpoint rules from now on */
	INTENT_RESUME,     /* flow; message: goes on in the place of the one that was held, NULL: as it came; or pass */
	INTENT_ANSWER,     /* flow, held in its request phase: message (a response) is the answer; no server is asked */
	INTENT_KILL,       /* flow: its connection is closed, whatever it does */
	INTENT_DROP,       /* flow, held with a WebSocket message: that message is not sent on */
	INTENT_INJECT,     /* flow, a WebSocket: message (its body) is sent in direction dir, as text or binary by opcode */
	INTENT_SEND,       /* send: a request of our own, as a new flow */
	INTENT_PASSTHROUGH,/* hosts: all whose TLS is not decrypted from now on; connections that are open stay as they are */
	INTENT_RELEASE,    /* all held messages go on as they came, or are killed where their rule says so: nobody answers any more */
	INTENT_DRAIN       /* for good: no more clients are accepted, idle ones are let go, what runs comes to its end */
};

/* A whole message, ready to be sent: framing fields say what the body is. Of a WebSocket the body alone, head NULL. */
struct intent_message {
	char *head;        /* start line, fields and the blank line, CRLF */
	size_t head_n;
	char *body;        /* content as it goes out (content coding applied), before any chunking; NULL: none */
	size_t body_n;
	char *trailers;    /* "name: value\r\n" lines without the final empty one, for a chunked message; NULL: none */
	size_t trailers_n;
	bool keep_length;  /* what the head says of the body's length need not be so: no other message follows on that connection */
};

/* INTENT_ON_MESSAGE: WebSocket messages, both directions. INTENT_ON_HELLO: a connection when its ClientHello has come. */
enum intent_phase { INTENT_ON_REQUEST = 1, INTENT_ON_RESPONSE = 2, INTENT_ON_MESSAGE = 4, INTENT_ON_HELLO = 8 };

struct intent_rule {
	unsigned number;   /* as the user sees it */
	unsigned phases;   /* set of enum intent_phase */
	uint32_t hold_ms;  /* after so long it is let go by itself; 0: never */
	bool kill_after;   /* then it is killed, not sent on */
	uint32_t count_max;/* it holds so many messages and then switches itself off; 0: any number */
	char *expr;        /* checked by match_new; owned */
};

/* What to send, and where: the server the flow had, with TLS, SNI and ALPN as before. */
struct intent_send {
	uint64_t tag;      /* given back in FACT_SENT */
	char host[256];
	uint16_t port;
	bool tls;
	char sni[256];     /* "": host, unless that is an address */
	bool no_alpn;      /* none is offered, where tls; else HTTP/1.1 */
	struct intent_message *message;
};

struct intent {
	enum intent_type type;
	flow_key flow;
	struct intent_message *message; /* owned */
	uint8_t dir, opcode;            /* INTENT_INJECT: enum flow_dir, enum ws_opcode */
	uint32_t number;                /* INTENT_RESUME, INTENT_DROP: of the WebSocket message meant, of direction dir; 0: the one that is held */
	bool pass;                      /* INTENT_RESUME of a held ClientHello: the connection is not decrypted */
	struct intent_rule *rules;      /* owned, nrules of them */
	unsigned nrules;
	struct intent_send *send;       /* owned */
	char **hosts;                   /* owned, nhosts of them: texts that host_pattern_parse takes */
	unsigned nhosts;
};

struct intent *intent_new(enum intent_type type, flow_key flow);
void intent_free(struct intent *i); /* with everything it owns; NULL is allowed */
/* Copies; NULL with n 0 for what is absent. */
struct intent_message *intent_message_new(const char *head, size_t head_n, const char *body, size_t body_n,
    const char *trailers, size_t trailers_n);
void intent_message_free(struct intent_message *m);

#endif
