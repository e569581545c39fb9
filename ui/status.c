/* SPDX-License-Identifier: MIT
 * Status line and key bar. */
#include "ui/status.h"

#include "ui/app.h"
#include "ui/key.h"
#include "ui/keymap.h"

enum { STATUS_MAX = 512 };

int
status_rows(int screen_rows)
{
	return screen_rows < 8 ? 1 : 2;
}

static void
status_question(struct app *app, const struct area *a, const struct glyphs *g)
{
	const struct prompt *p = &app->prompt;
	const struct cell_style style = {.glyphs = g, .role = ROLE_QUESTION};

	int x = cell_text(a, 0, 0, a->w, span_str(p->question), &style);
	x += cell_words(a, 0, x + 1, a->w - x - 1, p->text, ROLE_TEXT) + 1;
	app->cursor_y = a->y;
	app->cursor_x = x < a->w ? x : a->w - 1;
}

static void
status_line(struct app *app, const struct area *a, const struct glyphs *g)
{
	struct cell_style style = {.glyphs = g, .role = ROLE_STATUS};
	struct view *v = app_top(app);
	struct buf out;

	buf_init(&out, STATUS_MAX);
	if (app->toast[0]) {
		style.role = ROLE_TOAST;
		buf_add_str(&out, app->toast);
	} else if (v->ops->status) {
		v->ops->status(v, app, &out);
	}
	cell_text(a, 0, 0, a->w, buf_span(&out), &style);
	buf_fini(&out);
}

static void
status_keys(struct app *app, const struct area *a)
{
	unsigned scope = app_top(app)->ops->scope;
	int x = 1;

	for (unsigned i = 0; i < keymap_count; i++) {
		const struct key_binding *b = &keymap[i];
		char name[16];
		if (!b->bar || !(b->scope & scope))
			continue;
		keyc_name(b->key, name, sizeof name);
		int need = (int)(strlen(name) + strlen(b->bar)) + 1;
		if (x + need > a->w)
			break;
		x += cell_words(a, 1, x, a->w - x, name, ROLE_KEY) + 1;
		x += cell_words(a, 1, x, a->w - x, b->bar, ROLE_KEY_TEXT) + 2;
	}
}

void
status_draw(struct app *app, const struct area *a, const struct glyphs *g)
{
	if (a->h > 1)
		status_keys(app, a);
	if (app->prompt.active)
		status_question(app, a, g);
	else
		status_line(app, a, g);
}
