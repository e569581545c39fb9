/* SPDX-License-Identifier: MIT
 * The save dialog. */
#include "ui/save.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_export.h"
#include "flow/flow_set.h"
#include "ui/app.h"
#include "ui/file_put.h"
#include "ui/flow_bytes.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/out.h"

enum { SAVE_BYTES_MAX = 512 << 20, SAVE_FLOWS_MAX = 10000000 };

static void save_where(struct app *app, const char *text, const char *why);

static bool
save_is_flows(enum save_what what)
{
	return what == SAVE_FLOWS || what == SAVE_SHOWN || what == SAVE_ALL;
}

static const struct flow_set *
save_marked(const struct app *app)
{
	return flow_store_marked(app->s->store);
}

/* ---- which flows ---- */

static uint64_t *
save_one(uint64_t number, size_t *n)
{
	*n = 1;
	return mem_dup(&number, sizeof number);
}

static uint64_t *
save_set(const struct flow_set *set, size_t *n)
{
	*n = set->n;
	return mem_dup(set->number, set->n * sizeof *set->number);
}

static uint64_t *
save_all(const struct app *app, size_t *n)
{
	const struct flow_store *store = app->s->store;
	const struct flow_set *deleted = flow_store_deleted(store);
	uint64_t first = flow_store_first(store), last = flow_store_last(store);

	*n = 0;
	/* The numbers in a file may be as far apart as somebody made them. */
	if (last >= first && last - first >= SAVE_FLOWS_MAX)
		return NULL;
	uint64_t *number = mem_array(last >= first ? last - first + 1 : 1, sizeof *number);
	for (uint64_t i = first; i <= last; i++)
		if (!deleted->n || !flow_set_has(deleted, i))
			number[(*n)++] = i;
	return number;
}

/* By number, however they are sorted. NULL: they are more than SAVE_FLOWS_MAX. */
static uint64_t *
save_numbers(struct app *app, enum save_what what, size_t *n)
{
	const struct save *s = &app->out->save;

	if (!save_is_flows(what) || (what == SAVE_FLOWS && !s->list))
		return save_one(s->flow, n);
	if (what == SAVE_FLOWS && save_marked(app)->n)
		return save_set(save_marked(app), n);
	if (what != SAVE_ALL && app->index.chosen)
		return save_set(&app->index.base, n);
	return save_all(app, n);
}

/* ---- writing ---- */

static bool
save_take_flow(struct app *app, const struct flow *f)
{
	flow_export_add(app->out->save.export, f);
	return true;
}

static void
save_flows_done(struct app *app)
{
	struct save *s = &app->out->save;

	s->gone = app->out->gather.gone;
	s->n = flow_export_count(s->export);
	s->empty = !s->n;
	if (s->n)
		flow_export_finish(s->export);
	else
		flow_export_cancel(s->export);
}

static bool
save_take_bytes(struct app *app, const struct flow *f)
{
	struct save *s = &app->out->save;
	enum flow_dir dir = s->what == SAVE_REQUEST || s->what == SAVE_REQUEST_BODY ? FLOW_REQUEST : FLOW_RESPONSE;

	if (s->what == SAVE_REQUEST || s->what == SAVE_RESPONSE)
		flow_bytes_message(&s->bytes, f, dir, &s->why);
	else
		flow_bytes_part(&s->bytes, f, dir == FLOW_REQUEST ? FLOW_PART_REQUEST : FLOW_PART_RESPONSE, true, &s->why);
	s->passed = flow_body(f, dir)->kept < flow_body(f, dir)->seen ? flow_body(f, dir)->seen : 0;
	return true;
}

static void
save_bytes_done(struct app *app)
{
	struct save *s = &app->out->save;

	s->n = s->bytes.n;
	s->collecting = false;
	if (app->out->gather.gone)
		err_set(&s->why, ERR_NOTFOUND, "flow %llu is no longer kept", (unsigned long long)s->flow);
	s->failed = s->why;
	if (!s->why.text[0])
		s->put = file_put_start(s->path, s->replace ? FILE_PUT_REPLACE : FILE_PUT_NEW, &s->bytes, app->out->ready_fd);
	if (!s->why.text[0] && !s->put)
		err_set(&s->failed, ERR_SYSTEM, "no thread could be started");
	buf_fini(&s->bytes);
}

