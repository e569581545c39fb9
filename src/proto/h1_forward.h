/* SPDX-License-Identifier: MIT
 * What an intermediary must check and change in a head before it sends it on (RFC 9110 7.6, RFC
 * 9112 3.2, 9; rows R-* of the test table). A head that needs no change is reported as such, so
 * that the bytes received can be sent as they are. */
#ifndef PROTO_H1_FORWARD_H
#define PROTO_H1_FORWARD_H

#include <stdbool.h>

#include "base/buf.h"
#include "proto/h1_parse.h"
#include "proto/http_head.h"
#include "proto/url.h"

/* A request that passed every check. */
struct h1_request {
	struct url_target target;
	struct url_authority host; /* of the Host field; host.host.p == NULL without (HTTP/1.0) */
	enum h1_framing framing;
	uint64_t length;
	bool persists; /* the client keeps its connection open */
	bool is_connect, is_head;
	bool upgrade; /* a forwardable Upgrade is asked for (Connection: upgrade, not h2c) */
	bool expect_continue;
	bool verbatim;	  /* the received head may be sent as it is to a server reached directly */
	int max_forwards; /* TRACE and OPTIONS: the value (or it is a fault); -1: none */
};

/* Checks method, version, target, Host (exactly one in HTTP/1.1, valid, RFC 9112 3.2) and framing,
 * and tells whether the head can go out unchanged: origin-form (or *) without 8-bit bytes,
 * HTTP/1.1, no Connection options other than keep-alive, close and (with a forwardable Upgrade)
 * upgrade, none of Keep-Alive, Proxy-Connection, Proxy-Authorization, TE, HTTP2-Settings, no
 * Upgrade that is to be dropped, no Max-Forwards to count down. A CONNECT with a body and more
 * than 64 options in Connection are faults. Returns 0 or ERR_SYNTAX with *fault. */
int h1_check_request(const struct http_head *h, struct h1_request *r, struct h1_fault *fault);

/* Appends the request head as it is to be sent to the server: origin-form target ("/" for an empty
 * path, "*" for OPTIONS without path, 8-bit bytes percent-encoded; CONNECT: as received), HTTP/1.1,
 * Host from the target when it was absolute, else as received, else host_fallback (HTTP/1.0 without
 * Host; pass it as it should stand in the field); names, case and order of all other fields kept;
 * hop-by-hop fields and those nominated by Connection removed (RFC 9110 7.6.1; nominating
 * Content-Length, Transfer-Encoding or Host is ignored); Connection rewritten to what remains of
 * keep-alive/close/upgrade, as one field after the others; Expect dropped for HTTP/1.0;
 * Max-Forwards counted down; via, when not empty, as a Via field of its own at the end, which makes
 * it the last element. Returns 0 or ERR_LIMIT (nothing appended). */
int h1_write_request(struct buf *out, const struct http_head *h, const struct h1_request *r,
    struct span host_fallback, struct span via);

/* A response that passed every check. */
struct h1_response {
	enum h1_framing framing;
	uint64_t length;
	bool interim;  /* 1xx other than 101 */
	bool persists; /* the server keeps its connection open after it */
	bool upgraded; /* 101 to a request that asked for an upgrade */
	bool verbatim; /* the received head may be sent as it is to an HTTP/1.1 client */
};

/* Checks a response to request r and tells whether its head can go out unchanged (HTTP/1.1,
 * Connection only of keep-alive, close, and upgrade for a 101; no Keep-Alive, Proxy-Connection; no
 * Content-Length or Transfer-Encoding in 1xx or 204). A 101 nobody asked for is a fault (502).
 * Returns 0 or ERR_SYNTAX with *fault. */
int h1_check_response(const struct http_head *h, const struct h1_request *r,
    struct h1_response *resp, struct h1_fault *fault);

/* What the client's side of the response needs. */
struct h1_response_how {
	bool unchunk;	 /* HTTP/1.0 client: no Transfer-Encoding, the body ends by closing */
	bool close;	 /* say Connection: close */
	struct span via; /* appended when non-empty */
};

/* Appends the response head as it is to be sent to the client; rules as for h1_write_request. */
int h1_write_response(struct buf *out, const struct http_head *h, const struct h1_response *resp,
    const struct h1_response_how *how);

/* Appends a trailer section (fields and final CRLF): fields that must not be in a trailer (framing,
 * routing, Host, hop-by-hop, authentication, Content-*: RFC 9110 6.5.1) are dropped. *dropped
 * counts them. */
int h1_write_trailers(struct buf *out, const struct http_head *h, unsigned *dropped);

#endif
