/* SPDX-License-Identifier: MIT
 * Writing lines without ever waiting for their reader. */
#include "ui/headless_out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LINES_MAX = 64 << 20 }; /* held for a slow reader; more is dropped and counted */

void
headless_out_open(struct headless_out *o)
{
	struct stat st = {0};

	*o = (struct headless_out){.fd = STDOUT_FILENO};
	buf_init(&o->lines, LINES_MAX);
	o->socket = fstat(o->fd, &st) == 0 && S_ISSOCK(st.st_mode);
	/* Opened again, what is not for writing would be. */
	if ((fcntl(o->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return;
	if (o->socket || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return;
	int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		o->fd = fd;
		o->own = true;
	}
}

void
headless_out_close(struct headless_out *o)
{
	if (o->own)
		close(o->fd);
	buf_fini(&o->lines);
}

/* A pipe takes up to PIPE_BUF bytes whole or not at all: with lines to match, no line is ever torn.
 */
static size_t
headless_out_chunk(const struct headless_out *o)
{
	const struct buf *b = &o->lines;

	if (!o->own || b->n <= PIPE_BUF)
		return b->n;
	const char *end = memrchr(b->p, '\n', PIPE_BUF);
	if (!end)
		end = memchr(b->p, '\n', b->n);
	return end ? (size_t)(end - b->p) + 1 : b->n;
}

void
headless_out_flush(struct headless_out *o)
{
	size_t done = 0;
	struct buf whole = o->lines;

	while (o->lines.n) {
		struct iovec v = {o->lines.p, headless_out_chunk(o)};
		ssize_t n = o->socket ? pwritev2(o->fd, &v, 1, -1, RWF_NOWAIT)
				      : write(o->fd, v.iov_base, v.iov_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			o->closed = errno != EAGAIN;
			o->error = o->closed && errno != EPIPE && errno != ECONNRESET ? errno : 0;
			break;
		}
		done += (size_t)n;
		o->lines.p += n;
		o->lines.n -= (size_t)n;
	}
	o->lines = whole;
	buf_consume(&o->lines, o->closed ? o->lines.n : done);
}
