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

/* A request that is held no more can only be sent anew, and what was typed is wanted then too. */
static bool
shelf_fits(const struct edit *kept, const struct edit *fresh, bool other_kind)
{
	if (kept->number != fresh->number || kept->dir != fresh->dir || kept->message != fresh->message)
		return false;
	return other_kind ? kept->kind == EDIT_HELD && fresh->kind == EDIT_SEND : kept->kind == fresh->kind;
}

struct edit *
edit_shelf_take(struct edit_shelf *s, struct edit *fresh)
{
	for (unsigned i = 0; i < 2 * s->n; i++) {
		unsigned at = i % s->n;
		struct edit *e = s->edit[at];
		if (!shelf_fits(e, fresh, i >= s->n))
			continue;
		shelf_remove(s, at);
		e->kind = fresh->kind;
		e->server = fresh->server;
		edit_free(fresh);
		return e;
	}
	return fresh;
}

struct edit *
edit_shelf_take_composed(struct edit_shelf *s)
{
	for (unsigned i = s->n; i-- > 0;) {
		struct edit *e = s->edit[i];
		if (e->number)
			continue;
		shelf_remove(s, i);
		return e;
	}
	return NULL;
}

bool
edit_shelf_has(const struct edit_shelf *s, uint64_t number)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->edit[i]->number == number && s->edit[i]->kind != EDIT_SEND)
			return true;
	return false;
}

void
edit_shelf_fini(struct edit_shelf *s)
{
	while (s->n)
		edit_free(s->edit[--s->n]);
}
