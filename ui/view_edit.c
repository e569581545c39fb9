/* SPDX-License-Identifier: MIT
 * The edit screen. What it shows is the difference between the message as it came and as it will go out. */
#include "ui/view_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow.h"
#include "flow/flow_intent.h"
#include "text/text_diff.h"
#include "text/text_json.h"
#include "ui/app.h"
#include "ui/edit.h"
#include "ui/edit_parts.h"
#include "ui/edit_shelf.h"
#include "ui/flow_send.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/held_queue.h"
#include "ui/pager.h"
#include "ui/rules.h"
#include "ui/status.h"
#include "ui/term.h"
#include "ui/view.h"
#include "ui/viewer.h"

enum {
	EDIT_TEXT_MAX = 16 << 20,
	EDIT_TITLE_MAX = 512,
	EDIT_HINT_FROM_ROWS = 16, /* the lines that tell the keys */
	EDIT_TIGHT_BELOW_ROWS = 7, /* the lines that tell what is edited */
	EDIT_HINT_ROWS = 3,
	EDIT_WIDE_FROM_COLS = 100,
	EDIT_QUEUE_FROM_ROWS = 28, /* the queue of what is held */
	EDIT_QUEUE_MAX = 8,
	EDIT_CLIENT_FROM_COLS = 60, /* the words about the client */
	EDIT_RULE_MIN_COLS = 10,
	EDIT_WORDS_MAX = 128
};

struct view_edit {
	struct view base;
	struct edit *e;
	struct text_lines text;
	struct pager pager;
	size_t changes;        /* lines that differ */
	struct errmsg refused; /* why it cannot be sent as it is; "" */
	char json[64];         /* whether the body is JSON, when it is meant to be; "" */
	bool stale;            /* text has to be made again */
};

/* The flow, when it is held and this edit is about its held message. */
static const struct flow *
edit_held_flow(const struct view_edit *v, const struct app *app)
{
	const struct flow *f = v->e->number ? flow_store_find(app->s->store, v->e->number) : NULL;

	if (!f || f->state != FLOW_S_HELD || v->e->kind == EDIT_SEND)
		return NULL;
	return edit_is_of_held(v->e, f) ? f : NULL;
}

/* ---- drawn ---- */

static const char *
edit_field(const struct h1_message *m, const char *name)
{
	unsigned i = h1_fields_find(&m->fields, name);

	return i < m->fields.n ? m->fields.field[i].value : "";
}

static bool
edit_body_is_coded(const struct h1_message *m)
{
	return *edit_field(m, "content-encoding") && !m->decoded;
}

/* A body that was JSON, or is said to be, is looked at again after every change. */
static void
edit_judge_body(struct view_edit *v)
{
	const struct edit *e = v->e;
	struct span was = buf_span(&e->was.body), now = buf_span(&e->now.body);
	bool before = was.n && !edit_body_is_coded(&e->was) &&
		      text_json_fits(span_str(edit_field(&e->was, "content-type")), was);
	bool meant = before || text_json_fits(span_str(edit_field(&e->now, "content-type")), now);
	size_t line;

	v->json[0] = '\0';
	if (!meant || !now.n || edit_body_is_coded(&e->now))
		return;
	if (text_json_check(now, &line)) {
		snprintf(v->json, sizeof v->json, "body parses as JSON");
		return;
	}
	size_t unused;
	bool anymore = before && text_json_check(was, &unused);
	snprintf(v->json, sizeof v->json, "body is not JSON%s: line %zu", anymore ? " any more" : "", line);
}

/* As the option says now, whatever it was when an undo was kept. */
static void
edit_use_option(struct view_edit *v, const struct app *app)
{
	v->e->now.keep_length = !option_bool(app->s->options, OPT_FIXLEN);
}

