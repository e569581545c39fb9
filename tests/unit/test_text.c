/* SPDX-License-Identifier: MIT
 * Heads and bodies as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <zlib.h>

#include "base/escape.h"
#include "text/text_body.h"
#include "text/text_head.h"
#include "text/text_hex.h"
#include "text/text_json.h"
#include "text/text_multipart.h"
#include "text/text_plain.h"
#include "text/text_type.h"
#include "text/text_view.h"

/* The lines joined by newlines, in a buffer that the next call overwrites. */
static const char *
joined(const struct text_lines *t)
{
	static char out[16384];
	size_t n = 0;

	for (size_t i = 0; i < t->nlines; i++) {
		for (uint32_t k = 0; k < t->line[i].npieces; k++) {
			struct span s = text_lines_piece(t, &t->piece[t->line[i].piece + k]);
			memcpy(out + n, s.p, s.n);
			n += s.n;
		}
		out[n++] = '\n';
	}
	out[n] = '\0';
	return out;
}

/* What a view makes of a body; the text is overwritten by the next call. */
static const char *
viewed(const char *view, const char *type, struct span body, struct errmsg *why)
{
	static char out[16384];
	struct text_view_env env = {.content_type = span_str(type), .width = 80};
	struct text_lines t;

	text_lines_init(&t, 65536, ESCAPE_UTF8);
	int code = text_view_find(view)->render(&t, body, &env);
	assert_int_equal(code, env.why.text[0] ? ERR_SYNTAX : 0);
	memcpy(out, joined(&t), sizeof out);
	text_lines_fini(&t);
	if (why)
		*why = env.why;
	return out;
}

/* The same for text_body with 80 columns. */
static const char *
bodied(struct text_body b, struct text_body_info *info)
{
	struct text_lines t;
	struct text_body_info own;

	b.width = 80;
	b.seen = b.seen ? b.seen : b.bytes.n;
	text_lines_init(&t, 1 << 20, ESCAPE_UTF8);
	text_body(&t, &b, info ? info : &own);
	const char *out = joined(&t);
	text_lines_fini(&t);
	return out;
}

static struct span
gzipped(struct span in)
{
	z_stream z = {0};
	size_t cap = in.n + 1024;
	char *out = malloc(cap);

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	cap -= z.avail_out;
	deflateEnd(&z);
	return span_of(out, cap);
}

static void
test_head(void **state)
{
	struct text_lines t;
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type:  a/b\r\nX: a\x1b]0;b\r\n"
	    " folded\r\nlonger-than-any-column-for-names: v\nno colon\r\n\r\n";
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_head(&t, SPAN_LIT(head));
	assert_string_equal(joined(&t),
	    "Server:       x\n"
	    "Content-Type: a/b\n"
	    "X:            a\\x1b]0;b  (!) 1 control byte escaped\n"
	    "              folded\n"
	    "longer-than-any-column-for-names: v\n"
	    "              no colon\n");
	assert_int_equal(text_head_count(SPAN_LIT(head)), 6);
	assert_true(span_eq(text_head_start(SPAN_LIT(head)), SPAN_LIT("HTTP/1.1 200 OK")));
	assert_int_equal(text_head_count(SPAN_LIT("")), 0);
	assert_int_equal(text_head_start(SPAN_LIT("")).n, 0);
	text_lines_clear(&t);
	text_head_fields(&t, SPAN_LIT("A: 1\r\nBcd: 2\r\n"));
	assert_string_equal(joined(&t), "A:   1\nBcd: 2\n");
	text_lines_fini(&t);
}

static void
test_plain(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_plain(&t, SPAN_LIT("one\r\n\n\tx\n日\ty\nab\x07\rc"));
	assert_string_equal(joined(&t), "one\n\n        x\n日      y\nab\\x07\\x0dc\n");
	text_lines_fini(&t);
}

