/* SPDX-License-Identifier: MIT
 * The empty state teaches. */
#include "ui/view_empty.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/filter_near.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "text/text_head.h"
#include "ui/pager.h"
#include "ui/term.h"

enum { EMPTY_TEXT_MAX = 8192, EMPTY_INDENT = 7, FINGERPRINT_HALF = 48, HELP_FROM_COLS = 74, EMPTY_VALUE = 13, EMPTY_EXPIRES = 11 };

/* Rows from which on there are blank lines, and more of all. */
enum { EMPTY_FULL_ROWS = 14, EMPTY_ROOMY_ROWS = 22 };

/* Address a client on this machine reaches: "0.0.0.0:8080" listens on it but is none itself. */
static void
empty_proxy(const struct frontend_source *s, struct buf *out)
{
	const char *listen = s->nlisten ? s->listen[0] : "127.0.0.1:8080";

	if (strncmp(listen, "0.0.0.0:", 8) == 0)
		buf_addf(out, "127.0.0.1:%s", listen + 8);
	else if (strncmp(listen, "[::]:", 5) == 0)
		buf_addf(out, "[::1]:%s", listen + 5);
	else
		buf_add_str(out, listen);
}

static bool
empty_is_plain(const char *s)
{
	return s[strspn(
		   s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,@%")] ==
	       '\0';
}

/* The path as a shell takes it: quoted when it must be, ~ for the home when short is asked for. */
static void
empty_path(const char *path, bool tilde, struct buf *out)
{
	const char *home = getenv("HOME");
	size_t n = home ? strlen(home) : 0;

	if (empty_is_plain(path)) {
		bool under = tilde && n > 1 && strncmp(path, home, n) == 0 && path[n] == '/';
		buf_addf(out, "%s%s", under ? "~" : "", under ? path + n : path);
		return;
	}
	buf_add(out, "'", 1);
	for (; *path; path++) {
		if (*path == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add(out, path, 1);
	}
	buf_add(out, "'", 1);
}

static void
empty_curl_line(struct app *app, bool tilde, const char *between, struct buf *out)
{
	buf_clear(out);
	buf_add_str(out, "curl -x http://");
	empty_proxy(app->s, out);
	buf_add_str(out, between);
	buf_add_str(out, "--cacert ");
	empty_path(app->s->ca_path ? app->s->ca_path : "ca.pem", tilde, out);
	buf_add_str(out, " https://example.org/");
}

void
view_empty_curl(struct app *app, int width, struct buf *out)
{
	empty_curl_line(app, false, " ", out);
	if (text_columns(buf_span(out)) > (size_t)width)
		empty_curl_line(app, true, " ", out);
	if (text_columns(buf_span(out)) > (size_t)width)
		empty_curl_line(app, true, " \\\n", out);
}

static void
empty_add_curl(struct app *app, struct text_lines *t, int width)
{
	struct buf curl;
	struct span rest, line;

	buf_init(&curl, EMPTY_TEXT_MAX);
	view_empty_curl(app, width - 1, &curl);
	size_t wide = text_columns(buf_span(&curl));
	int indent = wide + EMPTY_INDENT <= (size_t)width ? EMPTY_INDENT : 1;
	rest = buf_span(&curl);
	while (text_next_line(&rest, &line)) {
		text_lines_begin(t);
		text_lines_pad(t, (size_t)indent, 0);
		/* As it is: a doubled backslash would not be what the shell must get. */
		text_lines_addf(t, TEXT_GOOD, "%.*s", (int)line.n, line.p);
	}
	buf_fini(&curl);
}

static void
empty_add_fingerprint(struct text_lines *t, const char *fingerprint, int width)
{
	size_t n = strlen(fingerprint);
	bool whole = (int)n + EMPTY_INDENT + 8 <= width;
	size_t half = whole || n <= FINGERPRINT_HALF ? n : FINGERPRINT_HALF;

	text_lines_begin(t);
	text_lines_addf(t, TEXT_PLAIN, "     SHA256  %.*s", (int)half, fingerprint);
	if (half < n) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_PLAIN, "             %s", fingerprint + half);
	}
}

/* What the page of the proxy itself is needed for is left out while that is off. */
static bool
empty_page_is_on(const struct app *app)
{
	return option_bool(app->s->options, OPT_CA_PAGE);
}

static void
empty_add_file(const struct frontend_source *s, struct text_lines *t, int width)
{
	size_t date = s->ca_not_after ? strlen(s->ca_not_after) + EMPTY_EXPIRES : 0;

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "     file    ");
	if (s->ca_path)
		text_lines_add(t, TEXT_PLAIN, span_str(s->ca_path));
	if (!date)
		return;
	if (s->ca_path && EMPTY_VALUE + text_columns(span_str(s->ca_path)) + date > (size_t)width) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_PLAIN, "     expires ");
	} else {
		text_lines_words(t, TEXT_PLAIN, "   expires ");
	}
	text_lines_add(t, TEXT_PLAIN, span_str(s->ca_not_after));
}

