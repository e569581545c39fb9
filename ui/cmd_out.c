/* SPDX-License-Identifier: MIT
 * Commands that get something out of flows. */
#include "ui/cmd_out.h"

#include "ui/app.h"
#include "ui/copy.h"
#include "ui/pipe_flow.h"
#include "ui/save.h"
#include "ui/view_compare.h"

void
cmd_copy(struct app *app, const char *arg)
{
	if (*arg)
		copy_what(app, arg);
	else
		copy_ask(app);
}

void
cmd_pipe(struct app *app, const char *arg)
{
	pipe_flow_ask(app, arg);
}

void
cmd_shell(struct app *app, const char *arg)
{
	shell_ask(app, arg);
}

void
cmd_save(struct app *app, const char *arg)
{
	(void)arg;
	save_ask(app);
}

void
cmd_fold(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->fold)
		v->ops->fold(v, app, *arg ? arg : "toggle");
	else
		app_refuse(app, "nothing is folded here: Enter opens a flow");
}

void
cmd_compare(struct app *app, const char *arg)
{
	(void)arg;
	compare_marked(app);
}
