/* SPDX-License-Identifier: MIT
 * "HELD 2 oldest 12s": what every screen says while something is held. */
#ifndef UI_HELD_H
#define UI_HELD_H

#include <stdint.h>

#include "base/buf.h"

struct app;

enum { HELD_SHORT_BELOW = 40 }; /* columns */

/* Adds the words, and nothing when nothing is held; short: "HELD 2 12s". */
void held_words(const struct app *app, int cols, struct buf *out);
/* Asks for a redraw when another second has passed for the oldest hold. Nanoseconds until the next one has; UINT64_MAX: nothing is
 * held. */
uint64_t held_tick(struct app *app, uint64_t now_ns);

#endif
