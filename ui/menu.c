/* SPDX-License-Identifier: MIT
 * The menu. */
#include "ui/menu.h"

#include <string.h>

#include "base/check.h"
#include "ui/app.h"
#include "ui/box.h"
#include "ui/key.h"
#include "ui/term.h"
#include "ui/theme.h"

/* Columns: mark, key, name, what. */
enum { MENU_KEY_COLUMN = 2, MENU_NAME_COLUMN = 4, MENU_GAP = 2 };

void
menu_open(struct menu *m, const char *title, const struct menu_row *rows, unsigned nrows,
    unsigned selected, void (*picked)(struct app *, unsigned))
{
	CHECK(nrows > 0 && nrows <= MENU_ROWS_MAX);
	*m = (struct menu){
	    .active = true, .title = title, .nrows = nrows, .selected = selected, .picked = picked};
	if (m->selected >= nrows)
		m->selected = 0;
	memcpy(m->row, rows, nrows * sizeof *rows);
}

static void
menu_pick(struct menu *m, struct app *app, unsigned row)
{
	m->active = false;
	m->picked(app, row);
}

static bool
menu_pick_key(struct menu *m, struct app *app, int key)
{
	for (unsigned i = 0; i < m->nrows; i++) {
		if (!m->row[i].key || key != m->row[i].key)
			continue;
		menu_pick(m, app, i);
		return true;
	}
	return false;
}

void
menu_key(struct menu *m, struct app *app, int key)
{
	if (menu_pick_key(m, app, key))
		return;
	switch (key) {
	case KEYC_UP:
	case 'k':
		m->selected -= m->selected > 0;
		break;
	case KEYC_DOWN:
	case 'j':
		m->selected += m->selected + 1 < m->nrows;
		break;
	case KEYC_HOME:
	case KEYC_PGUP:
	case 'g':
		m->selected = 0;
		break;
	case KEYC_END:
	case KEYC_PGDN:
	case 'G':
		m->selected = m->nrows - 1;
		break;
	case KEYC_ENTER:
		menu_pick(m, app, m->selected);
		break;
	case KEYC_ESC:
	case 'q':
	case KEY_CTRL_OF('c'):
	case KEY_CTRL_OF('g'):
		m->active = false;
		break;
	}
}

void
menu_click(struct menu *m, struct app *app, int y, int x)
{
	const struct area *in = &m->rows;
	unsigned row = m->top + (unsigned)(y - in->y);

	if (y >= in->y && y < in->y + in->h && x >= in->x && x < in->x + in->w && row < m->nrows)
		menu_pick(m, app, row);
	else
		m->active = false;
}

static int
menu_longest(const struct menu *m, bool names)
{
	size_t most = 0;

	for (unsigned i = 0; i < m->nrows; i++) {
		size_t n = strlen(names ? m->row[i].name : m->row[i].what);
		most = n > most ? n : most;
	}
	return (int)most;
}

static void
menu_draw_row(const struct menu *m, unsigned i, const struct area *in, int what_column)
{
	const struct menu_row *r = &m->row[i];
	const char key[] = {r->key, '\0'};
	int y = (int)(i - m->top);

	cell_words(in, y, MENU_KEY_COLUMN, 1, key, ROLE_KEY);
	cell_words(in, y, MENU_NAME_COLUMN, in->w - MENU_NAME_COLUMN, r->name, ROLE_TEXT);
	if (what_column < in->w)
		cell_words(in, y, what_column, in->w - what_column, r->what, ROLE_NOTE);
}

void
menu_draw(struct menu *m, struct app *app, const struct area *a)
{
	const struct glyphs *g = term_glyphs(app->term);
	int what_column = MENU_NAME_COLUMN + menu_longest(m, true) + MENU_GAP;
	int title = (int)strlen(m->title) + 6, cols = what_column + menu_longest(m, false) + 1;
	struct area in = box_draw(a, (int)m->nrows, cols > title ? cols : title, m->title, g);
	unsigned shown = (unsigned)in.h;

	m->rows = in;
	if (m->selected < m->top)
		m->top = m->selected;
	if (m->selected >= m->top + shown)
		m->top = m->selected - shown + 1;
	if (m->top + shown > m->nrows)
		m->top = m->nrows > shown ? m->nrows - shown : 0;
	for (unsigned i = m->top; i < m->nrows && i < m->top + shown; i++)
		menu_draw_row(m, i, &in, what_column);
	int y = (int)(m->selected - m->top);
	cell_paint(&in, y, 0, in.w, ROLE_SELECTED);
	if (theme_is_mono())
		cell_words(&in, y, 0, 1, g->selected, ROLE_SELECTED);
	app->cursor_y = in.y + y;
	app->cursor_x = in.x;
}
