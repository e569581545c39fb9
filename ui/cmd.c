/* SPDX-License-Identifier: MIT
 * The command table and its functions. */
#include "ui/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "conf/option.h"
#include "match/match.h"
#include "ui/app.h"
#include "ui/cmd_header.h"
#include "ui/cmd_held.h"
#include "ui/cmd_message.h"
#include "ui/cmd_list.h"
#include "ui/cmd_note.h"
#include "ui/cmd_set.h"
#include "ui/flow_text.h"
#include "ui/nearest.h"
#include "ui/option_use.h"
#include "ui/cmd_out.h"
#include "ui/out.h"
#include "ui/script.h"
#include "ui/split.h"
#include "ui/term.h"

bool
cmd_move_named(const char *name, enum move *out)
{
	static const char *const names[MOVE_COUNT] = {
		[MOVE_UP] = "up", [MOVE_DOWN] = "down", [MOVE_PAGE_UP] = "page-up",
		[MOVE_PAGE_DOWN] = "page-down", [MOVE_HALF_UP] = "half-up",
		[MOVE_HALF_DOWN] = "half-down", [MOVE_TOP] = "top", [MOVE_END] = "end",
	};

	for (int m = 0; m < MOVE_COUNT; m++) {
		if (strcmp(name, names[m]) == 0) {
			*out = (enum move)m;
			return true;
		}
	}
	return false;
}

static void
cmd_move(struct app *app, const char *arg)
{
	struct view *v = app_top(app);
	enum move m;

	if (v->ops->move && cmd_move_named(arg, &m))
		v->ops->move(v, app, m);
}

static void
cmd_open(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (v->ops->open)
		v->ops->open(v, app);
	else
		app_refuse(app, "there is nothing to open here");
}

static void
cmd_tab(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->tab)
		v->ops->tab(v, app, arg);
	else
		app_refuse(app, "there are no tabs here: Enter opens a flow");
}

static void
cmd_flow(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->step)
		v->ops->step(v, app, strcmp(arg, "prev") == 0 ? -1 : 1);
	else
		app_refuse(app, "no flow is open here");
}

static void
cmd_follow(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (v->ops->follow)
		v->ops->follow(v, app);
	else
		app_refuse(app, "nothing is followed here: the flow list, messages and the event log are");
}

static void
cmd_search_answer(struct app *app, const char *text)
{
	struct view *v = app_top(app);

	if (*text && v->ops->find)
		v->ops->find(v, app, text, false);
}

static void
cmd_search(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (!v->ops->find) {
		app_refuse(app, "there is no search here");
		return;
	}
	if (strcmp(arg, "next") == 0 || strcmp(arg, "prev") == 0)
		v->ops->find(v, app, NULL, arg[0] == 'p');
	else if (v == app->view[0])
		view_flows_ask_find(app);
	else
		prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "Find: ",
						  .history = HISTORY_FIND,
						  .answer = cmd_search_answer});
}

static void
cmd_filter(struct app *app, const char *arg)
{
	if (!*arg)
		view_flows_ask_filter(app->view[0], app);
	else
		view_flows_filter(app->view[0], app, strcmp(arg, "none") == 0 ? "" : arg);
}

static void
cmd_filter_check(const char *arg, struct prompt_refusal *r)
{
	struct match_error e;
	struct match *m = match_new(strcmp(arg, "none") == 0 ? "" : arg, &e);

	match_free(m);
	if (m)
		return;
	r->at = e.at;
	snprintf(r->why, sizeof r->why, "%s", e.why);
	if (e.proposal[0])
		snprintf(r->proposal, sizeof r->proposal, "filter %.110s", e.proposal);
}

static void
cmd_filter_add(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_ask_term(app->view[0], app);
}

static void
cmd_filters(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_show_filter(app->view[0], app);
}

static void
cmd_sort(struct app *app, const char *arg)
{
	if (*arg)
		view_flows_sort(app->view[0], app, arg);
	else
		view_flows_sort_menu(app->view[0], app);
}

