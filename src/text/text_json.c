/* SPDX-License-Identifier: MIT
 * JSON as lines: a scanner that keeps nothing but the open brackets. */
#include "text/text_json.h"

#include "base/escape.h"
#include "proto/http_char.h"
#include "text/text_plain.h"
#include "text/text_type.h"

enum { JSON_LOOK_BYTES = 4096 };

/* What may come next. */
enum json_state {
	JSON_TOP, /* a value, or the end */
	JSON_VALUE,
	JSON_FIRST, /* a value, or the end of the array */
	JSON_FIRST_KEY,
	JSON_KEY,
	JSON_COLON,
	JSON_AFTER /* a comma, or the end of the array or object */
};

struct json {
	struct text_lines *t; /* NULL: only looks */
	struct span in;
	size_t at;	 /* of the token that is looked at */
	size_t bad_at;	 /* inside it, where it fails */
	const char *why; /* NULL: no failure */
	struct buf open; /* a '[' or '{' for each open one */
	size_t deep_at;	 /* where the depth was first exceeded; 0: nowhere */
	enum json_state state;
	unsigned fold;	 /* levels that are shown; 0: all */
	size_t members;	 /* of what is folded, so far */
};

/* Inside of something folded. */
static bool
json_hides(const struct json *j)
{
	return j->fold && j->open.n > j->fold;
}

/* ---- out ---- */

static void
json_words(struct json *j, const char *s)
{
	if (j->t && !json_hides(j))
		text_lines_words(j->t, TEXT_PLAIN, s);
}

/* A new line at the present depth. */
static void
json_newline(struct json *j)
{
	static const char spaces[TEXT_JSON_DEPTH_MAX * 2 + 1] =
	    "                                                                "
	    "                                                                ";

	if (!j->t || j->open.n > TEXT_JSON_DEPTH_MAX || json_hides(j))
		return;
	text_lines_begin(j->t);
	text_lines_ready(j->t, TEXT_PLAIN, span_of(spaces, j->open.n * 2));
}

/* A valid token. The backslashes of a string stay single: what the escape makes of other bytes
 * begins with a letter that JSON does not have, or with a brace. */
static void
json_token(struct json *j, enum text_role role, size_t n)
{
	struct span rest = span_of(j->in.p + j->at, n);

	j->at += n;
	if (!j->t || json_hides(j))
		return;
	if (*rest.p != '"') {
		text_lines_ready(j->t, role, rest);
		return;
	}
	while (rest.n && !j->t->cut) {
		const char *slash = memchr(rest.p, '\\', rest.n);
		size_t plain = slash ? (size_t)(slash - rest.p) : rest.n;
		size_t ready = slash ? 2 : 0;
		text_lines_add(j->t, role, span_of(rest.p, plain));
		text_lines_ready(j->t, role, span_of(rest.p + plain, ready));
		rest = span_of(rest.p + plain + ready, rest.n - plain - ready);
	}
}

/* ---- tokens: each returns its length, or 0 with bad_at and why ---- */

static size_t
json_fail(struct json *j, size_t at, const char *why)
{
	j->bad_at = at < j->in.n ? at : j->in.n;
	j->why = at < j->in.n ? why : "it ends too early";
	return 0;
}

/* An escape at i; its length. */
static size_t
json_escape(struct json *j, size_t i)
{
	char c = i + 1 < j->in.n ? j->in.p[i + 1] : '\0';

	if (c && strchr("\"\\/bfnrt", c))
		return 2;
	if (c != 'u')
		return json_fail(j, i + 1, "no such escape");
	for (size_t k = 2; k < 6; k++)
		if (i + k >= j->in.n || !http_char_is(j->in.p[i + k], HTTP_C_HEX))
			return json_fail(j, i + k, "expected four hexadecimal digits");
	return 6;
}

static size_t
json_string(struct json *j)
{
	size_t i = j->at + 1;

	while (i < j->in.n && j->in.p[i] != '"') {
		unsigned char c = (unsigned char)j->in.p[i];
		if (c < 0x20)
			return json_fail(j, i, "a control character in a string");
		size_t took = c == '\\' ? json_escape(j, i) : 1;
		if (!took)
			return 0;
		i += took;
	}
	if (i >= j->in.n)
		return json_fail(j, i, "");
	return i + 1 - j->at;
}

static size_t
json_digits(const struct json *j, size_t i)
{
	return http_char_run(span_of(j->in.p + i, j->in.n - i), HTTP_C_DIGIT);
}

