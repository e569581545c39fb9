/* SPDX-License-Identifier: MIT
 * The detail screen's tabs and the help, drawn into memory and compared with tests/unit/screens.
 * UPDATE=1 rewrites those. */
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
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/mouse.h"
#include "ui/term.h"
#include "screen_fixture.h"

/* {"error":"invalid_grant", ...} as a server sends it. */
static const char token_gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x55\x8e\xbd\x0a\xc2\x30"
				 "\x14\x85\xdf\x25\xae\xda\xfa\x37\x48\x5f\x26\xc4\x26\xda\x40\x6d"
				 "\x6b\x72\x2b\x4a\xe9\x90\x56\xb0\x4a\x07\x57\x41\x70\x73\xd4\xc1"
				 "\x49\x10\x5f\xe6\xa2\xe0\x5b\x18\x75\x72\x3d\x7c\xe7\x3b\x27\x23"
				 "\x42\xa9\x58\x11\x8f\xc8\x68\xc6\x42\xc9\xe9\x58\xb1\x08\x48\xf3"
				 "\x97\x53\x2e\xb4\xaf\x64\x02\x32\x8e\x2c\x83\x65\x85\xe5\x0d\x8b"
				 "\x33\x96\x17\x34\xa7\xe7\x7e\xfd\xd8\x5c\x9f\xfb\xc3\x6b\xb7\x45"
				 "\x53\x3f\xaa\x15\x16\x35\x9a\x23\x9a\x25\x9a\x3b\x9a\x9d\xd5\x28"
				 "\x31\x4d\x85\x06\x2a\xb9\xed\x0f\x07\x7e\xa7\xd5\xef\x7e\x63\x50"
				 "\x0b\xca\x46\x20\xec\x76\xaf\xdd\x24\x3c\xf6\x35\xf1\x32\x92\xaa"
				 "\xd0\x82\x01\x40\xa2\x3d\xd7\x65\x29\x04\x8e\x98\xb3\x49\x12\x0a"
				 "\x07\xac\xc7\xfd\x70\xee\xf7\x9b\x6e\xfc\x5f\xce\xf3\x37\xc7\x8f"
				 "\xfe\x44\xcd\x00\x00\x00";

/* ---- facts ---- */

/* A flow being told: facts at milliseconds since the connection was accepted. */
struct tale {
	struct fixture *fx;
	uint64_t begin_ns;
	flow_key conn, flow;
};

static void
tell(struct tale *t, void *fact, enum fact_type type, double ms)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->conn = t->conn;
	f->flow = t->flow;
	f->mono_ns = t->begin_ns + (uint64_t)(ms * 1e6);
	flow_store_apply(t->fx->store, f);
	free(fact);
}

static struct tale
tell_accept(struct fixture *fx)
{
	struct tale t = {
	    .fx = fx, .begin_ns = FIXTURE_MONO_NS, .conn = ++fx->keys, .flow = fx->keys};
	struct fact_conn_open *o = mem_zalloc(sizeof *o);

	o->wall_ns = FIXTURE_WALL_NS;
	snprintf(o->client, sizeof o->client, "10.0.0.7:51072");
	snprintf(o->listener, sizeof o->listener, "*:8080");
	tell(&t, o, FACT_CONN_OPEN, 0);
	return t;
}

static void
tell_server(struct tale *t, double ms)
{
	struct fact_conn_server *v = mem_zalloc(sizeof *v);

	v->dns_us = 400;
	v->connect_us = 1600;
	snprintf(v->server, sizeof v->server, "203.0.113.9:443");
	snprintf(v->local, sizeof v->local, "10.0.0.5:40112");
	tell(t, v, FACT_CONN_SERVER, ms);
}

