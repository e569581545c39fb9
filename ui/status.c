/* SPDX-License-Identifier: MIT
 * Status line and key bar. */
#include "ui/status.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "flow/flow_message.h"
#include "flow/flow_store.h"
#include "text/text_lines.h"
#include "text/text_mask.h"
#include "ui/app.h"
#include "ui/held.h"
#include "ui/key.h"
#include "ui/out.h"
#include "ui/problem.h"
#include "ui/term.h"

enum { STATUS_MAX = 512, PROMPT_SHOWN_MAX = 1 << 16, PROMPT_ROOM_MIN = 12 };

static const char line_hint[] = "Enter Apply  Up History  ^U Clear  Esc Cancel";
static const char line_hint_tab[] = "Tab Complete  Up History  Enter Apply  ^U Clear  Esc Cancel";
static const char line_hint_open[] = "Tab Complete  Up/Dn Choose  Enter Apply  ^U Clear  Esc Cancel";
static const char line_hint_refused[] = "Enter Apply (blocked)  Esc Cancel  ^U Clear";
static const char line_hint_mend[] = "Tab Fix it  Enter Apply (blocked)  Esc Cancel  ^U Clear";
/* Of expressions, whose language can be looked up. */
static const char language_hint[] = "Tab Complete  Up History  Enter Apply  ^R Recent  Esc Cancel  F1 Language";
static const char language_hint_wide[] = "Tab Complete  Up History  Enter Apply  ^R Recent  ^U Clear  Esc Cancel  F1 Help";
static const char language_hint_open[] = "Tab Complete  Up/Dn Choose  Enter Apply  ^U Clear  Esc Cancel  F1 Language";
static const char language_hint_open_wide[] = "Tab Complete  Up/Dn Choose  Enter Apply  ^R Recent  ^U Clear  Esc Cancel  F1 Help";
static const char language_hint_refused[] = "Enter Apply (blocked)  Esc Cancel  ^U Clear  F1 Language";
static const char language_hint_mend[] = "Enter Apply (blocked)  Esc Cancel  Tab Fix it  ^U Clear  F1 Language";
static const char language_help_hint[] = "F1 Back to the line  Up/Dn Scroll  1-5 Topics  Esc Back";
static const char recent_hint[] = "Enter Take  Up/Dn Choose  Esc Back to the line";
static const char line_hint_new[] = "Enter Apply  ^U Clear  Esc Cancel";

enum { STATUS_TALL_FROM = 12, STATUS_WIDE_HINT_FROM = 100 };

int
status_asked_rows(const struct app *app, int screen_rows)
{
	const struct prompt *p = &app->prompt;
	bool refused = p->active && !p->yes_no && p->refusal.why[0];

	return refused && screen_rows >= STATUS_TALL_FROM ? p->refusal.still[0] ? 4 : 3 : status_rows(screen_rows);
}

int
status_rows(int screen_rows)
{
	return screen_rows < 8 ? 1 : 2;
}

bool
status_wrap(struct span *rest, int w, struct span *line)
{
	size_t n = 0, word = 0;
	int used = 0;

	while (n < rest->n) {
		unsigned cp;
		size_t took = escape_utf8_decode(rest->p + n, rest->n - n, &cp);
		int width = took ? escape_width(cp) : 1;
		used += width > 0 ? width : 0;
		if (took && cp == ' ')
			word = n;
		if (used > w)
			break;
		n += took ? took : 1;
	}
	if (n < rest->n && word)
		n = word;
	*line = span_of(rest->p, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = span_of(rest->p + n, rest->n - n);
	return n > 0;
}

/* The question, on both lines when it needs them: what is asked must be seen whole before it is
 * answered. Returns the lines it took. */
static int
status_question(struct app *app, const struct area *a, const struct glyphs *g)
{
	const struct cell_style style = {.glyphs = g, .role = ROLE_QUESTION};
	struct span rest = span_str(app->prompt.question), line;
	int y = 0, x = 0;

	for (; y < a->h; y++) {
		struct span before = rest;
		if (!status_wrap(&rest, a->w, &line))
			break;
		x = cell_text(a, y, 0, a->w, y == a->h - 1 ? before : line, &style);
	}
	app->cursor_y = a->y + y - 1;
	app->cursor_x = x + 1 < a->w ? x + 1 : a->w - 1;
	return y;
}

/* A caret under what is wrong, and why; on one line only why. */
static void
status_refusal(struct app *app, const struct area *a, int x)
{
	const struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_BAD};
	const struct prompt_refusal *r = &app->prompt.refusal;
	int n = (int)text_columns(span_str(r->why)), y = 1;

	if (a->h == 1) {
		cell_fill(a, 0, 0, a->w, " ", ROLE_TEXT);
		cell_text(a, 0, 0, a->w, span_str(r->why), &style);
		return;
	}
	x = x < a->w ? x : a->w - 1;
	cell_words(a, y, x, 1, "^", ROLE_BAD);
	if (x + 2 + n <= a->w)
		cell_text(a, y, x + 2, n, span_str(r->why), &style);
	else if (n + 1 <= x)
		cell_text(a, y, x - n - 1, n, span_str(r->why), &style);
	else
		cell_text(a, y, 0, a->w, span_str(r->why), &style);
}

