/* SPDX-License-Identifier: MIT
 * WebSockets through a real engine: relayed, held by rules, edited, dropped, injected, compressed, cut off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <zlib.h>

#include "engine_fixture.h"
#include "proto/ws_frame.h"
#include "proto/ws_stream.h"

enum { DATA_MAX = 300000, HALF_CLOSE_MS = 100 };

static struct rig *rig;
static uint16_t origin;

static int
begin(void **state)
{
	(void)state;
	rig = rig_open(2);
	origin = origin_open(NULL);
	return 0;
}

static int
begin_half_close(void **state)
{
	(void)state;
	rig = rig_open_half_close(2, HALF_CLOSE_MS);
	origin = origin_open(NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	rig_close(rig);
	origin_close(origin);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	fix_dirs_remove();
	return 0;
}

/* ---- a client ---- */

static struct peer
talk(const char *path)
{
	struct peer p = peer_connect(rig->port);
	char head[1024] = "";
	size_t n = 0;

	peer_print(&p, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", origin,
	    path, origin);
	while (!strstr(head, "\r\n\r\n") && n < sizeof head - 1 && peer_recv(&p, head + n, 1) == 1)
		n++;
	assert_non_null(strstr(head, " 101 "));
	return p;
}

/* first: opcode, and the bits of RFC 6455 5.2 before it. */
static size_t
frame(char *out, unsigned first, const char *data, size_t n)
{
	static const uint8_t mask[4] = {1, 2, 3, 4};
	const struct ws_frame f = {.mask = {1, 2, 3, 4}};
	size_t head = ws_frame_write(out, first & 15, n, mask);

	out[0] = (char)first;
	ws_frame_unmask(&f, 0, data, n, out + head);
	return head + n;
}

static void
say(struct peer *p, unsigned first, const char *data, size_t n)
{
	char *out = malloc(n + WS_HEAD_MAX_BYTES);

	peer_write(p, out, frame(out, first, data, n));
	free(out);
}

static void
say_text(struct peer *p, const char *text)
{
	say(p, 0x80 | WS_TEXT, text, strlen(text));
}

static void
read_all(struct peer *p, char *out, size_t n)
{
	for (size_t at = 0; at < n;) {
		long k = peer_recv(p, out + at, n - at);
		if (k <= 0)
			fail_msg("the end after %zu of %zu bytes", at, n);
		at += (size_t)k;
	}
}

/* The next frame: its payload without mask; returns its size. */
static size_t
hear(struct peer *p, struct ws_frame *f, char *data)
{
	char head[WS_HEAD_MAX_BYTES];
	struct errmsg why;
	size_t n = 0;

	do
		read_all(p, head + n++, 1);
	while (ws_frame_parse(span_of(head, n), f, &why) == 0);
	assert_true(f->payload_n < DATA_MAX);
	read_all(p, data, (size_t)f->payload_n);
	ws_frame_unmask(f, 0, data, (size_t)f->payload_n, data);
	return (size_t)f->payload_n;
}

static void
expect(struct peer *p, unsigned first, const char *text)
{
	static char data[DATA_MAX];
	struct ws_frame f;
	size_t n = hear(p, &f, data);

	data[n] = '\0';
	assert_int_equal((unsigned)f.fin << 7 | (unsigned)f.rsv << 4 | f.opcode, first);
	assert_string_equal(data, text);
}

static void
expect_text(struct peer *p, const char *text)
{
	expect(p, 0x80 | WS_TEXT, text);
}

/* ---- what the engine tells ---- */

static struct seen *
held(const char *path, unsigned times)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->state == FLOW_S_HELD && s->held == times);
	return s;
}

static struct seen *
told(const char *path, unsigned n)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->ntalk >= n);
	return s;
}

static struct seen *
ended(const char *path)
{
	struct seen *s;

	RIG_UNTIL(rig, (s = rig_find(rig, path)) && s->ended);
	return s;
}

