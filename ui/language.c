/* SPDX-License-Identifier: MIT
 * The help about expressions over the line in which one is typed. */
#include "ui/language.h"

#include <stddef.h>
#include <string.h>

#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/view.h"

static void
language_open(struct app *app)
{
	app->language = view_help_new(app_top(app)->ops);
	view_help_topic(app->language, "filters");
}

void
language_close(struct app *app)
{
	if (app->language)
		app->language->ops->free(app->language);
	app->language = NULL;
}

/* Scrolls and turns pages by the keys of the help, whichever those are now. */
static void
language_turn(struct app *app, int key)
{
	const char *line = keys_find(&app->keys, SCOPE_HELP, key);
	struct view *v = app->language;
	enum move m;

	if (line && strncmp(line, "move ", 5) == 0 && cmd_move_named(line + 5, &m))
		v->ops->move(v, app, m);
	else if (line && strncmp(line, "tab ", 4) == 0)
		v->ops->tab(v, app, line + 4);
}

bool
language_key(struct app *app, int key)
{
	bool close = key == KEYC_F1 || key == KEYC_ESC || key == KEYC_ENTER || key == 'q' || key == KEY_CTRL_OF('c') || key == KEY_CTRL_OF('g');

	if (!app->language && (key != KEYC_F1 || !app->prompt.active || !app->prompt.line.language))
		return false;
	if (!app->language)
		language_open(app);
	else if (close)
		language_close(app);
	else
		language_turn(app, key);
	return true;
}

void
language_draw(struct app *app, const struct area *a)
{
	app->language->ops->draw(app->language, app, a);
}
