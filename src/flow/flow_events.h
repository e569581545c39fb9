/* SPDX-License-Identifier: MIT
 * The event log: a ring of the latest lines. */
#ifndef FLOW_FLOW_EVENTS_H
#define FLOW_FLOW_EVENTS_H

#include <stdint.h>

#include "flow/flow_id.h"

enum {
	FLOW_EVENTS_MAX = 10000,   /* lines kept */
	FLOW_EVENT_TEXT_MAX = 500  /* bytes of one */
};

struct flow_event {
	uint64_t wall_ns;
	uint64_t flow;             /* number; 0: none */
	char *text;                /* owned; anything: escape before showing */
	uint8_t level;             /* enum flow_event_level */
};

/* Zeroed: empty. */
struct flow_events {
	struct flow_event *event;  /* line i is event[i % FLOW_EVENTS_MAX]; NULL before the first */
	uint64_t end;              /* lines ever */
};

void flow_events_fini(struct flow_events *e);
void flow_events_add(struct flow_events *e, enum flow_event_level level, uint64_t flow, const char *text);
static inline uint64_t
flow_events_first(const struct flow_events *e)
{
	return e->end > FLOW_EVENTS_MAX ? e->end - FLOW_EVENTS_MAX : 0;
}
/* NULL: not kept. */
const struct flow_event *flow_events_at(const struct flow_events *e, uint64_t index);

#endif