static void
expect_talk(const struct seen *s, unsigned i, enum flow_dir dir, enum flow_message_what what, unsigned number, const char *data)
{
	const struct seen_talk *t = &s->talk[i];

	assert_true(i < s->ntalk);
	assert_int_equal(t->dir, dir);
	assert_int_equal(t->what, what);
	assert_int_equal(t->number, number);
	assert_int_equal(t->n, strlen(data));
	assert_string_equal(t->data, data);
}

static void
inject(flow_key flow, enum flow_dir dir, unsigned opcode, const char *text)
{
	struct intent *i = intent_new(INTENT_INJECT, flow);

	i->dir = (uint8_t)dir;
	i->opcode = (uint8_t)opcode;
	i->message = intent_message_new(NULL, 0, text, strlen(text), NULL, 0);
	engine_intend(rig->engine, i);
}

/* ---- tests ---- */

static void
goes_through(void **state)
{
	static char large[70000];
	struct peer p = talk("/ws-through");

	(void)state;
	say_text(&p, "one");
	expect_text(&p, "one");
	say(&p, WS_TEXT, "half", 4);
	say(&p, 0x80 | WS_PING, "p", 1);
	say(&p, 0x80 | WS_CONTINUATION, " and half", 9);
	expect(&p, WS_TEXT, "half");
	expect(&p, 0x80 | WS_PING, "p");
	expect(&p, 0x80 | WS_CONTINUATION, " and half");
	memset(large, 'x', sizeof large - 1);
	say(&p, 0x80 | WS_BINARY, large, sizeof large - 1);
	expect(&p, 0x80 | WS_BINARY, large);
	struct seen *s = told("/ws-through", 8);
	unsigned next[2] = {1, 1};
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(s->talk[i].what, FLOW_MESSAGE_SEEN);
		assert_int_equal(s->talk[i].number, next[s->talk[i].dir]++);
	}
	say(&p, 0x80 | WS_CLOSE, "\x03\xe8", 2);
	expect(&p, 0x80 | WS_CLOSE, "\x03\xe8");
	peer_close(&p);
	assert_int_equal(ended("/ws-through")->state, FLOW_S_DONE);
}

static void
holds_and_resumes(void **state)
{
	struct peer p = talk("/ws-hold");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ buy");
	say_text(&p, "sell");
	expect_text(&p, "sell");
	say_text(&p, "buy");
	say(&p, 0x80 | WS_PING, "", 0); /* waits behind it */
	say_text(&p, "after");
	struct seen *s = held("/ws-hold", 1);
	assert_true(s->dir == FLOW_REQUEST && s->rule == 2);
	/* The other direction goes on, and a message of ours stands before the one that is held. */
	inject(s->key, FLOW_RESPONSE, WS_TEXT, "from us");
	expect_text(&p, "from us");
	inject(s->key, FLOW_REQUEST, WS_BINARY, "to you");
	expect(&p, 0x80 | WS_BINARY, "to you");
	rig_do(rig, INTENT_RESUME, s->key);
	expect_text(&p, "buy");
	expect(&p, 0x80 | WS_PING, "");
	expect_text(&p, "after");
	told("/ws-hold", 11);
	assert_int_equal(s->state, FLOW_S_STREAM);
	expect_talk(s, 2, FLOW_REQUEST, FLOW_MESSAGE_HELD, 2, "buy");
	expect_talk(s, 3, FLOW_RESPONSE, FLOW_MESSAGE_INJECTED, 0, "from us");
	expect_talk(s, 4, FLOW_REQUEST, FLOW_MESSAGE_INJECTED, 0, "to you");
	/* Nothing is held any more: a late word is let be. */
	rig_do(rig, INTENT_RESUME, s->key);
	rig_do(rig, INTENT_DROP, s->key);
	say_text(&p, "still there");
	expect_text(&p, "still there");
	peer_close(&p);
	assert_int_equal(ended("/ws-hold")->held, 1);
}

