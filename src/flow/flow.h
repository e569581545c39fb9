/* SPDX-License-Identifier: MIT
 * The flow model: what the front ends show. Touched by the main thread only. A flow belongs to its store; pointers
 * are valid until the next flow_store_apply or flow_store_trim; keep flow numbers across turns. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/span.h"
#include "flow/flow_id.h"

/* Facts of one TLS side, as text ready to be escaped; "" when unknown. */
struct flow_tls {
	bool done, failed, resumed, verified;
	char version[12], cipher[48], group[24], alpn[24];
	char subject[160], issuer[160], not_before[16], not_after[16], san[256], sha256[68];
	unsigned chain_len;
	uint32_t handshake_us;
	char fail_class[24]; /* tls_fail_name */
	char *why;           /* failed: what happened, in words; never NULL, owned when not "" */
	char *remedy;        /* what to do about it; likewise */
};

/* One client connection and the server connection behind it; shared by its flows (counted). */
struct flow_conn {
	flow_key key;
	unsigned refs;
	unsigned nflows;              /* flows seen on it so far */
	uint64_t wall_ns, mono_ns;    /* accepted */
	char client[64], listener[64];/* "127.0.0.1:51072" */
	char server[64], local[64];   /* address the server was reached at, our address; "" before */
	uint32_t dns_us, connect_us;
	char sni[256];
	char client_alpn[96];         /* offered, comma-separated */
	char client_versions[48];     /* offered */
	struct flow_tls *tls[2];      /* by flow_side; NULL while that side has seen no TLS */
	bool open;
};

/* A recorded body: pieces in order. Either bytes of its own or a slice of a shared block. */
struct flow_piece {
	struct block *block;          /* NULL: p was allocated for this piece */
	const char *p;
	uint32_t n;
};

struct flow_body {
	struct flow_piece *piece;
	unsigned npieces, cap;
	uint64_t kept;                /* bytes recorded */
	uint64_t seen;                /* bytes that passed (after chunked decoding) */
	bool shed;                    /* kept < seen because of a limit or the memory budget */
};

struct flow {
	uint64_t number;              /* 1, 2, 3 ... in order of arrival: the ID on the screen */
	flow_key key;
	struct flow_conn *conn;
	uint8_t state;                /* enum flow_state */
	uint8_t proto;                /* enum flow_proto */
	bool tls;                     /* the bytes came over TLS */
	bool marked;
	bool ended;
	bool answered_here;           /* status is of an answer that the proxy made itself */
	uint16_t status;              /* 0: none yet */
	uint16_t port;
	/* Spans into head[] or name: valid as long as the flow. Raw bytes: escape before showing. */
	struct span method, host, path, content_type;
	char *name;                   /* host bytes (owned) */
	struct span head[2];          /* message heads as on the wire, by flow_dir; owned; p NULL: none or shed */
	struct span trailer[2];
	struct flow_body body[2];
	uint64_t wall_ns;             /* when it began */
	uint64_t mono_ns;
	uint64_t end_ns;              /* monotonic; 0 while open */
	uint64_t first_byte_ns;       /* monotonic: response head seen; 0: not */
	uint64_t bytes[2];            /* payload bytes by flow_dir (bodies; raw: all bytes) */
	char *why;                    /* failed: what happened, which side, in words; NULL */
	char *remedy;                 /* what to do about it; NULL */
	uint64_t mem_bytes;           /* what it costs in the budget */
	uint32_t version;             /* changes whenever the flow does */
};

/* The body as contiguous bytes, at most max of them; writes into out (may be NULL to ask for the size). */
size_t flow_body_copy(const struct flow_body *b, char *out, size_t max);

/* The field value of a recorded head, e.g. flow_head_field(f, FLOW_RESPONSE, "server"); NONE when absent. Lent by the flow. */
struct span flow_head_field(const struct flow *f, enum flow_dir dir, const char *name);

/* Milliseconds-independent helpers: duration so far or total, in microseconds. */
uint64_t flow_duration_us(const struct flow *f, uint64_t now_mono_ns);
uint64_t flow_ttfb_us(const struct flow *f); /* 0 when no response head */

#endif
