/* SPDX-License-Identifier: MIT
 * The console drawn into memory, and compared with the files of tests/unit/screens; UPDATE=1 rewrites those. */
#ifndef TESTS_UNIT_SCREEN_FIXTURE_H
#define TESTS_UNIT_SCREEN_FIXTURE_H

#include "ui/app.h"
#include "ui_fixture.h"

struct terminal;

struct screen {
	struct fixture fx;
	struct terminal *term;
	struct app *app;
};

/* A terminal of that name and size, over a new fixture. */
void screen_open(struct screen *s, const char *name, int rows, int cols);
void screen_close(struct screen *s);
/* Presses each, and draws after it. */
void screen_keys(struct screen *s, const char *keys);
/* What is on the screen, as a string; out is the caller's to buf_fini. */
void screen_dump(struct screen *s, struct buf *out);
/* Compares what is on the screen with the file of that name. */
void screen_expect(struct screen *s, const char *name);

#endif