static void
cmd_mark(struct app *app, const char *arg)
{
	if (strcmp(arg, "matching") == 0)
		view_flows_ask_mark(app->view[0], app);
	else
		view_flows_mark(app->view[0], app, *arg ? arg : "toggle");
}

static void
cmd_delete(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_delete(app->view[0], app);
}

static void
cmd_clear(struct app *app, const char *arg)
{
	if (strcmp(arg, "ask") == 0)
		view_flows_clear_ask(app);
	else if (!*arg || strcmp(arg, "all") == 0)
		view_flows_clear(app->view[0], app, CLEAR_ALL);
	else if (strcmp(arg, "shown") == 0 || strcmp(arg, "hidden") == 0)
		view_flows_clear(app->view[0], app, *arg == 's' ? CLEAR_SHOWN : CLEAR_HIDDEN);
	else
		app_error(app, 0, "write: clear, or clear shown, hidden or ask");
}

static void
cmd_undo(struct app *app, const char *arg)
{
	(void)arg;
	view_flows_undo(app->view[0], app);
}

static const char cmd_no_body[] = "no body is open here: Enter opens a flow";

static void
cmd_view_as(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (v->ops->view_as)
		v->ops->view_as(v, app);
	else
		app_refuse(app, cmd_no_body);
}

static void
cmd_viewer(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (v->ops->viewer)
		v->ops->viewer(v, app);
	else
		app_refuse(app, cmd_no_body);
}

static void
cmd_versions(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	(void)arg;
	if (v->ops->versions)
		v->ops->versions(v, app);
	else
		app_refuse(app, "no message is open here: Enter opens a flow");
}

static void
cmd_events(struct app *app, const char *arg)
{
	(void)arg;
	view_events_show(app);
}

static void
cmd_pause(struct app *app, const char *arg)
{
	(void)arg;
	app_pause(app, !app->paused);
	/* Else the list says so as long as it is so. */
	if (app_top(app) != app->view[0] || !app->stats.total)
		app_toast(app, app->paused ? "the list stands still, the traffic goes on: p again" : "the list goes on");
}

static void
cmd_theme(struct app *app, const char *arg)
{
	app_theme(app, *arg ? arg : "next");
}

static void
cmd_help(struct app *app, const char *arg)
{
	const struct view_ops *about = app_top(app)->ops;
	char toast[80];

	if (about->scope == SCOPE_HELP)
		app_pop(app);
	if (app_is_full(app))
		return;
	about = app_top(app)->ops;
	struct view *v = view_help_new(about);
	app_push(app, v);
	if (!*arg || view_help_topic(v, arg))
		return;
	snprintf(toast, sizeof toast, "the help has no topic %.40s", arg);
	app_error(app, 0, toast);
}

static void
cmd_ca(struct app *app, const char *arg)
{
	const char *client = strncmp(arg, "help", 4) == 0 ? arg + 4 : "?";

	client += strspn(client, " ");
	struct view *v = view_ca_new(*client ? client : "curl");
	if (!v) {
		app_error(app, 0, "write: ca help, and curl, firefox, android, java, debian or windows");
		return;
	}
	if (app_top(app)->ops->scope & (SCOPE_HELP | SCOPE_CA))
		app_pop(app);
	if (app_is_full(app))
		v->ops->free(v);
	else
		app_push(app, v);
}

static void
cmd_options(struct app *app, const char *arg)
{
	(void)arg;
	if (app_top(app)->ops->scope != SCOPE_OPTIONS && !app_is_full(app))
		app_push(app, view_options_new());
}

static void
cmd_option_default(struct app *app, const char *arg)
{
	(void)arg;
	if (app_top(app)->ops->scope == SCOPE_OPTIONS)
		view_options_default(app_top(app), app);
	else
		app_refuse(app, "no option is selected: O shows them");
}

static void
cmd_back(struct app *app, const char *arg)
{
	struct view *v = app_top(app);

	if (v->ops->back && v->ops->back(v, app))
		return;
	if (app->nviews > 1)
		app_pop(app);
	else if (split_close(app))
		return;
	else if (strcmp(arg, "stay") == 0)
		app_toast(app, "nothing to go back to: q quits");
	else
		quit_ask(app);
}

