/* SPDX-License-Identifier: MIT
 * The empty state teaches. */
#include "ui/view_empty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/filter_near.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/here.h"
#include "text/text_head.h"
#include "text/text_mask.h"
#include "ui/pager.h"
#include "ui/term.h"

enum { EMPTY_TEXT_MAX = 8192, EMPTY_INDENT = 7, FINGERPRINT_HALF = 48, HELP_FROM_COLS = 74, EMPTY_VALUE = 13, EMPTY_EXPIRES = 11 };

/* Rows from which on there are blank lines, and more of all. */
enum { EMPTY_FULL_ROWS = 14, EMPTY_EXPORT_ROWS = 15, EMPTY_ROOMY_ROWS = 22 };

/* Columns from which on words are not short, and those that stand around the addresses of this machine. */
enum { EMPTY_WIDE_COLS = 118, EMPTY_HERE_WORDS = 14 };

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
	here_put_own(app, out);
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

/* The same where there is room for a word before each line. */
static void
empty_add_roomy(struct app *app, struct text_lines *t)
{
	const struct frontend_source *s = app->s;

	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  2  Trust the CA");
	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "       file     ");
	text_lines_add(t, TEXT_PLAIN, span_str(s->ca_path ? s->ca_path : "-"));
	if (s->ca_not_after) {
		text_lines_words(t, TEXT_PLAIN, "        expires ");
		text_lines_add(t, TEXT_PLAIN, span_str(s->ca_not_after));
	}
	text_lines_begin(t);
	text_lines_addf(t, TEXT_PLAIN, "       SHA256   %s", s->ca_fingerprint ? s->ca_fingerprint : "-");
	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "       install  ");
	if (empty_page_is_on(app)) {
		text_lines_words(t, TEXT_PLAIN, "open ");
		text_lines_words(t, TEXT_GOOD, "http://ca.mitmtop/");
		text_lines_words(t, TEXT_PLAIN, " through the proxy, or  ");
	}
	text_lines_words(t, TEXT_GOOD, ":ca help");
	text_lines_words(t, TEXT_PLAIN, " curl|firefox|android|java|debian|windows");
	if (!empty_page_is_on(app))
		return;
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  3  Check it");
	text_lines_begin(t);
	text_lines_words(t, TEXT_GOOD, "       :selftest");
	text_lines_words(t, TEXT_PLAIN, "     sends one HTTPS request through the proxy to itself, and says as which flow it came");
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

/* While nobody has connected: what may be the reason, in as many words as there is room for behind `used` columns. */
static void
empty_add_hint(struct app *app, struct text_lines *t, int w, size_t used)
{
	static const char *const words[] = {"       nothing at all? a firewall may drop it:  ", "   firewall? try  ", "   try  "};
	const char *listen = app->s->nlisten ? app->s->listen[0] : "", *address = here_address(app), *port = here_port(listen);
	enum here_reach reach = here_reach(listen);
	int v6 = listen[0] == '[', n = (int)strcspn(listen + v6, v6 ? "]" : ":");
	char hint[128] = "";
	size_t i = 0;

	if (reach == HERE_LOOPBACK)
		snprintf(hint, sizeof hint, "other machines cannot connect: -l %s:%s", v6 ? "[::]" : "0.0.0.0", port);
	else if (address)
		snprintf(hint, sizeof hint, "nc -z %s %s", address, port);
	else if (reach == HERE_ONE)
		snprintf(hint, sizeof hint, "nc -z %.*s %s", n, listen + v6, port);
	if (reach == HERE_LOOPBACK && used + strlen(hint) + 3 > (size_t)w)
		snprintf(hint, sizeof hint, "this machine only, see -l");
	if (reach == HERE_LOOPBACK && used + strlen(hint) + 3 <= (size_t)w)
		text_lines_addf(t, TEXT_NOTE, "   %s", hint);
	if (reach == HERE_LOOPBACK || !hint[0])
		return;
	while (i < 3 && used + strlen(words[i]) + strlen(hint) > (size_t)w)
		i++;
	if (i < 3)
		text_lines_addf(t, TEXT_NOTE, "%s%s", words[i], hint);
}

/* What came before there is any flow. */
static void
empty_add_seen(struct app *app, struct text_lines *t, int w)
{
	const struct frontend_source *s = app->s;
	const struct figures *f = &app->figures;
	size_t from = t->bytes.n;
	bool nobody = !f->client_open;

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "  seen so far: ");
	for (unsigned i = 0; i < s->nlisten && i < FIGURES_PARTS; i++) {
		unsigned long long n = f->listener[i].accepted;
		nobody &= !n;
		text_lines_addf(t, TEXT_PLAIN, i ? ", %llu%s on %s" : "%llu TCP connect%s on %s", n, i || n == 1 ? "" : "s",
		    here_port(s->listen[i]));
	}
	if (f->client_open)
		text_lines_addf(t, TEXT_NOTE, "   %llu open, and no request yet", (unsigned long long)f->client_open);
	if (nobody)
		empty_add_hint(app, t, w, t->bytes.n - from);
}

