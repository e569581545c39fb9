/* SPDX-License-Identifier: MIT
 * Which columns, where. */
#include "ui/column_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NARROW_BELOW = 80,    /* one column for the mark of a row */
	TINY_BELOW = 40,
	NARROW_ID = 6,
	TINY_CODE = 3,
	WIDE_FROM = 100,      /* names have more room */
	WIDE_HOST_MORE = 5,
	WIDE_PATH = 16,       /* but a path has more to say than the end of a name */
	HOST_ALONE_BELOW = 9, /* columns in which a name says all that there is room for */
	TITLE_MAX = 16,
};

static bool
is_column(unsigned column, const char *title)
{
	return strcmp(columns[column].title, title) == 0;
}

void
column_set_default(struct column_set *s)
{
	for (unsigned i = 0; i < columns_count; i++)
		s->place[i] = (struct column_place){
		    .column = i, .mode = columns[i].from < 0 ? COLUMN_OFF : COLUMN_AUTO};
}

int
column_place_width(const struct column_place *p)
{
	if (p->width)
		return p->width;
	return columns[p->column].width ? columns[p->column].width : COLUMN_PATH_MIN;
}

/* ---- as text ---- */

static int
item_read(struct column_place *p, const char *item, size_t n, struct errmsg *why)
{
	char title[TITLE_MAX] = "";
	const char *colon = memchr(item, ':', n);
	size_t plus = n && *item == '+', title_n = (colon ? (size_t)(colon - item) : n) - plus;

	if (title_n < sizeof title)
		memcpy(title, item + plus, title_n);
	p->column = column_find(title);
	if (p->column == columns_count)
		return err_set(why, ERR_REFUSED, "columns: there is no column '%.*s'; C in the console shows them",
		    (int)(n < 32 ? n : 32), item);
	p->mode = plus || columns[p->column].from < 0 ? COLUMN_ON : COLUMN_AUTO;
	p->width = 0;
	if (!colon)
		return 0;
	if (!columns[p->column].width)
		return err_set(why, ERR_REFUSED, "columns: %s has no width of its own: it takes what the others leave",
		    columns[p->column].title);
	char *end;
	long width = strtol(colon + 1, &end, 10);
	if (end != item + n || width < 1 || width > COLUMN_WIDTH_MAX)
		return err_set(why, ERR_REFUSED, "columns: the width of %s is a number from 1 to %d",
		    columns[p->column].title, COLUMN_WIDTH_MAX);
	p->width = (int)width;
	return 0;
}

/* Takes the column to that place of the set; those between move on. */
static int
item_place(struct column_set *s, unsigned at, const struct column_place *p, struct errmsg *why)
{
	unsigned i = at;

	while (i < columns_count && s->place[i].column != p->column)
		i++;
	if (i == columns_count)
		return err_set(why, ERR_REFUSED, "columns: %s is there twice", columns[p->column].title);
	memmove(s->place + at + 1, s->place + at, (i - at) * sizeof s->place[0]);
	s->place[at] = *p;
	return 0;
}

static int
set_read(struct column_set *s, const char *text, struct errmsg *why)
{
	unsigned at = 0;
	bool path = false;

	for (const char *item = text; *item;) {
		size_t n = strcspn(item, ",");
		struct column_place p;
		int bad = item_read(&p, item, n, why);
		if (!bad)
			bad = item_place(s, at++, &p, why);
		if (bad)
			return bad;
		path |= is_column(p.column, "PATH");
		item += n + (item[n] == ',');
	}
	if (s->place[0].column != COLUMN_ID || !path)
		return err_set(why, ERR_REFUSED, "columns: ID has to be the first, and PATH one of them");
	for (; at < columns_count; at++)
		s->place[at].mode = COLUMN_OFF;
	return 0;
}

int
column_set_read(struct column_set *s, const char *text, struct errmsg *why)
{
	column_set_default(s);
	int bad = *text ? set_read(s, text, why) : 0;
	if (bad)
		column_set_default(s);
	return bad;
}

static bool
set_is_default(const struct column_set *s)
{
	struct column_set d;

	column_set_default(&d);
	for (unsigned i = 0; i < columns_count; i++)
		if (s->place[i].column != d.place[i].column || s->place[i].mode != d.place[i].mode ||
		    s->place[i].width)
			return false;
	return true;
}

void
column_set_write(const struct column_set *s, char *out, size_t size_bytes)
{
	size_t n = 0;

	*out = '\0';
	for (unsigned i = 0; i < columns_count && !set_is_default(s); i++) {
		const struct column_place *p = &s->place[i];
		char title[TITLE_MAX];
		unsigned k = 0;
		if (p->mode == COLUMN_OFF)
			continue;
		for (const char *t = columns[p->column].title; *t && k + 1 < sizeof title; t++)
			title[k++] = (char)(*t >= 'A' && *t <= 'Z' ? *t | 0x20 : *t);
		title[k] = '\0';
		bool plus = p->mode == COLUMN_ON && columns[p->column].from >= 0;
		n += (size_t)snprintf(out + n, n < size_bytes ? size_bytes - n : 0, "%s%s%s", n ? "," : "",
		    plus ? "+" : "", title);
		if (p->width)
			n += (size_t)snprintf(
			    out + n, n < size_bytes ? size_bytes - n : 0, ":%d", p->width);
		if (n >= size_bytes)
			return;
	}
}

