/* SPDX-License-Identifier: MIT
 * Identities that pass between threads. */
#ifndef FLOW_FLOW_ID_H
#define FLOW_FLOW_ID_H

#include <stdint.h>

/* 64-bit, never 0, never reused: given by the worker that saw the flow or connection begin. */
typedef uint64_t flow_key;

enum { FLOW_PROCESS_BYTES = 32 }; /* name of a process, terminated */

enum flow_side {
	FLOW_CLIENT = 0,
	FLOW_SERVER = 1
};

enum flow_dir {
	FLOW_REQUEST = 0,
	FLOW_RESPONSE = 1
};

/* What a flow is, in the order of the column PROT. */
enum flow_proto {
	FLOW_TCP = 0, /* destination or protocol not known (yet) */
	FLOW_TLS,     /* TLS was begun and no request was seen (yet) */
	FLOW_RAW,     /* bytes that are neither TLS nor HTTP */
	FLOW_H1,
	FLOW_WS,      /* upgraded to WebSocket */
	FLOW_SSE,     /* HTTP/1 whose response is an event stream */
	FLOW_GRPC,    /* HTTP/1 with messages of gRPC or gRPC-Web */
	FLOW_PROTO_COUNT
};

/* Life of a flow; the letter is what the column S shows. */
enum flow_state {
	FLOW_S_CONNECT = 0, /* W: dialling or in a handshake, no request yet */
	FLOW_S_REQUEST,     /* R: request being received */
	FLOW_S_WAIT,        /* W: waiting for the server */
	FLOW_S_BODY,        /* B: response body coming */
	FLOW_S_STREAM,      /* S: open stream: raw, upgraded, events, gRPC */
	FLOW_S_DONE,        /* D */
	FLOW_S_TLS_FAILED,  /* F */
	FLOW_S_ERROR,       /* E */
	FLOW_S_KILLED,      /* K */
	FLOW_S_HELD,        /* H: a breakpoint holds a message of it */
	FLOW_S_PASS,        /* P: TLS that is relayed unread, or was until it ended well */
	FLOW_STATE_COUNT
};

/* What became of a WebSocket message. */
enum flow_message_what {
	FLOW_MESSAGE_SEEN = 0, /* it went on as it came */
	FLOW_MESSAGE_HELD,     /* at a breakpoint, or it was, and went on as it came */
	FLOW_MESSAGE_EDITED,   /* another went on in its place */
	FLOW_MESSAGE_DROPPED,
	FLOW_MESSAGE_INJECTED, /* it is the user's */
	FLOW_MESSAGE_WHATS
};

/* How much a line of the event log matters. */
enum flow_event_level { FLOW_EVENT_INFO = 0, FLOW_EVENT_WARNING, FLOW_EVENT_ERROR };

/* Names for people and JSON; '?' or "?" for values out of range. */
char flow_state_letter(enum flow_state s);
const char *flow_proto_name(enum flow_proto p);

#endif
