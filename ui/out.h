/* SPDX-License-Identifier: MIT
 * Getting things out of flows: copies, pipes, files. What takes time goes on within the console's loop, one thing at a time. */
#ifndef UI_OUT_H
#define UI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/compare_page.h"
#include "ui/copy.h"
#include "ui/gather.h"
#include "ui/pipe_flow.h"
#include "ui/save.h"
#include "ui/view.h"

struct app;

struct out {
	int ready_fd; /* eventfd: a thread has come to its end */
	int poll_fd;  /* readable when there is something to take in; everything waited for is in it */
	struct gather gather;
	struct copy copy;
	struct pipe_flow pipe;
	struct save save;
	struct compare_side compared[2]; /* being collected */
};

/* Which flows something is done with. */
struct out_choice {
	uint64_t *number; /* owned by the caller; ascending */
	size_t n;         /* >= 1 */
	struct view_target target;
};

struct out *out_new(void);
void out_free(struct out *o);

/* To be polled; -1 never. */
int out_fd(const struct out *o);
/* Takes in what is ready, once a turn of the loop. True while there is more that can be done now. */
bool out_turn(struct app *app);
/* Gives up what is going on; false: nothing was. */
bool out_cancel(struct app *app);
/* What is going on, in words, appended to line; false: nothing is. */
bool out_status(struct app *app, struct buf *line);

/* False, with a toast, while something is going on. */
bool out_is_free(struct app *app);
/* The flow that the view is about, or with several, in a list, all that are marked if any are. False, with a toast: there is none. */
bool out_choose(struct app *app, bool several, struct out_choice *c);
/* The path for a toast: escaped, the home directory as ~. */
void out_path(const struct app *app, const char *path, char *out, size_t size_bytes);

#endif