/* A value that was typed wrong: the nearest one that was seen. */
static void
empty_add_near(struct app *app, struct text_lines *t)
{
	char near[MATCH_TEXT_MAX + 1];

	if (!filter_near(app->s->store, app->index.shown.words, near, sizeof near))
		return;
	char *own;
	text_lines_words(t, TEXT_NOTE, "   did you mean  ");
	text_lines_add(t, TEXT_NAME, text_mask(TEXT_MASK_TARGET, span_str(near), t->escape, &own));
	free(own);
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

/* How much there is room for. */
struct empty_form {
	int w;
	bool roomy, others, blanks;
};

/* A blank line where the screen is high enough to show all the same. */
static void
empty_add_blank(struct text_lines *t, bool blank)
{
	if (blank)
		text_lines_begin(t);
}

/* Other ways than curl. */
static void
empty_add_others(struct app *app, struct text_lines *t, bool roomy)
{
	struct buf proxy;

	buf_init(&proxy, EMPTY_TEXT_MAX);
	here_put_proxy(app, &proxy);
	int n = (int)proxy.n, host = n;
	while (host && proxy.p[host - 1] != ':')
		host--;
	text_lines_begin(t);
	if (!roomy) {
		text_lines_addf(t, TEXT_GOOD, "       export https_proxy=http://%.*s", n, proxy.p);
		text_lines_words(t, TEXT_PLAIN, here_address(app) ? "   (or a phone: Wi-Fi proxy)" : "");
	} else {
		text_lines_addf(t, TEXT_GOOD, "       export http_proxy=http://%.*s https_proxy=http://%.*s", n, proxy.p, n, proxy.p);
		text_lines_begin(t);
		text_lines_addf(t, TEXT_PLAIN, "       %s: set the manual proxy to %.*s port %.*s, for HTTPS as well",
		    here_address(app) ? "phone or browser" : "a browser", host ? host - 1 : 0, proxy.p, n - host, proxy.p + host);
	}
	buf_fini(&proxy);
}

/* Where it listens, and at which addresses of this machine. */
static void
empty_add_listeners(struct app *app, struct text_lines *t, int w)
{
	bool wide = w >= EMPTY_WIDE_COLS;
	size_t from = t->bytes.n;
	struct buf here;

	text_lines_words(t, TEXT_PLAIN, "  Nothing has arrived yet.  Listening on");
	for (unsigned i = 0; i < app->s->nlisten; i++)
		text_lines_addf(t, TEXT_PLAIN, "%s %s", i ? "," : "", app->s->listen[i]);
	size_t used = t->bytes.n - from + EMPTY_HERE_WORDS;
	buf_init(&here, EMPTY_TEXT_MAX);
	if (w >= HELP_FROM_COLS && used < (size_t)w && here_put_all(app, (size_t)w - used, &here))
		text_lines_addf(t, TEXT_PLAIN, wide ? ".  This host: %.*s" : " (this host: %.*s)", (int)here.n, here.p);
	buf_fini(&here);
}

static void
empty_add_first_start(struct app *app, struct text_lines *t, const struct empty_form *f)
{
	text_lines_begin(t);
	empty_add_blank(t, f->blanks);
	empty_add_listeners(app, t, f->w);
	empty_add_blank(t, f->blanks);
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  1  Point a client here:");
	empty_add_curl(app, t, f->w);
	if (f->others)
		empty_add_others(app, t, f->roomy);
	if (f->roomy && f->w >= EMPTY_WIDE_COLS) {
		empty_add_roomy(app, t);
	} else {
		empty_add_blank(t, f->roomy);
		empty_add_ca(app, t, f->w);
		empty_add_blank(t, f->roomy);
		if (empty_page_is_on(app))
			empty_add_selftest(t, f->w);
	}
	empty_add_blank(t, f->blanks);
	empty_add_seen(app, t, f->w);
}

/* As much as there is room for: paths may be long. */
static void
empty_first_start(struct app *app, struct text_lines *t, struct pager *p, const struct area *a)
{
	struct empty_form f = {.w = a->w, .roomy = a->h >= EMPTY_ROOMY_ROWS, .others = a->h >= EMPTY_EXPORT_ROWS, .blanks = a->h >= EMPTY_FULL_ROWS};
	bool *const less[] = {&f.roomy, &f.blanks, &f.others};
	size_t i = 0;

	do {
		text_lines_clear(t);
		pager_invalidate(p);
		empty_add_first_start(app, t, &f);
		pager_layout(p, t, a->w, a->h);
		while (i < 3 && !*less[i])
			i++;
		if (i == 3 || p->nrows <= (size_t)a->h)
			return;
		*less[i] = false;
	} while (true);
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
		empty_first_start(app, &t, &p, a);
	pager_layout(&p, &t, a->w, a->h);
	pager_draw(&p, a, term_glyphs(app->term));
	pager_fini(&p);
	text_lines_fini(&t);
}
