/* SPDX-License-Identifier: MIT
 * Pages of the help. */
#include "ui/help_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow_id.h"
#include "match/match.h"
#include "text/text_head.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/column.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/option_use.h"
#include "ui/out.h"
#include "ui/view_empty.h"

enum {
	HELP_INDENT = 2,
	HELP_COLUMN = 10,	/* of what stands behind a topic */
	HELP_GAP = 3,		/* between two keys with their words */
	HELP_NARROW_BELOW = 40, /* a line for each key */
	HELP_KEYS_MAX = 96,
	HELP_WORDS_MAX = 96,
	HELP_PATH_MAX = 160,
	HELP_COMMAND_COLUMN = 30,
	HELP_CURL_MAX = 8192,
	HELP_FINGERPRINT_HALF = 48,
};

/* ---- what can be run ---- */

void
help_items_clear(struct help_items *items)
{
	while (items->n)
		free(items->item[--items->n].command);
}

void
help_items_fini(struct help_items *items)
{
	help_items_clear(items);
	free(items->item);
	*items = (struct help_items){.n = 0};
}

/* What was written from that byte on runs the command, which is taken over. */
static void
help_item_take(const struct help_writer *w, size_t off, char *command)
{
	struct help_items *items = w->items;

	if (items->n == items->cap) {
		items->cap = items->cap ? items->cap * 2 : 64;
		items->item = mem_resize(items->item, items->cap, sizeof *items->item);
	}
	items->item[items->n++] =
	    (struct help_item){.off = (uint32_t)off, .n = (uint32_t)(w->t->bytes.n - off), .command = command};
}

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

/* What a key does, with the value in force where it asks for one. */
static void
help_of_key(const struct app *app, const struct key_row *row, char out[HELP_WORDS_MAX])
{
	double seconds = (double)app->delay_ns / 1e9;

	if (strcmp(row->command, "delay") == 0)
		snprintf(out, HELP_WORDS_MAX, "%s (%.*f s)", row->help, seconds < 0.995 ? 2 : 1, seconds);
	else
		snprintf(out, HELP_WORDS_MAX, "%s", row->help);
}

static void
help_add_topic(const struct help_writer *w, const char *topic)
{
	const struct keys *k = &w->app->keys;
	unsigned scope = w->about->scope;
	int left = 0;

	for (unsigned i = 0; i < k->n; i++) {
		const struct key_row *b = &k->row[i];
		char keys[HELP_KEYS_MAX], words[HELP_WORDS_MAX];
		if (strcmp(b->topic, topic) != 0 || !keys_is_first(k, i, scope))
			continue;
		keys_names(k, i, scope, keys, sizeof keys);
		help_of_key(w->app, b, words);
		left = help_place(w->t, topic, left, (int)(strlen(keys) + 2 + strlen(words)), w->width);
		size_t off = w->t->bytes.n;
		text_lines_words(w->t, TEXT_NAME, keys);
		text_lines_addf(w->t, TEXT_PLAIN, ": %s", words);
		help_item_take(w, off, mem_strdup(b->command));
	}
}

static void
help_mouse(struct text_lines *t, int width)
{
	static const char *const rows[][2] = {
	    {"click", "select, again: open"},
	    {"wheel", "scroll"},
	    {"heading", "sort, again: reverse"},
	    {"header", "next form of a block"},
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

/* Where what this run uses lies. */
static void
help_files(const struct help_writer *w)
{
	char *config = option_use_config_path(w->app);
	const char *const rows[][2] = {{"configuration", config}, {"CA", w->app->s->ca_path}, {"session", w->app->s->session}};
	char path[HELP_PATH_MAX];
	int left = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!rows[i][1])
			continue;
		out_path(w->app, rows[i][1], path, sizeof path);
		int need = (int)(strlen(rows[i][0]) + 2 + text_columns(span_str(path)));
		left = help_place(w->t, "files", left, need, w->width);
		text_lines_words(w->t, TEXT_NAME, rows[i][0]);
		text_lines_addf(w->t, TEXT_PLAIN, ": %s", path);
	}
	free(config);
}

