/* SPDX-License-Identifier: MIT
 * The history file. */
#include "ui/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char kinds[HISTORY_COUNT + 1] = {
    [HISTORY_NONE] = ' ',
    [HISTORY_FIND] = '/',
    [HISTORY_FILTER] = 'f',
    [HISTORY_COMMAND] = ':',
    [HISTORY_RULE] = 'i',
    [HISTORY_SHELL] = '!',
    [HISTORY_PATH] = '>',
};

static int
history_file(const char *path, int flags, struct errmsg *why)
{
	struct stat st;
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd < 0)
		return err_set(why, ERR_SYSTEM, "the history is not kept: %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		return fd;
	close(fd);
	return err_set(why, ERR_REFUSED, "the history is not kept: %s is not a file of yours", path);
}

static void
history_directories(const char *path)
{
	char *dir = mem_strdup(path);

	for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(dir, 0700); /* what is wrong is said when the file is opened */
		*slash = '/';
	}
	free(dir);
}

/* The last maximum of lines; *cut: there were more. */
static char *
history_last(char *text, bool *cut)
{
	size_t n = strlen(text);
	unsigned lines = 0;

	while (n && lines <= HISTORY_LINES_MAX)
		lines += text[--n] == '\n';
	*cut = lines > HISTORY_LINES_MAX;
	return *cut ? text + n + 1 : text;
}

static void
history_take(struct prompt *p, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *kind = strchr(kinds + 1, line[0]);
		if (kind && *kind && line[1] && strlen(line + 1) < PROMPT_TEXT_MAX)
			prompt_past_add(p, (enum prompt_history)(kind - kinds), line + 1);
	}
}

static int
history_rewrite(int fd, const char *text)
{
	size_t n = strlen(text);

	return ftruncate(fd, 0) != 0 || pwrite(fd, text, n, 0) != (ssize_t)n ? ERR_SYSTEM : 0;
}

int
history_open(struct prompt *p, const char *path, struct errmsg *why)
{
	struct stat st;
	bool cut = false;

	history_directories(path);
	int fd = history_file(path, O_RDWR | O_CREAT, why);
	if (fd < 0)
		return fd;
	fchmod(fd, 0600);
	off_t from = fstat(fd, &st) == 0 && st.st_size > HISTORY_BYTES_MAX ? st.st_size - HISTORY_BYTES_MAX : 0;
	char *text = mem_zalloc(HISTORY_BYTES_MAX + 1);
	ssize_t n = pread(fd, text, HISTORY_BYTES_MAX, from);
	for (ssize_t i = 0; i < n; i++)
		text[i] = text[i] ? text[i] : ' '; /* a line that begins so is nobody's; none after it is lost */
	char *last = history_last(text, &cut);
	if (cut || from)
		history_rewrite(fd, last);
	if (n > 0)
		history_take(p, last);
	free(text);
	close(fd);
	free(p->history_path);
	p->history_path = mem_strdup(path);
	return 0;
}

void
history_add(const char *path, enum prompt_history kind, const char *text)
{
	char line[PROMPT_TEXT_MAX + 2];
	int fd = history_file(path, O_WRONLY | O_APPEND, NULL);
	int n = snprintf(line, sizeof line, "%c%s\n", kinds[kind], text);

	if (fd < 0)
		return;
	/* Lost is at most this line. */
	ssize_t done = write(fd, line, (size_t)n);
	(void)done;
	close(fd);
}