static void
save_go(struct app *app, enum flow_export_mode mode)
{
	struct save *s = &app->out->save;
	struct gather *g = &app->out->gather;
	size_t n;

	s->why.text[0] = s->failed.text[0] = '\0';
	s->gone = 0;
	s->n = s->passed = 0;
	s->replace = mode == FLOW_EXPORT_REPLACE;
	s->given_up = s->empty = s->saved = false;
	uint64_t *number = save_numbers(app, s->what, &n);
	if (!number) {
		err_set(&s->failed, ERR_LIMIT, "more than %d flows: a filter or marks make them fewer", SAVE_FLOWS_MAX);
		return;
	}
	if (!save_is_flows(s->what)) {
		buf_init(&s->bytes, SAVE_BYTES_MAX);
		s->collecting = true;
		gather_start(g, app, number, n, save_take_bytes, save_bytes_done);
		return;
	}
	s->export = flow_export_start(s->path, mode, app->s->session, app->out->ready_fd);
	if (s->export) {
		gather_start_when(g, app, number, n, save_is_ready, save_take_flow, save_flows_done);
		return;
	}
	free(number);
	err_set(&s->failed, ERR_SYSTEM, "no thread could be started");
}

bool
save_is_ready(struct app *app)
{
	return flow_export_ready(app->out->save.export);
}

bool
save_is_going_on(const struct save *s)
{
	return s->export || s->put || s->collecting;
}

/* ---- what came of it ---- */

static void
save_say(struct save *s, struct app *app)
{
	char toast[sizeof app->toast], path[96], gone[80] = "", size[FMT_MAX + 1], passed[FMT_MAX + 1];

	out_path(app, s->path, path, sizeof path);
	*fmt_size_long(size, s->n) = '\0';
	s->saved = true;
	*fmt_size_long(passed, s->passed) = '\0';
	if (s->passed)
		snprintf(gone, sizeof gone, "; of %s that passed, the rest was not recorded", passed);
	if (s->gone)
		snprintf(gone, sizeof gone, "; %zu no longer kept", s->gone);
	if (save_is_flows(s->what) && s->n > app->leaving.saved)
		app->leaving.saved = s->n;
	if (save_is_flows(s->what))
		snprintf(toast, sizeof toast, "%llu flow%s saved to %s%s", (unsigned long long)s->n, s->n == 1 ? "" : "s", path, gone);
	else
		snprintf(toast, sizeof toast, "%s saved to %s%s", size, path, gone);
	app_toast(app, toast);
}

static void
save_end(struct save *s)
{
	flow_export_free(s->export);
	file_put_free(s->put);
	s->export = NULL;
	s->put = NULL;
}

void
save_turn(struct save *s, struct app *app)
{
	struct errmsg why = {.text = ""};
	char words[sizeof app->prompt.refusal.why];

	if (s->export ? flow_export_done(s->export, &why) : s->put && file_put_done(s->put, &why)) {
		if (s->export)
			gather_stop(&app->out->gather);
		if (s->empty && why.text[0] && !s->given_up)
			err_set(&why, ERR_NOTFOUND, "%s", s->gone ? "none of these flows is kept any more" : "there are no flows to be saved");
		save_end(s);
		if (!why.text[0])
			save_say(s, app);
		else if (!s->given_up)
			s->failed = why;
		app->dirty = true;
	}
	if (!s->failed.text[0] || app->prompt.active || app->menu.active)
		return;
	escape_text(words, sizeof words, span_str(s->failed.text), app->escape);
	s->failed.text[0] = '\0';
	save_where(app, s->typed, words);
	app->dirty = true;
}

void
save_cancel(struct save *s)
{
	buf_fini(&s->bytes);
	s->given_up = true;
	s->collecting = false;
	if (s->export)
		flow_export_cancel(s->export);
}

void
save_fini(struct save *s)
{
	save_end(s);
	buf_fini(&s->bytes);
	free(s->typed);
	free(s->path);
}

/* ---- where to ---- */

/* A path as a shell would take it: ~/ is the home directory. */
static char *
save_expand(const char *text)
{
	const char *home = getenv("HOME");

	if (text[0] == '~' && (text[1] == '/' || !text[1]) && home && *home)
		return mem_printf("%s%s", home, text + 1);
	return mem_strdup(text);
}

static void
save_refuse(struct app *app, const char *text, struct prompt_refusal *r)
{
	struct errmsg why = {.text = ""};
	char *path = save_expand(text);
	int rc = *path ? file_put_check(path, &why) : err_set(&why, ERR_REFUSED, "no name was given");

	(void)app;
	r->at = 0;
	if (rc && rc != ERR_NOTFOUND)
		escape_text(r->why, sizeof r->why, span_str(why.text), text_locale_utf8() ? ESCAPE_UTF8 : 0);
	free(path);
}

static void
save_exists_picked(struct app *app, unsigned row)
{
	if (!out_is_free(app))
		return;
	save_go(app, row == 0 && save_is_flows(app->out->save.what) ? FLOW_EXPORT_APPEND : FLOW_EXPORT_REPLACE);
}

