/* SPDX-License-Identifier: MIT
 * Facts: what a worker tells the flow model. Plain values in a ring record, ordered per worker. Every fact of a flow
 * comes after the fact that opened it, and exactly one FACT_FLOW_END closes it; likewise for connections. */
#ifndef FLOW_FLOW_FACT_H
#define FLOW_FLOW_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "flow/flow_id.h"

enum fact_type {
	FACT_CONN_OPEN = 1,
	FACT_CONN_HELLO,
	FACT_CONN_SERVER,
	FACT_CONN_TLS,
	FACT_CONN_TICKET, /* after FACT_CONN_TLS of the server: a ticket of it came and was kept */
	FACT_CONN_CLOSE,
	FACT_CONN_PROCESS, /* once, of a connection opened with process_due; it may come after the close */
	FACT_FLOW_OPEN,
	FACT_REQUEST,  /* request head; opens the flow unless FACT_FLOW_OPEN did */
	FACT_RESPONSE, /* final response head */
	FACT_BODY,
	FACT_TRAILER,
	FACT_MESSAGE,  /* a WebSocket message has come, or what became of one that was held */
	FACT_STATE,
	FACT_HELD,     /* a breakpoint rule holds the flow: its state is FLOW_S_HELD until the next FACT_STATE, head or end */
	FACT_EDIT,     /* a fact_head: sent on in the place of the recorded message, as are the body and trailer facts of that
	                * direction after it. What was recorded up to the first one of a direction is the original. */
	FACT_SENT,     /* an intent INTENT_SEND has become this flow; comes before its other facts */
	FACT_PASS,     /* TLS that is not decrypted: its state is FLOW_S_PASS from now on, its bytes are counted and not kept */
	FACT_EVENT,    /* a line for the event log; of a flow or of none */
	FACT_FLOW_END
};

struct fact {
	uint32_t size; /* of the whole record */
	uint16_t type;
	flow_key conn;
	flow_key flow;  /* 0 in facts about the connection */
	uint64_t mono_ns;
};

struct fact_conn_open {
	struct fact f;
	uint64_t wall_ns;
	bool process_due; /* a FACT_CONN_PROCESS will follow */
	char client[64], listener[64];
};

struct fact_conn_hello {
	struct fact f;
	char sni[256];
	char alpn[96];
	char versions[48];
	char groups[128];
	char ja4[40];
	bool ech, ticket;
};

struct fact_conn_server {
	struct fact f;
	uint32_t dns_us, connect_us;
	char server[64], local[64];
};

struct fact_conn_tls {
	struct fact f;
	uint8_t side; /* enum flow_side */
	bool ok, resumed, verified;
	bool ticket_offered, ticket_kept; /* server side */
	bool leaf_minted; /* client side: for this connection */
	uint32_t handshake_us;
	uint32_t chain_len;
	char version[12], cipher[48], group[24], alpn[24];
	char alpn_offered[24]; /* server side */
	char subject[160], issuer[160], not_before[16], not_after[16], san[256], sha256[68];
	char leaf_key[16], staple[16];
	char fail_class[24], why[256], remedy[256];
};

struct fact_conn_process {
	struct fact f;
	uint32_t pid;                  /* 0: not known */
	char name[FLOW_PROCESS_BYTES]; /* raw, terminated */
};

struct fact_flow_open {
	struct fact f;
	uint64_t wall_ns;
	uint8_t proto; /* enum flow_proto */
	bool tls;
	uint16_t port;
	uint16_t host_n;
	char host[]; /* host_n bytes */
};

/* Offsets are into head[]. */
struct fact_head {
	struct fact f;
	uint64_t wall_ns;
	bool tls;
	uint16_t port;   /* request */
	uint16_t status; /* response */
	uint8_t state;   /* enum flow_state from now on */
	uint8_t dir;     /* FACT_EDIT: enum flow_dir */
	uint32_t head_n;
	uint32_t method_off, method_n;
	uint32_t host_off, host_n; /* host_n 0: as the connection's */
	uint32_t path_off, path_n;
	uint32_t type_off, type_n; /* Content-Type value */
	char head[];
};

struct fact_body {
	struct fact f;
	uint8_t dir;
	uint32_t n;          /* bytes that passed */
	uint32_t kept_n;     /* of them, those given here (0: none) */
	struct block *block; /* reference taken over by the receiver; NULL: the bytes are in data[] */
	const char *p;       /* into block */
	char data[];
};

struct fact_trailer {
	struct fact f;
	uint8_t dir;
	uint32_t n;
	char data[];
};

struct fact_message {
	struct fact f;
	uint8_t dir;
	uint8_t opcode;
	uint8_t what;        /* enum flow_message_what */
	uint32_t number;     /* from 1, of those of that direction; 0: injected */
	struct block *block; /* payload of n bytes, its compression undone, from its beginning; NULL: not given. Reference taken over by the receiver */
	uint32_t n;
};

struct fact_state {
	struct fact f;
	uint8_t state, proto;
	uint16_t status; /* of an answer made by the proxy itself; 0: none */
};

struct fact_held {
	struct fact f;
	uint8_t dir;        /* enum flow_dir: the message that is held */
	uint16_t rule;      /* its number */
	uint32_t hold_ms;   /* it goes on by itself after so long; 0: never */
	bool kill_after;    /* or is killed then */
	bool hello;         /* no message: the connection after its ClientHello */
};

struct fact_sent {
	struct fact f;
	uint64_t tag;        /* of the intent */
};

struct fact_pass {
	struct fact f;
	uint16_t n;
	char pattern[];      /* of the host */
};

struct fact_event {
	struct fact f;
	uint8_t level;       /* enum flow_event_level */
	uint16_t n;
	char text[];         /* words of our own */
};

struct fact_flow_end {
	struct fact f;
	uint8_t state;
	uint16_t why_n, remedy_n;
	char text[]; /* why, then remedy */
};

#endif
