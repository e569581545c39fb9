/* SPDX-License-Identifier: MIT
 * Commands of the flow list's look. */
#include "ui/cmd_list.h"

#include "ui/app.h"
#include "ui/chooser.h"

void
cmd_columns(struct app *app, const char *arg)
{
	(void)arg;
	chooser_open(app);
}

void
cmd_path(struct app *app, const char *arg)
{
	(void)arg;
	app->url = !app->url;
	app_toast(app, app->url ? "PATH shows whole URLs" : "PATH shows paths");
}

void
cmd_highlight(struct app *app, const char *arg)
{
	(void)arg;
	app->sort_shown = !app->sort_shown;
	app_toast(app, app->sort_shown ? "the column of the order stands out" : "no column stands out");
}

void
cmd_active(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_only_active(app);
}

void
cmd_count(struct app *app, const char *arg)
{
	(void)arg;
	view_freq_ask(app);
}

void
cmd_tree(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_tree(app);
}

void
cmd_group(struct app *app, const char *arg)
{
	if (arg[0] == 'o')
		view_flows_unfold(app);
	else
		view_flows_fold(app);
}