static void
cmd_quit(struct app *app, const char *arg)
{
	(void)arg;
	quit_ask(app);
}

static void
cmd_quit_now(struct app *app, const char *arg)
{
	(void)arg;
	app->quit = true;
}

/* ^C gives up what is open; at the root it is quit, and its second press in the question is yes. */
static void
cmd_cancel(struct app *app, const char *arg)
{
	(void)arg;
	if (script_is_running(app)) {
		script_fini(&app->script);
		app_toast(app, "the script was given up");
		return;
	}
	if (selftest_cancel(app)) {
		app_toast(app, "the self-test was given up");
		return;
	}
	if (load_cancel(app) || out_cancel(app) || flow_repeat_stop(app) || view_flows_cancel(app->view[0], app) || quit_drain_end(app))
		return;
	if (app->nviews > 1)
		app_pop(app);
	else if (!split_close(app))
		quit_ask(app);
}

static void
cmd_redraw(struct app *app, const char *arg)
{
	(void)arg;
	term_redraw(app->term);
}

static const char delay_range[] = "the delay is a number of seconds from 0.1 to 3600";

static bool
cmd_delay_read(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= 0.1 && *seconds <= 3600;
}

static void
cmd_delay_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	double seconds;

	(void)app;
	if (*text && !cmd_delay_read(text, &seconds))
		snprintf(r->why, sizeof r->why, "%s", delay_range);
}

static void
cmd_set_delay(struct app *app, const char *text)
{
	char toast[80];
	double seconds;

	if (!*text) /* as in top: nothing given, nothing changed */
		return;
	if (!cmd_delay_read(text, &seconds)) {
		app_error(app, 0, delay_range);
		return;
	}
	char value[32];
	struct errmsg why;
	bool later;
	snprintf(value, sizeof value, "%.0fms", seconds * 1000);
	option_use_set(app, OPT_DELAY, value, &later, &why);
	snprintf(toast, sizeof toast, "delay %.1f s", seconds);
	app_toast(app, toast);
}

static void
cmd_delay(struct app *app, const char *arg)
{
	char question[80];

	if (*arg) {
		cmd_set_delay(app, arg);
		return;
	}
	snprintf(question, sizeof question, "Change delay from %.1f to:",
	    (double)app->delay_ns / 1e9);
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = question,
					  .history = HISTORY_NONE,
					  .hint = "Enter Apply  ^U Clear  Esc Cancel",
					  .check = cmd_delay_check,
					  .answer = cmd_set_delay});
}

static void
cmd_suspend(struct app *app, const char *arg)
{
	(void)arg;
	app->leave = APP_SUSPEND;
}

static void
cmd_detach(struct app *app, const char *arg)
{
	(void)arg;
	app->leave = APP_DETACH;
}

static void
cmd_toast(struct app *app, const char *arg)
{
	app_toast(app, arg);
}

