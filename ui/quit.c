/* SPDX-License-Identifier: MIT
 * The question before clients are cut off: its counts go on while it stands. */
#include "ui/quit.h"

#include <stdio.h>

#include "ui/app.h"
#include "ui/box.h"
#include "ui/frontend.h"
#include "ui/term.h"

enum { QUIT_LINES = 5, QUIT_LINE_MAX = 96, QUIT_BOX_ROWS = 10, QUIT_BOX_COLS = 40 };

static void
quit_answer(struct app *app, const char *text)
{
	(void)text;
	app->quit = true;
}

void
quit_ask(struct app *app)
{
	struct figures *f = &app->figures;
	unsigned long long n;
	char question[120];
	int rows, cols;

	app->s->figures(app->s->arg, f);
	n = f->client_open;
	if (!n) {
		app->quit = true;
		return;
	}
	term_size(app->term, &rows, &cols);
	snprintf(question, sizeof question,
	    cols < QUIT_BOX_COLS
		? "Quit, cut %llu%s? y/n"
		: "Quit and stop the proxy? %llu client connection%s will be cut. y/n",
	    n, cols < QUIT_BOX_COLS || n == 1 ? "" : "s");
	prompt_ask(&app->prompt, true, question, quit_answer);
}

bool
quit_is_asked(const struct app *app)
{
	return app->prompt.active && app->prompt.answer == quit_answer;
}

bool
quit_has_box(int rows, int cols)
{
	return rows >= QUIT_BOX_ROWS && cols >= QUIT_BOX_COLS;
}

static void
quit_clients(const struct app *app, bool narrow, char *out)
{
	unsigned long long n = app->figures.client_open, open = app->stats.by_state[FLOW_S_STREAM];
	int at = snprintf(out, QUIT_LINE_MAX,
	    narrow ? "%llu client%s cut" : "%llu client connection%s will be cut", n,
	    n == 1 ? "" : "s");

	if (open)
		snprintf(out + at, (size_t)(QUIT_LINE_MAX - at), " (%llu stream%s open)", open,
		    open == 1 ? "" : "s");
}

/* What a session file holds is not lost; without one everything is. */
static void
quit_unsaved(const struct app *app, char *out)
{
	unsigned long long n = app->s->session ? 0 : app->stats.total;

	out[0] = '\0';
	if (n)
		snprintf(out, QUIT_LINE_MAX, "%llu flow%s not saved", n, n == 1 ? " is" : "s are");
}

void
quit_draw(struct app *app, const struct area *a)
{
	char line[QUIT_LINES][QUIT_LINE_MAX] = {"", "", ""};
	int n = 0, longest = 0;
	const bool narrow = a->w < 60;

	quit_clients(app, narrow, line[n++]);
	quit_unsaved(app, line[n]);
	n += line[n][0] != '\0';
	n += a->h >= n + 4; /* an empty line when there is room */
	snprintf(line[n++], QUIT_LINE_MAX, "y stop now   n stay");
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
