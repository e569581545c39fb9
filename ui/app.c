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
#include "text/text_mask.h"
#include "ui/cmd.h"
#include "ui/cmd_note.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/held.h"
#include "ui/key.h"
#include "ui/language.h"
#include "ui/meter.h"
#include "ui/out.h"
#include "ui/problem.h"
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

/* What the proxy answered itself says nothing about the server. */
static void
app_flow_ended(void *arg, const struct flow *f)
{
	struct app *app = arg;

	if (f->first_byte_ns && !f->answered_here)
		hosts_add(&app->hosts, f->host, flow_ttfb_us(f));
	alarm_flow(app, f);
}

void
app_mask(struct app *app)
{
	app->escape = (text_locale_utf8() ? ESCAPE_UTF8 : 0) | (option_bool(app->s->options, OPT_MASK) ? TEXT_MASK : 0);
	app->env.escape = app->escape;
	app->dirty = true;
}

struct app *
app_new(const struct frontend_source *s, struct terminal *term)
{
	struct app *app = mem_zalloc(sizeof *app);
	struct errmsg ignored; /* console_run has judged it */

	app->s = s;
	app->term = term;
	app->start_ns = clock_mono_ns();
	app->delay_ns = (uint64_t)option_int(s->options, OPT_DELAY) * 1000000u;
	app_mask(app);
	app->env.store = s->store;
	app->env.glyphs = term_glyphs(term);
	column_set_read(&app->columns, option_str(s->options, OPT_COLUMNS), &ignored);
	app->dirty = true;
	theme_set(option_str(s->options, OPT_THEME));
	header_parse(&app->header, option_str(s->options, OPT_HEADER), &ignored);
	options_set_source(s->options, OPTION_CONSOLE);
	keys_load(&app->keys, s->options, NULL); /* judged before the screen has started */
	app->out = out_new();
	flow_index_init(&app->index, s->store, option_str(s->options, OPT_FILTER));
	flow_store_watch(s->store, &(struct flow_watcher){
	    .changed = app_flow_changed, .ended = app_flow_ended, .arg = app});
	split_init(&app->split);
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
	language_close(app);
	split_fini(&app->split);
	load_fini(&app->load);
	selftest_cancel(app); /* it tells out of its end */
	out_free(app->out);
	flow_index_fini(&app->index);
	hosts_fini(&app->hosts);
	keys_fini(&app->keys);
	script_fini(&app->script);
	prompt_fini(&app->prompt);
	edit_shelf_fini(&app->shelf);
	flow_repeat_stop(app);
	free((char *)(uintptr_t)app->asked.refused.p);
	free(app);
}

struct view *
app_top(const struct app *app)
{
	return app->nviews > 1 ? app->view[app->nviews - 1] : split_focus(app);
}

static const char app_full[] = "too many views are open: q goes back";

void
app_push(struct app *app, struct view *v)
{
	if (app->nviews == APP_VIEWS_MAX) {
		v->ops->free(v);
		app_refuse(app, app_full);
		return;
	}
	language_close(app);
	prompt_drop(&app->prompt, app);
	app->view[app->nviews++] = v;
}

bool
app_is_full(struct app *app)
{
	if (app->nviews < APP_VIEWS_MAX - 1)
		return false;
	app_refuse(app, app_full);
	return true;
}

void
app_pop(struct app *app)
{
	if (app->nviews < 2)
		return;
	language_close(app);
	prompt_drop(&app->prompt, app);
	struct view *v = app->view[--app->nviews];
	v->ops->free(v);
}

void
app_toast(struct app *app, const char *text)
{
	snprintf(app->toast, sizeof app->toast, "%s", text);
	app->toast_until_ns = clock_mono_ns() + TOAST_NS;
	app->toast_stays = false;
}

void
app_refuse(struct app *app, const char *text)
{
	app_toast(app, text);
	app->refused = true;
}

void
app_error(struct app *app, uint64_t flow, const char *text)
{
	app_refuse(app, text);
	app->toast_until_ns = UINT64_MAX;
	app->toast_stays = true;
	flow_store_event(app->s->store, FLOW_EVENT_ERROR, flow, text);
}

void
app_toast_over(struct app *app)
{
	if (!app->toast_stays)
		app->toast[0] = '\0';
}

/* Where an error can be seen Esc is for it alone; who types text means the text. */
static bool
app_error_key(struct app *app, int key)
{
	if (key != KEYC_ESC || !app->toast_stays || !app->toast[0] || app_top(app)->ops->scope == SCOPE_TEXT)
		return false;
	app->toast[0] = '\0';
	return true;
}

/* Who comes with the habits of another program learns where the keys of this one stand. */
static void
app_unbound(struct app *app, int key)
{
	unsigned scope = app_top(app)->ops->scope;
	const char *line = keys_find(&app->keys, scope, 'h');
	bool of_list = !(scope & SCOPE_FLOWS) && keys_find(&app->keys, SCOPE_FLOWS, key);
	char toast[80];

	if (key <= ' ' || key >= 0x7f)
		return;
	if (of_list)
		snprintf(toast, sizeof toast, "%c works in the flow list: %s goes there", key, split_hint(app) ? "Tab" : "q");
	else /* presets take h for other things; ? stays */
		snprintf(toast, sizeof toast, "%c does nothing here, %c is help", key, line && strcmp(line, "help") == 0 ? 'h' : '?');
	app_toast(app, toast);
}

