/* SPDX-License-Identifier: MIT
 * Pages of the help. */
#include "ui/help_page.h"

#include <stdio.h>
#include <string.h>

#include "conf/option.h"
#include "flow/flow_id.h"
#include "match/match.h"
#include "text/text_head.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/column.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/view_empty.h"

enum {
	HELP_INDENT = 2,
	HELP_COLUMN = 10,	/* of what stands behind a topic */
	HELP_GAP = 3,		/* between two keys with their words */
	HELP_NARROW_BELOW = 40, /* a line for each key */
	HELP_KEYS_MAX = 96,
	HELP_COMMAND_COLUMN = 30,
	HELP_CURL_MAX = 8192,
	HELP_FINGERPRINT_HALF = 48,
};

/* ---- keys ---- */

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
help_add_topic(
    struct text_lines *t, const struct keys *k, const char *topic, unsigned scope, int width)
{
	int left = 0;

	for (unsigned i = 0; i < k->n; i++) {
		const struct key_row *b = &k->row[i];
		char keys[HELP_KEYS_MAX];
		if (strcmp(b->topic, topic) != 0 || !keys_is_first(k, i, scope))
			continue;
		keys_names(k, i, scope, keys, sizeof keys);
		left = help_place(t, topic, left, (int)(strlen(keys) + 2 + strlen(b->help)), width);
		text_lines_words(t, TEXT_NAME, keys);
		text_lines_addf(t, TEXT_PLAIN, ": %s", b->help);
	}
}

static void
help_mouse(struct text_lines *t, int width)
{
	static const char *const rows[][2] = {
	    {"click", "select, again: open"},
	    {"wheel", "scroll"},
	    {"heading", "sort, again: reverse"},
	    {"tab, key bar", "as their key"},
	    {"with Shift", "the terminal's own, to select text"},
	};
	int left = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		left = help_place(t, "mouse", left, (int)(strlen(rows[i][0]) + 2 + strlen(rows[i][1])), width);
		text_lines_words(t, TEXT_NAME, rows[i][0]);
		text_lines_addf(t, TEXT_PLAIN, ": %s", rows[i][1]);
	}
}

/* Topics in the order of the table, and "other" last. */
static void
help_keys(struct text_lines *t, struct app *app, const struct view_ops *about, int width)
{
	const struct keys *k = &app->keys;
	char presets[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < k->n; i++) {
		const char *topic = k->row[i].topic;
		unsigned earlier = 0;
		while (earlier < i && strcmp(k->row[earlier].topic, topic) != 0)
			earlier++;
		if (earlier == i && strcmp(topic, "other") != 0)
			help_add_topic(t, k, topic, about->scope, width);
	}
	help_add_topic(t, k, "other", about->scope, width);
	help_mouse(t, width);
	for (unsigned i = 0; keys_preset_name(i); i++)
		n += (size_t)snprintf(presets + n, sizeof presets - n, " %s", keys_preset_name(i));
	text_lines_begin(t);
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "%*sKeys in force, preset %s; :set keys= one of%s", HELP_INDENT, "",
	    option_str(app->s->options, OPT_KEYS), presets);
}

/* The first key of a command in the flow list, for texts that name it. */
static const char *
help_key(const struct keys *k, const char *command, char out[16])
{
	unsigned i = 0;

	while (i < k->n && (strcmp(k->row[i].command, command) != 0 || !(k->row[i].scope & SCOPE_FLOWS)))
		i++;
	snprintf(out, 16, "-");
	if (i < k->n)
		keyc_name(k->row[i].key, out, 16);
	return out;
}

/* ---- filters ---- */

static void
help_row(struct text_lines *t, const char *name, const char *what)
{
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", name);
	text_lines_pad(t, HELP_COLUMN + HELP_INDENT, 1);
	text_lines_words(t, TEXT_PLAIN, what);
}

static void
help_rule(struct text_lines *t, const char *words)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, words);
}

static void
help_filter_keys(struct text_lines *t, const struct keys *k)
{
	static const char *const rows[][2] = {
	    {"filter", "asks for an expression; only what matches is shown"},
	    {"filter-add", "asks for a term that has to match as well"},
	    {"filter none", "shows all again"},
	    {"undo", "takes the last filter back"},
	    {"filters", "says which filter is in force"},
	    {"mark matching", "marks what an expression matches"},
	    {"find", "takes text, or an expression with an operator"},
	};
	char key[16];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		help_row(t, help_key(k, rows[i][0], key), rows[i][1]);
}