static void
edits_and_drops(void **state)
{
	struct peer p = talk("/ws-edit");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ \"^edit\"");
	say(&p, WS_TEXT, "edit ", 5); /* in fragments */
	say(&p, 0x80 | WS_PING, "", 0);
	say(&p, 0x80 | WS_CONTINUATION, "me", 2);
	struct seen *s = held("/ws-edit", 1);
	expect(&p, 0x80 | WS_PING, "");
	rig_do_message(rig, INTENT_RESUME, s->key, NULL, "bad \xff", NULL);
	RIG_UNTIL(rig, rig_event(rig, "bytes that are not UTF-8"));
	rig_do_message(rig, INTENT_RESUME, s->key, "GET / HTTP/1.1\r\n\r\n", "", NULL);
	RIG_UNTIL(rig, rig_event(rig, "has no head"));
	assert_int_equal(s->state, FLOW_S_HELD);
	rig_do_message(rig, INTENT_RESUME, s->key, NULL, "edited \xe2\x82\xac", NULL);
	expect_text(&p, "edited \xe2\x82\xac");
	say_text(&p, "edit to nothing");
	held("/ws-edit", 2);
	rig_do_message(rig, INTENT_RESUME, s->key, NULL, "", NULL);
	expect_text(&p, "");
	say_text(&p, "edit: drop this");
	held("/ws-edit", 3);
	rig_do(rig, INTENT_DROP, s->key);
	say_text(&p, "next");
	expect_text(&p, "next");
	peer_close(&p);
	ended("/ws-edit");
	bool dropped = false;
	for (unsigned i = 0; i < s->ntalk; i++)
		dropped |= s->talk[i].what == FLOW_MESSAGE_DROPPED && s->talk[i].number == 4;
	assert_true(dropped);
}

static void
about(enum intent_type type, flow_key flow, enum flow_dir dir, unsigned number, const char *text)
{
	struct intent *i = intent_new(type, flow);

	i->dir = (uint8_t)dir;
	i->number = number;
	if (text)
		i->message = intent_message_new(NULL, 0, text, strlen(text), NULL, 0);
	engine_intend(rig->engine, i);
}

/* A word about a message that has gone meanwhile is not about the one that is held now. */
static void
only_the_one_meant(void **state)
{
	struct peer p = talk("/ws-meant");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ x");
	say_text(&p, "first");
	expect_text(&p, "first");
	say_text(&p, "x");
	struct seen *s = held("/ws-meant", 1);
	about(INTENT_DROP, s->key, FLOW_REQUEST, 1, NULL);
	about(INTENT_RESUME, s->key, FLOW_RESPONSE, 2, NULL);
	about(INTENT_RESUME, s->key, FLOW_REQUEST, 1, "of another one");
	RIG_UNTIL(rig, rig_event(rig, "the edited message was not sent: it is not held any more"));
	assert_int_equal(s->state, FLOW_S_HELD);
	about(INTENT_RESUME, s->key, FLOW_REQUEST, 2, "of this one");
	expect_text(&p, "of this one");
	peer_close(&p);
}

/* What comes back is held as well, each direction for itself, one at a time. */
static void
both_directions(void **state)
{
	struct peer p = talk("/ws-both");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "body ~ hold");
	say_text(&p, "hold 1");
	say_text(&p, "hold 2");
	struct seen *s = held("/ws-both", 1);
	for (unsigned i = 1; i <= 4; i++) {
		held("/ws-both", i);
		rig_do(rig, INTENT_RESUME, s->key);
	}
	expect_text(&p, "hold 1");
	expect_text(&p, "hold 2");
	peer_close(&p);
	assert_int_equal(ended("/ws-both")->held, 4);
}

