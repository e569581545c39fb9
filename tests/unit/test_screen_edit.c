/* SPDX-License-Identifier: MIT
 * Breakpoint rules, editing and sending again: screens compared with tests/unit/screens (UPDATE=1 rewrites those), and what the engine
 * is told. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_intent.h"
#include "screen_fixture.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/edit_body.h"
#include "ui/editor.h"
#include "ui/key.h"
#include "ui/term.h"

enum { INTENTS_MAX = 64, HELD_KEY = 5001 };

static struct intent *told[INTENTS_MAX];
static unsigned ntold;

static void
record(void *arg, struct intent *i)
{
	(void)arg;
	assert_true(ntold < INTENTS_MAX);
	told[ntold++] = i;
}

static void
forget(void)
{
	while (ntold)
		intent_free(told[--ntold]);
}

static const struct intent *
last(enum intent_type type)
{
	assert_true(ntold > 0);
	assert_int_equal(told[ntold - 1]->type, type);
	return told[ntold - 1];
}

static void
apply(struct fixture *fx, void *fact, enum fact_type type)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->flow = HELD_KEY;
	f->mono_ns = FIXTURE_MONO_NS;
	flow_store_apply(fx->store, f);
}

/* A request whose body is recorded, held by rule 1. */
static void
hold(struct fixture *fx, const char *head, const char *body)
{
	size_t n = strlen(head), body_n = strlen(body);
	struct fact_head *h = mem_zalloc(sizeof *h + n);
	struct fact_body *b = mem_zalloc(sizeof *b + body_n);
	struct fact_held held = {.dir = FLOW_REQUEST, .rule = 1};
	const char *host = strstr(head, "api.example.test");

	h->head_n = (uint32_t)n;
	memcpy(h->head, head, n);
	h->method_n = (uint32_t)strcspn(head, " ");
	h->path_off = h->method_n + 1;
	h->path_n = (uint32_t)strcspn(head + h->path_off, " ");
	h->host_off = (uint32_t)(host - head);
	h->host_n = 16;
	h->port = 443;
	h->tls = true;
	h->state = FLOW_S_REQUEST;
	h->wall_ns = FIXTURE_WALL_NS;
	apply(fx, h, FACT_REQUEST);
	b->dir = FLOW_REQUEST;
	b->n = b->kept_n = (uint32_t)body_n;
	memcpy(b->data, body, body_n);
	if (body_n)
		apply(fx, b, FACT_BODY);
	apply(fx, &held, FACT_HELD);
	free(h);
	free(b);
}

static const char post[] = "POST /v1/orders?a=1&b=2 HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/json\r\n"
                           "Content-Length: 13\r\nCookie: sid=1; theme=dark\r\n\r\n";
static const char post_body[] = "{\n \"qty\": 3\n}";
static const char binary[] = "POST /v1/blob HTTP/1.1\r\nHost: api.example.test\r\nContent-Length: 20\r\n\r\n";
static const char binary_body[] = "\x01\x02\xff" "0123456789abcdef\n";

static void
open_holding(struct screen *s, int rows, int cols, const char *head, const char *body)
{
	forget();
	screen_open(s, "xterm-256color", rows, cols);
	s->fx.source.intend = record;
	app_tick(s->app);
	fixture_add_gallery(&s->fx);
	clock_stop(FIXTURE_MONO_NS, FIXTURE_WALL_NS);
	app_draw(s->app);
	cmd_run(s->app, "break both hold=1m method = POST and host ~ api");
	hold(&s->fx, head, body);
	clock_stop(FIXTURE_MONO_NS + 3000000000, FIXTURE_WALL_NS + 3000000000);
	s->app->toast[0] = '\0';
	app_tick(s->app);
	screen_keys(s, "G");
}

static void
open_held(struct screen *s, int rows, int cols)
{
	open_holding(s, rows, cols, post, post_body);
}

static const struct {
	const char *name;
	int rows, cols;
} sizes[] = {{"80x24", 24, 80}, {"120x36", 36, 120}, {"40x10", 10, 40}, {"20x5", 5, 20}};

