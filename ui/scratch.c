/* SPDX-License-Identifier: MIT
 * Files for other programs. */
#include "ui/scratch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_PREFIX "mitmtop-shown-"

enum {
	SCRATCH_RANDOM = 6, /* characters of mkdtemp */
	SCRATCH_SWEEP_MAX = 100000, /* names looked at */
	SCRATCH_LEFT_MAX = 100      /* files of one directory removed */
};

static const char *
scratch_parent(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

/* ---- making ---- */

static int
scratch_write(int fd, struct span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_SYSTEM;
		s = span_of(s.p + n, s.n - (size_t)n);
	}
	return 0;
}

/* 0 with the directory locked. */
static int
scratch_dir_make(struct scratch *s)
{
	struct stat st;

	int n = snprintf(s->dir, sizeof s->dir, "%s/" SCRATCH_PREFIX "%ld-XXXXXX", scratch_parent(), (long)getpid());
	if ((size_t)n >= sizeof s->dir) {
		errno = ENAMETOOLONG;
		return ERR_LIMIT;
	}
	if (!mkdtemp(s->dir))
		return ERR_SYSTEM;
	s->lock = open(s->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->lock >= 0 && flock(s->lock, LOCK_EX | LOCK_NB) == 0 && fstat(s->lock, &st) == 0 && st.st_nlink > 0)
		return 0;
	/* One in whose eyes this process is not there was faster. */
	if (s->lock >= 0)
		close(s->lock);
	rmdir(s->dir);
	errno = EAGAIN;
	return ERR_SYSTEM;
}

int
scratch_make(struct scratch *s, const char *name, const struct span *part, size_t nparts, struct errmsg *why)
{
	if (scratch_dir_make(s)) {
		s->dir[0] = '\0';
		return err_set(why, ERR_SYSTEM, "cannot make a directory in %.100s: %s", scratch_parent(), strerror(errno));
	}
	int bad = 0;
	if ((size_t)snprintf(s->path, sizeof s->path, "%.*s/%s", (int)(sizeof s->path - 64), s->dir, name) >= sizeof s->path)
		bad = ERR_LIMIT;
	int fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bad = bad || fd < 0 ? ERR_SYSTEM : 0;
	for (size_t i = 0; i < nparts && !bad; i++)
		bad = scratch_write(fd, part[i]);
	if (fd >= 0 && close(fd) < 0)
		bad = ERR_SYSTEM;
	if (bad) {
		err_set(why, ERR_SYSTEM, "cannot write %.100s: %s", s->path, strerror(errno));
		scratch_remove(s);
	}
	return bad;
}

/* ---- removing ---- */

/* fd is taken over. */
static void
scratch_empty(int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;

	for (int n = 0; d && n < SCRATCH_LEFT_MAX && (e = readdir(d)) != NULL; n++)
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	else
		close(fd);
}

void
scratch_remove(struct scratch *s)
{
	if (!s->dir[0])
		return;
	scratch_empty(s->lock);
	rmdir(s->dir);
	s->path[0] = s->dir[0] = '\0';
}

void
scratch_panic(const struct scratch *s)
{
	if (!s->dir[0])
		return;
	unlink(s->path);
	rmdir(s->dir);
}

/* ---- what others have left ---- */

/* The process of a name as scratch_dir_make gives them; 0: it is another. */
static pid_t
scratch_owner(const char *name)
{
	const size_t prefix = sizeof SCRATCH_PREFIX - 1;
	char *end;

	if (strncmp(name, SCRATCH_PREFIX, prefix) != 0 || !isdigit((unsigned char)name[prefix]))
		return 0;
	errno = 0;
	long pid = strtol(name + prefix, &end, 10);
	if (errno || pid <= 1 || pid > INT_MAX || *end != '-' || strlen(end + 1) != SCRATCH_RANDOM)
		return 0;
	for (const char *p = end + 1; *p; p++)
		if (!isalnum((unsigned char)*p))
			return 0;
	return (pid_t)pid;
}

/* The number may belong to another process meanwhile, or to one that cannot be seen from here: the lock knows. */
static void
scratch_sweep_one(int parent, const char *name)
{
	pid_t pid = scratch_owner(name);
	struct stat st;

	if (!pid || kill(pid, 0) == 0 || errno != ESRCH)
		return;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 07777) != 0700 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return;
	}
	scratch_empty(fd);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void
scratch_sweep(void)
{
	DIR *d = opendir(scratch_parent());
	const struct dirent *e;

	for (int n = 0; d && n < SCRATCH_SWEEP_MAX && (e = readdir(d)) != NULL; n++)
		scratch_sweep_one(dirfd(d), e->d_name);
	if (d)
		closedir(d);
}
