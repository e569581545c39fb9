/* SPDX-License-Identifier: MIT
 * The ring of the event log. */
#include "flow/flow_events.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void
flow_events_fini(struct flow_events *e)
{
	for (uint64_t i = flow_events_first(e); i < e->end; i++)
		free(e->event[i % FLOW_EVENTS_MAX].text);
	free(e->event);
	*e = (struct flow_events){.event = NULL};
}

void
flow_events_add(struct flow_events *e, enum flow_event_level level, uint64_t flow, const char *text)
{
	if (!e->event)
		e->event = mem_array(FLOW_EVENTS_MAX, sizeof *e->event);
	struct flow_event *v = &e->event[e->end++ % FLOW_EVENTS_MAX];

	free(v->text);
	*v = (struct flow_event){.wall_ns = clock_wall_ns(),
	    .flow = flow,
	    .text = mem_dup(text, strnlen(text, FLOW_EVENT_TEXT_MAX)),
	    .level = (uint8_t)level};
}

const struct flow_event *
flow_events_at(const struct flow_events *e, uint64_t index)
{
	return index >= flow_events_first(e) && index < e->end ? &e->event[index % FLOW_EVENTS_MAX] : NULL;
}