static void
test_hex(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 65536, ESCAPE_UTF8);
	text_hex(&t, SPAN_LIT("body \x1b]0;PWNED\\\xff" "x"), 0);
	assert_string_equal(joined(&t),
	    " 00000000  62 6f 64 79 20 1b 5d 30  3b 50 57 4e 45 44 5c ff  body .]0;PWNED\\.\n"
	    " 00000010  78                                                x\n");
	text_lines_clear(&t);
	text_hex(&t, SPAN_LIT("12345678" "9"), 76);
	assert_string_equal(joined(&t), " 00000000  31 32 33 34 35 36 37 38  12345678\n"
					" 00000008  39                       9\n");
	text_lines_clear(&t);
	text_hex(&t, SPAN_LIT("12345"), 43);
	assert_string_equal(joined(&t), " 00000000  31 32 33 34  1234\n"
					" 00000004  35           5\n");
	text_lines_clear(&t);
	text_hex(&t, SPAN_LIT("0123456789abcdef0123456789abcdef" "x"), 150);
	assert_string_equal(joined(&t),
	    " 00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66"
	    "  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef0123456789abcdef\n"
	    " 00000020  78                                             "
	    "                                                     x\n");
	text_lines_clear(&t);
	text_hex(&t, SPAN_LIT("0123456789abcdef0123456789abcdef" "xyz12"), 116);
	assert_string_equal(joined(&t),
	    " 00000000  30313233 34353637 38396162 63646566 30313233 34353637 38396162 63646566  0123456789abcdef0123456789abcdef\n"
	    " 00000020  78797a31 32                                                              xyz12\n");
	text_lines_clear(&t);
	text_hex(&t, SPAN_LIT("x"), 115);
	assert_string_equal(joined(&t), " 00000000  78                                                x\n");
	text_lines_fini(&t);
}

/* As many bytes as fit, and never a column more than there is. */
static void
test_hex_widths(void **state)
{
	struct text_lines t;
	(void)state;
	for (int width = 28; width < 200; width++) {
		text_lines_init(&t, 65536, ESCAPE_UTF8);
		text_hex(&t, SPAN_LIT("0123456789abcdef0123456789abcdef"), width);
		assert_true(strlen(joined(&t)) / t.nlines <= (size_t)width + 1);
		text_lines_fini(&t);
	}
}

static void
test_type(void **state)
{
	static const struct {
		const char *type, *charset;
	} cases[] = {
	    {"text/plain; charset=utf-8", "utf-8"},
	    {"text/plain;CHARSET=\"a b\\\"c\" ; x", "a b\"c"},
	    {"text/plain; x=\";charset=no\"; charset=yes", "yes"},
	    {"text/plain; charset=a b ;", "a b"},
	    {"text/plain; charset", ""},
	    {"text/plain; charset=", ""},
	    {"text/plain; charset=\"open", "open"},
	    {"text/plain; xcharset=no", ""},
	    {"charset=no", ""},
	    {"", ""},
	    {";;charset=123456789;charset=2", ""}, /* too long */
	    {";charset=12345678", "12345678"},
	};
	char out[9];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = text_type_param(span_str(cases[i].type), "charset", out, sizeof out);
		assert_string_equal(out, cases[i].charset);
		assert_int_equal(n, strlen(out));
	}
	assert_true(text_type_is(SPAN_LIT(" Text/HTML ;x"), "text/html"));
	assert_true(text_type_ends(SPAN_LIT("application/a+JSON; x"), "+json"));
	assert_false(text_type_starts(SPAN_NONE, "text/"));
}

static const char *
picked(const char *type, struct span body)
{
	return text_view_pick(span_str(type), body)->name;
}

