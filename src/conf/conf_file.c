/* SPDX-License-Identifier: MIT
 * Reading and writing the config file. */
#include "conf/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/option_check.h"

enum { FILE_BYTES_MAX = 1 << 20, VALUE_MAX = 4096 };

static const char blanks[] = " \t\r\n";

static bool
is_null_device(const struct stat *st)
{
	struct stat null;

	return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && st->st_rdev == null.st_rdev;
}

/* A config file names trusted certificates and listening addresses: who can write it owns the user's traffic. /dev/null
 * stands for no config file; a device or a pipe might never end. */
static int
check_file(const char *path, const struct stat *st, struct errmsg *why)
{
	if (S_ISDIR(st->st_mode))
		return err_set(why, ERR_REFUSED, "%s is a directory, not a config file", path);
	if (is_null_device(st))
		return 0;
	if (!S_ISREG(st->st_mode))
		return err_set(why, ERR_REFUSED, "%s is not a regular file", path);
	if (st->st_size > FILE_BYTES_MAX)
		return err_set(why, ERR_LIMIT, "%s is larger than 1 MiB", path);
	if (st->st_mode & S_IWOTH)
		return err_set(why, ERR_REFUSED,
		    "%s is writable by everybody; take that away with chmod o-w", path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(why, ERR_REFUSED, "%s belongs to another user", path);
	return 0;
}

static void
trim_end(char *s)
{
	size_t n = strlen(s);

	while (n && strchr(blanks, s[n - 1]))
		s[--n] = '\0';
}

/* Quotes around the whole value are taken off, so that it can begin or end with a blank. */
static char *
unquote(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || (*s != '"' && *s != '\'') || s[n - 1] != *s)
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

/* Cuts the first word off *rest. */
static char *
word_take(char **rest)
{
	char *word = *rest + strspn(*rest, blanks);
	char *end = word + strcspn(word, blanks);

	*rest = end + strspn(end, blanks);
	if (*end)
		*end = '\0';
	return word;
}

/* What a line sets, in place: the name of the option, and *rest its value; NULL when the line is of another kind. */
static const char *
line_option(const char *verb, char **rest)
{
	if (strcmp(verb, "set") == 0)
		return word_take(rest);
	return strcmp(verb, "bind") == 0 || strcmp(verb, "unbind") == 0 ? "bind" : NULL;
}

static int
run_line(struct options *o, char *line, struct errmsg *why)
{
	trim_end(line);
	char *rest = line;
	const char *verb = word_take(&rest);

	if (!*verb || *verb == '#')
		return 0;
	const char *name = line_option(verb, &rest);
	if (!name)
		return err_set(why, ERR_SYNTAX,
		    "'%.64s' is no command of the config file; lines read: set NAME VALUE, or bind KEY COMMAND",
		    verb);
	if (!*name || !*rest)
		return err_set(why, ERR_SYNTAX, "a name or a value is missing; lines read: set NAME VALUE");
	return option_set(o, name, unquote(rest), why);
}

static int
run_lines(struct options *o, FILE *f, const char *path, struct errmsg *why)
{
	struct errmsg inner;
	char *line = NULL;
	size_t cap = 0;
	unsigned number = 0;
	int bad = 0;

	while (!bad && getline(&line, &cap, f) >= 0) {
		number++;
		bad = run_line(o, line, &inner);
		if (bad)
			err_set(why, bad, "%s:%u: %.256s", path, number, inner.text);
	}
	if (!bad && ferror(f))
		bad = err_set(why, ERR_SYSTEM, "cannot read %s: %s", path, strerror(errno));
	free(line);
	return bad;
}

int
conf_file_load(struct options *o, const char *path, struct errmsg *why)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe that nobody writes does not wait */

	if (fd < 0)
		return err_set(why, errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_SYSTEM,
		    "cannot open %s: %s", path, strerror(errno));
	FILE *f = fdopen(fd, "r");
	int bad = ERR_SYSTEM;
	if (fstat(fd, &st) != 0)
		err_set(why, bad, "cannot examine %s: %s", path, strerror(errno));
	else if (!(bad = check_file(path, &st, why)))
		bad = run_lines(o, f, path, why);
	fclose(f);
	return bad;
}

/* ---- writing ---- */

struct lines {
	char **text; /* each with its newline */
	size_t n, cap;
};

static void
lines_add(struct lines *l, char *text)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 32;
		l->text = mem_resize(l->text, l->cap, sizeof *l->text);
	}
	l->text[l->n++] = text;
}

static void
lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->text[i]);
	free(l->text);
}

static int
lines_read(struct lines *l, FILE *f, const char *path, struct errmsg *why)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0)
		lines_add(l, mem_printf("%s%s", line, line[n - 1] == '\n' ? "" : "\n"));
	free(line);
	return ferror(f) ? err_set(why, ERR_SYSTEM, "cannot read %s: %s", path, strerror(errno)) : 0;
}

/* The file is about to be replaced by one of ours. */
static int
check_ours(const char *path, const struct stat *st, struct errmsg *why)
{
	if (!S_ISREG(st->st_mode))
		return err_set(why, ERR_REFUSED, "%s is not a regular file", path);
	if (st->st_uid != geteuid())
		return err_set(why, ERR_REFUSED, "%s belongs to another user", path);
	return check_file(path, st, why);
}

