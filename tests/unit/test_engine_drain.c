/* SPDX-License-Identifier: MIT
 * Tests of draining and of letting go what is held, against a real engine with real sockets on loopback. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine_fixture.h"

static struct rig *rig;
static uint16_t origin;
static struct buf got;

static int
begin(void **state)
{
	(void)state;
	buf_init(&got, 8 << 20);
	rig = rig_open(2);
	origin = origin_open(NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	origin_release(origin);
	rig_close(rig);
	origin_close(origin);
	buf_fini(&got);
	fix_dirs_remove();
	return 0;
}

static void
get(struct peer *p, const char *path)
{
	peer_print(p, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", origin, path, origin);
}

static void
expect_got(struct peer *p, const char *part)
{
	assert_true(peer_response(p, &got));
	if (!strstr(got.p, part))
		fail_msg("no \"%s\" in \"%.600s\"", part, got.p);
}

static uint64_t
clients_open(void)
{
	struct engine_stats s;

	engine_stats(rig->engine, &s);
	return s.client_open;
}

/* Nobody listens any more. */
static bool
is_refused(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(rig->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool refused = connect(fd, (struct sockaddr *)&a, sizeof a) != 0;

	close(fd);
	return refused;
}

static void
idle_ones_go_and_what_runs_ends(void **state)
{
	struct peer silent = peer_connect(rig->port), idle = peer_connect(rig->port), busy = peer_connect(rig->port);
	struct seen *s;

	(void)state;
	get(&idle, "/echo-idle");
	expect_got(&idle, "GET /echo-idle");
	get(&busy, "/slow");
	RIG_UNTIL(rig, (s = rig_find(rig, "/slow")) && origin_requests(origin) == 2);
	assert_int_equal(clients_open(), 3);
	rig_do(rig, INTENT_DRAIN, 0);
	RIG_UNTIL(rig, is_refused());
	assert_true(peer_at_end(&idle));
	assert_true(peer_at_end(&silent));
	peer_close(&idle);
	peer_close(&silent);
	RIG_UNTIL(rig, clients_open() == 1);
	assert_false(s->ended);
	origin_release(origin);
	expect_got(&busy, "Connection: close");
	assert_true(peer_at_end(&busy));
	peer_close(&busy);
	RIG_UNTIL(rig, clients_open() == 0 && s->ended);
	assert_int_equal(s->state, FLOW_S_DONE);
	rig_do(rig, INTENT_DRAIN, 0); /* once more: nothing is left to do */
	rig_pump(rig, 50);
}

static void
a_client_that_asks_again_is_told(void **state)
{
	struct peer p = peer_connect(rig->port);

	(void)state;
	get(&p, "/echo-one");
	expect_got(&p, "GET /echo-one");
	rig_do(rig, INTENT_DRAIN, 0);
	RIG_UNTIL(rig, is_refused());
	get(&p, "/echo-two");
	expect_got(&p, "Connection: close");
	assert_true(peer_at_end(&p));
	peer_close(&p);
}

static void
held_ones_are_waited_for(void **state)
{
	struct peer p = peer_connect(rig->port);
	struct seen *s;

	(void)state;
	rig_on(rig, INTENT_ON_REQUEST, "path ~ held");
	get(&p, "/echo-held");
	RIG_UNTIL(rig, (s = rig_find(rig, "/echo-held")) && s->state == FLOW_S_HELD);
	rig_do(rig, INTENT_DRAIN, 0);
	RIG_UNTIL(rig, is_refused());
	rig_pump(rig, 800);
	assert_int_equal(clients_open(), 1);
	rig_do(rig, INTENT_RESUME, s->key);
	expect_got(&p, "GET /echo-held");
	assert_true(peer_at_end(&p));
	peer_close(&p);
}

/* As their rules say; and the same for responses and requests. */
static void
what_is_held_is_let_go(void **state)
{
	struct peer p = peer_connect(rig->port), q = peer_connect(rig->port), r = peer_connect(rig->port);
	struct intent_rule rules[] = {rig_rule(1, INTENT_ON_REQUEST, "path ~ kill"), rig_rule(2, INTENT_ON_REQUEST, "path ~ send"),
	    rig_rule(3, INTENT_ON_RESPONSE, "path ~ answer")};
	struct seen *s;

	(void)state;
	rules[0].kill_after = true;
	rig_rules(rig, rules, 3);
	get(&p, "/echo-kill");
	get(&q, "/echo-send");
	get(&r, "/echo-answer");
	RIG_UNTIL(rig, rig_held(rig) == 3);
	rig_rules(rig, NULL, 0);
	assert_int_equal(rig_held(rig), 3);
	rig_do(rig, INTENT_RELEASE, 0);
	expect_got(&q, "GET /echo-send");
	expect_got(&r, "GET /echo-answer");
	assert_true(peer_at_end(&p));
	RIG_UNTIL(rig, (s = rig_find(rig, "/echo-kill"))->ended);
	assert_int_equal(s->state, FLOW_S_KILLED);
	assert_string_equal(s->why, "rule 1: nobody can answer any more, killed");
	assert_true(rig_event(rig, "rule 2: nobody can answer any more, sent on"));
	get(&q, "/echo-send-2"); /* no rule is left */
	expect_got(&q, "GET /echo-send-2");
	peer_close(&p);
	peer_close(&q);
	peer_close(&r);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
	    T(idle_ones_go_and_what_runs_ends),
	    T(a_client_that_asks_again_is_told),
	    T(held_ones_are_waited_for),
	    T(what_is_held_is_let_go),
	};
#undef T
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