static void
edit_build(struct view_edit *v, const struct app *app)
{
	struct text_lines was, now;
	struct intent_message *m;
	bool same;

	if (!v->stale)
		return;
	v->stale = false;
	edit_use_option(v, app);
	v->refused.text[0] = '\0';
	v->changes = 0;
	m = edit_message(v->e, &same, &v->refused);
	intent_message_free(m);
	edit_judge_body(v);
	text_lines_init(&was, EDIT_TEXT_MAX, v->text.escape);
	text_lines_init(&now, EDIT_TEXT_MAX, v->text.escape);
	edit_lines(&v->e->was, v->e->to_head, &was);
	edit_lines(&v->e->now, v->e->to_head, &now);
	text_lines_clear(&v->text);
	if (edit_is_changed(v->e))
		v->changes = text_diff_show(&v->text, &was, &now, SIZE_MAX);
	else
		edit_lines(&v->e->now, v->e->to_head, &v->text);
	text_lines_fini(&was);
	text_lines_fini(&now);
	pager_invalidate(&v->pager);
}

static const char *
edit_what(const struct edit *e)
{
	static const char *const what[] = {"HELD request", "HELD response"};

	if (e->message)
		return e->dir == FLOW_REQUEST ? "HELD message of the client" : "HELD message of the server";
	if (e->kind == EDIT_SEND)
		return e->number ? "EDIT and send again" : "NEW request";
	return e->kind == EDIT_ANSWER ? "ANSWER to a held request" : what[e->dir];
}

/* What flow it is about, escaped. */
static void
edit_title(const struct view_edit *v, struct app *app, struct buf *out)
{
	const struct flow *f = v->e->number ? flow_store_find(app->s->store, v->e->number) : NULL;
	size_t of, place = edit_held_flow(v, app) ? flow_send_held_place(app, v->e->number, &of) : 0;

	buf_add_str(out, edit_what(v->e));
	if (place && of > 1)
		buf_addf(out, " %zu of %zu", place, of);
	if (f) {
		buf_addf(out, "   #%llu  ", (unsigned long long)f->number);
		escape_add(out, f->method, app->escape);
		buf_addf(out, " %s://", f->tls ? "https" : "http");
		escape_add(out, f->host, app->escape);
		if (flow_text_port(f))
			buf_addf(out, ":%u", flow_text_port(f));
		flow_text_put_path(out, flow_text_path(f), SIZE_MAX, app->escape);
	} else if (v->e->number) {
		buf_addf(out, "   #%llu", (unsigned long long)v->e->number);
	}
}

/* What can be done comes first: the reason may be cut. */
static void
edit_put_ended(const struct view_edit *v, struct app *app, struct buf *out)
{
	const struct flow *ended = v->e->number ? flow_store_find(app->s->store, v->e->number) : NULL;

	buf_add_str(out, v->e->message ? "it is held no more" : "it is held no more: r sends it as a new request");
	if (ended && ended->why) {
		buf_add_str(out, "; ");
		escape_add(out, span_str(ended->why), app->escape);
	}
}

/* Of one that cannot be sent as it is: where it went before. */
static void
edit_put_destination(const struct edit *e, struct app *app, struct buf *out)
{
	struct edit_server to;

	if (edit_destination(e, &to, NULL))
		to = e->server;
	buf_add_str(out, "to ");
	escape_add(out, span_str(to.host), app->escape);
	buf_addf(out, " port %u%s", to.port, to.tls ? " over TLS" : "");
}

static void
edit_standing(const struct view_edit *v, struct app *app, struct buf *out)
{
	const struct flow *f = edit_held_flow(v, app);

	if (v->e->kind == EDIT_SEND) {
		edit_put_destination(v->e, app, out);
		return;
	}
	if (!f) {
		edit_put_ended(v, app, out);
		return;
	}
	buf_addf(out, "rule %u: ", f->detail->hold.rule);
	escape_add(out, span_str(rules_expr(&app->rules, f->detail->hold.rule)), app->escape);
}

