/* SPDX-License-Identifier: MIT
 * The external viewer. What it is running on lives here and not in the application's state because
 * a dying program must find it: the file may hold secrets and is removed whatever happens (T72). */
#include "ui/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ui/scratch.h"
#include "ui/term.h"

enum {
	VIEWER_WORDS_MAX = 32,
	VIEWER_STOP_TRIES = 30,
	VIEWER_STOP_STEP_MS = 10,
	VIEWER_NOT_RUN = 127
};

static struct viewer_state {
	volatile sig_atomic_t pid; /* 0: none runs; its process group too */
	int fd;			   /* pidfd, or -1 */
	struct terminal *term;
	struct sigaction ttou;		    /* as it was */
	struct scratch file;		    /* none of a shell */
	char program[64];
	struct viewer_edit edit; /* done NULL: it is only shown */
	bool shell; /* its exit status is its own affair */
} viewer = {.fd = -1};

/* ---- the program ---- */

/* The words of a command, split at blanks and nothing else: no shell sees them. text is changed. */
static void
viewer_words(char *text, char **word)
{
	unsigned n = 0;

	while (n < VIEWER_WORDS_MAX) {
		text += strspn(text, " \t");
		if (!*text)
			break;
		word[n++] = text;
		text += strcspn(text, " \t");
		if (*text)
			*text++ = '\0';
	}
	word[n] = viewer.file.path;
	word[n + 1] = NULL;
}

/* In the child, between fork and exec: other threads hold no locks here, so nothing but system
 * calls. */