static void
too_large(void **state)
{
	static char large[200000];
	struct peer p = talk("/ws-large");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ x");
	memset(large, 'x', sizeof large - 1);
	say(&p, 0x80 | WS_TEXT, large, sizeof large - 1);
	expect(&p, 0x80 | WS_TEXT, large);
	RIG_UNTIL(rig, rig_event(rig, "no rule was applied to message 1 of the client"));
	say_text(&p, "x");
	struct seen *s = held("/ws-large", 1);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_text(&p, "x");
	peer_close(&p);
}

static void
ends_while_held(void **state)
{
	struct peer p = talk("/ws-client");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ buy");
	/* The client sends no more: what is held goes out all the same. */
	say_text(&p, "buy");
	struct seen *s = held("/ws-client", 1);
	shutdown(p.fd, SHUT_WR);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_text(&p, "buy");
	assert_true(peer_at_end(&p));
	peer_close(&p);
	ended("/ws-client");
	/* Killed. */
	p = talk("/ws-kill");
	say_text(&p, "buy");
	s = held("/ws-kill", 1);
	rig_do(rig, INTENT_KILL, s->key);
	assert_true(peer_at_end(&p));
	peer_close(&p);
	assert_int_equal(ended("/ws-kill")->state, FLOW_S_KILLED);
	/* The server is gone. */
	p = talk("/ws-server");
	say_text(&p, "buy");
	s = held("/ws-server", 1);
	origin_cut(origin);
	rig_do(rig, INTENT_RESUME, s->key);
	assert_true(peer_at_end(&p));
	peer_close(&p);
	ended("/ws-server");
}

static void
expires(void **state)
{
	struct intent_rule rule[2] = {
	    rig_rule(1, INTENT_ON_MESSAGE, "req.body ~ send"), rig_rule(2, INTENT_ON_MESSAGE, "req.body ~ kill")};
	struct peer p = talk("/ws-time");

	(void)state;
	rule[0].hold_ms = rule[1].hold_ms = 50;
	rule[1].kill_after = true;
	rig_rules(rig, rule, 2);
	say_text(&p, "send");
	expect_text(&p, "send");
	RIG_UNTIL(rig, rig_event(rig, "rule 1: held for 0.05 s, sent on"));
	say_text(&p, "kill");
	assert_true(peer_at_end(&p));
	assert_int_equal(ended("/ws-time")->state, FLOW_S_KILLED);
	peer_close(&p);
}

static void
counts_and_release(void **state)
{
	struct intent_rule rule = rig_rule(1, INTENT_ON_MESSAGE, "req.body ~ x");
	struct peer p = talk("/ws-first");

	(void)state;
	rule.count_max = 1;
	rig_rules(rig, &rule, 1);
	say_text(&p, "x1");
	held("/ws-first", 1);
	RIG_UNTIL(rig, rig_event(rig, "rule 1 has held 1 message and is off now"));
	rig_do(rig, INTENT_RELEASE, 0);
	expect_text(&p, "x1");
	say_text(&p, "x2");
	expect_text(&p, "x2");
	assert_int_equal(rig_find(rig, "/ws-first")->held, 1);
	peer_close(&p);
}

/* Rules come and go while messages are on their way, byte by byte. */
static void
rules_come_and_go(void **state)
{
	struct peer p = talk("/ws-split");
	char bytes[256];
	size_t n = 0;

	(void)state;
	n += frame(bytes + n, WS_TEXT, "ab", 2);
	n += frame(bytes + n, 0x80 | WS_PONG, "!", 1);
	n += frame(bytes + n, 0x80 | WS_CONTINUATION, "cd", 2);
	n += frame(bytes + n, 0x80 | WS_TEXT, "efg", 3);
	for (size_t at = 1; at < n; at++) {
		peer_write(&p, bytes, at);
		rig_on(rig, INTENT_ON_MESSAGE, at % 2 ? "req.body ~ nothing" : "req.body ~ none");
		peer_write(&p, bytes + at, n - at);
		for (unsigned k = 0; k < 4; k++) {
			struct ws_frame f;
			char data[8];
			size_t got = hear(&p, &f, data);
			data[got] = '\0';
			assert_non_null(strstr("ab ! cd efg", data));
		}
		rig_rules(rig, NULL, 0);
		say_text(&p, "sync");
		expect_text(&p, "sync");
	}
	peer_close(&p);
}