static void
in_all_sizes_of(const char *what, const char *keys, const char *head, const char *body, void (*more)(struct fixture *))
{
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct screen s;
		char name[64];
		open_holding(&s, sizes[i].rows, sizes[i].cols, head, body);
		if (more)
			more(&s.fx);
		app_draw(s.app);
		screen_keys(&s, keys);
		s.app->toast[0] = '\0';
		app_draw(s.app);
		snprintf(name, sizeof name, "%s-%s", what, sizes[i].name);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
in_all_sizes_with(const char *what, const char *keys, void (*more)(struct fixture *))
{
	in_all_sizes_of(what, keys, post, post_body, more);
}

static void
in_all_sizes(const char *what, const char *keys)
{
	in_all_sizes_with(what, keys, NULL);
}

/* A response that is held, of the request that was. */
static void
hold_response(struct fixture *fx)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n";
	static const char body[] = "{\"total\": 129}";
	struct fact_head *h = mem_zalloc(sizeof *h + sizeof head);
	struct fact_body *b = mem_zalloc(sizeof *b + sizeof body);
	struct fact_held held = {.dir = FLOW_RESPONSE, .rule = 1};

	h->dir = FLOW_RESPONSE;
	h->status = 200;
	h->state = FLOW_S_BODY;
	h->head_n = sizeof head - 1;
	memcpy(h->head, head, h->head_n);
	apply(fx, h, FACT_RESPONSE);
	b->dir = FLOW_RESPONSE;
	b->n = b->kept_n = sizeof body - 1;
	memcpy(b->data, body, b->n);
	apply(fx, b, FACT_BODY);
	apply(fx, &held, FACT_HELD);
	free(h);
	free(b);
}

static const char chunked[] = "POST /v1/orders HTTP/1.1\r\nHost: api.example.test\r\nTransfer-Encoding: chunked\r\n\r\n";

static void
tell_trailers(struct fixture *fx)
{
	static const char fields[] = "X-Checksum: 5d41402a\r\nX-Note: caf\xc3\xa9 \xff\r\n\r\n";
	struct fact_trailer *t = mem_zalloc(sizeof *t + sizeof fields);

	t->dir = FLOW_REQUEST;
	t->n = sizeof fields - 1;
	memcpy(t->data, fields, t->n);
	apply(fx, t, FACT_TRAILER);
	free(t);
}

static void
test_screens(void **state)
{
	(void)state;
	in_all_sizes("rule-held", "");
	in_all_sizes("rules", "i");
	in_all_sizes("rules-queue", "i\t");
	in_all_sizes("held-edit", "e");
	in_all_sizes("held-edited", "e1\x15PUT /v2 HTTP/1.1\r3\x05\rnew line\x1b");
	in_all_sizes("held-fields", "e2jj");
	in_all_sizes("held-body", "e3");
	in_all_sizes("held-query", "e4jD");
	in_all_sizes("held-cookies", "e5");
	in_all_sizes_of("held-trailers", "e6j", chunked, "{}", tell_trailers);
	in_all_sizes("held-kept", "e3\x05!\x1b:set fixlen off\r");
	in_all_sizes_of("held-hex", "e3", binary, binary_body, NULL);
	in_all_sizes_of("held-hex-edited", "e3\x05  \rg1\x1b\x0b" "41 42\r\x1b", binary, binary_body, NULL);
	in_all_sizes("held-answer", "es");
	in_all_sizes_with("held-response", "e", hold_response);
	in_all_sizes("send-edit", "gje");
	in_all_sizes("send-elsewhere", "gje1\x15GET https://other.test:8443/x HTTP/1.1\r");
	in_all_sizes("send-refused", "gje1\x15 no request line\ra");
	in_all_sizes("rule-add", "iipath >> 4\r");
}

static void
body_of(const struct intent_message *m, const char *want)
{
	assert_int_equal(m->body_n, strlen(want));
	assert_memory_equal(m->body, want, m->body_n);
}

static bool
head_has(const struct intent_message *m, const char *part)
{
	return memmem(m->head, m->head_n, part, strlen(part)) != NULL;
}

