/* SPDX-License-Identifier: MIT
 * The console's state and the one redraw point. */
#include "ui/app.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/conf_file.h"
#include "conf/option.h"
#include "conf/paths.h"
#include "ui/cmd.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/meter.h"
#include "ui/out.h"
#include "ui/problem.h"
#include "ui/quit.h"
#include "ui/status.h"
#include "ui/term.h"
#include "ui/theme.h"

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
	theme_set(option_str(s->options, OPT_THEME));
	app->out = out_new();
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
	out_free(app->out);
	flow_index_fini(&app->index);
	prompt_fini(&app->prompt);
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

/* Who comes with the habits of another program learns where the keys of this one stand. */
static void
app_unbound(struct app *app, int key)
{
	char toast[48];

	if (key <= ' ' || key >= 0x7f)
		return;
	snprintf(toast, sizeof toast, "%c does nothing here, h is help", key);
	app_toast(app, toast);
}

/* A message never eats a key: the key that ends it acts as well. */
void
app_key(struct app *app, int key)
{
	app->dirty = true;
	app->toast[0] = '\0';
	if (quit_is_asked(app) && key == KEY_CTRL_OF('c')) {
		app->quit = true;
	} else if (app->prompt.active) {
		prompt_key(&app->prompt, app, key);
	} else if (app->menu.active) {
		menu_key(&app->menu, app, key);
	} else if (key == KEYC_ESC && problem_is_shown(app)) {
		app->problem_hidden = true;
	} else {
		const char *line = keymap_find(app_top(app)->ops->scope, key);
		if (line)
			cmd_run(app, line);
		else
			app_unbound(app, key);
	}
}

void
app_turn(struct app *app)
{
	struct view *top = app_top(app), *root = app->view[0];

	app->busy = false;
	if (top->ops->turn)
		top->ops->turn(top, app);
	if (root != top && root->ops->turn)
		root->ops->turn(root, app);
	app->busy |= out_turn(app);
}

void
app_pause(struct app *app, bool on)
{
	app->paused = on;
	app->dirty = true;
}

static const char *
app_theme_next(void)
{
	unsigned i = 0;

	while (strcmp(theme_name_at(i), theme_name()) != 0)
		i++;
	return theme_name_at(i + 1) ? theme_name_at(i + 1) : theme_name_at(0);
}

void
app_theme(struct app *app, const char *name)
{
	char toast[80];
	const char *before = theme_name();

	if (theme_no_colour()) {
		app_toast(app, theme_no_colour());
		return;
	}
	if (strcmp(name, "next") == 0)
		name = app_theme_next();
	else if (strcmp(name, "mono") == 0 && theme_is_mono())
		name = app->theme_before ? app->theme_before : theme_name_at(0);
	if (!theme_set(name)) {
		snprintf(toast, sizeof toast, "there is no theme %.32s", name);
	} else {
		if (theme_is_mono())
			app->theme_before = before;
		term_redraw(app->term);
		snprintf(toast, sizeof toast, "theme %s", name);
	}
	app_toast(app, toast);
}

void
app_write_config(struct app *app)
{
	static const enum option_id ids[] = {OPT_DELAY, OPT_THEME};
	struct options *o = options_new();
	struct errmsg why;
	char delay[FMT_MAX], toast[sizeof app->toast];
	char *path = app->s->config_path ? mem_strdup(app->s->config_path) : paths_config_file();
	int bad = 0;

	snprintf(delay, sizeof delay, "%llums", (unsigned long long)(app->delay_ns / 1000000u));
	if (!path)
		bad = err_set(&why, ERR_NOTFOUND,
		    "no place for the configuration: neither XDG_CONFIG_HOME nor HOME is set");
	if (!bad)
		bad = option_set(o, option_rows[OPT_DELAY].name, delay, &why);
	if (!bad)
		bad = option_set(o, option_rows[OPT_THEME].name, theme_name(), &why);
	if (!bad)
		bad = conf_file_save(path, o, ids, sizeof ids / sizeof ids[0], &why);
	snprintf(toast, sizeof toast, bad ? "%.150s" : "settings written to %.130s",
	    bad ? why.text : path);
	app_toast(app, toast);
	free(path);
	options_free(o);
}

int
app_tick(struct app *app)
{
	uint64_t now = clock_mono_ns();

	problem_tick(app);
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
app_draw_tiny(struct app *app, int rows, int cols)
{
	const struct area a = {.h = rows < 2 ? rows : 2, .w = cols}, all = {.h = rows, .w = cols};
	const struct flow_store_stats *st = &app->stats;
	char line[64];

	if (app->prompt.active) {
		status_draw(app, &a, term_glyphs(app->term));
		return;
	}
	if (app->menu.active) {
		menu_draw(&app->menu, app, &all);
		return;
	}
	snprintf(line, sizeof line, "%llufail %lluact %lluflows", (unsigned long long)st->failed,
	    (unsigned long long)st->active, (unsigned long long)st->total);
	cell_words(&a, 0, 0, cols, line, ROLE_TEXT);
}

static void
app_draw_full(struct app *app, int rows, int cols)
{
	const struct glyphs *g = term_glyphs(app->term);
	struct view *v = app_top(app);
	int head = v->ops->header ? meter_rows(app, rows, cols) : 0, foot = status_rows(rows);
	int panel = problem_rows(app, rows, cols);
	const struct area header = {.h = head, .w = cols};
	const struct area body = {.y = head, .h = rows - head - panel - foot, .w = cols};
	const struct area problem = {.y = rows - foot - panel, .h = panel, .w = cols};
	const struct area status = {.y = rows - foot, .h = foot, .w = cols};
	const struct area above = {.h = rows - foot, .w = cols};

	if (head)
		meter_draw(app, &header, g);
	/* The status tells of what the view has just laid out, and what asks takes the cursor. */
	v->ops->draw(v, app, &body);
	if (panel)
		problem_draw(app, &problem);
	status_draw(app, &status, g);
	if (app->menu.active)
		menu_draw(&app->menu, app, &above);
	if (quit_is_asked(app) && quit_has_box(rows, cols))
		quit_draw(app, &above);
}

void
app_draw(struct app *app)
{
	int rows, cols;

	flow_index_trim(&app->index);
	flow_store_stats(app->s->store, &app->stats);
	app->env.now_ns = clock_mono_ns();
	app->cursor_y = app->cursor_x = 0;
	app->awaited = false;
	term_begin(app->term);
	term_size(app->term, &rows, &cols);
	if (rows < 5 || cols < 20)
		app_draw_tiny(app, rows, cols);
	else
		app_draw_full(app, rows, cols);
	term_end(app->term, app->cursor_y, app->cursor_x);
	app->dirty = false;
}
