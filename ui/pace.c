/* SPDX-License-Identifier: MIT
 * The output budget: each frame puts the next one off by the time that its bytes take. */
#include "ui/pace.h"

enum { NS_PER_MS = 1000000 };

/* Keys and resizes can run up no more debt than this: a second of a still screen is felt. */
static const uint64_t debt_max_ns = 1000000000u;

void
pace_drawn(struct pace *p, uint64_t now_ns, size_t bytes, unsigned cells)
{
	const uint64_t shortest = (uint64_t)PACE_FRAME_MS * NS_PER_MS;
	uint64_t per_second = PACE_BYTES_S;

	if (cells > PACE_CELLS)
		per_second = per_second * cells / PACE_CELLS;
	uint64_t from = p->due_ns > now_ns ? p->due_ns : now_ns;
	uint64_t due = from + bytes * 1000000000u / per_second;
	if (due < now_ns + shortest)
		due = now_ns + shortest;
	p->due_ns = due < now_ns + debt_max_ns ? due : now_ns + debt_max_ns;
}

int
pace_wait_ms(const struct pace *p, uint64_t now_ns, bool keyed)
{
	if (keyed || now_ns >= p->due_ns)
		return 0;
	return (int)((p->due_ns - now_ns) / NS_PER_MS) + 1;
}
