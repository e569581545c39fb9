/* SPDX-License-Identifier: MIT
 * The frequency table: how often each value occurs among the flows of the list. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/freq.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view.h"

enum {
	SLICE_FLOWS = 256,
	SLICE_NS = 4000000,
	COUNT_COLS = 8,
	PERCENT_COLS = 6,
	BYTES_COLS = 8,
	PERCENT_FROM = 28, /* screens from which it is shown */
	BYTES_FROM = 40,
	BAR_FROM = 60,
	VALUE_TEXT_MAX = 4 * FREQ_VALUE_BYTES_MAX + 32,
};

struct view_freq {
	struct view base;
	struct freq freq;
	struct list list;       /* ids are places in freq.value and 1 */
	struct flow_scan *scan; /* NULL: all are counted */
	uint64_t first, last;
};

/* ---- rows of the list machine ---- */

static size_t
rows_count(const void *arg)
{
	return ((const struct freq *)arg)->n;
}

static uint64_t
rows_id(const void *arg, size_t row)
{
	(void)arg;
	return row + 1;
}

static size_t
rows_row(const void *arg, uint64_t id)
{
	(void)arg;
	return id ? (size_t)id - 1 : 0;
}

static size_t
rows_newer(const void *arg, uint64_t id)
{
	return rows_count(arg) > id ? rows_count(arg) - id : 0;
}

static struct list_source
rows_source(const struct view_freq *v)
{
	return (struct list_source){.count = rows_count,
	    .id = rows_id,
	    .row = rows_row,
	    .newer = rows_newer,
	    .newest = rows_count,
	    .ascending = true,
	    .arg = &v->freq};
}

/* ---- counting ---- */

static void
freq_turn(struct view *base, struct app *app)
{
	struct view_freq *v = (struct view_freq *)base;
	uint64_t end_ns = clock_mono_ns() + SLICE_NS;
	bool wait = false;

	if (!v->scan)
		return;
	app->dirty = true;
	do {
		for (int i = 0; i < SLICE_FLOWS; i++) {
			const struct flow *f = flow_scan_next(v->scan, &wait);
			if (!f && wait)
				return;
			if (!f) {
				flow_scan_free(v->scan);
				v->scan = NULL;
				freq_sort(&v->freq);
				return;
			}
			if (flow_index_shows(&app->index, f->number))
				freq_add(&v->freq, f);
		}
	} while (clock_mono_ns() < end_ns);
	app->busy = true;
}

/* ---- drawing ---- */

/* Columns of a table on that screen; 0: not shown. */
struct freq_columns {
	int value, percent, bar, bytes;
};

static struct freq_columns
freq_columns(int w)
{
	struct freq_columns c = {.percent = w >= PERCENT_FROM ? PERCENT_COLS : 0,
	    .bytes = w >= BYTES_FROM ? BYTES_COLS : 0,
	    .bar = w >= BAR_FROM ? (w - 30) / 3 : 0};

	c.value = w - 1 - COUNT_COLS - c.percent - c.bytes - c.bar - (c.bar ? 2 : 0);
	return c;
}

static void
freq_right(const struct area *a, int y, int end, const char *text, enum role role)
{
	int n = (int)strlen(text), x = end - n;

	cell_words(a, y, x > 0 ? x : 0, n, text, role);
}

static void
freq_draw_heading(const struct view_freq *v, const struct area *a, const struct freq_columns *c)
{
	int x = 1 + c->value + COUNT_COLS;

	cell_words(a, 0, 1, c->value, freq_title(v->freq.by), ROLE_TEXT);
	freq_right(a, 0, x, "COUNT", ROLE_TEXT);
	if (c->percent)
		freq_right(a, 0, x + c->percent, "%", ROLE_TEXT);
	if (c->bytes)
		freq_right(a, 0, a->w, "BYTES", ROLE_TEXT);
	cell_paint(a, 0, 0, a->w, ROLE_HEADING);
}

static void
freq_value_text(const struct app *app, enum freq_by by, const struct freq_value *value, char *out, size_t size)
{
	if (!value->text)
		snprintf(out, size, "(others)");
	else if (!*value->text)
		snprintf(out, size, by < FREQ_CLIENT ? "(none)" : "(not known)"); /* memory may have given it up */
	else
		escape_text(out, size, span_str(value->text), app->escape);
}

static void
freq_draw_row(const struct view_freq *v, const struct app *app, const struct area *a, int y, size_t row,
    const struct freq_columns *c)
{
	const struct freq_value *value = &v->freq.value[row];
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	int x = 1 + c->value + COUNT_COLS;
	char text[VALUE_TEXT_MAX];

	freq_value_text(app, v->freq.by, value, text, sizeof text);
	cell_text(a, y, 1, c->value, span_str(text), &style);
	*fmt_u64(text, value->flows) = '\0';
	freq_right(a, y, x, text, ROLE_FIGURE);
	if (c->percent) {
		snprintf(text, sizeof text, "%.1f", (double)value->flows * 100 / (double)v->freq.flows);
		freq_right(a, y, x + c->percent, text, ROLE_TEXT);
	}
	if (c->bar) {
		int n = (int)((double)value->flows * c->bar / (double)v->freq.flows + 0.5);
		cell_fill(a, y, x + c->percent + 1, n, g->level[GLYPH_LEVELS - 1], ROLE_GRAPH);
	}
	if (c->bytes) {
		*fmt_size(text, value->bytes) = '\0';
		freq_right(a, y, a->w, text, ROLE_TEXT);
	}
}

