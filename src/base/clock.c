/* SPDX-License-Identifier: MIT
 * Time behind one replaceable source. */
#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

static bool stopped;
static uint64_t stopped_mono, stopped_wall;

static uint64_t
clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t
clock_mono_ns(void)
{
	return stopped ? stopped_mono : clock_read(CLOCK_MONOTONIC);
}

uint64_t
clock_wall_ns(void)
{
	return stopped ? stopped_wall : clock_read(CLOCK_REALTIME);
}

void
clock_stop(uint64_t mono_ns, uint64_t wall_ns)
{
	stopped = true;
	stopped_mono = mono_ns;
	stopped_wall = wall_ns;
}

void
clock_run(void)
{
	stopped = false;
}