/* Topics in the order of the table, and "other" last. */
static void
help_keys(const struct help_writer *w)
{
	const struct keys *k = &w->app->keys;
	char presets[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < k->n; i++) {
		const char *topic = k->row[i].topic;
		unsigned earlier = 0;
		while (earlier < i && strcmp(k->row[earlier].topic, topic) != 0)
			earlier++;
		if (earlier == i && strcmp(topic, "other") != 0)
			help_add_topic(w, topic);
	}
	help_add_topic(w, "other");
	help_mouse(w->t, w->width);
	help_files(w);
	for (unsigned i = 0; keys_preset_name(i); i++)
		n += (size_t)snprintf(presets + n, sizeof presets - n, " %s", keys_preset_name(i));
	text_lines_begin(w->t);
	text_lines_begin(w->t);
	text_lines_addf(w->t, TEXT_NOTE, "%*sKeys in force, preset %s; :set keys= one of%s", HELP_INDENT, "",
	    option_str(w->app->s->options, OPT_KEYS), presets);
	text_lines_begin(w->t);
	text_lines_addf(w->t, TEXT_NOTE, "%*sThis help: man mitmtop, man mitmtop-filters", HELP_INDENT, "");
}

/* The first key of a command in the flow list, for texts that name it. */
static const char *
help_key(const struct keys *k, const char *command, char out[16])
{
	int code = keys_of(k, SCOPE_FLOWS, command);

	if (code == KEYC_NONE)
		snprintf(out, 16, "-");
	else
		keyc_name(code, out, 16);
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
help_filter_keys(const struct help_writer *w)
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

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t off = w->t->bytes.n;
		help_row(w->t, help_key(&w->app->keys, rows[i][0], key), rows[i][1]);
		help_item_take(w, off, mem_strdup(rows[i][0]));
	}
}

/* Run, an example stands in the prompt. */
static void
help_filter_language(const struct help_writer *w)
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
		const char *end = strstr(rows[i], "  "); /* some rows have two examples: the first */
		size_t off = w->t->bytes.n;
		text_lines_begin(w->t);
		text_lines_addf(w->t, TEXT_PLAIN, "%*s%s", HELP_INDENT, "", rows[i]);
		help_item_take(w, off, mem_printf("command filter %.*s", (int)(end - rows[i]), rows[i]));
	}
}

