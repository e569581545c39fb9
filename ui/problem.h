/* SPDX-License-Identifier: MIT
 * What is wrong with keeping the flows: each stands there until it is over or Esc hides it, one at a time. */
#ifndef UI_PROBLEM_H
#define UI_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/cell.h"

struct app;

/* In the order in which they are shown. */
enum problem_kind { PROBLEM_SAVE = 0, PROBLEM_DAMAGE, PROBLEM_KINDS };

struct problem {
	char text[384];  /* "": there is none */
	char cause[256]; /* as it was told: another one is another problem */
	bool hidden;
	uint64_t event;  /* its line in the event log */
};

/* Asks the store how things are. */
void problem_tick(struct app *app);
/* The one that stands there; NULL: none. */
const struct problem *problem_shown(const struct app *app);
/* Its text for one line, "(1 of 2) " in front when there are several. */
void problem_line(const struct app *app, char *out, size_t size);
/* While one is shown some keys are its own: Esc hides it, and shows the next; in the list Enter opens the event log at it, and w
 * saves the flows elsewhere when their file cannot be written. */
bool problem_takes_key(const struct app *app, int key);
/* Does what such a key is for; false: it is none. */
bool problem_key(struct app *app, int key);
/* Those keys for the key bar, "Enter Details  Esc Hide"; NULL: it is not shown. */
const char *problem_hint(const struct app *app);
/* Lines it takes above the status line on a screen of that size; 0: none, also when it has to stand
 * in the status line. */
int problem_rows(const struct app *app, int rows, int cols);
void problem_draw(struct app *app, const struct area *a);

#endif
