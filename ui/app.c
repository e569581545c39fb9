/* SPDX-License-Identifier: MIT
 * The console's state and the one redraw point. */
#include "ui/app.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "ui/cmd.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/meter.h"
#include "ui/status.h"
#include "ui/term.h"

#define TOAST_NS 4000000000ull

static void
app_flow_changed(void *arg, const struct flow *f)
{
	struct app *app = arg;

	flow_index_changed(&app->index, f);
	app->dirty = true;
}

struct app *
app_new(const struct frontend_source *s, struct terminal *term)
{
	struct app *app = mem_zalloc(sizeof *app);

	app->s = s;
	app->term = term;
	app->start_ns = clock_mono_ns();
	app->delay_ns = (uint64_t)option_int(s->options, OPT_DELAY) * 1000000u;
	app->escape = text_locale_utf8() ? ESCAPE_UTF8 : 0;
	app->env.escape = app->escape;
	app->dirty = true;
	flow_index_init(&app->index, s->store, option_str(s->options, OPT_FILTER));
	flow_store_watch(s->store, &(struct flow_watcher){.changed = app_flow_changed, .arg = app});
	app_push(app, view_flows_new());
	return app;
}

void
app_free(struct app *app)
{
	flow_store_watch(app->s->store, &(struct flow_watcher){.arg = NULL});
	while (app->nviews) {
		struct view *v = app->view[--app->nviews];
		v->ops->free(v);
	}
	flow_index_fini(&app->index);
	free(app);
}

struct view *
app_top(const struct app *app)
{
	return app->view[app->nviews - 1];
}

void
app_push(struct app *app, struct view *v)
{
	CHECK(app->nviews < APP_VIEWS_MAX);
	app->view[app->nviews++] = v;
}

void
app_pop(struct app *app)
{
	if (app->nviews < 2)
		return;
	struct view *v = app->view[--app->nviews];
	v->ops->free(v);
}

void
app_toast(struct app *app, const char *text)
{
	snprintf(app->toast, sizeof app->toast, "%s", text);
	app->toast_until_ns = clock_mono_ns() + TOAST_NS;
}

static void
app_quit_answer(struct app *app, const char *text)
{
	(void)text;
	app->quit = true;
}

void
app_ask_quit(struct app *app)
{
	struct figures *f = &app->figures;
	char question[120];

	app->s->figures(app->s->arg, f);
	if (!f->client_open) {
		app->quit = true;
		return;
	}
	snprintf(question, sizeof question,
	    "Quit and stop the proxy? %llu client connection%s will be cut. y/n",
	    (unsigned long long)f->client_open, f->client_open == 1 ? "" : "s");
	prompt_ask(&app->prompt, true, question, app_quit_answer);
}

/* A message never eats a key: the key that ends it acts as well. */
void
app_key(struct app *app, int key)
{
	app->dirty = true;
	app->toast[0] = '\0';
	if (app->prompt.active) {
		if (key == KEY_CTRL_OF('c') && app->prompt.answer == app_quit_answer)
			app->quit = true;
		else if (key == KEY_CTRL_OF('c'))
			app->prompt.active = false;
		else
			prompt_key(&app->prompt, app, key);
		return;
	}
	const char *line = keymap_find(app_top(app)->ops->scope, key);
	if (line)
		cmd_run(app, line);
}

int
app_tick(struct app *app)
{
	uint64_t now = clock_mono_ns();

	if (app->toast[0] && now >= app->toast_until_ns) {
		app->toast[0] = '\0';
		app->dirty = true;
	}
	if (!app->tick_ns || now - app->tick_ns >= app->delay_ns) {
		app->s->figures(app->s->arg, &app->figures);
		rates_tick(&app->rates, &app->figures, now);
		app->tick_ns = now;
		app->dirty = true;
	}
	uint64_t left = app->delay_ns - (now - app->tick_ns);
	return (int)((left < 1000000000u ? left : 1000000000u) / 1000000u) + 1;
}

/* Below the smallest screen there is one line, and it is true. */
static void
app_draw_tiny(struct app *app, int cols)
{
	const struct area a = {.h = 1, .w = cols};
	const struct flow_store_stats *st = &app->stats;
	char line[64];

	snprintf(line, sizeof line, "%llufail %lluact %lluflows", (unsigned long long)st->failed,
	    (unsigned long long)st->active, (unsigned long long)st->total);
	cell_words(&a, 0, 0, cols, line, ROLE_TEXT);
}

static void
app_draw_full(struct app *app, int rows, int cols)
{
	const struct glyphs *g = term_glyphs(app->term);
	struct view *v = app_top(app);
	int head = v->ops->header ? meter_rows(rows, cols) : 0, foot = status_rows(rows);
	const struct area header = {.h = head, .w = cols};
	const struct area body = {.y = head, .h = rows - head - foot, .w = cols};
	const struct area status = {.y = rows - foot, .h = foot, .w = cols};

	if (head)
		meter_draw(app, &header, g);
	/* The status tells of what the view has just laid out, and a question takes the cursor. */
	v->ops->draw(v, app, &body);
	status_draw(app, &status, g);
}

void
app_draw(struct app *app)
{
	int rows, cols;

	flow_index_trim(&app->index);
	flow_store_stats(app->s->store, &app->stats);
	app->env.now_ns = clock_mono_ns();
	app->cursor_y = app->cursor_x = 0;
	term_begin(app->term);
	term_size(app->term, &rows, &cols);
	if (rows < 5 || cols < 20)
		app_draw_tiny(app, cols);
	else
		app_draw_full(app, rows, cols);
	term_end(app->term, app->cursor_y, app->cursor_x);
	app->dirty = false;
}