const struct cmd cmds[] = {
    {.name = "active", .usage = "", .help = "only flows that have not ended, or all", .run = cmd_active},
    {.name = "back", .usage = "[stay]", .help = "close the view or the split; at the list quit, unless stay", .run = cmd_back},
    {.name = "bind",
	.usage = "[VIEW] KEY COMMAND",
	.help = "what a key does",
	.run = cmd_bind,
	.check = cmd_bind_check},
    {.name = "block",
	.usage = "net|tls|certs|lat",
	.help = "next form of a block of the header",
	.run = cmd_block},
    {.name = "break", .usage = "[RULE]", .help = "hold what matches, or the list of rules", .run = cmd_break},
    {.name = "ca",
	.usage = "help [curl|firefox|android|java|debian|windows]",
	.help = "how a client is made to trust the certificate",
	.run = cmd_ca},
    {.name = "cancel", .usage = "", .help = "close the view, or quit", .run = cmd_cancel},
    {.name = "clear",
	.usage = "[all|shown|hidden|ask]",
	.help = "take flows that have ended off the list",
	.run = cmd_clear},
    {.name = "columns", .usage = "", .help = "choose the columns of the list", .run = cmd_columns},
    {.name = "command", .usage = "[TEXT]", .help = "type a command", .run = cmd_command},
    {.name = "comment", .usage = "[TEXT]", .help = "your words about a flow", .run = cmd_comment},
    {.name = "compare", .usage = "", .help = "show two marked flows beside each other", .run = cmd_compare},
    {.name = "copy",
	.usage = "[again|curl|url|server|request|response|request-head|response-head|request-body|response-body|message]",
	.help = "copy something of a flow",
	.run = cmd_copy},
    {.name = "count", .usage = "", .help = "count the flows shown by a value", .run = cmd_count},
    {.name = "delay", .usage = "[SECONDS]", .help = "time between updates", .run = cmd_delay},
    {.name = "delete", .usage = "", .help = "take the selected flow off the list", .run = cmd_delete},
    {.name = "detach", .usage = "", .help = "close the screen and go on without it", .run = cmd_detach},
    {.name = "do", .usage = "WHAT", .help = "what keys of one view do", .run = cmd_do},
    {.name = "drop", .usage = "", .help = "do not send the held WebSocket message", .run = cmd_drop},
    {.name = "dump-screen",
	.usage = "[!] [FILE]",
	.help = "write the screen as text to a file; ! replaces one",
	.run = cmd_dump_screen},
    {.name = "duplicate", .usage = "", .help = "a copy of the flow, as a new one", .run = cmd_duplicate},
    {.name = "edit", .usage = "", .help = "edit a held message, or a request to be sent again", .run = cmd_edit},
    {.name = "events", .usage = "", .help = "what happened: warnings and errors", .run = cmd_events},
    {.name = "filter",
	.usage = "[EXPRESSION|none]",
	.help = "show only what matches",
	.run = cmd_filter,
	.check = cmd_filter_check},
    {.name = "filter-add", .usage = "", .help = "add a term to the filter", .run = cmd_filter_add},
    {.name = "filters", .usage = "", .help = "say which filter is in force", .run = cmd_filters},
    {.name = "find", .usage = "[next|prev]", .help = "search", .run = cmd_search},
    {.name = "flow", .usage = "next|prev", .help = "show another flow", .run = cmd_flow},
    {.name = "fold", .usage = "[toggle|more|less]", .help = "fold or unfold what is long or deep", .run = cmd_fold},
    {.name = "follow", .usage = "", .help = "follow the newest flow or message, or stop", .run = cmd_follow},
    {.name = "goto", .usage = "N", .help = "the flow of that number", .run = cmd_goto},
    {.name = "graph", .usage = "", .help = "next style of the header's graphs", .run = cmd_graph},
    {.name = "group", .usage = "close|open", .help = "fold a group of the tree, or unfold it", .run = cmd_group},
    {.name = "header", .usage = "[full|line|off]", .help = "how much of the header", .run = cmd_header},
    {.name = "help",
	.usage = "[keys|filters|states|connect|commands]",
	.help = "keys of this view, and more",
	.run = cmd_help},
    {.name = "highlight", .usage = "", .help = "the column of the order stands out, or not", .run = cmd_highlight},
    {.name = "inject",
	.usage = "[client|server TEXT]",
	.help = "send a message of yours over a WebSocket",
	.run = cmd_inject},
    {.name = "key", .usage = "KEYS", .help = "press keys: j, Enter, ^F", .run = cmd_key},
    {.name = "kill", .usage = "[marked]", .help = "close the connection of an open flow", .run = cmd_kill},
    {.name = "layout",
	.usage = "[list|below|right|detail]",
	.help = "the list alone, or with the detail",
	.run = cmd_layout},
    {.name = "load", .usage = "FILE", .help = "add the flows of a session file to the list", .run = cmd_load},
    {.name = "mark",
	.usage = "[toggle|step|none|only|matching]",
	.help = "mark flows, which memory keeps",
	.run = cmd_mark},
    {.name = "message-filter",
	.usage = "[WORDS]",
	.help = "which messages are listed: dir=in size>1k data~price; none: all",
	.run = cmd_message_filter,
	.check = cmd_message_filter_check},
    {.name = "move",
	.usage = "up|down|page-up|page-down|half-up|half-down|top|end",
	.help = "move the selection or the text",
	.run = cmd_move},
    {.name = "new", .usage = "[METHOD] URL", .help = "compose a request", .run = cmd_new},
    {.name = "open", .usage = "", .help = "open the selected flow", .run = cmd_open},
    {.name = "option-default",
	.usage = "",
	.help = "give the selected option its default",
	.run = cmd_option_default},
    {.name = "options", .usage = "", .help = "all options, to see and change", .run = cmd_options},
    {.name = "pane", .usage = "", .help = "the other pane, or the next tab", .run = cmd_pane},
    {.name = "passthrough",
	.usage = "[ask|HOST|-HOST]",
	.help = "do not decrypt HOST, or do again; alone: say which",
	.run = cmd_passthrough,
	.check = cmd_passthrough_check},
    {.name = "path", .usage = "", .help = "PATH shows whole URLs, or paths", .run = cmd_path},
    {.name = "pause", .usage = "", .help = "stop the screen, not the traffic", .run = cmd_pause},
    {.name = "pipe", .usage = "[COMMAND]", .help = "give a body to a shell command, show what it says", .run = cmd_pipe},
    {.name = "quit", .usage = "", .help = "stop the proxy", .run = cmd_quit},
    {.name = "quit!",
	.usage = "",
	.help = "stop the proxy, without a question",
	.run = cmd_quit_now},
    {.name = "redraw", .usage = "", .help = "draw the screen again", .run = cmd_redraw},
    {.name = "repeat", .usage = "N [PAUSE]", .help = "send the flow's request N times", .run = cmd_repeat},
    {.name = "replay", .usage = "", .help = "send the flow's request as a new flow; repeat N: N times", .run = cmd_replay},
    {.name = "resize", .usage = "less|more", .help = "room of the list in a split screen", .run = cmd_resize},
    {.name = "resume", .usage = "[all]", .help = "let a held flow go on", .run = cmd_resume},
    {.name = "save", .usage = "", .help = "write flows or a body to a file", .run = cmd_save},
    {.name = "selftest", .usage = "", .help = "one HTTPS request through the proxy to itself", .run = cmd_selftest},
    {.name = "set",
	.usage = "[OPTION[=VALUE]]",
	.help = "show or set an option",
	.run = cmd_set,
	.check = cmd_set_check},
    {.name = "shell", .usage = "[COMMAND]", .help = "run a command on the terminal", .run = cmd_shell},
    {.name = "sort",
	.usage = "[COLUMN|next|prev|reverse]",
	.help = "order of the list",
	.run = cmd_sort},
    {.name = "source", .usage = "FILE", .help = "run the commands of a file", .run = cmd_source},
    {.name = "suspend", .usage = "", .help = "back to the shell; the traffic goes on", .run = cmd_suspend},
    {.name = "tab", .usage = "next|prev|1|2|3|4|5|6|7", .help = "choose a tab", .run = cmd_tab},
    {.name = "theme", .usage = "[THEME|next|mono]", .help = "colours", .run = cmd_theme},
    {.name = "toast", .usage = "TEXT", .help = "show a message", .run = cmd_toast},
    {.name = "tree", .usage = "", .help = "group flows by connection, by host, by process, or not", .run = cmd_tree},
    {.name = "unbind",
	.usage = "[VIEW] KEY",
	.help = "take what a key does away",
	.run = cmd_unbind,
	.check = cmd_bind_check},
    {.name = "undo", .usage = "", .help = "take back a delete, a clear, a filter or marks", .run = cmd_undo},
    {.name = "versions", .usage = "", .help = "the message as sent on, as it came, what differs", .run = cmd_versions},
    {.name = "view-as", .usage = "", .help = "next way to show a body", .run = cmd_view_as},
    {.name = "viewer", .usage = "", .help = "show a body in $PAGER", .run = cmd_viewer},
    {.name = "wait-flows",
	.usage = "N [SECONDS]",
	.help = "in a script: wait until N flows have ended",
	.run = cmd_wait_flows},
    {.name = "write-config", .usage = "", .help = "keep the settings", .run = cmd_write_config},
    {.name = "zoom", .usage = "", .help = "all of the screen for one pane, or for both", .run = cmd_zoom},
};
const unsigned cmds_count = sizeof cmds / sizeof cmds[0];

