/* SPDX-License-Identifier: MIT
 * Undoes permessage-deflate (RFC 7692) for messages that are looked at. A message may refer to those before it, so one inflater is
 * given all compressed messages of a direction, in order. Memory is bounded: the window and out_max_bytes. */
#ifndef PROTO_WS_INFLATE_H
#define PROTO_WS_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct ws_inflate;

/* out_max_bytes: of all messages together. */
struct ws_inflate *ws_inflate_new(size_t out_max_bytes);
void ws_inflate_free(struct ws_inflate *z); /* NULL is allowed */
/* Replaces what is in out by what the message is. whole: false when its end is missing. Returns 0, ERR_SYNTAX (broken; out has what came before) or
 * ERR_LIMIT with why; after either, every later call fails. */
int ws_inflate_message(struct ws_inflate *z, struct span in, bool whole, struct buf *out, struct errmsg *why);
/* From now on so many bytes may come out. */
void ws_inflate_allow(struct ws_inflate *z, size_t out_max_bytes);

#endif
