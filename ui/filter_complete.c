/* SPDX-License-Identifier: MIT
 * Completion of expressions. */
#include "ui/filter_complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/match.h"
#include "proto/http_char.h"

static const char *
filter_example(enum match_field field)
{
	static const char *const example[MATCH_FIELD_COUNT] = {
	    [MATCH_F_HOST] = "host ~ api   host = example.org",
	    [MATCH_F_PORT] = "port != 443",
	    [MATCH_F_PATH] = "path ~ /v1/   path ~ /item\\/[0-9]+/",
	    [MATCH_F_URL] = "url ~ example.org/v1",
	    [MATCH_F_SCHEME] = "scheme = http",
	    [MATCH_F_METHOD] = "method in (PUT, POST)",
	    [MATCH_F_CODE] = "code >= 400   code = 5xx   ~c 404",
	    [MATCH_F_PROTO] = "proto = ws",
	    [MATCH_F_STATE] = "state in (F, E)",
	    [MATCH_F_TYPE] = "type ~ json",
	    [MATCH_F_SIZE] = "size > 1M",
	    [MATCH_F_REQ_SIZE] = "req.size > 64k",
	    [MATCH_F_TIME] = "time > 2s",
	    [MATCH_F_TTFB] = "ttfb > 500ms",
	    [MATCH_F_AGE] = "age < 5m",
	    [MATCH_F_ERROR] = "error ~ refused   error",
	    [MATCH_F_CLIENT] = "client ~ 10.0.0.",
	    [MATCH_F_PROC] = "proc = curl",
	    [MATCH_F_PID] = "pid = 4711",
	    [MATCH_F_SNI] = "sni ~ example",
	    [MATCH_F_TLS_VERSION] = "tls.version < 1.3",
	    [MATCH_F_CERT_EXPIRES] = "cert.expires < 30d",
	    [MATCH_F_MARKED] = "marked and code >= 400",
	    [MATCH_F_ASSET] = "not asset",
	    [MATCH_F_HEADER] = "header[server] ~ nginx",
	    [MATCH_F_REQ_HEADER] = "req.header[authorization]",
	    [MATCH_F_RES_HEADER] = "res.header[set-cookie] ~ id",
	    [MATCH_F_BODY] = "body ~ token",
	    [MATCH_F_REQ_BODY] = "req.body ~ password",
	    [MATCH_F_RES_BODY] = "res.body ~ /\"id\": *7/",
	};

	return example[field];
}

/* ---- words that stand alone ---- */

static bool
word_is_field(struct span word)
{
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
		if (span_ieq(span_str(match_fields[i].name), word))
			return true;
	return false;
}

static bool
word_is(struct span word, const char *const *list)
{
	for (; *list; list++)
		if (span_ieq(span_str(*list), word))
			return true;
	return false;
}

/* "~c", "!~c" and "POST|~c": a short operator stands at the end of the word. */
static bool
word_ends_short(const char *text, size_t n)
{
	const char *last = text + n;

	while (last > text && !strchr("&|(", last[-1]))
		last--;
	last += strspn(last, "!");
	return last < text + n && *last == '~';
}

bool
filter_has_word(const char *text)
{
	static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~", "in", NULL};
	static const char *const joiners[] = {"and", "or", "not", NULL};
	bool value = false;

	while (*(text += strspn(text, " \t"))) {
		size_t n = strcspn(text, " \t");
		struct span word = span_of(text, n);
		bool plain = strcspn(text, "=<>~!&|()[],\"'") >= n;
		if (plain && !value && !word_is(word, joiners) && !word_is(word, operators) && !word_is_field(word))
			return true;
		/* "~c" and what ends in an operator or a list that is open have their value behind them. */
		value = word_is(word, operators) || word_ends_short(text, n) || strchr("=<>~(,", text[n - 1]);
		text += n;
	}
	return false;
}

static bool
word_is_like_pattern(struct span word)
{
	bool quoted = word.n && (strchr("\"'", word.p[0]) || (word.p[0] == '/' && memchr(word.p + 1, '/', word.n - 1)));

	if (quoted || word.n < 2)
		return false;
	for (size_t i = 0; i + 1 < word.n; i++)
		if (word.p[i] == '.' && word.p[i + 1] == '*')
			return true;
	return word.p[0] == '^' || word.p[word.n - 1] == '$';
}

struct span
filter_text_like_pattern(const char *text)
{
	for (const char *p = strchr(text, '~'); p; p = strchr(p + 1, '~')) {
		struct match_context c;
		size_t at = (size_t)(p - text) + 1;
		match_context(text, at + strspn(p + 1, " \t"), &c);
		struct span word = span_of(text + c.from, c.to - c.from);
		if (c.expect == MATCH_EXPECT_VALUE && c.form == MATCH_FORM_LIKE && c.field && word_is_like_pattern(word))
			return word;
	}
	return SPAN_NONE;
}

