/* SPDX-License-Identifier: MIT
 * Edit distance over short ASCII names. */
#include "ui/nearest.h"

#include <string.h>

enum { NEAREST_MAX = 32, NEAREST_FAR = 3 };

struct nearest
nearest_to(const char *word, size_t n)
{
	return (struct nearest){.word = word, .n = n, .distance = NEAREST_FAR};
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters to add, drop, replace or swap with their neighbour. */
static unsigned
nearest_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned row[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = least(before[j - 1] + (a[i - 1] != b[j - 1]),
			    least(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], earlier[j - 2] + 1);
		}
	}
	return row[na % 3][nb];
}

void
nearest_offer(struct nearest *near, const char *name)
{
	size_t n = strlen(name);
	unsigned d;

	if (!near->n || near->n > NEAREST_MAX || n > NEAREST_MAX)
		return;
	if (n > near->n && memcmp(name, near->word, near->n) == 0)
		d = 0;
	else
		d = nearest_distance(near->word, near->n, name, n);
	/* Half of a short word wrong is another word. */
	if (d >= near->distance || (d && d * 2 > near->n))
		return;
	near->distance = d;
	near->best = name;
}
