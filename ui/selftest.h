/* SPDX-License-Identifier: MIT
 * The command selftest: a request through the proxy to itself, and what came of it. */
#ifndef UI_SELFTEST_H
#define UI_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/frontend.h"

struct app;

struct selftest_run {
	bool running;
	bool over;         /* the result is there, and its row is looked for */
	uint64_t until_ns; /* monotonic: no longer than this */
	struct frontend_selftest result;
};

void cmd_selftest(struct app *app, const char *arg);
/* Once a turn of the loop: says what came of it. */
void selftest_turn(struct app *app);
/* Gives it up; false: none runs. */
bool selftest_cancel(struct app *app);

#endif