/* ---- the list ---- */

static const char *
type_name(enum match_type t)
{
	static const char *const name[] = {
	    [MATCH_T_NUMBER] = "number",
	    [MATCH_T_STATUS] = "code",
	    [MATCH_T_SIZE] = "size",
	    [MATCH_T_TIME] = "time",
	    [MATCH_T_TEXT] = "text",
	    [MATCH_T_FLAG] = "flag",
	    [MATCH_T_VERSION] = "version",
	    [MATCH_T_DATE] = "date",
	    [MATCH_T_HEADER] = "text",
	    [MATCH_T_BODY] = "text",
	};

	return name[t];
}

static void
complete_fields(const struct flow_values *v, struct span word, struct completion *c)
{
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++) {
		const struct match_field_info *f = &match_fields[i];
		char text[COMPLETION_TEXT_MAX], what[COMPLETION_WHAT_MAX];
		if (!completion_begins(f->name, word))
			continue;
		snprintf(text, sizeof text, "%s%s", f->name, f->type == MATCH_T_HEADER ? "[" : " ");
		snprintf(what, sizeof what, "%-7s %.54s", type_name(f->type), f->what);
		struct completion_item *item = completion_add(c, span_str(text), what);
		if (!item)
			return;
		item->after = f->type == MATCH_T_FLAG ? "and or" : match_type_operators(f->type);
		item->example = filter_example(f->field);
		if (flow_values_counts(f->type))
			item->count = v->with[f->field];
	}
}

static void
complete_tildes(struct span word, struct completion *c)
{
	for (unsigned i = 0; i < match_tildes_count; i++) {
		const struct match_tilde_info *t = &match_tildes[i];
		char text[COMPLETION_TEXT_MAX], what[COMPLETION_WHAT_MAX];
		if (!completion_begins(t->name, word))
			continue;
		snprintf(text, sizeof text, "%s ", t->name);
		snprintf(what, sizeof what, "%-6s %.56s", t->value, t->what);
		completion_add(c, span_str(text), what);
	}
}

/* Words separated by blanks. */
static void
complete_words(const char *words, struct span word, struct completion *c)
{
	while (*(words += strspn(words, " "))) {
		size_t n = strcspn(words, " ");
		char text[COMPLETION_TEXT_MAX];
		snprintf(text, sizeof text, "%.*s ", (int)n, words);
		if (completion_begins(text, word))
			completion_add(c, span_str(text), "");
		words += n;
	}
}

