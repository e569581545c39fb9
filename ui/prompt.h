/* SPDX-License-Identifier: MIT
 * One question on the last line, within the same loop: nothing waits for its answer. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

struct app;

enum { PROMPT_TEXT_MAX = 64 };

struct prompt {
	bool active;
	bool yes_no;                  /* a key answers; else a line and Enter */
	char question[160];
	char text[PROMPT_TEXT_MAX];   /* typed so far */
	size_t n;
	void (*answer)(
	    struct app *app, const char *text); /* not called when given up; "y" for yes */
};

void prompt_ask(struct prompt *p, bool yes_no, const char *question,
    void (*answer)(struct app *, const char *));
void prompt_key(struct prompt *p, struct app *app, int key);

#endif
