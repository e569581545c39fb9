/* SPDX-License-Identifier: MIT
 * Bodies of flows fed to a shell command. */
#include "ui/pipe_flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/flow_bytes.h"
#include "ui/fmt.h"
#include "ui/out.h"
#include "ui/term.h"
#include "ui/view_output.h"
#include "ui/viewer.h"

enum { PIPE_WORDS_MAX = 160 };

void
pipe_flow_init(struct pipe_flow *p)
{
	*p = (struct pipe_flow){.over = false};
	pipe_init(&p->pipe);
}

void
pipe_flow_fini(struct pipe_flow *p)
{
	pipe_fini(&p->pipe);
	buf_fini(&p->in);
	free(p->command);
}

/* ---- collecting ---- */

static bool
pipe_take(struct app *app, const struct flow *f)
{
	struct pipe_flow *p = &app->out->pipe;
	struct errmsg why;

	if (flow_bytes_part(&p->in, f, (enum flow_part)p->target.part, p->target.decoded, &why) == 0)
		p->taken++;
	else if (!p->failed++)
		p->why = why;
	return true;
}

static void
pipe_go(struct app *app)
{
	struct pipe_flow *p = &app->out->pipe;
	char toast[sizeof app->toast];
	struct errmsg why = {.text = "the flow is no longer kept"};
	int bad = ERR_NOTFOUND;

	if (p->taken)
		bad = pipe_start(&p->pipe, p->command, &p->in, app->out->poll_fd, &why);
	else if (p->failed)
		why = p->why;
	if (bad) {
		escape_text(toast, sizeof toast, span_str(why.text), app->escape);
		app_error(app, 0, toast);
	}
	buf_fini(&p->in);
}

/* A message is given by the view that it is selected in. */
static void
pipe_message(struct app *app)
{
	struct pipe_flow *p = &app->out->pipe;
	struct view *v = app_top(app);

	p->failed = v->ops->bytes(v, app, &p->in, &p->why) != 0;
	p->taken = !p->failed;
	pipe_go(app);
}

static void
pipe_given(struct app *app, const char *command)
{
	struct pipe_flow *p = &app->out->pipe;
	struct out_choice choice;

	if (!command[strspn(command, " ")]) {
		app_toast(app, "nothing was run: | wants a command of the shell");
		return;
	}
	if (!out_is_free(app) || !out_choose(app, true, &choice))
		return;
	free(p->command);
	p->command = mem_strdup(command);
	p->target = choice.target;
	p->taken = p->failed = 0;
	buf_init(&p->in, PIPE_IN_MAX);
	if (choice.target.message) {
		free(choice.number);
		pipe_message(app);
		return;
	}
	gather_start(&app->out->gather, app, choice.number, choice.n, pipe_take, pipe_go);
}

static const char *
pipe_part_name(const struct view_target *t)
{
	static const char *const names[FLOW_PART_COUNT] = {
	    [FLOW_PART_RESPONSE] = "response body",
	    [FLOW_PART_RESPONSE_DECODED] = "decoded response body",
	    [FLOW_PART_RESPONSE_HEAD] = "response head",
	    [FLOW_PART_RESPONSE_RAW] = "response",
	    [FLOW_PART_REQUEST] = "request body",
	    [FLOW_PART_REQUEST_DECODED] = "decoded request body",
	    [FLOW_PART_REQUEST_HEAD] = "request head",
	    [FLOW_PART_REQUEST_RAW] = "request",
	};

	return t->message ? "message" : names[t->part];
}

void
pipe_flow_ask(struct app *app, const char *command)
{
	struct out_choice choice;
	char label[64];

	if (*command) {
		pipe_given(app, command);
		return;
	}
	if (!out_is_free(app) || !out_choose(app, true, &choice))
		return;
	free(choice.number);
	if (choice.n > 1)
		snprintf(label, sizeof label, "%zu response bodies | ", choice.n);
	else
		snprintf(label, sizeof label, "%s | ", pipe_part_name(&choice.target));
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = label,
					  .hint = "Enter Run  Up History  ^U Clear  Esc Cancel",
					  .history = HISTORY_SHELL,
					  .answer = pipe_given});
}

/* ---- what came of it ---- */

static bool
pipe_words(const struct pipe_flow *p, char *out, size_t size_bytes)
{
	const struct pipe *r = &p->pipe;
	char size[FMT_MAX + 1];
	size_t n = 0;

	*fmt_size_long(size, r->out.n) = '\0';
	if (r->end == PIPE_TOO_MUCH)
		n = (size_t)snprintf(out, size_bytes, "ended: it said more than %d MiB", PIPE_OUT_MAX >> 20);
	else if (r->end == PIPE_TOO_LONG)
		n = (size_t)snprintf(out, size_bytes, "ended: it ran for more than %d s", PIPE_TIME_MAX_S);
	else if (r->end == PIPE_GIVEN_UP)
		n = (size_t)snprintf(out, size_bytes, "ended by ^C");
	else if (WIFSIGNALED(r->status))
		n = (size_t)snprintf(out, size_bytes, "ended by signal %d", WTERMSIG(r->status));
	else
		n = (size_t)snprintf(out, size_bytes, "exit status %d", WEXITSTATUS(r->status));
	n += (size_t)snprintf(out + n, size_bytes - n, ", %s", size);
	if (p->taken > 1)
		n += (size_t)snprintf(out + n, size_bytes - n, " from %zu bodies", p->taken);
	if (p->failed)
		snprintf(out + n, size_bytes - n, ", %zu without one", p->failed);
	return r->end != PIPE_ENDED || r->status != 0;
}

/* Not under the fingers of who is typing, nor over what explains another view. */
static bool
pipe_may_show(const struct app *app)
{
	return !app->prompt.active && !app->menu.active && app_top(app)->ops->target;
}

void
pipe_flow_turn(struct pipe_flow *p, struct app *app)
{
	char title[PIPE_WORDS_MAX], words[PIPE_WORDS_MAX] = "| ";

	if (pipe_turn(&p->pipe)) {
		p->over = true;
		app->dirty = true;
	}
	if (!p->over || !pipe_may_show(app))
		return;
	p->over = false;
	escape_text(title, sizeof title, span_str(p->command), app->escape);
	snprintf(words, sizeof words, "| %.150s", title);
	bool bad = pipe_words(p, title, sizeof title);
	app_push(app, view_output_new(words, title, bad, buf_span(&p->pipe.out)));
	buf_fini(&p->pipe.out);
	app->dirty = true;
}

/* ---- on the terminal ---- */

static void
shell_given(struct app *app, const char *command)
{
	struct errmsg why;

	if (viewer_start_shell(app->term, command, &why))
		app_error(app, 0, why.text);
}

void
shell_ask(struct app *app, const char *command)
{
	if (*command)
		shell_given(app, command);
	else
		prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "! ",
						  .hint = "Enter Run, nothing: a shell  Up History  Esc Cancel",
						  .history = HISTORY_SHELL,
						  .answer = shell_given});
}
