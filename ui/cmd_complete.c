/* SPDX-License-Identifier: MIT
 * Completion by the usage of the commands. */
#include "ui/cmd_complete.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "conf/option.h"
#include "ui/cmd.h"
#include "ui/cmd_set.h"
#include "ui/column.h"
#include "ui/completion.h"
#include "ui/keys.h"
#include "ui/option_use.h"
#include "ui/theme.h"

enum { FILES_LOOKED_AT_MAX = 4096, TOKEN_MAX = 96 };

struct completer {
	struct completion *out;
	const char *word; /* before the cursor */
	size_t n;
	bool fuzzy;       /* the second pass: what the first did not take */
};

static bool
is_prefix(const struct completer *c, const char *text)
{
	return strncasecmp(text, c->word, c->n) == 0;
}

static bool
is_fuzzy(const struct completer *c, const char *text)
{
	size_t i = 0;

	for (; *text && i < c->n; text++)
		i += (*text | 0x20) == (c->word[i] | 0x20);
	return i == c->n;
}

/* more: what is typed behind it, "" or a blank or "=". */
static struct completion_item *
offer(struct completer *c, const char *text, const char *more, const char *what)
{
	struct completion *out = c->out;
	char whole[COMPLETION_TEXT_MAX];

	snprintf(whole, sizeof whole, "%.*s%s", COMPLETION_TEXT_MAX - 3, text, more);
	if (is_prefix(c, text) == c->fuzzy || !is_fuzzy(c, text))
		return NULL;
	for (unsigned i = 0; i < out->n; i++)
		if (strcmp(out->item[i].text, whole) == 0)
			return NULL;
	return completion_add(out, span_str(whole), what);
}

static void
offer_options(struct completer *c)
{
	for (int i = 0; i < OPT_COUNT; i++)
		offer(c, option_rows[i].name, "=", option_rows[i].help);
}

static void
offer_values(struct completer *c, enum option_id id)
{
	const char *name;

	for (unsigned i = 0; (name = option_use_choice(id, i)) != NULL; i++)
		offer(c, name, "", strcmp(name, option_rows[id].dflt) == 0 ? "default" : "");
}

static void
offer_names(struct completer *c, const char *(*name)(unsigned))
{
	for (unsigned i = 0; name(i); i++)
		offer(c, name(i), "", "");
}

static void
offer_columns(struct completer *c)
{
	for (unsigned i = 0; i < columns_count; i++)
		if (columns[i].what)
			offer(c, columns[i].title, "", columns[i].what);
}

static void
offer_commands(struct completer *c)
{
	for (unsigned i = 0; i < cmds_count; i++) {
		const struct cmd *cmd = &cmds[i];
		struct completion_item *item = offer(c, cmd->name, *cmd->usage ? " " : "", cmd->help);
		if (item && *cmd->usage)
			item->after = cmd->usage;
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct completion_item *)a)->text, ((const struct completion_item *)b)->text);
}

/* Names that could not be typed as they are, and hidden ones unless asked for, are left out. */
static void
offer_file(struct completer *c, const char *dir, size_t dir_n, const struct dirent *e)
{
	char text[COMPLETION_TEXT_MAX], shown[COMPLETION_TEXT_MAX];
	struct stat st;

	if (e->d_name[0] == '.' && (c->n == dir_n || c->word[dir_n] != '.'))
		return;
	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return;
	char *path = cmd_file_path(*dir ? dir : ".", e->d_name);
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	free(path);
	int n = snprintf(text, sizeof text, "%.*s%s%s", (int)dir_n, c->word, e->d_name, folder ? "/" : "");
	if (n < 0 || (size_t)n >= sizeof text)
		return;
	escape_text(shown, sizeof shown, span_str(text), ESCAPE_UTF8);
	if (strcmp(shown, text) == 0)
		offer(c, text, "", folder ? "directory" : "");
}

static void
offer_files(struct completer *c)
{
	char dir[COMPLETION_TEXT_MAX];
	unsigned from = c->out->n;
	size_t n = c->n;
	struct dirent *e;

	while (n && c->word[n - 1] != '/')
		n--;
	snprintf(dir, sizeof dir, "%.*s", (int)n, c->word);
	char *path = cmd_file_path(n ? dir : ".", NULL);
	DIR *d = opendir(path);
	free(path);
	for (int i = 0; d && i < FILES_LOOKED_AT_MAX && (e = readdir(d)) != NULL; i++)
		offer_file(c, dir, n, e);
	if (d)
		closedir(d);
	qsort(c->out->item + from, c->out->n - from, sizeof c->out->item[0], by_name);
}