static void
freq_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_freq *v = (struct view_freq *)base;
	struct list_source src = rows_source(v);
	struct freq_columns c = freq_columns(a->w);
	const struct area rows = {.y = a->y + 1, .x = a->x, .h = a->h - 1, .w = a->w};

	freq_draw_heading(v, a, &c);
	app->cursor_y = rows.y;
	if (v->scan || !v->freq.n) {
		cell_words(&rows, 0, 1, rows.w - 1, v->scan ? "counting ..." : "no flow is shown", ROLE_NOTE);
		return;
	}
	list_sync(&v->list, &src, rows.h);
	for (int y = 0; y < rows.h && v->list.top + (size_t)y < v->freq.n; y++)
		freq_draw_row(v, app, &rows, y, v->list.top + (size_t)y, &c);
	int line = (int)((long)list_selected_row(&v->list, &src) - (long)v->list.top);
	if (line < 0 || line >= rows.h) /* the wheel has left it */
		return;
	cell_paint(&rows, line, 0, rows.w, ROLE_SELECTED);
	if (theme_is_mono())
		cell_words(&rows, line, 0, 1, term_glyphs(app->term)->selected, ROLE_SELECTED);
	app->cursor_y = rows.y + line;
}

static void
freq_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_freq *v = (const struct view_freq *)base;
	const struct freq *f = &v->freq;
	int rows, cols;

	term_size(app->term, &rows, &cols);
	if (v->scan) {
		uint64_t all = v->last + 1 - v->first, at = flow_scan_at(v->scan) - v->first;
		buf_addf(out, "counting %u %%, ^C gives up", (unsigned)(at * 100 / (all ? all : 1)));
		return;
	}
	if (cols >= BYTES_FROM)
		buf_addf(out, "%llu flows by %s | ", (unsigned long long)f->flows, freq_title(f->by));
	bool more = f->n > f->most;
	buf_addf(out, "value %zu/%zu%s", f->n ? (size_t)v->list.selected : 0, f->n - more, more ? " and others" : "");
	if (cols >= BAR_FROM)
		buf_add_str(out, flow_index_filters(&app->index) ? " | of the flows shown | # counts again" : " | # counts again");
}

/* ---- keys ---- */

static void
freq_move(struct view *base, struct app *app, enum move m)
{
	struct view_freq *v = (struct view_freq *)base;
	struct list_source src = rows_source(v);

	(void)app;
	if (!v->scan)
		list_move(&v->list, &src, m);
}

static void
freq_open(struct view *base, struct app *app)
{
	struct view_freq *v = (struct view_freq *)base;
	char term[FREQ_TERM_MAX];
	const char *why;

	if (v->scan || !v->list.selected) {
		app_toast(app, v->scan ? "it is still counting" : "there is nothing to filter by");
		return;
	}
	if (!freq_term(v->freq.by, v->freq.value[v->list.selected - 1].text, term, &why)) {
		app_toast(app, why);
		return;
	}
	view_flows_narrow(app, term);
	view_flows_come_back(app); /* they are what is to be seen, also by who counted from a flow */
}

static void
freq_click(struct view *base, struct app *app, int y, int x)
{
	struct view_freq *v = (struct view_freq *)base;
	struct list_source src = rows_source(v);

	(void)x;
	if (!v->scan && y > 0 && list_point(&v->list, &src, y - 1))
		freq_open(base, app);
}

static void
freq_wheel(struct view *base, struct app *app, int x, int rows)
{
	struct view_freq *v = (struct view_freq *)base;
	struct list_source src = rows_source(v);

	(void)app;
	(void)x;
	if (!v->scan)
		list_scroll(&v->list, &src, rows);
}

static void
freq_free(struct view *base)
{
	struct view_freq *v = (struct view_freq *)base;

	flow_scan_free(v->scan);
	freq_fini(&v->freq);
	free(v);
}

static const struct view_ops freq_ops = {
	.name = "counts",
	.scope = SCOPE_FREQ,
	.header = true,
	.draw = freq_draw,
	.status = freq_status,
	.move = freq_move,
	.open = freq_open,
	.turn = freq_turn,
	.click = freq_click,
	.wheel = freq_wheel,
	.free = freq_free,
};

static void
freq_picked(struct app *app, unsigned row)
{
	struct flow_store *store = app->s->store;
	struct view_freq *v = mem_zalloc(sizeof *v);

	if (app_top(app)->ops == &freq_ops)
		app_pop(app);
	v->base.ops = &freq_ops;
	freq_init(&v->freq, (enum freq_by)row, FREQ_VALUES_MAX);
	v->first = flow_store_first(store);
	v->last = flow_store_last(store);
	v->scan = flow_scan_new(store, v->first, v->last);
	app_push(app, &v->base);
	freq_turn(&v->base, app);
}

void
view_freq_ask(struct app *app)
{
	static const char keys[FREQ_BY_COUNT + 1] = "hmcypsivot";
	struct menu_row row[FREQ_BY_COUNT];

	for (unsigned i = 0; i < FREQ_BY_COUNT; i++)
		row[i] = (struct menu_row){.key = i < sizeof keys ? keys[i] : '\0',
		    .name = freq_title((enum freq_by)i),
		    .what = freq_what((enum freq_by)i)};
	menu_open(&app->menu, "Count by", row, FREQ_BY_COUNT, 0, freq_picked);
}
