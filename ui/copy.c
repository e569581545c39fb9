/* SPDX-License-Identifier: MIT
 * Copying. */
#include "ui/copy.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/paths.h"
#include "flow/flow.h"
#include "flow/flow_curl.h"
#include "flow/flow_set.h"
#include "ui/app.h"
#include "ui/file_put.h"
#include "ui/flow_bytes.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/out.h"
#include "ui/term.h"
#include "ui/view_empty.h"

static int
copy_host(struct buf *out, const struct flow *f, struct errmsg *why)
{
	if (!f->host.n)
		return err_set(why, ERR_NOTFOUND, "flow %llu names no host", (unsigned long long)f->number);
	return buf_add_span(out, f->host);
}

static int
copy_request(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_message(out, f, FLOW_REQUEST, why);
}

static int
copy_response(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_message(out, f, FLOW_RESPONSE, why);
}

static int
copy_request_head(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_part(out, f, FLOW_PART_REQUEST_HEAD, false, why);
}

static int
copy_response_head(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_part(out, f, FLOW_PART_RESPONSE_HEAD, false, why);
}

static int
copy_request_body(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_part(out, f, FLOW_PART_REQUEST, true, why);
}

static int
copy_response_body(struct buf *out, const struct flow *f, struct errmsg *why)
{
	return flow_bytes_part(out, f, FLOW_PART_RESPONSE, true, why);
}

static const struct copy_kind {
	char key;
	const char *name, *title, *what, *one, *several; /* one, several: for the toast; several NULL: one flow at a time */
	int (*add)(struct buf *out, const struct flow *f, struct errmsg *why);
} copy_kinds[] = {
    {'c', "curl", "curl line", "sends the request again", "curl line", "curl lines", flow_curl_add},
    {'u', "url", "URL", "", "URL", "URLs", flow_curl_url},
    {'s', "server", "server", "its name", "name of the server", "names of servers", copy_host},
    {'r', "request", "request", "head and body as they came", "request", NULL, copy_request},
    {'R', "response", "Response", "head and body as they came", "response", NULL, copy_response},
    {'h', "request-head", "head of the request", "", "request head", NULL, copy_request_head},
    {'H', "response-head", "Head of the response", "", "response head", NULL, copy_response_head},
    {'b', "request-body", "body of the request", "without its content coding", "request body", NULL, copy_request_body},
    {'B', "response-body", "Body of the response", "without its content coding", "response body", NULL, copy_response_body},
    {'m', "message", "message", "the one that is selected", "message", NULL, NULL}, /* which the view gives */
};
enum { COPY_KINDS = sizeof copy_kinds / sizeof copy_kinds[0], COPY_MESSAGE = COPY_KINDS - 1 };

/* ---- what was collected goes out ---- */

/* Whether all flows were as they should be, for the end of a toast; out is "" when they were. */
static void
copy_left_out(const struct copy *c, size_t gone, char *out, size_t size)
{
	char why[96];

	out[0] = '\0';
	if (c->failed)
		escape_text(why, sizeof why, span_str(c->why.text), 0);
	if (c->failed)
		snprintf(out, size, "; %zu left out: %s", c->failed + gone, why);
	else if (gone)
		snprintf(out, size, "; %zu are no longer kept", gone);
}

static void
copy_to_file(struct copy *c, struct app *app)
{
	c->path = paths_copied_file();
	if (!c->path) {
		app_error(app, 0, "no place for a file: neither XDG_CACHE_HOME nor HOME is set");
		return;
	}
	c->put = file_put_start(c->path, FILE_PUT_PRIVATE, &c->text, app->out->ready_fd);
	if (!c->put)
		app_error(app, 0, "no thread could be started to write a file");
}

static void
copy_out(struct copy *c, struct app *app, size_t gone)
{
	char toast[sizeof app->toast], size[FMT_MAX + 1], rest[112];
	const char *done = c->done;

	*fmt_size_long(size, c->text.n) = '\0';
	if (term_copy(app->term, buf_span(&c->text))) {
		copy_to_file(c, app);
		return;
	}
	copy_left_out(c, gone, rest, sizeof rest);
	snprintf(toast, sizeof toast, "%s copied, %s%s", done, size, rest);
	app_toast(app, toast);
}

static void
copy_done(struct app *app)
{
	struct copy *c = &app->out->copy;
	const struct copy_kind *k = &copy_kinds[c->kind];
	const struct gather *g = &app->out->gather;
	char toast[sizeof app->toast];

	if (!c->taken) {
		escape_text(toast, sizeof toast, span_str(c->failed ? c->why.text : "the flow is no longer kept"), app->escape);
		app_error(app, 0, toast);
	} else {
		if (c->taken > 1)
			snprintf(c->done, sizeof c->done, "%zu %s", c->taken, k->several);
		copy_out(c, app, g->gone);
	}
	buf_fini(&c->text);
}

