/* SPDX-License-Identifier: MIT
 * How often a client fails in TLS handshakes with us: whether it is the client or the host that is particular. */
#ifndef UI_HANDSHAKES_H
#define UI_HANDSHAKES_H

struct flow;
struct flow_store;

/* Of the client with the flow's address, among the newest flows that memory has. */
struct handshakes {
	unsigned here, here_failed;     /* for the flow's host; 0: nothing was counted */
	unsigned others, others_failed; /* for all other hosts */
};

void handshakes_count(struct flow_store *s, const struct flow *f, struct handshakes *out);

#endif
