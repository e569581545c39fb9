/* SPDX-License-Identifier: MIT
 * Figures and words about a flow that both front ends show. */
#ifndef UI_FLOW_TEXT_H
#define UI_FLOW_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct flow;

uint64_t flow_text_bytes(const struct flow *f); /* what the column SIZE counts */
bool flow_text_cut_off(const struct flow *f); /* it failed, or was killed: its row says why */
/* Raw text behind the host: the path, or why the flow failed before it had one; empty when neither
 * is known. */
struct span flow_text_path(const struct flow *f);
/* Appends the first bytes of a path, at most so many, escaped, with what TEXT_MASK among the flags hides. */
void flow_text_put_path(struct buf *out, struct span path, size_t most, int flags);
/* The name that the client wanted TLS for: its SNI, else the host. */
struct span flow_text_tls_host(const struct flow *f);
/* The port when it is not the one that the scheme implies, or the flow has no request; else 0. */
uint16_t flow_text_port(const struct flow *f);
/* "10.0.0.7" of "10.0.0.7:51072", "::1" of "[::1]:51072". */
struct span flow_text_address(const char *address_port);
/* True when escaped text for this process's locale may hold UTF-8. */
bool text_locale_utf8(void);

#endif