static void
test_pick(void **state)
{
	const char *form = "application/x-www-form-urlencoded";
	(void)state;
	assert_string_equal(picked("", SPAN_LIT("{\"a\": 1}\n")), "json");
	assert_string_equal(picked("text/plain", SPAN_LIT(" [1, {\"a\": [")), "json");
	assert_string_equal(picked("text/plain", SPAN_LIT("[info] started")), "text");
	assert_string_equal(picked("text/html", SPAN_LIT("[1]")), "text");
	assert_string_equal(picked("", SPAN_LIT("12")), "text");
	assert_string_equal(picked("application/json;charset=x", SPAN_LIT("<html>")), "json");
	assert_string_equal(picked("application/problem+json", SPAN_LIT("x")), "json");
	assert_string_equal(picked("application/x-ndjson", SPAN_LIT("1\n2")), "json");
	assert_string_equal(picked(form, SPAN_LIT("a=1")), "form");
	assert_string_equal(picked(form, SPAN_LIT("{\"a\":1}")), "json");
	assert_string_equal(picked("multipart/mixed; boundary=a", SPAN_LIT("x")), "multipart");
	assert_string_equal(picked("multipart/mixed", SPAN_LIT("x")), "text");
	assert_string_equal(picked("", SPAN_LIT("")), "text");
	assert_string_equal(picked("image/png", SPAN_LIT("\x89PNG\r\n\x1a\n\0\0")), "hex");
	assert_string_equal(picked("text/plain", SPAN_LIT("caf\xe9 latin one")), "text");
	/* A sequence that the look at the beginning cuts is not held against the text. */
	char *long_text = malloc(4097);
	memset(long_text, 'a', 4095);
	memcpy(long_text + 4095, "é", 2);
	assert_string_equal(picked("", span_of(long_text, 4097)), "text");
	free(long_text);
}

static void
test_table(void **state)
{
	const char *name = NULL;
	(void)state;
	for (size_t i = 0; i < text_view_count; i++) {
		name = text_view_next(name);
		assert_string_equal(name, text_views[i].name);
		assert_ptr_equal(text_view_find(name), &text_views[i]);
	}
	assert_null(text_view_next(name));
	assert_string_equal(text_view_next("no such"), "json");
	assert_null(text_view_find("no such"));
	assert_null(text_view_find(NULL));
}

static void
test_json(void **state)
{
	(void)state;
	assert_string_equal(
	    viewed("json", "", SPAN_LIT("{\"b\":[1,-2.50e+03,{}],\"a\" : { \"x\":null} ,\"\":[ ]}"), NULL),
	    "{\n"
	    "  \"b\": [\n"
	    "    1,\n"
	    "    -2.50e+03,\n"
	    "    {}\n"
	    "  ],\n"
	    "  \"a\": {\n"
	    "    \"x\": null\n"
	    "  },\n"
	    "  \"\": []\n"
	    "}\n");
	assert_string_equal(viewed("json", "", SPAN_LIT("true"), NULL), "true\n");
	assert_string_equal(viewed("json", "", SPAN_LIT("{\"a\":1}\n{\"a\":2}\r\n\n3 \"x\"[]"), NULL),
	    "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n3\n\"x\"\n[]\n");
	/* Escapes as received; other bytes as everywhere. */
	assert_string_equal(viewed("json", "", SPAN_LIT("\"\\n\\\\\\u00e9\\\" é e\xcc\x81 \xff \x7f\""), NULL),
	    "\"\\n\\\\\\u00e9\\\" é e\xcc\x81 \\xff \\x7f\"\n");
}

