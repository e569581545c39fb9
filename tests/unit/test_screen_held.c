/* SPDX-License-Identifier: MIT
 * Held, edited, repeated and commented flows and the event log, drawn into memory and compared with tests/unit/screens. UPDATE=1 rewrites
 * those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_intent.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/term.h"
#include "screen_fixture.h"

static void
tell(struct fixture *fx, void *fact, enum fact_type type, flow_key flow, unsigned ms)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->flow = flow;
	f->mono_ns = FIXTURE_MONO_NS + ms * 1000000ull;
	flow_store_apply(fx->store, f);
	free(fact);
}

static void
tell_head(struct fixture *fx, enum fact_type type, flow_key flow, enum flow_dir dir, const char *text)
{
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);
	const char *host = strstr(text, "Host: "), *type_at = strstr(text, "Content-Type: ");

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->dir = (uint8_t)dir;
	h->wall_ns = FIXTURE_WALL_NS;
	h->port = 80;
	if (dir == FLOW_REQUEST) {
		h->method_n = (uint32_t)strcspn(text, " ");
		h->path_off = h->method_n + 1;
		h->path_n = (uint32_t)strcspn(text + h->path_off, " ");
		h->host_off = (uint32_t)(host + 6 - text);
		h->host_n = (uint32_t)strcspn(host + 6, "\r");
		h->state = FLOW_S_WAIT;
	} else {
		h->status = (uint16_t)atoi(text + 9);
		h->state = FLOW_S_BODY;
	}
	if (type_at) {
		h->type_off = (uint32_t)(type_at + 14 - text);
		h->type_n = (uint32_t)strcspn(type_at + 14, "\r");
	}
	tell(fx, h, type, flow, 10);
}

static void
tell_body(struct fixture *fx, flow_key flow, enum flow_dir dir, const char *text)
{
	size_t n = strlen(text);
	struct fact_body *b = mem_zalloc(sizeof *b + n + 1);

	b->dir = (uint8_t)dir;
	b->n = b->kept_n = (uint32_t)n;
	memcpy(b->data, text, n);
	tell(fx, b, FACT_BODY, flow, 11);
}

static void
tell_held(struct fixture *fx, flow_key flow, unsigned ms)
{
	struct fact_held *h = mem_zalloc(sizeof *h);

	h->rule = 3;
	tell(fx, h, FACT_HELD, flow, ms);
}

static void
tell_open(struct fixture *fx, flow_key flow)
{
	struct fact_flow_open *o = mem_zalloc(sizeof *o + 1);

	o->proto = FLOW_TLS;
	tell(fx, o, FACT_FLOW_OPEN, flow, 70);
}

static void
tell_end(struct fixture *fx, flow_key flow)
{
	struct fact_flow_end *e = mem_zalloc(sizeof *e);

	e->state = FLOW_S_DONE;
	tell(fx, e, FACT_FLOW_END, flow, 90);
}

static void
tell_sent(struct fixture *fx, flow_key flow, uint64_t tag)
{
	struct fact_sent *v = mem_zalloc(sizeof *v);

	v->tag = tag;
	tell(fx, v, FACT_SENT, flow, 1);
}

static const char order[] = "POST /v1/orders HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/json\r\n"
			    "Content-Length: 38\r\nX-Request-Id: 42\r\n\r\n";
static const char order_edited[] = "POST /v2/orders HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/json\r\n"
				   "Content-Length: 38\r\nX-A-Much-Longer-Name: yes\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n";

/* #1 edited, commented and marked, #2 repeats it, #3 and #4 are held. */
static void
fill(struct fixture *fx)
{
	struct errmsg why;

	tell_head(fx, FACT_REQUEST, 1, FLOW_REQUEST, order);
	tell_body(fx, 1, FLOW_REQUEST, "{\"item\": \"tea\", \"price\": 4, \"count\": 1}");
	tell_head(fx, FACT_EDIT, 1, FLOW_REQUEST, order_edited);
	tell_body(fx, 1, FLOW_REQUEST, "{\"item\": \"tea\", \"price\": 1, \"count\": 1}");
	tell_head(fx, FACT_RESPONSE, 1, FLOW_RESPONSE, answer);
	tell_body(fx, 1, FLOW_RESPONSE, "taken");
	tell_end(fx, 1);
	tell_sent(fx, 2, 1);
	tell_head(fx, FACT_REQUEST, 2, FLOW_REQUEST, order);
	tell_head(fx, FACT_RESPONSE, 2, FLOW_RESPONSE, answer);
	tell_body(fx, 2, FLOW_RESPONSE, "taken");
	tell_end(fx, 2);
	tell_head(fx, FACT_REQUEST, 3, FLOW_REQUEST, order);
	tell_held(fx, 3, 1000);
	tell_head(fx, FACT_REQUEST, 4, FLOW_REQUEST, order);
	tell_held(fx, 4, 9000);
	assert_int_equal(flow_store_comment(fx->store, 1, "the price is not checked\x1b", &why), 0);
	flow_store_mark(fx->store, 1, true);
}

