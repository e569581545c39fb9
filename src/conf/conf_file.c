/* SPDX-License-Identifier: MIT
 * Reading the config file. */
#include "conf/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/option.h"

static const char blanks[] = " \t\r\n";

/* A config file names trusted certificates and listening addresses: who can write it owns the user's
 * traffic. Only regular files are judged, so that /dev/null and pipes can be given. */
static int
check_owner(const char *path, const struct stat *st, struct errmsg *why)
{
	if (S_ISDIR(st->st_mode))
		return err_set(why, ERR_REFUSED, "%s is a directory, not a config file", path);
	if (!S_ISREG(st->st_mode))
		return 0;
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

static int
run_line(struct options *o, char *line, struct errmsg *why)
{
	trim_end(line);
	char *rest = line;
	const char *verb = word_take(&rest);

	if (!*verb || *verb == '#')
		return 0;
	if (strcmp(verb, "set") != 0)
		return err_set(why, ERR_SYNTAX, "'%.64s' is no command; lines read: set NAME VALUE", verb);
	const char *name = word_take(&rest);
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
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(why, errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_SYSTEM,
		    "cannot open %s: %s", path, strerror(errno));
	int bad = ERR_SYSTEM;
	if (fstat(fileno(f), &st) != 0)
		err_set(why, bad, "cannot examine %s: %s", path, strerror(errno));
	else if (!(bad = check_owner(path, &st, why)))
		bad = run_lines(o, f, path, why);
	fclose(f);
	return bad;
}
