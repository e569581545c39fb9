/* SPDX-License-Identifier: MIT
 * What goes wrong without anybody having asked for it: told once for many, in the status line and the event log. */
#ifndef UI_ALARM_H
#define UI_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct flow;

enum { ALARM_GROUPS_MAX = 16, ALARM_TEXT_MAX = 200 };

/* Flows that failed for one cause, of the latest seconds. */
struct alarm_group {
	char text[ALARM_TEXT_MAX]; /* the cause; raw bytes, terminated */
	uint64_t since_ns;         /* monotonic: the first of them */
	unsigned n;                /* 0: the place is free */
};

/* Zeroed: nothing has happened yet. */
struct alarm {
	struct alarm_group group[ALARM_GROUPS_MAX];
	struct alarm_group others; /* those that had no place, together */
	uint64_t evicted;          /* of those: told */
	uint64_t evicted_ns;       /* monotonic: when; 0: never */
	uint64_t wall_ns, mono_ns; /* at the last turn; 0: there was none */
};

/* A flow has ended. */
void alarm_flow(struct app *app, const struct flow *f);
/* At every turn of the loop, and once a second: tells what is due of repeated failures, flows that left memory, a clock that was set. */
void alarm_tick(struct app *app, uint64_t now_ns);

#endif
