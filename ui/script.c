/* SPDX-License-Identifier: MIT
 * Scripts, and the commands that are there for them. */
#include "ui/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "ui/app.h"
#include "ui/cmd.h"
#include "ui/cmd_set.h"
#include "ui/frontend.h"
#include "ui/key.h"
#include "ui/term.h"
#include "ui/viewer.h"

#define SLICE_NS 3000000ull
#define SECOND_NS 1000000000ull

enum { KEY_DEPTH_MAX = 8, DUMP_BYTES_MAX = 1 << 22, WAIT_DEFAULT_S = 10, WAIT_MAX_S = 3600, PATH_SHOWN_MAX = 32 };

static const char dump_default[] = "mitmtop-screen.txt";

/* ---- files ---- */

static int
script_read(int fd, const char *path, struct script_file *f, struct errmsg *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(why, ERR_REFUSED, "%.200s is not a regular file", path);
	if (st.st_size > SCRIPT_BYTES_MAX)
		return err_set(why, ERR_LIMIT, "%.200s is larger than 1 MiB", path);
	char *text = mem_zalloc((size_t)st.st_size + 1);
	ssize_t n = read(fd, text, (size_t)st.st_size);
	if (n < 0 || memchr(text, '\0', (size_t)n)) {
		free(text);
		return err_set(why, ERR_SYNTAX, "%.200s is not a text", path);
	}
	*f = (struct script_file){.path = mem_strdup(path), .text = text, .n = (size_t)n};
	return 0;
}

