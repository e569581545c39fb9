/* SPDX-License-Identifier: MIT
 * Expressions for the flow list: the filter, a term more, marks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "text/text_mask.h"
#include "ui/filter_complete.h"
#include "ui/frontend.h"
#include "ui/view_flows_internal.h"

enum { FILTER_SLICE_NS = 3000000, FILTER_TOAST_MAX = 100, FILTER_PATTERN_MAX = 24 };

/* ---- the text that is asked for ---- */

static bool
filter_is_blank(const char *text)
{
	return !text[strspn(text, " \t")];
}

/* True when what it says must not be torn apart by an "and" next to it. */
static bool
filter_has_or(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p == '|' || ((p == text || strchr(" )", p[-1])) && strncasecmp(p, "or", 2) == 0 && strchr(" (", p[2])))
			return true;
	return false;
}

/* The filter that is wanted, and the term. False: too long. */
static bool
filter_with(const struct app *app, const char *term, char out[INDEX_WORDS_MAX])
{
	const char *now = app->index.want.words;
	bool both = !filter_is_blank(now) && !filter_is_blank(term);
	bool around = both && filter_has_or(now), term_around = both && filter_has_or(term);
	int n = snprintf(out, INDEX_WORDS_MAX, "%s%s%s%s%s%s%s", around ? "(" : "", filter_is_blank(now) ? "" : now,
	    around ? ")" : "", both ? " and " : "", term_around ? "(" : "", term, term_around ? ")" : "");

	return n < INDEX_WORDS_MAX;
}

/* ---- while it is typed ---- */

/* Who knows patterns from elsewhere learns where they begin. What stands before the comma of a note is kept when there is no room. */
static void
filter_note_pattern(const struct app *app, const char *text, char *out, size_t size)
{
	struct span word = filter_text_like_pattern(text);
	char shown[FILTER_PATTERN_MAX + 8];

	out[0] = '\0';
	if (!word.p)
		return;
	escape_text(shown, sizeof shown, word, app->escape);
	if (strlen(shown) > FILTER_PATTERN_MAX || strpbrk(shown, "\"\\"))
		snprintf(out, size, "it is text here: in quotes it is a pattern, ");
	else
		snprintf(out, size, "%s is text here: \"%s\" is a pattern, ", shown, shown);
}

static void
filter_note(struct view_flows *v, struct app *app, const struct match_error *bad)
{
	const struct flow_index *x = &app->index;
	struct prompt *p = &app->prompt;
	const char *text = p->text + (v->expr_at < p->n ? v->expr_at : p->n);
	char pattern[96];

	if (filter_is_blank(text))
		snprintf(p->note, sizeof p->note, "an expression or words of host or path, Tab lists fields");
	else if (bad)
		snprintf(p->note, sizeof p->note, "%s", bad->why);
	else {
		filter_note_pattern(app, text, pattern, sizeof pattern);
		snprintf(p->note, sizeof p->note, "%s%llu of %llu match%s%s", pattern, (unsigned long long)x->trial_n,
		    (unsigned long long)flow_index_total(x), v->trying ? " so far" : "",
		    filter_has_word(text) ? ", word = host or path contains" : "");
	}
}

static void
filter_typed(struct app *app, const char *text)
{
	struct view_flows *v = (struct view_flows *)app->view[0];
	char whole[INDEX_WORDS_MAX];
	struct match_error e;
	int bad = flow_index_try(&app->index, text, &e);

	/* What is wrong is said of the term alone. */
	if (!bad && v->adding && filter_with(app, text, whole))
		bad = flow_index_try(&app->index, whole, &e);
	v->trying = app->index.trial.scan != NULL;
	filter_note(v, app, bad ? &e : NULL);
}

/* The name in the last "header[NAME]" of the text. */
static struct span
filter_header_name(const char *text, size_t n)
{
	static const char word[] = "header[";
	struct span name = SPAN_NONE;

	for (size_t i = 0; i + sizeof word - 1 <= n; i++) {
		const char *at = text + i + sizeof word - 1;
		if (memcmp(text + i, word, sizeof word - 1) == 0)
			name = span_of(at, strcspn(at, "]"));
	}
	return name;
}

/* Values that are masked on the screen are not proposed. */
static void
filter_complete_masked(const struct app *app, const char *text, size_t cursor, struct completion *c)
{
	unsigned n = 0;
	bool secret = text_mask_is_secret_field(filter_header_name(text, cursor)) && memchr(text, ']', cursor);

	for (unsigned i = 0; i < c->n && !secret; i++) {
		struct span item = span_str(c->item[i].text);
		char *own;
		if (span_eq(item, text_mask(TEXT_MASK_TARGET, item, app->escape, &own)))
			c->item[n++] = c->item[i];
		free(own);
	}
	c->n = n;
	c->selected = c->top = c->selected < n ? c->selected : 0;
}

