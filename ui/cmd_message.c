/* SPDX-License-Identifier: MIT
 * Commands about messages of WebSockets. */
#include "ui/cmd_message.h"

#include <stdio.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/flow_message.h"
#include "proto/ws_frame.h"
#include "ui/app.h"
#include "ui/cmd_held.h"
#include "ui/flow_find.h"
#include "ui/flow_send.h"
#include "ui/frontend.h"
#include "ui/message_filter.h"
#include "ui/prompt.h"

#define INJECT_USAGE "server or client, who gets it, and the text; hex:0a1b for bytes"

/* A WebSocket that is open, the subject of the command; NULL with a toast. */
static const struct flow *
open_socket(struct app *app)
{
	const struct flow *f;

	if (!app->s->intend) {
		app_refuse(app, "a session file is being read: nothing passes");
		return NULL;
	}
	f = cmd_held_subject(app);
	if (f && (f->proto != FLOW_WS || f->ended)) {
		app_refuse(app, f->proto != FLOW_WS ? "the flow is no WebSocket" : "the WebSocket has ended");
		return NULL;
	}
	return f;
}

void
cmd_drop(struct app *app, const char *arg)
{
	const struct flow *f = open_socket(app);

	(void)arg;
	if (f && f->state == FLOW_S_HELD)
		flow_send_drop(app, f);
	else if (f)
		app_refuse(app, "no message of it is held: a rule with the phase messages holds them");
}

/* The words after the direction; NULL: it is not one. */
static const char *
inject_parse(const char *arg, enum flow_dir *dir)
{
	static const char *const who[2] = {"server", "client"};

	for (unsigned i = 0; i < 2; i++) {
		size_t n = strlen(who[i]);
		if (strncmp(arg, who[i], n) != 0 || (arg[n] != ' ' && arg[n]))
			continue;
		*dir = i ? FLOW_RESPONSE : FLOW_REQUEST;
		return arg + n + (arg[n] == ' ');
	}
	return NULL;
}

void
cmd_message_filter(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->filter)
		v->ops->filter(v, app, *arg ? strcmp(arg, "none") == 0 ? "" : arg : NULL);
	else
		app_refuse(app, "there are no messages here: 6 Messages of a flow has them");
}

void
cmd_message_filter_check(const char *arg, struct prompt_refusal *r)
{
	struct message_filter f = {.n = 0};

	if (strcmp(arg, "none") != 0)
		message_filter_set(&f, arg, r);
}

void
cmd_inject_check(const char *arg, struct prompt_refusal *r)
{
	enum flow_dir dir;
	const char *text = inject_parse(arg, &dir);

	if (!text)
		snprintf(r->why, sizeof r->why, INJECT_USAGE);
	if (!text || flow_find_is_pattern(text))
		return;
	r->at = (size_t)(text - arg);
	snprintf(r->why, sizeof r->why, "hex: wants pairs of digits, such as hex:1b5d");
}

static void
inject_line_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	(void)app;
	if (*text)
		cmd_inject_check(text, r);
}

static void
inject_answer(struct app *app, const char *text)
{
	if (*text)
		cmd_inject(app, text);
}

static void
inject_ask(struct app *app)
{
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "Inject to: ",
					  .hint = "server TEXT  client TEXT  server hex:0a1b  Enter Send  Esc Cancel",
					  .text = "server ",
					  .history = HISTORY_NONE,
					  .check = inject_line_check,
					  .answer = inject_answer});
}

void
cmd_inject(struct app *app, const char *arg)
{
	const struct flow *f = open_socket(app);
	struct prompt_refusal r = {.why = ""};
	char raw[PROMPT_TEXT_MAX];
	enum flow_dir dir;

	if (!f)
		return;
	if (!*arg) {
		inject_ask(app);
		return;
	}
	cmd_inject_check(arg, &r);
	if (r.why[0]) {
		app_error(app, 0, r.why);
		return;
	}
	const char *text = inject_parse(arg, &dir);
	if (strncmp(text, "hex:", 4) == 0)
		flow_send_inject(app, f, dir, WS_BINARY, span_of(raw, flow_find_hex_bytes(text + 4, raw)));
	else
		flow_send_inject(app, f, dir, WS_TEXT, span_str(text));
}
