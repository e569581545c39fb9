/* SPDX-License-Identifier: MIT
 * Open-addressing hash map with backward-shift deletion. */
#include "flow/flow_map.h"

#include <stdlib.h>

#include "base/mem.h"

void
flow_map_init(struct flow_map *m)
{
	*m = (struct flow_map){.slot = mem_array(64, sizeof *m->slot), .mask = 63};
}

void
flow_map_fini(struct flow_map *m)
{
	free(m->slot);
	*m = (struct flow_map){0};
}

static size_t
flow_map_home(const struct flow_map *m, flow_key key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & m->mask;
}

static void
flow_map_insert(struct flow_map *m, flow_key key, void *value)
{
	size_t i = flow_map_home(m, key);

	while (m->slot[i].key)
		i = (i + 1) & m->mask;
	m->slot[i] = (struct flow_map_slot){key, value};
}

void
flow_map_put(struct flow_map *m, flow_key key, void *value)
{
	if ((m->n + 1) * 2 > m->mask) {
		struct flow_map old = *m;
		m->mask = old.mask * 2 + 1;
		m->slot = mem_array(m->mask + 1, sizeof *m->slot);
		for (size_t i = 0; i <= old.mask; i++)
			if (old.slot[i].key)
				flow_map_insert(m, old.slot[i].key, old.slot[i].value);
		free(old.slot);
	}
	flow_map_insert(m, key, value);
	m->n++;
}

static size_t
flow_map_index(const struct flow_map *m, flow_key key)
{
	size_t i = flow_map_home(m, key);

	while (m->slot[i].key && m->slot[i].key != key)
		i = (i + 1) & m->mask;
	return i;
}

void *
flow_map_find(const struct flow_map *m, flow_key key)
{
	return key ? m->slot[flow_map_index(m, key)].value : NULL;
}

void *
flow_map_remove(struct flow_map *m, flow_key key)
{
	size_t hole = flow_map_index(m, key);
	void *value = m->slot[hole].value;

	if (!m->slot[hole].key)
		return NULL;
	for (size_t i = (hole + 1) & m->mask; m->slot[i].key; i = (i + 1) & m->mask) {
		size_t home = flow_map_home(m, m->slot[i].key);
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->slot[hole] = m->slot[i];
			hole = i;
		}
	}
	m->slot[hole] = (struct flow_map_slot){0};
	m->n--;
	return value;
}