static void
tell_hello(struct tale *t, double ms)
{
	struct fact_conn_hello *h = mem_zalloc(sizeof *h);

	snprintf(h->sni, sizeof h->sni, "auth.example.test");
	snprintf(h->alpn, sizeof h->alpn, "h2,http/1.1");
	snprintf(h->versions, sizeof h->versions, "1.3 1.2");
	snprintf(h->groups, sizeof h->groups, "X25519MLKEM768 X25519 P-256 P-384");
	snprintf(h->ja4, sizeof h->ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	tell(t, h, FACT_CONN_HELLO, ms);
}

static void
tell_tls(struct tale *t, enum flow_side side, unsigned us, const char *fail, double ms)
{
	struct fact_conn_tls *s = mem_zalloc(sizeof *s);

	s->side = (uint8_t)side;
	s->ok = s->verified = !fail;
	s->handshake_us = us;
	snprintf(s->version, sizeof s->version, "TLSv1.3");
	snprintf(s->cipher, sizeof s->cipher, "TLS_AES_256_GCM_SHA384");
	snprintf(s->alpn, sizeof s->alpn, "http/1.1");
	snprintf(s->alpn_offered, sizeof s->alpn_offered, "%s", side == FLOW_SERVER ? "http/1.1" : "");
	snprintf(s->leaf_key, sizeof s->leaf_key, "%s", side == FLOW_CLIENT ? "EC P-256" : "");
	snprintf(s->fail_class, sizeof s->fail_class, "%s", fail ? fail : "");
	snprintf(s->why, sizeof s->why, "%s", fail ? "the client does not trust the CA" : "");
	tell(t, s, FACT_CONN_TLS, ms);
}

static void
tell_open(struct tale *t, const char *host, double ms)
{
	size_t n = strlen(host);
	struct fact_flow_open *o = mem_zalloc(sizeof *o + n + 1);

	o->wall_ns = FIXTURE_WALL_NS;
	o->proto = FLOW_TLS;
	o->tls = true;
	o->port = 443;
	o->host_n = (uint16_t)n;
	memcpy(o->host, host, n);
	tell(t, o, FACT_FLOW_OPEN, ms);
}

static void
tell_request(struct tale *t, const char *target, bool tls, double ms)
{
	char *text = mem_printf("POST %s HTTP/1.1\r\nHost: auth.example.test\r\nContent-Type: "
				"application/x-www-form-urlencoded\r\n\r\n",
	    target);
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->wall_ns = FIXTURE_WALL_NS;
	h->tls = tls;
	h->port = tls ? 443 : 80;
	h->state = FLOW_S_REQUEST;
	h->method_n = 4;
	h->path_off = 5;
	h->path_n = (uint32_t)strlen(target);
	h->host_off = (uint32_t)(strstr(text, "auth.example") - text);
	h->host_n = 17;
	free(text);
	tell(t, h, FACT_REQUEST, ms);
}

static void
tell_body(struct tale *t, enum flow_dir dir, const char *p, size_t n, uint64_t passed, double ms)
{
	struct fact_body *b = mem_zalloc(sizeof *b + n + 1);

	b->dir = (uint8_t)dir;
	b->kept_n = (uint32_t)n;
	b->n = (uint32_t)passed;
	if (n)
		memcpy(b->data, p, n);
	tell(t, b, FACT_BODY, ms);
}

static void
tell_state(struct tale *t, enum flow_state state, unsigned status, double ms)
{
	struct fact_state *s = mem_zalloc(sizeof *s);

	s->state = (uint8_t)state;
	s->proto = FLOW_H1;
	s->status = (uint16_t)status;
	tell(t, s, FACT_STATE, ms);
}

static void
tell_response(struct tale *t, unsigned status, const char *fields, double ms)
{
	char *text = mem_printf(
	    "HTTP/1.1 %u %s\r\n%s\r\n", status, status == 200 ? "OK" : status == 101 ? "Switching Protocols" : "Unauthorized", fields);
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);
	const char *type = strstr(text, "Content-Type: ");

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->status = (uint16_t)status;
	h->state = FLOW_S_BODY;
	if (type) {
		h->type_off = (uint32_t)(type + 14 - text);
		h->type_n = (uint32_t)strcspn(type + 14, "\r");
	}
	free(text);
	tell(t, h, FACT_RESPONSE, ms);
}

static void
tell_end(struct tale *t, enum flow_state state, const char *why, double ms)
{
	size_t n = strlen(why);
	struct fact_flow_end *e = mem_zalloc(sizeof *e + n + 1);

	e->state = (uint8_t)state;
	e->why_n = (uint16_t)n;
	memcpy(e->text, why, n);
	tell(t, e, FACT_FLOW_END, ms);
}

static struct tale
tell_set_up(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_open(&t, "auth.example.test", 0.1);
	tell_server(&t, 2.4);
	tell_hello(&t, 2.9);
	tell_tls(&t, FLOW_SERVER, 9000, NULL, 11.9);
	tell_tls(&t, FLOW_CLIENT, 3200, NULL, 15.2);
	return t;
}

static void
tell_exchange(struct tale *t, double ms)
{
	tell_request(t, "/oauth/token", true, ms);
	tell_body(t, FLOW_REQUEST, "grant_type=refresh_token&refresh_token", 38, 38, ms + 0.2);
	tell_state(t, FLOW_S_WAIT, 0, ms + 0.2);
	tell_response(t, 401,
	    "Server: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 14:03:24 GMT\r\nContent-Type: "
	    "application/json\r\n"
	    "Content-Encoding: gzip\r\nX-Evil: a\x1b]0;PWNED\x07"
	    "b\x1b[31mred\r\nStrict-Transport-Security: max-age=0\r\n",
	    ms + 32.3);
	tell_body(
	    t, FLOW_RESPONSE, token_gzip, sizeof token_gzip - 1, sizeof token_gzip - 1, ms + 33.5);
	tell_end(t, FLOW_S_DONE, "", ms + 33.7);
}

/* The flow of the pictures in the design. */
static void
fill_token(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_exchange(&t, 15.3);
}

/* A second request on the same connection, and the first is not there any more. */
static void
fill_second(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_exchange(&t, 15.3);
	t.flow = ++fx->keys;
	tell_exchange(&t, 612.5);
}

/* The server is reached only when the request names it. */
static void
fill_plain_proxied(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_request(&t, "/plain", false, 0.2);
	tell_state(&t, FLOW_S_WAIT, 0, 0.2);
	tell_server(&t, 2.4);
	tell_response(&t, 200, "Content-Length: 0\r\n", 9.1);
	tell_end(&t, FLOW_S_DONE, "", 9.1);
}

