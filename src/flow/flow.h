/* SPDX-License-Identifier: MIT
 * The flow model: what the front ends show. Touched by the main thread only. A flow belongs to its store; pointers
 * are valid until the store is next told or asked anything; keep flow numbers across turns.
 *
 * A flow is a summary, which is what a row of the list shows, and details: heads, bodies, the connection. The details may have
 * left memory (flow_store_open brings them back from the session file); use the accessors below, which know. */
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
	bool ticket_offered, ticket_kept; /* server side: of the session before, for the next one */
	bool leaf_minted;    /* client side: for this connection, not found in the cache */
	char version[12], cipher[48], group[24], alpn[24];
	char subject[160], issuer[160], not_before[16], not_after[16], san[256], sha256[68];
	char leaf_key[16];   /* client side: "EC P-256" */
	char alpn_offered[24]; /* server side: what we offered */
	char staple[16];     /* server side: of a stapled OCSP response, tls_info.staple */
	unsigned chain_len;
	uint32_t handshake_us;
	uint32_t at_us;      /* when the handshake ended, since the connection was accepted */
	char fail_class[24]; /* tls_fail_name */
	char *why;           /* failed: what happened, in words; never NULL, owned when not "" */
	char *remedy;        /* what to do about it; likewise */
};

/* One client connection and the server connection behind it; shared by its flows (counted). */
struct flow_conn {
	flow_key key;
	uint64_t number;              /* 1, 2, 3 ... in order of arrival; its id in the session file */
	unsigned refs;
	unsigned nflows;              /* flows seen on it so far */
	uint32_t servers, server_uses; /* the store's: server connections it has had, responses of the latest of them */
	uint64_t wall_ns, mono_ns;    /* accepted */
	char client[64], listener[64];/* "127.0.0.1:51072" */
	char server[64], local[64];   /* address the server was reached at, our address; "" before */
	uint32_t dns_us, connect_us;
	uint32_t hello_us, server_us; /* ClientHello read, server reached: since it was accepted; 0: not */
	uint32_t hello_held_us;       /* how long it was held after its ClientHello */
	char sni[256];
	char client_alpn[96];         /* offered, comma-separated */
	char client_versions[48];     /* offered */
	char client_groups[128];      /* offered, separated by blanks */
	char ja4[40];                 /* fingerprint of the ClientHello */
	bool client_ech, client_ticket; /* its extension was there; resumption was asked for */
	uint32_t pid;                 /* the client's process on this machine; 0: not known */
	char process[FLOW_PROCESS_BYTES]; /* its name; "": not known */
	bool process_due;             /* it is being looked for */
	struct flow_tls *tls[2];      /* by flow_side; NULL while that side has seen no TLS */
	bool open;
	uint64_t first;               /* the store's: no flow of it has a smaller number */
	bool unsaved;                 /* the store's: changed since it was last written to the session file */
};

/* A recorded body: pieces in order. Either bytes of its own or a slice of a shared block. */
struct flow_piece {
	struct block *block;          /* NULL: p was allocated for this piece */
	const char *p;
	uint32_t n;
	uint32_t came_ms;             /* when it came, since the flow began, from 1; 0: not known */
};

struct flow_body {
	struct flow_piece *piece;
	unsigned npieces, cap;
	unsigned saved;               /* pieces that were given to the session file */
	uint32_t first_seq, next_seq; /* numbers of its first piece there and of the next one */
	uint64_t kept;                /* bytes recorded, in memory or in the session file */
	uint64_t spilled;             /* of them, bytes that are in the session file only; they come first */
	uint64_t seen;                /* bytes that passed (after chunked decoding) */
	bool shed;                    /* kept < seen because of a limit or the memory budget */
};

/* A message as it came, before it was edited. */
struct flow_version {
	struct span head, trailer;    /* owned */
	struct flow_body body;
	uint32_t end_seq;             /* what the session file has of the body is numbered below this */
};

