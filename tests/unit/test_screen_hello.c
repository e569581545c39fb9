/* SPDX-License-Identifier: MIT
 * A connection that is held after its ClientHello: screens compared with tests/unit/screens (UPDATE=1 rewrites those), and what the engine
 * is told. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_intent.h"
#include "screen_fixture.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/held_queue.h"

enum { INTENTS_MAX = 64, HELD_KEY = 7001, MANY = 200 };

static struct intent *told[INTENTS_MAX];
static unsigned ntold;
static uint64_t key = HELD_KEY;

static void
record(void *arg, struct intent *i)
{
	(void)arg;
	assert_true(ntold < INTENTS_MAX);
	told[ntold++] = i;
}

static const struct intent *
last(enum intent_type type)
{
	assert_true(ntold > 0);
	assert_int_equal(told[ntold - 1]->type, type);
	return told[ntold - 1];
}

static void
tell_at(struct fixture *fx, void *fact, enum fact_type type, uint64_t mono_ns)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->conn = f->flow = key;
	f->mono_ns = mono_ns;
	flow_store_apply(fx->store, f);
	free(fact);
}

static void
tell(struct fixture *fx, void *fact, enum fact_type type)
{
	tell_at(fx, fact, type, FIXTURE_MONO_NS);
}

static void
hold(struct fixture *fx)
{
	static const char host[] = "api.example.test";
	struct fact_conn_open *c = mem_zalloc(sizeof *c);
	struct fact_flow_open *o = mem_zalloc(sizeof *o + sizeof host);
	struct fact_conn_hello *v = mem_zalloc(sizeof *v);
	struct fact_held *h = mem_zalloc(sizeof *h);

	c->wall_ns = o->wall_ns = FIXTURE_WALL_NS;
	snprintf(c->client, sizeof c->client, "10.0.0.7:51072");
	snprintf(c->listener, sizeof c->listener, "*:8080");
	tell(fx, c, FACT_CONN_OPEN);
	o->proto = FLOW_TLS;
	o->tls = true;
	o->port = 443;
	o->host_n = sizeof host - 1;
	memcpy(o->host, host, o->host_n);
	tell(fx, o, FACT_FLOW_OPEN);
	snprintf(v->sni, sizeof v->sni, "%s", host);
	snprintf(v->alpn, sizeof v->alpn, "h2,http/1.1");
	snprintf(v->versions, sizeof v->versions, "1.3 1.2");
	tell_at(fx, v, FACT_CONN_HELLO, FIXTURE_MONO_NS + 2000000);
	h->rule = 1;
	h->hello = true;
	tell_at(fx, h, FACT_HELD, FIXTURE_MONO_NS + 2000000);
}

static void
open_held(struct screen *s, int rows, int cols)
{
	while (ntold)
		intent_free(told[--ntold]);
	screen_open(s, "xterm-256color", rows, cols);
	s->fx.source.intend = record;
	app_tick(s->app);
	fixture_add_gallery(&s->fx);
	clock_stop(FIXTURE_MONO_NS, FIXTURE_WALL_NS);
	app_draw(s->app);
	cmd_run(s->app, "break hello host ~ api");
	hold(&s->fx);
	clock_stop(FIXTURE_MONO_NS + 3002000000, FIXTURE_WALL_NS + 3002000000);
	s->app->toast[0] = '\0';
	app_tick(s->app);
	screen_keys(s, "G");
}

static void
in_sizes(const char *what, const char *keys)
{
	static const struct {
		const char *name;
		int rows, cols;
	} sizes[] = {{"80x24", 24, 80}, {"120x36", 36, 120}, {"40x10", 10, 40}, {"20x5", 5, 20}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct screen s;
		char name[64];
		open_held(&s, sizes[i].rows, sizes[i].cols);
		screen_keys(&s, keys);
		snprintf(name, sizeof name, "%s-%s", what, sizes[i].name);
		screen_expect(&s, name);
		screen_close(&s);
	}
}

static void
test_screens(void **state)
{
	(void)state;
	in_sizes("hello-list", "");
	in_sizes("hello-tls", "\r3"); /* Enter opens the flow: there is nothing to edit */
	in_sizes("hello-rules", "i");
	in_sizes("hello-edit", "e");
	in_sizes("hello-words", "iihe");
}