static void
filter_complete_line(struct app *app, const char *text, size_t cursor, struct completion *c)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	if (!v->values)
		v->values = mem_zalloc(sizeof *v->values);
	filter_complete(v->values, app->s->store, text, cursor, c);
	if (app->escape & TEXT_MASK)
		filter_complete_masked(app, text, cursor, c);
}

void
view_flows_expr_typed(struct app *app, const char *text, size_t at)
{
	((struct view_flows *)app->view[0])->expr_at = at;
	filter_typed(app, text + at);
}

void
view_flows_expr_complete(struct app *app, const char *text, size_t at, size_t cursor, struct completion *c)
{
	if (cursor < at) {
		completion_clear(c, cursor, cursor);
		return;
	}
	filter_complete_line(app, text + at, cursor - at, c);
	c->from += at;
	c->to += at;
}

/* What is refused stays as it is: which filter that is. */
static void
filter_still(struct app *app, char *out, size_t size)
{
	const struct flow_index *x = &app->index;
	struct list_source src = flow_index_source(&app->index);
	size_t n = src.count(src.arg);
	char words[FILTER_TOAST_MAX / 2] = "none";

	if (x->shown.match)
		escape_text(words, sizeof words, span_str(x->shown.words), app->escape);
	snprintf(out, size, "the list still shows the last good filter: %s (%zu flow%s)", words, n, n == 1 ? "" : "s");
}

static void
filter_refused(struct app *app, const char *text, struct prompt_refusal *r)
{
	struct match_error e;
	char whole[INDEX_WORDS_MAX];
	struct match *m;

	if (filter_is_blank(text))
		return;
	if ((m = match_new(text, &e)) != NULL) {
		match_free(m);
		if (!((struct view_flows *)app->view[0])->adding || filter_with(app, text, whole))
			return;
		e = (struct match_error){.at = strlen(text), .why = "the filter would be too long"};
	}
	r->at = e.at;
	snprintf(r->why, sizeof r->why, e.proposal[0] ? "%s.  Try: %.60s" : "%s", e.why, e.proposal);
	snprintf(r->proposal, sizeof r->proposal, "%s", e.proposal);
	filter_still(app, r->still, sizeof r->still);
}

static void
filter_end(struct app *app)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	flow_index_try(&app->index, NULL, NULL);
	v->trying = v->adding = false;
	v->expr_at = 0;
	if (v->values) {
		flow_values_end(v->values);
		free(v->values);
		v->values = NULL;
	}
}

void
flows_filter_fini(struct view_flows *v)
{
	if (v->values)
		flow_values_end(v->values);
	free(v->values);
	flow_set_fini(&v->newly);
}

static void
filter_ask(struct app *app, const char *label, const char *text, bool adding, void (*answer)(struct app *, const char *))
{
	((struct view_flows *)app->view[0])->adding = adding;
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = label,
					  .text = text,
					  .history = HISTORY_FILTER,
					  .language = true,
					  .changed = filter_typed,
					  .complete = filter_complete_line,
					  .check = filter_refused,
					  .answer = answer,
					  .cancelled = filter_end});
	filter_typed(app, app->prompt.text);
}

void
view_flows_expr_end(struct app *app)
{
	filter_end(app);
}

/* ---- the filter ---- */

static void
filter_given(struct app *app, const char *text)
{
	char words[PROMPT_TEXT_MAX];
	size_t n = (size_t)snprintf(words, sizeof words, "%s", text);

	filter_end(app);
	/* A completion leaves a blank behind what it has put in. */
	while (n && (words[n - 1] == ' ' || words[n - 1] == '\t'))
		words[--n] = '\0';
	view_flows_filter(app->view[0], app, words);
}

void
view_flows_ask_filter(struct view *base, struct app *app)
{
	(void)base;
	filter_ask(app, "Filter: ", app->index.want.words, false, filter_given);
}

/* ---- search ---- */

/* Words are looked for as they stand: there is nothing to propose for them. */
static void
find_complete(struct app *app, const char *text, size_t cursor, struct completion *c)
{
	if (strpbrk(text, "=<>~["))
		filter_complete_line(app, text, cursor, c);
	else
		completion_clear(c, cursor, cursor);
}

static void
find_given(struct app *app, const char *text)
{
	struct view *v = app->view[0];

	filter_end(app);
	if (*text)
		v->ops->find(v, app, text, false);
}

void
view_flows_ask_find(struct app *app)
{
	prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "Find: ",
					  .history = HISTORY_FIND,
					  .language = true,
					  .complete = find_complete,
					  .answer = find_given,
					  .cancelled = filter_end});
}

void
view_flows_narrow(struct app *app, const char *term)
{
	char whole[INDEX_WORDS_MAX];

	if (!filter_with(app, term, whole))
		app_toast(app, "the filter would be too long");
	else if (!filter_is_blank(term))
		view_flows_filter(app->view[0], app, whole);
}

