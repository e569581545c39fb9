/* SPDX-License-Identifier: MIT
 * The problem panel: a rule and a sentence, over as many lines as it needs. */
#include "ui/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "ui/app.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/save.h"
#include "ui/status.h"
#include "ui/term.h"

enum { PROBLEM_FROM_ROWS = 12, PROBLEM_LINES = 3, PROBLEM_ROWS_PER_LINE = 8 };

const struct problem *
problem_shown(const struct app *app)
{
	for (int i = 0; i < PROBLEM_KINDS; i++)
		if (app->problem[i].text[0] && !app->problem[i].hidden)
			return &app->problem[i];
	return NULL;
}

static bool
problem_is_of_saving(const struct app *app)
{
	return problem_shown(app) == &app->problem[PROBLEM_SAVE];
}

/* How many there are, hidden ones too, and which of them is shown. */
static int
problem_count(const struct app *app, int *at)
{
	int n = 0;

	for (int i = 0; i < PROBLEM_KINDS; i++) {
		n += app->problem[i].text[0] != '\0';
		if (&app->problem[i] == problem_shown(app))
			*at = n;
	}
	return n;
}

/* The cause, and how far the file got. */
static void
problem_say_save(const struct app *app, const char *what, char *out, size_t size_bytes)
{
	struct flow_store_stats st;
	char size[FMT_MAX];

	flow_store_stats(app->s->store, &st);
	*fmt_size_long(size, st.session_bytes) = '\0';
	snprintf(out, size_bytes, "SAVE STOPPED  %s after %s, %llu flow%s. The traffic goes on", what, size,
	    (unsigned long long)st.saved, st.saved == 1 ? "" : "s");
}

/* What the store says of one of them, "" for nothing. */
static void
problem_take(struct app *app, enum problem_kind kind, const char *cause)
{
	struct problem *p = &app->problem[kind];
	char what[sizeof p->cause + 8];

	if (strncmp(cause, p->cause, sizeof p->cause - 1) == 0)
		return;
	snprintf(p->cause, sizeof p->cause, "%s", cause);
	p->text[0] = '\0';
	p->hidden = false;
	app->dirty = true;
	if (!*cause) {
		if (kind == PROBLEM_SAVE)
			flow_store_event(app->s->store, FLOW_EVENT_INFO, 0, "the session file is written again");
		return;
	}
	escape_text(what, sizeof what, span_str(cause), app->escape);
	if (kind == PROBLEM_SAVE)
		problem_say_save(app, what, p->text, sizeof p->text);
	else
		snprintf(p->text, sizeof p->text, "NOT ALL WAS READ  %s. Some flows are missing here", what);
	p->event = flow_store_event_end(app->s->store);
	flow_store_event(app->s->store, FLOW_EVENT_ERROR, 0, cause);
}

void
problem_tick(struct app *app)
{
	problem_take(app, PROBLEM_SAVE, flow_store_problem(app->s->store));
	problem_take(app, PROBLEM_DAMAGE, app->index.damage.text);
}

static bool
problem_is_in_list(const struct app *app)
{
	return problem_shown(app) && app_top(app) == app->view[0];
}

bool
problem_takes_key(const struct app *app, int key)
{
	if (key == KEYC_ESC)
		return problem_shown(app) != NULL;
	return problem_is_in_list(app) && (key == KEYC_ENTER || (key == 'w' && problem_is_of_saving(app)));
}

bool
problem_key(struct app *app, int key)
{
	if (!problem_takes_key(app, key))
		return false;
	if (key == 'w') {
		save_ask_all(app);
		return true;
	}
	struct problem *p = &app->problem[problem_shown(app) - app->problem];
	p->hidden = true;
	if (key == KEYC_ENTER)
		view_events_show_at(app, p->event);
	return true;
}

const char *
problem_hint(const struct app *app)
{
	if (!problem_is_in_list(app))
		return problem_shown(app) ? "Esc Hide problem" : NULL;
	return problem_is_of_saving(app) ? "Enter Details  w Save elsewhere  Esc Hide" : "Enter Details  Esc Hide";
}

int
problem_rows(const struct app *app, int rows, int cols)
{
	const struct problem *p = problem_shown(app);
	struct span rest = span_str(p ? p->text : ""), line;
	int n = 1, most = rows / PROBLEM_ROWS_PER_LINE;

	if (!p || rows < PROBLEM_FROM_ROWS)
		return 0;
	while (n <= most && n <= PROBLEM_LINES && status_wrap(&rest, cols, &line))
		n++;
	return n;
}

void
problem_line(const struct app *app, char *out, size_t size)
{
	int at = 0, n = problem_count(app, &at);
	char which[24] = "";

	if (n > 1)
		snprintf(which, sizeof which, "(%d of %d) ", at, n);
	snprintf(out, size, "%s%s", which, problem_shown(app)->text);
}

/* What stands in the rule: which one it is, and of saving how much room there is for what is not saved. */
static void
problem_title(const struct app *app, char *out, size_t size)
{
	int at = 0, n = problem_count(app, &at);
	char used[FMT_MAX], max[FMT_MAX], which[24] = "", room[2 * FMT_MAX + 16] = "";

	*fmt_size(used, app->stats.memory_bytes) = '\0';
	*fmt_size(max, app->stats.memory_max_bytes) = '\0';
	if (n > 1)
		snprintf(which, sizeof which, " %d of %d", at, n);
	if (problem_is_of_saving(app))
		snprintf(room, sizeof room, ",  mem %s of %s", used, max);
	snprintf(out, size, " problem%s%s ", which, room);
}

void
problem_draw(struct app *app, const struct area *a)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = g, .role = ROLE_BAD};
	struct span rest = span_str(problem_shown(app)->text), line;
	const char *keys = !problem_is_in_list(app)    ? " Esc hides "
	                   : problem_is_of_saving(app) ? " Enter details, w saves, Esc hides "
	                                               : " Enter details, Esc hides ";
	char title[2 * FMT_MAX + 64];
	int x = 2, hint = (int)strlen(keys) + 2;

	problem_title(app, title, sizeof title);
	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	x += cell_words(a, 0, x, a->w - x, title, ROLE_BAD);
	if (x + hint < a->w)
		cell_words(a, 0, a->w - hint, hint - 2, keys, ROLE_KEY_TEXT);
	/* The last line takes what is left, so that what does not fit ends in the cut mark. */
	for (int y = 1; y < a->h; y++) {
		if (y == a->h - 1)
			line = rest;
		else if (!status_wrap(&rest, a->w, &line))
			break;
		cell_text(a, y, 0, a->w, line, &style);
	}
}
