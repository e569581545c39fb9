/* SPDX-License-Identifier: MIT
 * Leaving: the question before clients are cut off, draining, and what becomes of breakpoints that nobody can answer any more. */
#ifndef UI_QUIT_H
#define UI_QUIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/cell.h"

struct app;
struct buf;

/* What is waited for before the proxy stops. */
struct leaving {
	bool draining;    /* no new clients; it stops when the last one has gone */
	bool saving;      /* it stops when what is being saved is in its file */
	uint64_t saved;   /* flows in the largest of the files that were saved */
	uint64_t look_ns; /* monotonic: when that is looked at again */
};

/* Quits at once when nobody is cut off and nothing would be lost; else asks. */
void quit_ask(struct app *app);
bool quit_is_asked(const struct app *app);
/* The keys of the question, for the key bar. */
const char *quit_hint(const struct app *app);
/* True when a screen of that size has room for the box; else the question stands in the last lines. */
bool quit_has_box(int rows, int cols);
void quit_draw(struct app *app, const struct area *a);

/* To be called at every turn: quits when what is waited for has come. Returns the nanoseconds until it is due again. */
uint64_t quit_tick(struct app *app, uint64_t now_ns);
/* "draining: 3 clients left, ^C stops now", appended to line; false: no. */
bool quit_status(const struct app *app, struct buf *line);
/* Stops at once; false: it was not draining. */
bool quit_drain_end(struct app *app);

/* The terminal goes and the proxy stays: what is held is let go as its rule says, and all breakpoint rules are switched off. what is for
 * the event log; words is what was done with breakpoints, to follow it: "; 2 held flows went on, breakpoints are off", or "". */
void quit_unattended(struct app *app, const char *what, char *words, size_t size);

#endif