static void
test_json_errors(void **state)
{
	static const struct {
		const char *in, *where, *shown;
	} cases[] = {
	    {"", "line 1, column 1 (byte 0): it ends too early", ""},
	    {" \n", "line 2, column 1 (byte 2): it ends too early", ""},
	    {"{\"a\":1,\n \"b\":2 \"c\":3}", "line 2, column 8 (byte 15): expected ',' or '}'",
		"\"c\":3}\n"},
	    {"[1 2]", "line 1, column 4 (byte 3): expected ',' or ']'", "2]\n"},
	    {"[1,]", "line 1, column 4 (byte 3): expected a value", "]\n"},
	    {"{\"a\":1,}", "line 1, column 8 (byte 7): expected a name in quotes", "}\n"},
	    {"{a:1}", "line 1, column 2 (byte 1): expected a name in quotes or '}'", "a:1}\n"},
	    {"{\"a\" 1}", "line 1, column 6 (byte 5): expected ':'", "1}\n"},
	    {"{\"a\":}", "line 1, column 6 (byte 5): expected a value", "}\n"},
	    {"[}", "line 1, column 2 (byte 1): expected a value", "}\n"},
	    {"]", "line 1, column 1 (byte 0): expected a value", "]\n"},
	    {"01", "line 1, column 2 (byte 1): a number with a leading 0", "01\n"},
	    {"-x", "line 1, column 2 (byte 1): expected a digit", "-x\n"},
	    {"1.x", "line 1, column 3 (byte 2): expected a digit", "1.x\n"},
	    {"1e+x", "line 1, column 4 (byte 3): expected a digit", "1e+x\n"},
	    {"1x", "line 1, column 2 (byte 1): unexpected character", "1x\n"},
	    {"trux", "line 1, column 4 (byte 3): no such word", "trux\n"},
	    {"truefalse", "line 1, column 5 (byte 4): unexpected character", "truefalse\n"},
	    {"nul", "line 1, column 4 (byte 3): it ends too early", "nul\n"},
	    {"\"a\tb\"", "line 1, column 3 (byte 2): a control character in a string", "\"a      b\"\n"},
	    {"\"a\\q\"", "line 1, column 4 (byte 3): no such escape", "\"a\\\\q\"\n"},
	    {"\"\\u12g4\"", "line 1, column 6 (byte 5): expected four hexadecimal digits",
		"\"\\\\u12g4\"\n"},
	    {"\"open", "line 1, column 6 (byte 5): it ends too early", "\"open\n"},
	    {"\"open\\", "line 1, column 7 (byte 6): it ends too early", "\"open\\\\\n"},
	    {"[1", "line 1, column 3 (byte 2): it ends too early", ""},
	    {"hello", "line 1, column 1 (byte 0): expected a value", "hello\n"},
	};
	struct errmsg why;
	char want[512];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *shown = viewed("json", "", span_str(cases[i].in), &why);
		snprintf(want, sizeof want, "not JSON: %s", cases[i].where);
		assert_string_equal(why.text, want);
		snprintf(want, sizeof want, "not JSON: %s\n%s", cases[i].where, cases[i].shown);
		const char *note = strstr(shown, "not JSON");
		assert_non_null(note);
		assert_string_equal(note, want);
	}
	/* What stands before the error stays indented. */
	assert_string_equal(viewed("json", "", SPAN_LIT("{\"a\":[1,2],\"b\":oops}\nmore"), NULL),
	    "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": \n"
	    "not JSON: line 1, column 16 (byte 15): expected a value\noops}\nmore\n");
}

/* A body that is recorded in part may end anywhere without being wrong. */
static void
test_json_partial(void **state)
{
	static const char body[] = "{\"a\": [1, true, \"x\\u00e9\", -1.5e1], \"b\": {\"c\": null}}";
	(void)state;
	for (size_t n = 1; n < sizeof body - 1; n++) {
		struct text_view_env env = {.partial = true};
		struct text_lines t;
		text_lines_init(&t, 65536, ESCAPE_UTF8);
		assert_int_equal(text_json(&t, span_of(body, n), &env), 0);
		assert_string_equal(env.why.text, "");
		assert_true(text_json_fits(SPAN_NONE, span_of(body, n)));
		text_lines_fini(&t);
	}
}

/* Levels that are shown, and how many values what is folded has. */
static void
test_json_folds(void **state)
{
	static const char body[] = "{\"a\": [1, {\"b\": []}, [[2], 3]], \"c\": {}} [4, [5]]";
	static const char *const want[] = {
	    "{\n  \"a\": [...3],\n  \"c\": {}\n}\n[\n  4,\n  [...1]\n]\n",
	    "{\n  \"a\": [\n    1,\n    {...1},\n    [...2]\n  ],\n  \"c\": {}\n}\n[\n  4,\n  [\n    5\n  ]\n]\n",
	};
	static const unsigned folds[] = {2, 2};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct text_view_env env = {.fold = i + 1};
		struct text_lines t;
		struct buf out;
		text_lines_init(&t, 65536, 0);
		assert_int_equal(text_json(&t, SPAN_LIT(body), &env), 0);
		assert_int_equal(t.folds, folds[i]);
		buf_init(&out, 65536);
		for (size_t l = 0; l < t.nlines; l++) {
			for (uint32_t k = 0; k < t.line[l].npieces; k++)
				buf_add_span(&out, text_lines_piece(&t, &t.piece[t.line[l].piece + k]));
			buf_add(&out, "\n", 1);
		}
		buf_add(&out, "", 1);
		assert_string_equal(out.p, want[i]);
		buf_fini(&out);
		text_lines_fini(&t);
	}
}

