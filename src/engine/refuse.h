/* SPDX-License-Identifier: MIT
 * What a failed dial is to the client and to the row. */
#ifndef ENGINE_REFUSE_H
#define ENGINE_REFUSE_H

struct dial_result;

/* 502, 504, 508 or 503 (S004-15). */
int refuse_dial_status(const struct dial_result *r);
const char *refuse_dial_remedy(const struct dial_result *r); /* may be NULL */

#endif