/* ---- on a screen ---- */

static int
layout_width(const struct column_place *p, int screen_cols, uint64_t last)
{
	int w = column_place_width(p), digits = 1;

	if (is_column(p->column, "CODE") && screen_cols < TINY_BELOW && !p->width)
		return TINY_CODE;
	if (p->column != COLUMN_ID)
		return w;
	if (screen_cols < NARROW_BELOW && !p->width)
		w = NARROW_ID;
	for (uint64_t n = last; n >= 10; n /= 10)
		digits++;
	digits += screen_cols < NARROW_BELOW ? 2 : 3;
	return w < digits ? digits : w;
}

/* What is left for PATH. */
static int
layout_rest(const struct column_layout *l, int screen_cols)
{
	int rest = screen_cols;

	for (unsigned i = 0; i < l->n; i++)
		rest -= l->slot[i].w + (i > 0); /* PATH has a width of 0 here */
	return rest;
}

/* The one to leave first: those that come of themselves go before those that were asked for. */
static unsigned
layout_first_to_drop(const struct column_layout *l, const struct column_set *s)
{
	unsigned worst = l->n;
	int worst_rank = 0;

	for (unsigned i = 0; i < l->n; i++) {
		int drop = columns[l->slot[i].column].drop;
		unsigned k = 0;
		while (s->place[k].column != l->slot[i].column)
			k++;
		int rank = drop + (s->place[k].mode == COLUMN_ON ? COLUMN_KEEP : 0);
		if (drop == COLUMN_KEEP || (worst < l->n && rank >= worst_rank))
			continue;
		worst = i;
		worst_rank = rank;
	}
	return worst;
}

static struct column_slot *
layout_slot(struct column_layout *l, const char *title)
{
	return (struct column_slot *)(uintptr_t)column_layout_find(l, column_find(title));
}

const struct column_slot *
column_layout_find(const struct column_layout *l, unsigned column)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->slot[i].column == column)
			return &l->slot[i];
	return NULL;
}

static const struct column_place *
set_find(const struct column_set *s, const char *title)
{
	const struct column_place *p = s->place;

	while (!is_column(p->column, title))
		p++;
	return p;
}

/* PATH takes what is left, and where the screen is wide HOST some of it. */
static void
layout_share(struct column_layout *l, const struct column_set *s, int screen_cols, bool url)
{
	struct column_slot *path = layout_slot(l, "PATH"), *host = layout_slot(l, "HOST");
	const struct column_place *host_place = set_find(s, "HOST");
	int rest = layout_rest(l, screen_cols), spare = rest - WIDE_PATH;

	if (host && !host_place->width && screen_cols >= WIDE_FROM && spare > 0) {
		spare = spare < WIDE_HOST_MORE ? spare : WIDE_HOST_MORE;
		host->w += spare;
		rest -= spare;
	}
	path->w = rest > 1 ? rest : 1;
	l->path = url							? COLUMN_PATH_URL
		  : !host && host_place->mode != COLUMN_OFF ? COLUMN_PATH_HOST
							    : COLUMN_PATH_ALONE;
	path->title = url				       ? "URL"
		      : l->path == COLUMN_PATH_ALONE	       ? "PATH"
		      : path->w < HOST_ALONE_BELOW ? "HOST"
						   : "HOST+PATH";
}

void
column_layout_make(struct column_layout *l, const struct column_set *s, int screen_cols,
    uint64_t last, bool url)
{
	l->n = 0;
	for (unsigned i = 0; i < columns_count; i++) {
		const struct column_place *p = &s->place[i];
		bool on = p->mode == COLUMN_ON ||
			  (p->mode == COLUMN_AUTO && screen_cols >= columns[p->column].from);
		if (!on)
			continue;
		int w = columns[p->column].width ? layout_width(p, screen_cols, last) : 0;
		l->slot[l->n++] =
		    (struct column_slot){.column = p->column, .w = w, .title = columns[p->column].title};
	}
	while (layout_rest(l, screen_cols) < COLUMN_PATH_MIN) {
		unsigned i = layout_first_to_drop(l, s);
		if (i == l->n)
			break;
		l->n--;
		memmove(l->slot + i, l->slot + i + 1, (l->n - i) * sizeof l->slot[0]);
	}
	layout_share(l, s, screen_cols, url);
	for (unsigned i = 0, x = 0; i < l->n; i++) {
		l->slot[i].x = (int)x;
		x += (unsigned)l->slot[i].w + 1;
	}
}