/* n levels of brackets; the text is on the heap. */
static struct span
nested(size_t n)
{
	char *p = malloc(n * 2);

	memset(p, '[', n);
	memset(p + n, ']', n);
	return span_of(p, n * 2);
}

static void
test_json_depth(void **state)
{
	struct errmsg why;
	(void)state;
	struct span most = nested(TEXT_JSON_DEPTH_MAX), deeper = nested(TEXT_JSON_DEPTH_MAX + 2);
	const char *shown = viewed("json", "", most, &why);
	assert_null(strstr(shown, "nested deeper"));
	assert_null(strstr(shown, "[[["));
	shown = viewed("json", "", deeper, &why);
	assert_non_null(strstr(shown, " [[]]\n"));
	assert_non_null(strstr(shown, "(nested deeper than 64 at line 1, column 65 (byte 64): "));
	assert_string_equal(why.text, "");
	free((char *)most.p);
	free((char *)deeper.p);
}

static void
test_form(void **state)
{
	(void)state;
	assert_string_equal(
	    viewed("form", "", SPAN_LIT("a=1&b+c=x%20y%0a%1B%c3%a9&&d&=e&f=&g=h=i%3D"), NULL),
	    "a: 1\nb c: x y\\x0a\\x1bé\nd\n: e\nf: \ng: h=i=\n");
	assert_string_equal(viewed("form", "", SPAN_LIT("a=%&b=%zz%4&c=%"), NULL),
	    "a: %  (!) 1 '%' that begins no byte\n"
	    "b: %zz%4  (!) 2 '%' that begin no byte\n"
	    "c: %  (!) 1 '%' that begins no byte\n");
	assert_string_equal(viewed("form", "", SPAN_LIT(""), NULL), "");
}

#define MULTIPART "multipart/form-data; boundary=\"a b\""

static void
test_multipart(void **state)
{
	struct errmsg why;
	(void)state;
	assert_string_equal(viewed("multipart", MULTIPART,
				SPAN_LIT("--a b\r\n"
					 "Content-Disposition: form-data; name=x\r\n\r\none\r\n"
					 "--a b \t\r\n"
					 "Content-Type: application/json\r\nX: y\r\n\r\n{\"a\":1}\r\n"
					 "--a bc\r\n--a b\n\n\n--a b--\r\n"),
				&why),
	    "part 13 bytes\n"
	    "Content-Disposition: form-data; name=x\n"
	    "\n"
	    "one\n"
	    "part 215 bytes\n"
	    "Content-Type: application/json\n"
	    "X:            y\n"
	    "\n"
	    "{\n"
	    "  \"a\": 1\n"
	    "}\n"
	    "not JSON: line 2, column 2 (byte 10): expected a digit\n"
	    "--a bc\n"
	    "part 30 bytes\n");
	assert_string_equal(why.text, "not JSON: line 2, column 2 (byte 10): expected a digit");
	assert_string_equal(
	    viewed("multipart", "multipart/x; boundary=b", SPAN_LIT("pre\r\n--b\r\n\r\nx\r\n--b--post"), &why),
	    "(3 bytes before the first boundary)\npart 112 bytes\n\nx\n--b--post\n"
	    "not multipart: the last boundary is missing\n");
	assert_string_equal(why.text, "not multipart: the last boundary is missing");
	assert_string_equal(
	    viewed("multipart", "multipart/x; boundary=b", SPAN_LIT("--b\n\nx\n--b--\nend"), NULL),
	    "part 11 byte\n\nx\n(3 bytes after the last boundary)\n");
	assert_string_equal(viewed("multipart", "multipart/x; boundary=b", SPAN_LIT("x --b\r\n"), &why),
	    "not multipart: no line of it is the boundary\nx --b\n");
	assert_string_equal(viewed("multipart", "multipart/x", SPAN_LIT("x"), NULL),
	    "not multipart: its type names no boundary of 1 to 70 characters\nx\n");
}

