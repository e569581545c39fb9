/* SPDX-License-Identifier: MIT
 * The body of a message, edited on the screen. */
#include "ui/edit_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/hex_text.h"
#include "ui/app.h"
#include "ui/cmd_set.h"
#include "ui/edit.h"
#include "ui/editor.h"
#include "ui/view_edit.h"
#include "ui/view_text.h"

enum { BODY_FILE_MAX_BYTES = 16 << 20 }; /* it is read at once: the screen waits meanwhile */

_Static_assert(EDIT_HEX_MAX_BYTES / 16 * HEX_TEXT_LINE_BYTES < EDITOR_MAX_BYTES, "the digits have room in the editor, and more");

void
edit_body_take(struct app *app, struct edit *e, struct span bytes)
{
	edit_keep(e);
	buf_clear(&e->now.body);
	buf_add_span(&e->now.body, bytes);
	view_edit_changed(app);
}

static void
text_done(struct app *app, void *arg, struct span text)
{
	edit_body_take(app, arg, text);
}

/* ---- as digits ---- */

static bool
hex_check(struct app *app, struct span text, size_t *at)
{
	struct buf bytes;
	struct errmsg why;

	buf_init(&bytes, EDITOR_MAX_BYTES);
	int bad = hex_text_read(text, &bytes, at, &why);
	buf_fini(&bytes);
	if (bad)
		app_toast(app, why.text);
	return !bad;
}

static void
hex_done(struct app *app, void *arg, struct span text)
{
	struct buf bytes;
	struct errmsg why;
	size_t at;

	buf_init(&bytes, EDITOR_MAX_BYTES);
	if (hex_text_read(text, &bytes, &at, &why) == 0)
		edit_body_take(app, arg, buf_span(&bytes));
	buf_fini(&bytes);
}

static void
hex_open(struct app *app, struct edit *e)
{
	struct buf text;

	buf_init(&text, EDITOR_MAX_BYTES);
	hex_text_write(buf_span(&e->now.body), &text);
	app_push(app, view_text_new(" body in hex   Esc takes it over, ^C gives up ", buf_span(&text),
			  &(struct view_text_done){.done = hex_done, .check = hex_check, .arg = e}));
	buf_fini(&text);
}

/* ---- as a file ---- */

/* A regular file that is not too large; its descriptor, or -1 with why. */
static int
file_open(const char *name, struct errmsg *why)
{
	char *path = cmd_file_path(name, NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st = {0};

	free(path);
	if (fd < 0 || fstat(fd, &st))
		err_set(why, ERR_SYSTEM, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err_set(why, ERR_REFUSED, "it is no regular file");
	else if (st.st_size > BODY_FILE_MAX_BYTES)
		err_set(why, ERR_LIMIT, "it is larger than %d MiB", BODY_FILE_MAX_BYTES >> 20);
	else
		why->text[0] = '\0';
	if (fd < 0 || !why->text[0])
		return fd;
	close(fd);
	return -1;
}

static void
file_check(struct app *app, const char *text, struct prompt_refusal *r)
{
	struct errmsg why;

	(void)app;
	if (!*text)
		return;
	int fd = file_open(text, &why);
	if (fd >= 0)
		close(fd);
	else
		snprintf(r->why, sizeof r->why, "%.*s", (int)sizeof r->why - 1, why.text);
}

static int
file_read(const char *name, struct buf *out, struct errmsg *why)
{
	char part[1 << 14];
	int fd = file_open(name, why), bad = 0;
	ssize_t n;

	if (fd < 0)
		return ERR_SYSTEM;
	while (!bad && (n = read(fd, part, sizeof part)) != 0) {
		if (n < 0)
			bad = err_set(why, ERR_SYSTEM, "%s", strerror(errno));
		else if (buf_add(out, part, (size_t)n))
			bad = err_set(why, ERR_LIMIT, "it has grown");
	}
	close(fd);
	return bad;
}

static void
file_answer(struct app *app, const char *text)
{
	struct buf bytes;
	struct errmsg why;

	if (!*text)
		return;
	buf_init(&bytes, BODY_FILE_MAX_BYTES);
	if (file_read(text, &bytes, &why) == 0)
		edit_body_take(app, app->asked.e, buf_span(&bytes));
	else
		app_error(app, 0, why.text);
	buf_fini(&bytes);
}

void
edit_body_open(struct app *app, struct edit *e)
{
	bool text = edit_body_is_text(e);

	if (text && e->now.body.n <= EDITOR_MAX_BYTES) {
		app_push(app, view_text_new(" body   Esc takes it over, ^C gives up ", buf_span(&e->now.body),
				  &(struct view_text_done){.done = text_done, .arg = e}));
	} else if (!text && e->now.body.n <= EDIT_HEX_MAX_BYTES) {
		hex_open(app, e);
	} else {
		app->asked.e = e;
		prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "Body from the file: ",
						  .hint = "Enter Apply  Esc Cancel  too large to be edited here: b opens it in $EDITOR",
						  .text = "",
						  .history = HISTORY_PATH,
						  .check = file_check,
						  .answer = file_answer});
	}
}
