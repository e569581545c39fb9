/* SPDX-License-Identifier: MIT
 * The question line: editing and history. A character is a base with its combining marks; the keys
 * are those of every shell. */
#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "text/text_lines.h"
#include "ui/history.h"
#include "ui/key.h"

enum { PROMPT_SHOWN_MAX = 16 * PROMPT_TEXT_MAX, CP_MAX = 0x10ffff };

void
prompt_fini(struct prompt *p)
{
	for (int h = 0; h < HISTORY_COUNT; h++)
		for (unsigned i = 0; i < p->past[h].n; i++)
			free(p->past[h].line[i]);
	free(p->history_path);
	*p = (struct prompt){.active = false};
}

/* Everything but the past begins anew. */
static void
prompt_begin(struct prompt *p, const char *question, const char *text)
{
	p->active = true;
	p->yes_no = false;
	p->keys[0] = '\0';
	p->line = (struct prompt_line){.label = NULL};
	p->answer = NULL;
	p->note[0] = p->draft[0] = '\0';
	p->recent = false;
	p->refusal = (struct prompt_refusal){.at = 0};
	completion_clear(&p->completion, 0, 0);
	snprintf(p->question, sizeof p->question, "%s", question);
	snprintf(p->text, sizeof p->text, "%s", text);
	p->n = p->cursor = strlen(p->text);
}

void
prompt_ask(
    struct prompt *p, bool yes_no, const char *question, void (*answer)(struct app *, const char *))
{
	prompt_begin(p, question, "");
	p->yes_no = yes_no;
	p->answer = answer;
	p->past_at = 0;
}

void
prompt_ask_line(struct prompt *p, const struct prompt_line *line)
{
	prompt_begin(p, line->label, line->text ? line->text : "");
	p->line = *line;
	p->line.label = p->line.text = NULL; /* copied */
	p->answer = line->answer;
	p->past_at = p->past[line->history].n;
}

/* ---- characters ---- */

static size_t
prompt_code_point(const struct prompt *p, size_t at, int *width)
{
	unsigned cp;
	size_t took = escape_utf8_decode(p->text + at, p->n - at, &cp);

	*width = took ? escape_width(cp) : -1;
	return took ? took : 1;
}

/* Bytes of the character at that place, with its marks; 0 at the end. */
static size_t
prompt_char(const struct prompt *p, size_t at)
{
	size_t to = at;
	int width = 0;

	for (bool first = true; to < p->n; first = false) {
		size_t took = prompt_code_point(p, to, &width);
		if (!first && width != 0)
			break;
		to += took;
	}
	return to - at;
}

/* Where the character before that place begins. */
static size_t
prompt_before(const struct prompt *p, size_t at)
{
	size_t from = 0, n;

	while (from < at && (n = prompt_char(p, from)) != 0 && from + n < at)
		from += n;
	return from;
}

static size_t
prompt_word_before(const struct prompt *p)
{
	size_t at = p->cursor;

	while (at && p->text[at - 1] == ' ')
		at--;
	while (at && p->text[at - 1] != ' ')
		at--;
	return at;
}

static void
prompt_cut(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, p->n - to + 1);
	p->n -= to - from;
	p->cursor = from;
}