static void
fill_client_failed(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_open(&t, "bank.example.test", 0.1);
	tell_server(&t, 2.4);
	tell_hello(&t, 2.9);
	tell_tls(&t, FLOW_SERVER, 9000, NULL, 11.9);
	tell_tls(&t, FLOW_CLIENT, 1100, "peer_untrusted", 13.1);
	tell_end(&t, FLOW_S_TLS_FAILED, "the client does not trust the CA", 13.1);
}

static void
fill_passed(struct fixture *fx)
{
	struct tale t = tell_accept(fx);
	static const char pattern[] = "*.example.test";
	struct fact_pass *p = mem_zalloc(sizeof *p + sizeof pattern);

	tell_open(&t, "auth.example.test", 0.1);
	tell_server(&t, 2.4);
	tell_hello(&t, 2.9);
	p->n = sizeof pattern - 1;
	memcpy(p->pattern, pattern, p->n);
	tell(&t, p, FACT_PASS, 2.9);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct fact_body *b = mem_zalloc(sizeof *b);
		b->dir = (uint8_t)dir;
		b->n = dir == FLOW_REQUEST ? 1738 : 90214;
		tell(&t, b, FACT_BODY, 20);
	}
	tell_end(&t, FLOW_S_PASS, "", 1400);
}

static void
fill_waiting(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	clock_stop(FIXTURE_MONO_NS + 3100000000, FIXTURE_WALL_NS + 3100000000);
	tell_request(&t, "/oauth/token", true, 15.3);
	tell_state(&t, FLOW_S_WAIT, 0, 15.4);
}

static void
tell_held(struct tale *t, enum flow_dir dir, double ms)
{
	struct fact_held *h = mem_zalloc(sizeof *h);

	h->dir = (uint8_t)dir;
	h->rule = 2;
	tell(t, h, FACT_HELD, ms);
}

/* Held in both directions. */
static void
fill_held(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_request(&t, "/held", false, 0.2);
	tell_held(&t, FLOW_REQUEST, 0.2);
	tell_state(&t, FLOW_S_WAIT, 0, 5000.2);
	tell_server(&t, 5002.0);
	tell_response(&t, 200, "Content-Length: 5\r\n", 5009.1);
	tell_body(&t, FLOW_RESPONSE, "hello", 5, 5, 5011.3);
	tell_held(&t, FLOW_RESPONSE, 5011.3);
	tell_state(&t, FLOW_S_BODY, 0, 7011.3);
	tell_end(&t, FLOW_S_DONE, "", 7011.3);
}

/* All phases there are. */
static void
fill_phases(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_request(&t, "/slow", true, 15.3);
	tell_body(&t, FLOW_REQUEST, "hello", 5, 5, 120);
	tell_state(&t, FLOW_S_WAIT, 0, 140);
	tell_response(&t, 200, "Content-Length: 5\r\n", 1509.1);
	tell_body(&t, FLOW_RESPONSE, "hello", 5, 5, 1611.3);
	tell_held(&t, FLOW_RESPONSE, 1611.3);
	tell_state(&t, FLOW_S_BODY, 0, 7011.3);
	tell_end(&t, FLOW_S_DONE, "", 7011.3);
}

static void
fill_held_now(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_request(&t, "/held", false, 0.2);
	tell_held(&t, FLOW_REQUEST, 0.2);
}

static void
fill_refused(struct fixture *fx)
{
	struct tale t = tell_accept(fx);

	tell_request(&t, "/gone", false, 0.2);
	tell_state(&t, FLOW_S_BODY, 502, 3.0);
	tell_end(&t, FLOW_S_ERROR, "cannot connect to 203.0.113.9:80: Connection refused", 3.1);
}

/* Bodies of which nothing, or a part, was recorded. */
static void
fill_shed(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_request(&t, "/big", true, 15.3);
	tell_body(&t, FLOW_REQUEST, NULL, 0, 52428800, 15.4);
	tell_state(&t, FLOW_S_WAIT, 0, 15.5);
	tell_response(&t, 200, "Content-Type: text/plain\r\n", 20);
	tell_body(&t, FLOW_RESPONSE, "the beginning of it", 19, 52428800, 21);
	tell_end(&t, FLOW_S_DONE, "", 60);
}

/* Text to search in; a match lies across two lines of the Hex tab, one where a row is wrapped. */
static void
fill_text(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);
	struct buf b;

	buf_init(&b, 65536);
	for (int i = 0; i < 17; i++)
		buf_addf(
		    &b, "line %d of the text, with a Needle in it\nand nothing in this one\n\n", i);
	tell_request(&t, "/text", true, 15.3);
	tell_state(&t, FLOW_S_WAIT, 0, 15.3);
	tell_response(&t, 200, "Content-Type: text/plain\r\n", 20);
	tell_body(&t, FLOW_RESPONSE, b.p, b.n, b.n, 21);
	tell_end(&t, FLOW_S_DONE, "", 22);
	buf_fini(&b);
}

