/* SPDX-License-Identifier: MIT
 * The column chooser. */
#include "ui/chooser.h"

#include <stdio.h>
#include <string.h>

#include "ui/app.h"
#include "ui/box.h"
#include "ui/key.h"
#include "ui/term.h"
#include "ui/theme.h"

/* Columns of the box. */
enum {
	AT_ON = 2,
	AT_NAME = 6,
	AT_WHAT = 15,
	AT_WIDTH = 48,
	AT_DROP = 56,
	CHOOSER_COLS = 66,
	CHOOSER_WIDTH_FROM = 18,
	CHOOSER_NARROW = 36, /* name, width */
	CHOOSER_EXTRA = 3,   /* heading, rule, keys; the narrow one has a heading alone */
	CHOOSER_EXTRA_FROM = 10,
};

static const char chooser_hint[] = " Space on/off  +/- width  J/K move  s sort  r reset  q done";

void
chooser_open(struct app *app)
{
	app->chooser = (struct chooser){.active = true};
}

static void
chooser_toggle(struct app *app, struct column_place *p)
{
	const struct column *c = &columns[p->column];
	struct column_layout l;

	view_flows_layout(app, &l);
	if (p->column == COLUMN_ID || !c->width) {
		app_toast(app, p->column == COLUMN_ID ? "ID stays: the marks stand in it"
						      : "PATH stays: it takes what the others leave");
		return;
	}
	p->mode = p->mode == COLUMN_ON || column_layout_find(&l, p->column) ? COLUMN_OFF : COLUMN_ON;
	view_flows_layout(app, &l);
	if (p->mode == COLUMN_ON && !column_layout_find(&l, p->column))
		app_toast(app, "it is on, but this screen has no room for it");
}

static void
chooser_widen(struct app *app, struct column_place *p, int by)
{
	int w = column_place_width(p) + by;

	if (!columns[p->column].width) {
		app_toast(app, "PATH takes what the others leave");
	} else if (w < 1 || w > COLUMN_WIDTH_MAX) {
		app_toast(app, w < 1 ? "that is as narrow as can be" : "that is as wide as can be");
	} else {
		p->width = w == columns[p->column].width ? 0 : w;
	}
}

static void
chooser_carry(struct app *app, int step)
{
	struct chooser *m = &app->chooser;
	unsigned to = m->selected + (unsigned)step;

	if (m->selected == 0 || to == 0) {
		app_toast(app, "ID stays the first: the marks stand in it");
		return;
	}
	if (to >= columns_count)
		return;
	struct column_place moved = app->columns.place[m->selected];
	app->columns.place[m->selected] = app->columns.place[to];
	app->columns.place[to] = moved;
	m->selected = to;
}

static void
chooser_move(struct chooser *m, int key)
{
	if (key == KEYC_UP || key == 'k')
		m->selected -= m->selected > 0;
	else if (key == KEYC_DOWN || key == 'j')
		m->selected += m->selected + 1 < columns_count;
	else
		m->selected = key == KEYC_HOME || key == 'g' || key == KEYC_PGUP ? 0 : columns_count - 1;
}

void
chooser_key(struct app *app, int key)
{
	struct chooser *m = &app->chooser;
	struct column_place *p = &app->columns.place[m->selected];

	switch (key) {
	case ' ':
		chooser_toggle(app, p);
		break;
	case '+':
	case KEYC_RIGHT:
		chooser_widen(app, p, 1);
		break;
	case '-':
	case KEYC_LEFT:
		chooser_widen(app, p, -1);
		break;
	case 'J':
	case 'K':
		chooser_carry(app, key == 'J' ? 1 : -1);
		break;
	case 's':
		view_flows_sort_by(app, p->column);
		break;
	case 'r':
		column_set_default(&app->columns);
		break;
	case KEYC_ENTER:
	case KEYC_ESC:
	case 'q':
	case KEY_CTRL_OF('c'):
	case KEY_CTRL_OF('g'):
		m->active = false;
		break;
	case KEYC_UP:
	case KEYC_DOWN:
	case KEYC_HOME:
	case KEYC_END:
	case KEYC_PGUP:
	case KEYC_PGDN:
	case 'j':
	case 'k':
	case 'g':
	case 'G':
		chooser_move(m, key);
		break;
	}
}

void
chooser_click(struct app *app, int y, int x)
{
	struct chooser *m = &app->chooser;
	const struct area *in = &m->rows;
	unsigned row = m->top + (unsigned)(y - in->y);

	if (y < in->y || y >= in->y + in->h || x < in->x || x >= in->x + in->w || row >= columns_count)
		return;
	if (row == m->selected)
		chooser_key(app, ' ');
	m->selected = row;
}

