/* SPDX-License-Identifier: MIT
 * Commands about breakpoints, editing and sending. */
#include "ui/cmd_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/option.h"
#include "flow/flow.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/edit.h"
#include "ui/flow_send.h"
#include "ui/frontend.h"
#include "ui/view_edit.h"
#include "ui/view_rules.h"

enum { RESUME_ASK_ABOVE = 10 };

const struct flow *
cmd_held_subject(struct app *app)
{
	struct view *v = app_top(app);
	uint64_t number = v->ops->flow ? v->ops->flow(v, app) : 0;
	const struct flow *f;
	bool gone;

	if (!number) {
		app_refuse(app, "no flow is selected");
		return NULL;
	}
	f = flow_store_open(app->s->store, number, &gone);
	if (!f)
		app_refuse(app, gone ? "the flow is no longer kept" : "the flow is being read from the session file: again in a moment");
	return f;
}

static bool
held_is_held(const struct flow *f)
{
	return f->state == FLOW_S_HELD && f->detail;
}

/* The rules; without any, the first is asked for. */
static void
break_list(struct app *app)
{
	if (app_top(app)->ops->scope != SCOPE_RULES)
		app_push(app, view_rules_new());
	if (!app->rules.n)
		view_rules_ask(app, "");
}

void
cmd_break(struct app *app, const char *arg)
{
	struct view *v = app_top(app);
	char line[RULES_LINE_MAX];

	if (!app->s->intend) {
		app_refuse(app, "a session file is being read: nothing passes that could be held");
		return;
	}
	if (*arg)
		view_rules_add(app, arg);
	else if (v->ops->rule && v->ops->rule(v, app, line, sizeof line))
		view_rules_ask(app, line);
	else if (!app_is_full(app))
		break_list(app);
}

void
cmd_edit(struct app *app, const char *arg)
{
	const struct flow *f = cmd_held_subject(app);
	struct errmsg why;
	struct edit *e;

	(void)arg;
	if (!f || app_is_full(app))
		return;
	e = held_is_held(f) ? edit_new_held(f, &why) : edit_new_again(f, &why);
	if (e)
		app_push(app, view_edit_new(edit_shelf_take(&app->shelf, e)));
	else
		app_error(app, 0, why.text);
}

/* ---- on and off ---- */

static void
resume_all(struct app *app, const char *yes)
{
	char toast[64];
	unsigned n = flow_send_resume_all(app);

	(void)yes;
	snprintf(toast, sizeof toast, "%u held flow%s go%s on", n, n == 1 ? "" : "s", n == 1 ? "es" : "");
	app_toast(app, toast);
}

void
cmd_resume(struct app *app, const char *arg)
{
	unsigned long long held = app->stats.held;
	const struct flow *f;
	char text[96];

	if (!app->s->intend || !held) {
		app_refuse(app, app->s->intend ? "nothing is held: i sets a breakpoint"
		                               : "a session file is being read: nothing is held");
		return;
	}
	if (strcmp(arg, "all") == 0 && held > RESUME_ASK_ABOVE) {
		snprintf(text, sizeof text, "Let all %llu held flows go on? y/n", held);
		prompt_ask(&app->prompt, true, text, resume_all);
		return;
	}
	if (strcmp(arg, "all") == 0) {
		resume_all(app, "y");
		return;
	}
	f = cmd_held_subject(app);
	if (f && held_is_held(f)) {
		flow_send_resume(app, f);
	} else if (f) {
		snprintf(text, sizeof text, "flow %llu is not held; %llu held, A lets all go on", (unsigned long long)f->number, held);
		app_refuse(app, text);
	}
}

/* Marked flows that are open; with kill they are killed. */
static unsigned long long
marked_open(struct app *app, bool kill)
{
	const struct flow_set *marked = flow_store_marked(app->s->store);
	unsigned long long n = 0;

	for (size_t i = 0; i < marked->n; i++) {
		const struct flow *f = flow_store_find(app->s->store, marked->number[i]);
		if (!f || f->ended)
			continue;
		if (kill)
			flow_send_kill(app, f);
		n++;
	}
	return n;
}

