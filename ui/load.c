/* SPDX-License-Identifier: MIT
 * Loading a session file, in slices of the loop. */
#include "ui/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "flow/flow_load.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/cmd_set.h"
#include "ui/frontend.h"
#include "ui/out.h"

enum { LOAD_SLICE_NS = 4000000, LOAD_PATH_MAX = 64, LOAD_WORDS_MAX = 384, LOAD_TEXT_MAX = 4096 };

void
load_fini(struct load *l)
{
	flow_load_free(l->run);
	free(l->path);
	l->run = NULL;
	l->path = NULL;
}

void
cmd_load(struct app *app, const char *arg)
{
	struct load *l = &app->load;

	if (!*arg) {
		app_error(app, 0, "load: which session file?");
		return;
	}
	if (l->run) {
		app_refuse(app, "a session file is being loaded already: ^C ends that");
		return;
	}
	l->path = cmd_file_path(arg, NULL);
	l->run = flow_load_start(app->s->store, l->path, app->s->session, app->out->ready_fd);
	if (l->run)
		return;
	load_fini(l);
	app_error(app, 0, "load: no thread could be started");
}

/* The path in front, unless the sentence names it. */
static void
load_why(struct app *app, const char *why, char *out, size_t size)
{
	char path[LOAD_PATH_MAX], words[LOAD_WORDS_MAX];

	escape_text(words, sizeof words, span_str(why), app->escape);
	out_path(app, app->load.path, path, sizeof path);
	if (strstr(why, app->load.path))
		snprintf(out, size, "not loaded: %s", words);
	else
		snprintf(out, size, "%s: %s", path, words);
}

/* How it ended, where that was not with the last flow. */
static void
load_how(const struct app *app, const struct flow_load_result *r, bool given_up, struct buf *out)
{
	if (r->full) {
		buf_add_str(out, "; memory is full, :set memory makes room");
	} else if (given_up) {
		buf_add_str(out, "; the rest was given up");
	} else if (r->unreadable) {
		buf_add_str(out, "; not all can be read: ");
		escape_add(out, span_str(r->damage.text), app->escape);
	}
}

/* "12 flows loaded (5-16)"; the event log has the name of the file as well. */
static void
load_tell(struct app *app, const struct flow_load_result *r, bool given_up)
{
	bool bad = r->full || r->unreadable;
	char path[LOAD_PATH_MAX];
	struct buf text;

	buf_init(&text, LOAD_TEXT_MAX);
	if (r->flows)
		buf_addf(&text, "%llu flow%s loaded (%llu-%llu)", (unsigned long long)r->flows, r->flows == 1 ? "" : "s",
		    (unsigned long long)r->first, (unsigned long long)r->last);
	else
		buf_add_str(&text, bad || given_up ? "no flow loaded" : "no flow is in the file");
	load_how(app, r, given_up, &text);
	buf_add(&text, "", 1); /* a string */
	app_toast(app, text.p);
	app->toast_until_ns = UINT64_MAX; /* it was waited for */
	text.n--;
	out_path(app, app->load.path, path, sizeof path);
	buf_addf(&text, ", from %s", path);
	buf_add(&text, "", 1);
	flow_store_event(app->s->store, bad ? FLOW_EVENT_WARNING : FLOW_EVENT_INFO, r->first, text.p);
	buf_fini(&text);
}

static void
load_end(struct app *app, bool given_up)
{
	struct load *l = &app->load;
	const struct flow_load_result *r = flow_load_result(l->run);
	char text[LOAD_TEXT_MAX];

	l->loaded += r->flows;
	if (r->why.text[0]) {
		load_why(app, r->why.text, text, sizeof text);
		app_error(app, 0, text);
	} else {
		load_tell(app, r, given_up);
	}
	load_fini(l);
	app->dirty = true;
}

bool
load_turn(struct app *app)
{
	struct load *l = &app->load;

	if (!l->run)
		return false;
	enum flow_load_state state = flow_load_turn(l->run, clock_mono_ns() + LOAD_SLICE_NS);
	app->dirty = true;
	if (state == FLOW_LOAD_OVER)
		load_end(app, false);
	return state == FLOW_LOAD_MORE;
}

bool
load_cancel(struct app *app)
{
	bool was = app->load.run != NULL;

	if (was)
		load_end(app, true);
	return was;
}

bool
load_status(struct app *app, struct buf *line)
{
	const struct load *l = &app->load;
	char path[LOAD_PATH_MAX];

	if (!l->run)
		return false;
	out_path(app, l->path, path, sizeof path);
	buf_addf(line, "loading, ^C stops: %llu flows, %u %% of %s", (unsigned long long)flow_load_result(l->run)->flows,
	    flow_load_percent(l->run), path);
	return true;
}