/* How long it is held, and who ends that: the client may give up, after a time that it alone knows. "" when it is not held. */
static void
edit_hold_words(const struct view_edit *v, const struct app *app, int cols, char *out, size_t size)
{
	const struct flow *f = edit_held_flow(v, app);
	char held[FMT_MAX + 1], by[16], end[40] = "auto off";

	*out = '\0';
	if (!f || v->e->kind == EDIT_SEND)
		return;
	const struct flow_hold *h = &f->detail->hold;
	*fmt_duration(held, (app->env.now_ns - h->since_ns) / 1000) = '\0';
	snprintf(by, sizeof by, h->hold_ms % 1000 ? "%ums" : "%us", (unsigned)(h->hold_ms % 1000 ? h->hold_ms : h->hold_ms / 1000));
	if (h->hold_ms)
		snprintf(end, sizeof end, "auto %s then %s", by, h->kill_after ? "kill" : "send");
	snprintf(out, size, "   held %s%s   %s", held, cols >= EDIT_CLIENT_FROM_COLS ? "   client timeout unknown" : "", end);
}

/* The rule gives way to what follows it. */
static void
edit_draw_standing(const struct view_edit *v, struct app *app, const struct area *a, int y)
{
	const struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_NOTE, .escapes = true};
	char words[EDIT_WORDS_MAX];
	struct buf line;

	edit_hold_words(v, app, a->w, words, sizeof words);
	int room = a->w - (int)strlen(words);
	buf_init(&line, EDIT_TITLE_MAX);
	edit_standing(v, app, &line);
	int x = cell_text(a, y, 0, room > EDIT_RULE_MIN_COLS ? room : EDIT_RULE_MIN_COLS, buf_span(&line), &style);
	cell_words(a, y, x, a->w - x, words, ROLE_NOTE);
	buf_fini(&line);
}

static void
edit_draw_rule(const struct area *a, int y, const char *left, const char *right, const struct glyphs *g)
{
	int n = (int)strlen(right);

	cell_fill(a, y, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, y, 2, a->w - 2, left, ROLE_RULE);
	if (*right && (int)strlen(left) + n + 8 < a->w)
		cell_words(a, y, a->w - n - 3, n + 2, right, ROLE_RULE);
}

/* What passes meanwhile: editing stops nothing else. */
static void
edit_draw_traffic(const struct app *app, const struct area *a, int y)
{
	char words[EDIT_WORDS_MAX];

	snprintf(words, sizeof words, " the traffic goes on: %llu active, %.0f req/s ", (unsigned long long)app->stats.active,
	    app->rates.now[RATE_REQUESTS]);
	edit_draw_rule(a, y, " edit ", words, term_glyphs(app->term));
}

static void
edit_draw_hints(const struct view_edit *v, const struct app *app, const struct area *a, int y)
{
	bool held = v->e->kind == EDIT_HELD && edit_held_flow(v, app), request = !v->e->now.response;
	bool all = held && app->stats.held > 1 && a->w >= EDIT_WIDE_FROM_COLS;
	char more[48];

	edit_draw_traffic(app, a, y);
	if (v->e->message) {
		cell_words(a, y + 1, 1, a->w - 1, "e in $EDITOR   3 edit it here", ROLE_NOTE);
		cell_words(a, y + 2, 1, a->w - 1, "a send edited   o send as it came   x drop it   X kill the connection", ROLE_NOTE);
		return;
	}
	cell_words(a, y + 1, 1, a->w - 1,
	    !request                       ? "e all in $EDITOR  b body in $EDITOR  1 line  2 fields  3 body  6 trailers"
	    : a->w >= EDIT_WIDE_FROM_COLS  ? "e all in $EDITOR  b body in $EDITOR  1 line  2 fields  3 body  4 query  5 cookies  6 trailers  7 form"
	                                   : "e all  b body in $EDITOR  1 line 2 fields 3 body 4 query 5 cookies 6 trailers",
	    ROLE_NOTE);
	int x = 1 + cell_words(a, y + 2, 1, a->w - 1,
	    held && request ? "a send edited   o send as it came   s answer it here   r send a copy   X kill"
	    : held          ? "a send edited   o send as it came   r send the request again   X kill"
	    : v->e->kind == EDIT_HELD   ? "r send the request as a new one   q back"
	    : v->e->kind == EDIT_ANSWER ? "a answer with this   q back to the request"
	                                : "a send   q back",
	    ROLE_NOTE);
	snprintf(more, sizeof more, "   A let all %llu go", (unsigned long long)app->stats.held);
	if (all)
		cell_words(a, y + 2, x, a->w - x, more, ROLE_NOTE);
}

