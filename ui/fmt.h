/* SPDX-License-Identifier: MIT
 * Numbers as text, by hand: the headless front end formats tens of thousands of lines a second.
 * Every function writes at p without a NUL and returns the end. */
#ifndef UI_FMT_H
#define UI_FMT_H

#include <stddef.h>
#include <stdint.h>

enum { FMT_MAX = 24 }; /* no function here writes more */

char *fmt_u64(char *p, uint64_t v);
char *fmt_digits(char *p, uint64_t v, unsigned digits); /* with leading zeros */
char *fmt_duration(char *p, uint64_t us);               /* 0.4ms 38ms 2.1s 30.0s 3m20 2h05 */
char *fmt_size(char *p, uint64_t bytes);                /* 412 1.2K 14.2K 3.0M */
char *fmt_size_long(char *p, uint64_t bytes);           /* 412 B, 1.2 KiB, 9.6 MiB */
char *fmt_tenths(char *p, uint64_t tenths);             /* 318.4 */
/* Moves the text from start to p to the right so that it takes at least width bytes; returns its
 * end. */
char *fmt_right(char *start, char *p, size_t width);
char *fmt_left(char *start, char *p, size_t width);     /* pads behind */

/* Time of day of the local zone, kept for the second it was worked out for. */
struct fmt_clock {
	int64_t second; /* 0: none yet */
	char text[8];   /* HH:MM:SS */
};
char *fmt_time(struct fmt_clock *c, char *p, uint64_t wall_ns);    /* 14:03:27 */
char *fmt_time_ms(struct fmt_clock *c, char *p, uint64_t wall_ns); /* 14:03:27.118 */

#endif
