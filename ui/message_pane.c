/* SPDX-License-Identifier: MIT
 * The tab Messages. Which messages there are is read now and then (message_index); the lines on the screen are made each time it is drawn,
 * so that a key costs what is on the screen, however long the list is. */
#include "ui/message_pane.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "text/text_view.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/term.h"

enum {
	PANE_TEXT_MAX = 16 << 20,
	PANE_BOTH_FROM = 12,	  /* rows of the page for the list and a message below it ... */
	PANE_LIST_PERCENT = 60,	  /* ... which has the rest */
	PANE_HEAD_ROWS = 2,	  /* for messages, below the headings of the list, or it goes without */
	PANE_TAIL_ROWS = 3,	  /* the same for the words below */
	PANE_FIND_WORDS = 96
};

void
message_pane_init(struct message_pane *p)
{
	int escape = text_locale_utf8() ? ESCAPE_UTF8 : 0;

	*p = (struct message_pane){.list = {.height = 1}};
	message_index_init(&p->index);
	text_lines_init(&p->text, PANE_TEXT_MAX, escape);
	text_lines_init(&p->head, PANE_TEXT_MAX, escape);
	page_init(&p->page, PANE_TEXT_MAX);
}

void
message_pane_fini(struct message_pane *p)
{
	message_index_fini(&p->index);
	text_lines_fini(&p->text);
	text_lines_fini(&p->head);
	page_fini(&p->page);
}

void
message_pane_open(struct message_pane *p, bool follow)
{
	int height = p->list.height;

	p->list = (struct list){.height = height, .follow = follow};
	p->whole = false;
	p->made = 0;
	p->index.n = p->index.hidden = 0;
}

void
message_pane_read(struct message_pane *p, const struct message_flow *m)
{
	const struct list_source src = message_index_source(&p->index);

	m->env->filter = &p->filter;
	message_index_read(&p->index, m->f, m->env);
	p->stale = true;
	list_sync(&p->list, &src, p->list.height);
}

static const struct message_item *
pane_selected(const struct message_pane *p)
{
	const struct list_source src = message_index_source(&p->index);

	return p->list.selected && p->index.n ? &p->index.item[list_selected_row(&p->list, &src)] : NULL;
}

/* ---- drawing ---- */

/* Rows of the list, its headings too. A flow that is over gives what it does not need to the message. */
static int
pane_list_rows(const struct message_pane *p, const struct message_flow *m, int height)
{
	int rows = height * PANE_LIST_PERCENT / 100;
	size_t need = p->text.nlines + p->index.n;

	if (height < PANE_BOTH_FROM)
		return height;
	return m->f && m->f->ended && need < (size_t)rows ? (int)need : rows;
}

static void
pane_make_list(struct message_pane *p, const struct message_flow *m, size_t from, size_t to)
{
	if (!m->f)
		return;
	p->rows = (struct message_rows){.index = &p->index, .from = from, .to = to, .follow = p->list.follow};
	m->env->rows = &p->rows;
	text_lines_clear(&p->text);
	p->text.escape = m->env->escape;
	flow_page_messages(&p->text, m->f, m->env);
}

/* The selected message, when it is not that of last time. */
static void
pane_make_message(struct message_pane *p, const struct message_flow *m)
{
	const struct message_item *i = pane_selected(p);

	if (!i) {
		text_lines_clear(&p->head);
		text_lines_clear(&p->page.text);
		page_made(&p->page);
	}
	bool same = i && p->made == i->id && !p->stale && p->made_width == m->env->width && p->page.text.escape == m->env->escape;
	if (!i || !m->f || same)
		return;
	if (p->made != i->id)
		pager_move(&p->page.pager, MOVE_TOP);
	p->made = i->id;
	p->stale = false;
	p->made_width = m->env->width;
	m->env->view[FLOW_REQUEST] = m->env->view[FLOW_RESPONSE] = p->view;
	m->env->rows = &p->rows;
	p->rows.index = &p->index;
	text_lines_clear(&p->head);
	text_lines_clear(&p->page.text);
	p->page.text.escape = m->env->escape;
	flow_page_message(&p->head, &p->page.text, m->f, m->env, i);
	page_made(&p->page);
}