static int
by_count(const void *a, const void *b)
{
	const struct flow_value *x = *(const struct flow_value *const *)a, *y = *(const struct flow_value *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

static void
values_sort(const struct flow_values *v, const struct flow_value *sorted[FLOW_VALUES_MAX])
{
	for (unsigned i = 0; i < v->n; i++)
		sorted[i] = &v->value[i];
	qsort(sorted, v->n, sizeof sorted[0], by_count);
}

static void
complete_value(struct span value, enum match_form form, uint64_t count, struct completion *c)
{
	char text[COMPLETION_TEXT_MAX];
	size_t n = match_quote(value, form, text, sizeof text - 1);

	if (!n)
		return;
	memcpy(text + n, " ", 2);
	struct completion_item *item = completion_add(c, span_of(text, n + 1), "");
	if (item)
		item->count = count;
}

static bool
value_was_seen(const struct flow_values *v, const char *text)
{
	for (unsigned i = 0; i < v->n; i++)
		if (span_ieq(span_of(v->value[i].text, v->value[i].n), span_str(text)))
			return true;
	return false;
}

/* Flows with a code of the class "4xx"; 0 for any other text. */
static uint64_t
class_count(const struct flow_values *v, const char *text)
{
	uint64_t n = 0;

	for (unsigned i = 0; strlen(text) == 3 && strcmp(text + 1, "xx") == 0 && i < v->n; i++)
		if (v->value[i].n == 3 && v->value[i].text[0] == text[0])
			n += v->value[i].count;
	return n;
}

/* The most frequent first; then what could be but was not seen. */
static void
complete_values(const struct flow_values *v, const struct match_context *at, struct span word, struct completion *c)
{
	const struct flow_value *sorted[FLOW_VALUES_MAX];

	if (word.n && (*word.p == '"' || *word.p == '\''))
		word = span_of(word.p + 1, word.n - 1);
	values_sort(v, sorted);
	for (unsigned i = 0; i < v->n; i++)
		if (completion_begins(sorted[i]->text, word))
			complete_value(span_of(sorted[i]->text, sorted[i]->n), at->form, sorted[i]->count, c);
	for (const char *const *p = at->field->values; p && *p; p++)
		if (completion_begins(*p, word) && !value_was_seen(v, *p))
			complete_value(span_str(*p), at->form, class_count(v, *p), c);
}

/* ---- header fields ---- */

/* Fields worth asking for, seen or not. */
static const struct header_known {
	enum match_dir dir;
	const char *name;
} headers_known[] = {
    {MATCH_REQUEST, "accept"},
    {MATCH_REQUEST, "accept-encoding"},
    {MATCH_REQUEST, "accept-language"},
    {MATCH_REQUEST, "authorization"},
    {MATCH_RESPONSE, "access-control-allow-origin"},
    {MATCH_EITHER, "cache-control"},
    {MATCH_EITHER, "content-encoding"},
    {MATCH_EITHER, "content-length"},
    {MATCH_EITHER, "content-type"},
    {MATCH_REQUEST, "cookie"},
    {MATCH_RESPONSE, "etag"},
    {MATCH_REQUEST, "host"},
    {MATCH_REQUEST, "if-none-match"},
    {MATCH_RESPONSE, "location"},
    {MATCH_REQUEST, "origin"},
    {MATCH_REQUEST, "range"},
    {MATCH_REQUEST, "referer"},
    {MATCH_RESPONSE, "retry-after"},
    {MATCH_RESPONSE, "server"},
    {MATCH_RESPONSE, "set-cookie"},
    {MATCH_RESPONSE, "strict-transport-security"},
    {MATCH_EITHER, "transfer-encoding"},
    {MATCH_REQUEST, "user-agent"},
    {MATCH_EITHER, "via"},
    {MATCH_RESPONSE, "www-authenticate"},
};

/* Brackets have no quotes: a name that is none by RFC 9110 5.1 cannot stand in them. */
static void
complete_name(struct span name, const struct match_field_info *field, uint64_t count, struct completion *c)
{
	char text[COMPLETION_TEXT_MAX];
	int n = snprintf(text, sizeof text, "%.*s] ", (int)name.n, name.p);

	if (!name.n || http_char_run(name, HTTP_C_TOKEN) < name.n)
		return;
	struct completion_item *item = completion_add(c, span_of(text, (size_t)n), "");
	if (!item)
		return;
	item->count = count;
	item->after = match_type_operators(field->type);
	item->example = filter_example(field->field);
}

static void
complete_names(const struct flow_values *v, const struct match_field_info *field, struct span word, struct completion *c)
{
	const struct flow_value *sorted[FLOW_VALUES_MAX];
	enum match_dir dir = match_field_dir(field->field);

	values_sort(v, sorted);
	for (unsigned i = 0; i < v->n; i++)
		if (completion_begins(sorted[i]->text, word))
			complete_name(span_of(sorted[i]->text, sorted[i]->n), field, sorted[i]->count, c);
	for (size_t i = 0; i < sizeof headers_known / sizeof *headers_known; i++) {
		const struct header_known *k = &headers_known[i];
		bool other = dir != MATCH_EITHER && k->dir != MATCH_EITHER && k->dir != dir;
		if (!other && completion_begins(k->name, word) && !value_was_seen(v, k->name))
			complete_name(span_str(k->name), field, 0, c);
	}
}

/* ---- all of it ---- */

/* What is to be counted for that place; false: whatever is being counted will do. */
static bool
collects(const struct match_context *at, struct flow_values_of *of)
{
	bool names = at->expect == MATCH_EXPECT_NAME;

	*of = (struct flow_values_of){.names = names};
	if (!names && at->expect != MATCH_EXPECT_VALUE)
		return false;
	of->field = at->field;
	if (!names && at->field && at->field->type == MATCH_T_HEADER)
		of->name = at->name;
	return at->field != NULL;
}

void
filter_complete(struct flow_values *v, struct flow_store *store, const char *text, size_t cursor, struct completion *c)
{
	struct match_context at;
	struct flow_values_of of;

	match_context(text, cursor, &at);
	struct span word = span_of(text + at.from, cursor > at.from ? cursor - at.from : 0);
	bool other = collects(&at, &of) && !flow_values_is(v, &of);
	if (!v->store || other)
		flow_values_begin(v, store, &of);
	completion_clear(c, at.from, at.to);
	switch (at.expect) {
	case MATCH_EXPECT_TERM:
		if (word.n && *word.p == '~')
			complete_tildes(word, c);
		else
			complete_fields(v, word, c);
		if (word.n && completion_begins("not", word))
			completion_add(c, SPAN_LIT("not "), "what follows does not hold");
		break;
	case MATCH_EXPECT_OPERATOR:
		if (at.field)
			complete_words(match_type_operators(at.field->type), word, c);
		break;
	case MATCH_EXPECT_NAME:
		complete_names(v, at.field, word, c);
		break;
	case MATCH_EXPECT_VALUE:
		if (at.field)
			complete_values(v, &at, word, c);
		break;
	case MATCH_EXPECT_JOINER:
		complete_words("and or", word, c);
		break;
	}
}
