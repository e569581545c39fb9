/* SPDX-License-Identifier: MIT
 * One flow as one JSON object on one line. */
#ifndef UI_HEADLESS_JSON_H
#define UI_HEADLESS_JSON_H

#include "base/buf.h"

struct flow;

/* verbose 1 adds heads, 2 bodies as well, both in base64. Appends the whole line, or nothing:
 * ERR_LIMIT. */
int headless_json(struct buf *out, const struct flow *f, int verbose);
/* Likewise of a flow that has begun: "event" is "start", and what its end brings is not there. */
int headless_json_begun(struct buf *out, const struct flow *f);

#endif
