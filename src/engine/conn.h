/* SPDX-License-Identifier: MIT
 * One client connection: the top state machine, its two endpoints, the current destination and driver. It holds only what
 * lives as long as the connection; protocol state lives in the driver's own struct, and what happened lives in facts.
 * Owned by its worker; conn_close marks it, the worker frees it at the end of the turn. */
#ifndef ENGINE_CONN_H
#define ENGINE_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/endpoint.h"
#include "flow/flow_id.h"

struct dest_ops;
struct dial;
struct dial_result;
struct drive_ops;
struct listener;
struct listener_counters;
struct worker;

enum conn_phase {
	CONN_FIRST,      /* first bytes: how the destination is learnt */
	CONN_DIAL,       /* reaching the server; the destination's operations own what follows */
	CONN_SNIFF,      /* both sides are up: the first bytes of either decide the driver */
	CONN_HELLO,      /* a ClientHello is coming in */
	CONN_SERVER_TLS, /* handshake with the server */
	CONN_CLIENT_TLS, /* handshake with the client */
	CONN_DRIVE,      /* a driver consumes the bytes */
	CONN_LINGER,     /* last words are on their way to the client */
	CONN_DEAD,
	CONN_PHASE_COUNT
};

/* What the running deadline means; its text is what the row says. */
enum conn_deadline {
	DEADLINE_NONE,
	DEADLINE_HEAD,       /* first bytes or a message head from the client */
	DEADLINE_HANDSHAKE,
	DEADLINE_SNIFF,      /* ambiguous first bytes: call them raw */
	DEADLINE_IDLE,       /* counted from the last byte */
	DEADLINE_HALF_CLOSE, /* counted from the last byte */
	DEADLINE_LINGER,
	DEADLINE_HOLD        /* of a held message; hold.c sets its time */
};

struct conn {
	TAILQ_ENTRY(conn) link, ready_link;
	bool ready;
	bool congested;     /* stopped reading until the ring of facts has room */
	bool process_wait;  /* not read before it is known which process the client is */
	uint8_t phase;      /* enum conn_phase */
	uint8_t deadline;   /* enum conn_deadline */
	bool inner;         /* the bytes are those inside intercepted TLS */
	bool replay;        /* a request of our own: there is no client */
	bool own;           /* a tunnel to the page of the proxy itself: there is no server */
	bool client_alpn_http1; /* the client's ALPN says HTTP/1.1 */
	struct worker *worker;
	struct listener *listener;
	struct listener_counters *came; /* of the listener; NULL: it came through none */
	flow_key key;
	flow_key flow;      /* row of the connection itself, until a request takes it over; 0: none */
	struct endpoint client, server;
	const struct dest_ops *dest;
	const struct drive_ops *drive;
	void *drive_state;  /* owned by the driver */
	struct dial *dial;
	uint64_t last_ns;     /* last byte either way */
	uint64_t deadline_ns; /* absolute, or the span for those counted from the last byte */
	uint64_t handshake_ns;/* when the running handshake began */
	char *host;         /* destination; NULL before it is known */
	uint16_t port;
	char *sni, *alpn;   /* of the ClientHello; NULL: none */
	char ja4[40];       /* of the ClientHello; "": none */
	bool ecdsa_ok;
	bool status_request; /* the client asks for a stapled OCSP response */
	bool leaf_minted;   /* for it, and not found in the cache */
	char server_alpn[24]; /* what the server chose; "": none */
	uint32_t process_ask; /* which process it is was asked, and not answered yet: that question and 1 */
	uint32_t pid;         /* the client's process; 0: not known */
	char process[FLOW_PROCESS_BYTES]; /* its name, raw */
};

/* A freshly accepted socket. */
void conn_new(struct worker *w, struct listener *l, int fd, const struct sockaddr *peer);
/* A connection without a client, to send a request of our own: nothing is opened, no row yet. */
struct conn *conn_new_replay(struct worker *w);
void conn_free(struct conn *c); /* the worker's reaper */

/* From the endpoints. */
void conn_on_readable(struct conn *c, struct endpoint *ep);
void conn_on_drained(struct conn *c, struct endpoint *ep, size_t n);
/* From the worker: the ready list, and the tick. */
void conn_on_ready(struct conn *c);
void conn_on_tick(struct conn *c, uint64_t now_ns);

static inline struct endpoint *
conn_other(struct conn *c, const struct endpoint *ep)
{
	return ep == &c->client ? &c->server : &c->client;
}

/* The flow that is open on it, 0: none. */
flow_key conn_flow(const struct conn *c);

void conn_set_deadline(struct conn *c, enum conn_deadline d);
/* True when the ring of facts is nearly full: the caller stops reading and is made ready again later. */
bool conn_congested(struct conn *c);

/* Steps of the way to a driver. */
void conn_set_dest(struct conn *c, const char *host, size_t n, uint16_t port);
void conn_dial(struct conn *c);                                  /* -> dest->dialled */
void conn_server_up(struct conn *c, const struct dial_result *r); /* opens the server side, reports it */
void conn_sniff(struct conn *c, bool inner);
void conn_drive(struct conn *c, const struct drive_ops *d);      /* starts a driver with what input there is */

/* Ends. The first ends the connection's own row, if it is still open, with this state, cause and remedy (either may be
 * NULL); both end the driver. */
void conn_close(struct conn *c, enum flow_state state, const char *why, const char *remedy);
/* Sends what was written to the client, then FIN, and waits a moment for its last bytes, so that no reset destroys the answer. */
void conn_close_gently(struct conn *c, enum flow_state state, const char *why, const char *remedy);
/* Answers the client with a small HTTP/1.1 response made here and closes gently. */
void conn_refuse(struct conn *c, int status, const char *why, const char *remedy);
/* Builds that response into the worker's text buffer: head, blank line, body. */
void conn_refusal(struct worker *w, int status, const char *why, const char *remedy, bool body);

#endif
