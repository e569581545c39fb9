/* SPDX-License-Identifier: MIT
 * State of the HTTP/1.1 driver: one exchange at a time. */
#ifndef ENGINE_DRIVE_HTTP1_H
#define ENGINE_DRIVE_HTTP1_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_id.h"
#include "proto/h1_forward.h"

/* One message's body on its way. */
struct http1_dir {
	struct h1_body body;
	uint64_t kept;  /* bytes given to the recorder */
	bool unchunk;   /* chunked coming in, plain going out (an HTTP/1.0 client) */
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
	bool tunnel;                 /* one server, given; else each request names its own */
	bool dialling;
	bool busy;                   /* a request was sent on and its exchange is not over */
	bool answer_begun;           /* the final response's head has gone to the client */
	bool answered;               /* the final response is complete */
	bool say_close;              /* the client is told that its connection ends */
};

#endif
