/* SPDX-License-Identifier: MIT
 * What the proxy says of itself at http://ca.mitmtop/: how a client is made to trust the CA, the CA's certificate to fetch, and
 * a line for the console's self-test. Nothing but the certificate and the version is in it. */
#ifndef ENGINE_CA_PAGE_H
#define ENGINE_CA_PAGE_H

#include <stdbool.h>

#include "base/span.h"

#define CA_PAGE_HOST "ca.mitmtop"
extern const char ca_page_selftest[]; /* all that /selftest says */

struct conn;
struct http_head;
struct intent_message;
struct worker;

/* Is that host this page, and the page served? Any case, with a final dot or without. */
bool ca_page_is_at(const struct worker *w, struct span host);
/* The whole answer to the request of that head, which the driver's state describes; the caller owns it. */
struct intent_message *ca_page_new(const struct conn *c, const struct http_head *h);
/* Takes over that answer and sends it to the client, as the end of the running exchange. May free the driver's state. */
void ca_page_send(struct conn *c, struct intent_message *m);

#endif
