/* SPDX-License-Identifier: MIT
 * Commands of the header. What was asked for and cannot be seen is said. */
#include "ui/cmd_header.h"

#include <stdio.h>
#include <string.h>

#include "ui/app.h"
#include "ui/frontend.h"
#include "ui/meter.h"

void
cmd_header(struct app *app, const char *arg)
{
	char toast[80];
	unsigned size = (app->header.size + 1u) % HEADER_SIZES;

	for (unsigned i = 0; i < HEADER_SIZES; i++)
		if (strcmp(arg, header_size_name((enum header_size)i)) == 0)
			size = i;
	app->header.size = (enum header_size)size;
	snprintf(toast, sizeof toast, "header %s%s", size == HEADER_LINE ? "in one line" : header_size_name(app->header.size),
	    view_flows_is_seen(app) ? "" : ", above the list");
	app_toast(app, toast);
}

/* Why a block is not to be seen as it was asked for; NULL: it is. */
static const char *
block_hindrance(const struct app *app, enum header_block b)
{
	enum header_show show = app->header.block[b];
	int rows = meter_block_rows(app, b);

	if (show == SHOW_OFF)
		return NULL;
	if (app->s->reading)
		return "a file is read: nothing passes, there are no rates";
	if (app->header.size != HEADER_FULL)
		return "H shows the whole header";
	if (!rows || (show == SHOW_EXPLODED && rows < 2))
		return "this screen is too small for it";
	return NULL;
}

void
cmd_block(struct app *app, const char *arg)
{
	char toast[120];

	for (int b = 0; b < HEADER_BLOCKS; b++) {
		const char *name = header_block_name((enum header_block)b);
		enum header_show *show = &app->header.block[b];
		if (strcmp(arg, name) != 0)
			continue;
		*show = (enum header_show)((*show + 1u) % HEADER_SHOWS);
		const char *why = block_hindrance(app, (enum header_block)b);
		snprintf(toast, sizeof toast, "header: %s %s%s%s", name, header_show_name(*show), why ? "; " : "",
		    why ? why : "");
		app_toast(app, toast);
	}
}

void
cmd_graph(struct app *app, const char *arg)
{
	static const char *const words[HEADER_GRAPHS] = {"numbers with sparklines", "numbers with bars", "numbers only"};
	char toast[80];

	(void)arg;
	app->header.graph = (enum header_graph)((app->header.graph + 1u) % HEADER_GRAPHS);
	snprintf(toast, sizeof toast, "header: %s%s", words[app->header.graph],
	    app->header.size == HEADER_OFF ? "; it is off, H shows it" : "");
	app_toast(app, toast);
}