/* Label, text, and the note at the right as long as the text has room. */
static void
status_line_asked(struct app *app, const struct area *a, const struct glyphs *g)
{
	const struct prompt *p = &app->prompt;
	const struct cell_style label = {.glyphs = g, .role = ROLE_QUESTION};
	const struct cell_style typed = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	struct span title = span_str(p->question);
	int cursor, x, end = a->w;
	int note = p->refusal.why[0] ? 0 : (int)text_columns(span_str(p->note));
	struct buf shown;

	while (title.n && title.p[title.n - 1] == ' ')
		title.n--;
	int most = a->w > 2 * PROMPT_ROOM_MIN ? a->w - PROMPT_ROOM_MIN : a->w / 2;
	x = cell_text(a, 0, 0, most, title, &label) + 1;
	if (note && a->w - x - note - 1 < (int)p->n + 1)
		note = (int)strcspn(p->note, ",");
	if (note && a->w - x - note - 1 >= PROMPT_ROOM_MIN) {
		end = a->w - note - 1;
		cell_words(a, 0, end + 1, note, p->note, ROLE_NOTE);
	}
	buf_init(&shown, PROMPT_SHOWN_MAX);
	if (prompt_show(p, end - x, app->escape, &shown, &cursor))
		cell_words(a, 0, x++, 1, g->cut, ROLE_ESCAPE);
	cell_text(a, 0, x, end - x, buf_span(&shown), &typed);
	buf_fini(&shown);
	app->cursor_y = a->y;
	app->cursor_x = x + cursor;
	if (p->refusal.why[0])
		status_refusal(app, a, x + (int)text_columns(span_of(p->text, p->refusal.at)));
}

static void
status_line(struct app *app, const struct area *a, const struct glyphs *g)
{
	struct cell_style style = {.glyphs = g, .role = ROLE_STATUS};
	struct view *v = app_top(app);
	char problem[STATUS_MAX - 16];
	int rows, cols;
	struct buf out;

	term_size(app->term, &rows, &cols);
	buf_init(&out, STATUS_MAX);
	held_words(app, a->w, &out);
	int held = out.n ? cell_text(a, 0, 0, a->w, buf_span(&out), &(struct cell_style){.glyphs = g, .role = ROLE_TOAST}) : 0;
	buf_clear(&out);
	if (held)
		buf_add_str(&out, a->w < HELD_SHORT_BELOW ? " " : " | ");
	if (!app->toast[0] && (app->escape & TEXT_MASK))
		buf_add_str(&out, a->w < HELD_SHORT_BELOW ? "MASK " : "MASK | ");
	if (app->toast[0]) {
		style.role = ROLE_TOAST;
		buf_add_str(&out, app->toast);
		/* Where both do not fit, the clock comes back with the next key. */
		held = held + (int)text_columns(buf_span(&out)) > a->w ? 0 : held;
	} else if (quit_is_asked(app)) {
		buf_add_str(&out, "clients are served until you answer");
	} else if (problem_shown(app) && !problem_rows(app, rows, cols)) {
		style.role = ROLE_BAD;
		problem_line(app, problem, sizeof problem);
		buf_addf(&out, "%s%s", app->paused ? "PAUSED | " : "", problem);
	} else if (load_status(app, &out) || out_status(app, &out) || quit_status(app, &out)) {
		style.role = ROLE_TOAST;
	} else if (!split_status(app, &out) && v->ops->status) {
		v->ops->status(v, app, &out);
	}
	if (!held && app->toast[0])
		buf_consume(&out, out.n - strlen(app->toast));
	cell_text(a, 0, held, a->w - held, buf_span(&out), &style);
	buf_fini(&out);
}

