/* SPDX-License-Identifier: MIT
 * Time behind one replaceable source. Timeouts and durations use the monotonic clock only. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ns(void); /* monotonic, from an arbitrary start */
uint64_t clock_wall_ns(void); /* since 1970-01-01 UTC */

/* Tests stop the clock: both functions then return these values until clock_run(). */
void clock_stop(uint64_t mono_ns, uint64_t wall_ns);
void clock_run(void);

#endif
