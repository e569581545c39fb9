/* SPDX-License-Identifier: MIT
 * A shell command fed with bytes. */
#include "ui/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { PIPE_STOP_NS = 2000000000, PIPE_READ = 16384, PIPE_WRITE = 65536, PIPE_READS_PER_TURN = 16, PIPE_WRITES_PER_TURN = 16, PIPE_NOT_RUN = 127 };

void
pipe_init(struct pipe *p)
{
	*p = (struct pipe){.in_fd = -1, .out_fd = -1, .pid_fd = -1};
	buf_init(&p->out, PIPE_OUT_MAX);
}

static void
pipe_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* All of it but the output. */
static void
pipe_release(struct pipe *p)
{
	pipe_close(&p->in_fd);
	pipe_close(&p->out_fd);
	pipe_close(&p->pid_fd);
	buf_fini(&p->in);
	p->pid = 0;
}

void
pipe_fini(struct pipe *p)
{
	if (p->pid) {
		kill(-p->pid, SIGKILL);
		if (!p->reaped)
			waitpid(p->pid, NULL, 0);
	}
	pipe_release(p);
	buf_fini(&p->out);
	free(p->command);
	p->command = NULL;
}

/* In the child, between fork and exec: other threads hold no locks here, so nothing but system calls. */
static void
pipe_exec(const char *command, int in, int out)
{
	static const int taken[] = {SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
	sigset_t none;

	setsid(); /* nothing of it reaches the terminal */
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		signal(taken[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(PIPE_NOT_RUN);
}

static void
pipe_watch(int poll_fd, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events};

	if (fd >= 0)
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e);
}

int
pipe_start(struct pipe *p, const char *command, struct buf *in, int poll_fd, struct errmsg *why)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0)
		return err_set(why, ERR_SYSTEM, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC) < 0) {
		err_set(why, ERR_SYSTEM, "cannot make a pipe: %s", strerror(errno));
		close(to[0]);
		close(to[1]);
		return ERR_SYSTEM;
	}
	pid_t pid = fork();
	if (pid == 0)
		pipe_exec(command, to[0], from[1]);
	int error = errno;
	close(to[0]);
	close(from[1]);
	if (pid < 0) {
		close(to[1]);
		close(from[0]);
		return err_set(why, ERR_SYSTEM, "cannot start a shell: %s", strerror(error));
	}
	fcntl(to[1], F_SETFL, O_NONBLOCK);
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	free(p->command);
	buf_fini(&p->out);
	*p = (struct pipe){.pid = pid,
	    .in_fd = to[1],
	    .out_fd = from[0],
	    .pid_fd = (int)syscall(SYS_pidfd_open, pid, 0),
	    .in = *in,
	    .begin_ns = clock_mono_ns(),
	    .command = mem_strdup(command)};
	buf_init(in, in->max);
	buf_init(&p->out, PIPE_OUT_MAX);
	pipe_watch(poll_fd, p->in_fd, EPOLLOUT);
	pipe_watch(poll_fd, p->out_fd, EPOLLIN);
	pipe_watch(poll_fd, p->pid_fd, EPOLLIN);
	return 0;
}

bool
pipe_running(const struct pipe *p)
{
	return p->pid != 0;
}

static void
pipe_feed(struct pipe *p)
{
	for (int i = 0; p->in_fd >= 0 && p->in_at < p->in.n; i++) {
		size_t left = p->in.n - p->in_at;
		ssize_t n = write(p->in_fd, p->in.p + p->in_at, left < PIPE_WRITE ? left : PIPE_WRITE);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			break; /* it wants no more */
		if (n < 0 || i == PIPE_WRITES_PER_TURN)
			return;
		p->in_at += (size_t)n;
	}
	pipe_close(&p->in_fd);
}

/* True when there is nothing to be read at present, or any more. */
static bool
pipe_read(struct pipe *p)
{
	for (int i = 0; i < PIPE_READS_PER_TURN && p->out_fd >= 0; i++) {
		size_t room = PIPE_OUT_MAX - p->out.n;
		char *to = buf_reserve(&p->out, room < PIPE_READ ? room : PIPE_READ);
		ssize_t n = room && to ? read(p->out_fd, to, room < PIPE_READ ? room : PIPE_READ) : 0;
		if (!room)
			pipe_stop(p, PIPE_TOO_MUCH);
		if (n > 0)
			p->out.n += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			return true;
		else if (n == 0 || errno != EINTR)
			pipe_close(&p->out_fd);
	}
	return p->out_fd < 0;
}

bool
pipe_turn(struct pipe *p)
{
	uint64_t now = clock_mono_ns();

	if (!p->pid)
		return false;
	pipe_feed(p);
	if (!p->reaped)
		p->reaped = waitpid(p->pid, &p->status, WNOHANG) == p->pid;
	if (now > p->begin_ns + PIPE_TIME_MAX_S * 1000000000ull && !p->stop_ns)
		pipe_stop(p, PIPE_TOO_LONG);
	if (p->stop_ns && now > p->stop_ns + PIPE_STOP_NS)
		kill(-p->pid, SIGKILL);
	/* What it has left in the background may hold the pipe open: that is not waited for. */
	if (!pipe_read(p) || !p->reaped)
		return false;
	if (p->end != PIPE_ENDED)
		kill(-p->pid, SIGKILL);
	pipe_release(p);
	return true;
}

void
pipe_stop(struct pipe *p, enum pipe_end end)
{
	if (!p->pid)
		return;
	kill(-p->pid, p->stop_ns ? SIGKILL : SIGTERM);
	kill(-p->pid, SIGCONT);
	if (p->stop_ns)
		return;
	p->stop_ns = clock_mono_ns();
	p->end = end;
}