static void
what_is_no_frame(void **state)
{
	static const char junk[] = "\x81\x80" "\0\0\0\0" "\x80\x80" "\0\0\0\0" "and so on";
	char got[sizeof junk];
	struct peer p = talk("/ws-junk");

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ buy");
	peer_write(&p, junk, sizeof junk - 1);
	read_all(&p, got, sizeof junk - 1);
	assert_memory_equal(got, junk, sizeof junk - 1);
	RIG_UNTIL(rig, rig_event(rig, "the client's WebSocket frames cannot be read any more"));
	RIG_UNTIL(rig, rig_event(rig, "the server's WebSocket frames cannot be read any more"));
	say_text(&p, "buy");
	expect_text(&p, "buy");
	inject(rig_find(rig, "/ws-junk")->key, FLOW_RESPONSE, WS_TEXT, "no");
	RIG_UNTIL(rig, rig_event(rig, "the message cannot be injected"));
	peer_close(&p);
}

/* The client sends no more while a message to it is held: only the rule's time counts. */
static void
half_closed_while_held(void **state)
{
	struct intent_rule rule = rig_rule(1, INTENT_ON_MESSAGE, "res.body ~ wait");
	struct peer p = talk("/ws-half");

	(void)state;
	rule.hold_ms = 3 * HALF_CLOSE_MS;
	rig_rules(rig, &rule, 1);
	say_text(&p, "wait");
	struct seen *s = held("/ws-half", 1);
	shutdown(p.fd, SHUT_WR);
	RIG_UNTIL(rig, (inject(s->key, FLOW_REQUEST, WS_TEXT, "late"), rig_event(rig, "that side has closed the stream")));
	expect_text(&p, "wait");
	peer_close(&p);
	assert_int_equal(ended("/ws-half")->state, FLOW_S_DONE);
}

/* Half a head goes to the other side, too, when no more comes. */
static void
half_a_head(void **state)
{
	struct peer p = talk("/ws-cut");
	char got;

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "body ~ x");
	peer_write(&p, "\x81", 1);
	shutdown(p.fd, SHUT_WR);
	read_all(&p, &got, 1);
	assert_int_equal(got, '\x81');
	peer_close(&p);
	ended("/ws-cut");
}

/* While a message is gathered half a ping has gone on: nothing of ours may stand inside it. */
static void
inject_into_control(void **state)
{
	struct peer p = talk("/ws-inside");
	char ping[32], got[32];
	size_t n = frame(ping, 0x80 | WS_PING, "abc", 3);

	(void)state;
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ x");
	say(&p, WS_TEXT, "x", 1);
	peer_write(&p, ping, n - 2);
	read_all(&p, got, n - 2);
	flow_key key = rig_find(rig, "/ws-inside")->key;
	inject(key, FLOW_REQUEST, WS_TEXT, "no");
	RIG_UNTIL(rig, rig_event(rig, "another message is on its way"));
	peer_write(&p, ping + n - 2, 2);
	read_all(&p, got + n - 2, 2);
	assert_memory_equal(got, ping, n);
	inject(key, FLOW_REQUEST, WS_TEXT, "now");
	expect_text(&p, "now");
	peer_close(&p);
}

/* ---- compression ---- */

static size_t
compress_message(z_stream *z, const char *text, char *out, size_t max)
{
	z->next_in = (Bytef *)(uintptr_t)text;
	z->avail_in = (uInt)strlen(text);
	z->next_out = (Bytef *)out;
	z->avail_out = (uInt)max;
	assert_int_equal(deflate(z, Z_SYNC_FLUSH), Z_OK);
	size_t n = max - z->avail_out;
	assert_memory_equal(out + n - 4, "\0\0\xff\xff", 4);
	return n - 4;
}

