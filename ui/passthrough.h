/* SPDX-License-Identifier: MIT
 * Hosts whose TLS is not decrypted: the option passthrough, changed while the console runs. */
#ifndef UI_PASSTHROUGH_H
#define UI_PASSTHROUGH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/host_pattern.h"

struct app;
struct prompt_refusal;

/* A question that waits for its answer. */
struct passthrough_asked {
	char pattern[HOST_PATTERN_TEXT_MAX];
	bool remove;   /* it is to be decrypted again */
	uint64_t flow; /* number of the flow it was asked about */
};

/* 0, or why the value cannot be. */
int passthrough_check(const char *value, struct errmsg *why);
/* The same for the event log too: the option was set as a whole. */
void passthrough_use(struct app *app);

void cmd_passthrough(struct app *app, const char *arg);      /* "" lists, "HOST" adds, "-HOST" takes away, "ask": the flow's host */
void cmd_passthrough_check(const char *arg, struct prompt_refusal *r);

#endif
