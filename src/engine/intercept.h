/* SPDX-License-Identifier: MIT
 * Interception of TLS: hello, server handshake, forged leaf, client handshake. */
#ifndef ENGINE_INTERCEPT_H
#define ENGINE_INTERCEPT_H

#include <stdbool.h>

struct conn;
struct endpoint;

/* The client's input begins with a ClientHello. */
void intercept_begin(struct conn *c);
/* More bytes in CONN_HELLO, CONN_SERVER_TLS or CONN_CLIENT_TLS. */
void intercept_readable(struct conn *c, struct endpoint *ep);
/* A breakpoint has held the connection after its ClientHello and lets it go, the server is there. pass: not decrypted. */
void intercept_go_on(struct conn *c, bool pass);
/* Its server could not be reached again: the client gets an alert. remedy may be NULL. */
void intercept_refuse(struct conn *c, const char *why, const char *remedy);
/* TLS with the server alone: the client's side is up, or there is none. The driver's secured is told how it ended. */
void intercept_server(struct conn *c);
/* The handshake's time is over. */
void intercept_expired(struct conn *c);

#endif