static void
empty_add_ca(struct app *app, struct text_lines *t, int width)
{
	const struct frontend_source *s = app->s;

	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  2  Trust the CA");
	text_lines_words(t, TEXT_NOTE,
	    width < HELP_FROM_COLS ? "    :ca help" : "    :ca help curl|firefox|android|java|debian|windows");
	empty_add_file(s, t, width);
	if (s->ca_fingerprint)
		empty_add_fingerprint(t, s->ca_fingerprint, width);
	if (!empty_page_is_on(app))
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "     or open ");
	text_lines_words(t, TEXT_GOOD, "http://ca.mitmtop/");
	text_lines_words(t, TEXT_PLAIN, " through the proxy");
}

static void
empty_add_selftest(struct text_lines *t, int width)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  3  Check it");
	text_lines_words(t, TEXT_GOOD, "    :selftest");
	text_lines_words(t, TEXT_PLAIN,
	    width < HELP_FROM_COLS ? "  asks the proxy itself" : "  sends one HTTPS request through the proxy to itself");
}

/* "8080" of "127.0.0.1:8080" */
static const char *
empty_port(const char *listen)
{
	const char *colon = strrchr(listen, ':');

	return colon ? colon + 1 : listen;
}

/* What came before there is any flow. */
static void
empty_add_seen(const struct app *app, struct text_lines *t)
{
	const struct frontend_source *s = app->s;
	const struct figures *f = &app->figures;

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "  seen so far: ");
	for (unsigned i = 0; i < s->nlisten && i < FIGURES_PARTS; i++) {
		unsigned long long n = f->listener[i].accepted;
		text_lines_addf(t, TEXT_PLAIN, i ? ", %llu%s on %s" : "%llu TCP connect%s on %s", n, i || n == 1 ? "" : "s",
		    empty_port(s->listen[i]));
	}
	if (f->client_open)
		text_lines_addf(t, TEXT_NOTE, "   %llu open, and no request yet", (unsigned long long)f->client_open);
}

/* A value that was typed wrong: the nearest one that was seen. */
static void
empty_add_near(struct app *app, struct text_lines *t)
{
	char near[MATCH_TEXT_MAX + 1];

	if (!filter_near(app->s->store, app->index.shown.words, near, sizeof near))
		return;
	text_lines_words(t, TEXT_NOTE, "   did you mean  ");
	text_lines_add(t, TEXT_NAME, span_str(near));
	text_lines_words(t, TEXT_NOTE, " ?");
}

