/* SPDX-License-Identifier: MIT
 * Requests of our own: a flow like any other, on a connection without a client. */
#ifndef ENGINE_REPLAY_H
#define ENGINE_REPLAY_H

struct intent_send;
struct worker;

/* Dials, does TLS if asked to, sends. Rules about requests are not applied to it, those about responses are. How it went arrives as
 * facts: FACT_CONN_OPEN, FACT_SENT, then those of any flow. s stays the caller's. */
void replay_send(struct worker *w, const struct intent_send *s);

#endif
