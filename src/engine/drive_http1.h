/* SPDX-License-Identifier: MIT
 * State of the HTTP/1.1 driver, one exchange at a time, and what its files share. */
#ifndef ENGINE_DRIVE_HTTP1_H
#define ENGINE_DRIVE_HTTP1_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/endpoint.h"
#include "flow/flow_id.h"
#include "proto/h1_forward.h"

struct hold;

/* One message's body on its way. */
struct http1_dir {
	struct h1_body body;
	uint64_t kept;  /* bytes given to the recorder */
	bool unchunk;   /* chunked coming in, plain going out (an HTTP/1.0 client) */
	struct buf *sink; /* a breakpoint gathers what would be sent; NULL: it is sent */
	bool copy;      /* its data is kept in http1.request_body as well, for rules about the response */
};

struct http1 {
	struct h1_request request;   /* its spans are valid only while its head is handled */
	struct h1_response response;
	struct http1_dir up, down;   /* request and response */
	flow_key flow;               /* of the running exchange, 0 between */
	uint64_t start_ns;
	unsigned interim;            /* 1xx seen for this request */
	unsigned served;             /* exchanges finished on this connection */
	uint8_t client_minor;        /* HTTP/1.minor of the request */
	bool client_head;            /* the client asked with HEAD, whatever an edit made of it */
	bool tunnel;                 /* one server, given; else each request names its own */
	bool dialling;
	bool busy;                   /* a request was sent on and its exchange is not over */
	bool answer_begun;           /* the final response's head has gone to the client */
	bool answered;               /* the final response is complete */
	bool say_close;              /* the client is told that its connection ends */
	bool judged;                 /* no rule holds the request whose head stands in the input */
	bool continued;              /* the client had its 100 (Continue) from us */
	bool misframed;              /* an edit sent a body of another length than its head says: nothing else goes to that server connection */
	const char *note;            /* why of a flow that ends well; NULL */
	struct hold *hold;           /* a message gathered or held by a breakpoint; NULL: none */
	/* Of the running exchange, kept for rules about its response; NULL and empty when there are none. */
	char *request_head;
	size_t request_head_n;
	struct buf request_body;
	bool request_body_lost;      /* it is not all there */
};

enum { HTTP1_BUDGET_BYTES = 1 << 18 }; /* read of one side in one turn */

static inline bool
http1_request_done(const struct http1 *x)
{
	return x->up.body.done || x->request.framing == H1_BODY_NONE;
}

/* drive_http1.c: the ends of an exchange. */

/* Ends the flow of the running exchange, if there is one. */
void http1_end(struct conn *c, enum flow_state state, const char *why, const char *remedy);
/* A row for what came before a request head could be read. */
void http1_need_row(struct conn *c);
/* Answers the client ourselves, if no answer has begun, and closes. */
void http1_refuse(struct conn *c, int status, const char *why, const char *remedy);
/* The server broke the exchange: 502, or an answer cut short. */
void http1_server_fault(struct conn *c, const char *why);
void http1_server_drop(struct conn *c);
/* Both messages are complete: the next exchange, or the close. May free the driver's state. */
void http1_finish(struct conn *c);
/* An answer of our own is complete: the flow ends with why, the next exchange or the close follows. */
void http1_answered(struct conn *c, const char *why, bool close);
/* What to add as Via; SPAN_NONE when it is off. */
struct span http1_via(const struct conn *c);

/* http1_relay.c: moves body bytes that stand in from's input. 0, or an error with fault set. */
int http1_relay_body(struct conn *c, struct http1_dir *d, struct endpoint *from,
    struct endpoint *to, struct h1_fault *fault);

/* Keeps data of the request's body, within hold-max and hold-total; false: too much, none of it is kept. */
bool http1_keep_body(struct conn *c, const char *p, size_t n);

/* http1_request.c */
void http1_client_readable(struct conn *c);
/* The client left: ends what is open with the right words. r is how the read ended. */
void http1_client_gone(struct conn *c, enum endpoint_result r);
struct report_request;
/* What a request of that head (x->request is of it) is in facts. */
void http1_request_facts(struct conn *c, const struct http_head *h, struct report_request *r);
/* Begins the exchange of that request: its row, its facts. */
void http1_take_row(struct conn *c, const struct http_head *h);
/* Is the server of x->request connected? Starts the dial when not; what follows is http1_server_up's. */
bool http1_routed(struct conn *c);
/* Why a request may not go where it wants to on this connection; NULL: it may. */
const char *http1_misdirected(struct conn *c);
/* Writes the request head to the server; false when it is too large. */
bool http1_send_request_head(struct conn *c, const struct http_head *h);
/* Keeps what rules about the response may want to know of the request. */
void http1_remember_request(struct conn *c, struct span head);
void http1_forget_request(struct conn *c);

/* http1_response.c */
bool http1_send_response_head(struct conn *c, const struct http_head *h, const struct h1_response *r);
/* The client must know when its connection will not last: it lives and dies with the tunnel's server. */
bool http1_must_close(struct conn *c, const struct h1_response *r, bool server_persists);
/* The final response has been sent whole. May free the driver's state. */
void http1_response_done(struct conn *c);
void http1_server_readable(struct conn *c);

#endif
