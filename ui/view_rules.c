/* SPDX-License-Identifier: MIT
 * Breakpoint rules on the screen. */
#include "ui/view_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/app.h"
#include "ui/held_queue.h"
#include "ui/term.h"
#include "ui/view.h"

enum { RULES_SHOWN_MAX = 8 * RULES_LINE_MAX, RULES_HELD_ROWS_MIN = 6 };

struct view_rules {
	struct view base;
	unsigned row;
};

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
	buf_addf(&line, "%s%3u [%c] ", i == v->row ? style.glyphs->selected : " ", r->number, r->on ? '*' : ' ');
	escape_add(&line, buf_span(&raw), app->escape);
	cell_text(a, y, 0, a->w, buf_span(&line), &style);
	if (i == v->row)
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
	buf_fini(&line);
	buf_fini(&raw);
}

static void
rules_draw_held(struct app *app, const struct area *a, int y)
{
	cell_fill(a, y, 0, a->w, term_glyphs(app->term)->hline, ROLE_RULE);
	cell_words(a, y, 2, a->w - 2,
	    held_queue_count(app) ? " held now, Enter in the list opens one " : " nothing is held now ", ROLE_RULE);
	held_queue_draw(app, a, y + 1, 0);
}

static void
rules_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_rules *v = (struct view_rules *)base;
	const struct glyphs *g = term_glyphs(app->term);
	bool held = a->h >= RULES_HELD_ROWS_MIN;
	int rows = held ? a->h / 2 : a->h - 1, top = (int)v->row >= rows ? (int)v->row - rows + 1 : 0;

	cell_fill(a, 0, 0, a->w, g->hline, ROLE_RULE);
	cell_words(a, 0, 2, a->w - 2, " breakpoint rules: what matches is held ", ROLE_RULE);
	if (!app->rules.n)
		cell_words(a, 1, 2, a->w - 2, "There is none.  i adds one, such as  host ~ api and method = POST", ROLE_NOTE);
	for (int y = 0; y < rows && top + y < (int)app->rules.n; y++)
		rules_draw_row(v, app, a, y + 1, (unsigned)(top + y));
	if (held)
		rules_draw_held(app, a, 1 + rows);
	app->cursor_y = a->y + 1 + (int)v->row - top;
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
	unsigned last = app->rules.n ? app->rules.n - 1 : 0;

	if (m == MOVE_UP)
		v->row -= v->row > 0;
	else if (m == MOVE_DOWN)
		v->row += v->row < last;
	else
		v->row = m == MOVE_TOP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP ? 0 : last;
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
	view_flows_expr_complete(app, text, rule_expression(text), cursor, c);
}

void
view_rules_add(struct app *app, const char *line)
{
	struct rule rule;
	struct errmsg why;
	size_t at;
	char toast[80];

	if (rule_parse(line, &rule, &at, &why) || rules_add(app, &rule, &why)) {
		app_refuse(app, why.text);
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
					  .hint = "Tab Complete  Enter Apply  Esc Cancel  [request|response|both|messages|all|hello] [hold=5s] [then=kill] [first=10] EXPR",
					  .text = text,
					  .history = HISTORY_RULE,
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
		app_toast(app, why.text);
	else
		rules_replace(app, v->row, &rule);
}

static void
rules_open(struct view *base, struct app *app)
{
	const struct view_rules *v = (const struct view_rules *)base;
	struct buf text;

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
    .free = rules_free,
};

struct view *
view_rules_new(void)
{
	struct view_rules *v = mem_zalloc(sizeof *v);

	v->base.ops = &rules_ops;
	return &v->base;
}
