/* SPDX-License-Identifier: MIT
 * set, bind, unbind, write-config, and the prompt that runs commands. */
#include "ui/cmd_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "text/text_lines.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/cmd_complete.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/keys.h"
#include "ui/nearest.h"
#include "ui/option_use.h"
#include "ui/term.h"

enum { NAME_MAX_BYTES = 64, NOTE_GAP = 6 };

char *
cmd_file_path(const char *path, const char *name)
{
	const char *home = getenv("HOME");
	bool tilde = home && path[0] == '~' && (path[1] == '/' || !path[1]);

	return mem_printf("%s%s%s%s", tilde ? home : "", tilde ? path + 1 : path, name ? "/" : "", name ? name : "");
}

/* ---- set ---- */

enum set_kind { SET_SHOW, SET_VALUE, SET_TOGGLE, SET_DEFAULT };

/* NAME, NAME?, NAME=VALUE, NAME VALUE, NAME! and NAME&. */
struct set_line {
	enum option_id id;
	enum set_kind kind;
	const char *value;
	size_t value_at;
};

/* 0, or why it is none. */
static int
set_parse(const char *arg, struct set_line *l, struct errmsg *why)
{
	size_t n = strcspn(arg, "= ?!&");
	struct nearest near = nearest_to(arg, n);
	char name[NAME_MAX_BYTES];

	snprintf(name, sizeof name, "%.*s", (int)n, arg);
	*l = (struct set_line){.id = option_find(name), .value = arg + n, .value_at = n};
	for (int i = 0; i < OPT_COUNT; i++)
		nearest_offer(&near, option_rows[i].name);
	if (l->id == OPT_COUNT)
		return err_set(why, ERR_NOTFOUND, "there is no option %s%s%s", name, near.best ? ". Try: set " : "",
		    near.best ? near.best : "");
	if (arg[n] == '=' || arg[n] == ' ') {
		l->kind = SET_VALUE;
		l->value++;
		l->value_at++;
		if (arg[n] == ' ' && *l->value == '=') { /* "set delay = 2" */
			l->value += 1 + strspn(l->value + 1, " ");
			l->value_at = (size_t)(l->value - arg);
		}
	} else if (arg[n] && arg[n + 1]) {
		return err_set(why, ERR_SYNTAX, "write NAME=VALUE, NAME?, NAME! or NAME&");
	}
	if (arg[n] == '!' || arg[n] == '&')
		l->kind = arg[n] == '!' ? SET_TOGGLE : SET_DEFAULT;
	if (l->kind == SET_TOGGLE && option_rows[l->id].type != OPTION_BOOL)
		return err_set(why, ERR_REFUSED, "%s is not a switch: give a value", name);
	return 0;
}

void
cmd_set_check(const char *arg, struct prompt_refusal *r)
{
	struct set_line l;
	struct errmsg why;
	int bad = *arg ? set_parse(arg, &l, &why) : 0;

	if (!bad && *arg && l.kind == SET_VALUE) {
		bad = option_use_check(l.id, l.value, &why);
		r->at = bad ? l.value_at : 0;
	}
	if (bad)
		escape_text(r->why, sizeof r->why, span_str(why.text), text_locale_utf8() ? ESCAPE_UTF8 : 0);
}

static void
set_say(struct app *app, enum option_id id, bool set, bool later)
{
	char value[80], toast[sizeof app->toast];
	const char *and = "";

	option_use_text(app, id, value, sizeof value);
	if (set && later)
		and = ", at the next start (W writes it)";
	else if (!set && option_is_default(app->s->options, id))
		and = " (default)";
	snprintf(toast, sizeof toast, "%s %s%s", option_rows[id].name, value, and);
	app_toast(app, toast);
}

