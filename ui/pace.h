/* SPDX-License-Identifier: MIT
 * When the next frame may be drawn: at most ten a second, and on the average no more bytes than a
 * slow line takes. Frames that are not drawn are dropped: the next one shows what is current. */
#ifndef UI_PACE_H
#define UI_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACE_FRAME_MS = 100, PACE_BYTES_S = 28000, PACE_CELLS = 120 * 36 };

struct pace {
	uint64_t due_ns; /* from then on the budget allows a frame; 0: at once */
};

/* A frame of that many bytes has been drawn on a screen of that many cells: larger ones have a larger
 * budget. */
void pace_drawn(struct pace *p, uint64_t now_ns, size_t bytes, unsigned cells);
/* Milliseconds until a frame may be drawn; 0: now. An answer to a key does not wait, but is
 * counted. */
int pace_wait_ms(const struct pace *p, uint64_t now_ns, bool keyed);

#endif
