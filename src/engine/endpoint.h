/* SPDX-License-Identifier: MIT
 * One side of a connection: a non-blocking socket, TLS on it or not, and what the kernel has not taken yet. Output is
 * gathered in the worker's cork and sent when the callback ends; what the kernel refuses is kept here and the owner
 * stops feeding it (endpoint_backlog), so memory per side is bounded by one read budget. */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/block.h"
#include "base/span.h"

struct conn;
struct tls_conn;
struct worker;

/* Bytes received and not yet consumed, in one block. */
struct inbuf {
	struct block *b;    /* NULL while nothing is held */
	uint32_t start, end;
	size_t scan;        /* for the incremental parsers */
};

enum endpoint_result {
	EP_OK,
	EP_AGAIN,   /* nothing now */
	EP_EOF,     /* orderly end: FIN, or close_notify */
	EP_TRUNCATED, /* TLS: FIN without close_notify */
	EP_BROKEN,  /* reset or a TLS error */
	EP_FULL     /* no room in the block */
};

struct endpoint {
	int fd; /* -1: none */
	uint8_t side;               /* enum flow_side */
	bool open;                  /* connected, events assigned */
	bool want_read;             /* what the owner asked for */
	bool drained;               /* the last receive took all there was */
	bool eof;                   /* the peer sends no more */
	bool shut;                  /* we send no more */
	bool broken;
	bool timed_out;
	bool discard;               /* there is no peer: what is written is dropped, successfully */
	int error;                  /* errno of what broke it */
	struct conn *conn;
	struct tls_conn *tls;       /* NULL: plain */
	struct event read_ev, write_ev;
	bool reading, writing;      /* the events are added */
	struct inbuf in;            /* decrypted */
	char *replay;               /* encrypted bytes to be read before the socket's (a ClientHello) */
	size_t replay_n, replay_off;
	char *out;                  /* what the kernel did not take */
	size_t out_off, out_n, out_cap;
};

void endpoint_init(struct endpoint *ep, struct conn *c, uint8_t side);
/* Takes over a connected non-blocking socket. */
void endpoint_open(struct endpoint *ep, int fd);
/* Drops everything; sends nothing more. Unsent output is lost: see endpoint_backlog. */
void endpoint_close(struct endpoint *ep);

/* Reads what is there into ep->in: at most one record or receive. EP_OK: bytes were added. */
enum endpoint_result endpoint_read(struct endpoint *ep);
/* More can be read although the socket will not become readable for it. */
bool endpoint_pending(const struct endpoint *ep);
struct span endpoint_input(const struct endpoint *ep);
void endpoint_consume(struct endpoint *ep, size_t n);
/* Makes the input block at least cap bytes large, keeping its contents. */
void endpoint_grow(struct endpoint *ep, size_t cap);
/* Bytes that came before a driver took over, put back in front of (empty) input. */
void endpoint_release_input(struct endpoint *ep); /* gives an empty block back */

/* Encrypts and queues; false when the side is broken or shut (nothing is sent). */
bool endpoint_write(struct endpoint *ep, const char *p, size_t n);
/* Raw bytes past TLS; used for alerts made by hand and by TLS itself. */
void endpoint_write_raw(struct endpoint *ep, const char *p, size_t n);
/* No more will be written: close_notify, then FIN once everything is out. */
void endpoint_shutdown(struct endpoint *ep);
/* Bytes accepted by endpoint_write that the kernel has not taken. */
static inline size_t
endpoint_backlog(const struct endpoint *ep)
{
	return ep->out_n;
}

void endpoint_want_read(struct endpoint *ep, bool on);
/* Sends what the cork holds. Called when a callback ends. */
void endpoint_uncork(struct worker *w);

/* TLS on this socket, from now on; ownership of t passes. The caller made it with these callbacks. */
struct tls_io;
extern const struct tls_io endpoint_tls_io;

/* Numeric "127.0.0.1:80" or "[::1]:80" of a socket address. */
void endpoint_addr_text(const struct sockaddr *sa, char *out, size_t size_bytes);

#endif
