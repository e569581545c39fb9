/* SPDX-License-Identifier: MIT
 * The console's state: views, messages and figures, and the one place that draws. */
#ifndef UI_APP_H
#define UI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_store.h"
#include "ui/alarm.h"
#include "ui/column.h"
#include "ui/edit_parts.h"
#include "ui/edit_shelf.h"
#include "ui/chooser.h"
#include "ui/column_set.h"
#include "ui/flow_index.h"
#include "ui/flow_send.h"
#include "ui/load.h"
#include "ui/menu.h"
#include "ui/passthrough.h"
#include "ui/problem.h"
#include "ui/prompt.h"
#include "ui/quit.h"
#include "ui/rates.h"
#include "ui/rules.h"
#include "ui/header.h"
#include "ui/here.h"
#include "ui/hosts.h"
#include "ui/split.h"
#include "ui/spots.h"
#include "ui/keys.h"
#include "ui/script.h"
#include "ui/selftest.h"
#include "ui/view.h"

struct frontend_source;
struct out;
struct terminal;

enum { APP_VIEWS_MAX = 8 };

/* What the loop is asked to do with the terminal. */
enum app_leave { APP_STAY = 0, APP_SUSPEND, APP_DETACH };

struct app {
	const struct frontend_source *s;
	struct terminal *term;
	struct view *view[APP_VIEWS_MAX]; /* owned; the last is on top */
	unsigned nviews;                  /* >= 1 */
	struct split split;               /* how the first of them, the flow list, stands on the screen */
	struct flow_index index;
	struct column_env env;
	struct column_set columns;        /* of the list */
	bool url;                         /* PATH shows whole URLs */
	bool sort_shown;                  /* the column that the list is sorted by stands out */
	struct figures figures;           /* as of the last tick */
	struct flow_store_stats stats;    /* as of the last frame */
	struct rates rates;
	struct header header;
	struct hosts hosts;
	struct here here;                 /* addresses of this machine */
	struct keys keys;                 /* in force */
	unsigned key_depth;               /* keys that commands have pressed, within each other */
	struct script script;
	struct prompt prompt;
	struct view *language;            /* help about expressions over the prompt; NULL: it is not open; owned */
	struct menu menu;
	struct rules rules;               /* breakpoints */
	struct edit_shelf shelf;
	struct edit_asked asked;
	struct passthrough_asked passthrough; /* what is asked about a host */
	struct flow_repeat repeat;        /* a request that is being sent again and again */
	struct chooser chooser;
	struct out *out;                  /* owned: copies, pipes, files */
	struct load load;                 /* of a session file, into the list */
	struct selftest_run selftest;     /* the request to the proxy itself */
	struct alarm alarm;               /* what goes wrong, until it is told */
	struct leaving leaving;           /* what is waited for before the proxy stops */
	struct problem problem[PROBLEM_KINDS];
	char toast[160];                  /* "" for none */
	uint64_t toast_until_ns;          /* UINT64_MAX: until it is taken away */
	bool toast_stays;                 /* an error: only Esc or another message takes it away */
	uint64_t start_ns, tick_ns;       /* monotonic: begun, last tick */
	uint64_t delay_ns;                /* between ticks */
	int escape;                       /* enum escape_flags for this terminal, and TEXT_MASK */
	struct spots spots;               /* of the last frame */
	struct area body;                 /* where the view stood in it; h 0: nowhere */
	int cursor_y, cursor_x;           /* where it rests after the frame */
	const char *theme_before;         /* the theme that mono took the place of; static */
	const char *body_view[2];         /* how bodies are shown, by flow_dir: names of text_view.h; NULL: by their type */
	unsigned hex_part;                /* enum flow_part that the tab Hex shows */
	bool awaited;                     /* the last frame lacks what is being read from the session file */
	uint64_t held_age_s;              /* of the oldest hold, as it was drawn last */
	uint64_t commented;               /* number of the flow that the prompt asks words for */
	uint64_t duplicate;               /* number of a flow that is copied as soon as it is read; 0: none */
	bool paused;                      /* the list stands still: what it shows is as it was then */
	bool busy;                        /* set by a view's turn that has more to do */
	enum app_leave leave;             /* set by a command, taken by the loop */
	bool refused;                     /* set by app_refuse; scripts clear it */
	bool dirty, quit;
};

struct app *app_new(const struct frontend_source *s, struct terminal *term);
void app_free(struct app *app);

struct view *app_top(const struct app *app); /* the one that keys go to */
void app_push(struct app *app, struct view *v); /* takes it over; when too many are open frees it and says so */
/* Views that open each other have an end. True when it is reached, which is said. */
bool app_is_full(struct app *app);
void app_pop(struct app *app);                  /* the root view stays */
/* Draws view i with the header it has; the first one with its panes. */
void app_draw_view(struct app *app, unsigned i, const struct area *a);
/* A message for 4 seconds or until the next key, which acts all the same. */
void app_toast(struct app *app, const char *text);
/* A toast that says that there is nothing to do here: a script stops there. */
void app_refuse(struct app *app, const char *text);
/* What failed, or a command with a mistake in it: the message stays until Esc or another message and stands in the event log
 * too; a script stops there. flow: which it is about, 0: none. */
void app_error(struct app *app, uint64_t flow, const char *text);
/* A key or the mouse was used: a toast goes, an error stays. */
void app_toast_over(struct app *app);
void app_key(struct app *app, int key);
/* Takes the engine's figures when their time has come; returns the milliseconds until the next
 * time. */
int app_tick(struct app *app);
void app_draw(struct app *app);
void app_pause(struct app *app, bool on);
/* Secrets are hidden, or not, as the option mask says. */
void app_mask(struct app *app);
/* By name, "next", or "mono" (which turns colours off and on). */
void app_theme(struct app *app, const char *name);
/* Lets the views work in slices; app->busy says whether one has more to do. */
void app_turn(struct app *app);

#endif