static size_t
json_number(struct json *j)
{
	size_t i = j->at, n;
	const char *p = j->in.p;

	i += p[i] == '-';
	n = json_digits(j, i);
	if (!n)
		return json_fail(j, i, "expected a digit");
	if (n > 1 && p[i] == '0')
		return json_fail(j, i + 1, "a number with a leading 0");
	i += n;
	if (i < j->in.n && p[i] == '.') {
		n = json_digits(j, ++i);
		if (!n)
			return json_fail(j, i, "expected a digit");
		i += n;
	}
	if (i < j->in.n && (p[i] == 'e' || p[i] == 'E')) {
		i++;
		i += i < j->in.n && (p[i] == '+' || p[i] == '-');
		n = json_digits(j, i);
		if (!n)
			return json_fail(j, i, "expected a digit");
		i += n;
	}
	return i - j->at;
}

static size_t
json_literal(struct json *j)
{
	static const char *const literals[] = {"true", "false", "null"};

	for (size_t k = 0; k < sizeof literals / sizeof *literals; k++) {
		size_t n = strlen(literals[k]), left = j->in.n - j->at, i = 0;
		while (i < n && i < left && j->in.p[j->at + i] == literals[k][i])
			i++;
		if (i == n)
			return n;
		if (i)
			return json_fail(j, j->at + i, "no such word");
	}
	return json_fail(j, j->at, "expected a value");
}

/* A number, word or string; words and numbers do not touch the next. */
static size_t
json_scalar(struct json *j)
{
	char c = j->in.p[j->at];
	size_t n = c == '"'				       ? json_string(j)
		   : c == '-' || http_char_is(c, HTTP_C_DIGIT) ? json_number(j)
							       : json_literal(j);
	size_t end = j->at + n;

	if (n && c != '"' && end < j->in.n && http_char_is(j->in.p[end], HTTP_C_TOKEN))
		return json_fail(j, end, "unexpected character");
	return n;
}

/* ---- grammar ---- */

static void
json_after_value(struct json *j)
{
	j->state = j->open.n ? JSON_AFTER : JSON_TOP;
}

static void
json_open(struct json *j, char bracket)
{
	j->state = bracket == '[' ? JSON_FIRST : JSON_FIRST_KEY;
	if (j->open.n == TEXT_JSON_DEPTH_MAX && !j->deep_at)
		j->deep_at = j->at;
	json_token(j, TEXT_PLAIN, 1);
	if (j->open.n == j->fold)
		j->members = 1;
	buf_add(&j->open, &bracket, 1); /* its maximum is the length of the input */
}

/* What stands for the inside of what was folded. */
static void
json_folded(struct json *j)
{
	if (!j->t)
		return;
	text_lines_addf(j->t, TEXT_NOTE, "%s%zu", j->t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "...", j->members);
	j->t->folds++;
}

static void
json_close(struct json *j, bool empty)
{
	bool inline_too = j->open.n > TEXT_JSON_DEPTH_MAX, folded = j->fold && j->open.n == j->fold + 1;

	j->open.n--;
	if (folded && !empty)
		json_folded(j);
	else if (!empty && !inline_too)
		json_newline(j);
	json_token(j, TEXT_PLAIN, 1);
	json_after_value(j);
}

static bool
json_closes(const struct json *j, char c)
{
	return j->open.n && c == (j->open.p[j->open.n - 1] == '[' ? ']' : '}');
}

static void
json_value(struct json *j, char c)
{
	bool bracket = c == '[' || c == '{';
	size_t n = bracket ? 1 : json_scalar(j);

	if (!n)
		return;
	if (j->state != JSON_VALUE || (j->open.n && j->open.p[j->open.n - 1] == '['))
		json_newline(j);
	if (bracket) {
		json_open(j, c);
		return;
	}
	json_token(j, TEXT_PLAIN, n);
	json_after_value(j);
}

static void
json_key(struct json *j, char c)
{
	if (c != '"') {
		json_fail(j, j->at,
		    j->state == JSON_KEY ? "expected a name in quotes"
					 : "expected a name in quotes or '}'");
		return;
	}
	size_t n = json_string(j);
	if (!n)
		return;
	json_newline(j);
	json_token(j, TEXT_NAME, n);
	j->state = JSON_COLON;
}

static void
json_after(struct json *j, char c)
{
	bool array = j->open.p[j->open.n - 1] == '[';

	if (c != ',') {
		json_fail(j, j->at, array ? "expected ',' or ']'" : "expected ',' or '}'");
		return;
	}
	json_token(j, TEXT_PLAIN, 1);
	j->members += j->open.n == j->fold + 1;
	j->state = array ? JSON_VALUE : JSON_KEY;
}

