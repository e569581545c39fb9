/* SPDX-License-Identifier: MIT
 * Tests of finding the process behind a client: real sockets, real processes. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/process.h"
#include "engine/process_scan.h"
#include "engine_fixture.h"

enum { MANY = 300, DEADLINE_MS = 20000, NOBODY = 65534 };

static const char kid_name[] = "ki\x1b[31m\xff";

/* ---- a client in a process of its own ---- */

struct kid {
	pid_t pid;
	int go, done; /* a byte lets it go on; one tells that it is connected */
};

static int
dial(int family, const char *addr, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(family, SOCK_STREAM, 0);

	inet_pton(family, addr, family == AF_INET ? (void *)&in.sin_addr : (void *)&in6.sin6_addr);
	if (family == AF_INET ? connect(fd, (void *)&in, sizeof in) : connect(fd, (void *)&in6, sizeof in6))
		_exit(1);
	return fd;
}

/* Connects n times, sends text on each and waits. uid: 0, or who it becomes first. */
static struct kid
kid_start(int family, const char *addr, uint16_t port, unsigned n, const char *text, uid_t uid)
{
	int go[2], done[2];
	struct kid k;

	assert_true(!pipe(go) && !pipe(done));
	k.pid = fork();
	assert_true(k.pid >= 0);
	if (k.pid == 0) {
		char c;
		close(go[1]);
		if (uid && setuid(uid))
			_exit(1);
		prctl(PR_SET_NAME, kid_name);
		for (unsigned i = 0; i < n; i++) {
			int fd = dial(family, addr, port);
			if (text && write(fd, text, strlen(text)) < 0)
				_exit(1);
		}
		if (write(done[1], "x", 1) != 1 || read(go[0], &c, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	k.go = go[1];
	k.done = done[0];
	return k;
}

static void
kid_end(struct kid *k)
{
	int status;

	close(k->go);
	close(k->done);
	assert_int_equal(waitpid(k->pid, &status, 0), k->pid);
	assert_int_equal(status, 0);
}

/* ---- the thread alone ---- */

struct desk {
	struct process *process;
	int wake, listener;
	uint16_t port;
};

static void
desk_open(struct desk *d, int family, const char *addr)
{
	struct sockaddr_storage sa = {.ss_family = (sa_family_t)family};
	struct sockaddr_in *in = (void *)&sa;
	struct sockaddr_in6 *in6 = (void *)&sa;
	socklen_t n = sizeof sa;
	struct errmsg why;

	inet_pton(family, addr, family == AF_INET ? (void *)&in->sin_addr : (void *)&in6->sin6_addr);
	d->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(d->listener, (void *)&sa, family == AF_INET ? sizeof *in : sizeof *in6), 0);
	assert_int_equal(listen(d->listener, 512), 0);
	assert_int_equal(getsockname(d->listener, (void *)&sa, &n), 0);
	d->port = ntohs(family == AF_INET ? in->sin_port : in6->sin6_port);
	d->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	d->process = process_new(&d->wake, 1, &why);
	assert_non_null(d->process);
}

static void
desk_close(struct desk *d)
{
	process_stop(d->process);
	process_free(d->process);
	close(d->wake);
	close(d->listener);
}

/* Accepts a connection and asks who has it; returns our end. */
static int
desk_ask(struct desk *d, uint32_t ask)
{
	struct sockaddr_storage peer, own;
	socklen_t n = sizeof peer, m = sizeof own;
	int fd = accept(d->listener, (void *)&peer, &n);

	assert_true(fd >= 0 && !getsockname(fd, (void *)&own, &m));
	process_ask(d->process, 0, ask, (void *)&peer, (void *)&own);
	return fd;
}

static struct process_answer
desk_take(struct desk *d)
{
	struct process_answer a;
	eventfd_t ignored;

	while (!process_take(d->process, 0, &a)) {
		struct pollfd p = {.fd = d->wake, .events = POLLIN};
		assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
		eventfd_read(d->wake, &ignored);
	}
	return a;
}

static void
check_one(int family, const char *addr, int client_family, const char *client_addr, uid_t uid)
{
	struct desk d;

	desk_open(&d, family, addr);
	struct kid k = kid_start(client_family, client_addr, d.port, 1, NULL, uid);
	int fd = desk_ask(&d, 7);
	struct process_answer a = desk_take(&d);
	assert_int_equal(a.ask, 7);
	assert_int_equal(a.pid, k.pid);
	assert_string_equal(a.name, kid_name);
	close(fd);
	kid_end(&k);
	desk_close(&d);
}

static void
test_a_child(void **state)
{
	(void)state;
	check_one(AF_INET, "127.0.0.1", AF_INET, "127.0.0.1", 0);
	check_one(AF_INET, "127.0.0.1", AF_INET6, "::ffff:127.0.0.1", 0);
	check_one(AF_INET, "127.0.0.9", AF_INET, "127.0.0.9", 0);
}

static void
test_ipv6(void **state)
{
	(void)state;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool none = fd < 0 || bind(fd, (void *)&sa, sizeof sa);

	if (fd >= 0)
		close(fd);
	if (none)
		skip();
	check_one(AF_INET6, "::1", AF_INET6, "::1", 0);
}

/* Root sees the processes of others. */
static void
test_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	check_one(AF_INET, "127.0.0.1", AF_INET, "127.0.0.1", NOBODY);
}

static void
test_many_at_once(void **state)
{
	(void)state;
	struct desk d;
	int fd[MANY];
	bool seen[MANY] = {false};

	desk_open(&d, AF_INET, "127.0.0.1");
	struct kid k = kid_start(AF_INET, "127.0.0.1", d.port, MANY, NULL, 0);
	for (uint32_t i = 0; i < MANY; i++)
		fd[i] = desk_ask(&d, i);
	for (unsigned i = 0; i < MANY; i++) {
		struct process_answer a = desk_take(&d);
		assert_true(a.ask < MANY && !seen[a.ask]);
		assert_int_equal(a.pid, k.pid);
		seen[a.ask] = true;
	}
	for (unsigned i = 0; i < MANY; i++)
		close(fd[i]);
	kid_end(&k);
	desk_close(&d);
}

static void
test_nobody(void **state)
{
	(void)state;
	struct desk d;
	struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(4000)}, own = {.sin_family = AF_INET};
	char c;

	desk_open(&d, AF_INET, "127.0.0.1");
	/* Gone before it is looked for. */
	struct kid k = kid_start(AF_INET, "127.0.0.1", d.port, 1, NULL, 0);
	assert_int_equal(read(k.done, &c, 1), 1);
	kid_end(&k);
	int fd = desk_ask(&d, 1);
	struct process_answer a = desk_take(&d);
	assert_true(a.ask == 1 && a.pid == 0 && !a.name[0]);
	close(fd);
	/* We ourselves. */
	int mine = dial(AF_INET, "127.0.0.1", d.port);
	fd = desk_ask(&d, 2);
	assert_int_equal(desk_take(&d).pid, 0);
	close(mine);
	close(fd);
	/* Another machine; and no connection, where somebody listens on its port. */
	inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
	own.sin_port = htons(d.port);
	process_ask(d.process, 0, 3, (void *)&far, (void *)&own);
	assert_int_equal(desk_take(&d).pid, 0);
	struct sockaddr_in to = own;
	to.sin_port = htons(1);
	process_ask(d.process, 0, 4, (void *)&own, (void *)&to);
	assert_int_equal(desk_take(&d).pid, 0);
	desk_close(&d);
}

