/* SPDX-License-Identifier: MIT
 * Places that stand for keys. */
#include "ui/spots.h"

#include "ui/key.h"

void
spots_add(struct spots *s, int y, int x, int w, int key)
{
	if (s->n == SPOTS_MAX || key == KEYC_NONE)
		return;
	s->spot[s->n].y = y;
	s->spot[s->n].x = x;
	s->spot[s->n].w = w;
	s->spot[s->n].key = key;
	s->n++;
}

int
spots_find(const struct spots *s, int y, int x)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->spot[i].y == y && x >= s->spot[i].x && x < s->spot[i].x + s->spot[i].w)
			return s->spot[i].key;
	return KEYC_NONE;
}
