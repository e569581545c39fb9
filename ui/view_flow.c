/* SPDX-License-Identifier: MIT
 * The detail screen: one flow, a tab at a time. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "text/text_head.h"
#include "ui/app.h"
#include "ui/flow_page.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/pager.h"
#include "ui/term.h"
#include "ui/view.h"

enum { FLOW_TEXT_MAX = 16 << 20, FLOW_TITLE_MAX = 2048, FLOW_URL_MAX = 512 };

static const struct flow_tab {
	const char *title;
	void (*build)(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
} flow_tabs[] = {
	{.title = "Request", .build = flow_page_request},
	{.title = "Response", .build = flow_page_response},
	{.title = "TLS", .build = flow_page_tls},
};

enum { FLOW_TABS = sizeof flow_tabs / sizeof flow_tabs[0] };

struct view_flow {
	struct view base;
	uint64_t number;
	unsigned tab;
	struct text_lines text;
	struct pager pager;
	/* What the text was made from. */
	uint64_t built_number;
	unsigned built_tab;
	uint32_t built_version;
	int built_width;
};

static void
flow_put_url(struct app *app, const struct flow *f, struct buf *out)
{
	struct span path = f->path;

	if (f->method.p) {
		escape_add(out, f->method, app->escape);
		buf_add_str(out, f->tls ? " https://" : " http://");
	}
	escape_add(out, f->host, app->escape);
	if (flow_text_port(f))
		buf_addf(out, ":%u", flow_text_port(f));
	if (path.n > FLOW_URL_MAX)
		path.n = FLOW_URL_MAX;
	if (path.n)
		escape_add(out, path, app->escape);
}

/* Which side failed, for the title of a flow without a request. */
static const char *
flow_failed_side(const struct flow *f)
{
	for (int side = 0; f->conn && side < 2; side++)
		if (f->conn->tls[side] && f->conn->tls[side]->failed)
			return side == FLOW_CLIENT ? " on the client side" : " on the server side";
	return "";
}

static void
flow_title(struct app *app, const struct flow *f, struct buf *out)
{
	buf_addf(out, "#%llu %s ", (unsigned long long)f->number, f->marked ? "*" : " ");
	flow_put_url(app, f, out);
	if (f->state == FLOW_S_TLS_FAILED)
		buf_addf(out, "   TLS handshake FAILED%s", flow_failed_side(f));
	else if (f->state == FLOW_S_ERROR)
		buf_add_str(out, "   ERROR");
	else if (!f->ended)
		buf_add_str(out, "   OPEN");
}

/* " 401 Unauthorized" from the status line as it came. */
static void
flow_put_status(struct app *app, const struct flow *f, struct buf *out)
{
	struct span line =
	    f->head[FLOW_RESPONSE].p ? text_head_start(f->head[FLOW_RESPONSE]) : SPAN_NONE;
	const char *space = line.n ? memchr(line.p, ' ', line.n) : NULL;

	if (!space) {
		buf_addf(out, " %u", f->status);
		return;
	}
	struct span rest = span_of(space, (size_t)(line.p + line.n - space));
	if (rest.n > 64)
		rest.n = 64;
	escape_add(out, rest, app->escape);
}

static void
flow_subtitle(struct app *app, const struct flow *f, bool wide, struct buf *out)
{
	const struct flow_tls *tls = f->conn ? f->conn->tls[FLOW_CLIENT] : NULL;
	char text[FMT_MAX];

	buf_addf(out, "   %s", term_glyphs(app->term)->in);
	if (f->status) {
		flow_put_status(app, f, out);
		*fmt_size_long(text, flow_text_bytes(f)) = '\0';
		buf_addf(out, "  %s", text);
	} else {
		buf_add_str(out, f->method.p ? " no response" : " no request was seen");
	}
	buf_addf(out, "  %s", flow_proto_name((enum flow_proto)f->proto));
	if (wide && f->tls && tls && tls->version[0])
		buf_addf(out, " over %s", tls->version);
	*fmt_duration(text, flow_duration_us(f, app->env.now_ns)) = '\0';
	buf_addf(out, "  %s", text);
	*fmt_time_ms(&app->env.clock, text, f->wall_ns) = '\0';
	buf_addf(out, "  %s", text);
	if (!f->conn)
		return;
	buf_add_str(out, wide ? "  client " : "  ");
	escape_add(out, span_str(f->conn->client), app->escape);
	if (wide && f->conn->server[0]) {
		buf_add_str(out, "  server ");
		escape_add(out, span_str(f->conn->server), app->escape);
	}
}

static void
flow_draw_tabs(const struct view_flow *v, const struct area *a, int y)
{
	int x = 0;

	for (unsigned i = 0; i < FLOW_TABS; i++) {
		bool open = i == v->tab;
		char digit[] = {(char)('1' + i), ' ', '\0'};
		x += cell_words(a, y, x, 1, open ? "[" : " ", ROLE_TEXT);
		int from = x;
		x += cell_words(a, y, x, 2, digit, ROLE_KEY);
		x += cell_words(a, y, x, a->w - x, flow_tabs[i].title, ROLE_TEXT);
		if (open)
			cell_paint(a, y, from, x - from, ROLE_TAB);
		x += cell_words(a, y, x, 1, open ? "]" : " ", ROLE_TEXT);
	}
}