/* It ends although questions are open. */
static void
test_stop(void **state)
{
	(void)state;
	struct desk d;
	int fd[MANY];

	desk_open(&d, AF_INET, "127.0.0.1");
	struct kid k = kid_start(AF_INET, "127.0.0.1", d.port, MANY, NULL, 0);
	for (uint32_t i = 0; i < MANY; i++)
		fd[i] = desk_ask(&d, i);
	desk_close(&d);
	for (unsigned i = 0; i < MANY; i++)
		close(fd[i]);
	kid_end(&k);
}

/* ---- in the engine ---- */

static struct rig *rig;
static uint16_t origin;

static int
begin(void **state)
{
	(void)state;
	rig = rig_open_process(2);
	origin = origin_open(NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	rig_close(rig);
	origin_close(origin);
	fix_dirs_remove();
	return 0;
}

static struct kid
kid_request(const char *path, unsigned n)
{
	static char text[200];

	snprintf(text, sizeof text, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", origin, path, origin);
	return kid_start(AF_INET, "127.0.0.1", rig->port, n, text, 0);
}

static void
test_it_is_told(void **state)
{
	(void)state;
	struct kid k = kid_request("/echo/told", 1);
	RIG_UNTIL(rig, rig->told == 1);
	assert_int_equal(rig->due, 1);
	assert_int_equal(rig->pid, k.pid);
	assert_string_equal(rig->process, kid_name);
	kid_end(&k);
}

/* Each connection is told of once, whether it is open by then or not; also when the engine stops. */
static void
test_each_is_told_once(void **state)
{
	(void)state;
	struct kid k = kid_request("/echo/each", MANY);
	for (unsigned i = 0; i < MANY; i++) {
		struct peer p = peer_connect(rig->port);
		peer_close(&p);
	}
	RIG_UNTIL(rig, rig->told == 2 * MANY);
	assert_int_equal(rig->known, MANY);
	kid_end(&k);
	RIG_UNTIL(rig, rig->closed == 2 * MANY);
	k = kid_request("/echo/stop", MANY);
	RIG_UNTIL(rig, rig->due > 2 * MANY);
	engine_stop(rig->engine);
	rig_pump(rig, 0);
	assert_int_equal(rig->told, rig->due);
	kid_end(&k);
}

/* A rule that asks for the process gets it, although the request comes at once. */
static void
test_a_rule(void **state)
{
	(void)state;
	char expr[64];
	rig_on(rig, INTENT_ON_REQUEST, "proc ~ \"^ki\"");
	struct peer mine = peer_connect(rig->port);
	peer_print(&mine, "GET http://127.0.0.1:%u/echo/mine HTTP/1.1\r\nHost: x\r\n\r\n", origin);
	RIG_UNTIL(rig, rig->told == 1); /* a child made before would hold this socket too */
	struct kid k;
	char path[32];
	/* Where the process is not found in time, on a machine that is full, the request goes on. */
	for (int try = 0; try < 20 && !rig_held(rig); try++) {
		snprintf(path, sizeof path, "/echo/rule%d.", try);
		if (try)
			kid_end(&k);
		k = kid_request(path, 1);
		RIG_UNTIL(rig, rig_held(rig) == 1 || (rig_find(rig, path) && rig_find(rig, path)->ended));
	}
	assert_int_equal(rig_held(rig), 1);
	RIG_UNTIL(rig, rig_find(rig, "/echo/mine") && rig_find(rig, "/echo/mine")->ended);
	assert_int_equal(rig_find(rig, "/echo/mine")->held, 0);
	rig_do(rig, INTENT_RESUME, rig_find(rig, path)->key);
	RIG_UNTIL(rig, rig_find(rig, path)->ended);
	peer_close(&mine);
	kid_end(&k);
	snprintf(expr, sizeof expr, "pid = %d", (int)getpid() + 1000000);
	rig_on(rig, INTENT_ON_REQUEST, expr);
	k = kid_request("/echo/pid", 1);
	RIG_UNTIL(rig, rig_find(rig, "/echo/pid") && rig_find(rig, "/echo/pid")->ended);
	assert_int_equal(rig_find(rig, "/echo/pid")->held, 0);
	kid_end(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_child),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_another_user),
	    cmocka_unit_test(test_many_at_once),
	    cmocka_unit_test(test_nobody),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test_setup_teardown(test_it_is_told, begin, end),
	    cmocka_unit_test_setup_teardown(test_each_is_told_once, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_rule, begin, end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
