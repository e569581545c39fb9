/* SPDX-License-Identifier: MIT
 * What the mouse does. */
#include "ui/mouse.h"

#include "conf/option.h"
#include "ui/app.h"
#include "ui/cmd_header.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/meter.h"

enum {
	WHEEL_ROWS = 3,
	/* Bits of a report's first number. */
	REPORT_HELD = 4 | 8 | 16, /* shift, meta, control */
	REPORT_MOTION = 32,
	REPORT_WHEEL_UP = 64,
	REPORT_WHEEL_DOWN = 65,
};

struct mouse
mouse_report(unsigned button, unsigned x, unsigned y, bool pressed)
{
	struct mouse m = {.y = (int)y - 1, .x = (int)x - 1};

	if (!pressed || (button & (REPORT_MOTION | REPORT_HELD)) || !x || !y)
		return m;
	m.what = button == 0		       ? MOUSE_CLICK
		 : button == REPORT_WHEEL_UP   ? MOUSE_WHEEL_UP
		 : button == REPORT_WHEEL_DOWN ? MOUSE_WHEEL_DOWN
					       : MOUSE_NOTHING;
	return m;
}

static void
mouse_wheel(struct app *app, const struct mouse *m, int rows)
{
	struct view *v = app->language ? app->language : split_under(app, m->y, m->x);

	if (app->menu.active)
		menu_key(&app->menu, app, rows < 0 ? KEYC_UP : KEYC_DOWN);
	else if (app->chooser.active)
		chooser_key(app, rows < 0 ? KEYC_UP : KEYC_DOWN);
	else if (v->ops->wheel)
		v->ops->wheel(v, app, m->x, rows);
	else if (v->ops->move)
		for (int i = 0; i < WHEEL_ROWS; i++)
			v->ops->move(v, app, rows < 0 ? MOVE_UP : MOVE_DOWN);
}

/* A block of the header, where that is on the screen: its next form. */
static bool
mouse_header(struct app *app, int y)
{
	bool shown = app->nviews > 1 ? app_top(app)->ops->header : split_layout(app) != SPLIT_DETAIL;
	int block = shown ? meter_block_at(app, y) : -1;

	if (block >= 0)
		cmd_block(app, header_block_name((enum header_block)block));
	return block >= 0;
}

static void
mouse_click(struct app *app, int y, int x)
{
	const struct area *body = &app->body;
	int key = spots_find(&app->spots, y, x);

	if (key == KEYC_NONE && !app->prompt.active && !app->menu.active && !app->chooser.active) {
		if (mouse_header(app, y))
			return;
		split_point(app, y, x);
	}
	struct view *v = app_top(app);
	if (key != KEYC_NONE)
		app_key(app, key);
	else if (app->prompt.active)
		return;
	else if (app->menu.active)
		menu_click(&app->menu, app, y, x);
	else if (app->chooser.active)
		chooser_click(app, y, x);
	else if (v->ops->click && y >= body->y && y < body->y + body->h && x >= body->x &&
	         x < body->x + body->w)
		v->ops->click(v, app, y - body->y, x - body->x);
}

void
mouse_act(struct app *app, const struct mouse *m)
{
	if (m->what == MOUSE_NOTHING || !option_bool(app->s->options, OPT_MOUSE))
		return;
	app->dirty = true;
	app_toast_over(app);
	if (m->what == MOUSE_CLICK)
		mouse_click(app, m->y, m->x);
	else if (!app->prompt.active || app->language)
		mouse_wheel(app, m, m->what == MOUSE_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
}
