/* SPDX-License-Identifier: MIT
 * The help: the key table of a view, as text. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/text_lines.h"
#include "ui/app.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/pager.h"
#include "ui/term.h"
#include "ui/view.h"

enum { HELP_TEXT_MAX = 65536, HELP_KEYS_COLUMN = 9, HELP_TEXT_COLUMN = 28 };

struct view_help {
	struct view base;
	const struct view_ops *about;
	struct text_lines text;
	struct pager pager;
};

static const char *const help_topics[] = {"move", "open", "follow", "other"};

/* The keys of the same command: the rows below without a help of their own. */
static void
help_add_keys(struct view_help *v, unsigned first)
{
	for (unsigned i = first; i < keymap_count; i++) {
		char name[16];
		if (i > first && keymap[i].help)
			break;
		if (!(keymap[i].scope & v->about->scope))
			continue;
		keyc_name(keymap[i].key, name, sizeof name);
		text_lines_addf(&v->text, TEXT_NAME, "%s ", name);
	}
}

static void
help_add_topic(struct view_help *v, const char *topic)
{
	bool first = true;

	for (unsigned i = 0; i < keymap_count; i++) {
		const struct key_binding *b = &keymap[i];
		if (!b->help || strcmp(b->topic, topic) != 0 || !(b->scope & v->about->scope))
			continue;
		text_lines_begin(&v->text);
		text_lines_addf(&v->text, TEXT_NOTE, "  %s", first ? topic : "");
		text_lines_pad(&v->text, HELP_KEYS_COLUMN, 1);
		help_add_keys(v, i);
		text_lines_pad(&v->text, HELP_TEXT_COLUMN, 1);
		text_lines_words(&v->text, TEXT_PLAIN, b->help);
		first = false;
	}
}

static void
help_add_states(struct view_help *v)
{
	static const char *const lines[] = {
		"",
		"  state  R receiving the request  W waiting  B body coming  S stream open",
		"         D done  F TLS handshake failed  E error  K killed",
		"  mark   * marked",
		"",
		"  -      in a column: not known.  \\xNN and \\u{NNNN}: bytes that are not",
		"         printable, shown as escapes; a backslash itself is \\\\",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		text_lines_begin(&v->text);
		text_lines_words(&v->text, TEXT_NAME, lines[i]);
	}
}

static void
help_build(struct view_help *v)
{
	text_lines_begin(&v->text);
	text_lines_addf(&v->text, TEXT_RULE, "Help: %s", v->about->name);
	text_lines_words(&v->text, TEXT_NOTE, "q closes");
	for (size_t i = 0; i < sizeof help_topics / sizeof help_topics[0]; i++)
		help_add_topic(v, help_topics[i]);
	help_add_states(v);
}

static void
help_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_help *v = (struct view_help *)base;

	pager_layout(&v->pager, &v->text, a->w, a->h);
	pager_draw(&v->pager, a, term_glyphs(app->term));
	app->cursor_y = a->y;
}

static void
help_status(struct view *base, struct app *app, struct buf *out)
{
	const struct pager *p = &((struct view_help *)base)->pager;
	size_t end = p->top + (size_t)p->height;

	(void)app;
	buf_addf(out, "lines %zu-%zu/%zu", p->top + 1, end < p->nrows ? end : p->nrows, p->nrows);
}

static void
help_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_help *)base)->pager, m);
}

static void
help_free(struct view *base)
{
	struct view_help *v = (struct view_help *)base;

	pager_fini(&v->pager);
	text_lines_fini(&v->text);
	free(v);
}

static const struct view_ops help_ops = {
	.name = "help",
	.scope = SCOPE_HELP,
	.draw = help_draw,
	.status = help_status,
	.move = help_move,
	.free = help_free,
};

struct view *
view_help_new(const struct view_ops *about)
{
	struct view_help *v = mem_zalloc(sizeof *v);

	v->base.ops = &help_ops;
	v->about = about;
	text_lines_init(&v->text, HELP_TEXT_MAX, 0);
	help_build(v);
	return &v->base;
}