/* A message that is held at a breakpoint. */
struct flow_hold {
	uint64_t since_ns;            /* monotonic */
	uint32_t hold_ms;             /* it goes on by itself after so long; 0: never */
	uint16_t rule;                /* number of the rule that holds it */
	uint8_t dir;                  /* enum flow_dir */
	bool kill_after;              /* or is killed then */
	bool hello;                   /* no message: the connection after its ClientHello */
};

/* A WebSocket message, told when it had come whole (a control frame too). */
struct flow_message {
	uint64_t mono_ns;
	uint32_t number;              /* from 1, of those of its direction; 0: injected */
	uint8_t dir;                  /* enum flow_dir */
	uint8_t opcode;
	uint8_t what;                 /* enum flow_message_what */
	/* Payload that the recorded frames do not give: of a message while it is held, their mask and compression undone; of an edited or
	 * injected one, what was sent. Owned; p NULL: none. */
	struct span came, sent;
};

enum { FLOW_MESSAGES_MAX = 100000 }; /* of one flow; those after it have no times */

struct flow_messages {
	struct flow_message *at;      /* in order of their coming, both directions */
	unsigned n, cap;
	unsigned saved;               /* that are in the session file as they are */
	unsigned held[2];             /* by direction: place + 1 of the one that is held, or was the last to be; 0: none */
};

struct flow_detail {
	struct flow_conn *conn;
	struct flow_version *original[2]; /* by flow_dir; owned; NULL: that message was not edited */
	struct flow_hold hold;        /* while the state is FLOW_S_HELD */
	uint64_t replay_of;           /* number of the flow this one repeats; 0: none */
	struct span head[2];          /* message heads as on the wire, by flow_dir; owned; p NULL: none */
	struct span trailer[2];
	struct flow_body body[2];
	char *remedy;                 /* what to do about a failure; NULL */
	struct flow_messages *messages; /* of a WebSocket; owned; NULL: none */
	uint64_t sent_ns;             /* monotonic: last byte of the request seen; 0: none */
	uint64_t held_us[2];          /* time at breakpoints: before the response head was seen, and after */
	uint32_t conn_use;            /* from 1: which flow of its connection it is; 0: not known */
	uint32_t server_conn;         /* from 1: which server connection of that connection answered; 0: none did */
	uint32_t server_use;          /* from 1: which response of that one it was */
	uint64_t second_bytes;        /* the store's: payload bytes of the second that activity_s names */
	uint64_t before_bytes;        /* and of the one before it */
};

struct flow {
	uint64_t number;              /* 1, 2, 3 ... in order of arrival: the ID on the screen */
	flow_key key;                 /* 0 when it was read from a session file */
	struct flow_detail *detail;   /* NULL: the summary alone is in memory */
	/* Spans into the head or text: valid as long as the flow. Raw bytes: escape before showing. p NULL: none. */
	struct span method, host, path, content_type;
	char *text;                   /* owned */
	char *why;                    /* failed: what happened, which side, in words; NULL */
	char *comment;                /* the user's; NULL */
	uint64_t wall_ns;             /* when it began */
	uint64_t mono_ns;
	uint64_t end_ns;              /* monotonic; 0 while open */
	uint64_t first_byte_ns;       /* monotonic: response head seen, as if nothing had been held before; 0: not */
	uint64_t bytes[2];            /* payload bytes by flow_dir (bodies; raw: all bytes) */
	uint32_t summary_bytes;       /* the store's: what the summary costs in the budget */
	uint32_t version;             /* changes whenever the flow does */
	uint32_t batch;               /* the store's: batch of the session file it was last given to */
	uint32_t activity_s;          /* seconds from its beginning to the latest of activity */
	uint8_t activity[8];          /* payload bytes of the latest 8 seconds with traffic, oldest first: bits needed to write them */
	uint16_t status;              /* 0: none yet */
	uint16_t port;
	uint8_t state;                /* enum flow_state */
	uint8_t proto;                /* enum flow_proto */
	bool tls : 1;                 /* the bytes came over TLS */
	bool marked : 1;
	bool deleted : 1;             /* by the user, who may take it back */
	bool ended : 1;
	bool answered_here : 1;       /* status is of an answer that the proxy made itself */
	bool unsaved : 1;             /* the store's: changed since it was last given to the session file */
	bool lost : 1;                /* the store's: counted as missing in the session file, all or in part */
	bool edited : 1;              /* a message of it was edited */
	bool replay : 1;              /* it was sent by us */
	bool untold : 1;              /* the store's: its end is told when it is known which process the client is */
	bool spilled : 1;             /* details that are not in memory are in the session file */
};

