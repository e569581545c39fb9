/* SPDX-License-Identifier: MIT
 * The question before clients are cut off: its counts go on while it stands. */
#include "ui/quit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow_intent.h"
#include "ui/app.h"
#include "ui/box.h"
#include "ui/frontend.h"
#include "ui/out.h"
#include "ui/term.h"

enum {
	QUIT_LINES = 7,
	QUIT_LINE_MAX = 96,
	QUIT_BOX_ROWS = 10,
	QUIT_BOX_COLS = 40,
	QUIT_WIDE_FROM = 66, /* columns for the whole words */
	QUIT_LOOK_NS = 200000000,
	QUIT_HELD_MAX = 65536
};

typedef unsigned long long ull;

static ull
quit_held(const struct app *app)
{
	struct flow_store_stats st;

	flow_store_stats(app->s->store, &st);
	return st.held;
}

static bool
quit_is_writing(const struct app *app)
{
	return save_is_going_on(&app->out->save);
}

/* Flows in the list that no file has. What was deleted is taken for loaded flows first, and what was saved too: better one question
 * too many. */
static ull
quit_unsaved(const struct app *app)
{
	ull deleted = flow_store_deleted(app->s->store)->n, listed = app->stats.total - deleted;
	ull loaded = app->load.loaded > deleted ? app->load.loaded - deleted : 0;
	ull saved = app->leaving.saved > loaded ? app->leaving.saved : loaded;

	if (app->s->session && !*flow_store_problem(app->s->store))
		return 0;
	if (app->s->session && app->stats.saved > saved)
		saved = app->stats.saved;
	return listed < saved ? 0 : listed - saved;
}

/* ---- the question ---- */

static bool
quit_can_drain(const struct app *app)
{
	return app->s->intend && !app->leaving.draining && (app->figures.client_open || app->stats.held);
}

static bool
quit_can_save(const struct app *app)
{
	return quit_is_writing(app) || quit_unsaved(app);
}

static void
quit_drain(struct app *app)
{
	app->s->intend(app->s->arg, intent_new(INTENT_DRAIN, 0));
	app->leaving.draining = true;
	app->leaving.look_ns = 0;
	flow_store_event(app->s->store, FLOW_EVENT_INFO, 0, "draining: no new clients are accepted");
	app_toast(app, "no new clients from now on; it stops when the last one has gone");
}

static void
quit_save(struct app *app)
{
	if (!quit_is_writing(app))
		save_ask_all(app);
	else
		app_toast(app, "it stops when the file is written");
	app->leaving.saving = quit_is_writing(app) || app->prompt.active;
}

static void
quit_answer(struct app *app, const char *text)
{
	if (*text == 'g')
		quit_drain(app);
	else if (*text == 'w')
		quit_save(app);
	else
		app->quit = true;
}

/* For a screen without room for the box: what is lost first. */
static void
quit_question(const struct app *app, bool narrow, char *out, size_t size)
{
	ull n = app->figures.client_open, held = app->stats.held;
	const char *keys = quit_can_drain(app) ? "y/g/n" : "y/n";

	if (n && narrow)
		snprintf(out, size, "Quit, cut %llu? %s", n, keys);
	else if (n)
		snprintf(out, size, "Quit and stop the proxy? %llu client connection%s will be cut. %s", n, n == 1 ? "" : "s", keys);
	else if (held)
		snprintf(out, size, "Quit, kill %llu held? %s", held, keys);
	else if (quit_is_writing(app))
		snprintf(out, size, "Quit, give up the save? y/w/n");
	else
		snprintf(out, size, narrow ? "Quit, lose %llu? y/w/n" : "Quit? %llu flows are not saved. y/w/n", quit_unsaved(app));
}

/* False: there is nothing to ask about. */
static bool
quit_asks(struct app *app)
{
	struct prompt *p = &app->prompt;
	char question[120];
	int rows, cols;

	app->s->figures(app->s->arg, &app->figures);
	flow_store_stats(app->s->store, &app->stats);
	if (!app->figures.client_open && !app->stats.held && !quit_is_writing(app) && !quit_unsaved(app))
		return false;
	term_size(app->term, &rows, &cols);
	quit_question(app, cols < QUIT_BOX_COLS, question, sizeof question);
	prompt_ask(p, true, question, quit_answer);
	snprintf(p->keys, sizeof p->keys, "%s%s", quit_can_drain(app) ? "g" : "", quit_can_save(app) ? "w" : "");
	return true;
}