static void
pane_draw_message(struct message_pane *p, const struct message_flow *m, const struct area *a)
{
	struct area below = {.y = a->y + 1, .x = a->x, .h = a->h - 1, .w = a->w};

	pane_make_message(p, m);
	if (p->head.nlines)
		pager_draw_line(&p->head, 0, a, 0, term_glyphs(m->app->term));
	page_draw(&p->page, m->app, &below);
}

/* Headings, messages, and the words about all that have room below. */
static void
pane_draw_list(struct message_pane *p, const struct message_flow *m, const struct area *a)
{
	const struct list_source src = message_index_source(&p->index);
	const struct glyphs *g = term_glyphs(m->app->term);
	int head = (int)p->rows.line, tail = (int)(p->text.nlines - p->rows.line_end), y = 0;
	int least = p->index.n < PANE_TAIL_ROWS ? (int)p->index.n : PANE_TAIL_ROWS;

	head = a->h - head < PANE_HEAD_ROWS && a->h - head < least ? 0 : head;
	tail = a->h - head - tail < least ? a->h - head - least : tail;
	tail = tail > 0 ? tail : 0;
	list_sync(&p->list, &src, a->h - head - tail);
	size_t to = p->list.top + (size_t)p->list.height;
	pane_make_list(p, m, p->list.top, to < p->index.n ? to : p->index.n);
	for (; y < head; y++)
		pager_draw_line(&p->text, (size_t)y, a, y, g);
	p->rows_y = y;
	for (size_t i = p->rows.from; i < p->rows.to; i++, y++) {
		pager_draw_line(&p->text, p->rows.line + (i - p->rows.from), a, y, g);
		if (p->index.item[i].id != p->list.selected)
			continue;
		cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		m->app->cursor_y = a->y + y;
	}
	for (; tail > 0; tail--, y++)
		pager_draw_line(&p->text, p->text.nlines - (size_t)tail, a, y, g);
}

void
message_pane_draw(struct message_pane *p, const struct message_flow *m, const struct area *a)
{
	struct area list = *a, below = *a;

	if (p->whole) {
		pane_draw_message(p, m, a);
		return;
	}
	pane_make_list(p, m, 0, 0);
	list.h = pane_list_rows(p, m, a->h);
	below.y += list.h;
	below.h -= list.h;
	if (below.h > 1)
		pane_draw_message(p, m, &below);
	pane_draw_list(p, m, &list);
	m->app->cursor_x = a->x;
}

void
message_pane_put_place(const struct message_pane *p, struct buf *out)
{
	const struct message_item *i = pane_selected(p);

	buf_addf(out, "message %llu/%llu", i ? (unsigned long long)i->number : 0, (unsigned long long)p->index.total);
}

void
message_pane_put_status(const struct message_pane *p, struct buf *out)
{
	message_pane_put_place(p, out);
	if (p->whole) {
		buf_add_str(out, " | ");
		page_put_lines(&p->page, out);
	} else {
		buf_add_str(out, p->list.follow ? " | follow on" : " | follow off");
	}
}

void
message_pane_put_filter(const struct message_pane *p, const struct app *app, bool hint, struct buf *out)
{
	if (p->filter.n) {
		buf_addf(out, " | %zu shown, filter ", p->index.n);
		escape_add(out, span_str(p->filter.text), app->escape);
	} else if (hint) {
		buf_add_str(out, " | filter none (f: dir=in size>1k data~price)");
	}
}

/* ---- keys ---- */

void
message_pane_move(struct message_pane *p, enum move move)
{
	const struct list_source src = message_index_source(&p->index);

	if (p->whole) {
		pager_move(&p->page.pager, move);
		return;
	}
	list_move(&p->list, &src, move);
	if (move == MOVE_END)
		list_follow(&p->list, &src, true);
}

void
message_pane_click(struct message_pane *p, int y)
{
	const struct list_source src = message_index_source(&p->index);

	if (!p->whole && y >= p->rows_y && list_point(&p->list, &src, y - p->rows_y))
		p->whole = true;
}

void
message_pane_follow(struct message_pane *p, struct app *app)
{
	const struct list_source src = message_index_source(&p->index);

	p->whole = false;
	list_follow(&p->list, &src, !p->list.follow);
	app_toast(app, p->list.follow ? "follow on: the newest message is selected" : "follow off");
}

