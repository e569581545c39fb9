/* SPDX-License-Identifier: MIT
 * Bytes into a file. */
#include "ui/file_put.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct file_put {
	char *path, *temp;
	enum file_put_mode mode;
	struct buf data;
	int ready_fd;
	pthread_t thread;
	atomic_bool done;
	struct errmsg why; /* the thread's until done */
};

int
file_put_check(const char *path, struct errmsg *why)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? ERR_NOTFOUND : err_set(why, ERR_SYSTEM, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(why, ERR_REFUSED, "that is a directory");
	if (S_ISLNK(st.st_mode))
		return err_set(why, ERR_REFUSED, "that is a symbolic link");
	if (!S_ISREG(st.st_mode))
		return err_set(why, ERR_REFUSED, "that is no regular file");
	if (st.st_uid != geteuid() && geteuid() != 0)
		return err_set(why, ERR_REFUSED, "that file is another user's");
	return 0;
}

static int
put_failed(struct errmsg *why)
{
	return err_set(why, ERR_SYSTEM, "%s", strerror(errno));
}

/* Every directory above the file. */
static void
put_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700); /* what went wrong the file will tell */
		*slash = '/';
	}
}

static int
put_write(int fd, struct span s, struct errmsg *why)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return put_failed(why);
		s = span_of(s.p + n, s.n - (size_t)n);
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? put_failed(why) : 0;
}

/* Gives the finished file its name. */
static int
put_name(struct file_put *p, struct errmsg *why)
{
	int bad = file_put_check(p->path, why);

	if (bad && bad != ERR_NOTFOUND)
		return bad;
	if (p->mode != FILE_PUT_NEW)
		return rename(p->temp, p->path) < 0 ? put_failed(why) : 0;
	if (!bad)
		return err_set(why, ERR_EXISTS, "%s", strerror(EEXIST));
	return renameat2(AT_FDCWD, p->temp, AT_FDCWD, p->path, RENAME_NOREPLACE) < 0 ? put_failed(why) : 0;
}

static int
put_all(struct file_put *p, struct errmsg *why)
{
	int fd, bad;

	if (p->mode == FILE_PUT_PRIVATE)
		put_directories(p->path);
	fd = mkostemp(p->temp, O_CLOEXEC);
	if (fd < 0)
		return put_failed(why);
	bad = put_write(fd, buf_span(&p->data), why);
	if (close(fd) < 0 && !bad)
		bad = put_failed(why);
	if (!bad)
		bad = put_name(p, why);
	if (bad)
		unlink(p->temp);
	return bad;
}

static void *
put_main(void *arg)
{
	struct file_put *p = arg;
	struct errmsg why = {.text = ""};
	uint64_t one = 1;

	put_all(p, &why);
	p->why = why;
	atomic_store(&p->done, true);
	if (write(p->ready_fd, &one, sizeof one) < 0) {
		/* Its counter is at its maximum: it is readable all the same. */
	}
	return NULL;
}

struct file_put *
file_put_start(const char *path, enum file_put_mode mode, struct buf *data, int ready_fd)
{
	struct file_put *p = mem_zalloc(sizeof *p);

	p->path = mem_strdup(path);
	p->temp = mem_printf("%s.XXXXXX", path);
	p->mode = mode;
	p->ready_fd = ready_fd;
	p->data = *data;
	buf_init(data, data->max);
	if (pthread_create(&p->thread, NULL, put_main, p) == 0)
		return p;
	buf_fini(&p->data);
	free(p->path);
	free(p->temp);
	free(p);
	return NULL;
}

bool
file_put_done(struct file_put *p, struct errmsg *why)
{
	if (!atomic_load(&p->done))
		return false;
	*why = p->why;
	return true;
}

void
file_put_free(struct file_put *p)
{
	if (!p)
		return;
	pthread_join(p->thread, NULL);
	buf_fini(&p->data);
	free(p->path);
	free(p->temp);
	free(p);
}