static void
empty_add_filtered(struct app *app, struct text_lines *t)
{
	const struct index_choice *shown = &app->index.shown;
	unsigned long long hidden = flow_index_total(&app->index);

	text_lines_begin(t);
	text_lines_begin(t);
	if (shown->match) {
		text_lines_words(t, TEXT_PLAIN,
		    shown->only_marked ? "  No marked flow matches:  " : "  No flow matches:  ");
		text_lines_add(t, TEXT_NAME, span_str(shown->words));
		text_lines_addf(t, TEXT_PLAIN, "   (%llu hidden)", hidden);
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "  = clears   f edits");
		empty_add_near(app, t);
		if (shown->only_marked)
			text_lines_words(t, TEXT_NOTE, "   M shows unmarked ones as well");
	} else if (shown->only_marked) {
		text_lines_words(t, TEXT_PLAIN, "  No flow is marked.  m marks a row, T what an expression matches.");
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NOTE, "  M shows all %llu again", hidden);
	} else if (hidden) {
		text_lines_words(t, TEXT_PLAIN, "  All flows have left memory (limit: --memory).");
	} else {
		text_lines_words(t, TEXT_PLAIN, "  All flows were deleted.  u brings them back.");
	}
}

/* A session file that holds nothing. */
static void
empty_add_nothing_read(struct app *app, struct text_lines *t)
{
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "  No flow is in ");
	text_lines_add(t, TEXT_NAME, span_str(app->s->session));
	text_lines_begin(t);
	text_lines_words(t, TEXT_NOTE, "  mitmtop -w FILE writes one while it intercepts");
}

/* A blank line where the screen is high enough to show all the same. */
static void
empty_add_blank(struct text_lines *t, int rows, int from)
{
	if (rows >= from)
		text_lines_begin(t);
}

/* Other ways than curl, on large screens. */
static void
empty_add_others(struct app *app, struct text_lines *t)
{
	struct buf proxy;

	buf_init(&proxy, EMPTY_TEXT_MAX);
	empty_proxy(app->s, &proxy);
	text_lines_begin(t);
	text_lines_addf(t, TEXT_GOOD, "       export http_proxy=http://%.*s https_proxy=http://%.*s", (int)proxy.n, proxy.p, (int)proxy.n,
	    proxy.p);
	text_lines_begin(t);
	text_lines_addf(t, TEXT_PLAIN, "       a browser: set the manual proxy to %.*s, for HTTPS as well", (int)proxy.n, proxy.p);
	buf_fini(&proxy);
}

static void
empty_add_first_start(struct app *app, struct text_lines *t, const struct area *a)
{
	text_lines_begin(t);
	empty_add_blank(t, a->h, EMPTY_FULL_ROWS);
	text_lines_words(t, TEXT_PLAIN, "  Nothing has arrived yet.  Listening on");
	for (unsigned i = 0; i < app->s->nlisten; i++)
		text_lines_addf(t, TEXT_PLAIN, "%s %s", i ? "," : "", app->s->listen[i]);
	empty_add_blank(t, a->h, EMPTY_FULL_ROWS);
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  1  Point a client here:");
	if (a->w >= HELP_FROM_COLS)
		text_lines_words(t, TEXT_NOTE, "    y copies this line");
	empty_add_curl(app, t, a->w);
	if (a->h >= EMPTY_ROOMY_ROWS)
		empty_add_others(app, t);
	empty_add_blank(t, a->h, EMPTY_ROOMY_ROWS);
	empty_add_ca(app, t, a->w);
	empty_add_blank(t, a->h, EMPTY_ROOMY_ROWS);
	if (empty_page_is_on(app))
		empty_add_selftest(t, a->w);
	empty_add_blank(t, a->h, EMPTY_FULL_ROWS);
	empty_add_seen(app, t);
}

void
view_empty_draw(struct app *app, const struct area *a)
{
	struct text_lines t;
	struct pager p = {.text = NULL};

	text_lines_init(&t, EMPTY_TEXT_MAX, app->escape);
	if (app->stats.total)
		empty_add_filtered(app, &t);
	else if (app->s->reading)
		empty_add_nothing_read(app, &t);
	else
		empty_add_first_start(app, &t, a);
	pager_layout(&p, &t, a->w, a->h);
	pager_draw(&p, a, term_glyphs(app->term));
	pager_fini(&p);
	text_lines_fini(&t);
}