void
cmd_set(struct app *app, const char *arg)
{
	struct set_line l;
	struct errmsg why;
	bool later = false;

	if (!*arg) {
		cmd_run(app, "options");
		return;
	}
	int bad = set_parse(arg, &l, &why);
	if (!bad && l.kind == SET_DEFAULT)
		option_use_reset(app, l.id, &later);
	else if (!bad && l.kind == SET_TOGGLE)
		bad = option_use_set(
		    app, l.id, option_bool(app->s->options, l.id) ? "no" : "yes", &later, &why);
	else if (!bad && l.kind == SET_VALUE)
		bad = option_use_set(app, l.id, l.value, &later, &why);
	if (bad)
		app_error(app, 0, why.text);
	else
		set_say(app, l.id, l.kind != SET_SHOW, later);
}

/* ---- keys ---- */

void
cmd_bind_check(const char *arg, struct prompt_refusal *r)
{
	struct key_line l;
	struct errmsg why;

	if (key_line_parse(&l, arg, &why) != 0)
		escape_text(r->why, sizeof r->why, span_str(why.text), text_locale_utf8() ? ESCAPE_UTF8 : 0);
}

/* "list x", "x": what a line of the option begins with when it is about the same key. */
static void
bind_head(const char *arg, const struct key_line *l, char *out, size_t size)
{
	size_t n = *l->command ? (size_t)(l->command - arg) : strlen(arg);

	while (n && arg[n - 1] == ' ')
		n--;
	snprintf(out, size, "%.*s", (int)n, arg);
}

static void
bind_line(struct app *app, const char *arg, bool take)
{
	struct options *o = app->s->options;
	struct key_line l;
	struct errmsg why;
	char head[NAME_MAX_BYTES], toast[sizeof app->toast];
	int bad = key_line_parse(&l, arg, &why);

	if (!bad && !*l.command && !take)
		bad = err_set(&why, ERR_SYNTAX, "bind: the command is missing. unbind takes a key away");
	if (bad) {
		app_error(app, 0, why.text);
		return;
	}
	bind_head(arg, &l, head, sizeof head);
	option_list_remove(o, OPT_BIND, head);
	bad = option_list_add(o, OPT_BIND, take ? head : arg, &why);
	if (bad) {
		app_error(app, 0, why.text);
		return;
	}
	keys_load(&app->keys, o, NULL);
	snprintf(toast, sizeof toast, take ? "%s does nothing now" : "%s: %s", head, l.command);
	app_toast(app, toast);
}

void
cmd_bind(struct app *app, const char *arg)
{
	bind_line(app, arg, false);
}

void
cmd_unbind(struct app *app, const char *arg)
{
	bind_line(app, arg, true);
}

void
cmd_write_config(struct app *app, const char *arg)
{
	(void)arg;
	option_use_write(app);
}

/* ---- the prompt ---- */

static void
command_given(struct app *app, const char *text)
{
	if (*text)
		cmd_run(app, text);
}

static void
command_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	(void)app;
	if (*text)
		cmd_check(text, r);
}

static void
command_complete(struct app *app, const char *text, size_t cursor, struct completion *c)
{
	(void)app;
	cmd_complete(text, cursor, c);
}

/* How the command that is being typed is used, as far as the text leaves room. */
static void
command_changed(struct app *app, const char *text)
{
	const char *arg;
	const struct cmd *c = cmd_find(text, &arg);
	int rows, cols;

	if (!c || arg == text || arg[-1] != ' ')
		return;
	term_size(app->term, &rows, &cols);
	int room = cols - (int)text_columns(span_str(text)) - NOTE_GAP;
	int usage = (int)strlen(c->usage), whole = usage + 2 + (int)strlen(c->help);
	if (whole <= room)
		snprintf(app->prompt.note, sizeof app->prompt.note, "%s%s%s", c->usage, usage ? ": " : "", c->help);
	else if (usage <= room)
		snprintf(app->prompt.note, sizeof app->prompt.note, "%s", c->usage);
}

void
cmd_command(struct app *app, const char *text)
{
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = ":",
					  .text = text,
					  .hint = "Enter Run  Tab Complete  Up History  ^U Clear  Esc Cancel",
					  .history = HISTORY_COMMAND,
					  .check = command_check,
					  .changed = command_changed,
					  .complete = command_complete,
					  .answer = command_given});
}
