/* SPDX-License-Identifier: MIT
 * The chosen step of the tab Timing. */
#include "ui/flow_steps.h"

#include "base/check.h"
#include "ui/pager.h"
#include "ui/theme.h"

void
flow_steps_add(struct flow_steps *s, size_t line, enum flow_step_about about)
{
	CHECK(s->n < FLOW_STEPS_MAX);
	s->step[s->n++] = (struct flow_step){.line = line, .about = about};
}

void
flow_steps_clear(struct flow_steps *s)
{
	s->n = 0;
}

static unsigned
steps_at(const struct flow_steps *s)
{
	return s->at < s->n ? s->at : s->n - 1;
}

const struct flow_step *
flow_steps_chosen(const struct flow_steps *s)
{
	return s->n ? &s->step[steps_at(s)] : NULL;
}

void
flow_steps_show(struct flow_steps *s, struct pager *p)
{
	const struct flow_step *chosen = flow_steps_chosen(s);
	size_t row = 0;

	if (!s->show || !chosen)
		return;
	s->show = false;
	while (row + 1 < p->nrows && p->row[row].line < chosen->line)
		row++;
	pager_show(p, row);
}

void
flow_steps_move(struct flow_steps *s, struct pager *p, enum move m)
{
	unsigned at = s->n ? steps_at(s) : 0, last = s->n ? s->n - 1 : 0;
	unsigned page = p->height > 1 ? (unsigned)p->height - 1 : 1;
	const unsigned step[MOVE_COUNT] = {
	    [MOVE_UP] = 1,
	    [MOVE_DOWN] = 1,
	    [MOVE_PAGE_UP] = page,
	    [MOVE_PAGE_DOWN] = page,
	    [MOVE_HALF_UP] = (page + 1) / 2,
	    [MOVE_HALF_DOWN] = (page + 1) / 2,
	    [MOVE_TOP] = last,
	    [MOVE_END] = last,
	};
	bool up = m == MOVE_UP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP || m == MOVE_TOP;
	unsigned room = up ? at : last - at, by = step[m] < room ? step[m] : room;

	s->at = up ? at - by : at + by;
	if (!by || m == MOVE_TOP || m == MOVE_END)
		pager_move(p, m);
	s->show |= by > 0;
	flow_steps_show(s, p);
}

bool
flow_steps_choose(struct flow_steps *s, const struct pager *p, int y)
{
	size_t row = p->top + (size_t)y;

	for (unsigned i = 0; y >= 0 && y < p->height && row < p->nrows && i < s->n; i++) {
		if (s->step[i].line != p->row[row].line)
			continue;
		s->at = i;
		return true;
	}
	return false;
}

int
flow_steps_paint(const struct flow_steps *s, const struct pager *p, const struct area *a, const struct glyphs *g)
{
	const struct flow_step *chosen = flow_steps_chosen(s);
	int first = -1;

	for (int y = 0; chosen && y < a->h && p->top + (size_t)y < p->nrows; y++) {
		if (p->row[p->top + (size_t)y].line != chosen->line)
			continue;
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		if (theme_is_mono() && first < 0)
			cell_words(a, y, 0, 1, g->selected, ROLE_SELECTED);
		first = first < 0 ? y : first;
	}
	return first;
}