static int
lines_load(struct lines *l, const char *path, struct errmsg *why)
{
	struct stat st;
	int bad, fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return err_set(why, ERR_REFUSED, "%s is a symbolic link; give the file itself with --config",
		    path);
	if (fd < 0 || fstat(fd, &st) != 0) {
		bad = err_set(why, ERR_SYSTEM, "cannot open %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return bad;
	}
	FILE *f = fdopen(fd, "r");
	bad = check_ours(path, &st, why);
	if (!bad)
		bad = lines_read(l, f, path, why);
	fclose(f);
	return bad;
}

/* The value that a line gives the option, to be freed; NULL when it sets something else. */
static char *
line_value(const char *text, const char *name)
{
	char *line = mem_strdup(text), *rest = line, *value = NULL;

	trim_end(line);
	const char *set = line_option(word_take(&rest), &rest);
	if (set && strcmp(set, name) == 0 && *rest)
		value = mem_strdup(unquote(rest));
	free(line);
	return value;
}

/* True when the two options would be the same: "2" and "2s" are. */
static bool
value_same(enum option_id id, const char *a, const char *b)
{
	char text[VALUE_MAX] = "";
	struct options *o = options_new();
	bool good = option_set(o, option_rows[id].name, a, NULL) == 0;

	option_text(o, id, text, sizeof text);
	options_free(o);
	return good && strcmp(text, b) == 0;
}

static char *
line_make(enum option_id id, const char *text)
{
	const char *name = option_rows[id].name;
	size_t n = strlen(text);
	bool quote = n && (strchr(" \t\"'", text[0]) || strchr(" \t\"'", text[n - 1]));

	return quote || !n ? mem_printf("set %s \"%s\"\n", name, text) : mem_printf("set %s %s\n", name, text);
}

/* Sets text as the value where the last line did, or at the end. */
static void
lines_set(struct lines *l, enum option_id id, const char *text)
{
	const struct option_row *row = &option_rows[id];
	size_t at = l->n;
	char *value = NULL;

	while (at && !(value = line_value(l->text[at - 1], row->name)))
		at--;
	bool same = value_same(id, value ? value : row->dflt, text);
	free(value);
	if (same)
		return;
	char *line = line_make(id, text);
	if (!at) {
		lines_add(l, line);
		return;
	}
	free(l->text[at - 1]);
	l->text[at - 1] = line;
}

/* The items stand where the first of them stood. A list that is as by default, or empty, needs no lines, and so does an option that
 * nobody has set. */
static void
lines_set_list(struct lines *l, const struct options *o, enum option_id id)
{
	unsigned n = option_is_default(o, id) || !option_is_set(o, id) ? 0 : option_list_count(o, id);
	struct lines out = {.n = 0};
	bool done = false;

	for (size_t i = 0; i <= l->n; i++) {
		char *value = i < l->n ? line_value(l->text[i], option_rows[id].name) : NULL;
		if (value || i == l->n)
			for (unsigned k = 0; !done && k < n; k++)
				lines_add(&out, line_make(id, option_list_item(o, id, k)));
		done |= value != NULL;
		if (value)
			free(l->text[i]);
		else if (i < l->n)
			lines_add(&out, l->text[i]);
		free(value);
	}
	free(l->text);
	*l = out;
}

static int
lines_write(const struct lines *l, int fd)
{
	FILE *f = fdopen(dup(fd), "w");
	bool bad = !f;

	for (size_t i = 0; !bad && i < l->n; i++)
		bad = fputs(l->text[i], f) < 0;
	if (f)
		bad = fclose(f) != 0 || bad;
	return bad || fsync(fd) != 0 ? ERR_SYSTEM : 0;
}

static int
lines_save(const struct lines *l, const char *path, struct errmsg *why)
{
	char *temp = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 */
	int bad = fd < 0 ? ERR_SYSTEM : lines_write(l, fd);

	if (!bad && rename(temp, path) != 0)
		bad = ERR_SYSTEM;
	if (bad)
		err_set(why, bad, "cannot write %s: %s", path, strerror(errno));
	if (bad && fd >= 0)
		unlink(temp);
	if (fd >= 0)
		close(fd);
	free(temp);
	return bad;
}

/* Would the next start take it? */
static int
lines_check(const struct lines *l, const char *path, struct errmsg *why)
{
	struct options *o = options_new();
	struct errmsg inner;
	size_t i = 0;
	int bad = 0;

	for (; !bad && i < l->n; i++) {
		char *line = mem_strdup(l->text[i]);
		bad = run_line(o, line, &inner);
		free(line);
	}
	if (bad)
		err_set(why, bad, "not written, line %zu of %s would be refused: %.256s", i, path, inner.text);
	else if ((bad = options_settle(o, &inner)) || (bad = options_check(o, &inner)))
		err_set(why, bad, "not written, the next start would refuse it: %.256s", inner.text);
	options_free(o);
	return bad;
}

static int
make_directories(const char *path, struct errmsg *why)
{
	char *dir = mem_strdup(path);
	int bad = 0;

	for (char *slash = strchr(dir + 1, '/'); slash && !bad; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0700) != 0 && errno != EEXIST)
			bad = err_set(why, ERR_SYSTEM, "cannot make %s: %s", dir, strerror(errno));
		*slash = '/';
	}
	free(dir);
	return bad;
}

int
conf_file_save(const char *path, const struct options *o, const enum option_id *ids, unsigned n, struct errmsg *why)
{
	struct lines l = {.n = 0};
	char text[VALUE_MAX];
	int bad = lines_load(&l, path, why);

	for (unsigned i = 0; !bad && i < n; i++) {
		if (option_rows[ids[i]].type == OPTION_LIST || !option_is_set(o, ids[i])) {
			lines_set_list(&l, o, ids[i]);
			continue;
		}
		option_text(o, ids[i], text, sizeof text);
		lines_set(&l, ids[i], text);
	}
	if (!bad)
		bad = lines_check(&l, path, why);
	if (!bad)
		bad = make_directories(path, why);
	if (!bad)
		bad = lines_save(&l, path, why);
	lines_free(&l);
	return bad;
}