static void
screen_start(struct screen *s, int rows, int cols)
{
	screen_open(s, "xterm-256color", rows, cols);
	clock_stop(FIXTURE_MONO_NS + 13500000000ull, FIXTURE_WALL_NS);
	fill(&s->fx);
	app_tick(s->app);
	app_draw(s->app);
}

static void
screen_sizes(const char *name, const char *keys)
{
	static const int size[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}, {3, 10}};
	char file[80];
	struct screen s;

	for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
		screen_start(&s, size[i][0], size[i][1]);
		screen_keys(&s, keys);
		s.app->toast[0] = '\0';
		snprintf(file, sizeof file, "%s-%dx%d", name, size[i][1], size[i][0]);
		screen_expect(&s, file);
		screen_close(&s);
	}
}

static void
expect(struct screen *s, const char *words, bool there)
{
	struct buf out;

	screen_dump(s, &out);
	if ((strstr(out.p, words) != NULL) != there)
		fail_msg("%s is %son the screen:\n%s", words, there ? "not " : "", out.p);
	buf_fini(&out);
}

static void
test_lists(void **state)
{
	(void)state;
	screen_sizes("held-list", "g");
	screen_sizes("held-detail", "gjj\r");
	screen_sizes("held-help", "h");
	screen_sizes("replay", "gj\r");
	screen_sizes("replay-conn", "gj\r5");
	screen_sizes("edited-comment", "g;");
}

static void
take_intent(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

/* Of several held messages the edit screen says which this is; a held ClientHello is none of them. */
static void
test_which_of_them(void **state)
{
	struct screen s;
	struct fact_held *hello = mem_zalloc(sizeof *hello);

	(void)state;
	screen_start(&s, 24, 80);
	s.fx.source.intend = take_intent;
	hello->hello = true;
	tell_open(&s.fx, 77);
	tell(&s.fx, hello, FACT_HELD, 77, 80);
	app_tick(s.app);
	screen_keys(&s, "gjje");
	expect(&s, "HELD request 1 of 2   #3", true);
	screen_keys(&s, "J");
	expect(&s, "HELD request 2 of 2   #4", true);
	screen_keys(&s, "J");
	expect(&s, "HELD request 1 of 2   #3", true);
	screen_close(&s);
}

/* Clients, held flows, and an engine that can drain. */
static void
test_leaving(void **state)
{
	static const struct {
		const char *name, *keys;
	} shots[] = {{"quit-held", "gq"}, {"draining", "gqgj"}, {"quit-draining", "gqgq"}};
	static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};
	char name[64];

	(void)state;
	for (unsigned i = 0; i < sizeof shots / sizeof *shots; i++) {
		for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			struct screen s;
			screen_open(&s, "xterm-256color", sizes[k][0], sizes[k][1]);
			fill(&s.fx);
			s.fx.source.intend = take_intent;
			s.fx.figures.client_open = 3;
			screen_keys(&s, shots[i].keys);
			snprintf(name, sizeof name, "%s-%dx%d", shots[i].name, sizes[k][1], sizes[k][0]);
			screen_expect(&s, name);
			screen_close(&s);
		}
	}
}

static void
test_versions(void **state)
{
	(void)state;
	screen_sizes("edited", "g\r1");
	screen_sizes("edited-original", "g\r1R");
	screen_sizes("edited-diff", "g\r1RR");
	screen_sizes("edited-conn", "g\r5");
}