static void
help_filter_language(struct text_lines *t)
{
	static const char *const rows[] = {
	    "api                                a word: host or path contains it",
	    "localhost:8443                     with a colon: in the URL as well",
	    "code >= 400 and host ~ api         and, or, not, ( )",
	    "size > 1M or time > 2s             k M G   us ms s m h d",
	    "code = 5xx   state in (F, E)       ranges, lists",
	    "path ~ \"a b\"   path ~ /v[12]/     ~ contains; /regular expression/",
	    "not type ~ image   host !~ cdn     capitals count in /Api/c alone",
	    "res.header[server] ~ nginx         a field of a head",
	    "body ~ token                       bodies, decoded; 1 MiB of what is recorded",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_PLAIN, "%*s%s", HELP_INDENT, "", rows[i]);
	}
}

static void
help_filters(struct text_lines *t, const struct app *app)
{
	enum { FIELD_COLUMN = 16, TILDE_COLUMN = 12 };

	if (!app->language) { /* over a line that is typed they do nothing */
		help_rule(t, "keys of the flow list");
		help_filter_keys(t, &app->keys);
	}
	help_rule(t, "expressions");
	help_filter_language(t);
	help_rule(t, "fields");
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++) {
		const struct match_field_info *f = &match_fields[i];
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", f->name);
		text_lines_pad(t, FIELD_COLUMN, 1);
		text_lines_words(t, TEXT_PLAIN, f->what);
		if (f->type == MATCH_T_FLAG)
			continue;
		text_lines_words(t, TEXT_NOTE, "   ");
		text_lines_words(t, TEXT_NOTE, match_type_operators(f->type));
	}
	help_rule(t, "the same in the way of mitmproxy");
	for (unsigned i = 0; i < match_tildes_count; i++) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s %s", HELP_INDENT, "", match_tildes[i].name, match_tildes[i].value);
		text_lines_pad(t, TILDE_COLUMN, 1);
		text_lines_words(t, TEXT_PLAIN, match_tildes[i].what);
	}
}

/* ---- states and columns ---- */

static void
help_states(struct text_lines *t)
{
	/* Some have the letter of another. */
	static const char *const state[FLOW_STATE_COUNT] = {
	    [FLOW_S_REQUEST] = "request coming from the client",
	    [FLOW_S_WAIT] = "connecting, in a TLS handshake, or waiting for the server",
	    [FLOW_S_BODY] = "response body coming",
	    [FLOW_S_STREAM] = "open stream: WebSocket, events, gRPC, or bytes that are not HTTP",
	    [FLOW_S_DONE] = "done",
	    [FLOW_S_TLS_FAILED] = "TLS handshake failed, on either side",
	    [FLOW_S_ERROR] = "error: the detail says what happened",
	    [FLOW_S_KILLED] = "killed by you",
	    [FLOW_S_HELD] = "held at a breakpoint",
	    [FLOW_S_PASS] = "TLS passed through: not decrypted, bytes only counted",
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
		help_row(t, columns[i].title, columns[i].what);
	help_row(t, "-", "not known");
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "text");
	help_row(t, "\\xNN", "a byte that is not printable; \\\\ is a backslash");
	help_row(t, "\\u{NNNN}", "a character that is not printable");
}

/* ---- commands ---- */

static void
help_commands(struct text_lines *t)
{
	char line[120];

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN,
	    "Keys run these commands, and so do the prompt that : opens (Tab completes), bind, and scripts.");
	text_lines_begin(t);
	for (unsigned i = 0; i < cmds_count; i++) {
		snprintf(line, sizeof line, "%s%s%s", cmds[i].name, *cmds[i].usage ? " " : "", cmds[i].usage);
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", line);
		text_lines_pad(t, HELP_COMMAND_COLUMN, 2);
		text_lines_words(t, TEXT_PLAIN, cmds[i].help);
	}
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
		help_filters(t, app);
		break;
	case HELP_STATES:
		help_states(t);
		break;
	case HELP_CONNECT:
		help_connect(t, app, width);
		break;
	case HELP_COMMANDS:
		help_commands(t);
		break;
	default:
		help_keys(t, app, about, width);
	}
}