static void
test_multipart_limits(void **state)
{
	char type[128], body[4096];
	size_t n = 0;
	(void)state;
	/* A boundary of 70 characters, and of one more. */
	for (int width = 70; width <= 71; width++) {
		snprintf(type, sizeof type, "multipart/x; boundary=%0*d", width, 0);
		assert_string_equal(picked(type, SPAN_LIT("x")), width == 70 ? "multipart" : "text");
	}
	for (int i = 0; i <= TEXT_MULTIPART_PARTS_MAX; i++)
		n += (size_t)snprintf(body + n, sizeof body - n, "--b\n\n%d\n", i);
	snprintf(body + n, sizeof body - n, "--b--\n");
	const char *shown = viewed("multipart", "multipart/x; boundary=b", span_str(body), NULL);
	assert_non_null(strstr(shown, "part 200"));
	assert_null(strstr(shown, "part 201"));
	assert_non_null(strstr(shown, "(11 bytes follow: the limit of parts is reached)\n"));
	/* Parts of parts of parts are parts; one more is text. */
	n = 0;
	for (int i = 0; i <= TEXT_MULTIPART_NESTING_MAX; i++)
		n += (size_t)snprintf(body + n, sizeof body - n,
		    "--%c\nContent-Type: multipart/x; boundary=%c\n\n", 'a' + i, 'b' + i);
	n += (size_t)snprintf(body + n, sizeof body - n, "inside\n");
	for (int i = TEXT_MULTIPART_NESTING_MAX; i >= 0; i--)
		n += (size_t)snprintf(body + n, sizeof body - n, "--%c--\n", 'a' + i);
	shown = viewed("multipart", "multipart/x; boundary=a", span_str(body), NULL);
	assert_non_null(strstr(shown, "boundary=c\n"));
	assert_non_null(strstr(shown, "--d\nContent-Type: multipart/x; boundary=e\n"));
}

static void
test_charset(void **state)
{
	static const struct {
		const char *type;
		struct span in;
		const char *out, *note;
	} cases[] = {
	    {"text/plain", {"caf\xc3\xa9", 5}, "café\n", ""},
	    {"text/plain; charset=ISO-8859-1", {"caf\xe9", 4}, "café\n", ""},
	    {"text/plain; charset=\"Shift_JIS\"", {"\x93\xfa\x96\x7b", 4}, "日本\n", ""},
	    {"text/plain; charset=GB2312", {"\xc8\xd5\xb1\xbe", 4}, "日本\n", ""},
	    /* The last character is one that may combine: the converter keeps it for a while. */
	    {"text/plain; charset=windows-1255", {"\xf9\xe1", 2}, "שב\n", ""},
	    {"text/plain; charset=utf-16", {"h\0i\0", 4}, "hi\n", ""},
	    {"text/plain; charset=utf-16be", {"\0h\0i", 4}, "hi\n", ""},
	    {"text/plain", {"\xff\xfeh\0i\0", 6}, "hi\n", ""},
	    {"text/plain; charset=iso-8859-1", {"\xfe\xff\0h\0i", 6}, "hi\n", ""},
	    {"", {"\xef\xbb\xbfhi", 5}, "hi\n", ""},
	    {"application/json; charset=utf-16", {"[\0]\0", 4}, "[]\n", ""},
	    {"text/plain; charset=US-ASCII", {"abc\xe9", 4}, "abc\\xe9\n", ""},
	    {"text/plain; charset=shift_jis", {"ab, cd\xa0\xff" "b", 9}, "ab, cd\\xa0\\xffb\n",
		"2 places are not valid in charset shift_jis: shown as they are"},
	    {"text/plain; charset=utf-16le", {"a\0\0\xd8" "b\0c", 7}, "a\\x00\\xd8bc\n",
		"2 places are not valid in charset utf-16le: shown as they are"},
	    {"text/plain; charset=klingon", {"hi", 2}, "hi\n",
		"charset klingon is not known: shown as UTF-8"},
	    {"text/plain; charset=ISO-8859-99", {"hi", 2}, "hi\n",
		"charset ISO-8859-99 is not known: shown as UTF-8"},
	    {"text/plain; charset=UTF-16//IGNORE", {"hi", 2}, "hi\n",
		"charset with a strange name is not known: shown as UTF-8"},
	    {"text/plain; charset=UCS4", {"hi", 2}, "hi\n", "charset UCS4 is not known: shown as UTF-8"},
	};
	struct text_body_info info;
	char want[256];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *note = cases[i].note;
		snprintf(want, sizeof want, "%s%s%s", note, *note ? "\n" : "", cases[i].out);
		assert_string_equal(bodied((struct text_body){.bytes = cases[i].in,
					       .content_type = span_str(cases[i].type),
					       .view = "text"},
					&info),
		    want);
		assert_string_equal(info.note.text, note);
	}
	/* What begins like a mark is none in a picture. */
	bodied((struct text_body){.bytes = {"\xff\xfeh\0i\0", 6}, .content_type = SPAN_LIT("image/x")}, &info);
	assert_string_equal(info.view, "hex");
}