/* R goes round, says why it cannot, and a message without an original is shown as it is. */
static void
test_round(void **state)
{
	struct screen s;

	(void)state;
	screen_start(&s, 24, 80);
	screen_keys(&s, "g\r1RRR");
	expect(&s, "headers 4, edited", true);
	screen_keys(&s, "R2");
	expect(&s, "headers 2 ", true);
	screen_keys(&s, "R");
	assert_string_equal(s.app->toast, "the response was not edited");
	screen_keys(&s, "3R");
	assert_string_equal(s.app->toast, "R shows what was edited: in Request, Response and Messages");
	screen_keys(&s, "1J");
	expect(&s, "headers 4 ", true);
	screen_keys(&s, "K");
	expect(&s, "headers 4, original", true);
	screen_close(&s);
}

static void
test_clock(void **state)
{
	struct screen s;

	(void)state;
	screen_start(&s, 24, 80);
	expect(&s, "HELD 2 oldest 12s | ", true);
	expect(&s, "   2 HELD,", true);
	app_tick(s.app);
	s.app->dirty = false;
	clock_stop(FIXTURE_MONO_NS + 13900000000ull, FIXTURE_WALL_NS);
	assert_in_range(app_tick(s.app), 90, 102);
	assert_false(s.app->dirty);
	clock_stop(FIXTURE_MONO_NS + 14000000000ull, FIXTURE_WALL_NS);
	app_tick(s.app);
	assert_true(s.app->dirty);
	expect(&s, "HELD 2 oldest 13s | ", true);
	clock_stop(FIXTURE_MONO_NS + 201000000000ull, FIXTURE_WALL_NS);
	expect(&s, "HELD 2 oldest 3m20 | ", true);
	/* Whatever is open. */
	screen_keys(&s, "E");
	expect(&s, "HELD 2 oldest 3m20 | event", true);
	tell_end(&s.fx, 3);
	expect(&s, "HELD 1 oldest 3m12 | event", true);
	tell_end(&s.fx, 4);
	expect(&s, "HELD", false);
	screen_close(&s);
}

static void
test_comment_and_copy(void **state)
{
	struct screen s;
	char keys[32];

	(void)state;
	screen_start(&s, 24, 80);
	snprintf(keys, sizeof keys, "gj;mine%c", '\r');
	screen_keys(&s, keys);
	assert_string_equal(s.app->toast, "comment on flow 2");
	assert_string_equal(flow_store_find(s.fx.store, 2)->comment, "mine");
	/* It begins with what is there, and can be cleared. */
	snprintf(keys, sizeof keys, ";%c\r", KEY_CTRL_OF('u'));
	screen_keys(&s, keys);
	assert_string_equal(s.app->toast, "no comment on flow 2 any more");
	assert_null(flow_store_find(s.fx.store, 2)->comment);
	screen_keys(&s, "gD");
	assert_string_equal(s.app->toast, "flow 5 is a copy of flow 1");
	expect(&s, "5 total", true);
	screen_keys(&s, "G\r");
	expect(&s, "#5   POST http://api.example.test/v2/orders   ; the price", true);
	screen_close(&s);
}

static void
fill_events(struct screen *s)
{
	flow_store_event(s->fx.store, FLOW_EVENT_INFO, 0, "rule 3 is on: method=POST and host~api");
	flow_store_event(s->fx.store, FLOW_EVENT_WARNING, 2, "held 5 s by rule 3, then let go by itself");
	flow_store_event(s->fx.store, FLOW_EVENT_ERROR, 0,
	    "cannot write /var/tmp/session: No space left on device; what has come since is kept in memory as long as "
	    "there is room, and is written when the disk has some again");
	flow_store_event(s->fx.store, FLOW_EVENT_WARNING, 1, "title \x1b]0;PWNED\x07 from a peer");
}

static void
expect_shown(struct screen *s, const char *line, const char *toast, const char *title)
{
	struct buf out;

	s->app->toast[0] = '\0';
	cmd_run(s->app, line);
	app_draw(s->app);
	assert_string_equal(s->app->toast, toast);
	screen_dump(s, &out);
	assert_non_null(strstr(out.p, title));
	buf_fini(&out);
}

