/* SPDX-License-Identifier: MIT
 * Breakpoint rules on the screen. */
#include "ui/view_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/cmd_held.h"
#include "ui/frontend.h"
#include "ui/held_queue.h"
#include "ui/term.h"
#include "ui/view.h"

enum { RULES_SHOWN_MAX = 8 * RULES_LINE_MAX, RULES_HELD_ROWS_MIN = 6 };

struct view_rules {
	struct view base;
	unsigned row;    /* the rule that is selected, or was before the queue */
	uint64_t held;   /* number of the flow of the queue that is selected; 0: a rule is */
	size_t held_row; /* where it stood */
	bool queue;      /* there is room for the queue, as it was drawn last */
};

/* ---- the queue ---- */

/* What is selected of it may have gone: then it is what stands in its place. Returns how many are held. */
static size_t
rules_queue(struct view_rules *v, const struct app *app, uint64_t held[HELD_QUEUE_MAX])
{
	size_t n = flow_store_held(app->s->store, held, HELD_QUEUE_MAX), at = 0;

	if (!v->queue) /* no key acts on what cannot be seen */
		v->held = 0;
	while (at < n && held[at] != v->held)
		at++;
	if (v->held && at == n)
		at = v->held_row < n ? v->held_row : n - (n > 0);
	if (v->held || (!app->rules.n && v->queue))
		v->held = n ? held[at < n ? at : 0] : 0;
	v->held_row = at < n ? at : 0;
	return n;
}

static void
rules_select(struct view_rules *v, const struct app *app, size_t at, const uint64_t *held)
{
	v->held = at < app->rules.n ? 0 : held[at - app->rules.n];
	v->held_row = at < app->rules.n ? 0 : at - app->rules.n;
	if (at < app->rules.n)
		v->row = (unsigned)at;
}

/* ---- drawn ---- */

static void
rules_draw_row(const struct view_rules *v, struct app *app, const struct area *a, int y, unsigned i)
{
	const struct rule *r = &app->rules.rule[i];
	const struct cell_style style = {
	    .glyphs = term_glyphs(app->term), .role = r->on ? ROLE_TEXT : ROLE_NOTE, .escapes = true};
	struct buf line, raw;

	buf_init(&raw, RULES_SHOWN_MAX);
	buf_init(&line, RULES_SHOWN_MAX);
	rule_text(r, &raw);
	buf_addf(&line, "%s%3u [%c] ", i == v->row && !v->held ? style.glyphs->selected : " ", r->number, r->on ? '*' : ' ');
	escape_add(&line, buf_span(&raw), app->escape);
	cell_text(a, y, 0, a->w, buf_span(&line), &style);
	if (i == v->row && !v->held)
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
	buf_fini(&line);
	buf_fini(&raw);
}

static void
rules_draw_held(const struct view_rules *v, struct app *app, const struct area *a, int y)
{
	cell_fill(a, y, 0, a->w, term_glyphs(app->term)->hline, ROLE_RULE);
	cell_words(a, y, 2, a->w - 2,
	    !held_queue_count(app) ? " nothing is held now " : v->held ? " held now, Enter edits it " : " held now, Tab goes there ", ROLE_RULE);
	held_queue_draw(app, a, y + 1, v->held);
}

static void
rules_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_rules *v = (struct view_rules *)base;
	const struct glyphs *g = term_glyphs(app->term);
	bool held = a->h >= RULES_HELD_ROWS_MIN;
	uint64_t queue[HELD_QUEUE_MAX];

	v->queue = held;
	rules_queue(v, app, queue);
	int rows = held ? a->h / 2 : a->h - 1, top = (int)v->row >= rows ? (int)v->row - rows + 1 : 0;

	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, 0, 2, a->w - 2, " breakpoint rules: what matches is held ", ROLE_RULE);
	if (!app->rules.n)
		cell_words(a, 1, 2, a->w - 2, "There is none.  i adds one, such as  host ~ api and method = POST", ROLE_NOTE);
	for (int y = 0; y < rows && top + y < (int)app->rules.n; y++)
		rules_draw_row(v, app, a, y + 1, (unsigned)(top + y));
	if (held)
		rules_draw_held(v, app, a, 1 + rows);
	int below = a->h - 2 - rows, at = (int)v->held_row < below ? (int)v->held_row : below - 1;
	app->cursor_y = a->y + (v->held ? 2 + rows + at : 1 + (int)v->row - top);
}

static void
rules_status(struct view *base, struct app *app, struct buf *out)
{
	(void)base;
	buf_addf(out, "%u rule%s, %u on | a held message waits, all others go on", app->rules.n,
	    app->rules.n == 1 ? "" : "s", rules_on(&app->rules));
}

static void
rules_move(struct view *base, struct app *app, enum move m)
{
	struct view_rules *v = (struct view_rules *)base;
	uint64_t held[HELD_QUEUE_MAX];
	size_t n = rules_queue(v, app, held), all = app->rules.n + (v->queue ? n : 0);
	size_t at = v->held ? app->rules.n + v->held_row : v->row;

	if (!all)
		return;
	if (m == MOVE_UP)
		at -= at > 0;
	else if (m == MOVE_DOWN)
		at += at + 1 < all;
	else
		at = m == MOVE_TOP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP ? 0 : all - 1;
	rules_select(v, app, at, held);
}