static void
kill_marked(struct app *app, const char *yes)
{
	unsigned long long killed = marked_open(app, true);
	char toast[64];

	(void)yes;
	snprintf(toast, sizeof toast, "%llu marked flow%s killed", killed, killed == 1 ? " is" : "s are");
	app_toast(app, toast);
}

static void
ask_kill_marked(struct app *app)
{
	unsigned long long n = marked_open(app, false);
	char question[64];

	snprintf(question, sizeof question, "Kill %llu marked flow%s open? y/n", n, n == 1 ? " that is" : "s that are");
	if (n)
		prompt_ask(&app->prompt, true, question, kill_marked);
	else
		app_refuse(app, "no marked flow is open: there is nothing to kill");
}

static void
kill_stream(struct app *app, const char *yes)
{
	const struct flow *f = cmd_held_subject(app);

	(void)yes;
	if (f && !f->ended)
		flow_send_kill(app, f);
}

void
cmd_kill(struct app *app, const char *arg)
{
	bool marked = strcmp(arg, "marked") == 0;
	const struct flow *f = NULL;

	if (!app->s->intend)
		app_refuse(app, "a session file is being read: its flows have ended");
	else if (!marked)
		f = cmd_held_subject(app);
	else if (!app->stats.marked)
		app_refuse(app, "no flow is marked: m marks one");
	else
		ask_kill_marked(app);
	if (!f)
		return;
	if (f->ended)
		app_refuse(app, "the flow has ended: there is nothing to kill");
	else if (f->state == FLOW_S_STREAM || f->state == FLOW_S_PASS)
		prompt_ask(&app->prompt, true, "Kill this live stream? y/n", kill_stream);
	else
		flow_send_kill(app, f);
}

/* ---- again ---- */

void
cmd_replay(struct app *app, const char *arg)
{
	const struct flow *f = cmd_held_subject(app);
	struct errmsg why;
	struct edit *e;

	(void)arg;
	if (!f)
		return;
	e = edit_new_again(f, &why);
	if (!e || flow_send_edit(app, e, false, &why))
		app_error(app, 0, why.text);
	edit_free(e);
}

void
cmd_repeat(struct app *app, const char *arg)
{
	const struct flow *f;
	char *end;
	double pause_ms = 0;
	unsigned long n = strtoul(arg, &end, 10);
	struct errmsg why;

	end += strspn(end, " ");
	if (end == arg || arg[0] == '-' || n == 0 || n > REPEAT_MAX ||
	    (*end && (option_number_parse(OPTION_DURATION, end, &pause_ms) || pause_ms > REPEAT_PAUSE_MAX_MS))) {
		app_error(app, 0, "repeat N [PAUSE]: a number up to 1000000 and a time such as 500ms or 2s");
		return;
	}
	f = cmd_held_subject(app);
	if (f && flow_send_repeat(app, f, (unsigned)n, (uint64_t)(pause_ms * 1e6), &why))
		app_error(app, 0, why.text);
}

static void
new_answer(struct app *app, const char *text)
{
	if (*text)
		cmd_new(app, text);
}

static void
new_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	struct errmsg why;
	struct edit *e = *text ? edit_new_request(text, &why) : NULL;

	(void)app;
	r->at = strcspn(text, " ");
	if (*text && !e)
		snprintf(r->why, sizeof r->why, "%.*s", (int)sizeof r->why - 1, why.text);
	edit_free(e);
}

void
cmd_new(struct app *app, const char *arg)
{
	struct errmsg why;
	struct edit *e;

	if (!app->s->intend) {
		app_refuse(app, "a session file is shown: no proxy runs that could send it");
		return;
	}
	if (app_is_full(app))
		return;
	e = *arg ? NULL : edit_shelf_take_composed(&app->shelf);
	if (e) {
		app_push(app, view_edit_new(e));
		return;
	}
	if (!*arg) {
		prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "New: ",
						  .text = "GET https://",
						  .history = HISTORY_NONE,
						  .check = new_check,
						  .answer = new_answer});
		return;
	}
	e = edit_new_request(arg, &why);
	if (e)
		app_push(app, view_edit_new(e));
	else
		app_error(app, 0, why.text);
}

void
cmd_do(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->act && *arg)
		v->ops->act(v, app, arg);
	else
		app_refuse(app, "do: keys of the edit screen and of the rules use it");
}