void
quit_ask(struct app *app)
{
	if (!quit_asks(app))
		app->quit = true;
}

bool
quit_is_asked(const struct app *app)
{
	return app->prompt.active && app->prompt.answer == quit_answer;
}

const char *
quit_hint(const struct app *app)
{
	bool g = strchr(app->prompt.keys, 'g') != NULL, w = strchr(app->prompt.keys, 'w') != NULL;

	return g && w ? "y Stop now  g Drain  w Save  n Stay  Esc Stay"
	    : g       ? "y Stop now  g Drain  n Stay  Esc Stay"
	    : w       ? "y Stop now  w Save  n Stay  Esc Stay"
	              : "y Stop now  n Stay  Esc Stay";
}

/* ---- the box ---- */

bool
quit_has_box(int rows, int cols)
{
	return rows >= QUIT_BOX_ROWS && cols >= QUIT_BOX_COLS;
}

static int
quit_line_clients(const struct app *app, bool narrow, char *out)
{
	ull n = app->figures.client_open, open = app->stats.by_state[FLOW_S_STREAM];

	if (!n)
		return 0;
	int at = snprintf(out, QUIT_LINE_MAX,
	    narrow ? "%llu client%s cut" : "%llu client connection%s will be cut", n,
	    n == 1 ? "" : "s");
	if (open)
		snprintf(out + at, (size_t)(QUIT_LINE_MAX - at), " (%llu stream%s open)", open,
		    open == 1 ? "" : "s");
	return 1;
}

static int
quit_line_held(const struct app *app, bool narrow, char *out)
{
	ull n = app->stats.held;

	if (n)
		snprintf(out, QUIT_LINE_MAX, narrow ? "%llu flow%s HELD, killed" : "%llu flow%s HELD and will be killed", n,
		    n == 1 ? " is" : "s are");
	return n != 0;
}

static int
quit_line_writing(const struct app *app, bool narrow, char *out)
{
	bool is = quit_is_writing(app);

	if (is)
		snprintf(out, QUIT_LINE_MAX, narrow ? "a save is not done yet" : "a save is going on and will be given up");
	return is;
}

/* What a session file holds is not lost; without one everything is. */
static int
quit_line_unsaved(const struct app *app, bool narrow, char *out)
{
	ull n = quit_unsaved(app);

	(void)narrow;
	if (n)
		snprintf(out, QUIT_LINE_MAX, "%llu flow%s not saved", n, n == 1 ? " is" : "s are");
	return n != 0;
}

static void
quit_line_keys(const struct app *app, bool narrow, char *out)
{
	const char *keys = app->prompt.keys;
	const char *drain = !strchr(keys, 'g') ? "" : narrow ? "  g drain" : "   g drain, then stop";
	const char *save = !strchr(keys, 'w')       ? ""
	                   : quit_is_writing(app) ? narrow ? "  w wait" : "   w wait for it"
	                   : narrow               ? "  w save"
	                                          : "   w save first";

	snprintf(out, QUIT_LINE_MAX, narrow ? "y stop%s%s  n stay" : "y stop now%s%s   n stay", drain, save);
}

void
quit_draw(struct app *app, const struct area *a)
{
	static int (*const lines[])(const struct app *, bool, char *) = {quit_line_clients, quit_line_held, quit_line_writing,
	    quit_line_unsaved};
	char line[QUIT_LINES][QUIT_LINE_MAX] = {""};
	int n = 0, longest = 0;
	const bool narrow = a->w < QUIT_WIDE_FROM;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		n += lines[i](app, narrow, line[n]);
	n += a->h >= n + 4; /* an empty line when there is room */
	quit_line_keys(app, narrow, line[n++]);
	for (int i = 0; i < n; i++)
		longest = longest < (int)strlen(line[i]) ? (int)strlen(line[i]) : longest;
	int title = (int)sizeof "Quit and stop the proxy?" + 5;
	int cols = longest + 4 > title ? longest + 4 : title;
	struct area in = box_draw(a, n, cols, "Quit and stop the proxy?", term_glyphs(app->term));
	for (int i = 0; i < n; i++)
		cell_words(&in, i, 2, in.w - 2, line[i], i == n - 1 ? ROLE_KEY : ROLE_TEXT);
	app->cursor_y = in.y + n - 1;
	app->cursor_x = in.x + 2;
}

