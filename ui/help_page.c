/* SPDX-License-Identifier: MIT
 * Pages of the help. */
#include "ui/help_page.h"

#include <stdio.h>
#include <string.h>

#include "flow/flow_id.h"
#include "text/text_head.h"
#include "ui/app.h"
#include "ui/column.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/view_empty.h"

enum {
	HELP_INDENT = 2,
	HELP_COLUMN = 10,	/* of what stands behind a topic */
	HELP_GAP = 3,		/* between two keys with their words */
	HELP_NARROW_BELOW = 40, /* a line for each key */
	HELP_KEYS_MAX = 96,
	HELP_CURL_MAX = 8192,
	HELP_FINGERPRINT_HALF = 48,
};

/* ---- keys ---- */

/* Names of all keys of a command in that scope; those in rows below without a help of their own
 * belong to it. */
static void
help_key_names(unsigned first, unsigned scope, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = first; i < keymap_count && (i == first || !keymap[i].help); i++) {
		char name[16];
		if (!(keymap[i].scope & scope))
			continue;
		keyc_name(keymap[i].key, name, sizeof name);
		n += (size_t)snprintf(out + n, n < size ? size - n : 0, "%s%s", n ? " " : "", name);
		if (n >= size)
			return;
	}
}

/* Columns left in the current line, which is begun when the next item does not fit in it. */
static int
help_place(struct text_lines *t, const char *topic, int left, int need, int width)
{
	bool narrow = width < HELP_NARROW_BELOW;
	int column = narrow ? 1 : HELP_COLUMN;

	if (left == 0 && narrow) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, topic);
	}
	if (left > HELP_GAP + need && !narrow) {
		text_lines_addf(t, TEXT_PLAIN, "%*s", HELP_GAP, "");
		return left - HELP_GAP - need;
	}
	text_lines_begin(t);
	if (left == 0 && !narrow)
		text_lines_addf(t, TEXT_NOTE, "%*s%s", HELP_INDENT, "", topic);
	text_lines_pad(t, (size_t)column, 0);
	return width - column > need ? width - column - need : 1;
}

static void
help_add_topic(struct text_lines *t, const char *topic, unsigned scope, int width)
{
	int left = 0;

	for (unsigned i = 0; i < keymap_count; i++) {
		const struct key_binding *b = &keymap[i];
		char keys[HELP_KEYS_MAX];
		if (!b->help || strcmp(b->topic, topic) != 0 || !(b->scope & scope))
			continue;
		help_key_names(i, scope, keys, sizeof keys);
		left = help_place(t, topic, left, (int)(strlen(keys) + 2 + strlen(b->help)), width);
		text_lines_words(t, TEXT_NAME, keys);
		text_lines_addf(t, TEXT_PLAIN, ": %s", b->help);
	}
}

/* Topics in the order of the table, and "other" last. */
static void
help_keys(struct text_lines *t, const struct view_ops *about, int width)
{
	for (unsigned i = 0; i < keymap_count; i++) {
		const char *topic = keymap[i].topic;
		unsigned earlier = 0;
		while (earlier < i && strcmp(keymap[earlier].topic, topic) != 0)
			earlier++;
		if (earlier == i && strcmp(topic, "other") != 0)
			help_add_topic(t, topic, about->scope, width);
	}
	help_add_topic(t, "other", about->scope, width);
}

/* The first key of a command in the flow list, for texts that name it. */
static const char *
help_key(const char *command, char out[16])
{
	unsigned i = 0;

	while (i < keymap_count &&
	       (strcmp(keymap[i].command, command) != 0 || !(keymap[i].scope & SCOPE_FLOWS)))
		i++;
	snprintf(out, 16, "-");
	if (i < keymap_count)
		keyc_name(keymap[i].key, out, 16);
	return out;
}

/* ---- filters ---- */

static void
help_filters(struct text_lines *t)
{
	static const char *const rows[][2] = {
	    {"api 500", "api and 500, anywhere"},
	    {"host=example", "example in the server's name"},
	    {"path=/v1/ method=post", "POST, and /v1/ in the path"},
	    {"code=50", "500, 502, 503, 504"},
	    {"code=40 host=api", "401, 403, 404 ... of api"},
	};
	char filter[16], clear[16], undo[16];

	text_lines_begin(t);
	text_lines_addf(t, TEXT_NAME, "%s", help_key("filter", filter));
	text_lines_words(t, TEXT_PLAIN,
	    " asks for words. A flow is shown when every one of them is found in its "
	    "host (with port), path, method or status code; capitals do not matter.");
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_words(
	    t, TEXT_PLAIN, "FIELD=WORD looks in one of them: host, path, method, code.");
	text_lines_begin(t);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%-24s", HELP_INDENT, "", rows[i][0]);
		text_lines_words(t, TEXT_PLAIN, rows[i][1]);
	}
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NAME, "%s", help_key("filter none", clear));
	text_lines_words(t, TEXT_PLAIN, " shows all again, ");
	text_lines_addf(t, TEXT_NAME, "%s", help_key("undo", undo));
	text_lines_words(t, TEXT_PLAIN,
	    " takes that back. A flow that has no request is found by its host and by why it "
	    "failed.");
}