static void
viewer_exec(int tty, char **word)
{
	static const int taken[] = {SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN, SIGINT, SIGQUIT, SIGTERM};
	sigset_t none;

	setpgid(0, 0);
	tcsetpgrp(tty, getpid());
	prctl(PR_SET_PDEATHSIG, SIGHUP); /* who is killed outright cannot tell it */
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		signal(taken[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(word[0], word);
	_exit(VIEWER_NOT_RUN);
}

static void
viewer_terminal_back(void)
{
	tcsetpgrp(term_fd(viewer.term), getpgrp());
	sigaction(SIGTTOU, &viewer.ttou, NULL);
}

/* Whoever dies takes the program and its file along. Async-signal-safe. */
static bool
viewer_panic(void)
{
	if (!viewer.pid)
		return false;
	kill(-viewer.pid, SIGHUP);
	kill(-viewer.pid, SIGCONT);
	scratch_panic(&viewer.file);
	tcsetpgrp(term_fd(viewer.term), getpgrp());
	return true;
}

/* The first of these variables that says something, else the last word. */
static const char *
viewer_program(const char *first, const char *second, const char *otherwise)
{
	const char *name[] = {getenv(first), second ? getenv(second) : NULL};

	for (int i = 0; i < 2; i++)
		if (name[i] && name[i][strspn(name[i], " \t")])
			return name[i];
	return otherwise;
}

/* Leaves the terminal to the program. */
static int
viewer_run(struct terminal *t, char **word, struct errmsg *why)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	snprintf(viewer.program, sizeof viewer.program, "%s", word[0]);
	viewer.term = t;
	term_suspend(t);
	/* Who gives the terminal away and takes it back is in the background while doing so. */
	sigaction(SIGTTOU, &ignore, &viewer.ttou);
	term_panic_hook = viewer_panic;
	pid_t pid = fork();
	if (pid == 0)
		viewer_exec(term_fd(t), word);
	if (pid < 0) {
		err_set(why, ERR_SYSTEM, "cannot start %s: %s", viewer.program, strerror(errno));
		viewer_terminal_back();
		scratch_remove(&viewer.file);
		term_resume(t);
		return ERR_SYSTEM;
	}
	setpgid(pid, pid); /* both do it: whoever comes first */
	tcsetpgrp(term_fd(t), pid);
	viewer.pid = pid;
	viewer.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return 0;
}

/* The command with a file of the parts behind it. */
static int
viewer_run_on_file(struct terminal *t, const char *command, const char *name, const struct span *part, size_t nparts,
    struct errmsg *why)
{
	char *word[VIEWER_WORDS_MAX + 2], *text;

	why->text[0] = '\0';
	if (viewer.pid || term_fd(t) < 0)
		return err_set(why, ERR_REFUSED, "no terminal to show it on");
	if (scratch_make(&viewer.file, name, part, nparts, why))
		return ERR_SYSTEM;
	viewer.shell = false;
	viewer.edit = (struct viewer_edit){.done = NULL};
	text = mem_strdup(command);
	viewer_words(text, word);
	int bad = viewer_run(t, word, why);
	free(text);
	return bad;
}

int
viewer_start(struct terminal *t, const char *name, const struct span *part, size_t nparts,
    struct errmsg *why)
{
	return viewer_run_on_file(t, viewer_program("PAGER", NULL, "less"), name, part, nparts, why);
}

int
viewer_start_edit(struct terminal *t, const char *name, const struct span *part, size_t nparts,
    const struct viewer_edit *edit, struct errmsg *why)
{
	int bad = viewer_run_on_file(t, viewer_program("VISUAL", "EDITOR", "vi"), name, part, nparts, why);

	if (!bad)
		viewer.edit = *edit;
	return bad;
}

int
viewer_start_shell(struct terminal *t, const char *command, struct errmsg *why)
{
	/* The outer shell lives through ^C, which is for the command. */
	static char script[] = "trap : INT QUIT; sh -c \"$1\"; s=$?; printf '\\n[exit status %d, Enter goes back] ' $s; read -r x";
	char sh[] = "/bin/sh", c[] = "-c";
	const char *shell = getenv("SHELL");
	char *text = mem_strdup(command), *own = mem_strdup(shell && access(shell, X_OK) == 0 ? shell : sh);
	char *run[] = {sh, c, script, sh, text, NULL}, *interactive[] = {own, NULL};
	int bad = 0;

	why->text[0] = '\0';
	if (viewer.pid || term_fd(t) < 0)
		bad = err_set(why, ERR_REFUSED, "no terminal to run it on");
	if (!bad) {
		viewer.shell = true;
		viewer.edit = (struct viewer_edit){.done = NULL};
		bad = viewer_run(t, command[strspn(command, " ")] ? run : interactive, why);
	}
	free(text);
	free(own);
	return bad;
}

bool
viewer_running(void)
{
	return viewer.pid != 0;
}

int
viewer_fd(void)
{
	return viewer.fd;
}

static void
viewer_end(void)
{
	viewer.pid = 0;
	if (viewer.fd >= 0)
		close(viewer.fd);
	viewer.fd = -1;
	viewer_terminal_back();
	scratch_remove(&viewer.file);
}

/* What the editor has left; allocated, p NULL with why when it cannot be read. */
static struct span
viewer_file_read(struct errmsg *why)
{
	int fd = open(viewer.file.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > VIEWER_EDIT_MAX_BYTES) {
		err_set(why, ERR_SYSTEM, fd < 0 ? "%s left no file" : "%s left a file that is too large", viewer.program);
		if (fd >= 0)
			close(fd);
		return SPAN_NONE;
	}
	char *p = mem_alloc((size_t)st.st_size + 1);
	for (ssize_t got = 1; got > 0 && n < (size_t)st.st_size; n += got > 0 ? (size_t)got : 0)
		got = read(fd, p + n, (size_t)st.st_size - n);
	close(fd);
	return span_of(p, n);
}

/* Tells whoever wanted the text edited; a program that failed has edited nothing. */
static void
viewer_edited(struct errmsg *why)
{
	struct viewer_edit edit = viewer.edit;
	struct span text = why->text[0] ? SPAN_NONE : viewer_file_read(why);

	viewer.edit.done = NULL;
	viewer_end();
	term_resume(viewer.term);
	edit.done(edit.arg, text, why);
	free((char *)(uintptr_t)text.p);
}

bool
viewer_turn(struct errmsg *why)
{
	int status = 0;
	pid_t pid = viewer.pid ? waitpid(viewer.pid, &status, WNOHANG | WUNTRACED) : 0;

	if (!pid)
		return false;
	if (pid > 0 && WIFSTOPPED(status)) {
		/* Nobody else could wake it: no shell knows of it. */
		tcsetpgrp(term_fd(viewer.term), pid);
		kill(-pid, SIGCONT);
		return false;
	}
	why->text[0] = '\0';
	if (pid > 0 && !viewer.shell && WIFEXITED(status) && WEXITSTATUS(status) == VIEWER_NOT_RUN)
		err_set(why, ERR_SYSTEM,
		    viewer.edit.done ? "cannot run %s: set EDITOR to a program that edits a file"
		                     : "cannot run %s: set PAGER to a program that shows a file",
		    viewer.program);
	else if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) && viewer.edit.done)
		err_set(why, ERR_SYSTEM, "%s ended with status %d: nothing is changed", viewer.program, WEXITSTATUS(status));
	else if (pid > 0 && !viewer.shell && WIFSIGNALED(status))
		err_set(
		    why, ERR_SYSTEM, "%s was ended by signal %d", viewer.program, WTERMSIG(status));
	if (viewer.edit.done) {
		viewer_edited(why);
		return true;
	}
	viewer_end();
	term_resume(viewer.term);
	return true;
}

void
viewer_stop(void)
{
	if (!viewer.pid)
		return;
	kill(-viewer.pid, SIGHUP);
	kill(-viewer.pid, SIGCONT);
	for (int tries = 0; waitpid(viewer.pid, NULL, WNOHANG) == 0; tries++) {
		if (tries == VIEWER_STOP_TRIES)
			kill(-viewer.pid, SIGKILL);
		poll(NULL, 0, VIEWER_STOP_STEP_MS);
	}
	kill(-viewer.pid, SIGKILL); /* what it had started itself */
	viewer_end();
}