/* ---- screens ---- */

static void
intend(void *arg, struct intent *i)
{
	(void)arg;
	intent_free(i);
}

static void
screen_start(struct screen *s, const char *term, int rows, int cols, void (*fill)(struct fixture *))
{
	screen_open(s, term, rows, cols);
	clock_stop(FIXTURE_MONO_NS + 1000000000, FIXTURE_WALL_NS + 1000000000);
	fill(&s->fx);
	app_tick(s->app);
	app_draw(s->app);
	/* With an engine, Enter would edit what is held. */
	s->fx.source.intend = s->app->stats.held ? NULL : intend;
}

static void
screen_one(const char *what, const char *keys, void (*fill)(struct fixture *), int rows, int cols)
{
	struct screen s;
	char name[64];

	screen_start(&s, "xterm-256color", rows, cols, fill);
	screen_keys(&s, keys);
	snprintf(name, sizeof name, "%s-%dx%d", what, cols, rows);
	screen_expect(&s, name);
	screen_close(&s);
}

static void
screen_sizes(const char *what, const char *keys, void (*fill)(struct fixture *))
{
	static const int sizes[][2] = {{24, 80}, {36, 120}, {10, 40}, {5, 20}};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		screen_one(what, keys, fill, sizes[i][0], sizes[i][1]);
}

static void
test_timing(void **state)
{
	(void)state;
	screen_sizes("timing", "\r4", fill_token);
	screen_one("timing-second", "\r4", fill_second, 24, 80);
	screen_one("timing-plain", "\r4", fill_plain_proxied, 24, 80);
	screen_sizes("timing-client-failed", "\r4", fill_client_failed);
	screen_one("timing-waiting", "\r4", fill_waiting, 24, 80);
	screen_sizes("timing-refused", "\r4", fill_refused);
	screen_sizes("timing-held", "\r4", fill_held);
	screen_one("timing-held", "\r4", fill_held, 24, 120);
	screen_sizes("timing-held-now", "\r4", fill_held_now);
	screen_sizes("timing-phases", "\r4", fill_phases);
	screen_one("timing", "\r4", fill_token, 30, 200);
}

static void
test_conn(void **state)
{
	(void)state;
	screen_sizes("conn", "\r5", fill_token);
	screen_sizes("conn-failed", "\r5", fill_client_failed);
	screen_sizes("conn-refused", "\r5", fill_refused);
}

static void
test_hex(void **state)
{
	(void)state;
	screen_sizes("hex", "\r7", fill_token);
	screen_sizes("hex-decoded", "\r7t", fill_token);
	screen_sizes("hex-raw", "\r7ttt", fill_token);
	screen_one("hex-request", "\r7tttt", fill_token, 24, 80);
	screen_one("hex-response-head", "\r7tt", fill_token, 24, 80);
	screen_one("hex-none", "\r7", fill_plain_proxied, 24, 80);
}

static void
test_bodies(void **state)
{
	(void)state;
	screen_sizes("gzip", "\r2", fill_token);
	screen_one("gzip-as-text", "\r2ttttt", fill_token, 24, 80);
	screen_sizes("shed-request", "\r1", fill_shed);
	screen_sizes("shed-response", "\r2", fill_shed);
	screen_sizes("shed-hex", "\r7", fill_shed);
	screen_sizes("waiting", "\r2", fill_waiting);
	screen_sizes("refused", "\r2", fill_refused);
	screen_one("no-tls", "\r3", fill_refused, 24, 80);
	screen_sizes("failed-request", "\r1", fill_client_failed);
	screen_one("failed-response", "\r2", fill_client_failed, 24, 80);
}

static void
test_passed(void **state)
{
	(void)state;
	screen_sizes("passed-tls", "\r3", fill_passed);
	screen_sizes("passed-list", "", fill_passed);
	screen_sizes("passed-request", "\r1", fill_passed);
	screen_sizes("passed-timing", "\r4", fill_passed);
	screen_sizes("passed-conn", "\r5", fill_passed);
	screen_sizes("passed-hex", "\r7", fill_passed);
}

/* What Enter shows at step number `down` of the tab Timing, and that 4 comes back to that step. */
static void
expect_step(struct screen *s, int down, const char *shows)
{
	struct buf out;

	screen_keys(s, "4g");
	for (int i = 0; i < down; i++)
		screen_keys(s, "j");
	int row = s->app->cursor_y;
	screen_keys(s, "\r");
	screen_dump(s, &out);
	if (!strstr(out.p, shows))
		fail_msg("step %d: no %s in\n%s", down, shows, out.p);
	buf_fini(&out);
	screen_keys(s, "4");
	assert_int_equal(s->app->cursor_y, row);
}