/* It ended, and not well. What the user killed has not failed. */
static inline bool
flow_failed(const struct flow *f)
{
	return f->state == FLOW_S_ERROR || f->state == FLOW_S_TLS_FAILED;
}

/* Details of a flow; absent values when they are not in memory (or never were). */
static inline struct span
flow_head(const struct flow *f, enum flow_dir dir)
{
	return f->detail ? f->detail->head[dir] : SPAN_NONE;
}

static inline struct span
flow_trailer(const struct flow *f, enum flow_dir dir)
{
	return f->detail ? f->detail->trailer[dir] : SPAN_NONE;
}

/* The message before it was edited; NULL: it was not, or memory does not have it. */
static inline const struct flow_version *
flow_original(const struct flow *f, enum flow_dir dir)
{
	return f->detail ? f->detail->original[dir] : NULL;
}

/* Its bodies are made of messages: events, gRPC. */
static inline bool
flow_has_body_messages(const struct flow *f)
{
	return f->proto == FLOW_SSE || f->proto == FLOW_GRPC;
}

extern const struct flow_body flow_body_none; /* of which nothing is in memory */

static inline const struct flow_body *
flow_body(const struct flow *f, enum flow_dir dir)
{
	return f->detail ? &f->detail->body[dir] : &flow_body_none;
}

static inline const struct flow_conn * /* may be NULL */
flow_conn(const struct flow *f)
{
	return f->detail ? f->detail->conn : NULL;
}

static inline const char * /* may be NULL */
flow_remedy(const struct flow *f)
{
	return f->detail ? f->detail->remedy : NULL;
}

/* What of the body is in memory as contiguous bytes, at most max of them; writes into out (may be NULL to ask for the
 * size). */
size_t flow_body_copy(const struct flow_body *b, char *out, size_t max);

/* True when memory holds all that was recorded of it. */
bool flow_is_whole(const struct flow *f);
/* Bytes of a body passed that are recorded nowhere. */
bool flow_body_shed(const struct flow *f, enum flow_dir dir);

/* The pattern by which its TLS was not decrypted, from the text "(passthrough PATTERN)" that stands for why; NONE: it was. */
struct span flow_passed_by(const struct flow *f);

/* The field value of a recorded head, e.g. flow_head_field(f, FLOW_RESPONSE, "server"); NONE when absent. Lent by the flow. */
struct span flow_head_field(const struct flow *f, enum flow_dir dir, const char *name);
/* The same of any head; a part of it. */
struct span flow_field_of(struct span head, const char *name);

/* Index in an array ascending by number of that flow, or of the next one; n when there is none. */
size_t flow_bound(struct flow *const *flow, size_t n, uint64_t number);
/* Frees the texts of a handshake, which are allocated when they are not "". */
void flow_tls_free_texts(struct flow_tls *t);

/* Milliseconds-independent helpers: duration so far or total, in microseconds. */
uint64_t flow_duration_us(const struct flow *f, uint64_t now_mono_ns);
/* Payload bytes a second: of an open flow those of the latest second that is over, counted from its beginning; of one that has ended, or is less than
 * a second old, the mean. */
uint64_t flow_rate(const struct flow *f, uint64_t now_mono_ns);
uint64_t flow_ttfb_us(const struct flow *f); /* 0 when no response head; without the time it was held */
/* When the response head was really seen: monotonic; 0: not. */
uint64_t flow_response_ns(const struct flow *f);

#endif