static void
term_given(struct app *app, const char *text)
{
	filter_end(app);
	view_flows_narrow(app, text);
}

void
view_flows_ask_term(struct view *base, struct app *app)
{
	(void)base;
	filter_ask(app, "And: ", "", true, term_given);
}

void
view_flows_filter(struct view *base, struct app *app, const char *words)
{
	struct view_flows *v = (struct view_flows *)base;
	char before[INDEX_WORDS_MAX], toast[sizeof app->toast];
	struct match_error e;

	snprintf(before, sizeof before, "%s", app->index.want.words);
	if (!*words && !*before)
		app_toast(app, app->index.want.only_marked   ? "no filter to clear: M shows unmarked flows again"
			       : app->index.want.only_active ? "no filter to clear: I shows ended flows again"
							     : "no filter to clear");
	if (strcmp(before, words) == 0)
		return;
	if (flow_index_filter(&app->index, words, &e)) {
		snprintf(toast, sizeof toast, "filter: at character %zu: %s", e.at + 1, e.why);
		app_error(app, 0, toast);
		return;
	}
	flows_undo_push(v, (struct flows_undo){.words = mem_strdup(before)});
	view_flows_say(app, *words ? "the list shows what matches, J and K go through that; = clears" : "no filter: J and K go through all flows");
}

void
view_flows_show_filter(struct view *base, struct app *app)
{
	const struct flow_index *x = &app->index;
	struct list_source src = flow_index_source(&app->index);
	char words[FILTER_TOAST_MAX], toast[sizeof app->toast];

	(void)base;
	escape_text(words, sizeof words, span_str(x->shown.words), app->escape);
	if (!flow_index_filters(x))
		snprintf(toast, sizeof toast, "no filter: all %llu flows are shown", (unsigned long long)flow_index_total(x));
	else
		snprintf(toast, sizeof toast, "%s%s%s: %zu of %llu shown", x->shown.match ? "filter " : "", words,
		    !x->shown.only_marked ? "" : x->shown.match ? ", only marked" : "only marked", src.count(src.arg),
		    (unsigned long long)flow_index_total(x));
	size_t used = strlen(toast);
	if (app->rules.n)
		snprintf(toast + used, sizeof toast - used, "; breakpoint rules: %u of %u on, i lists them", rules_on(&app->rules), app->rules.n);
	app_toast(app, toast);
}

/* ---- marks ---- */

static void
mark_given(struct app *app, const char *text)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	filter_end(app);
	if (filter_is_blank(text) || flow_index_pick(&app->index, text, NULL))
		return;
	v->picked = 0;
	flow_set_clear(&v->newly);
}

void
view_flows_ask_mark(struct view *base, struct app *app)
{
	(void)base;
	filter_ask(app, "Mark what matches: ", "", false, mark_given);
}

static void
mark_done(struct view_flows *v, struct app *app)
{
	size_t all = v->picked, n = v->newly.n;
	char toast[sizeof app->toast];

	flow_index_pick_end(&app->index);
	if (!all)
		snprintf(toast, sizeof toast, "no flow that is shown matches: none marked");
	else if (!n)
		snprintf(toast, sizeof toast, "all %zu that match were marked already", all);
	else
		snprintf(toast, sizeof toast, "%zu marked, u takes it back%s", n, flows_not_kept(app));
	if (n) {
		flows_undo_push(v, (struct flows_undo){.marked = v->newly});
		v->newly = (struct flow_set){.number = NULL};
		flow_index_again(&app->index);
	}
	app_toast(app, toast);
	app->dirty = true;
}

static void
mark_turn(struct view_flows *v, struct app *app, uint64_t end_ns)
{
	struct flow_index *x = &app->index;
	struct flow_store *store = app->s->store;

	for (; v->picked < x->pick.set.n; v->picked++) {
		uint64_t number = x->pick.set.number[v->picked];
		if (clock_mono_ns() >= end_ns) {
			app->busy = true;
			return;
		}
		if (flow_set_has(flow_store_marked(store), number) || flow_set_has(flow_store_deleted(store), number))
			continue;
		flow_store_mark(store, number, true);
		flow_set_add(&v->newly, number);
	}
	mark_done(v, app);
}

/* ---- slices ---- */

void
flows_filter_turn(struct view_flows *v, struct app *app)
{
	struct flow_index *x = &app->index;
	uint64_t end_ns = clock_mono_ns() + FILTER_SLICE_NS;

	if (v->trying) {
		v->trying = x->trial.scan != NULL;
		filter_note(v, app, NULL);
		app->dirty = true;
	}
	if (x->pick_match && !x->pick.pass.scan)
		mark_turn(v, app, end_ns);
	const struct completion *c = &app->prompt.completion;
	if (v->values && (c->open || c->wanted) && flow_values_turn(v->values, end_ns)) {
		prompt_complete_again(&app->prompt, app);
		app->busy = app->dirty = true;
	}
}