static void
json_colon(struct json *j, char c)
{
	if (c != ':') {
		json_fail(j, j->at, "expected ':'");
		return;
	}
	j->at++;
	json_words(j, ": ");
	j->state = JSON_VALUE;
}

/* One token that begins with c. */
static void
json_next(struct json *j, char c)
{
	bool first = j->state == JSON_FIRST || j->state == JSON_FIRST_KEY;

	if ((first || j->state == JSON_AFTER) && json_closes(j, c))
		json_close(j, first);
	else if (j->state == JSON_AFTER)
		json_after(j, c);
	else if (j->state == JSON_COLON)
		json_colon(j, c);
	else if (j->state == JSON_KEY || j->state == JSON_FIRST_KEY)
		json_key(j, c);
	else
		json_value(j, c);
}

static bool
json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Goes through the input to its end, its first error, or the end of the room for lines. */
static void
json_scan(struct json *j)
{
	bool any = false;

	buf_init(&j->open, j->in.n);
	while (!j->why && !(j->t && j->t->cut)) {
		while (j->at < j->in.n && json_is_space(j->in.p[j->at]))
			j->at++;
		if (j->at == j->in.n)
			break;
		json_next(j, j->in.p[j->at]);
		any = true;
	}
	if (!j->why && j->at == j->in.n && (j->state != JSON_TOP || !any))
		json_fail(j, j->in.n, "");
	buf_fini(&j->open);
}

/* ---- in words ---- */

struct json_place {
	size_t line, column, byte;
};

static struct json_place
json_place(struct span in, size_t at)
{
	struct json_place p = {1, 1, at};

	for (size_t i = 0; i < at; i++) {
		p.line += in.p[i] == '\n';
		p.column = in.p[i] == '\n' ? 1 : p.column + 1;
	}
	return p;
}

static int
json_tell(struct json *j, struct text_view_env *env)
{
	struct json_place p = json_place(j->in, j->bad_at);

	if (env->partial && j->bad_at == j->in.n) {
		text_plain(j->t, span_of(j->in.p + j->at, j->in.n - j->at));
		return 0;
	}
	err_set(&env->why, 0, "not JSON: line %zu, column %zu (byte %zu): %s", p.line, p.column,
	    p.byte, j->why);
	text_lines_note(j->t, env->why.text);
	text_plain(j->t, span_of(j->in.p + j->at, j->in.n - j->at));
	return ERR_SYNTAX;
}

int
text_json(struct text_lines *t, struct span body, struct text_view_env *env)
{
	struct json j = {.t = t, .in = body, .fold = env->fold};

	json_scan(&j);
	int code = j.why ? json_tell(&j, env) : 0;
	if (j.deep_at) {
		struct json_place p = json_place(body, j.deep_at);
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NOTE,
		    "(nested deeper than %d at line %zu, column %zu (byte %zu): shown without line "
		    "breaks there)",
		    TEXT_JSON_DEPTH_MAX, p.line, p.column, p.byte);
	}
	return code;
}

bool
text_json_check(struct span body, size_t *line)
{
	struct json j = {.in = body};

	json_scan(&j);
	if (j.why)
		*line = json_place(body, j.bad_at).line;
	return !j.why;
}

/* ---- choice ---- */

static bool
json_is_declared(struct span type)
{
	static const char *const names[] = {"application/json", "text/json", "application/x-json",
	    "application/x-ndjson", "application/ndjson", "application/jsonl",
	    "application/jsonlines", "application/x-jsonlines"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_type_is(type, names[i]))
			return true;
	return text_type_ends(type, "+json");
}

/* Types that senders give to anything: curl -d declares a form. */
static bool
json_is_hidden(struct span type)
{
	return !text_type_name(type).n || text_type_is(type, "text/plain") ||
	       text_type_is(type, "application/octet-stream") ||
	       text_type_is(type, "application/x-www-form-urlencoded");
}

bool
text_json_fits(struct span content_type, struct span body)
{
	struct json j = {
	    .in = span_of(body.p, body.n < JSON_LOOK_BYTES ? body.n : JSON_LOOK_BYTES)};
	size_t i = 0;

	if (json_is_declared(content_type))
		return true;
	while (i < j.in.n && json_is_space(j.in.p[i]))
		i++;
	if (!json_is_hidden(content_type) || i == j.in.n || (j.in.p[i] != '{' && j.in.p[i] != '['))
		return false;
	json_scan(&j);
	/* The look may end inside, and the body may still be on its way. */
	return !j.why || j.bad_at == j.in.n;
}