/* A message never eats a key: the key that ends it acts as well, but for the Esc that takes an error away. */
void
app_key(struct app *app, int key)
{
	app->dirty = true;
	app_toast_over(app);
	if (quit_is_asked(app) && key == KEY_CTRL_OF('c')) {
		app->quit = true;
	} else if (language_key(app, key)) {
		return;
	} else if (app->prompt.active) {
		prompt_key(&app->prompt, app, key);
	} else if (app->menu.active) {
		menu_key(&app->menu, app, key);
	} else if (app->chooser.active) {
		chooser_key(app, key);
	} else if (app_error_key(app, key) || problem_key(app, key)) {
		return;
	} else if (!app_top(app)->ops->key || !app_top(app)->ops->key(app_top(app), app, key)) {
		const char *line = keys_find(&app->keys, app_top(app)->ops->scope, key);
		/* A copy: the command may change what the keys do, and so free the row that it stands in. */
		char *own = line ? mem_strdup(line) : NULL;
		if (own)
			cmd_run(app, own);
		else
			app_unbound(app, key);
		free(own);
	}
}

void
app_turn(struct app *app)
{
	struct view *const views[] = {app_top(app), app->view[0], app->split.detail};

	app->busy = false;
	cmd_note_turn(app);
	for (int i = 0; i < 3; i++)
		if (views[i] && views[i]->ops->turn && (i == 0 || views[i] != views[0]))
			views[i]->ops->turn(views[i], app);
	app->busy |= script_turn(app);
	app->busy |= out_turn(app);
	/* After it, which takes back what their threads have written to wake the loop. */
	selftest_turn(app);
	app->busy |= load_turn(app);
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
		app_refuse(app, theme_no_colour());
		return;
	}
	if (strcmp(name, "next") == 0)
		name = app_theme_next();
	else if (strcmp(name, "mono") == 0 && theme_is_mono())
		name = app->theme_before ? app->theme_before : theme_name_at(0);
	if (!theme_set(name)) {
		snprintf(toast, sizeof toast, "there is no theme %.32s", name);
		app_error(app, 0, toast);
	} else {
		option_set(app->s->options, option_rows[OPT_THEME].name, name, NULL);
		if (theme_is_mono())
			app->theme_before = before;
		term_redraw(app->term);
		snprintf(toast, sizeof toast, "theme %s", name);
		app_toast(app, toast);
	}
}

int
app_tick(struct app *app)
{
	uint64_t now = clock_mono_ns();

	problem_tick(app);
	alarm_tick(app, now);
	if (app->toast[0] && now >= app->toast_until_ns) {
		app->toast[0] = '\0';
		app->dirty = true;
	}
	if (!app->tick_ns || now - app->tick_ns >= app->delay_ns) {
		app->s->figures(app->s->arg, &app->figures);
		rates_tick(&app->rates, &app->figures, now);
		flow_index_tick(&app->index);
		app->tick_ns = now;
		app->dirty = true;
	}
	uint64_t left = app->delay_ns - (now - app->tick_ns), held_left = held_tick(app, now), quit_left = quit_tick(app, now);

	left = held_left < left ? held_left : left;
	left = quit_left < left ? quit_left : left;
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
	if (app->chooser.active) {
		chooser_draw(app, &all);
		return;
	}
	int n = st->held ? snprintf(line, sizeof line, "%lluHELD %.0f/s ", (unsigned long long)st->held, app->rates.now[RATE_REQUESTS])
			 : 0;
	snprintf(line + n, sizeof line - (size_t)n, "%llufail %lluact %lluflows",
	    (unsigned long long)st->failed, (unsigned long long)st->active, (unsigned long long)st->total);
	cell_words(&a, 0, 0, cols, line, ROLE_TEXT);
}

void
app_draw_view(struct app *app, unsigned i, const struct area *a)
{
	struct view *v = app->view[i];
	bool has_header = i ? v->ops->header : split_layout(app) != SPLIT_DETAIL;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	int head = has_header ? meter_rows(app, rows, cols) : 0;
	const struct area header = {.y = a->y, .x = a->x, .h = head, .w = a->w};
	const struct area body = {.y = a->y + head, .x = a->x, .h = a->h - head, .w = a->w};
	if (head)
		meter_draw(app, &header, term_glyphs(app->term));
	app->body = body;
	if (i)
		v->ops->draw(v, app, &body);
	else
		split_draw(app, &body);
}

static void
app_draw_full(struct app *app, int rows, int cols)
{
	const struct glyphs *g = term_glyphs(app->term);
	int foot = status_rows(rows), panel = problem_rows(app, rows, cols);
	const struct area view = {.h = rows - panel - foot, .w = cols};
	const struct area problem = {.y = rows - foot - panel, .h = panel, .w = cols};
	int asked = status_asked_rows(app, rows);
	const struct area status = {.y = rows - asked, .h = asked, .w = cols};
	const struct area above = {.h = rows - foot, .w = cols};

	/* The status tells of what the view has just laid out, and what asks takes the cursor. */
	if (app->language)
		language_draw(app, &view);
	else
		app_draw_view(app, app->nviews - 1, &view);
	if (panel)
		problem_draw(app, &problem);
	status_draw(app, &status, g);
	if (app->prompt.active && app->prompt.completion.open && !app->language)
		completion_draw(&app->prompt.completion, prompt_completed(&app->prompt), &above, g, app->escape);
	if (app->menu.active)
		menu_draw(&app->menu, app, &above);
	if (app->chooser.active)
		chooser_draw(app, &above);
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
	app->spots.n = 0;
	app->body = (struct area){.h = 0};
	term_mouse(app->term, option_bool(app->s->options, OPT_MOUSE));
	term_begin(app->term);
	term_size(app->term, &rows, &cols);
	if (rows < 5 || cols < 20)
		app_draw_tiny(app, rows, cols);
	else
		app_draw_full(app, rows, cols);
	term_end(app->term, app->cursor_y, app->cursor_x);
	app->dirty = (app->nviews == 1 && app->split.late) || app->script.dump != NULL;
	script_drawn(app);
}
