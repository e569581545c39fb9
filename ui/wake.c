/* SPDX-License-Identifier: MIT
 * The self-pipe. */
#include "ui/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/err.h"

static int wake_write_fd = -1;

static const struct wake_signal {
	int number;
	int resize; /* only for the console */
	int ignore;
} wake_signals[] = {
	{.number = SIGINT},
	{.number = SIGTERM},
	{.number = SIGHUP},
	{.number = SIGPIPE, .ignore = 1},
	{.number = SIGWINCH, .resize = 1},
	{.number = SIGTSTP, .resize = 1},
	{.number = SIGCONT, .resize = 1},
	{.number = SIGUSR2, .resize = 1},
};

enum { WAKE_SIGNALS = sizeof wake_signals / sizeof wake_signals[0] };

static struct sigaction wake_former[WAKE_SIGNALS];
static int wake_taken[WAKE_SIGNALS];

static void
wake_handler(int sig)
{
	int saved = errno;
	char c = (char)sig;

	if (write(wake_write_fd, &c, 1) < 0) {
		/* The pipe is full of signals already: one more says nothing new. */
	}
	errno = saved;
}

int
wake_open(int resize)
{
	int fds[2];

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return ERR_SYSTEM;
	wake_write_fd = fds[1];
	for (int i = 0; i < WAKE_SIGNALS; i++) {
		struct sigaction sa = {.sa_flags = SA_RESTART};

		wake_taken[i] = resize || !wake_signals[i].resize;
		if (!wake_taken[i])
			continue;
		sa.sa_handler = wake_signals[i].ignore ? SIG_IGN : wake_handler;
		sigaction(wake_signals[i].number, &sa, &wake_former[i]);
		/* nohup: who started us wants hang-ups ignored. */
		if (wake_signals[i].number == SIGHUP && wake_former[i].sa_handler == SIG_IGN)
			sigaction(SIGHUP, &wake_former[i], NULL);
	}
	return fds[0];
}

int
wake_next(int fd)
{
	char c;

	return read(fd, &c, 1) == 1 ? c : 0;
}

void
wake_close(int fd)
{
	for (int i = 0; i < WAKE_SIGNALS; i++)
		if (wake_taken[i])
			sigaction(wake_signals[i].number, &wake_former[i], NULL);
	close(wake_write_fd);
	wake_write_fd = -1;
	close(fd);
}