static void
test_it_is_let_go(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	assert_int_equal(last(INTENT_RULES)->rules[0].phases, INTENT_ON_HELLO);
	screen_keys(&s, "a");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY);
	assert_false(last(INTENT_RESUME)->pass);
	screen_keys(&s, "A");
	assert_false(last(INTENT_RESUME)->pass);
	screen_keys(&s, "Pn");
	assert_false(last(INTENT_RESUME)->pass);
	screen_keys(&s, "Py");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY);
	assert_true(last(INTENT_RESUME)->pass);
	screen_keys(&s, "X");
	assert_int_equal(last(INTENT_KILL)->flow, HELD_KEY);
	screen_close(&s);
}

/* Its time is a step of its own, and none of the handshakes'. */
static void
test_its_time_is_a_step(void **state)
{
	static const char host[] = "api.example.test";
	const uint64_t ms = 1000000;

	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		struct screen s;
		struct fact_state *v = mem_zalloc(sizeof *v);
		struct fact_conn_tls *t = mem_zalloc(sizeof *t);
		struct fact_flow_end *e = mem_zalloc(sizeof *e);
		open_held(&s, wide ? 36 : 24, wide ? 120 : 80);
		v->state = FLOW_S_CONNECT;
		v->proto = FLOW_TLS;
		tell_at(&s.fx, v, FACT_STATE, FIXTURE_MONO_NS + 2502 * ms);
		t->side = FLOW_SERVER;
		t->handshake_us = 9000;
		snprintf(t->version, sizeof t->version, "TLSv1.3");
		snprintf(t->san, sizeof t->san, "%s", host);
		t->ok = true;
		tell_at(&s.fx, t, FACT_CONN_TLS, FIXTURE_MONO_NS + 2511 * ms);
		e->state = FLOW_S_ERROR;
		tell_at(&s.fx, e, FACT_FLOW_END, FIXTURE_MONO_NS + 2600 * ms);
		screen_keys(&s, "\r4");
		screen_expect(&s, wide ? "hello-timing-120x36" : "hello-timing-80x24");
		screen_close(&s);
	}
}

/* More than any screen shows. */
static void
test_many_are_held(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 36, 120);
	for (key = HELD_KEY + 1; key < HELD_KEY + MANY; key++)
		hold(&s.fx);
	key = HELD_KEY;
	app_tick(s.app);
	screen_keys(&s, "i");
	screen_expect(&s, "hello-many-120x36");
	screen_keys(&s, "Ga");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY + HELD_QUEUE_MAX - 1);
	screen_keys(&s, "jka");
	assert_int_equal(last(INTENT_RESUME)->flow, HELD_KEY + HELD_QUEUE_MAX - 2);
	while (ntold)
		intent_free(told[--ntold]);
	screen_keys(&s, "eq\tgA");
	assert_int_equal(ntold, 0); /* it is asked first: there are many */
	screen_close(&s);
}

/* The question outlives what it was about. */
static void
test_it_may_be_over_when_answered(void **state)
{
	struct screen s;
	struct fact_state *v = mem_zalloc(sizeof *v);

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "P");
	v->state = FLOW_S_CONNECT;
	v->proto = FLOW_TLS;
	tell(&s.fx, v, FACT_STATE);
	unsigned before = ntold;
	screen_keys(&s, "y");
	assert_int_equal(ntold, before);
	assert_non_null(strstr(s.app->toast, "held no more"));
	screen_close(&s);
}

static void
test_a_failed_handshake_proposes_the_rule(void **state)
{
	struct screen s;

	(void)state;
	open_held(&s, 24, 80);
	screen_keys(&s, "gjj\r3i");
	screen_expect(&s, "hello-proposed-80x24");
	screen_keys(&s, "\r");
	const struct intent *i = last(INTENT_RULES);
	assert_int_equal(i->nrules, 2);
	assert_int_equal(i->rules[1].phases, INTENT_ON_HELLO);
	assert_string_equal(i->rules[1].expr, "sni = bank.example.test");
	screen_keys(&s, "1i"); /* elsewhere it is the list of rules */
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_RULES);
	screen_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_screens),
	    cmocka_unit_test(test_it_is_let_go),
	    cmocka_unit_test(test_its_time_is_a_step),
	    cmocka_unit_test(test_many_are_held),
	    cmocka_unit_test(test_it_may_be_over_when_answered),
	    cmocka_unit_test(test_a_failed_handshake_proposes_the_rule),
	};

	setenv("TZ", "UTC", 1);
	setenv("HOME", "/home/u", 1);
	unsetenv("NO_COLOR");
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		fprintf(stderr, "SKIP: no locale C.UTF-8 here\n");
		return 77;
	}
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	while (ntold)
		intent_free(told[--ntold]);
	return r;
}
