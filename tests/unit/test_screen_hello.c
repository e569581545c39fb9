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

enum { INTENTS_MAX = 64, HELD_KEY = 7001 };

static struct intent *told[INTENTS_MAX];
static unsigned ntold;

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
tell(struct fixture *fx, void *fact, enum fact_type type)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->conn = f->flow = HELD_KEY;
	f->mono_ns = FIXTURE_MONO_NS;
	flow_store_apply(fx->store, f);
	free(fact);
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
	tell(fx, v, FACT_CONN_HELLO);
	h->rule = 1;
	h->hello = true;
	tell(fx, h, FACT_HELD);
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
	clock_stop(FIXTURE_MONO_NS + 3000000000, FIXTURE_WALL_NS + 3000000000);
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