static void
chooser_draw_row(struct app *app, const struct column_layout *l, unsigned i, const struct area *in, int y)
{
	int rows, cols;

	term_size(app->term, &rows, &cols);
	const struct column_place *p = &app->columns.place[i];
	const struct column *c = &columns[p->column];
	const struct column_slot *slot = column_layout_find(l, p->column);
	bool narrow = in->w < CHOOSER_COLS;
	char text[16];

	bool wanted = p->mode == COLUMN_ON || (p->mode == COLUMN_AUTO && cols >= c->from);
	cell_words(in, y, AT_ON, 3, slot ? "[*]" : wanted ? "[-]" : "[ ]", ROLE_TEXT);
	cell_words(in, y, AT_NAME, in->w - AT_NAME, c->title, ROLE_TEXT);
	snprintf(text, sizeof text, "%5d", slot && !c->width ? slot->w : column_place_width(p));
	if (in->w >= CHOOSER_WIDTH_FROM)
		cell_words(in, y, narrow ? in->w - 6 : AT_WIDTH, 5, text, ROLE_TEXT);
	if (narrow)
		return;
	cell_words(in, y, AT_WHAT, AT_WIDTH - AT_WHAT, c->what, ROLE_NOTE);
	if (p->mode == COLUMN_OFF || !c->drop)
		snprintf(text, sizeof text, "     -");
	else if (c->drop == COLUMN_KEEP)
		snprintf(text, sizeof text, "  keep");
	else
		snprintf(text, sizeof text, "%6d", c->drop);
	cell_words(in, y, AT_DROP, 6, text, ROLE_TEXT);
}

static void
chooser_draw_extra(const struct area *in, const struct glyphs *g)
{
	bool narrow = in->w < CHOOSER_COLS;

	cell_words(in, 0, AT_NAME, in->w - AT_NAME, "NAME", ROLE_LABEL);
	cell_words(in, 0, narrow ? in->w - 6 : AT_WIDTH, 5, "WIDTH", ROLE_LABEL);
	if (!narrow) {
		cell_words(in, 0, AT_WHAT, 4, "WHAT", ROLE_LABEL);
		cell_words(in, 0, AT_DROP, 9, "DROP LAST", ROLE_LABEL);
	}
	if (narrow) /* the key bar has them */
		return;
	cell_fill(in, in->h - 2, 1, in->w - 2, g->hline, ROLE_RULE);
	cell_words(in, in->h - 1, 0, in->w, chooser_hint, ROLE_KEY_TEXT);
}

static int
chooser_used(const struct column_layout *l)
{
	int used = -1;

	for (unsigned i = 0; i < l->n; i++)
		used += l->slot[i].w + 1;
	return used;
}

void
chooser_draw(struct app *app, const struct area *a)
{
	struct chooser *m = &app->chooser;
	const struct glyphs *g = term_glyphs(app->term);
	struct column_layout l;
	bool wide = a->w >= CHOOSER_COLS + 2;
	int extra = a->h < CHOOSER_EXTRA_FROM ? 0 : wide ? CHOOSER_EXTRA : 1;
	char title[64];

	view_flows_layout(app, &l);
	snprintf(title, sizeof title, "Columns   %d available, %d used", a->w, chooser_used(&l));
	struct area in = box_draw(a, (int)columns_count + extra, wide ? CHOOSER_COLS : CHOOSER_NARROW, title, g);
	if (extra)
		chooser_draw_extra(&in, g);
	m->rows = in;
	m->rows.y += extra > 0;
	m->rows.h -= extra;
	unsigned shown = (unsigned)m->rows.h;
	if (m->selected < m->top)
		m->top = m->selected;
	if (m->selected >= m->top + shown)
		m->top = m->selected - shown + 1;
	if (m->top + shown > columns_count)
		m->top = columns_count > shown ? columns_count - shown : 0;
	for (unsigned i = m->top; i < columns_count && i < m->top + shown; i++)
		chooser_draw_row(app, &l, i, &m->rows, (int)(i - m->top));
	int y = (int)(m->selected - m->top);
	cell_paint(&m->rows, y, 0, m->rows.w, ROLE_SELECTED);
	if (theme_is_mono())
		cell_words(&m->rows, y, 0, 1, g->selected, ROLE_SELECTED);
	app->cursor_y = m->rows.y + y;
	app->cursor_x = m->rows.x;
}
