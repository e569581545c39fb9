/* SPDX-License-Identifier: MIT
 * The console drawn into memory. */
#include "screen_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/term.h"

void
screen_open(struct screen *s, const char *name, int rows, int cols)
{
	fixture_init(&s->fx);
	s->term = term_open_sink(name, rows, cols);
	s->app = app_new(&s->fx.source, s->term);
}

void
screen_close(struct screen *s)
{
	app_free(s->app);
	term_close(s->term);
	fixture_fini(&s->fx);
}

void
screen_keys(struct screen *s, const char *keys)
{
	for (; *keys; keys++) {
		app_key(s->app, (unsigned char)*keys);
		app_draw(s->app);
	}
}

static char *
screen_read(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (f) {
		size_t n = fread(text, 1, 65535, f);
		text[n] = '\0';
		fclose(f);
	}
	return text;
}

void
screen_dump(struct screen *s, struct buf *out)
{
	buf_init(out, 1 << 20);
	app_draw(s->app);
	term_dump(s->term, out);
	buf_add(out, "", 1);
}

/* What a flow costs is not the screen's business. */
static void
screen_hide_memory(char *text)
{
	static const char *const before[] = {",  mem ", "flows in memory: "};

	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		for (char *from = text, *to; (from = strstr(from, before[i])) && (to = strstr(from, " of "));) {
			from += strlen(before[i]);
			*from = '#';
			memmove(from + 1, to, strlen(to) + 1);
		}
	}
}

void
screen_expect(struct screen *s, const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct buf got;

	screen_dump(s, &got);
	screen_hide_memory(got.p);
	snprintf(path, sizeof path, "%s/tests/unit/screens/%s.txt", top ? top : ".", name);
	if (getenv("UPDATE")) {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fputs(got.p, f);
		fclose(f);
	}
	char *want = screen_read(path);
	assert_string_equal(got.p, want);
	free(want);
	buf_fini(&got);
}