static void
test_rules_are_told(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	const struct intent *i = last(INTENT_RULES);
	assert_int_equal(i->nrules, 1);
	assert_string_equal(i->rules[0].expr, "method = POST and host ~ api");
	assert_int_equal(i->rules[0].phases, INTENT_ON_REQUEST | INTENT_ON_RESPONSE);
	assert_int_equal(i->rules[0].hold_ms, 60000);
	screen_keys(&s, "i ");
	assert_int_equal(last(INTENT_RULES)->nrules, 0);
	screen_keys(&s, " p");
	assert_int_equal(last(INTENT_RULES)->rules[0].phases, INTENT_ON_MESSAGE);
	screen_keys(&s, "p");
	assert_int_equal(last(INTENT_RULES)->rules[0].phases, INTENT_ON_REQUEST | INTENT_ON_RESPONSE | INTENT_ON_MESSAGE);
	screen_keys(&s, "p");
	assert_int_equal(last(INTENT_RULES)->rules[0].phases, INTENT_ON_REQUEST);
	screen_keys(&s, "iresponse then=kill hold=5s first=2 code >= 500\r");
	i = last(INTENT_RULES);
	assert_int_equal(i->nrules, 2);
	assert_true(i->rules[1].kill_after);
	assert_int_equal(i->rules[1].count_max, 2);
	assert_int_equal(i->rules[1].phases, INTENT_ON_RESPONSE);
	screen_keys(&s, "d");
	assert_int_equal(last(INTENT_RULES)->nrules, 1);
	screen_close(&s);
}

static void
test_rule_lines(void **state)
{
	static const struct {
		const char *line, *why;
		size_t at;
	} bad[] = {
	    {"", "an expression is missing", 0},
	    {"request", "an expression is missing", 7},
	    {"hold=x path ~ a", "hold= takes a time", 0},
	    {"hold=25h path ~ a", "up to a day", 0},
	    {"first=0 path ~ a", "first= takes a number", 0},
	    {"then=wait path ~ a", "then= takes send or kill", 0},
	    {"both code >> 4", "", 11},
	    {"hello host ~ a and path ~ b", "path is not known yet at a ClientHello", 6},
	    {"hello tls.version = 1.3", "tls.version is not known yet", 6},
	    {"hello not ~b x", "body is not known yet", 6},
	    {"request code >= 500", "held before their response is known", 8},
	    {"request hold=5s ~s and path ~ x", "held before their response is known", 16},
	    {"response ~q", "true only before there is a response", 9},
	    {"messages hold=5s not ~s and path ~ x", "Try: request", 17},
	};
	struct rule r;
	struct errmsg why;
	struct buf text;
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(rule_parse(bad[i].line, &r, &at, &why), 0);
		assert_non_null(strstr(why.text, bad[i].why));
		assert_int_equal(at, bad[i].at);
	}
	buf_init(&text, RULES_LINE_MAX);
	assert_int_equal(rule_parse("  response hold=90s then=kill first=3 request ", &r, &at, &why), ERR_SYNTAX);
	assert_int_equal(rule_parse("response hold=90s then=kill first=3 ~u x", &r, &at, &why), 0);
	rule_text(&r, &text);
	buf_add(&text, "", 1);
	assert_string_equal(text.p, "response hold=90s then=kill first=3 ~u x");
	assert_int_equal(rule_phase_next(&r), INTENT_ON_REQUEST | INTENT_ON_RESPONSE);
	assert_int_equal(rule_parse("request ~q", &r, &at, &why), 0);
	assert_int_equal(rule_phase_next(&r), INTENT_ON_REQUEST | INTENT_ON_RESPONSE);
	assert_int_equal(rule_parse("~q and path ~ x", &r, &at, &why), 0);
	assert_int_equal(r.phases, INTENT_ON_REQUEST);
	assert_int_equal(rule_parse("response ~q or path ~ x", &r, &at, &why), 0);
	assert_int_equal(rule_parse("all hold=1s then=kill word or sni = a.test or proc = curl", &r, &at, &why), 0);
	assert_int_equal(r.phases, INTENT_ON_REQUEST | INTENT_ON_RESPONSE | INTENT_ON_MESSAGE);
	r.phases = rule_phase_next(&r);
	assert_int_equal(r.phases, INTENT_ON_HELLO);
	buf_clear(&text);
	rule_text(&r, &text);
	buf_add(&text, "", 1);
	assert_string_equal(text.p, "hello hold=1s then=kill word or sni = a.test or proc = curl");
	assert_int_equal(rule_parse(text.p, &r, &at, &why), 0);
	assert_int_equal(rule_phase_next(&r), INTENT_ON_REQUEST);
	assert_int_equal(rule_parse("all path ~ x", &r, &at, &why), 0);
	assert_int_equal(rule_phase_next(&r), INTENT_ON_REQUEST);
	/* What is asked for without a phase. */
	assert_int_equal(rule_parse("~b x or ~h y", &r, &at, &why), 0);
	assert_int_equal(r.phases, INTENT_ON_REQUEST);
	assert_int_equal(rule_parse("~s & ~u x", &r, &at, &why), 0);
	assert_int_equal(r.phases, INTENT_ON_RESPONSE);
	assert_int_equal(rule_parse("all code = 500", &r, &at, &why), 0);
	assert_int_equal(rule_phase_next(&r), INTENT_ON_RESPONSE);
	buf_fini(&text);
}