/* Lines that the queue takes below the message; 0: it is not shown. */
static int
edit_queue_rows(const struct view_edit *v, const struct app *app, const struct area *a)
{
	size_t n = held_queue_count(app);

	if (a->h < EDIT_QUEUE_FROM_ROWS || v->e->kind == EDIT_SEND || !n)
		return 0;
	return 1 + (int)(n < EDIT_QUEUE_MAX ? n : EDIT_QUEUE_MAX);
}

static void
edit_draw_queue(const struct view_edit *v, struct app *app, const struct area *a, int y, int rows)
{
	const struct area part = {.y = a->y, .x = a->x, .h = y + rows, .w = a->w};

	edit_draw_rule(&part, y, " held queue ", " J/K next and previous ", term_glyphs(app->term));
	held_queue_draw(app, &part, y + 1, v->e->number);
}

static void
edit_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_edit *v = (struct view_edit *)base;
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = g, .role = ROLE_STATUS, .escapes = true};
	bool hints = a->h >= EDIT_HINT_FROM_ROWS, tight = a->h < EDIT_TIGHT_BELOW_ROWS;
	char right[96];
	struct buf line;
	int y = 0;

	if (v->text.escape != app->escape) { /* what is masked has changed */
		v->text.escape = app->escape;
		v->stale = true;
	}
	edit_build(v, app);
	buf_init(&line, EDIT_TITLE_MAX);
	edit_title(v, app, &line);
	cell_text(a, y++, 0, a->w, buf_span(&line), &style);
	buf_fini(&line);
	if (!tight)
		edit_draw_standing(v, app, a, y++);
	snprintf(right, sizeof right, " %zu line%s changed, u undo, R restore ", v->changes, v->changes == 1 ? "" : "s");
	if (!tight)
		edit_draw_rule(a, y++, " your edit ", v->changes ? right : " as it came ", g);
	int below = hints ? EDIT_HINT_ROWS : 0, queue = edit_queue_rows(v, app, a);
	struct area page = {.y = a->y + y, .x = a->x, .h = a->h - y - below - queue, .w = a->w};
	page.h = page.h > 0 ? page.h : 0;
	pager_layout(&v->pager, &v->text, page.w, page.h ? page.h : 1);
	if (page.h)
		pager_draw(&v->pager, &page, g);
	if (queue)
		edit_draw_queue(v, app, a, a->h - below - queue, queue);
	if (hints)
		edit_draw_hints(v, app, a, a->h - EDIT_HINT_ROWS);
	app->cursor_y = page.y;
}

static void
edit_status(struct view *base, struct app *app, struct buf *out)
{
	struct view_edit *v = (struct view_edit *)base;
	int rows, cols;

	if (v->refused.text[0]) {
		buf_add_str(out, "cannot be sent: ");
		escape_add(out, span_str(v->refused.text), 0);
		return;
	}
	buf_addf(out, "%zu line%s changed", v->changes, v->changes == 1 ? "" : "s");
	if (edit_overrules_host(v->e))
		buf_add_str(out, " | Host follows the target");
	if (v->json[0])
		buf_addf(out, " | %s", v->json);
	term_size(app->term, &rows, &cols);
	if (v->json[0] && cols < EDIT_WIDE_FROM_COLS)
		return;
	if (v->e->now.body.n) {
		buf_addf(out, " | body %zu B, content-encoding: ", v->e->now.body.n);
		const char *coding = edit_field(&v->e->now, "content-encoding");
		escape_add(out, span_str(*coding ? coding : "none"), app->escape);
		if (edit_body_is_coded(&v->e->now))
			buf_add_str(out, ", shown as it is");
	}
	if (rows < EDIT_HINT_FROM_ROWS + status_rows(rows)) /* else it stands above the keys */
		buf_add_str(out, " | the traffic goes on");
}

