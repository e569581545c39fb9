/* SPDX-License-Identifier: MIT
 * The list machine. */
#include "ui/list.h"

static size_t
list_clamp_row(const struct list_source *s, uint64_t id)
{
	size_t n = s->count(s->arg), row = s->row(s->arg, id);

	return row < n ? row : n - 1;
}

size_t
list_selected_row(const struct list *l, const struct list_source *s)
{
	return l->selected && s->count(s->arg) ? list_clamp_row(s, l->selected) : 0;
}

/* The last row that is on the screen has been seen, and all before it. In another order what is new may stand
 * anywhere: it has been seen when it is followed. */
static void
list_note_seen(struct list *l, const struct list_source *s, size_t n)
{
	size_t bottom = l->top + (size_t)l->height;
	uint64_t id = l->seen;

	if (s->ascending)
		id = s->id(s->arg, (bottom < n ? bottom : n) - 1);
	else if (l->follow)
		id = s->newest(s->arg);
	if (id > l->seen)
		l->seen = id;
}

void
list_sync(struct list *l, const struct list_source *s, int height)
{
	size_t n = s->count(s->arg);

	l->height = height > 0 ? height : 1;
	if (!n) {
		if (l->selected)
			l->before = l->selected;
		l->selected = 0;
		l->top = 0;
		l->line = 0;
		return;
	}
	size_t h = (size_t)l->height;
	if (!l->selected)
		l->selected = l->before;
	size_t row = l->follow ? list_clamp_row(s, s->newest(s->arg))
		     : l->selected ? list_clamp_row(s, l->selected) : 0;
	bool small = !l->follow && l->place >= l->height;
	l->selected = s->id(s->arg, row);
	l->line = l->follow || small ? l->height - 1 : l->place;
	l->top = row > (size_t)l->line ? row - (size_t)l->line : 0;
	if (l->top + h > n)
		l->top = n > h ? n - h : 0;
	l->line = (int)(row - l->top);
	if (!small)
		l->place = l->line;
	list_note_seen(l, s, n);
}

/* Rows and lines the move goes; a page keeps the line. */
static long
list_step(const struct list *l, enum move m, bool *keep_line)
{
	long page = l->height, half = page > 1 ? page / 2 : 1;

	*keep_line = m >= MOVE_PAGE_UP && m <= MOVE_HALF_DOWN;
	switch (m) {
	case MOVE_UP:
		return -1;
	case MOVE_DOWN:
		return 1;
	case MOVE_PAGE_UP:
		return -page;
	case MOVE_PAGE_DOWN:
		return page;
	case MOVE_HALF_UP:
		return -half;
	default:
		return half;
	}
}

void
list_move(struct list *l, const struct list_source *s, enum move m)
{
	size_t n = s->count(s->arg);
	bool keep_line;

	if (!n)
		return;
	size_t row = list_selected_row(l, s), to;
	/* Below the newest there is nothing, however many have come since it was drawn. */
	bool down = m == MOVE_DOWN || m == MOVE_PAGE_DOWN || m == MOVE_HALF_DOWN || m == MOVE_END;
	if (l->follow && s->ascending && down)
		return;
	if (m == MOVE_TOP || m == MOVE_END) {
		to = m == MOVE_TOP ? 0 : n - 1;
		l->line = m == MOVE_TOP ? 0 : l->height - 1;
	} else {
		long step = list_step(l, m, &keep_line);
		if (step < 0)
			to = row > (size_t)-step ? row - (size_t)-step : 0;
		else
			to = row + (size_t)step < n ? row + (size_t)step : n - 1;
		if (!keep_line)
			l->line += (int)((long)to - (long)row);
		if (l->line < 0)
			l->line = 0;
	}
	if (l->follow && s->id(s->arg, to) != s->newest(s->arg))
		list_follow(l, s, false);
	l->selected = s->id(s->arg, to);
	l->place = l->line;
	list_sync(l, s, l->height);
}

void
list_select(struct list *l, const struct list_source *s, uint64_t id)
{
	size_t n = s->count(s->arg);

	if (!n)
		return;
	size_t from = list_selected_row(l, s), to = list_clamp_row(s, id);
	if (l->follow && s->id(s->arg, to) != s->newest(s->arg))
		list_follow(l, s, false);
	l->line += (int)((long)to - (long)from);
	if (l->line < 0)
		l->line = 0;
	if (l->line >= l->height) /* a place below the last line would be that of a screen that is small */
		l->line = l->height - 1;
	l->selected = s->id(s->arg, to);
	l->place = l->line;
	list_sync(l, s, l->height);
}

void
list_follow(struct list *l, const struct list_source *s, bool on)
{
	size_t n = s->count(s->arg);

	l->follow = on;
	if (n && s->newest(s->arg) > l->seen)
		l->seen = s->newest(s->arg);
	if (on)
		list_sync(l, s, l->height);
}

size_t
list_unseen(const struct list *l, const struct list_source *s)
{
	return s->newer(s->arg, l->seen);
}