/* Habits of other programs. */
static const struct cmd_alias {
	const char *typed, *name;
} aliases[] = {{"q", "quit"}, {"q!", "quit!"}, {"se", "set"}, {"so", "source"}};

static const struct cmd *
cmd_named(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strlen(aliases[i].typed) == n && memcmp(aliases[i].typed, name, n) == 0)
			return cmd_named(aliases[i].name, strlen(aliases[i].name));
	for (unsigned i = 0; i < cmds_count; i++)
		if (strlen(cmds[i].name) == n && memcmp(cmds[i].name, name, n) == 0)
			return &cmds[i];
	return NULL;
}

const struct cmd *
cmd_find(const char *line, const char **arg)
{
	line += strspn(line, " ");
	size_t n = strcspn(line, " ");

	*arg = line + n + strspn(line + n, " ");
	return cmd_named(line, n);
}

static void
cmd_unknown(const char *name, size_t n, struct prompt_refusal *r)
{
	struct nearest near = nearest_to(name, n);
	char shown[48];

	for (unsigned i = 0; i < cmds_count; i++)
		nearest_offer(&near, cmds[i].name);
	escape_text(shown, sizeof shown, span_of(name, n), text_locale_utf8() ? ESCAPE_UTF8 : 0);
	snprintf(r->why, sizeof r->why, "there is no command %s%s%s", shown, near.best ? ". Try: " : "",
	    near.best ? near.best : "");
	if (near.best)
		snprintf(r->proposal, sizeof r->proposal, "%.40s%.80s", near.best, name + n);
}