static void
edit_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_edit *)base)->pager, m);
}

/* ---- what the keys do ---- */

bool
view_edit_is_changed(const struct app *app, uint64_t number)
{
	for (unsigned i = 0; i < app->nviews; i++) {
		const struct edit *e = app->view[i]->ops->scope == SCOPE_EDIT ? ((struct view_edit *)app->view[i])->e : NULL;
		if (e && e->number == number && edit_is_changed(e))
			return true;
	}
	return false;
}

void
view_edit_changed(struct app *app)
{
	for (unsigned i = 0; i < app->nviews; i++)
		if (app->view[i]->ops->scope == SCOPE_EDIT)
			((struct view_edit *)app->view[i])->stale = true;
	app->dirty = true;
}

static void
edit_send(struct view_edit *v, struct app *app, bool as_it_came)
{
	struct errmsg why;

	if (v->e->kind != EDIT_SEND && !edit_held_flow(v, app)) {
		app_toast(app, v->e->message ? "that message is held no more" : "it is held no more: r sends the request as a new flow");
		return;
	}
	edit_use_option(v, app);
	if (flow_send_edit(app, v->e, as_it_came, &why)) {
		app_error(app, 0, why.text);
		return;
	}
	/* An answer stands over the request's own screen: both are done with. */
	bool two = v->e->kind == EDIT_ANSWER;
	app_pop(app);
	if (two && app_top(app)->ops->scope == SCOPE_EDIT)
		app_pop(app);
}

static void
edit_answer(struct view_edit *v, struct app *app)
{
	const struct flow *f = edit_held_flow(v, app);

	if (!f || v->e->kind != EDIT_HELD || v->e->now.response || v->e->message)
		app_toast(app, "only a held request can be answered here");
	else
		app_push(app, view_edit_new(edit_shelf_take(&app->shelf, edit_new_answer(f))));
}

static void
edit_kill(struct view_edit *v, struct app *app)
{
	const struct flow *f = edit_held_flow(v, app);

	if (!f) {
		app_toast(app, "nothing is held here");
		return;
	}
	flow_send_kill(app, f);
	while (app_top(app)->ops->scope == SCOPE_EDIT)
		app_pop(app);
}

static void
edit_drop(struct view_edit *v, struct app *app)
{
	const struct flow *f = edit_held_flow(v, app);

	if (!f || !v->e->message) {
		app_toast(app, "only a held WebSocket message can be dropped: X kills the flow");
		return;
	}
	flow_send_drop(app, f);
	app_pop(app);
}

/* The request as it stands here as a new flow of its own. */
static void
edit_copy(struct view_edit *v, struct app *app)
{
	const struct flow *f = v->e->number ? flow_store_find(app->s->store, v->e->number) : NULL;
	struct errmsg why;
	struct edit *e;

	if (v->e->kind == EDIT_SEND) {
		edit_send(v, app, false);
		return;
	}
	e = f ? edit_new_again(f, &why) : NULL;
	if (!e) {
		app_toast(app, f ? why.text : "the flow is no longer kept");
		return;
	}
	edit_use_option(v, app);
	if (v->e->kind == EDIT_HELD && !v->e->now.response && !v->e->message)
		h1_message_copy(&e->now, &v->e->now);
	if (flow_send_edit(app, e, false, &why))
		app_error(app, 0, why.text);
	edit_free(e);
}

