/* SPDX-License-Identifier: MIT
 * Parts of a message, each with its editor. */
#include "ui/edit_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/text_form.h"
#include "ui/app.h"
#include "ui/edit.h"
#include "ui/edit_body.h"
#include "ui/editor.h"
#include "ui/term.h"
#include "ui/view_edit.h"
#include "ui/view_grid.h"
#include "ui/viewer.h"

/* ---- the start line ---- */

static void
part_line_answer(struct app *app, const char *text)
{
	struct edit *e = app->asked.e;

	edit_keep(e);
	free(e->now.start);
	e->now.start = mem_strdup(text);
	view_edit_changed(app);
}

static void
part_line(struct app *app, struct edit *e)
{
	if (strlen(e->now.start) >= PROMPT_TEXT_MAX) {
		app_toast(app, "too long for a line: e edits the whole message in $EDITOR");
		return;
	}
	app->asked.e = e;
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = e->now.response ? "Status line: " : "Request line: ",
					  .text = e->now.start,
					  .history = HISTORY_NONE,
					  .answer = part_line_answer});
}

/* ---- grids ---- */

static void
part_fields_done(struct app *app, void *arg, const struct h1_message_fields *f)
{
	struct edit *e = arg;

	edit_keep(e);
	h1_fields_copy(&e->now.fields, f);
	view_edit_changed(app);
}

static void
part_trailers_done(struct app *app, void *arg, const struct h1_message_fields *f)
{
	struct edit *e = arg;

	edit_keep(e);
	h1_fields_copy(&e->now.trailers, f);
	view_edit_changed(app);
}

/* Splits "a=1&b" at one sign into names and values. */
static void
part_split(const char *text, size_t n, char sep, struct h1_message_fields *out)
{
	while (n) {
		const char *end = memchr(text, sep, n), *eq;
		size_t one = end ? (size_t)(end - text) : n;
		size_t skip = 0;
		while (sep == ';' && skip < one && text[skip] == ' ')
			skip++;
		char *name = mem_dup(text + skip, one - skip);
		eq = strchr(name, '=');
		if (eq && eq[1]) /* "a=" stays one word: it is not "a" */
			name[eq - name] = '\0';
		if (one > skip)
			h1_fields_insert(out, out->n, name, eq && eq[1] ? eq + 1 : "");
		free(name);
		text += one + (end != NULL);
		n -= one + (end != NULL);
	}
}

static void
part_join(const struct h1_message_fields *f, const char *between, struct buf *out)
{
	for (unsigned i = 0; i < f->n; i++) {
		buf_add_str(out, i ? between : "");
		buf_add_str(out, f->field[i].name);
		if (f->field[i].value[0]) {
			buf_add_str(out, "=");
			buf_add_str(out, f->field[i].value);
		}
	}
}

/* Offset and length of the query within the start line, without its question mark; false: there is none, and at is where it would
 * begin. */
static bool
part_query_at(const char *start, size_t *at, size_t *n)
{
	size_t method = strcspn(start, " ");
	const char *target = start + method + (start[method] == ' ');
	size_t target_n = strcspn(target, " ");
	const char *mark = memchr(target, '?', target_n);

	*at = (size_t)(target - start) + target_n;
	*n = 0;
	if (!mark)
		return false;
	*at = (size_t)(mark + 1 - start);
	*n = (size_t)(target + target_n - mark - 1);
	return true;
}

static void
part_query_done(struct app *app, void *arg, const struct h1_message_fields *f)
{
	struct edit *e = arg;
	struct buf out;
	size_t at, n;

	edit_keep(e);
	bool had = part_query_at(e->now.start, &at, &n);
	buf_init(&out, 4 * HTTP_HEAD_MAX_BYTES);
	buf_add(&out, e->now.start, at - (had && !f->n));
	if (!had && f->n)
		buf_add_str(&out, "?");
	part_join(f, "&", &out);
	buf_add_str(&out, e->now.start + at + n);
	free(e->now.start);
	e->now.start = mem_dup(out.p, out.n);
	buf_fini(&out);
	view_edit_changed(app);
}

static void
part_cookies_done(struct app *app, void *arg, const struct h1_message_fields *f)
{
	struct edit *e = arg;
	unsigned i = h1_fields_find(&e->now.fields, "cookie");
	struct buf out;

	edit_keep(e);
	buf_init(&out, 4 * HTTP_HEAD_MAX_BYTES);
	part_join(f, "; ", &out);
	buf_add(&out, "", 1);
	if (i < e->now.fields.n && f->n)
		h1_fields_set(&e->now.fields, i, e->now.fields.field[i].name, out.p);
	else if (i < e->now.fields.n)
		h1_fields_remove(&e->now.fields, i);
	else if (f->n)
		h1_fields_insert(&e->now.fields, e->now.fields.n, "Cookie", out.p);
	buf_fini(&out);
	view_edit_changed(app);
}

static void
part_form_done(struct app *app, void *arg, const struct h1_message_fields *f)
{
	struct edit *e = arg;

	edit_keep(e);
	buf_clear(&e->now.body);
	part_join(f, "&", &e->now.body);
	view_edit_changed(app);
}

/* The body as a grid; NULL: why it is none. */
static const char *
part_form(const struct edit *e, struct h1_message_fields *f)
{
	unsigned i = h1_fields_find(&e->now.fields, "content-type");
	const char *type = i < e->now.fields.n ? e->now.fields.field[i].value : "";

	if (!text_form_fits(span_str(type), SPAN_NONE))
		return "the body is no form: 3 edits it as text";
	if (!edit_body_is_text(e))
		return "the body is not text: b opens it in $EDITOR";
	if (e->now.body.n > EDITOR_MAX_BYTES)
		return "the body is too large to be edited here: b opens it in $EDITOR";
	if (memchr(buf_span(&e->now.body).p, '\n', e->now.body.n) || memchr(buf_span(&e->now.body).p, '\r', e->now.body.n))
		return "the form has more than one line: 3 edits it as text";
	part_split(buf_span(&e->now.body).p, e->now.body.n, '&', f);
	return NULL;
}