static void
test_timing_steps(void **state)
{
	(void)state;
	static const char *const shows[] = {"[5 Connection]", "[5 Connection]", "[5 Connection]", "[5 Connection]", "[5 Connection]", "[5 Connection]", "[3 TLS]",
	    "[3 TLS]", "[3 TLS]", "[3 TLS]", "[3 TLS]", "POST /oauth/toke", "request raw, as recorded",
	    "HTTP/1.1 401 Una", "(410 bytes)"};
	const int steps = (int)(sizeof shows / sizeof shows[0]);
	struct screen s;

	screen_start(&s, "xterm-256color", 25, 80, fill_token);
	screen_keys(&s, "\r4");
	assert_int_equal(s.app->cursor_y, 5);
	for (int i = 0; i < steps; i++)
		expect_step(&s, i, shows[i]);
	screen_keys(&s, "4G");
	assert_int_equal(s.app->cursor_y, 4 + steps);
	expect_step(&s, steps + 3, shows[steps - 1]); /* the last one stays */
	mouse_act(s.app, &(struct mouse){.what = MOUSE_CLICK, .y = 9, .x = 20});
	app_draw(s.app);
	assert_int_equal(s.app->cursor_y, 9);
	screen_close(&s);
	/* The phases stay below them, and are none. */
	screen_start(&s, "xterm-256color", 20, 80, fill_token);
	screen_keys(&s, "\r4j");
	screen_expect(&s, "timing-phases-below-80x20");
	mouse_act(s.app, &(struct mouse){.what = MOUSE_CLICK, .y = 17, .x = 20});
	app_draw(s.app);
	assert_int_equal(s.app->cursor_y, 6);
	screen_keys(&s, "G");
	screen_expect(&s, "timing-phases-below-end-80x20");
	screen_close(&s);
	/* They scroll with what stands above the first and below the last. */
	screen_start(&s, "xterm-256color", 10, 40, fill_token);
	screen_keys(&s, "\r4jjjjjjjj");
	screen_expect(&s, "timing-steps-40x10");
	screen_keys(&s, "G");
	screen_expect(&s, "timing-steps-end-40x10");
	screen_keys(&s, "\r");
	screen_expect(&s, "timing-step-last-byte-40x10");
	screen_keys(&s, "4gjjjjjjj\r");
	screen_expect(&s, "timing-step-server-tls-40x10");
	screen_close(&s);
	/* What is held is edited. */
	screen_start(&s, "xterm-256color", 24, 80, fill_held_now);
	app_push(s.app, view_flow_new(1));
	screen_keys(&s, "4jj\r");
	assert_int_equal(app_top(s.app)->ops->scope, SCOPE_EDIT);
	screen_close(&s);
}

/* Two keys before one word are two places to click on. */
static void
test_bar_pair(void **state)
{
	(void)state;
	struct screen s;

	screen_start(&s, "xterm-256color", 24, 80, fill_second);
	screen_keys(&s, "g\r4");
	assert_int_equal(view_flow_number(app_top(s.app)), 1);
	mouse_act(s.app, &(struct mouse){.what = MOUSE_CLICK, .y = 23, .x = 17});
	app_draw(s.app);
	assert_int_equal(view_flow_number(app_top(s.app)), 2);
	mouse_act(s.app, &(struct mouse){.what = MOUSE_CLICK, .y = 23, .x = 19});
	app_draw(s.app);
	assert_int_equal(view_flow_number(app_top(s.app)), 1);
	screen_close(&s);
}

static void
test_plain_terminal(void **state)
{
	(void)state;
	struct screen s;

	screen_start(&s, "vt100", 24, 80, fill_token);
	screen_keys(&s, "\r4");
	screen_expect(&s, "timing-vt100");
	screen_close(&s);
}

/* ---- messages ---- */

/* What a client and a server of a WebSocket sent; fields: of the 101. */
static void
tell_socket(struct tale *t, const char *fields, struct span up, struct span down)
{
	char *all = mem_printf("Upgrade: websocket\r\n%s", fields);
	struct fact_state *s = mem_zalloc(sizeof *s);

	tell_request(t, "/feed?room=42", true, 15.3);
	tell_state(t, FLOW_S_WAIT, 0, 15.4);
	tell_response(t, 101, all, 20);
	s->state = FLOW_S_STREAM;
	s->proto = FLOW_WS;
	s->status = 101;
	tell(t, s, FACT_STATE, 20);
	tell_body(t, FLOW_REQUEST, up.p, up.n, up.n, 21);
	tell_body(t, FLOW_RESPONSE, down.p, down.n, down.n, 22);
	free(all);
}

struct told {
	enum flow_dir dir;
	unsigned number, opcode;
	enum flow_message_what what;
	const char *data;
	double ms;
};

static void
tell_messages(struct tale *t, const struct told *told, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t size = told[i].data ? strlen(told[i].data) : 0;
		struct fact_message *m = mem_zalloc(sizeof *m);
		m->dir = (uint8_t)told[i].dir;
		m->number = told[i].number;
		m->opcode = (uint8_t)told[i].opcode;
		m->what = (uint8_t)told[i].what;
		m->n = (uint32_t)size;
		m->block = size ? block_new(size) : NULL;
		if (size)
			memcpy(m->block->p, told[i].data, size);
		tell(t, m, FACT_MESSAGE, told[i].ms);
	}
}

#define LONG_16 "0123456789abcdef"
#define LONG_112 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16