/* An edit that is left is kept: it is there again when the message is opened. */
static void
edit_leave(struct view_edit *v, struct app *app)
{
	bool changed = edit_is_changed(v->e);
	const char *toast = v->e->kind == EDIT_ANSWER ? "the answer is kept: s comes back to it"
	    : v->e->number                            ? "the edit is kept: e comes back to it"
	                                              : "the request is kept: :new comes back to it";

	edit_shelf_put(&app->shelf, v->e);
	v->e = NULL;
	app_pop(app);
	if (changed)
		app_toast(app, toast);
}

static void
edit_act(struct view *base, struct app *app, const char *what)
{
	struct view_edit *v = (struct view_edit *)base;

	if (strcmp(what, "send") == 0) {
		edit_send(v, app, false);
	} else if (strcmp(what, "original") == 0) {
		edit_send(v, app, true);
	} else if (strcmp(what, "answer") == 0) {
		edit_answer(v, app);
	} else if (strcmp(what, "kill") == 0) {
		edit_kill(v, app);
	} else if (strcmp(what, "drop") == 0) {
		edit_drop(v, app);
	} else if (strcmp(what, "copy") == 0) {
		edit_copy(v, app);
	} else if (strcmp(what, "undo") == 0) {
		if (!edit_undo(v->e))
			app_toast(app, "there is nothing to undo");
		view_edit_changed(app);
	} else if (strcmp(what, "leave") == 0) {
		edit_leave(v, app);
	} else if (strcmp(what, "restore") == 0) {
		edit_restore(v->e);
		view_edit_changed(app);
		app_toast(app, "as it came; u takes that back");
	} else {
		edit_part_open(app, v->e, what);
	}
}

/* The held flow before or after, in the order in which they were held. */
static void
edit_step(struct view *base, struct app *app, int rows)
{
	struct view_edit *v = (struct view_edit *)base;
	uint64_t next = flow_send_next_held(app, v->e->number, rows);
	const struct flow *f = next ? flow_store_find(app->s->store, next) : NULL;
	struct errmsg why;

	if (!f || next == v->e->number) {
		app_toast(app, "no other message is held");
		return;
	}
	struct edit *e = edit_new_held(f, &why);
	if (!e) {
		app_error(app, 0, why.text);
		return;
	}
	prompt_drop(&app->prompt, app); /* it was asked about the edit that goes */
	struct edit *kept = edit_shelf_take(&app->shelf, e);
	edit_shelf_put(&app->shelf, v->e);
	v->e = kept;
	v->pager.top = 0;
	view_edit_changed(app);
}

static void
edit_close(struct view *base)
{
	struct view_edit *v = (struct view_edit *)base;

	edit_free(v->e);
	pager_fini(&v->pager);
	text_lines_fini(&v->text);
	free(v);
}

static bool
edit_offers(struct view *base, struct app *app, const char *command)
{
	const struct view_edit *v = (const struct view_edit *)base;
	const struct flow *held = edit_held_flow(v, app);
	bool whole = v->e->kind == EDIT_HELD && held;

	if (strcmp(command, "do send") == 0)
		return held || v->e->kind == EDIT_SEND;
	if (strcmp(command, "do original") == 0)
		return whole;
	if (strcmp(command, "do answer") == 0)
		return whole && !v->e->now.response && !v->e->message;
	if (strcmp(command, "do kill") == 0)
		return held;
	if (strcmp(command, "flow next") == 0)
		return app->stats.held > 1;
	return !v->e->message; /* one of a WebSocket is a body */
}

static const struct view_ops edit_ops = {
    .name = "edit",
    .scope = SCOPE_EDIT,
    .draw = edit_draw,
    .status = edit_status,
    .move = edit_move,
    .step = edit_step,
    .act = edit_act,
    .offers = edit_offers,
    .free = edit_close,
};

struct view *
view_edit_new(struct edit *e)
{
	struct view_edit *v = mem_zalloc(sizeof *v);

	v->base.ops = &edit_ops;
	v->e = e;
	v->stale = true;
	text_lines_init(&v->text, EDIT_TEXT_MAX, text_locale_utf8() ? ESCAPE_UTF8 : 0);
	return &v->base;
}