static void
test_resume(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "a");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY);
	assert_null(last(INTENT_RESUME)->message);
	screen_keys(&s, "ea"); /* nothing was changed */
	assert_null(last(INTENT_RESUME)->message);
	screen_keys(&s, "A");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY);
	screen_keys(&s, "X");
	assert_int_equal(last(INTENT_KILL)->flow, HELD_KEY);
	screen_close(&s);
}

static void
test_edited(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "e1\x15PUT /v2?x=1 HTTP/1.1\r");   /* start line */
	screen_keys(&s, "2jdaA: b\rq");                  /* fields: the second one goes, and one comes */
	screen_keys(&s, "3\x05!\x1b");                     /* body */
	screen_keys(&s, "4ay=2\rq");                       /* query */
	screen_keys(&s, "5dq");                          /* a cookie goes */
	screen_keys(&s, "a");
	const struct intent_message *m = last(INTENT_RESUME)->message;
	assert_non_null(m);
	assert_true(head_has(m, "PUT /v2?x=1&y=2 HTTP/1.1\r\n"));
	assert_false(head_has(m, "Content-Type"));
	assert_true(head_has(m, "Content-Length: 14\r\n"));
	assert_true(head_has(m, "Cookie: theme=dark\r\n"));
	body_of(m, "{!\n \"qty\": 3\n}");
	screen_close(&s);
}

/* The length that was typed stands, and what that means is said; undo and the option change it back. */
static void
test_fixlen(void **state)
{
	struct screen s;
	struct buf out;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "e3\x05!\x1b");
	screen_keys(&s, ":set fixlen off\r" "a");
	const struct intent_message *m = last(INTENT_RESUME)->message;
	assert_true(m->keep_length && head_has(m, "Content-Length: 13\r\n"));
	body_of(m, "{!\n \"qty\": 3\n}");
	screen_keys(&s, "e3\x05!\x1b" ":set fixlen on\r");
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "+ Content-Length: 14   (recomputed; :set fixlen off to keep)"));
	buf_fini(&out);
	screen_keys(&s, "a");
	m = last(INTENT_RESUME)->message;
	assert_true(!m->keep_length && head_has(m, "Content-Length: 14\r\n"));
	screen_keys(&s, ":set fixlen off\r" "e3\x05!\x1b" "2jjd\x1b");
	screen_keys(&s, "a");
	m = last(INTENT_RESUME)->message;
	assert_true(m->keep_length && !head_has(m, "Content-Length"));
	screen_close(&s);
}

/* A body that is no text is edited as digits; what is no digit stays, with the cursor at it. */
static void
test_hex(void **state)
{
	struct screen s;

	(void)state;
	open_holding(&s, 24, 80, binary, binary_body);
	screen_keys(&s, "e3");
	screen_keys(&s, "\x05  ");
	screen_keys(&s, "\rg1\x1b");
	s.app->toast[sizeof s.app->toast - 1] = '\0';
	assert_string_equal(s.app->toast, "line 2, column 1: no hexadecimal digit");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_TEXT);
	screen_keys(&s, "\x0b" "41 42\r\x1b");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_EDIT);
	screen_keys(&s, "a");
	const struct intent_message *m = last(INTENT_RESUME)->message;
	assert_int_equal(m->body_n, 22);
	assert_memory_equal(m->body, "\x01\x02\xff" "0123456789abcAB" "def\n", 22);
	screen_close(&s);
}

