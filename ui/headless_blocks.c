/* SPDX-License-Identifier: MIT
 * The console's header without a console. */
#include "ui/headless_blocks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/meter.h"

enum { BLOCK_COLUMNS = 120, BLOCK_COLUMNS_MIN = 80, NS_PER_MS = 1000000 };

struct headless_blocks {
	struct app *app; /* as much of it as the header reads */
	const char *indent;
	uint64_t due_ns; /* monotonic */
	int64_t left;
};

static void
blocks_tick(struct app *app, uint64_t now_ns)
{
	app->s->figures(app->s->arg, &app->figures);
	rates_tick(&app->rates, &app->figures, now_ns);
	flow_store_stats(app->s->store, &app->stats);
}

/* A narrow terminal gets the lines of a narrow screen, which may fill it. */
static int
blocks_put(const struct headless_blocks *b, struct buf *out)
{
	struct winsize size;
	bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
	int cols = terminal ? size.ws_col : BLOCK_COLUMNS;

	if (cols <= BLOCK_COLUMNS_MIN)
		return meter_text(b->app, BLOCK_COLUMNS_MIN, "", out);
	cols -= (int)strlen(b->indent);
	return meter_text(b->app, cols < BLOCK_COLUMNS ? cols : BLOCK_COLUMNS, b->indent, out);
}

struct headless_blocks *
headless_blocks_new(const struct frontend_source *s)
{
	int64_t n = option_int(s->options, OPT_SUMMARIES);

	if (!n)
		return NULL;
	struct headless_blocks *b = mem_zalloc(sizeof *b);
	b->app = mem_zalloc(sizeof *b->app);
	b->app->s = s;
	b->app->header.graph = GRAPH_NONE;
	b->app->escape = text_locale_utf8() ? ESCAPE_UTF8 : 0;
	b->app->start_ns = clock_mono_ns();
	b->app->delay_ns = (uint64_t)option_int(s->options, OPT_DELAY) * NS_PER_MS;
	b->due_ns = b->app->start_ns + b->app->delay_ns;
	b->left = n;
	/* Where there is room for it flow lines alone start in column 1. */
	b->indent = option_bool(s->options, OPT_HEADLESS) ? " " : "";
	blocks_tick(b->app, b->app->start_ns);
	return b;
}

void
headless_blocks_free(struct headless_blocks *b)
{
	if (!b)
		return;
	free(b->app);
	free(b);
}

int
headless_blocks_turn(struct headless_blocks *b, struct buf *out)
{
	uint64_t now = clock_mono_ns();

	if (now >= b->due_ns) {
		blocks_tick(b->app, now);
		/* One that has no room is one that the reader would not have got in time. */
		if (blocks_put(b, out) == 0 && b->left > 1)
			buf_add(out, "\n", 1);
		b->left--;
		b->due_ns = now - b->due_ns < b->app->delay_ns ? b->due_ns + b->app->delay_ns : now + b->app->delay_ns;
	}
	return b->left ? (int)((b->due_ns - now) / NS_PER_MS) + 1 : 0;
}