/* ---- states and columns ---- */

static void
help_row(struct text_lines *t, const char *name, const char *what)
{
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", name);
	text_lines_pad(t, HELP_COLUMN + HELP_INDENT, 1);
	text_lines_words(t, TEXT_PLAIN, what);
}

static void
help_states(struct text_lines *t)
{
	/* Some have the letter of another. */
	static const char *const state[FLOW_STATE_COUNT] = {
	    [FLOW_S_REQUEST] = "request coming from the client",
	    [FLOW_S_WAIT] = "connecting, in a TLS handshake, or waiting for the server",
	    [FLOW_S_BODY] = "response body coming",
	    [FLOW_S_STREAM] = "open stream: WebSocket, or bytes that are not HTTP",
	    [FLOW_S_DONE] = "done",
	    [FLOW_S_TLS_FAILED] = "TLS handshake failed, on either side",
	    [FLOW_S_ERROR] = "error: the detail says what happened",
	    [FLOW_S_KILLED] = "killed by you",
	    [FLOW_S_HELD] = "held at a breakpoint",
	};
	char letter[2] = "";

	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "states");
	for (int s = 0; s < FLOW_STATE_COUNT; s++) {
		if (!state[s])
			continue;
		letter[0] = flow_state_letter((enum flow_state)s);
		help_row(t, letter, state[s]);
	}
	help_row(t, "*", "marked by you: memory keeps it");
	help_row(t, "~", "edited: the detail shows what came as well");
	help_row(t, "@", "sent again by you");
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "columns");
	for (unsigned i = 0; i < columns_count; i++)
		if (columns[i].what)
			help_row(t, columns[i].title, columns[i].what);
	help_row(t, "-", "not known");
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "text");
	help_row(t, "\\xNN", "a byte that is not printable; \\\\ is a backslash");
	help_row(t, "\\u{NNNN}", "a character that is not printable");
}

/* ---- connecting a client ---- */

/* In two halves where one line does not hold it. */
static void
help_fingerprint(struct text_lines *t, const char *text, int width)
{
	size_t column = HELP_COLUMN + HELP_INDENT, n = strlen(text), half = n;

	if (column + n > (size_t)width && n > HELP_FINGERPRINT_HALF)
		half = HELP_FINGERPRINT_HALF;
	help_row(t, "SHA256", "");
	text_lines_addf(t, TEXT_PLAIN, "%.*s", (int)half, text);
	if (half == n)
		return;
	text_lines_begin(t);
	text_lines_pad(t, column, 0);
	text_lines_add(t, TEXT_PLAIN, span_str(text + half));
}

static void
help_connect(struct text_lines *t, struct app *app, int width)
{
	const struct frontend_source *s = app->s;
	struct span rest, line;
	struct buf curl;

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN, "Listening on");
	for (unsigned i = 0; i < s->nlisten; i++)
		text_lines_addf(t, TEXT_PLAIN, "%s %s", i ? "," : "", s->listen[i]);
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "one request");
	buf_init(&curl, HELP_CURL_MAX);
	view_empty_curl(app, width, &curl);
	rest = buf_span(&curl);
	while (text_next_line(&rest, &line)) {
		text_lines_begin(t);
		/* As it is: a doubled backslash would not be what the shell must get. */
		text_lines_addf(t, TEXT_GOOD, "%.*s", (int)line.n, line.p);
	}
	buf_fini(&curl);
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "a program with the environment set");
	text_lines_begin(t);
	text_lines_words(t, TEXT_GOOD, "eval \"$(mitmtop env)\"");
	text_lines_words(t, TEXT_PLAIN, "   with the -l and --ca of this run");
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "the certificate to trust");
	help_row(t, "file", "");
	text_lines_add(t, TEXT_PLAIN, span_str(s->ca_path ? s->ca_path : "-"));
	help_fingerprint(t, s->ca_fingerprint ? s->ca_fingerprint : "-", width);
	help_row(t, "expires", "");
	text_lines_add(t, TEXT_PLAIN, span_str(s->ca_not_after ? s->ca_not_after : "-"));
}

void
help_page_build(struct text_lines *t, enum help_page page, struct app *app,
    const struct view_ops *about, int width)
{
	switch (page) {
	case HELP_FILTERS:
		help_filters(t);
		break;
	case HELP_STATES:
		help_states(t);
		break;
	case HELP_CONNECT:
		help_connect(t, app, width);
		break;
	default:
		help_keys(t, about, width);
	}
}
