/* SPDX-License-Identifier: MIT
 * Output of the headless front end: whole lines to a descriptor that may stall without stalling the
 * program. */
#ifndef UI_HEADLESS_OUT_H
#define UI_HEADLESS_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Lines that wait to be written. The descriptor is our own opening of standard output where that is
 * a pipe or a terminal, so that O_NONBLOCK does not outlive us on the one we share. */
struct headless_out {
	int fd;
	bool own;        /* fd is ours to close, and does not block */
	bool socket;     /* fd is a socket: sent to without waiting */
	bool closed;     /* the reader is gone, or error */
	int error;       /* errno of a write that failed for another reason; 0 */
	struct buf lines;
	uint64_t lost;   /* lines dropped because the reader was too slow */
};

void headless_out_open(struct headless_out *o);
void headless_out_close(struct headless_out *o);
/* Writes what can be written now: whole lines as far as the descriptor takes them. */
void headless_out_flush(struct headless_out *o);

#endif