/* Whether the argument is one word out of those in the usage. */
static bool
cmd_has_choices(const struct cmd *c)
{
	return *c->usage && !strpbrk(c->usage, " ABCDEFGHIJKLMNOPQRSTUVWXYZ!");
}

static void
cmd_check_choice(const struct cmd *c, const char *arg, struct prompt_refusal *r)
{
	const char *p = c->usage + (*c->usage == '[');
	size_t n = strcspn(arg, " "), rest = n + strspn(arg + n, " "), at = 0;
	char words[160] = "";

	if (!*arg && *c->usage == '[')
		return;
	for (size_t w; *p && *p != ']'; p += w + (p[w] == '|')) {
		w = strcspn(p, "|]");
		if (w == n && memcmp(p, arg, n) == 0 && !arg[rest])
			return;
		at += (size_t)snprintf(words + at, at < sizeof words ? sizeof words - at : 0, "%s%.*s", at ? ", " : "", (int)w, p);
	}
	snprintf(r->why, sizeof r->why, "%s takes %s", c->name, words);
}

void
cmd_check(const char *line, struct prompt_refusal *r)
{
	const char *arg;
	const struct cmd *c = cmd_find(line, &arg);
	size_t from = strspn(line, " ");

	*r = (struct prompt_refusal){.at = from};
	if (!c) {
		cmd_unknown(line + from, strcspn(line + from, " "), r);
		return;
	}
	r->at = 0;
	if (!*c->usage && *arg)
		snprintf(r->why, sizeof r->why, "%s takes no argument", c->name);
	else if (cmd_has_choices(c))
		cmd_check_choice(c, arg, r);
	else if (c->check)
		c->check(arg, r);
	r->at += (size_t)(arg - line);
}

bool
cmd_run(struct app *app, const char *line)
{
	const char *arg;
	const struct cmd *c = cmd_find(line, &arg);

	if (c)
		c->run(app, arg);
	return c != NULL;
}