static void
say_compressed(struct peer *p, z_stream *z, const char *text)
{
	char out[256];
	size_t n = compress_message(z, text, out, sizeof out);

	say(p, 0xc0 | WS_TEXT, out, n);
}

static void
compressed(void **state)
{
	struct peer p = talk("/ws-deflate");
	struct ws_frame f;
	z_stream z = {.next_in = NULL};
	char data[256];

	(void)state;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ edit");
	say_compressed(&p, &z, "the same words again and again");
	hear(&p, &f, data);
	assert_int_equal(f.rsv, WS_RSV1); /* as it came */
	say_compressed(&p, &z, "edit the same words again and again");
	struct seen *s = held("/ws-deflate", 1);
	expect_talk(s, s->ntalk - 1, FLOW_REQUEST, FLOW_MESSAGE_HELD, 2, "edit the same words again and again");
	rig_do_message(rig, INTENT_RESUME, s->key, NULL, "plain", NULL);
	expect_text(&p, "plain");
	/* The server has not seen what it refers to: it goes on uncompressed. */
	say_compressed(&p, &z, "the same words again and again");
	expect_text(&p, "the same words again and again");
	say_compressed(&p, &z, "edit: drop the same words");
	held("/ws-deflate", 2);
	rig_do(rig, INTENT_DROP, s->key);
	say_text(&p, "not compressed");
	expect_text(&p, "not compressed");
	/* A rule that comes later knows what was said before it. */
	rig_rules(rig, NULL, 0);
	say_compressed(&p, &z, "something new the same words");
	expect_text(&p, "something new the same words");
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ late");
	say_compressed(&p, &z, "late: something new the same words");
	held("/ws-deflate", 3);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_text(&p, "late: something new the same words");
	deflateEnd(&z);
	peer_close(&p);
}

/* What is compressed is not inflated before there is a rule, so a rule that comes later cannot know what it refers to. */
static void
compressed_before(void **state)
{
	struct peer p = talk("/ws-deflate-before");
	struct ws_frame f;
	z_stream z = {.next_in = NULL};
	char data[256];

	(void)state;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	say_compressed(&p, &z, "edit before");
	hear(&p, &f, data);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ edit");
	say_compressed(&p, &z, "edit before");
	hear(&p, &f, data);
	assert_int_equal(f.rsv, WS_RSV1);
	RIG_UNTIL(rig, rig_event(rig, "no rule is applied to compressed messages of the client"));
	assert_int_equal(rig_find(rig, "/ws-deflate-before")->held, 0);
	say_text(&p, "edit");
	rig_do(rig, INTENT_RESUME, held("/ws-deflate-before", 1)->key);
	expect_text(&p, "edit");
	deflateEnd(&z);
	peer_close(&p);
}

/* A rule that is switched off and on again still knows what was said meanwhile. */
static void
compressed_off_and_on(void **state)
{
	struct peer p = talk("/ws-deflate-again");
	struct ws_frame f;
	z_stream z = {.next_in = NULL};
	char data[256];

	(void)state;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ edit");
	say_compressed(&p, &z, "edit these words");
	rig_do(rig, INTENT_RESUME, held("/ws-deflate-again", 1)->key);
	hear(&p, &f, data);
	rig_rules(rig, NULL, 0);
	say_compressed(&p, &z, "other words that nobody looks at");
	hear(&p, &f, data);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ edit");
	say_compressed(&p, &z, "edit other words that nobody looks at");
	struct seen *s = held("/ws-deflate-again", 2);
	expect_talk(s, s->ntalk - 1, FLOW_REQUEST, FLOW_MESSAGE_HELD, 3, "edit other words that nobody looks at");
	rig_do(rig, INTENT_RESUME, s->key);
	hear(&p, &f, data);
	assert_int_equal(f.rsv, WS_RSV1);
	deflateEnd(&z);
	peer_close(&p);
}

