/* SPDX-License-Identifier: MIT
 * A text to be read: lines, scrolled and searched. What views that show one have in common. */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include "ui/pager.h"
#include "ui/pager_find.h"

struct app;

struct page {
	struct text_lines text;
	struct pager pager;
	struct pager_find find;
};

void page_init(struct page *p, size_t max_bytes);
void page_fini(struct page *p);
/* The text was made anew: it is wrapped again, and what is searched for is looked for in it. */
void page_made(struct page *p);
void page_draw(struct page *p, struct app *app, const struct area *a);
/* "lines 1-9/31", and " ALL" when no more is there. */
void page_put_lines(const struct page *p, struct buf *out);
/* Searches as view_ops.find does. */
void page_find(struct page *p, struct app *app, const char *text, bool backwards);

#endif
