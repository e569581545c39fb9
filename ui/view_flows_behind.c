/* SPDX-License-Identifier: MIT
 * What the keys of the list do while a flow is open over it: that flow is the one meant, and what has changed in the list is said, as
 * it is not to be seen. */
#include <stdio.h>

#include "flow/flow_store.h"
#include "ui/frontend.h"
#include "ui/view_flows_internal.h"

static bool
behind_is_open(const struct app *app)
{
	return app_top(app)->ops->scope == SCOPE_FLOW;
}

bool
view_flows_is_seen(const struct app *app)
{
	return app->nviews == 1 && split_layout(app) != SPLIT_DETAIL;
}

void
view_flows_say(struct app *app, const char *toast)
{
	if (behind_is_open(app) && !view_flows_is_seen(app))
		app_toast(app, toast);
}

void
view_flows_come_back(struct app *app)
{
	while (app->nviews > 1)
		app_pop(app);
	split_show_list(app);
}

uint64_t
flows_open_over(const struct app *app)
{
	return behind_is_open(app) ? view_flow_number(app_top(app)) : 0;
}

/* After it was deleted the next flow of the list is shown; without one the list. */
void
flows_open_next(struct view_flows *v, struct app *app)
{
	view_flows_step(&v->base, app, 0);
	if (v->list.selected & TREE_HEADING)
		view_flows_step(&v->base, app, 1);
	bool none = !v->list.selected || (v->list.selected & TREE_HEADING);
	if (none && app->nviews > 1)
		app_pop(app);
	else
		view_flow_show(app_top(app), none ? 0 : v->list.selected, SHOW_AT_ONCE);
}
