/* SPDX-License-Identifier: MIT
 * Commands of the flow list's look. */
#include "ui/cmd_list.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/chooser.h"
#include "ui/frontend.h"

void
cmd_columns(struct app *app, const char *arg)
{
	(void)arg;
	if (!view_flows_is_seen(app)) /* what is chosen is to be seen */
		view_flows_come_back(app);
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

static void
goto_refuse(struct app *app, uint64_t number)
{
	const struct flow_store *store = app->s->store;
	char toast[120];

	if (!flow_store_last(store))
		snprintf(toast, sizeof toast, "there is no flow yet");
	else
		snprintf(toast, sizeof toast, "there is no flow %llu: they are %llu to %llu", (unsigned long long)number,
		    (unsigned long long)flow_store_first(store), (unsigned long long)flow_store_last(store));
	app_refuse(app, toast);
}

/* The detail view shows any flow; the list only what its filter lets through. */
void
cmd_goto(struct app *app, const char *arg)
{
	struct view *v = app_top(app);
	char *end, toast[120];
	uint64_t number = strtoull(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || !number) {
		app_error(app, 0, "goto N: the number of a flow, as in column ID");
		return;
	}
	if (v->ops->scope != SCOPE_FLOWS && v->ops->scope != SCOPE_FLOW) {
		app_refuse(app, "goto is for the list of flows and the view of one: q goes back");
		return;
	}
	if (number < flow_store_first(app->s->store) || number > flow_store_last(app->s->store)) {
		goto_refuse(app, number);
		return;
	}
	bool shown = view_flows_goto(app, number);
	if (v->ops->scope == SCOPE_FLOW) {
		view_flow_show(v, number, SHOW_AT_ONCE);
	} else if (!shown) {
		snprintf(toast, sizeof toast, "flow %llu is not among those shown: = clears the filter", (unsigned long long)number);
		app_refuse(app, toast);
	}
}
