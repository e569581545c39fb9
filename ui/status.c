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

/* The question, on both lines when it needs them: what is asked must be seen whole before it is
 * answered. */
static void
status_question(struct app *app, const struct area *a, const struct glyphs *g)
{
	const struct prompt *p = &app->prompt;
	const struct cell_style style = {.glyphs = g, .role = ROLE_QUESTION};
	struct span rest = span_str(p->question);
	int y = 0, x;

	if (rest.n >= (size_t)a->w && a->h > 1) {
		const char *space = memrchr(rest.p, ' ', (size_t)a->w);
		size_t n = space ? (size_t)(space - rest.p) : 0;
		cell_text(a, y++, 0, a->w, span_of(rest.p, n), &style);
		rest = span_of(rest.p + n + (space != NULL), rest.n - n - (space != NULL));
	}
	x = cell_text(a, y, 0, a->w, rest, &style) + 1;
	x += cell_words(a, y, x, a->w - x, p->text, ROLE_TEXT);
	app->cursor_y = a->y + y;
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
	if (app->prompt.active) {
		status_question(app, a, g);
		return;
	}
	status_line(app, a, g);
	if (a->h > 1)
		status_keys(app, a);
}
