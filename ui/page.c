/* SPDX-License-Identifier: MIT
 * A text to be read. */
#include "ui/page.h"

#include "base/escape.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/term.h"

void
page_init(struct page *p, size_t max_bytes)
{
	*p = (struct page){.pager = {.top = 0}};
	text_lines_init(&p->text, max_bytes, text_locale_utf8() ? ESCAPE_UTF8 : 0);
}

void
page_fini(struct page *p)
{
	pager_fini(&p->pager);
	pager_find_fini(&p->find);
	text_lines_fini(&p->text);
}

void
page_made(struct page *p)
{
	pager_invalidate(&p->pager);
	if (p->find.text[0])
		pager_find_collect(&p->find, &p->text);
}

void
page_draw(struct page *p, struct app *app, const struct area *a)
{
	pager_layout(&p->pager, &p->text, a->w, a->h);
	pager_find_show(&p->find, &p->pager);
	pager_draw(&p->pager, a, term_glyphs(app->term));
	app->cursor_y = a->y;
	app->cursor_x = a->x;
}

void
page_put_lines(const struct page *p, struct buf *out)
{
	const struct pager *g = &p->pager;
	size_t end = g->top + (size_t)g->height;

	end = end < g->nrows ? end : g->nrows;
	buf_addf(out, "lines %zu-%zu/%zu%s", g->nrows ? g->top + 1 : 0, end, g->nrows, end - g->top == g->nrows ? " ALL" : "");
}

void
page_find(struct page *p, struct app *app, const char *text, bool backwards)
{
	char toast[sizeof app->toast];

	if (text) {
		pager_find_set(&p->find, text);
		pager_find_collect(&p->find, &p->text);
	} else if (!p->find.text[0]) {
		app_toast(app, "nothing was searched for yet: / does");
		return;
	}
	pager_find_go(&p->find, &p->pager, backwards, toast, sizeof toast);
	app_toast(app, toast);
}