/* One entry of the key bar, whole or not at all; returns where the next one begins: there, if it was not. */
static int
status_key(struct app *app, const struct area *a, int x, struct span key, struct span what)
{
	const int y = a->h - 1;
	struct cell_style style = {.glyphs = &glyphs_ascii, .role = ROLE_KEY};
	int need = (int)(key.n + what.n) + 1;

	if (x + need > a->w)
		return x;
	cell_text(a, y, x, (int)key.n, key, &style);
	style.role = ROLE_KEY_TEXT;
	cell_text(a, y, x + (int)key.n + 1, (int)what.n, what, &style);
	int code = keyc_parse(key.p, key.n);
	if (code != KEYC_NONE)
		spots_add(&app->spots, a->y + y, a->x + x, need, code);
	return x + need + 2;
}

/* "Enter Apply  Esc Cancel": entries between two blanks. Returns where the next one begins. */
static int
status_hint(struct app *app, const struct area *a, int x, const char *hint)
{
	while (*hint && x < a->w) {
		const char *end = strstr(hint, "  ");
		size_t n = end ? (size_t)(end - hint) : strlen(hint);
		const char *blank = memchr(hint, ' ', n);
		size_t key = blank ? (size_t)(blank - hint) : n;
		struct span what = blank ? span_of(blank + 1, n - key - 1) : SPAN_LIT("");

		int next = status_key(app, a, x, span_of(hint, key), what);
		if (next == x)
			break;
		x = next;
		hint += n + (end ? 2 : 0);
	}
	return x;
}

/* Of a held ClientHello there is nothing to edit. */
static bool
status_is_hello(struct app *app)
{
	struct view *v = app_top(app);
	uint64_t number = v->ops->flow ? v->ops->flow(v, app) : 0;
	const struct flow *f = number ? flow_store_find(app->s->store, number) : NULL;

	return f && flow_hello_held(f);
}

static bool
status_is_time(struct app *app, const struct key_bar *bar)
{
	struct view *v = app_top(app);

	switch (bar->when) {
	case BAR_OFFERED:
		return v->ops->offers && v->ops->offers(v, app, bar->command);
	case BAR_HELD:
		return app->stats.held > 0 && (strcmp(bar->command, "edit") != 0 || !status_is_hello(app));
	case BAR_FLOWS:
		return app->stats.total > 0;
	case BAR_START:
		return app->stats.total == 0;
	case BAR_PROXY:
		return app->stats.total == 0 && !app->s->reading;
	case BAR_NEVER:
		return false;
	default:
		return true;
	}
}

/* How early a key stands in the bar of that view; more than keymap_bar_count: not now. */
static unsigned
status_rank(struct app *app, const struct key_row *row, unsigned scope)
{
	bool later = false;

	for (unsigned i = 0; i < keymap_bar_count; i++) {
		if (!(keymap_bar[i].scope & scope) || strcmp(keymap_bar[i].command, row->command) != 0)
			continue;
		if (status_is_time(app, &keymap_bar[i]))
			return i;
		later = true;
	}
	return later ? keymap_bar_count + 1 : keymap_bar_count;
}

/* "J Flow" or "J/K Flow". */
static int
status_row(struct app *app, const struct area *a, int x, const struct key_row *row, const struct key_bar *bar)
{
	int other = bar && bar->second ? keys_of(&app->keys, app_top(app)->ops->scope, bar->second) : KEYC_NONE;
	struct span word = span_str(bar && bar->word ? bar->word : row->bar);
	char name[16], pair[34];

	keyc_name(row->key, name, sizeof name);
	if (other == KEYC_NONE)
		return status_key(app, a, x, span_str(name), word);
	int at = (int)strlen(name) + 1, n = snprintf(pair, sizeof pair, "%s/", name);
	keyc_name(other, pair + n, sizeof pair - (size_t)n);
	int next = status_key(app, a, x, span_str(pair), word);
	if (next > x) {
		spots_add(&app->spots, a->y + a->h - 1, a->x + x, at, row->key);
		spots_add(&app->spots, a->y + a->h - 1, a->x + x + at, next - x - at - 2, other);
	}
	return next;
}