static void
prompt_insert(struct prompt *p, unsigned cp)
{
	char c[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (p->n + n >= sizeof p->text)
		return;
	if (n == 1)
		c[0] = (char)cp;
	else
		c[0] = (char)((0xf0u << (4 - n)) | cp >> 6 * (n - 1));
	for (size_t i = 1; i < n; i++)
		c[i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
	memmove(p->text + p->cursor + n, p->text + p->cursor, p->n - p->cursor + 1);
	memcpy(p->text + p->cursor, c, n);
	p->n += n;
	p->cursor += n;
}

/* ---- the past ---- */

bool
prompt_past_add(struct prompt *p, enum prompt_history history, const char *text)
{
	struct prompt_past *past = &p->past[history];

	if (history == HISTORY_NONE || !*text)
		return false;
	if (past->n && strcmp(past->line[past->n - 1], text) == 0)
		return false;
	if (past->n == PROMPT_PAST_MAX) {
		free(past->line[0]);
		memmove(past->line, past->line + 1, --past->n * sizeof past->line[0]);
	}
	past->line[past->n++] = mem_strdup(text);
	return true;
}

static void
prompt_remember(struct prompt *p)
{
	if (prompt_past_add(p, p->line.history, p->text) && p->history_path)
		history_add(p->history_path, p->line.history, p->text);
}

static void
prompt_recall(struct prompt *p, bool older)
{
	const struct prompt_past *past = &p->past[p->line.history];

	if (p->line.history == HISTORY_NONE || p->past_at == (older ? 0 : past->n))
		return;
	if (p->past_at == past->n)
		memcpy(p->draft, p->text, p->n + 1);
	p->past_at += older ? -1u : 1u;
	snprintf(p->text, sizeof p->text, "%s",
	    p->past_at < past->n ? past->line[p->past_at] : p->draft);
	p->n = p->cursor = strlen(p->text);
}

/* ---- a choice from the past ---- */

/* What is shown of a line that is too long for the list. */
static struct span
recent_shown(const char *line, char out[COMPLETION_TEXT_MAX])
{
	static const char cut[] = "...";
	size_t n = strlen(line);

	if (n < COMPLETION_TEXT_MAX)
		return span_of(line, n);
	n = COMPLETION_TEXT_MAX - sizeof cut;
	while (n && ((unsigned char)line[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, line, n);
	memcpy(out + n, cut, sizeof cut);
	return span_str(out);
}

/* The newest first, each line once. */
static void
recent_fill(struct prompt *p)
{
	const struct prompt_past *past = &p->past[p->line.history];
	struct completion *c = &p->completion;
	char shown[COMPLETION_TEXT_MAX];

	completion_clear(c, 0, p->n);
	for (unsigned i = past->n; i-- > 0 && c->n < COMPLETION_MAX;) {
		unsigned k = 0;
		while (k < c->n && strcmp(past->line[p->recent_at[k]], past->line[i]) != 0)
			k++;
		if (k < c->n || !completion_add(c, recent_shown(past->line[i], shown), ""))
			continue;
		p->recent_at[c->n - 1] = i;
	}
}

static void
recent_open(struct prompt *p)
{
	recent_fill(p);
	p->recent = p->completion.open = p->completion.n > 0;
	p->completion.title = "recent";
	if (!p->recent)
		snprintf(p->note, sizeof p->note, "nothing was typed here before");
}

/* True when the key was the list's. Others close it and act. */
static bool
recent_key(struct prompt *p, int key, bool *taken)
{
	struct completion *c = &p->completion;
	bool up = key == KEYC_UP || key == KEYC_BACKTAB;

	if (up || key == KEYC_DOWN || key == KEY_CTRL_OF('r')) {
		completion_move(c, up ? -1 : 1);
		return true;
	}
	*taken = key == KEYC_ENTER || key == KEYC_TAB;
	if (*taken) {
		snprintf(p->text, sizeof p->text, "%s", p->past[p->line.history].line[p->recent_at[c->selected]]);
		p->n = p->cursor = strlen(p->text);
	}
	p->recent = false;
	completion_clear(c, p->cursor, p->cursor);
	return *taken || key == KEYC_ESC || key == KEY_CTRL_OF('c') || key == KEY_CTRL_OF('g');
}

/* ---- completion ---- */

struct span
prompt_completed(const struct prompt *p)
{
	const struct completion *c = &p->completion;

	return span_of(p->text + c->from, p->cursor > c->from ? p->cursor - c->from : 0);
}

static void
prompt_complete(struct prompt *p, struct app *app)
{
	completion_clear(&p->completion, p->cursor, p->cursor);
	if (p->line.complete)
		p->line.complete(app, p->text, p->cursor, &p->completion);
}

/* The word is not all that the list has. */
static bool
prompt_list_says_more(const struct prompt *p)
{
	const struct completion *c = &p->completion;
	size_t n = c->n ? strcspn(c->item[0].text, " ") : 0;

	return c->n > 1 || (c->n == 1 && !span_ieq(span_of(c->item[0].text, n), prompt_completed(p)));
}

void
prompt_complete_again(struct prompt *p, struct app *app)
{
	struct completion *c = &p->completion;
	char selected[COMPLETION_TEXT_MAX];

	if ((!c->open && !c->wanted) || p->recent)
		return;
	snprintf(selected, sizeof selected, "%s", c->open ? c->item[c->selected].text : "");
	/* The first of them is nobody's choice. */
	bool chosen = c->selected > 0, open = c->open, wanted = c->wanted;
	prompt_complete(p, app);
	c->wanted = wanted;
	c->open = c->n > 0 && (open || prompt_list_says_more(p));
	for (unsigned i = 0; chosen && i < c->n; i++)
		if (strcmp(c->item[i].text, selected) == 0)
			c->selected = i;
}

/* While a word is typed the list is there, unless the word is all that it has. */
static void
prompt_complete_typed(struct prompt *p, struct app *app)
{
	struct completion *c = &p->completion;

	prompt_complete(p, app);
	c->wanted = prompt_completed(p).n > 0;
	c->open = c->wanted && prompt_list_says_more(p);
}

static void
prompt_complete_take(struct prompt *p)
{
	struct completion *c = &p->completion;
	const char *text = c->item[c->selected].text;
	size_t n = strlen(text), to = c->to < p->n ? c->to : p->n, from = c->from;

	if (n && text[n - 1] == ' ' && p->text[to] == ' ')
		to++; /* the blank is there */
	if (p->n - (to - from) + n >= sizeof p->text)
		return;
	memmove(p->text + from + n, p->text + to, p->n - to + 1);
	memcpy(p->text + from, text, n);
	p->n += n - (to - from);
	p->cursor = from + n;
}

/* Tab: the mended text when it was refused; else what is selected, or the list when it is closed. */
static void
prompt_tab(struct prompt *p, struct app *app)
{
	struct completion *c = &p->completion;

	if (p->refusal.why[0] && p->refusal.proposal[0]) {
		snprintf(p->text, sizeof p->text, "%s", p->refusal.proposal);
		p->n = p->cursor = strlen(p->text);
		return;
	}
	if (c->open) {
		prompt_complete_take(p);
		return;
	}
	prompt_complete(p, app);
	c->wanted = true;
	if (c->n == 1)
		prompt_complete_take(p);
	else
		c->open = c->n > 0;
}

/* ---- keys ---- */

static void
prompt_yes_no(struct prompt *p, struct app *app, int key)
{
	const char other[2] = {key > ' ' && key < 0x7f && strchr(p->keys, key) ? (char)key : '\0'};
	bool yes = key == 'y' || key == 'Y';
	bool no = key == 'n' || key == 'N' || key == 'q' || key == KEYC_ESC ||
		  key == KEY_CTRL_OF('c') || key == KEY_CTRL_OF('g');

	if (!yes && !no && !other[0])
		return;
	p->active = false;
	if (!no)
		p->answer(app, yes ? "y" : other);
}

/* The end of the question may begin another one. */
static void
prompt_end(struct prompt *p, struct app *app, bool given)
{
	const struct prompt_line line = p->line;
	char text[PROMPT_TEXT_MAX];

	if (given && line.check)
		line.check(app, p->text, &p->refusal);
	completion_clear(&p->completion, p->cursor, p->cursor);
	if (given && p->refusal.why[0])
		return;
	prompt_remember(p);
	memcpy(text, p->text, p->n + 1);
	p->active = false;
	if (given)
		p->answer(app, text);
	else if (line.cancelled)
		line.cancelled(app);
}

void
prompt_drop(struct prompt *p, struct app *app)
{
	if (!p->active)
		return;
	if (p->yes_no)
		p->active = false;
	else
		prompt_end(p, app, false);
}

static bool
prompt_move_key(struct prompt *p, int key)
{
	switch (key) {
	case KEYC_LEFT:
	case KEY_CTRL_OF('b'):
		p->cursor = prompt_before(p, p->cursor);
		return true;
	case KEYC_RIGHT:
	case KEY_CTRL_OF('f'):
		p->cursor += prompt_char(p, p->cursor);
		return true;
	case KEYC_HOME:
	case KEY_CTRL_OF('a'):
		p->cursor = 0;
		return true;
	case KEYC_END:
	case KEY_CTRL_OF('e'):
		p->cursor = p->n;
		return true;
	default:
		return false;
	}
}

/* ^U takes all that was typed, as the key bar says, when the cursor is at its end. */
static void
prompt_edit_key(struct prompt *p, int key)
{
	switch (key) {
	case KEYC_BACKSPACE:
		prompt_cut(p, prompt_before(p, p->cursor), p->cursor);
		break;
	case KEYC_DELETE:
	case KEY_CTRL_OF('d'):
		prompt_cut(p, p->cursor, p->cursor + prompt_char(p, p->cursor));
		break;
	case KEY_CTRL_OF('w'):
		prompt_cut(p, prompt_word_before(p), p->cursor);
		break;
	case KEY_CTRL_OF('u'):
		prompt_cut(p, 0, p->cursor);
		break;
	case KEY_CTRL_OF('k'):
		prompt_cut(p, p->cursor, p->n);
		break;
	case KEYC_UP:
	case KEYC_DOWN:
		prompt_recall(p, key == KEYC_UP);
		break;
	default:
		if ((key >= ' ' && key < 0x7f) || (key >= 0xa0 && key <= CP_MAX))
			prompt_insert(p, (unsigned)key);
	}
}

/* True when the key moves within the list. */
static bool
prompt_list_key(struct prompt *p, int key)
{
	bool up = key == KEYC_UP || key == KEYC_BACKTAB;

	if (!p->completion.open || !(up || key == KEYC_DOWN))
		return false;
	completion_move(&p->completion, up ? -1 : 1);
	return true;
}

static void
prompt_changed(struct prompt *p, struct app *app, bool typed)
{
	p->note[0] = '\0';
	p->refusal = (struct prompt_refusal){.at = 0};
	if (p->line.changed)
		p->line.changed(app, p->text);
	if (typed)
		prompt_complete_typed(p, app);
	else
		completion_clear(&p->completion, p->cursor, p->cursor);
}

void
prompt_key(struct prompt *p, struct app *app, int key)
{
	char before[PROMPT_TEXT_MAX];
	bool taken = false;

	if (p->yes_no) {
		prompt_yes_no(p, app, key);
		return;
	}
	if (p->recent && recent_key(p, key, &taken)) {
		if (taken)
			prompt_changed(p, app, false);
		return;
	}
	if (key == KEY_CTRL_OF('r') && p->line.history != HISTORY_NONE) {
		recent_open(p);
		return;
	}
	if (key == KEYC_ENTER || key == KEYC_ESC || key == KEY_CTRL_OF('c') ||
	    key == KEY_CTRL_OF('g')) {
		prompt_end(p, app, key == KEYC_ENTER);
		return;
	}
	if (prompt_list_key(p, key))
		return;
	if (prompt_move_key(p, key)) {
		completion_clear(&p->completion, p->cursor, p->cursor);
		return;
	}
	memcpy(before, p->text, p->n + 1);
	if (key == KEYC_TAB)
		prompt_tab(p, app);
	else
		prompt_edit_key(p, key);
	if (strcmp(before, p->text) != 0)
		prompt_changed(p, app, key != KEYC_UP && key != KEYC_DOWN);
}

/* ---- showing ---- */

/* Columns of the printable form of one character. */
static int
prompt_columns(const struct prompt *p, size_t from, size_t n, int escape, struct buf *scratch)
{
	buf_clear(scratch);
	escape_add(scratch, span_of(p->text + from, n), escape);
	return (int)text_columns(buf_span(scratch));
}

bool
prompt_show(const struct prompt *p, int width, int escape, struct buf *out, int *cursor)
{
	size_t from = 0;
	struct buf scratch;

	buf_init(&scratch, PROMPT_SHOWN_MAX);
	int before = prompt_columns(p, 0, p->cursor, escape, &scratch);
	/* Behind the last character the cursor takes a column, and so does the mark of what is left
	 * out. */
	while (from < p->cursor && before + (from > 0) >= width) {
		size_t n = prompt_char(p, from);
		before -= prompt_columns(p, from, n, escape, &scratch);
		from += n;
	}
	escape_add(out, span_of(p->text + from, p->n - from), escape);
	*cursor = before;
	buf_fini(&scratch);
	return from > 0;
}
