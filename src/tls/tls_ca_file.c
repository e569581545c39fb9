/* SPDX-License-Identifier: MIT
 * Files that hold secrets: made whole or not at all, never through a symbolic link, and refused
 * when somebody else could have read or changed them (threats T20, T21). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/mem.h"
#include "tls/tls_internal.h"

enum { FILE_MAX_BYTES = 65536 };

static int
check_dir(const char *path, struct errmsg *why)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(why, ERR_SYSTEM, "cannot use folder %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(
		    why, ERR_REFUSED, "%s is not a folder: name another with --ca", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(why, ERR_REFUSED,
		    "folder %s belongs to another user: name one of your own with --ca", path);
	if (st.st_mode & 022)
		return err_set(why, ERR_REFUSED,
		    "others may write to folder %s (mode %04o): chmod 700 %s", path,
		    (unsigned)st.st_mode & 07777, path);
	return 0;
}

int
tls_file_make_dir(const char *path, struct errmsg *why)
{
	char *part = mem_strdup(path);
	int rc = 0;

	if (!*part)
		rc = err_set(why, ERR_REFUSED, "the CA folder has no name: give one with --ca");
	for (char *p = part; !rc && p;) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			rc = err_set(
			    why, ERR_SYSTEM, "cannot make folder %s: %s", part, strerror(errno));
		if (p)
			*p = '/';
	}
	free(part);
	return rc ? rc : check_dir(path, why);
}

static int
check_secret(const char *path, const struct stat *st, struct errmsg *why)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	if (st->st_uid != geteuid())
		return err_set(why, ERR_REFUSED,
		    "%s belongs to another user (uid %ld): chown it or use another folder: %s",
		    name, (long)st->st_uid, path);
	if (st->st_mode & 077)
		return err_set(why, ERR_REFUSED,
		    "%s is readable by others (mode %04o): chmod 600 %s", name,
		    (unsigned)st->st_mode & 07777, path);
	return 0;
}

static int
read_fd(int fd, const char *path, char **data, size_t *n, struct errmsg *why)
{
	char *p = mem_alloc(FILE_MAX_BYTES + 1);
	size_t got = 0;
	ssize_t k = 0;

	while (got < FILE_MAX_BYTES && (k = read(fd, p + got, FILE_MAX_BYTES - got)) > 0)
		got += (size_t)k;
	if (k < 0 || got == FILE_MAX_BYTES) {
		int e = errno;
		OPENSSL_cleanse(p, got);
		free(p);
		return k < 0 ? err_set(why, ERR_SYSTEM, "cannot read %s: %s", path, strerror(e))
			     : err_set(why, ERR_LIMIT,
				   "%s is larger than 64 KiB: not a key or certificate", path);
	}
	p[got] = '\0';
	*data = OPENSSL_malloc(got + 1);
	if (*data)
		memcpy(*data, p, got + 1);
	*n = got;
	OPENSSL_cleanse(p, got);
	free(p);
	return *data ? 0 : err_set(why, ERR_CRYPTO, "out of memory while reading %s", path);
}

int
tls_file_read(const char *path, bool secret, char **data, size_t *n, struct errmsg *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (secret ? O_NOFOLLOW : 0));
	struct stat st;
	int rc = 0;

	if (fd < 0 && errno == ENOENT)
		return err_set(why, ERR_NOTFOUND, "%s is not there", path);
	if (fd < 0)
		return err_set(why, ERR_SYSTEM,
		    secret && errno == EACCES ? "cannot read the CA key %s: %s. Run as its owner, or name another folder with --ca DIR"
					      : "cannot open %s: %s",
		    path, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (fstat(fd, &st))
		rc = err_set(why, ERR_SYSTEM, "cannot look at %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = err_set(why, ERR_REFUSED, "%s is not a regular file", path);
	else if (secret)
		rc = check_secret(path, &st, why);
	if (!rc)
		rc = read_fd(fd, path, data, n, why);
	close(fd);
	return rc;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return fsync(fd) == 0;
}

/* link() never replaces: of many who start at once the first wins. Only where the file system has
 * no links is rename() used; the lock of the folder then is what keeps them apart. */
static int
publish(const char *temp, const char *path)
{
	if (!link(temp, path))
		return 0;
	if (errno == EEXIST)
		return ERR_EXISTS;
	if ((errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) && !rename(temp, path))
		return 0;
	return ERR_SYSTEM;
}

int
tls_file_create(const char *path, unsigned mode, const void *data, size_t n, struct errmsg *why)
{
	unsigned char r[8];
	char temp[sizeof((struct tls_ca_info *)0)->cert_path + 32];

	if (RAND_bytes(r, sizeof r) != 1)
		return err_set(why, ERR_CRYPTO, "no random numbers from the system");
	int k = snprintf(temp, sizeof temp, "%s.%02x%02x%02x%02x%02x%02x.tmp", path, r[0], r[1],
	    r[2], r[3], r[4], r[5]);
	if (k < 0 || (size_t)k >= sizeof temp)
		return err_set(why, ERR_LIMIT, "the path %s is too long", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot make %s: %s", temp, strerror(errno));
	int rc = write_all(fd, data, n) ? publish(temp, path) : ERR_SYSTEM;
	if (rc)
		err_set(why, rc, "cannot write %s: %s", path, strerror(errno));
	close(fd);
	unlink(temp);
	return rc;
}