static void
help_filters(const struct help_writer *w)
{
	enum { FIELD_COLUMN = 16, TILDE_COLUMN = 12 };
	struct text_lines *t = w->t;

	if (!w->app->language) { /* over a line that is typed they do nothing */
		help_rule(t, "keys of the flow list");
		help_filter_keys(w);
	}
	help_rule(t, "expressions");
	help_filter_language(w);
	help_rule(t, "fields");
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++) {
		const struct match_field_info *f = &match_fields[i];
		size_t off = t->bytes.n;
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", f->name);
		text_lines_pad(t, FIELD_COLUMN, 1);
		text_lines_words(t, TEXT_PLAIN, f->what);
		if (f->type != MATCH_T_FLAG)
			text_lines_addf(t, TEXT_NOTE, "   %s", match_type_operators(f->type));
		help_item_take(w, off, mem_printf("command filter %s ", f->name));
	}
	help_rule(t, "the same in the way of mitmproxy");
	for (unsigned i = 0; i < match_tildes_count; i++) {
		size_t off = t->bytes.n;
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s %s", HELP_INDENT, "", match_tildes[i].name, match_tildes[i].value);
		text_lines_pad(t, TILDE_COLUMN, 1);
		text_lines_words(t, TEXT_PLAIN, match_tildes[i].what);
		help_item_take(w, off, mem_printf("command filter %s ", match_tildes[i].name));
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

/* One that needs more words stands in the prompt when it is run. */
static void
help_commands(const struct help_writer *w)
{
	struct text_lines *t = w->t;
	char line[120];

	text_lines_begin(t);
	text_lines_words(t, TEXT_PLAIN,
	    "Keys run these commands, and so do the prompt that : opens (Tab completes), bind, and scripts.");
	text_lines_begin(t);
	for (unsigned i = 0; i < cmds_count; i++) {
		bool asks = *cmds[i].usage && *cmds[i].usage != '[';
		size_t off = t->bytes.n;
		snprintf(line, sizeof line, "%s%s%s", cmds[i].name, *cmds[i].usage ? " " : "", cmds[i].usage);
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NAME, "%*s%s", HELP_INDENT, "", line);
		text_lines_pad(t, HELP_COMMAND_COLUMN, 2);
		text_lines_words(t, TEXT_PLAIN, cmds[i].help);
		help_item_take(w, off, asks ? mem_printf("command %s ", cmds[i].name) : mem_strdup(cmds[i].name));
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
help_page_build(const struct help_writer *w, enum help_page page)
{
	switch (page) {
	case HELP_FILTERS:
		help_filters(w);
		break;
	case HELP_STATES:
		help_states(w->t);
		break;
	case HELP_CONNECT:
		help_connect(w->t, w->app, w->width);
		break;
	case HELP_COMMANDS:
		help_commands(w);
		break;
	default:
		help_keys(w);
	}
}

/* ---- search ---- */

static struct span
help_line_text(const struct text_lines *t, size_t i)
{
	const struct text_line *l = &t->line[i];

	if (!l->npieces)
		return SPAN_NONE;
	const struct text_piece *first = &t->piece[l->piece], *last = first + l->npieces - 1;
	return span_of(t->bytes.p + first->off, last->off + last->n - first->off);
}

static bool
help_holds(struct span s, const char *word, size_t n)
{
	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, word, n) == 0)
			return true;
	return false;
}

/* What is looked for: words as they stand there, or each of them anywhere in the line. */
struct help_wanted {
	const char *words;
	bool each;
};

static bool
help_is_wanted(struct span s, const struct help_wanted *wanted)
{
	const char *word = wanted->words;

	if (!wanted->each)
		return help_holds(s, word, strlen(word));
	for (word += strspn(word, " "); *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");
		if (!help_holds(s, word, n))
			return false;
		word += n;
	}
	return true;
}

/* Headings and topics are no answers. */
static bool
help_answers(const struct text_lines *t, size_t i, const struct help_wanted *wanted)
{
	const struct text_line *l = &t->line[i];
	unsigned role = l->npieces ? t->piece[l->piece].role : TEXT_RULE;
	bool topic = role == TEXT_NOTE && l->npieces == 1;

	return role != TEXT_RULE && !topic && help_is_wanted(help_line_text(t, i), wanted);
}

/* The line of another text, with what it runs. */
static void
help_copy_line(const struct help_writer *w, const struct help_writer *from, size_t i)
{
	const struct text_line *l = &from->t->line[i];
	struct span text = help_line_text(from->t, i);
	size_t begin = (size_t)(text.p - from->t->bytes.p), off = w->t->bytes.n;

	text_lines_begin(w->t);
	for (uint32_t k = 0; k < l->npieces; k++) {
		const struct text_piece *p = &from->t->piece[l->piece + k];
		text_lines_ready(w->t, (enum text_role)p->role, text_lines_piece(from->t, p));
	}
	for (size_t k = 0; k < from->items->n; k++) {
		struct help_item *item = &from->items->item[k];
		if (item->off >= begin && item->off < begin + text.n)
			help_item_take(w, off, mem_strdup(item->command));
	}
}

/* They have no page: the view of the options shows them. */
static void
help_options(const struct help_writer *w)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		size_t off = w->t->bytes.n;
		help_row(w->t, option_rows[i].name, option_rows[i].help);
		help_item_take(w, off, mem_printf("command set %s=", option_rows[i].name));
	}
}

/* Keys that other views have: they can be found, and run only there. */
static const struct help_view {
	unsigned scope;
	const char *title;
} help_views[] = {
    {SCOPE_FLOWS, "keys of the flow list"},
    {SCOPE_FLOW, "keys of an open flow"},
    {SCOPE_RULES, "keys of the breakpoint rules"},
    {SCOPE_EDIT, "keys of the edit screen"},
};