static void
part_grid(struct app *app, struct edit *e, const char *what)
{
	struct view_grid_about about = {.between = "=", .bare = true, .arg = e};
	struct h1_message_fields f = {0};
	size_t at, n;

	if (strcmp(what, "fields") == 0) {
		about = (struct view_grid_about){.title = "header fields", .between = ": ", .done = part_fields_done, .arg = e};
		h1_fields_copy(&f, &e->now.fields);
	} else if (strcmp(what, "trailers") == 0) {
		about = (struct view_grid_about){.title = "trailers", .between = ": ", .done = part_trailers_done, .arg = e};
		h1_fields_copy(&f, &e->now.trailers);
	} else if (strcmp(what, "form") == 0) {
		about.title = "form";
		about.done = part_form_done;
		const char *why = part_form(e, &f);
		if (why) {
			app_toast(app, why);
			return;
		}
	} else if (e->now.response) {
		app_toast(app, "a response has no such part");
		return;
	} else if (strcmp(what, "query") == 0) {
		about.title = "query parameters";
		about.done = part_query_done;
		if (part_query_at(e->now.start, &at, &n))
			part_split(e->now.start + at, n, '&', &f);
	} else {
		unsigned i = h1_fields_find(&e->now.fields, "cookie");
		about.title = "cookies";
		about.done = part_cookies_done;
		if (i < e->now.fields.n)
			part_split(e->now.fields.field[i].value, strlen(e->now.fields.field[i].value), ';', &f);
	}
	app_push(app, view_grid_new(&f, &about));
	h1_fields_fini(&f);
}

/* ---- in an external editor ---- */

/* What the editor is running on. */
struct part_outside {
	struct app *app;
	struct edit *e;
	enum edit_outside what;
};

static void part_outside_run(struct app *app, struct edit *e, enum edit_outside what, struct span text);

static void
part_again(struct app *app, const char *yes)
{
	struct edit_asked *q = &app->asked;
	struct span text = q->refused;

	(void)yes;
	q->refused = SPAN_NONE;
	part_outside_run(app, q->e, q->outside, text);
	free((char *)(uintptr_t)text.p);
}

/* The text is kept until it is right or given up. */
static void
part_refuse(const struct part_outside *o, struct span text, unsigned line, const char *why)
{
	struct edit_asked *q = &o->app->asked;
	char question[160];

	free((char *)(uintptr_t)q->refused.p);
	*q = (struct edit_asked){
	    .e = o->e, .outside = o->what, .refused = span_of(mem_dup(text.p, text.n), text.n)};
	snprintf(question, sizeof question, "Line %u: %.100s. Edit it again? y/n", line, why);
	prompt_ask(&o->app->prompt, true, question, part_again);
}

static void
part_outside_done(void *arg, struct span text, const struct errmsg *why)
{
	struct part_outside *o = arg;
	struct errmsg bad;
	unsigned line;

	if (!text.p) {
		app_error(o->app, 0, why->text);
	} else if (o->what == EDIT_OUTSIDE_BODY) {
		edit_body_take(o->app, o->e, text);
	} else {
		edit_keep(o->e);
		if (h1_message_from_text(&o->e->now, text, o->what == EDIT_OUTSIDE_ALL, &line, &bad)) {
			edit_undo(o->e);
			part_refuse(o, text, line, bad.text);
		}
		view_edit_changed(o->app);
	}
	free(o);
}

static void
part_outside_run(struct app *app, struct edit *e, enum edit_outside what, struct span text)
{
	static const char *const name[] = {"message", "head", "body"};
	struct part_outside *o = mem_zalloc(sizeof *o);
	struct errmsg why;

	*o = (struct part_outside){.app = app, .e = e, .what = what};
	if (viewer_start_edit(app->term, name[what], &text, 1,
	        &(struct viewer_edit){.done = part_outside_done, .arg = o}, &why)) {
		app_error(app, 0, why.text);
		free(o);
	}
}

static void
part_outside(struct app *app, struct edit *e, bool body)
{
	bool text = edit_body_is_text(e);
	struct buf out;

	buf_init(&out, H1_MESSAGE_TEXT_MAX_BYTES);
	if (body)
		buf_add_span(&out, buf_span(&e->now.body));
	else
		h1_message_text(&e->now, text, &out);
	part_outside_run(app, e, body ? EDIT_OUTSIDE_BODY : text ? EDIT_OUTSIDE_ALL : EDIT_OUTSIDE_HEAD, buf_span(&out));
	buf_fini(&out);
}

void
edit_part_open(struct app *app, struct edit *e, const char *what)
{
	if (e->message && strcmp(what, "body") != 0) {
		if (strstr(what, "editor"))
			part_outside(app, e, true);
		else
			app_toast(app, "a WebSocket message has a body only: 3 edits it here, e in $EDITOR");
	} else if (strcmp(what, "line") == 0)
		part_line(app, e);
	else if (strcmp(what, "body") == 0)
		edit_body_open(app, e);
	else if (strcmp(what, "editor") == 0)
		part_outside(app, e, false);
	else if (strcmp(what, "body-editor") == 0)
		part_outside(app, e, true);
	else
		part_grid(app, e, what);
}