/* A larger one is given by a file. */
static void
test_body_from_a_file(void **state)
{
	char path[] = "/tmp/mitmtop-body-XXXXXX", keys[80];
	char *large = mem_zalloc(EDIT_HEX_MAX_BYTES + 2);
	struct screen s;

	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "\0from a file", 12), 12);
	close(fd);
	memset(large, 1, EDIT_HEX_MAX_BYTES + 1);
	open_holding(&s, 24, 80, binary, large);
	screen_keys(&s, "e3/no/such/file\r");
	assert_string_equal(s.app->prompt.refusal.why, "No such file or directory");
	screen_keys(&s, "\x15/tmp\r");
	assert_string_equal(s.app->prompt.refusal.why, "it is no regular file");
	snprintf(keys, sizeof keys, "\x15%s\r", path);
	screen_keys(&s, keys);
	assert_false(s.app->prompt.active);
	screen_keys(&s, "a");
	const struct intent_message *m = last(INTENT_RESUME)->message;
	assert_int_equal(m->body_n, 12);
	assert_memory_equal(m->body, "\0from a file", 12);
	large[EDIT_HEX_MAX_BYTES] = '\0'; /* as many as are edited here */
	screen_close(&s);
	open_holding(&s, 24, 80, binary, large);
	screen_keys(&s, "e3");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_TEXT);
	screen_close(&s);
	free(large);
	unlink(path);
}

/* i, then Enter on the queue. */
static void
test_the_queue_opens_what_is_held(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "i\t");
	screen_keys(&s, " d"); /* of no rule */
	assert_int_equal(s.app->rules.n, 1);
	screen_keys(&s, "\r");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_EDIT);
	screen_keys(&s, "qa");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY);
	screen_keys(&s, "\t ");
	assert_int_equal(last(INTENT_RULES)->nrules, 0);
	screen_keys(&s, "jX");
	assert_int_equal(last(INTENT_KILL)->flow, HELD_KEY);
	screen_keys(&s, "kdjj\r"); /* without a rule the queue is all there is */
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_EDIT);
	struct fact_state gone = {.state = FLOW_S_WAIT};
	screen_keys(&s, "q");
	apply(&s.fx, &gone, FACT_STATE);
	app_tick(s.app);
	app_draw(s.app);
	screen_keys(&s, "\t\r\x1b");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_RULES);
	screen_close(&s);
	open_held(&s, 24, 80);
	screen_keys(&s, "i\t");
	term_set_size(s.term, 6, 40);
	app_draw(s.app);
	unsigned before = ntold;
	screen_keys(&s, "aX"); /* there is no room for the queue any more */
	assert_int_equal(ntold, before);
	screen_close(&s);
}

/* Enter edits what is held; Right shows it all the same. */
static void
test_ways_in(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "\r");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_EDIT);
	screen_keys(&s, "q");
	app_key(s.app, KEYC_RIGHT);
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_FLOW);
	screen_keys(&s, "qk\r"); /* this one is not held */
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_FLOW);
	screen_close(&s);
}

static const char form_head[] = "POST /login?flag&empty=&q=1 HTTP/1.1\r\nHost: api.example.test\r\n"
				"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 32\r\n\r\n";
static const char form_body[] = "user=a%20b&token=&remember&pin=1";

