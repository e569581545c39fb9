/* SPDX-License-Identifier: MIT
 * The parent that owns the job. It waits for signals and does nothing else. */
#include "ui/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Passed on to the console; SIGTSTP from elsewhere asks it to suspend itself. */
static const int job_forwarded[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL,
    SIGFPE, SIGTSTP};

enum { JOB_FORWARDED = sizeof job_forwarded / sizeof job_forwarded[0] };

static bool job_parent; /* this process has one */

bool
job_has_parent(void)
{
	return job_parent;
}

/* ---- the parent ---- */

static void
job_set_of(sigset_t *set)
{
	sigemptyset(set);
	for (int i = 0; i < JOB_FORWARDED; i++)
		sigaddset(set, job_forwarded[i]);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGCONT);
	sigaddset(set, SIGUSR1); /* from the child: it detaches */
	sigaddset(set, SIGTTOU);
}

/* Stops this process group as that signal does. False: it was not stopped, since no shell could continue it. */
static bool
job_stop(int sig)
{
	sigset_t one, cont;
	const struct timespec now = {0};

	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	while (sigtimedwait(&cont, NULL, &now) > 0) {
		/* An old one says nothing of what comes. */
	}
	sigemptyset(&one);
	sigaddset(&one, sig);
	kill(0, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL); /* stopped here */
	sigprocmask(SIG_BLOCK, &one, NULL);
	return sigtimedwait(&cont, NULL, &now) > 0;
}

/* In the background the terminal is somebody else's. */
static bool
job_wait_foreground(void)
{
	while (tcgetpgrp(STDIN_FILENO) != getpgrp())
		if (!job_stop(SIGTTOU))
			return false;
	return true;
}

static void
job_suspended(pid_t child)
{
	tcsetpgrp(STDIN_FILENO, getpgrp());
	bool stopped = job_stop(SIGTSTP) && job_wait_foreground();
	tcsetpgrp(STDIN_FILENO, child);
	kill(child, stopped ? SIGCONT : SIGUSR2);
}

/* Somebody had stopped this process alone: the shell has put it in the foreground again and knows of no other. */
static void
job_continued(pid_t child)
{
	if (tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	tcsetpgrp(STDIN_FILENO, child);
	kill(child, SIGCONT);
}

/* Who was killed outright left the terminal as it was: the modes found at the start, and the screen of the shell. */
static void
job_restore(const struct termios *modes)
{
	static const char leave[] = "\033[?1000l\033[?1006l\033[?1049l\033[?25h\033[0m\r\n";

	tcsetattr(STDIN_FILENO, TCSANOW, modes);
	if (write(STDOUT_FILENO, leave, sizeof leave - 1) < 0) {
		/* A terminal that takes nothing is left to its shell. */
	}
}

static void
job_child_ended(pid_t child, const struct termios *modes)
{
	int status;

	if (waitpid(child, &status, WNOHANG) != child)
		return;
	tcsetpgrp(STDIN_FILENO, getpgrp());
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		job_restore(modes);
	if (WIFSIGNALED(status)) {
		sigset_t one;
		sigemptyset(&one);
		sigaddset(&one, WTERMSIG(status));
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
		sigprocmask(SIG_UNBLOCK, &one, NULL);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void
job_parent_run(pid_t child, const struct termios *modes)
{
	sigset_t set;
	siginfo_t info;

	job_set_of(&set);
	for (;;) {
		int sig = sigwaitinfo(&set, &info);
		if (sig == SIGCHLD) {
			job_child_ended(child, modes);
		} else if (sig == SIGUSR1 && info.si_pid == child) {
			tcsetpgrp(STDIN_FILENO, getpgrp());
			_exit(0);
		} else if (sig == SIGTSTP && info.si_pid == child) {
			job_suspended(child);
		} else if (sig == SIGCONT) {
			job_continued(child);
		} else if (sig > 0 && sig != SIGUSR1 && sig != SIGTTOU) {
			kill(child, sig);
			if (sig != SIGTSTP)
				kill(child, SIGCONT); /* a stopped process ends only then */
		}
	}
}

/* ---- the child ---- */

void
job_split(void)
{
	struct termios modes;
	sigset_t set, old;

	/* The leader of a session is no shell's job. */
	if (!isatty(STDIN_FILENO) || getsid(0) == getpid() || tcgetpgrp(STDIN_FILENO) < 0 ||
	    tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	job_set_of(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	job_wait_foreground();
	pid_t parent = getpid(), child = fork();
	if (child < 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		return;
	}
	if (child > 0) {
		setpgid(child, child);
		tcsetpgrp(STDIN_FILENO, child);
		job_parent_run(child, &modes);
	}
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid()); /* both do it: whoever comes first */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* ^Z before the console is there and after it has gone: no shell knows of this process and could continue it. */
	signal(SIGTSTP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	job_parent = true;
}

void
job_suspend(void)
{
	kill(getppid(), SIGTSTP);
}

bool
job_is_foreground(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

bool
job_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (!job_parent || null < 0) {
		if (null >= 0)
			close(null);
		return false;
	}
	prctl(PR_SET_PDEATHSIG, 0);
	signal(SIGHUP, SIG_IGN);
	kill(getppid(), SIGUSR1);
	job_parent = false;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
	return true;
}
