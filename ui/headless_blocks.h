/* SPDX-License-Identifier: MIT
 * The header's figures as blocks of text, one each interval, as top's batch mode has them. */
#ifndef UI_HEADLESS_BLOCKS_H
#define UI_HEADLESS_BLOCKS_H

#include "base/buf.h"

struct frontend_source;
struct headless_blocks;

/* As many as the option `summaries` says, an interval of the option `delay` apart, the first after one; NULL when that is 0. s is
 * borrowed. */
struct headless_blocks *headless_blocks_new(const struct frontend_source *s);
void headless_blocks_free(struct headless_blocks *b); /* NULL is allowed */

/* Appends the block that is due, if one is. Returns the milliseconds until the next, 0: that was the last one. */
int headless_blocks_turn(struct headless_blocks *b, struct buf *out);

#endif
