/* SPDX-License-Identifier: MIT
 * The shelf of edits. */
#include "ui/edit_shelf.h"

#include <string.h>

#include "ui/edit.h"

static void
shelf_remove(struct edit_shelf *s, unsigned i)
{
	memmove(s->edit + i, s->edit + i + 1, (s->n - i - 1) * sizeof s->edit[0]);
	s->n--;
}

void
edit_shelf_put(struct edit_shelf *s, struct edit *e)
{
	if (!edit_is_changed(e)) {
		edit_free(e);
		return;
	}
	if (s->n == EDIT_SHELF_MAX) {
		edit_free(s->edit[0]);
		shelf_remove(s, 0);
	}
	s->edit[s->n++] = e;
}

struct edit *
edit_shelf_take(struct edit_shelf *s, struct edit *fresh)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct edit *e = s->edit[i];
		if (e->number != fresh->number || e->kind != fresh->kind || e->dir != fresh->dir)
			continue;
		shelf_remove(s, i);
		edit_free(fresh);
		return e;
	}
	return fresh;
}

void
edit_shelf_fini(struct edit_shelf *s)
{
	while (s->n)
		edit_free(s->edit[--s->n]);
}