static void
compressed_alone(void **state)
{
	struct peer p = talk("/ws-deflate-alone");
	struct ws_frame f;
	z_stream z = {.next_in = NULL};
	char data[256];

	(void)state;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	say_compressed(&p, &z, "edit before");
	hear(&p, &f, data);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ edit");
	for (unsigned i = 1; i <= 2; i++) {
		deflateReset(&z);
		say_compressed(&p, &z, "edit me");
		rig_do_message(rig, INTENT_RESUME, held("/ws-deflate-alone", i)->key, NULL, "edited", NULL);
		expect_text(&p, "edited");
		/* Nothing refers to what was edited. */
		deflateReset(&z);
		say_compressed(&p, &z, "as it comes");
		hear(&p, &f, data);
		assert_int_equal(f.rsv, WS_RSV1);
	}
	deflateEnd(&z);
	peer_close(&p);
}

/* What cannot be inflated, or would be too large, is not held; after an edit it cannot be sent on either. */
static void
compressed_badly(void **state)
{
	static char large[200000];
	struct peer p = talk("/ws-deflate-bad");
	struct ws_frame f;
	z_stream z = {.next_in = NULL};
	char data[1024];

	(void)state;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	rig_on(rig, INTENT_ON_MESSAGE, "req.body ~ x");
	memset(large, 'x', sizeof large - 1);
	size_t n = compress_message(&z, large, data, sizeof data);
	say(&p, 0xc0 | WS_TEXT, data, n);
	assert_int_equal(hear(&p, &f, data), n);
	RIG_UNTIL(rig, rig_event(rig, "no rule was applied to message 1 of the client"));
	assert_int_equal(rig_find(rig, "/ws-deflate-bad")->held, 0);
	peer_close(&p);
	ended("/ws-deflate-bad");
	p = talk("/ws-deflate-worse");
	deflateReset(&z);
	say_compressed(&p, &z, "x");
	rig_do_message(rig, INTENT_RESUME, held("/ws-deflate-worse", 1)->key, NULL, "edited", NULL);
	expect_text(&p, "edited");
	say(&p, 0xc0 | WS_TEXT, "\xff\xff", 2);
	assert_true(peer_at_end(&p));
	peer_close(&p);
	assert_int_equal(ended("/ws-deflate-worse")->state, FLOW_S_ERROR);
	deflateEnd(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(goes_through, begin, end),
	    cmocka_unit_test_setup_teardown(holds_and_resumes, begin, end),
	    cmocka_unit_test_setup_teardown(edits_and_drops, begin, end),
	    cmocka_unit_test_setup_teardown(only_the_one_meant, begin, end),
	    cmocka_unit_test_setup_teardown(both_directions, begin, end),
	    cmocka_unit_test_setup_teardown(too_large, begin, end),
	    cmocka_unit_test_setup_teardown(ends_while_held, begin, end),
	    cmocka_unit_test_setup_teardown(expires, begin, end),
	    cmocka_unit_test_setup_teardown(counts_and_release, begin, end),
	    cmocka_unit_test_setup_teardown(rules_come_and_go, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_no_frame, begin, end),
	    cmocka_unit_test_setup_teardown(half_closed_while_held, begin_half_close, end),
	    cmocka_unit_test_setup_teardown(half_a_head, begin, end),
	    cmocka_unit_test_setup_teardown(inject_into_control, begin, end),
	    cmocka_unit_test_setup_teardown(compressed, begin, end),
	    cmocka_unit_test_setup_teardown(compressed_before, begin, end),
	    cmocka_unit_test_setup_teardown(compressed_off_and_on, begin, end),
	    cmocka_unit_test_setup_teardown(compressed_alone, begin, end),
	    cmocka_unit_test_setup_teardown(compressed_badly, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, close_all);
}
