/* SPDX-License-Identifier: MIT
 * The command load: flows of a session file come into the list while everything goes on. */
#ifndef UI_LOAD_H
#define UI_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct buf;
struct flow_load;

struct load {
	struct flow_load *run; /* NULL: none is going on */
	char *path;            /* owned */
	uint64_t loaded;       /* flows by all loads of this run: they are in a file already */
};

void cmd_load(struct app *app, const char *arg);
/* Takes in what has been read, once a turn of the loop. True while there is more that can be done now. */
bool load_turn(struct app *app);
/* What is there stays; false: none was going on. */
bool load_cancel(struct app *app);
/* How far it is, appended to line; false: none is going on. */
bool load_status(struct app *app, struct buf *line);
void load_fini(struct load *l);

#endif