/* The way out stands last and always. */
static void
status_view_keys(struct app *app, const struct area *a)
{
	unsigned scope = app_top(app)->ops->scope;
	const char *split = split_hint(app);
	const char *word = scope & SCOPE_FLOWS ? "Quit" : scope & (SCOPE_GRID | SCOPE_TEXT) ? "Done" : "Back";
	const char *out = split ? "Close" : word;
	const struct area most = {.y = a->y, .x = a->x, .h = a->h, .w = a->w - (int)strlen(out) - 4};
	const struct key_row *way_out = NULL;
	char name[16];
	int x = 1;

	if (problem_hint(app))
		x = status_hint(app, &most, x, problem_hint(app));
	if (split)
		x = status_hint(app, &most, x, split);
	for (unsigned rank = 0; rank <= keymap_bar_count; rank++)
		for (unsigned i = 0; i < app->keys.n; i++) {
			const struct key_row *b = &app->keys.row[i];
			if (!b->bar || status_rank(app, b, scope) != rank || !keys_is_first(&app->keys, i, scope) ||
			    (split && (b->key == KEYC_TAB || b->key == '-')) || problem_takes_key(app, b->key))
				continue;
			if (strcmp(b->bar, word) == 0) {
				way_out = b;
				continue;
			}
			x = status_row(app, &most, x, b, rank < keymap_bar_count ? &keymap_bar[rank] : NULL);
		}
	if (way_out) {
		keyc_name(way_out->key, name, sizeof name);
		status_key(app, a, x, span_str(name), span_str(out));
	}
}

static const char *
status_language_hint(const struct prompt *p, int cols)
{
	if (p->refusal.why[0])
		return p->refusal.proposal[0] ? language_hint_mend : language_hint_refused;
	if (p->completion.open)
		return cols >= STATUS_WIDE_HINT_FROM ? language_hint_open_wide : language_hint_open;
	return p->line.hint ? p->line.hint : cols >= STATUS_WIDE_HINT_FROM ? language_hint_wide : language_hint;
}

static const char *
status_line_hint(const struct prompt *p, int cols)
{
	if (p->recent)
		return recent_hint;
	if (p->line.language)
		return status_language_hint(p, cols);
	if (p->refusal.why[0])
		return p->refusal.proposal[0] ? line_hint_mend : line_hint_refused;
	if (p->completion.open)
		return line_hint_open;
	if (p->line.hint)
		return p->line.hint;
	if (p->line.complete)
		return line_hint_tab;
	return p->line.history == HISTORY_NONE ? line_hint_new : line_hint;
}

/* The keys of what is open: they are the only ones that do something. */
static void
status_keys(struct app *app, const struct area *a)
{
	const struct view *v = app_top(app);
	const char *hint = v->ops->hint ? v->ops->hint(v) : NULL;

	if (a->h < 2)
		return;
	if (app->prompt.active && !app->prompt.yes_no)
		status_hint(app, a, 1, app->language ? language_help_hint : status_line_hint(&app->prompt, a->w));
	else if (app->prompt.active)
		status_hint(app, a, 1, quit_is_asked(app) ? quit_hint(app) : "y Yes  n No  Esc No");
	else if (app->menu.active)
		status_hint(app, a, 1, "Enter Choose  Up Dn Move  Esc Cancel");
	else if (app->chooser.active)
		status_hint(app, a, 1, "q Done  Space On/off  + - Width  J/K Move  s Sort  r Reset");
	else if (hint)
		status_hint(app, a, 1, hint);
	else
		status_view_keys(app, a);
}

void
status_draw(struct app *app, const struct area *a, const struct glyphs *g)
{
	const struct prompt *p = &app->prompt;
	int rows, cols, taken = 1;

	/* What lies below a question or a box is not to be had; the pages of the language are above it. */
	if ((p->active && !app->language) || app->menu.active || app->chooser.active)
		app->spots.n = 0;
	term_size(app->term, &rows, &cols);
	if (p->active && !p->yes_no && a->h > status_rows(rows)) {
		for (int y = 0; y < a->h; y++)
			cell_fill(a, y, 0, a->w, " ", ROLE_TEXT);
		if (a->h == 4)
			cell_words(a, 2, 0, a->w, p->refusal.still, ROLE_NOTE);
		status_line_asked(app, a, g);
	} else if (p->active && !p->yes_no)
		status_line_asked(app, a, g);
	else if (p->active && !(quit_is_asked(app) && quit_has_box(rows, cols)))
		taken = status_question(app, a, g);
	else
		status_line(app, a, g);
	if (taken < a->h && !(p->active && p->refusal.why[0] && a->h <= status_rows(rows)))
		status_keys(app, a);
}