static void
test_body(void **state)
{
	struct text_body_info info;
	struct span gzip = gzipped(SPAN_LIT("{\"a\": \"b\"}"));
	struct text_body b = {.bytes = gzip,
	    .content_type = SPAN_LIT("application/json"),
	    .content_encoding = SPAN_LIT("gzip")};
	(void)state;
	assert_string_equal(bodied(b, &info), "{\n  \"a\": \"b\"\n}\n");
	assert_true(info.coded && info.automatic && info.decoded_n == 10 && !info.note.text[0]);
	assert_string_equal(info.view, "json");
	b.view = "text";
	assert_string_equal(bodied(b, &info), "{\"a\": \"b\"}\n");
	assert_true(!info.automatic);
	assert_string_equal(info.view, "text");
	b.view = "hex";
	assert_memory_equal(bodied(b, &info), " 00000000  1f 8b 08 00 ", 23);
	assert_true(!info.coded && !info.automatic && info.decoded_n == gzip.n);
	/* A name that there is not, no bytes, no fields. */
	assert_string_equal(bodied((struct text_body){.view = "xml"}, &info), "");
	assert_true(info.automatic && !info.note.text[0]);
	free((char *)gzip.p);
}

static void
test_body_broken(void **state)
{
	struct text_body_info info;
	struct span gzip = gzipped(SPAN_LIT("the text\n"));
	struct text_body b = {.bytes = gzip,
	    .content_type = SPAN_LIT("application/json"),
	    .content_encoding = SPAN_LIT("gzip")};
	(void)state;
	b.content_type = SPAN_LIT("text/plain");
	((char *)gzip.p)[gzip.n - 5] ^= 1;
	assert_non_null(strstr(bodied(b, &info), "the text\ngzip data is broken at byte "));
	assert_true(info.coded);
	assert_int_equal(strncmp(info.note.text, "gzip data is broken at byte ", 28), 0);
	/* The end is missing: an error when that is all, none when the recording ends there. */
	b.bytes.n = gzip.n - 8;
	assert_non_null(strstr(bodied(b, &info), "the text\ngzip data ends early, after byte "));
	b.seen = 3000;
	assert_string_equal(bodied(b, &info), "the text\n(shown 21 B of 2.9 KiB)\n");
	assert_string_equal(info.note.text, "");
	/* Nothing decoded: the bytes, not by their type. */
	b = (struct text_body){.bytes = SPAN_LIT("plain words"),
	    .content_type = SPAN_LIT("application/json"),
	    .content_encoding = SPAN_LIT("zip, identity")};
	assert_string_equal(bodied(b, &info), "the coding zip is not known\nplain words\n");
	assert_true(!info.coded && info.automatic);
	assert_string_equal(info.view, "text");
	b.content_encoding = SPAN_LIT("gzip");
	assert_string_equal(bodied(b, &info),
	    "gzip data is broken at byte 2: incorrect header check\nplain words\n");
	free((char *)gzip.p);
}

