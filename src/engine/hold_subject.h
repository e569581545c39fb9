/* SPDX-License-Identifier: MIT
 * A message on its way, as the expression of a breakpoint rule sees it. */
#ifndef ENGINE_HOLD_SUBJECT_H
#define ENGINE_HOLD_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/match.h"
#include "proto/h1_forward.h"

struct conn;
struct http_head;

struct hold_part {
	const struct http_head *head; /* NULL: not known (yet) */
	bool body_known;
	struct span body;             /* as it came, chunks joined */
	bool size_known;
	uint64_t size;                /* of it */
	struct buf decoded;           /* content codings undone, when that was asked for */
	bool tried;
};

struct hold_subject {
	struct conn *conn;
	bool response;                /* the message judged is the response, or comes after it */
	unsigned judged;              /* its part */
	bool hello;                   /* there is no message: the ClientHello has come */
	bool websocket;               /* it is a WebSocket message; both heads are known */
	uint64_t start_ns;            /* when the request came */
	struct hold_part part[2];     /* by enum match_dir; the caller fills in what is known */
	struct h1_request request;    /* of part[0].head */
	char text[1024];              /* of the last text that had to be made */
};

/* After the caller has zeroed it and filled in conn, response, judged, start_ns and parts. */
void hold_subject_open(struct hold_subject *s);
struct match_subject hold_subject_match(struct hold_subject *s);
void hold_subject_close(struct hold_subject *s);

#endif