/* What is not touched keeps its bytes: "a=" is not "a", and %20 stays. */
static void
test_form_and_query(void **state)
{
	struct screen s;
	char name[64];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		open_holding(&s, sizes[i].rows, sizes[i].cols, form_head, form_body);
		screen_keys(&s, "e7");
		snprintf(name, sizeof name, "held-form-%s", sizes[i].name);
		screen_expect(&s, name);
		screen_close(&s);
	}
	open_holding(&s, 24, 80, form_head, form_body);
	screen_keys(&s, "e7");
	screen_keys(&s, "G\r\x15pin=2\rq"); /* the last one changes */
	screen_keys(&s, "4G\r\x15q=2\rq");
	screen_keys(&s, "a");
	const struct intent_message *m = last(INTENT_RESUME)->message;
	assert_true(head_has(m, "POST /login?flag&empty=&q=2 HTTP/1.1\r\n"));
	body_of(m, "user=a%20b&token=&remember&pin=2");
	screen_close(&s);
	/* Asked for and answered as they are, they do not change either. */
	open_holding(&s, 24, 80, form_head, form_body);
	screen_keys(&s, "e4\r\rj\r\rq7j\r\rj\r\rqa");
	assert_null(last(INTENT_RESUME)->message);
	screen_close(&s);
}

static void
test_what_is_no_form(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "e7");
	assert_string_equal(s.app->toast, "the body is no form: 3 edits it as text");
	screen_close(&s);
}

static void
expect_status(struct screen *s, const char *words, bool there)
{
	struct buf out;

	s->app->toast[0] = '\0';
	app_draw(s->app);
	screen_dump(s, &out);
	assert_int_equal(strstr(out.p, words) != NULL, there);
	buf_fini(&out);
}

static void
test_json_is_judged(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 100);
	screen_keys(&s, "e");
	expect_status(&s, "body parses as JSON", true);
	screen_keys(&s, "3\x05,\x1b"); /* {, */
	expect_status(&s, "body is not JSON any more: line 1", true);
	screen_keys(&s, "u");
	expect_status(&s, "body parses as JSON", true);
	screen_close(&s);
	open_holding(&s, 24, 100, form_head, form_body);
	screen_keys(&s, "e");
	expect_status(&s, "JSON", false);
	screen_close(&s);
}

static void
test_an_edit_is_refused_and_kept(void **state)
{
	struct screen s;
	struct buf out;

	(void)state;
	open_held(&s, 24, 80);
	unsigned before = ntold;
	screen_keys(&s, "e1\x15no request line\ra");
	assert_int_equal(ntold, before);
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "no request line"));
	buf_fini(&out);
	/* Left and come back: still there; undone: as it came. */
	screen_keys(&s, "qe");
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "no request line"));
	buf_fini(&out);
	screen_keys(&s, "ua");
	assert_null(last(INTENT_RESUME)->message);
	screen_close(&s);
}

static void
test_answer(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "es1\x15HTTP/1.1 503 No\r3later\x1b");
	screen_keys(&s, "a");
	const struct intent *i = last(INTENT_ANSWER);
	assert_int_equal(i->flow, HELD_KEY);
	assert_true(head_has(i->message, "HTTP/1.1 503 No\r\n"));
	assert_true(head_has(i->message, "Content-Length: 5\r\n"));
	body_of(i->message, "later");
	screen_close(&s);
}

static void
test_again(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "r");
	const struct intent *i = last(INTENT_SEND);
	assert_string_equal(i->send->host, "api.example.test");
	assert_int_equal(i->send->port, 443);
	assert_true(i->send->tls);
	assert_true(i->send->tag > 0);
	body_of(i->send->message, "{\n \"qty\": 3\n}");
	cmd_run(s.app, "new PUT http://[::1]:81/x?y");
	screen_keys(&s, "a");
	i = last(INTENT_SEND);
	assert_string_equal(i->send->host, "::1");
	assert_int_equal(i->send->port, 81);
	assert_false(i->send->tls);
	assert_true(head_has(i->send->message, "PUT /x?y HTTP/1.1\r\nHost: [::1]:81\r\n"));
	assert_int_equal(i->send->tag, 0);
	screen_close(&s);
}