static void
offer_token(struct completer *c, const char *token)
{
	if (strcmp(token, "COLUMN") == 0)
		offer_columns(c);
	else if (strcmp(token, "FILE") == 0)
		offer_files(c);
	else if (strcmp(token, "OPTION") == 0)
		offer_options(c);
	else if (strcmp(token, "THEME") == 0)
		offer_names(c, theme_name_at);
	else if (strcmp(token, "VIEW") == 0)
		offer_names(c, keys_view_name);
	else if (strpbrk(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
		offer(c, token, "", "");
}

/* "[COLUMN|next|prev]": each of them. */
static void
offer_word(struct completer *c, const char *usage, size_t n)
{
	char token[TOKEN_MAX];

	for (size_t at = 0; at < n;) {
		size_t from = at + strspn(usage + at, "[]|.");
		size_t len = strcspn(usage + from, "[]|. ");
		snprintf(token, sizeof token, "%.*s", (int)len, usage + from);
		if (len && from < n)
			offer_token(c, token);
		at = from + len + (len == 0);
	}
}

static size_t
blank_or_end(const char *s)
{
	return strcspn(s, " ");
}

static void
complete_word(struct completer *c, const char *usage, size_t n)
{
	for (int pass = 0; pass < 2; pass++) {
		c->fuzzy = pass;
		offer_word(c, usage, n);
	}
}

static void
complete_with(struct completer *c, void (*all)(struct completer *))
{
	for (int pass = 0; pass < 2; pass++) {
		c->fuzzy = pass;
		all(c);
	}
}

/* Values of the option that stands before "=" or a blank. */
static bool
complete_value(struct completer *c, const char *line, const char *arg, size_t cursor)
{
	size_t n = strcspn(arg, "= ");
	char name[TOKEN_MAX];

	if (!arg[n] || (size_t)(arg + n - line) >= cursor)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)n, arg);
	enum option_id id = option_find(name);
	c->word = arg + n + 1;
	c->n = cursor - (size_t)(c->word - line);
	c->out->from = (size_t)(c->word - line);
	if (id == OPT_COUNT)
		return true;
	for (int pass = 0; pass < 2; pass++) {
		c->fuzzy = pass;
		offer_values(c, id);
	}
	return true;
}

/* The word of the usage that the cursor's word stands for. Returns NULL where there is none, and for COMMAND, which takes
 * the rest of the line: *rest is where that begins. */
static const char *
usage_at(const char *usage, const char *line, const char *arg, size_t cursor, const char **rest)
{
	const char *end = line + cursor;

	while (*usage && strncmp(usage, "COMMAND", 7) != 0) {
		size_t n = blank_or_end(arg);
		bool typed = arg + n < end;
		char word[TOKEN_MAX];
		snprintf(word, sizeof word, "%.*s", (int)n, arg);
		/* An optional view that was not given. */
		bool view = strncmp(usage, "[VIEW]", 6) == 0, skip = view;
		for (unsigned i = 0; view && keys_view_name(i); i++)
			skip &= strcmp(keys_view_name(i), word) != 0;
		if (!typed)
			return usage;
		if (!skip)
			arg += n + strspn(arg + n, " ");
		usage += blank_or_end(usage);
		usage += strspn(usage, " ");
	}
	*rest = *usage ? arg : NULL;
	return NULL;
}

static void
complete_argument(struct completer *c, const char *line, size_t cursor, const struct cmd *cmd, const char *arg)
{
	const char *rest = NULL;

	if (strncmp(cmd->usage, "[OPTION", 7) == 0 && complete_value(c, line, arg, cursor))
		return;
	const char *usage = usage_at(cmd->usage, line, arg, cursor, &rest);
	if (rest) {
		struct completion *out = c->out;
		cmd_complete(rest, cursor - (size_t)(rest - line), out);
		out->from += (size_t)(rest - line);
		out->to = cursor;
	} else if (usage) {
		complete_word(c, usage, blank_or_end(usage));
	}
}

void
cmd_complete(const char *line, size_t cursor, struct completion *out)
{
	size_t from = cursor, first = strspn(line, " ");
	const char *arg;

	while (from && line[from - 1] != ' ')
		from--;
	completion_clear(out, from, cursor);
	struct completer c = {.out = out, .word = line + from, .n = cursor - from};
	if (from <= first) {
		complete_with(&c, offer_commands);
		return;
	}
	const struct cmd *cmd = cmd_find(line, &arg);
	if (cmd)
		complete_argument(&c, line, cursor, cmd, arg);
}