/* ---- until it stops ---- */

static void
quit_saved(struct app *app)
{
	const struct save *s = &app->out->save;

	if (app->prompt.active || app->menu.active || quit_is_writing(app) || s->failed.text[0])
		return;
	app->leaving.saving = false;
	if (s->saved)
		app->quit = true;
	else if (!quit_asks(app))
		app_toast(app, "it goes on: nothing was saved");
	app->dirty = true;
}

uint64_t
quit_tick(struct app *app, uint64_t now_ns)
{
	struct leaving *l = &app->leaving;

	if (l->saving)
		quit_saved(app);
	if (!l->draining && !l->saving)
		return UINT64_MAX;
	if (now_ns < l->look_ns)
		return l->look_ns - now_ns;
	/* The first look comes too early to see those who had come but were not accepted yet. */
	bool first = !l->look_ns;
	l->look_ns = now_ns + QUIT_LOOK_NS;
	app->s->figures(app->s->arg, &app->figures);
	app->dirty = true;
	if (l->draining && !first && !l->saving && !app->figures.client_open && !quit_held(app) && !quit_is_writing(app))
		app->quit = true;
	return QUIT_LOOK_NS;
}

bool
quit_status(const struct app *app, struct buf *line)
{
	ull n = app->figures.client_open;

	if (app->leaving.draining)
		buf_addf(line, "draining: %llu client%s left, ^C stops now", n, n == 1 ? "" : "s");
	return app->leaving.draining;
}

bool
quit_drain_end(struct app *app)
{
	app->quit |= app->leaving.draining;
	return app->leaving.draining;
}

/* ---- without a terminal ---- */

/* How many of those that are held their rules kill. */
static ull
quit_held_kills(const struct app *app)
{
	uint64_t *held = mem_array(QUIT_HELD_MAX, sizeof *held);
	size_t n = flow_store_held(app->s->store, held, QUIT_HELD_MAX);
	ull kills = 0;

	for (size_t i = 0; i < n; i++) {
		const struct flow *f = flow_store_find(app->s->store, held[i]);
		kills += f && f->detail && f->detail->hold.kill_after;
	}
	free(held);
	return kills;
}

static void
quit_words_held(ull held, ull kills, char *out, size_t size)
{
	ull on = held - kills;

	if (on && kills)
		snprintf(out, size, " %llu held flow%s went on, %llu %s killed,", on, on == 1 ? "" : "s", kills,
		    kills == 1 ? "was" : "were");
	else if (kills)
		snprintf(out, size, " %llu held flow%s killed,", kills, kills == 1 ? " was" : "s were");
	else if (on)
		snprintf(out, size, " %llu held flow%s went on,", on, on == 1 ? "" : "s");
	else
		out[0] = '\0';
}

void
quit_unattended(struct app *app, const char *what, char *words, size_t size)
{
	ull held = quit_held(app);
	char done[80], event[200];
	bool any = held || rules_on(&app->rules);

	words[0] = '\0';
	if (app->s->intend && any) {
		quit_words_held(held, quit_held_kills(app), done, sizeof done);
		snprintf(words, size, ";%s breakpoints are off", done);
		for (unsigned i = 0; i < app->rules.n; i++)
			app->rules.rule[i].on = false;
		rules_tell(app);
		app->s->intend(app->s->arg, intent_new(INTENT_RELEASE, 0));
	}
	snprintf(event, sizeof event, "%s%s", what, words);
	flow_store_event(app->s->store, FLOW_EVENT_WARNING, 0, event);
}