static void
test_repeat(void **state)
{
	struct screen s;
	uint64_t t = FIXTURE_MONO_NS;

	(void)state;
	open_held(&s, 24, 80);
	unsigned before = ntold;
	cmd_run(s.app, "repeat 3 2s");
	assert_int_equal(ntold, before);
	assert_int_equal(flow_repeat_turn(s.app, t), 2000);
	assert_int_equal(ntold, before + 1);
	assert_true(flow_repeat_turn(s.app, t + 1000000000) <= 1001);
	assert_int_equal(ntold, before + 1);
	flow_repeat_turn(s.app, t + 2000000000);
	flow_repeat_turn(s.app, t + 4000000000);
	assert_int_equal(ntold, before + 3);
	assert_int_equal(flow_repeat_turn(s.app, t + 9000000000), -1);
	cmd_run(s.app, "repeat 5 1s");
	flow_repeat_turn(s.app, t);
	screen_keys(&s, "\x03");
	assert_int_equal(flow_repeat_turn(s.app, t + 9000000000), -1);
	assert_int_equal(ntold, before + 4);
	cmd_run(s.app, "repeat -1");
	cmd_run(s.app, "repeat 1 never");
	assert_int_equal(flow_repeat_turn(s.app, t + 9000000000), -1);
	screen_close(&s);
}

static void
test_reading_only(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	s.fx.source.intend = NULL;
	unsigned before = ntold;
	screen_keys(&s, "raAX");
	cmd_run(s.app, "new GET http://h/");
	cmd_run(s.app, "repeat 2");
	cmd_run(s.app, "break path ~ x");
	assert_int_equal(ntold, before);
	screen_close(&s);
}

/* ---- the text editor's machine ---- */

static void
typed(const char *text, const int *key, const char *want)
{
	struct editor e;

	editor_init(&e, span_str(text));
	for (; *key; key++)
		editor_key(&e, *key, 3);
	assert_int_equal(e.text.n, strlen(want));
	assert_memory_equal(e.text.p ? e.text.p : "", want, e.text.n);
	editor_fini(&e);
}

static void
test_editor(void **state)
{
	(void)state;
	typed("", (const int[]){'a', 0x65e5, KEYC_ENTER, 'b', KEYC_TAB, 0}, "a日\nb\t");
	typed("one\ntwo", (const int[]){KEYC_DOWN, KEYC_END, KEYC_BACKSPACE, 0}, "one\ntw");
	typed("one\ntwo", (const int[]){KEYC_DOWN, KEYC_BACKSPACE, 0}, "onetwo");
	typed("one\r\ntwo\r\n", (const int[]){KEYC_END, KEYC_ENTER, 'x', 0}, "one\r\nx\r\ntwo\r\n");
	typed("one\r\ntwo", (const int[]){KEYC_END, KEYC_DELETE, 0}, "onetwo");
	typed("one\ntwo\n", (const int[]){KEY_CTRL_OF('k'), KEY_CTRL_OF('k'), 0}, "two\n");
	typed("one two", (const int[]){KEYC_END, KEY_CTRL_OF('u'), 0}, "");
	typed("e\xcc\x81x", (const int[]){KEYC_RIGHT, KEYC_BACKSPACE, 0}, "x");
	typed("\xff\xfe", (const int[]){KEYC_RIGHT, KEYC_DELETE, 0}, "\xff");
	typed("abc\nd\nefg", (const int[]){KEYC_END, KEYC_DOWN, KEYC_DOWN, 'x', 0}, "abc\nd\nefgx");
	typed("a", (const int[]){KEYC_UP, KEYC_PGUP, KEYC_PGDN, KEYC_LEFT, KEYC_LEFT, KEYC_RIGHT, KEYC_RIGHT, KEYC_RIGHT, 'b', 0}, "ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rule_lines),
	    cmocka_unit_test(test_editor),
	    cmocka_unit_test(test_rules_are_told),
	    cmocka_unit_test(test_resume),
	    cmocka_unit_test(test_edited),
	    cmocka_unit_test(test_ways_in),
	    cmocka_unit_test(test_fixlen),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_body_from_a_file),
	    cmocka_unit_test(test_the_queue_opens_what_is_held),
	    cmocka_unit_test(test_form_and_query),
	    cmocka_unit_test(test_what_is_no_form),
	    cmocka_unit_test(test_json_is_judged),
	    cmocka_unit_test(test_an_edit_is_refused_and_kept),
	    cmocka_unit_test(test_answer),
	    cmocka_unit_test(test_again),
	    cmocka_unit_test(test_repeat),
	    cmocka_unit_test(test_reading_only),
	    cmocka_unit_test(test_screens),
	};

	setenv("TZ", "UTC", 1);
	setlocale(LC_ALL, "C.UTF-8");
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	forget();
	return r;
}