void
copy_turn(struct copy *c, struct app *app)
{
	struct errmsg why;
	char toast[sizeof app->toast], path[sizeof app->toast];

	if (!c->put || !file_put_done(c->put, &why))
		return;
	out_path(app, c->path, path, sizeof path);
	if (why.text[0]) {
		snprintf(toast, sizeof toast, "cannot write %.90s: %.50s", path, why.text);
		app_error(app, 0, toast);
	} else {
		snprintf(toast, sizeof toast, "%s is in %.80s", c->done, path);
		app_toast(app, toast);
	}
	app->dirty = true;
	file_put_free(c->put);
	free(c->path);
	c->put = NULL;
	c->path = NULL;
}

/* ---- collecting ---- */

static bool
copy_take(struct app *app, const struct flow *f)
{
	struct copy *c = &app->out->copy;
	const struct copy_kind *k = &copy_kinds[c->kind];
	size_t before = c->text.n;
	struct errmsg why;
	int bad = c->taken ? buf_add(&c->text, "\n", 1) : 0;

	if (!bad)
		bad = k->add(&c->text, f, &why);
	else
		err_set(&why, ERR_LIMIT, "that is too much to be copied");
	if (!bad) {
		c->taken++;
		snprintf(c->done, sizeof c->done, "%s of flow %llu", k->one, (unsigned long long)f->number);
		return true;
	}
	c->text.n = before;
	if (!c->failed++)
		c->why = why;
	return true;
}

static void
copy_message(struct app *app, const struct out_choice *choice)
{
	struct copy *c = &app->out->copy;
	struct view *v = app_top(app);
	struct errmsg why;

	if (!choice->target.message) {
		app_refuse(app, "no message is selected: 6 Messages of a flow has them");
		return;
	}
	buf_init(&c->text, COPY_MAX);
	snprintf(c->done, sizeof c->done, "message of flow %llu", (unsigned long long)choice->target.flow);
	if (v->ops->bytes(v, app, &c->text, &why))
		app_error(app, 0, why.text);
	else
		copy_out(c, app, 0);
	buf_fini(&c->text);
}

static void
copy_kind(struct app *app, unsigned kind)
{
	struct copy *c = &app->out->copy;
	struct out_choice choice;

	if (!out_is_free(app))
		return;
	if (!out_choose(app, copy_kinds[kind].several != NULL, &choice))
		return;
	c->kind = kind;
	c->once = true;
	c->taken = c->failed = 0;
	if (kind == COPY_MESSAGE) {
		free(choice.number);
		copy_message(app, &choice);
		return;
	}
	buf_init(&c->text, COPY_MAX);
	gather_start(&app->out->gather, app, choice.number, choice.n, copy_take, copy_done);
}

/* Before the first flow there is one thing to copy: how to make one. */
static void
copy_start_line(struct app *app)
{
	struct copy *c = &app->out->copy;

	if (!out_is_free(app))
		return;
	c->taken = c->failed = 0;
	snprintf(c->done, sizeof c->done, "curl line");
	buf_init(&c->text, COPY_MAX);
	view_empty_curl(app, INT_MAX, &c->text);
	copy_out(c, app, 0);
	buf_fini(&c->text);
}

void
copy_ask(struct app *app)
{
	struct menu_row row[COPY_KINDS];
	struct out_choice choice;
	unsigned n = COPY_KINDS, chosen = app->out->copy.kind;

	if (!app->stats.total && !app->s->reading) {
		copy_start_line(app);
		return;
	}
	if (!out_choose(app, true, &choice))
		return;
	free(choice.number);
	for (unsigned i = 0; i < COPY_KINDS; i++)
		row[i] = (struct menu_row){.key = copy_kinds[i].key, .name = copy_kinds[i].title, .what = copy_kinds[i].what};
	if (!choice.target.message)
		n = COPY_MESSAGE;
	menu_open(&app->menu, choice.n > 1 ? "Copy (first three: of all marked)" : "Copy", row, n, chosen < n ? chosen : 0, copy_kind);
}

void
copy_what(struct app *app, const char *what)
{
	const struct copy *c = &app->out->copy;

	if (strcmp(what, "again") == 0) {
		if (c->once)
			copy_kind(app, c->kind);
		else
			app_toast(app, "nothing was copied yet: y asks what");
		return;
	}
	for (unsigned i = 0; i < COPY_KINDS; i++) {
		if (strcmp(what, copy_kinds[i].name) != 0)
			continue;
		copy_kind(app, i);
		return;
	}
	app_toast(app, "copy curl, url, server, request, response, request-head, request-body, response-head, response-body or message");
}

void
copy_fini(struct copy *c)
{
	file_put_free(c->put);
	free(c->path);
	buf_fini(&c->text);
}