/* #2 repeats #1, and says so. */
static void
test_replay_and_goto(void **state)
{
	struct screen s;

	(void)state;
	screen_start(&s, 24, 80);
	screen_keys(&s, "g");
	expect_shown(&s, "goto 2", "", "sort ID");
	expect_shown(&s, "sort activity", "the list has no order by ACTIVITY: S lists what it can be sorted by", "S lists");
	screen_keys(&s, "\r");
	expect_shown(&s, "goto 1", "", "#1 ");
	expect_shown(&s, "goto 99", "there is no flow 99: they are 1 to 4", "#1 ");
	expect_shown(&s, "goto x", "goto N: the number of a flow, as in column ID", "#1 ");
	expect_shown(&s, "goto 2", "", "#2 ");
	screen_keys(&s, "5&");
	for (int i = 0; i < 10; i++)
		app_tick(s.app);
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_COMPARE);
	expect_shown(&s, "goto 1", "goto is for the list of flows and the view of one: q goes back", "#2");
	screen_close(&s);
}

static void
test_event_log(void **state)
{
	static const int size[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}, {3, 10}};
	char file[80];
	struct screen s;

	(void)state;
	screen_sizes("events-empty", "E");
	for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
		screen_start(&s, size[i][0], size[i][1]);
		fill_events(&s);
		screen_keys(&s, "Ek");
		snprintf(file, sizeof file, "events-%dx%d", size[i][1], size[i][0]);
		screen_expect(&s, file);
		screen_close(&s);
	}
}

static void
test_event_keys(void **state)
{
	struct screen s;

	(void)state;
	screen_start(&s, 24, 80);
	screen_keys(&s, "E\r");
	assert_string_equal(s.app->toast, "there is no event yet");
	fill_events(&s);
	s.app->toast[0] = '\0';
	expect(&s, "event 4/4 | follow on", true);
	screen_keys(&s, "k\r");
	assert_string_equal(s.app->toast, "this event is not about one flow");
	expect(&s, "follow off, 0 new below", false); /* the toast stands there */
	screen_keys(&s, "/LET GO\r");
	assert_string_equal(s.app->toast, "No match for LET GO");
	screen_keys(&s, "/let go\r");
	screen_keys(&s, "\r");
	expect(&s, "#2 @ POST", true);
	/* E leads back to the same log; the list has followed. */
	screen_keys(&s, "E");
	assert_int_equal(s.app->nviews, 2);
	screen_keys(&s, "n");
	assert_string_equal(s.app->toast, "search wrapped");
	flow_store_event(s.fx.store, FLOW_EVENT_INFO, 0, "one more");
	app_turn(s.app);
	assert_true(s.app->dirty);
	expect(&s, "one more", true);
	s.app->toast[0] = '\0';
	expect(&s, "event 2/5 | follow off", true);
	screen_keys(&s, "F");
	expect(&s, "event 5/5 | follow on", true);
	screen_keys(&s, "q\r");
	expect(&s, "#2 @ POST", true);
	screen_close(&s);
}

/* Far more than the ring holds. */
static void
test_event_flood(void **state)
{
	struct screen s;
	char text[32];

	(void)state;
	screen_start(&s, 24, 80);
	screen_keys(&s, "E");
	for (int i = 1; i <= 3 * FLOW_EVENTS_MAX; i++) {
		snprintf(text, sizeof text, "line %d.", i);
		flow_store_event(s.fx.store, FLOW_EVENT_INFO, 0, text);
		if (i == FLOW_EVENTS_MAX / 2) {
			app_draw(s.app);
			screen_keys(&s, "k");
		}
	}
	expect(&s, "event 1/10000 | follow off", true);
	expect(&s, "line 20001.", true);
	screen_keys(&s, "G");
	expect(&s, "line 30000.", true);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_which_of_them),
	    cmocka_unit_test(test_leaving),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_clock),
	    cmocka_unit_test(test_comment_and_copy),
	    cmocka_unit_test(test_replay_and_goto),
	    cmocka_unit_test(test_event_log),
	    cmocka_unit_test(test_event_keys),
	    cmocka_unit_test(test_event_flood),
	};

	setenv("TZ", "UTC", 1);
	setenv("HOME", "/home/u", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
