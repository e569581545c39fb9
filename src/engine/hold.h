/* SPDX-License-Identifier: MIT
 * Breakpoints of the HTTP/1 driver. A message that a rule could match is gathered (bounded by hold-max and hold-total) instead of being
 * sent on; once it is complete the rule decides. Then it is held until the front end, the rule's time or the client's leaving ends that,
 * or it goes on. A message too large to be gathered streams on from what was gathered. Facts flow all the while. */
#ifndef ENGINE_HOLD_H
#define ENGINE_HOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "flow/flow_id.h"
#include "proto/h1_forward.h"

struct conn;
struct endpoint;
struct http1;
struct http_head;
struct intent;
struct intent_message;
struct rule;
struct worker;

enum hold_stage {
	HOLD_GATHER, /* coming in */
	HOLD_HELD,
	HOLD_GO      /* a request that waits for its server */
};

struct hold {
	TAILQ_ENTRY(hold) link;   /* of the worker's held; HOLD_HELD only */
	struct conn *conn;
	uint8_t dir;              /* enum flow_dir */
	uint8_t stage;            /* enum hold_stage */
	bool kill_after;
	bool hello;               /* a connection after its ClientHello: hello_hold.c has it, head and wire are not used */
	bool message;             /* of a WebSocket: its driver has it, head and wire are not used */
	bool complete;            /* all of the message is here */
	bool edited;              /* head and wire are the user's */
	char *head;               /* as it came, or the user's */
	size_t head_n;
	struct buf wire;          /* what follows the head, framed as it goes out */
	uint64_t counted;         /* bytes of it in the engine's total */
	uint64_t body_bytes;      /* of it, what is not framing, as it was gathered */
	struct h1_response response; /* FLOW_RESPONSE: of this head */
	unsigned rule;            /* number; of the one that holds it, or that may */
	uint32_t hold_ms;
	uint64_t since_ns;
};

/* A checked head of n bytes that stands in the input, its row not opened yet (request) or just reported (response). True when a rule
 * may hold the message: it is taken out of the input, and what happens next is decided here. */
bool hold_request(struct conn *c, const struct http_head *h, size_t n);
bool hold_response(struct conn *c, const struct http_head *h, size_t n);
/* More of the gathered message has come; after the last of it (complete) the driver's state may be gone. */
void hold_gathered(struct conn *c, bool complete);
/* The request in c's hold, at stage HOLD_GO, has its server. */
void hold_connected(struct conn *c);
/* The request in c's hold is sent on, through a dial if need be. */
void hold_request_go(struct conn *c);
/* It is not held any more, whatever comes next; its time is none of the exchange's. */
void hold_over(struct hold *h);
void hold_drop(struct http1 *x); /* NULL hold is allowed */

/* True when the hold has dealt with that side's input. */
bool hold_client_readable(struct conn *c);
bool hold_server_readable(struct conn *c);
/* The rule's time is over. */
void hold_expired(struct conn *c);

/* The first rule of that phase (enum intent_phase) that matches the message, or else the first that might once its body is known; NULL:
 * none. */
struct hold_subject;
const struct rule *hold_first_rule(struct conn *c, struct hold_subject *s, unsigned phase);

/* It is held from now on, by that rule, which is off after it when `last`. h has conn and dir. */
void hold_begin(struct hold *h, flow_key flow, const struct rule *r, bool last);
/* The rule's time is over, which an event tells. True: the message goes on; false: c was closed, as the rule says. */
bool hold_time_over(struct conn *c, const struct hold *h, flow_key flow);

/* Intents; about a flow that is not held they do nothing. The message stays the caller's. */
void hold_resume(struct worker *w, const struct intent *i);
/* All that is held goes on or is killed, as its rule says of the end of its time. */
void hold_release(struct worker *w);
void hold_answer(struct worker *w, flow_key flow, const struct intent_message *m);
/* The held WebSocket message is not sent on. */
void hold_drop_message(struct worker *w, const struct intent *i);

/* hold_message.c: messages of the user's. */

/* Puts m in the place of what is held and reports it; false, with an event that says why, when it cannot be sent. */
bool hold_edit(struct conn *c, const struct intent_message *m);
/* A request with message m instead of a client's: opens its row and makes its hold. False with *why when it cannot be sent. */
bool hold_own_request(struct conn *c, flow_key flow, const struct intent_message *m, const char **why);
/* Sends response m to the client; false, with an event, when it cannot be sent. */
bool hold_send_answer(struct conn *c, const struct intent_message *m);

#endif