/* One of each: fragments around a ping, what is too long for its line, bytes, controls, a mask that is missing, a close, compression. */
static void
fill_socket(struct fixture *fx)
{
	static const char up[] = "\x01\x84" "\0\0\0\0" "{\"su" "\x89\x80" "\0\0\0\0" "\x80\x8a" "\0\0\0\0" "b\":\"news\"}"
				 "\x82\x84" "\x01\x02\x03\x04" "\x01\x02\x03\x04" "\x81\x05" "plain"
				 "\x88\x85" "\0\0\0\0" "\x03\xe9" "bye";
	static const char down[] = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" "\xc1\x05\xf2\x00\x11\x00\x00" "\x81\x70" LONG_112
				   "\x8a\x00" "\x81\x11" "\x1b]0;PWNED\x07 \x1b[31m\xff" "\x88\x00";
	struct tale t = tell_set_up(fx);

	tell_socket(&t, "Sec-WebSocket-Extensions: permessage-deflate\r\n", span_of(up, sizeof up - 1),
	    span_of(down, sizeof down - 1));
	static const struct told told[] = {{FLOW_REQUEST, 1, 9, FLOW_MESSAGE_SEEN, NULL, 21}, {FLOW_RESPONSE, 1, 1, FLOW_MESSAGE_SEEN, NULL, 26},
	    {FLOW_REQUEST, 2, 1, FLOW_MESSAGE_SEEN, NULL, 28}, {FLOW_RESPONSE, 2, 1, FLOW_MESSAGE_HELD, "Hello", 31},
	    {FLOW_RESPONSE, 2, 1, FLOW_MESSAGE_EDITED, "Hello, edited", 4000}, {FLOW_RESPONSE, 3, 1, FLOW_MESSAGE_SEEN, NULL, 4001},
	    {FLOW_REQUEST, 3, 2, FLOW_MESSAGE_HELD, "\x01\x01", 4002}, {FLOW_RESPONSE, 4, 10, FLOW_MESSAGE_SEEN, NULL, 4002},
	    {FLOW_REQUEST, 3, 2, FLOW_MESSAGE_DROPPED, NULL, 5000}, {FLOW_RESPONSE, 0, 1, FLOW_MESSAGE_INJECTED, "from \x1b me", 5500},
	    {FLOW_RESPONSE, 5, 1, FLOW_MESSAGE_SEEN, NULL, 205500}, {FLOW_REQUEST, 5, 8, FLOW_MESSAGE_SEEN, NULL, 205501},
	    {FLOW_RESPONSE, 6, 8, FLOW_MESSAGE_SEEN, NULL, 205502}};

	tell_messages(&t, told, sizeof told / sizeof *told);
	tell_end(&t, FLOW_S_DONE, "", 205600);
}

static void
fill_socket_held(struct fixture *fx)
{
	static const struct told told[] = {{FLOW_RESPONSE, 1, 1, FLOW_MESSAGE_SEEN, NULL, 30}, {FLOW_REQUEST, 1, 1, FLOW_MESSAGE_HELD, "{\"buy\":1}", 40}};
	struct tale t = tell_set_up(fx);
	struct fact_held *h = mem_zalloc(sizeof *h);

	tell_socket(&t, "", SPAN_LIT("\x81\x89\0\0\0\0" "{\"buy\":1}"), SPAN_LIT("\x81\x02" "hi"));
	tell_messages(&t, told, 2);
	h->rule = 1;
	tell(&t, h, FACT_HELD, 40);
}

/* The held message stands behind all that is listed of the record. */
static void
fill_socket_long(struct fixture *fx)
{
	static const struct told told[] = {{FLOW_RESPONSE, 1, 2, FLOW_MESSAGE_SEEN, NULL, 30}, {FLOW_RESPONSE, 2, 1, FLOW_MESSAGE_SEEN, NULL, 35},
	    {FLOW_RESPONSE, 3, 1, FLOW_MESSAGE_HELD, "{\"price\":1}", 40}};
	size_t n = (1 << 20) + 20;
	char *down = memset(mem_alloc(n), 'x', n);
	struct tale t = tell_set_up(fx);
	struct fact_held *h = mem_zalloc(sizeof *h);

	memcpy(down, "\x82\x7f\0\0\0\0\0\x10\0\0", 10);
	memcpy(down + n - 10, "\x81\x08", 2);
	tell_socket(&t, "", SPAN_LIT(""), span_of(down, n));
	free(down);
	tell_messages(&t, told, 3);
	h->rule = 1;
	h->dir = FLOW_RESPONSE;
	tell(&t, h, FACT_HELD, 40);
}

/* Still open, in the middle of a message; and what the server sends is no frame. */
static void
fill_socket_open(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_socket(&t, "", SPAN_LIT("\x81\x85\0\0\0\0" "Hel"), SPAN_LIT("\x81\x02" "hi" "\x80\x00"));
}

static void
fill_raw(struct fixture *fx)
{
	struct tale t = tell_accept(fx);
	struct fact_state *s = mem_zalloc(sizeof *s);

	tell_open(&t, "db.example.test", 0.1);
	tell_server(&t, 2.4);
	s->state = FLOW_S_STREAM;
	s->proto = FLOW_RAW;
	tell(&t, s, FACT_STATE, 3);
	tell_body(&t, FLOW_REQUEST, "PING", 4, 4, 4);
	tell_body(&t, FLOW_RESPONSE, "PONG!", 5, 5, 5);
}

