/* SPDX-License-Identifier: MIT
 * The session file as a file. */
#include "flow/flow_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"

static const char *const neighbour[] = {"-wal", "-shm", "-journal"};

static const char *
file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a named pipe";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static int
check_kind(const char *path, const struct stat *st, struct errmsg *why)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return err_set(why, ERR_REFUSED, "%s is %s, not a session file", path, file_kind(st->st_mode));
}

/* Absolute and free of links up to the last part, which must not be one: SQLite is then told to follow none. */
static char *
resolve(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mem_dup(path, (size_t)(slash - path) + 1) : mem_strdup(".");
	char *real = realpath(dir, NULL), *out = NULL;

	if (real)
		out = mem_printf("%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
	free(dir);
	free(real);
	return out;
}

static int
check_neighbours(const struct flow_file *f, struct errmsg *why)
{
	struct stat st;
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof neighbour / sizeof neighbour[0]; i++) {
		char *path = mem_printf("%s%s", f->path, neighbour[i]);
		if (lstat(path, &st) == 0)
			rc = check_kind(path, &st, why);
		free(path);
	}
	return rc;
}

int
flow_file_open_read(struct flow_file *f, const char *path, struct errmsg *why)
{
	struct stat st;
	int rc;

	*f = (struct flow_file){.lock_fd = -1};
	if (stat(path, &st))
		return errno == ENOENT ? err_set(why, ERR_NOTFOUND, "%s is not there", path)
				       : err_set(why, ERR_SYSTEM, "cannot open %s: %s", path,
					     strerror(errno));
	rc = check_kind(path, &st, why);
	if (rc)
		return rc;
	if (st.st_size == 0)
		return err_set(why, ERR_REFUSED, "%s is empty: not a session file", path);
	f->path = realpath(path, NULL);
	if (!f->path)
		return err_set(why, ERR_SYSTEM, "cannot open %s: %s", path, strerror(errno));
	rc = check_neighbours(f, why);
	if (rc)
		flow_file_close(f);
	return rc;
}

/* The process that holds an flock on the file; 0: none that /proc/locks knows of. A line reads
 * "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1048 0 EOF". */
static long
lock_holder(const struct stat *st)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256], want[64];
	long pid = 0;

	snprintf(want, sizeof want, " %02x:%02x:%llu ", major(st->st_dev), minor(st->st_dev),
	    (unsigned long long)st->st_ino);
	while (locks && !pid && fgets(line, sizeof line, locks)) {
		char *at = strstr(line, want);
		if (!at || !strstr(line, ": FLOCK "))
			continue;
		*at = '\0';
		at = strrchr(line, ' ');
		pid = at ? strtol(at + 1, NULL, 10) : 0;
	}
	if (locks)
		fclose(locks);
	return pid;
}

static int
refuse_second(const char *path, long pid, struct errmsg *why)
{
	if (pid > 0)
		return err_set(why, ERR_REFUSED,
		    "%s is being written by another mitmtop (process %ld)", path, pid);
	return err_set(why, ERR_REFUSED, "%s is being written by another mitmtop", path);
}

static int
open_new(struct flow_file *f, const char *path, struct errmsg *why)
{
	f->lock_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->lock_fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot make %s: %s", path, strerror(errno));
	f->created = true;
	return 0;
}

static int
open_old(struct flow_file *f, const char *path, const struct stat *seen, struct errmsg *why)
{
	long pid = lock_holder(seen);
	int rc = check_kind(path, seen, why);

	if (rc)
		return rc;
	if (seen->st_uid != geteuid())
		return err_set(why, ERR_REFUSED,
		    "%s belongs to another user (uid %ld): name another session file", path,
		    (long)seen->st_uid);
	if (pid)
		return refuse_second(path, pid, why);
	f->lock_fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f->lock_fd < 0)
		return err_set(
		    why, ERR_SYSTEM, "cannot open %s for writing: %s", path, strerror(errno));
	return 0;
}

static int
take_lock(struct flow_file *f, const char *path, struct errmsg *why)
{
	struct stat st;
	int rc;

	if (fstat(f->lock_fd, &st))
		return err_set(why, ERR_SYSTEM, "cannot look at %s: %s", path, strerror(errno));
	rc = check_kind(path, &st, why);
	if (rc)
		return rc;
	if (flock(f->lock_fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK
			   ? refuse_second(path, lock_holder(&st), why)
			   : err_set(why, ERR_SYSTEM, "cannot lock %s: %s", path, strerror(errno));
	/* The umask may have taken our own rights, and an empty file may have been made with more. */
	if (st.st_size == 0 && fchmod(f->lock_fd, 0600))
		return err_set(
		    why, ERR_SYSTEM, "cannot set the mode of %s: %s", path, strerror(errno));
	return 0;
}

int
flow_file_open_write(struct flow_file *f, const char *path, struct errmsg *why)
{
	struct stat st;
	int rc;

	*f = (struct flow_file){.lock_fd = -1};
	if (lstat(path, &st) == 0)
		rc = open_old(f, path, &st, why);
	else if (errno == ENOENT)
		rc = open_new(f, path, why);
	else
		rc = err_set(why, ERR_SYSTEM, "cannot open %s: %s", path, strerror(errno));
	if (!rc)
		rc = take_lock(f, path, why);
	if (!rc) {
		f->path = resolve(path);
		rc = f->path ? check_neighbours(f, why)
			     : err_set(why, ERR_SYSTEM, "cannot find the folder of %s: %s", path,
				   strerror(errno));
	}
	if (rc)
		flow_file_close(f);
	return rc;
}

int
flow_file_still_there(const struct flow_file *f, const char *name, struct errmsg *why)
{
	struct stat now, ours;

	if (fstat(f->lock_fd, &ours))
		return err_set(why, ERR_SYSTEM, "cannot look at %s: %s", name, strerror(errno));
	if (lstat(f->path, &now) || now.st_ino != ours.st_ino || now.st_dev != ours.st_dev)
		return err_set(why, ERR_SYSTEM,
		    "%s was removed, renamed or replaced: put it back, or start again", name);
	if (!ours.st_size)
		return err_set(why, ERR_SYSTEM, "%s was emptied: start again with another", name);
	return 0;
}

void
flow_file_close(struct flow_file *f)
{
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	free(f->path);
	*f = (struct flow_file){.lock_fd = -1};
}

uint64_t
flow_file_bytes(const struct flow_file *f)
{
	static const char *const part[] = {"", "-wal"};
	uint64_t bytes = 0;
	struct stat st;

	for (int i = 0; i < 2; i++) {
		char *path = mem_printf("%s%s", f->path, part[i]);
		bytes += stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
		free(path);
	}
	return bytes;
}

bool
flow_file_has(const struct flow_file *f, const char *suffix)
{
	char *path = mem_printf("%s%s", f->path, suffix);
	struct stat st;
	bool has = lstat(path, &st) == 0 && st.st_size > 0;

	free(path);
	return has;
}

bool
flow_file_same(const char *path, const char *other)
{
	struct stat a, b;

	return other && stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
