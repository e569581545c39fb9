/* SPDX-License-Identifier: MIT
 * The save dialog: what, then where, then what about a file that is there. When it cannot be written the question comes back with the
 * reason, and what was typed. */
#ifndef UI_SAVE_H
#define UI_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/menu.h"
#include "ui/prompt.h"

struct app;
struct file_put;
struct flow_export;

enum save_what { SAVE_FLOWS = 0, SAVE_RESPONSE_BODY, SAVE_REQUEST_BODY, SAVE_RESPONSE, SAVE_REQUEST, SAVE_SHOWN, SAVE_ALL, SAVE_WHATS };

struct save {
	enum save_what row[SAVE_WHATS]; /* of the menu */
	char words[SAVE_WHATS][48];     /* of its rows */
	char title[160];                /* of the menu that asks about a file */
	enum save_what what;
	uint64_t flow;                  /* the one that was selected */
	bool list;                      /* in a list */
	char *typed, *path;             /* as typed; owned */
	struct buf bytes;               /* being collected */
	struct errmsg why;              /* why there are none */
	struct flow_export *export;     /* going on; NULL: none */
	struct file_put *put;           /* likewise */
	uint64_t n;                     /* flows or bytes that go into it */
	size_t gone;                    /* flows that nobody has any more */
	uint64_t passed;                /* bytes of a body of which not all was recorded; 0: all is there */
	bool replace;                   /* the user has agreed to */
	bool empty;                     /* there were no flows to be written */
	bool given_up;                  /* by the user, who knows */
	bool collecting;                /* the bytes of one flow, before put begins */
	bool saved;                     /* what was asked for last is in its file */
	struct errmsg failed;           /* to be told when nothing else is asked; "" */
};

void save_ask(struct app *app);
/* All flows; where is asked. */
void save_ask_all(struct app *app);
/* Whether flows may be given to what is being written. */
bool save_is_ready(struct app *app);
bool save_is_going_on(const struct save *s);
void save_turn(struct save *s, struct app *app);
void save_cancel(struct save *s);
void save_fini(struct save *s);

#endif
