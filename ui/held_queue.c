/* SPDX-License-Identifier: MIT
 * The queue of what is held. */
#include "ui/held_queue.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/edit_shelf.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/view_edit.h"

enum { HELD_LINE_MAX = 16384, HELD_LINE_MIN = 30 /* columns: number, time and what it is */ };

size_t
held_queue_count(const struct app *app)
{
	uint64_t held[HELD_QUEUE_MAX];

	return flow_store_held(app->s->store, held, HELD_QUEUE_MAX);
}

static void
held_put_row(const struct app *app, const struct flow *f, struct buf *line)
{
	char time[FMT_MAX + 1];

	*fmt_duration(time, (app->env.now_ns - f->detail->hold.since_ns) / 1000) = '\0';
	buf_addf(line, "%7llu %6s  %-8s  ", (unsigned long long)f->number, time,
	    flow_held_what(f));
	escape_add(line, f->method, app->escape);
	buf_add_str(line, " ");
	escape_add(line, f->host, app->escape);
	flow_text_put_path(line, f->path, SIZE_MAX, app->escape);
}

/* A long path gives way to it. */
static void
held_put_end(const struct app *app, const struct flow *f, char *out, size_t size)
{
	bool edited = edit_shelf_has(&app->shelf, f->number) || view_edit_is_changed(app, f->number);

	snprintf(out, size, "   rule %u   %s", f->detail->hold.rule, edited ? "edited" : "unchanged");
}

void
held_queue_draw(struct app *app, const struct area *a, int y, uint64_t selected)
{
	const struct cell_style style = {.glyphs = term_glyphs(app->term), .role = ROLE_TEXT, .escapes = true};
	uint64_t held[HELD_QUEUE_MAX];
	size_t n = flow_store_held(app->s->store, held, HELD_QUEUE_MAX), at = 0;
	size_t room = y < a->h ? (size_t)(a->h - y) : 0;
	char end[48];
	struct buf line;

	while (at < n && held[at] != selected)
		at++;
	size_t first = at < n && at >= room ? at - room + 1 : 0;
	buf_init(&line, HELD_LINE_MAX);
	for (size_t i = first; i < n && y < a->h; i++) {
		const struct flow *f = flow_store_find(app->s->store, held[i]);
		if (!f || !f->detail)
			continue;
		buf_clear(&line);
		buf_add_str(&line, held[i] == selected ? style.glyphs->selected : " ");
		held_put_row(app, f, &line);
		held_put_end(app, f, end, sizeof end);
		int most = a->w - (int)strlen(end);
		int x = cell_text(a, y, 0, most > HELD_LINE_MIN ? most : a->w, buf_span(&line), &style);
		cell_text(a, y, x, a->w - x, span_str(end), &style);
		if (held[i] == selected)
			cell_paint(a, y, 0, a->w, ROLE_SELECTED);
		y++;
	}
	buf_fini(&line);
}