int
script_source(struct app *app, const char *path, struct errmsg *why)
{
	struct script *s = &app->script;
	int bad;

	if (s->depth == SCRIPT_DEPTH_MAX)
		return err_set(why, ERR_LIMIT, "source: more than %d files within each other", SCRIPT_DEPTH_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot open %.200s: %s", path, strerror(errno));
	bad = script_read(fd, path, &s->file[s->depth], why);
	close(fd);
	s->depth += bad == 0;
	return bad;
}

static void
script_pop(struct script *s)
{
	struct script_file *f = &s->file[--s->depth];

	free(f->path);
	free(f->text);
}

void
script_fini(struct script *s)
{
	while (s->depth)
		script_pop(s);
	free(s->dump);
	s->dump = NULL;
	s->wait_flows = 0;
}

bool
script_is_running(const struct app *app)
{
	return app->script.depth > 0;
}

/* ---- running ---- */

static void
script_fail(struct app *app, const char *text)
{
	struct script *s = &app->script;
	const struct script_file *f = &s->file[s->depth - 1];
	char name[160], said[400];
	const char *slash = strrchr(f->path, '/');
	bool whole = !slash || strlen(f->path) <= PATH_SHOWN_MAX;

	/* What is wrong must be seen, on a narrow screen too. */
	escape_text(name, sizeof name, span_str(whole ? f->path : slash + 1), app->escape);
	snprintf(said, sizeof said, "%s:%u: %s", name, f->line, text);
	app_error(app, 0, said);
	app->dirty = true;
	script_fini(s);
}

/* What a refused command has said. */
static void
script_failed(struct app *app)
{
	char why[sizeof app->toast];

	memcpy(why, app->toast, sizeof why);
	script_fail(app, why);
}

static void
script_run(struct app *app, const char *line)
{
	struct prompt_refusal r;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	cmd_check(line, &r);
	if (r.why[0]) {
		script_fail(app, r.why);
		return;
	}
	app->refused = false;
	cmd_run(app, line);
	app->dirty = true;
	if (app->refused && script_is_running(app))
		script_failed(app);
}

/* Takes the next line off; false at the end of the file. */
static bool
script_line(struct script_file *f, char *out, size_t size)
{
	if (f->at >= f->n)
		return false;
	const char *from = f->text + f->at;
	size_t n = strcspn(from, "\n");
	f->at += n + 1;
	f->line++;
	while (n && (from[n - 1] == '\r' || from[n - 1] == ' '))
		n--;
	snprintf(out, size, "%.*s", (int)n, from);
	return true;
}

/* True while it waits; the time that is over is a failure. */
static bool
script_waits(struct app *app)
{
	struct script *s = &app->script;
	struct flow_store_stats st;
	char why[80];

	if (s->dump || viewer_running())
		return true;
	if (!s->wait_flows)
		return false;
	flow_store_stats(app->s->store, &st);
	if (st.total - st.active >= s->wait_flows) {
		s->wait_flows = 0;
		return false;
	}
	if (clock_mono_ns() < s->wait_until_ns)
		return true;
	snprintf(why, sizeof why, "wait-flows: %llu of %llu flows have ended in time",
	    (unsigned long long)(st.total - st.active), (unsigned long long)s->wait_flows);
	s->wait_flows = 0;
	if (script_is_running(app))
		script_fail(app, why);
	else
		app_refuse(app, why);
	return false;
}

bool
script_turn(struct app *app)
{
	struct script *s = &app->script;
	uint64_t until = clock_mono_ns() + SLICE_NS;
	char line[PROMPT_TEXT_MAX];

	while (!script_waits(app) && s->depth && !app->quit) {
		if (!script_line(&s->file[s->depth - 1], line, sizeof line))
			script_pop(s);
		else
			script_run(app, line);
		if (clock_mono_ns() > until)
			return s->depth > 0;
	}
	return false;
}

/* ---- commands ---- */

void
cmd_source(struct app *app, const char *arg)
{
	struct errmsg why;

	if (!*arg) {
		app_error(app, 0, "source: which file?");
		return;
	}
	char *path = cmd_file_path(arg, NULL);
	if (script_source(app, path, &why) != 0)
		app_error(app, 0, why.text);
	free(path);
}

void
cmd_key(struct app *app, const char *arg)
{
	char toast[120];

	app->refused = false; /* of what was before */
	if (!*arg)
		app_error(app, 0, "key: which keys? Such as  key j Enter ^F");
	if (app->key_depth == KEY_DEPTH_MAX) {
		app_error(app, 0, "key: keys that press keys that press keys: given up");
		return;
	}
	app->key_depth++;
	for (size_t n; *arg; arg += n + strspn(arg + n, " ")) {
		n = strcspn(arg, " ");
		int key = keyc_parse(arg, n);
		if (key == KEYC_NONE) {
			snprintf(toast, sizeof toast, "key: '%.*s' is no key", n < 32 ? (int)n : 32, arg);
			app_error(app, 0, toast);
			break;
		}
		/* What an editor is running on must not go away under it. */
		if (viewer_running())
			app_error(app, 0, "key: another program has the terminal");
		else
			app_key(app, key);
		if (app->refused)
			break;
	}
	app->key_depth--;
}

void
cmd_dump_screen(struct app *app, const char *arg)
{
	struct script *s = &app->script;
	bool over = arg[0] == '!';

	arg += over;
	arg += strspn(arg, " ");
	free(s->dump);
	s->dump = cmd_file_path(*arg ? arg : dump_default, NULL);
	s->dump_over = over;
	app->dirty = true;
}

static int
dump_write(const char *path, bool over, const struct buf *b, struct errmsg *why)
{
	int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (over ? O_TRUNC : O_EXCL);
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(why, ERR_EXISTS, "%.100s is there already; dump-screen ! FILE replaces it", path);
	if (fd < 0)
		return err_set(why, ERR_SYSTEM, "cannot write %.100s: %s", path, strerror(errno));
	bool bad = write(fd, b->p, b->n) != (ssize_t)b->n;
	bad = close(fd) != 0 || bad;
	return bad ? err_set(why, ERR_SYSTEM, "cannot write %.100s", path) : 0;
}

void
script_drawn(struct app *app)
{
	struct script *s = &app->script;
	struct errmsg why;
	char toast[sizeof app->toast];
	struct buf b;

	if (!s->dump || app->awaited || app->busy)
		return;
	buf_init(&b, DUMP_BYTES_MAX);
	term_dump(app->term, &b);
	int bad = dump_write(s->dump, s->dump_over, &b, &why);
	snprintf(toast, sizeof toast, "screen written to %.130s", s->dump);
	buf_fini(&b);
	free(s->dump);
	s->dump = NULL;
	if (bad)
		app_error(app, 0, why.text);
	if (bad && script_is_running(app))
		script_failed(app);
	/* A script goes on with the screen as it was written. */
	if (!bad && !script_is_running(app))
		app_toast(app, toast);
}

void
cmd_wait_flows(struct app *app, const char *arg)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);
	unsigned long seconds = WAIT_DEFAULT_S;

	if (end == arg || *arg == '-' || (*end && *end != ' ')) {
		app_error(app, 0, "wait-flows: write a number of flows, and the seconds to wait at most");
		return;
	}
	if (*end)
		seconds = strtoul(end, &end, 10);
	if (*end || seconds > WAIT_MAX_S) {
		app_error(app, 0, "wait-flows: the seconds are a number up to 3600");
		return;
	}
	app->script.wait_flows = n;
	app->script.wait_until_ns = clock_mono_ns() + seconds * SECOND_NS;
}