static void
flow_build(struct view_flow *v, struct app *app, const struct flow *f, int width)
{
	const struct flow_page_env env = {
	    .width = width,
	    .now_ns = app->env.now_ns,
	    .ca_path = app->s->ca_path,
	    .vline = term_glyphs(app->term)->vline,
	};

	/* An ended flow stands still, so its text is kept; that of a large body takes a while.
	 * Facts of the connection may come after its end. */
	if (flow_tabs[v->tab].build != flow_page_tls && v->built_number == f->number &&
	    v->built_tab == v->tab && v->built_width == width && v->built_version == f->version &&
	    f->ended)
		return;
	text_lines_clear(&v->text);
	flow_tabs[v->tab].build(&v->text, f, &env);
	if (v->text.cut)
		app_toast(app, "the text is too long to be shown whole");
	v->built_number = f->number;
	v->built_tab = v->tab;
	v->built_version = f->version;
	v->built_width = width;
}

/* Title, subtitle and tabs; on a low screen the subtitle goes first. Returns the lines taken. */
static int
flow_draw_head(struct view_flow *v, struct app *app, const struct flow *f, const struct area *a)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style title = {.glyphs = g, .role = ROLE_STATUS, .escapes = true};
	const struct cell_style sub = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	struct buf out;
	int y = 0;

	buf_init(&out, FLOW_TITLE_MAX);
	flow_title(app, f, &out);
	cell_text(a, y++, 0, a->w, buf_span(&out), &title);
	if (a->h >= 8) {
		buf_clear(&out);
		flow_subtitle(app, f, a->w >= 100, &out);
		cell_text(a, y++, 0, a->w, buf_span(&out), &sub);
	}
	buf_fini(&out);
	flow_draw_tabs(v, a, y++);
	return y;
}

static void
flow_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_flow *v = (struct view_flow *)base;
	const struct flow *f = flow_store_find(app->s->store, v->number);

	app->cursor_y = a->y;
	if (!f) {
		cell_words(a, 0, 0, a->w, "This flow is no longer in memory (limit: --memory).",
		    ROLE_NOTE);
		return;
	}
	int y = flow_draw_head(v, app, f, a);
	const struct area page = {.y = a->y + y, .x = a->x, .h = a->h - y, .w = a->w};
	flow_build(v, app, f, page.w);
	pager_layout(&v->pager, &v->text, page.w, page.h);
	pager_draw(&v->pager, &page, term_glyphs(app->term));
	app->cursor_y = page.y;
}

static void
flow_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_flow *v = (const struct view_flow *)base;
	struct list_source src = flow_index_source(&app->index);
	size_t n = src.count(src.arg), row = src.row(src.arg, v->number);
	size_t end = v->pager.top + (size_t)v->pager.height;
	int rows, cols;

	end = end < v->pager.nrows ? end : v->pager.nrows;
	term_size(app->term, &rows, &cols);
	buf_addf(out, "flow %zu/%zu", row + 1, n);
	if (app->index.filter.nwords)
		buf_add_str(out, " shown");
	buf_addf(out, " | lines %zu-%zu/%zu", v->pager.nrows ? v->pager.top + 1 : 0, end,
	    v->pager.nrows);
	if (cols >= 60)
		buf_add_str(out, " | J/K next/prev flow keeps this tab");
}

static void
flow_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_flow *)base)->pager, m);
}

static void
flow_tab(struct view *base, struct app *app, const char *which)
{
	struct view_flow *v = (struct view_flow *)base;

	(void)app;
	if (strcmp(which, "next") == 0)
		v->tab = (v->tab + 1) % FLOW_TABS;
	else if (strcmp(which, "prev") == 0)
		v->tab = (v->tab + FLOW_TABS - 1) % FLOW_TABS;
	else if (which[0] >= '1' && which[0] < '1' + FLOW_TABS)
		v->tab = (unsigned)(which[0] - '1');
	v->pager.top = 0;
}

/* The list below is the order that is stepped through, and stays on what was looked at last. */
static void
flow_step(struct view *base, struct app *app, int rows)
{
	struct view_flow *v = (struct view_flow *)base;

	v->number = view_flows_step(app->view[0], app, rows);
	v->pager.top = 0;
}

static void
flow_free(struct view *base)
{
	struct view_flow *v = (struct view_flow *)base;

	pager_fini(&v->pager);
	text_lines_fini(&v->text);
	free(v);
}

static const struct view_ops flow_ops = {
	.name = "flow",
	.scope = SCOPE_FLOW,
	.draw = flow_draw,
	.status = flow_status,
	.move = flow_move,
	.tab = flow_tab,
	.step = flow_step,
	.free = flow_free,
};

struct view *
view_flow_new(uint64_t number)
{
	struct view_flow *v = mem_zalloc(sizeof *v);

	v->base.ops = &flow_ops;
	v->number = number;
	text_lines_init(&v->text, FLOW_TEXT_MAX, text_locale_utf8() ? ESCAPE_UTF8 : 0);
	return &v->base;
}