static void
help_keys_elsewhere(const struct help_writer *w, unsigned scope)
{
	const struct keys *k = &w->app->keys;
	char keys[HELP_KEYS_MAX];

	for (unsigned i = 0; i < k->n; i++) {
		if ((k->row[i].scope & w->about->scope) || !keys_is_first(k, i, scope))
			continue;
		keys_names(k, i, scope, keys, sizeof keys);
		text_lines_begin(w->t);
		text_lines_addf(w->t, TEXT_NAME, " %s", keys);
		text_lines_addf(w->t, TEXT_PLAIN, ": %s", k->row[i].help);
	}
}

enum { HELP_OPTIONS = HELP_PAGES, HELP_VIEWS, HELP_SEARCHED = HELP_VIEWS + sizeof help_views / sizeof help_views[0] };

/* page: one of enum help_page, HELP_OPTIONS, or from HELP_VIEWS on one of help_views. */
static size_t
help_search_in(const struct help_writer *w, unsigned page, const struct help_wanted *wanted)
{
	static const char *const title[HELP_VIEWS] = {
	    "keys", "filters", "states, columns", "connect a client", "commands", "options"};
	struct text_lines lines;
	struct help_items items = {.n = 0};
	/* So narrow that each key has its line. */
	struct help_writer from = {.t = &lines, .items = &items, .app = w->app, .about = w->about, .width = page == HELP_KEYS ? 1 : w->width};
	size_t found = 0;

	text_lines_init(&lines, HELP_TEXT_MAX, w->t->escape);
	if (page >= HELP_VIEWS)
		help_keys_elsewhere(&from, help_views[page - HELP_VIEWS].scope);
	else if (page == HELP_OPTIONS)
		help_options(&from);
	else
		help_page_build(&from, (enum help_page)page);
	for (size_t i = 0; i < lines.nlines; i++) {
		if (!help_answers(&lines, i, wanted))
			continue;
		if (!found++)
			help_rule(w->t, page >= HELP_VIEWS ? help_views[page - HELP_VIEWS].title : title[page]);
		help_copy_line(w, &from, i);
	}
	text_lines_fini(&lines);
	help_items_fini(&items);
	return found;
}

static size_t
help_search_pages(const struct help_writer *w, const char *word)
{
	static const unsigned order[HELP_VIEWS] = {HELP_KEYS, HELP_COMMANDS, HELP_OPTIONS, HELP_FILTERS, HELP_STATES, HELP_CONNECT};
	size_t found = 0;

	for (int each = 0; each < 2 && !found; each++) {
		const struct help_wanted wanted = {.words = word, .each = each};
		for (unsigned i = 0; i < HELP_SEARCHED; i++)
			found += help_search_in(w, i < HELP_VIEWS ? order[i] : i, &wanted);
	}
	return found;
}

/* Words that others have for it: of top, of mitmproxy, of another spelling. */
static const struct help_synonym {
	const char *theirs, *ours;
} help_synonyms[] = {
    {"intercept", "breakpoint"},
    {"ignore", "passthrough"},
    {"export", "copy"},
    {"revert", "undo"},
    {"limit", "filter"},
    {"upstream", "server"},
    {"fields", "columns"},
    {"forest", "tree"},
    {"refresh", "delay"},
    {"color", "colour"},
};

size_t
help_page_search(const struct help_writer *w, const char *word)
{
	size_t found = 0;

	for (size_t i = 0; i < sizeof help_synonyms / sizeof help_synonyms[0]; i++) {
		const struct help_synonym *s = &help_synonyms[i];
		if (strcasecmp(word, s->theirs) != 0)
			continue;
		text_lines_begin(w->t);
		text_lines_addf(w->t, TEXT_NOTE, "here it is called %s:", s->ours);
		found += help_search_pages(w, s->ours);
	}
	return found + help_search_pages(w, word);
}
