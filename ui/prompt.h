/* SPDX-License-Identifier: MIT
 * One question on the last lines, within the same loop: nothing waits for its answer. Either a key answers it or a line of text
 * with editing and history. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ui/completion.h"

struct app;

enum { PROMPT_TEXT_MAX = 4096, PROMPT_NOTE_MAX = 200, PROMPT_PAST_MAX = 500 };

/* What has been typed before, for Up and Down; each kind of line has its own. */
enum prompt_history { HISTORY_NONE, HISTORY_FIND, HISTORY_FILTER, HISTORY_COMMAND, HISTORY_RULE, HISTORY_SHELL, HISTORY_PATH,
	HISTORY_COUNT };

struct prompt_past {
	char *line[PROMPT_PAST_MAX];  /* oldest first; what was given up is here as well */
	unsigned n;
};

/* Why a line is not taken: it stays and can be mended. */
struct prompt_refusal {
	size_t at;      /* byte of the text it is about */
	char why[200];  /* words of our own or escaped; "" for none */
	char proposal[128]; /* the text mended: Tab puts it in its place; "" for none */
	char still[120];    /* "the list still shows ...": what the refusal leaves as it is; "" */
};

/* How a line is asked for. Functions may be NULL, but answer. */
struct prompt_line {
	const char *label;            /* "Filter: " */
	const char *hint;             /* what stands in the key bar meanwhile, NULL: "Enter Apply  Up History  ^U Clear  Esc Cancel" */
	const char *text;             /* to begin with; NULL: empty */
	enum prompt_history history;
	bool language;                /* it is an expression: F1 shows how they are written */
	void (*changed)(struct app *app, const char *text);  /* after each edit: may set app->prompt.note */
	void (*check)(struct app *app, const char *text, struct prompt_refusal *r); /* at Enter: may refuse it */
	/* Fills the list of what can stand at the cursor; NULL: Tab does nothing. */
	void (*complete)(struct app *app, const char *text, size_t cursor, struct completion *c);
	void (*answer)(struct app *app, const char *text);   /* Enter, when it was not refused */
	void (*cancelled)(struct app *app);                  /* Esc, ^C, ^G */
};

struct prompt {
	bool active;
	bool yes_no;                  /* a key answers; else a line and Enter */
	char keys[4];                 /* keys other than y and n that answer it, "" for none: set after prompt_ask */
	char question[160];           /* or the label */
	char text[PROMPT_TEXT_MAX];   /* typed so far, UTF-8 */
	size_t n, cursor;             /* bytes */
	/* Words of our own, shown at the right: "121 of 12431 match so far, word = host or path contains"; where that has no room, up to the comma. */
	char note[PROMPT_NOTE_MAX];
	struct prompt_refusal refusal;
	struct completion completion;
	bool recent;                  /* its list is what was typed before */
	unsigned recent_at[COMPLETION_MAX]; /* for each item of it: which line of the past */
	struct prompt_line line;
	struct prompt_past past[HISTORY_COUNT];
	char *history_path;           /* file that what is typed is added to; NULL: none */
	unsigned past_at;             /* line of the past that is shown; its n: none, but the draft */
	char draft[PROMPT_TEXT_MAX];  /* typed before Up went into the past */
	void (*answer)(
	    struct app *app, const char *text); /* not called when given up; "y" for yes, or the other key */
};

void prompt_fini(struct prompt *p);
void prompt_ask(struct prompt *p, bool yes_no, const char *question,
    void (*answer)(struct app *, const char *));
/* The label and the text are copied; the hint is not. */
void prompt_ask_line(struct prompt *p, const struct prompt_line *line);
/* Adds a line to what Up brings, unless it is the one before again. */
bool prompt_past_add(struct prompt *p, enum prompt_history history, const char *text);
void prompt_key(struct prompt *p, struct app *app, int key);
/* Gives up what is being asked, if anything is: a question is about the view that asked it. */
void prompt_drop(struct prompt *p, struct app *app);
/* What is completed has changed: fills an open list anew and keeps what is selected in it. */
void prompt_complete_again(struct prompt *p, struct app *app);
/* The word that an open list completes. */
struct span prompt_completed(const struct prompt *p);

/* What fits of the text as it is typed, in at most width columns (> 1) with the cursor in it. Appends
 * its printable form to out; *cursor is the column of the cursor there, and the result says whether
 * text is left out at the beginning. */
bool prompt_show(const struct prompt *p, int width, int escape, struct buf *out, int *cursor);

#endif
