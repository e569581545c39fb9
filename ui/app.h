/* SPDX-License-Identifier: MIT
 * The console's state: views, messages and figures, and the one place that draws. */
#ifndef UI_APP_H
#define UI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_store.h"
#include "ui/column.h"
#include "ui/flow_index.h"
#include "ui/menu.h"
#include "ui/prompt.h"
#include "ui/rates.h"
#include "ui/view.h"

struct frontend_source;
struct out;
struct terminal;

enum { APP_VIEWS_MAX = 6 };

struct app {
	const struct frontend_source *s;
	struct terminal *term;
	struct view *view[APP_VIEWS_MAX]; /* owned; the last is on top */
	unsigned nviews;                  /* >= 1 */
	struct flow_index index;
	struct column_env env;
	struct figures figures;           /* as of the last tick */
	struct flow_store_stats stats;    /* as of the last frame */
	struct rates rates;
	struct prompt prompt;
	struct menu menu;
	struct out *out;                  /* owned: copies, pipes, files */
	char problem[384];                /* stays until Esc, or until it is over; "" for none */
	bool problem_hidden;
	char toast[160];                  /* "" for none */
	uint64_t toast_until_ns;
	uint64_t start_ns, tick_ns;       /* monotonic: begun, last tick */
	uint64_t delay_ns;                /* between ticks */
	int escape;                       /* enum escape_flags for this terminal */
	int cursor_y, cursor_x;           /* where it rests after the frame */
	const char *theme_before;         /* the theme that mono took the place of; static */
	const char *body_view[2];         /* how bodies are shown, by flow_dir: names of text_view.h; NULL: by their type */
	unsigned hex_part;                /* enum flow_part that the tab Hex shows */
	bool awaited;                     /* the last frame lacks what is being read from the session file */
	bool paused;                      /* the list stands still: what it shows is as it was then */
	bool busy;                        /* set by a view's turn that has more to do */
	bool dirty, quit;
};

struct app *app_new(const struct frontend_source *s, struct terminal *term);
void app_free(struct app *app);

struct view *app_top(const struct app *app);
void app_push(struct app *app, struct view *v); /* takes it over */
void app_pop(struct app *app);                  /* the root view stays */
void app_toast(struct app *app, const char *text);
void app_key(struct app *app, int key);
/* Takes the engine's figures when their time has come; returns the milliseconds until the next
 * time. */
int app_tick(struct app *app);
void app_draw(struct app *app);
void app_pause(struct app *app, bool on);
/* By name, "next", or "mono" (which turns colours off and on). */
void app_theme(struct app *app, const char *name);
/* Writes the settings that the console can change to the configuration file; a toast says where. */
void app_write_config(struct app *app);
/* Lets the views work in slices; app->busy says whether one has more to do. */
void app_turn(struct app *app);

#endif