/* Between the rules and what is held. */
static void
rules_other(struct view_rules *v, struct app *app)
{
	uint64_t held[HELD_QUEUE_MAX];
	size_t n = rules_queue(v, app, held);

	if (v->held && app->rules.n)
		rules_select(v, app, v->row, held);
	else if (!v->held && n && v->queue)
		rules_select(v, app, app->rules.n, held);
	else
		app_toast(app, n ? "there is nothing else to go to" : "nothing is held now");
}

static uint64_t
rules_flow(struct view *base, struct app *app)
{
	struct view_rules *v = (struct view_rules *)base;
	uint64_t held[HELD_QUEUE_MAX];

	rules_queue(v, app, held);
	return v->held;
}

/* ---- adding and changing ---- */

static void
rules_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	struct rule rule;
	struct errmsg why;

	(void)app;
	if (*text && rule_parse(text, &rule, &r->at, &why))
		snprintf(r->why, sizeof r->why, "%.*s", (int)sizeof r->why - 1, why.text);
}

static void
rules_typed(struct app *app, const char *text)
{
	view_flows_expr_typed(app, text, rule_expression(text));
	if (!*text)
		snprintf(app->prompt.note, sizeof app->prompt.note, "an expression, such as host ~ api and method = POST");
}

static void
rules_complete(struct app *app, const char *text, size_t cursor, struct completion *c)
{
	size_t at = rule_expression(text);

	view_flows_expr_complete(app, text, at, cursor, c);
	if (c->from == at && cursor >= at) /* nothing of the expression is there yet */
		rule_complete(span_of(text + at, cursor - at), c);
}

void
view_rules_add(struct app *app, const char *line)
{
	struct rule rule;
	struct errmsg why;
	size_t at;
	char toast[80];

	if (rule_parse(line, &rule, &at, &why) || rules_add(app, &rule, &why)) {
		app_error(app, 0, why.text);
		return;
	}
	snprintf(toast, sizeof toast, "rule %u holds what matches; a lets it go on, i lists the rules", app->rules.last);
	app_toast(app, toast);
}

static void
rules_answer_add(struct app *app, const char *text)
{
	view_flows_expr_end(app);
	if (*text)
		view_rules_add(app, text);
}

static void
rules_prompt(struct app *app, const char *label, const char *text, void (*answer)(struct app *, const char *))
{
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = label,
					  .hint = "Tab Complete  ^R Recent  Enter Apply  Esc Cancel  F1 Language  [request|response|both|messages|all|hello] [hold=5s] [then=kill] [first=10] EXPR",
					  .text = text,
					  .history = HISTORY_RULE,
					  .language = true,
					  .changed = rules_typed,
					  .complete = rules_complete,
					  .check = rules_check,
					  .answer = answer,
					  .cancelled = view_flows_expr_end});
	rules_typed(app, text);
}

void
view_rules_ask(struct app *app, const char *text)
{
	rules_prompt(app, "Hold: ", text, rules_answer_add);
}

/* The top view is this one whenever its prompt is answered. */
static void
rules_answer_change(struct app *app, const char *text)
{
	const struct view_rules *v = (const struct view_rules *)app_top(app);
	struct rule rule;
	struct errmsg why;
	size_t at;

	view_flows_expr_end(app);
	if (!*text || v->row >= app->rules.n)
		return;
	if (rule_parse(text, &rule, &at, &why))
		app_error(app, 0, why.text);
	else
		rules_replace(app, v->row, &rule);
}

static void
rules_open(struct view *base, struct app *app)
{
	const struct view_rules *v = (const struct view_rules *)base;
	struct buf text;

	if (rules_flow(base, app)) {
		cmd_edit(app, "");
		return;
	}
	if (v->row >= app->rules.n) {
		view_rules_ask(app, "");
		return;
	}
	buf_init(&text, RULES_LINE_MAX * 2);
	rule_text(&app->rules.rule[v->row], &text);
	buf_add(&text, "", 1);
	rules_prompt(app, "Rule: ", text.p, rules_answer_change);
	buf_fini(&text);
}

static void
rules_phase(struct app *app, unsigned row)
{
	struct rule r = app->rules.rule[row];

	r.phases = rule_phase_next(&r);
	rules_replace(app, row, &r);
}

static void
rules_act(struct view *base, struct app *app, const char *what)
{
	struct view_rules *v = (struct view_rules *)base;

	if (strcmp(what, "add") == 0) {
		view_rules_ask(app, "");
	} else if (strcmp(what, "queue") == 0) {
		rules_other(v, app);
	} else if (rules_flow(base, app)) {
		app_toast(app, "a held flow is selected: Tab goes to the rules");
	} else if (v->row >= app->rules.n) {
		app_toast(app, "there is no rule: i adds one");
	} else if (strcmp(what, "switch") == 0) {
		rules_switch(app, v->row, !app->rules.rule[v->row].on);
	} else if (strcmp(what, "phase") == 0) {
		rules_phase(app, v->row);
	} else if (strcmp(what, "remove") == 0) {
		rules_remove(app, v->row);
		v->row -= v->row && v->row == app->rules.n;
	}
}

static void
rules_free(struct view *base)
{
	free(base);
}

static const struct view_ops rules_ops = {
    .name = "breakpoint rules",
    .scope = SCOPE_RULES,
    .draw = rules_draw,
    .status = rules_status,
    .move = rules_move,
    .open = rules_open,
    .act = rules_act,
    .flow = rules_flow,
    .free = rules_free,
};

struct view *
view_rules_new(void)
{
	struct view_rules *v = mem_zalloc(sizeof *v);

	v->base.ops = &rules_ops;
	v->queue = true; /* keys may come before it is drawn */
	return &v->base;
}
