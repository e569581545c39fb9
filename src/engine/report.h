/* SPDX-License-Identifier: MIT
 * The only file that builds facts. A fact that finds the ring full waits in the worker's overflow, in order, and is
 * never lost; readers stop meanwhile (report_congested). */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "flow/flow_id.h"
#include "proto/http_head.h"

struct block;
struct conn;
struct dial_result;
struct endpoint;
struct process_answer;
struct tls_hello;
struct worker;

void report_conn_open(struct conn *c, const char *client, const char *listener);
void report_conn_hello(struct conn *c, const struct tls_hello *h);
void report_conn_server(struct conn *c, const struct dial_result *r);
/* ok: the handshake finished; info: its facts, NULL: none; else why and remedy say what happened. */
struct tls_info;
void report_conn_tls(struct conn *c, const struct endpoint *ep, const struct tls_info *info, bool ok,
    const char *fail_class, const char *why, const char *remedy);
/* The server's ticket was kept, after the handshake. */
void report_conn_ticket(struct conn *c);
void report_conn_close(struct conn *c);
/* Of a connection that may be gone. */
void report_conn_process(struct worker *w, flow_key conn, const struct process_answer *a);

/* Opens the connection's own row (c->flow). */
void report_flow_open(struct conn *c, enum flow_proto proto);
void report_state(struct conn *c, flow_key flow, enum flow_state state, enum flow_proto proto);
/* The client is answered by the proxy itself. */
void report_refusal(struct conn *c, flow_key flow, int status, enum flow_proto proto);
void report_flow_end(struct conn *c, flow_key flow, enum flow_state state, const char *why,
    const char *remedy);

struct report_request {
	flow_key flow;
	struct span host;  /* into the head, or SPAN_NONE: the connection's */
	struct span path;  /* into the head */
	uint16_t port;
	bool tls;
	bool has_body;
};
void report_request(struct conn *c, const struct http_head *h, const struct report_request *r);
void report_response(struct conn *c, flow_key flow, const struct http_head *h, bool has_body);
/* n bytes of body passed; the first kept_n of them are recorded: copied when few, by a reference on b otherwise. */
void report_body(struct conn *c, flow_key flow, enum flow_dir dir, struct block *b, const char *p,
    size_t n, size_t kept_n);
void report_trailer(struct conn *c, flow_key flow, enum flow_dir dir, struct span section);

/* The same for bytes that lie in no block: kept within body-max, copied. */
void report_data(struct conn *c, flow_key flow, enum flow_dir dir, struct span data);

/* A WebSocket message, or what became of one that was held (flow/flow_fact.h). */
struct report_message {
	flow_key flow;
	enum flow_dir dir;
	unsigned opcode;
	enum flow_message_what what;
	uint32_t number;
	struct span data; /* copied; empty: none is given */
};
void report_message(struct conn *c, const struct report_message *m);

/* ---- breakpoints, and requests of our own ---- */

struct report_held {
	flow_key flow;
	enum flow_dir dir;
	unsigned rule;
	uint32_t hold_ms;
	bool kill_after;
	bool hello; /* the ClientHello, not a message */
};
void report_held(struct conn *c, const struct report_held *h);
/* A head that goes on in the place of the recorded one. */
void report_edit_request(struct conn *c, const struct http_head *h, const struct report_request *r);
void report_edit_response(struct conn *c, flow_key flow, const struct http_head *h, bool has_body);
void report_sent(struct conn *c, flow_key flow, uint64_t tag);
/* The flow is relayed unread from now on. */
void report_pass(struct conn *c, flow_key flow, const char *pattern);
/* A line for the event log, in words of our own. */
void report_event(struct conn *c, flow_key flow, enum flow_event_level level, const char *fmt, ...)
    ATTR_PRINTF(4, 5);

/* Room is short: stop reading; w->resume is called when the main thread has drained. */
bool report_congested(struct worker *w);
/* Moves the overflow into the ring as far as it fits. */
void report_flush(struct worker *w);

#endif