static struct span
filled(size_t n, const char *with)
{
	char *p = malloc(n);

	for (size_t i = 0, len = strlen(with); i < n; i++)
		p[i] = with[i % len];
	return span_of(p, n);
}

/* Processor time that the body takes to be shown in a text of that size at most. */
static unsigned
body_ms(struct text_body b, size_t max_bytes, struct text_lines *t)
{
	struct text_body_info info;
	clock_t start = clock();

	b.seen = b.seen ? b.seen : b.bytes.n;
	b.width = 80;
	text_lines_init(t, max_bytes, ESCAPE_UTF8);
	text_body(t, &b, &info);
	return (unsigned)((clock() - start) / (CLOCKS_PER_SEC / 1000));
}

/* Large and hostile bodies: shown in part, in little time. */
static void
test_body_large(void **state)
{
	static const struct {
		const char *name, *fill, *type, *view;
	} cases[] = {
	    {"lines", "12345\n", "text/plain", NULL},
	    {"tabs", "\t", "text/plain", NULL},
	    {"hex", "\1\2\3\xff", "", "hex"},
	    {"json", "{\"key\": [1, \"two\", {\"x\": null}]}\n", "application/json", NULL},
	    {"deep", "[", "application/json", NULL},
	    {"numbers", "1 ", "application/json", NULL},
	    {"strings", "\"\\\"\\\"\\\"\" ", "application/json", NULL},
	    {"form", "a=%41&", "", "form"},
	    {"percent", "%", "", "form"},
	    {"parts", "--b\n\n", "multipart/x; boundary=b", NULL},
	    {"almost", "\n--b-", "multipart/x; boundary=b", NULL},
	    {"charset", "\xff", "text/plain; charset=euc-jp", NULL},
	    {"escapes", "\x01", "text/plain", "text"},
	};
	struct text_lines t;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span bytes = filled((1 << 20) + 1, cases[i].fill);
		struct text_body b = {
		    .bytes = bytes, .content_type = span_str(cases[i].type), .view = cases[i].view};
		b.seen = 50 << 20;
		unsigned ms = body_ms(b, 64 << 20, &t);
		print_message("%s: %u ms, %zu lines, %zu bytes\n", cases[i].name, ms, t.nlines, t.bytes.n);
		assert_true(ms < 500);
		struct span last = text_lines_piece(&t, &t.piece[t.npieces - 1]);
		assert_true(span_eq(last, SPAN_LIT("(shown 1.0 MiB of 50.0 MiB)")));
		text_lines_fini(&t);
		/* No room: it ends at once, or when the character set has been converted. */
		assert_true(body_ms(b, 10000, &t) < 300);
		assert_true(t.cut || t.bytes.n < 10000);
		text_lines_fini(&t);
		free((char *)bytes.p);
	}
	struct span deep = nested(100000);
	assert_true(body_ms((struct text_body){.bytes = deep, .view = "json"}, 64 << 20, &t) < 500);
	assert_true(t.bytes.n < 300000);
	text_lines_fini(&t);
	free((char *)deep.p);
}

/* At the maximum the text ends with what fitted, and says so. */
static void
test_maximum(void **state)
{
	struct text_lines t;
	(void)state;
	text_lines_init(&t, 10, ESCAPE_UTF8);
	text_plain(&t, SPAN_LIT("12345\n67890"));
	assert_false(t.cut);
	assert_string_equal(joined(&t), "12345\n67890\n");
	text_lines_clear(&t);
	text_plain(&t, SPAN_LIT("12345\n678901\nmore\n"));
	assert_true(t.cut);
	assert_string_equal(joined(&t), "12345\n67890\n");
	text_lines_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_hex_widths),
	    cmocka_unit_test(test_type),
	    cmocka_unit_test(test_pick),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_errors),
	    cmocka_unit_test(test_json_partial),
	    cmocka_unit_test(test_json_folds),
	    cmocka_unit_test(test_json_depth),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_multipart),
	    cmocka_unit_test(test_multipart_limits),
	    cmocka_unit_test(test_charset),
	    cmocka_unit_test(test_body),
	    cmocka_unit_test(test_body_broken),
	    cmocka_unit_test(test_body_large),
	    cmocka_unit_test(test_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
