/* SPDX-License-Identifier: MIT
 * Comments and copies. */
#include "ui/cmd_note.h"

#include <stdio.h>

#include "ui/app.h"
#include "ui/frontend.h"

static uint64_t
note_flow(struct app *app)
{
	struct view *v = app_top(app);
	uint64_t number = v->ops->flow ? v->ops->flow(v, app) : 0;

	if (!number)
		app_refuse(app, "no flow is selected");
	return number;
}

static const char *
note_kept(const struct app *app)
{
	return app->s->reading ? "; not kept: the file is only read" : "";
}

/* ---- comments ---- */

static void
comment_give(struct app *app, uint64_t number, const char *text)
{
	struct errmsg why;
	char toast[160];

	if (flow_store_comment(app->s->store, number, text, &why)) {
		app_error(app, number, why.text);
		return;
	}
	snprintf(toast, sizeof toast, *text ? "comment on flow %llu%s" : "no comment on flow %llu any more%s",
	    (unsigned long long)number, note_kept(app));
	app_toast(app, toast);
}

/* The selection may have moved on while words were typed. */
static void
comment_given(struct app *app, const char *text)
{
	comment_give(app, app->commented, text);
}

void
cmd_comment(struct app *app, const char *arg)
{
	uint64_t number = note_flow(app);
	char label[48];
	bool gone = false;

	if (!number)
		return;
	if (*arg) {
		comment_give(app, number, arg);
		return;
	}
	const struct flow *f = flow_store_row(app->s->store, number, &gone);
	if (!f) {
		app_toast(app, gone ? "the flow is no longer kept" : "the flow is being read, once more please");
		return;
	}
	app->commented = number;
	snprintf(label, sizeof label, "Comment on #%llu: ", (unsigned long long)number);
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = label,
					  .hint = "Enter Keep  ^U Clear  Esc Cancel",
					  .text = f->comment,
					  .answer = comment_given});
}

/* ---- copies ---- */

static void
duplicate_try(struct app *app, uint64_t number)
{
	bool gone = false;
	uint64_t copy = flow_store_duplicate(app->s->store, number, &gone);
	char toast[120];

	if (!copy && !gone && app->duplicate == number) /* it was said already */
		return;
	app->duplicate = copy || gone ? 0 : number;
	if (copy)
		snprintf(toast, sizeof toast, "flow %llu is a copy of flow %llu%s", (unsigned long long)copy,
		    (unsigned long long)number, note_kept(app));
	else
		snprintf(toast, sizeof toast, gone ? "flow %llu is no longer kept" : "flow %llu is being read",
		    (unsigned long long)number);
	if (gone)
		app_error(app, number, toast);
	else
		app_toast(app, toast);
	app->dirty = true;
}

void
cmd_duplicate(struct app *app, const char *arg)
{
	uint64_t number = note_flow(app);

	(void)arg;
	if (number)
		duplicate_try(app, number);
}

void
cmd_note_turn(struct app *app)
{
	if (app->duplicate)
		duplicate_try(app, app->duplicate);
}