static void
test_messages(void **state)
{
	(void)state;
	screen_sizes("messages", "\r6", fill_socket);
	screen_one("messages-unfolded", "\r6\r", fill_socket, 36, 80);
	screen_sizes("messages-original", "\r6R", fill_socket);
	screen_sizes("messages-diff", "\r6RR", fill_socket);
	screen_sizes("messages-held", "\r6", fill_socket_held);
	screen_sizes("messages-long", "\r6", fill_socket_long);
	screen_sizes("messages-open", "\r6", fill_socket_open);
	screen_sizes("messages-filter", "\r6fdata~hello\r", fill_socket);
	screen_sizes("messages-filter-none", "\r6fdata~nowhere\r", fill_socket);
	screen_one("messages-filter-wrong", "\r6fsize~9\r", fill_socket, 24, 80);
	screen_sizes("messages-raw", "\r6", fill_raw);
	screen_sizes("messages-inject", "\r6+", fill_socket_open);
	screen_sizes("messages-inject-command", "\r6:inject server hex:0a1", fill_socket_open);
	screen_sizes("messages-inject-wrong", "\r6+hex:0a1\r", fill_socket_open);
	screen_sizes("messages-none", "\r6", fill_token);
	screen_one("messages-no-request", "\r6", fill_client_failed, 24, 80);
}

static void
fill_socket_secret(struct fixture *fx)
{
	struct tale t = tell_set_up(fx);

	tell_socket(&t, "", SPAN_LIT("\x81\x85\0\0\0\0" "Hello"), SPAN_LIT("\x81\x16{\"password\":\"hunter2\"}" "\x82\x0d" "token=hunter2"));
	tell_end(&t, FLOW_S_DONE, "", 900);
}

/* The list of messages, one in full, and their bytes; what was open when mask is switched is made again. */
static void
test_masked_messages(void **state)
{
	static const char *const ways[] = {"", "j", "j", "j", "\r", "\x1b", "7", "6", "2"};
	(void)state;
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 36, 120, fill_socket_secret);
	screen_keys(&s, "\r6j");
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "hunter2"));
	buf_fini(&out);
	assert_true(cmd_run(s.app, "set mask on"));
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		screen_keys(&s, ways[i]);
		screen_dump(&s, &out);
		if (strstr(out.p, "hunter2"))
			fail_msg("%s", out.p);
		buf_fini(&out);
	}
	screen_keys(&s, "6");
	s.app->toast[0] = '\0';
	screen_expect(&s, "mask-messages-120x36");
	screen_close(&s);
}

static void
expect_toast(struct screen *s, const char *keys, const char *toast)
{
	screen_keys(s, keys);
	assert_string_equal(s->app->toast, toast);
}

static void
test_find(void **state)
{
	(void)state;
	struct screen s;

	screen_start(&s, "xterm-256color", 24, 80, fill_text);
	screen_keys(&s, "\r2");
	expect_toast(&s, "n", "nothing was searched for yet: / asks what");
	expect_toast(&s, "/needle\r", "1 of 17");
	screen_expect(&s, "body-find-80x24");
	expect_toast(&s, "n", "2 of 17");
	expect_toast(&s, "N", "1 of 17");
	expect_toast(&s, "N", "search wrapped: 17 of 17");
	expect_toast(&s, "n", "search wrapped: 1 of 17");
	expect_toast(&s, "/NEEDLE\r", "No match for NEEDLE");
	/* The key that ends the message acts. */
	expect_toast(&s, "1", "");
	expect_toast(&s, "2/Needle\r", "1 of 17");
	/* From where the screen is, when the match was left behind. */
	screen_keys(&s, "G");
	expect_toast(&s, "n", "12 of 17");
	/* By bytes, also across two lines. */
	expect_toast(&s, "7/needle\r", "1 of 17");
	expect_toast(&s, "/hex:6e 65 65\r", "No match for hex:6e 65 65");
	expect_toast(&s, "/hex:4e65656\r", "hex: wants pairs of digits, such as hex:1b5d");
	expect_toast(&s, "/hex:4e656564\r", "1 of 17");
	screen_expect(&s, "body-find-hex-80x24");
	screen_close(&s);
	/* Wide screens say what was searched. */
	screen_start(&s, "xterm-256color", 36, 120, fill_text);
	expect_toast(&s, "\r2/needle\r", "1 of 17");
	screen_keys(&s, "j");
	screen_expect(&s, "body-find-said-120x36");
	screen_close(&s);
}

/* Of a message under a coding the head is shown when mask is on, and found. */
static void
test_find_masked(void **state)
{
	(void)state;
	struct screen s;

	screen_start(&s, "xterm-256color", 24, 80, fill_token);
	assert_true(cmd_run(s.app, "set mask on"));
	screen_keys(&s, "\r7ttt");
	expect_toast(&s, "/hex:1f8b\r", "No match for hex:1f8b");
	expect_toast(&s, "/gzip\r", "1 of 1");
	screen_keys(&s, "G");
	screen_expect(&s, "mask-hex-coded-80x24");
	screen_keys(&s, "gtttttt");
	expect_toast(&s, "n", "No match for gzip");
	screen_close(&s);
}

