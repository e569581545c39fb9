/* SPDX-License-Identifier: MIT
 * What a flow's messages consist of, as bytes for a file, a program or the clipboard: nothing is escaped. */
#ifndef UI_FLOW_BYTES_H
#define UI_FLOW_BYTES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/flow_id.h"
#include "ui/flow_page.h"

struct flow;

enum { FLOW_BYTES_DECODED_MAX = 64 << 20 };

/* The body with its content codings undone, in out, which is empty and takes FLOW_BYTES_DECODED_MAX; false: there is nothing to undo,
 * or nothing came of it. */
bool flow_bytes_decoded(struct buf *out, const struct flow *f, enum flow_dir dir);
/* Appends the part as far as it is recorded; with decoded, content codings of a body are undone as far as that goes. ERR_NOTFOUND with
 * why: there is none; ERR_LIMIT past out's maximum. */
int flow_bytes_part(struct buf *out, const struct flow *f, enum flow_part part, bool decoded, struct errmsg *why);
/* Appends head, body and trailers as recorded: transfer codings are gone, content codings are there. Fails likewise. */
int flow_bytes_message(struct buf *out, const struct flow *f, enum flow_dir dir, struct errmsg *why);

#endif