void
message_pane_enter(struct message_pane *p)
{
	const struct list_source src = message_index_source(&p->index);

	p->whole = !p->whole;
	/* What is being read stays. */
	if (p->whole && p->list.follow)
		list_follow(&p->list, &src, false);
}

bool
message_pane_leave(struct message_pane *p)
{
	bool whole = p->whole;

	p->whole = false;
	return whole;
}

void
message_pane_view_as(struct message_pane *p, struct app *app)
{
	char toast[64];

	p->view = text_view_next(p->view);
	p->made = 0;
	snprintf(toast, sizeof toast, "messages as %s", p->view ? p->view : "what they are (auto)");
	app_toast(app, toast);
}

/* ---- payload ---- */

/* Valid until the next one is asked for. */
static struct span
pane_data(const struct message_pane *p, const struct message_flow *m, const struct message_item *i)
{
	struct body_message body;

	if (flow_has_body_messages(m->f)) {
		body_messages_get(m->env->messages, (enum flow_dir)i->dir, i->index, BODY_MESSAGE_MAX, &body);
		return body.data;
	}
	return message_index_data(&p->index, m->f, i);
}

int
message_pane_bytes(const struct message_pane *p, const struct message_flow *m, struct buf *out, struct errmsg *why)
{
	const struct message_item *i = pane_selected(p);

	if (!i)
		return err_set(why, ERR_NOTFOUND, "no message is selected");
	if (!flow_has_body_messages(m->f) && !i->sent && !i->kept)
		return err_set(why, ERR_NOTFOUND, "message %llu was not kept", (unsigned long long)i->number);
	return buf_add_span(out, pane_data(p, m, i)) ? err_set(why, ERR_LIMIT, "message %llu is too large for this", (unsigned long long)i->number)
						     : 0;
}

/* ---- search ---- */

/* Messages with the text: how many, and which of them is next to row `at` in that direction. */
struct pane_hits {
	size_t n, before; /* of all, and above the row that is taken */
	size_t row;	  /* that is taken */
	bool wrapped;
};

static void
pane_search(const struct message_pane *p, const struct message_flow *m, bool backwards, struct pane_hits *h)
{
	const struct list_source src = message_index_source(&p->index);
	size_t at = list_selected_row(&p->list, &src), first = 0, beyond = 0;
	struct span needle = span_str(p->find);
	bool fold = pager_find_folds(p->find), found = false;

	*h = (struct pane_hits){.n = 0};
	for (size_t i = 0; i < p->index.n; i++) {
		struct span data = pane_data(p, m, &p->index.item[i]);
		if (pager_find_in(data, 0, needle, fold) == data.n)
			continue;
		first = h->n++ ? first : i;
		beyond = i;
		if (backwards ? i < at : i > at && !found) {
			h->row = i;
			h->before = h->n - 1;
			found = true;
		}
	}
	h->wrapped = !found;
	if (found || !h->n)
		return;
	h->row = backwards ? beyond : first;
	h->before = backwards ? h->n - 1 : 0;
}

static void
pane_find_in_list(struct message_pane *p, const struct message_flow *m, bool backwards)
{
	const struct list_source src = message_index_source(&p->index);
	char toast[sizeof m->app->toast], words[PANE_FIND_WORDS];
	struct pane_hits h;

	pane_search(p, m, backwards, &h);
	if (!h.n) {
		escape_text(words, sizeof words, span_str(p->find), m->app->escape);
		snprintf(toast, sizeof toast, "No match for %s", words);
	} else {
		snprintf(toast, sizeof toast, "%s%zu of %zu", h.wrapped && h.n > 1 ? "search wrapped: " : "", h.before + 1, h.n);
		list_select(&p->list, &src, p->index.item[h.row].id);
	}
	app_toast(m->app, toast);
}

void
message_pane_find(struct message_pane *p, const struct message_flow *m, const char *text, bool backwards)
{
	if (p->whole) {
		page_find(&p->page, m->app, text, backwards);
		return;
	}
	if (text) {
		snprintf(p->find, sizeof p->find, "%s", text);
		pager_find_set(&p->page.find, text);
		pager_find_collect(&p->page.find, &p->page.text);
	}
	if (!p->find[0])
		app_toast(m->app, "nothing was searched for yet: / asks what");
	else
		pane_find_in_list(p, m, backwards);
}
