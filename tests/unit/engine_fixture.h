/* SPDX-License-Identifier: MIT
 * A real engine on loopback for tests: a small origin server in threads, clients that block, and what the facts told so far. */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/engine.h"
#include "flow/flow_id.h"
#include "flow/flow_intent.h"
#include "tls_fixture.h"

enum { RIG_FLOWS_MAX = 1024, RIG_EVENTS_MAX = 4096, RIG_WAIT_MS = 20000 };

/* One direction of a flow: [0] as it came, [1] as it was edited. */
struct seen_message {
	struct buf head[2], body[2], trailer[2];
	unsigned edits;
};

enum { SEEN_TALK_MAX = 256, SEEN_TALK_BYTES = 64 };

/* A word about a message of a WebSocket. */
struct seen_talk {
	unsigned what, dir, opcode, number;
	size_t n;                /* bytes given, ... */
	char data[SEEN_TALK_BYTES]; /* ... and the first of them */
};

struct seen {
	flow_key key;
	uint64_t tag;            /* of FACT_SENT, 0: none */
	struct seen_message message[2];
	unsigned held;           /* times */
	unsigned rule;
	int dir;                 /* of what is held */
	int state;               /* -1: none yet */
	int status;
	bool ended;
	char why[256];
	struct seen_talk talk[SEEN_TALK_MAX];
	unsigned ntalk;
};

struct rig {
	struct engine *engine;
	struct tls *tls;
	unsigned workers;
	uint64_t settled;        /* tag used last */
	uint16_t port;           /* of the proxy */
	unsigned nseen;
	struct seen *seen[RIG_FLOWS_MAX];
	unsigned nevents;
	char *event[RIG_EVENTS_MAX];
	unsigned due, told;      /* connections whose process is looked for, and of them those answered */
	unsigned known;          /* of those, with a process */
	unsigned closed;         /* connections */
	uint32_t pid;            /* of the last one known */
	char process[FLOW_PROCESS_BYTES];
};

/* An engine with that many workers, with small limits for held messages: 64 KiB each, 256 KiB in all. */
struct rig *rig_open(unsigned workers);
/* The same, and it looks for the processes of clients. */
struct rig *rig_open_half_close(unsigned workers, uint32_t ms); /* that time-out */
struct rig *rig_open_process(unsigned workers);
void rig_close(struct rig *r);
/* Takes in what the engine tells within ms. */
void rig_pump(struct rig *r, int ms);

/* Waits until cond holds; the test fails after RIG_WAIT_MS. */
#define RIG_UNTIL(r, cond)                                                                         \
	do {                                                                                       \
		uint64_t rig_end_ = rig_now_ms() + RIG_WAIT_MS;                                    \
		while (!(cond)) {                                                                  \
			if (rig_now_ms() > rig_end_) {                                             \
				rig_print(r);                                                      \
				fail_msg("waited in vain for: %s", #cond);                         \
			}                                                                          \
			rig_pump((r), 20);                                                         \
		}                                                                                  \
	} while (0)
uint64_t rig_now_ms(void);
void rig_print(const struct rig *r); /* what was seen */

/* The flow whose request head contains that text; NULL: none. */
struct seen *rig_find(struct rig *r, const char *text);
/* The one that was sent with that tag. */
struct seen *rig_tagged(struct rig *r, uint64_t tag);
bool rig_event(const struct rig *r, const char *text);
unsigned rig_held(const struct rig *r); /* flows that are held now */

struct intent_rule rig_rule(unsigned number, unsigned phases, const char *expr);
/* These rules in the place of all others, known to every worker on return; rig_on: this one, number 2. */
void rig_rules(struct rig *r, const struct intent_rule *rule, unsigned n);
void rig_on(struct rig *r, unsigned phases, const char *expr);
void rig_do(struct rig *r, enum intent_type type, flow_key flow);
/* body and trailers may be NULL. */
void rig_do_message(struct rig *r, enum intent_type type, flow_key flow, const char *head, const char *body,
    const char *trailers);
void rig_send(struct rig *r, uint64_t tag, uint16_t port, bool tls, const char *head, const char *body);

/* ---- the origin ---- */

/* Answers /echo... with the request as it came, /chunked with two chunks and a trailer, /close with a body that ends with the
 * connection, /ws... with a 101 and then each byte that comes (/ws-deflate: and permessage-deflate; /ws-deflate-alone: without context takeover of the client), /gzip with a gzip body, /big with 200,000 bytes, /slow... after origin_release, /early before a request's body. */
uint16_t origin_open(SSL_CTX *ctx); /* NULL: plain */
void origin_close(uint16_t port);
/* Closes what connections it has. */
void origin_cut(uint16_t port);
unsigned origin_connections(uint16_t port); /* ever */
unsigned origin_requests(uint16_t port);
void origin_release(uint16_t port);

/* ---- clients ---- */

struct peer {
	int fd;
	SSL *ssl;
};

struct peer peer_connect(uint16_t port);
/* Through a CONNECT, with TLS inside. */
struct peer peer_tunnel(uint16_t proxy, uint16_t port, SSL_CTX *ctx);
/* The same to any host; ctx NULL: no TLS inside. */
struct peer peer_tunnel_to(uint16_t proxy, const char *authority, SSL_CTX *ctx);
void peer_close(struct peer *p);
void peer_write(struct peer *p, const char *s, size_t n);
void peer_print(struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What is there, at most n bytes; 0 at the end. */
long peer_recv(struct peer *p, char *out, size_t n);
/* One whole response: head and body as on the wire, or what came before the end. False when nothing came. */
bool peer_response(struct peer *p, struct buf *out);
bool peer_at_end(struct peer *p); /* waits for the end; false when bytes come */

#endif