/* A coding of nothing is a body, but has no content. */
static void
fill_gzip_of_nothing(struct fixture *fx)
{
	static const char coded[] = "\x1f\x8b\x08\0\0\0\0\0\2\xff\3\0\0\0\0\0\0\0\0\0";
	struct tale t = tell_set_up(fx);

	tell_request(&t, "/nothing", true, 15.3);
	tell_state(&t, FLOW_S_WAIT, 0, 15.3);
	tell_response(&t, 200, "Content-Encoding: gzip\r\n", 20);
	tell_body(&t, FLOW_RESPONSE, coded, sizeof coded - 1, sizeof coded - 1, 21);
	tell_end(&t, FLOW_S_DONE, "", 22);
}

static void
test_hex_decoded_nothing(void **state)
{
	(void)state;
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 24, 80, fill_gzip_of_nothing);
	screen_keys(&s, "\r7t");
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "response body decoded"));
	assert_non_null(strstr(out.p, "Decoded, this body has no bytes."));
	buf_fini(&out);
	screen_close(&s);
}

/* The phases of a flow that has left memory stay when the screen becomes too low for a foot: its text is not made again. */
static void
test_phases_of_gone(void **state)
{
	(void)state;
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 24, 80, fill_text);
	screen_keys(&s, "\r4G");
	flow_store_limit_memory(s.fx.store, 1);
	fixture_add_many(&s.fx, 1000);
	app_tick(s.app);
	app_draw(s.app);
	term_set_size(s.term, 14, 80);
	app_draw(s.app);
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "no longer kept"));
	assert_non_null(strstr(out.p, "TCP accept"));
	assert_non_null(strstr(out.p, "phases"));
	buf_fini(&out);
	screen_close(&s);
}

/* The status line has the offset of the first line on the screen. */
static void
test_hex_offset(void **state)
{
	(void)state;
	static const char *const keys[] = {"\r7", "j", "jjjj", "G", "g"};
	char words[64];
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 24, 80, fill_text);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		screen_keys(&s, keys[i]);
		screen_dump(&s, &out);
		const char *first = strstr(out.p, "\n 0000");
		assert_non_null(first);
		snprintf(words, sizeof words, "\noffset 0x%02lx of 0x", strtoul(first, NULL, 16));
		if (!strstr(out.p, words))
			fail_msg("no %s in\n%s", words, out.p);
		buf_fini(&out);
	}
	screen_close(&s);
}

/* Keys that come in one packet act on the tab they mean, though nothing was drawn between them. */
static void
test_keys_together(void **state)
{
	static const char keys[] = "\r2/Needle\r7/hex:4e656564\r";
	(void)state;
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 24, 80, fill_text);
	for (const char *k = keys; *k; k++) {
		app_key(s.app, *k == '\r' ? KEYC_ENTER : *k);
		if (*k == '\r' && k - keys > 4 && *(k - 1) == 'e')
			assert_string_equal(s.app->toast, "1 of 17");
	}
	assert_string_equal(s.app->toast, "1 of 17");
	app_key(s.app, '2');
	app_key(s.app, 'G');
	app_draw(s.app);
	screen_dump(&s, &out);
	assert_null(strstr(out.p, "headers"));
	buf_fini(&out);
	screen_close(&s);
}

/* The way to show a body holds for the flows that follow, the tab as well. */
static void
test_view_as_stays(void **state)
{
	(void)state;
	struct screen s;
	struct buf out;

	screen_start(&s, "xterm-256color", 24, 80, fill_second);
	screen_keys(&s, "g\r2t");
	assert_string_equal(s.app->toast, "response bodies as json");
	screen_keys(&s, "J");
	screen_dump(&s, &out);
	assert_non_null(strstr(out.p, "view: json  t cycles"));
	assert_non_null(strstr(out.p, "#2"));
	buf_fini(&out);
	screen_close(&s);
}

static void
test_help_pages(void **state)
{
	(void)state;
	screen_sizes("help-filters", "h2", fill_token);
	screen_sizes("help-states", "h3", fill_token);
	screen_sizes("help-connect", "h4", fill_token);
	screen_sizes("help-found", "hfollow", fill_token);
	screen_one("help-found-none", "hxyzzy", fill_token, 24, 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_timing),
	    cmocka_unit_test(test_timing_steps),
	    cmocka_unit_test(test_bar_pair),
	    cmocka_unit_test(test_conn),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_passed),
	    cmocka_unit_test(test_plain_terminal),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_masked_messages),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_find_masked),
	    cmocka_unit_test(test_hex_offset),
	    cmocka_unit_test(test_hex_decoded_nothing),
	    cmocka_unit_test(test_phases_of_gone),
	    cmocka_unit_test(test_keys_together),
	    cmocka_unit_test(test_view_as_stays),
	    cmocka_unit_test(test_help_pages),
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