/* A file is there. */
static void
save_ask_exists(struct app *app)
{
	static const struct menu_row rows[] = {
	    {'a', "append", "the flows in the file stay"},
	    {'r', "replace", "what is in the file is lost"},
	};
	struct save *s = &app->out->save;
	bool flows = save_is_flows(s->what);
	char path[64];

	out_path(app, s->path, path, sizeof path);
	snprintf(s->title, sizeof s->title, "%s is there", path);
	menu_open(&app->menu, s->title, rows + !flows, flows ? 2 : 1, 0, save_exists_picked);
}

static void
save_given(struct app *app, const char *text)
{
	struct save *s = &app->out->save;
	struct errmsg why;

	if (!out_is_free(app))
		return;
	free(s->typed);
	free(s->path);
	s->typed = mem_strdup(text);
	s->path = save_expand(text);
	if (file_put_check(s->path, &why) == ERR_NOTFOUND)
		save_go(app, FLOW_EXPORT_NEW);
	else
		save_ask_exists(app);
}

static void
save_where(struct app *app, const char *text, const char *why)
{
	struct save *s = &app->out->save;
	struct prompt *p = &app->prompt;
	char label[96];

	snprintf(label, sizeof label, "Save %s to: ", s->words[s->what]);
	prompt_ask_line(p, &(struct prompt_line){.label = label,
			       .hint = "Enter Save  Up History  ^U Clear  Esc Cancel",
			       .text = text,
			       .history = HISTORY_PATH,
			       .check = save_refuse,
			       .answer = save_given});
	if (why)
		snprintf(p->refusal.why, sizeof p->refusal.why, "%s", why);
}

/* ---- what ---- */

static void
save_picked(struct app *app, unsigned row)
{
	struct save *s = &app->out->save;

	s->what = s->row[row];
	save_where(app, "", NULL);
}

static void
save_count(struct app *app, enum save_what what)
{
	struct save *s = &app->out->save;
	unsigned long long total = flow_index_total(&app->index), n = s->flow;
	unsigned long long shown = app->index.chosen ? app->index.base.n : total;
	char *out = s->words[what];
	size_t size = sizeof s->words[what];

	switch (what) {
	case SAVE_FLOWS:
		if (!s->list)
			snprintf(out, size, "flow %llu", n);
		else if (save_marked(app)->n)
			snprintf(out, size, "%zu marked flow%s", save_marked(app)->n, save_marked(app)->n == 1 ? "" : "s");
		else
			snprintf(out, size, "%llu shown flow%s", shown, shown == 1 ? "" : "s");
		break;
	case SAVE_SHOWN:
		snprintf(out, size, "%llu shown flow%s", shown, shown == 1 ? "" : "s");
		break;
	case SAVE_ALL:
		snprintf(out, size, "all %llu flow%s", total, total == 1 ? "" : "s");
		break;
	case SAVE_RESPONSE_BODY:
	case SAVE_REQUEST_BODY:
		snprintf(out, size, "%s body of flow %llu", what == SAVE_REQUEST_BODY ? "request" : "response", n);
		break;
	default:
		snprintf(out, size, "%s of flow %llu", what == SAVE_REQUEST ? "request" : "response", n);
		break;
	}
}

void
save_ask(struct app *app)
{
	static const char keys[SAVE_WHATS] = {'1', '2', '3', '4', '5', 's', 'a'};
	static const char *const what[SAVE_WHATS] = {[SAVE_FLOWS] = "to a session file",
	    [SAVE_RESPONSE_BODY] = "without its content coding",
	    [SAVE_REQUEST_BODY] = "without its content coding",
	    [SAVE_RESPONSE] = "head and body as they came",
	    [SAVE_REQUEST] = "head and body as they came",
	    [SAVE_SHOWN] = "to a session file",
	    [SAVE_ALL] = "to a session file"};
	struct save *s = &app->out->save;
	struct menu_row row[SAVE_WHATS];
	struct out_choice choice;
	unsigned n = 0;

	if (!out_is_free(app) || !out_choose(app, false, &choice))
		return;
	free(choice.number);
	s->flow = choice.target.flow;
	s->list = choice.target.list;
	for (unsigned i = 0; i < SAVE_WHATS; i++) {
		bool others = save_marked(app)->n || !s->list;
		if ((i == SAVE_SHOWN && !others) || (i == SAVE_ALL && !others && !app->index.chosen))
			continue;
		save_count(app, (enum save_what)i);
		s->row[n] = (enum save_what)i;
		row[n++] = (struct menu_row){.key = keys[i], .name = s->words[i], .what = what[i]};
	}
	menu_open(&app->menu, "Save", row, n, 0, save_picked);
}

void
save_ask_all(struct app *app)
{
	struct save *s = &app->out->save;

	if (!out_is_free(app))
		return;
	s->saved = false;
	s->what = SAVE_ALL;
	save_count(app, SAVE_ALL);
	save_where(app, "", NULL);
}
