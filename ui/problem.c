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

static bool
problem_is_of_saving(const struct app *app)
{
	return strncmp(app->problem, "SAVE", 4) == 0;
}

void
problem_tick(struct app *app)
{
	const char *text = flow_store_problem(app->s->store), *damage = app->index.damage.text;
	char now[sizeof app->problem] = "", what[sizeof app->problem - 64];

	escape_text(what, sizeof what, span_str(*text ? text : damage), app->escape);
	if (*text)
		snprintf(now, sizeof now, "SAVE STOPPED  %s. The traffic goes on", what);
	else if (*damage)
		snprintf(now, sizeof now, "NOT ALL WAS READ  %s. Some flows are missing here", what);
	if (strcmp(now, app->problem) == 0)
		return;
	if (now[0]) {
		app->problem_event = flow_store_event_end(app->s->store);
		flow_store_event(app->s->store, FLOW_EVENT_ERROR, 0, *text ? text : damage);
	} else if (problem_is_of_saving(app))
		flow_store_event(app->s->store, FLOW_EVENT_INFO, 0, "the session file is written again");
	memcpy(app->problem, now, sizeof now);
	app->problem_hidden = false;
	app->dirty = true;
}

bool
problem_is_shown(const struct app *app)
{
	return app->problem[0] && !app->problem_hidden;
}

static bool
problem_is_in_list(const struct app *app)
{
	return problem_is_shown(app) && app_top(app) == app->view[0];
}

bool
problem_takes_key(const struct app *app, int key)
{
	if (key == KEYC_ESC)
		return problem_is_shown(app);
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
	app->problem_hidden = true;
	if (key == KEYC_ENTER)
		view_events_show_at(app, app->problem_event);
	return true;
}

const char *
problem_hint(const struct app *app)
{
	if (!problem_is_in_list(app))
		return problem_is_shown(app) ? "Esc Hide problem" : NULL;
	return problem_is_of_saving(app) ? "Enter Details  w Save elsewhere  Esc Hide" : "Enter Details  Esc Hide";
}

int
problem_rows(const struct app *app, int rows, int cols)
{
	struct span rest = span_str(app->problem), line;
	int n = 1, most = rows / PROBLEM_ROWS_PER_LINE;

	if (!problem_is_shown(app) || rows < PROBLEM_FROM_ROWS)
		return 0;
	while (n <= most && n <= PROBLEM_LINES && status_wrap(&rest, cols, &line))
		n++;
	return n;
}

/* What stands in the rule: of saving how much room there is for what is not saved. */
static void
problem_title(const struct app *app, char *out, size_t size)
{
	char used[FMT_MAX], max[FMT_MAX];

	*fmt_size(used, app->stats.memory_bytes) = '\0';
	*fmt_size(max, app->stats.memory_max_bytes) = '\0';
	if (problem_is_of_saving(app))
		snprintf(out, size, " problem,  mem %s of %s ", used, max);
	else
		snprintf(out, size, " problem ");
}

void
problem_draw(struct app *app, const struct area *a)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = g, .role = ROLE_BAD};
	struct span rest = span_str(app->problem), line;
	const char *keys = !problem_is_in_list(app)    ? " Esc hides "
	                   : problem_is_of_saving(app) ? " Enter details, w saves, Esc hides "
	                                               : " Enter details, Esc hides ";
	char title[2 * FMT_MAX + 24];
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
